//! Shortest job first: who computes least before its next wait runs until then.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::CpuToWait,
    queues: Queues::One,
    preempts: false,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it needs the least before it waits, {} (shortest job first).",
        "{} vai primeiro, de {} prontas: precisa de menos até esperar, {} (menor tarefa primeiro).",
    ),
};
