//! By priority, and a more urgent one takes the core at once.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Priority,
    queues: Queues::One,
    preempts: true,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it is the most urgent, priority {} (preemptive).",
        "{} vai primeiro, de {} prontas: é a mais urgente, prioridade {} (preemptivo).",
    ),
};
