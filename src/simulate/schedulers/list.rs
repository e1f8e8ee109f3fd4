//! List scheduling (Graham 1969): the lowest-numbered ready task, until it waits or ends.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Number,
    queues: Queues::One,
    preempts: false,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it comes first in the list.",
        "{} vai primeiro, de {} prontas: vem antes na lista.",
    ),
};
