//! First come, first served: who became ready first runs until it waits or ends.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Entry,
    queues: Queues::One,
    preempts: false,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it is at the head of the queue (first come, first served).",
        "{} vai primeiro, de {} prontas: está à frente da fila (por ordem de chegada).",
    ),
};
