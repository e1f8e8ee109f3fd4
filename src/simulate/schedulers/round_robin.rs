//! Round robin: first come, first served, a quantum at a time.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Entry,
    queues: Queues::One,
    preempts: false,
    slices: true,
    why: Text::new(
        "{} goes first of {} ready: it is at the head of the queue (round robin).",
        "{} vai primeiro, de {} prontas: está à frente da fila (round robin).",
    ),
};
