//! First come, first served: who became ready first runs until it waits or ends.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Entry,
    queues: Queues::One,
    preempts: false,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it has waited longest (first come, first served).",
        "{} vai primeiro, de {} prontas: é a que espera há mais tempo (por ordem de chegada).",
    ),
};
