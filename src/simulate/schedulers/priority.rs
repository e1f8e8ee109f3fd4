//! By priority: the most urgent runs until it waits or ends.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Priority,
    queues: Queues::One,
    preempts: false,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it is the most urgent, priority {}.",
        "{} vai primeiro, de {} prontas: é a mais urgente, prioridade {}.",
    ),
};
