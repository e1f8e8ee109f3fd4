//! Shortest remaining time first: as shortest job first, and a shorter one takes the core at once.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::CpuToWait,
    queues: Queues::One,
    preempts: true,
    slices: false,
    why: Text::new(
        "{} goes first of {} ready: it has the least left before it waits, {} (shortest remaining time first).",
        "{} vai primeiro, de {} prontas: falta-lhe menos até esperar, {} (menor tempo restante primeiro).",
    ),
};
