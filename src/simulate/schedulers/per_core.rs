//! A queue per core, as the operating systems of today have: round robin within each, and threads are moved now and then.
//! Where they go stands in `core_queues`.

use super::{Policy, Queues, Rank};
use crate::lang::Text;

pub(super) static POLICY: Policy = Policy {
    rank: Rank::Entry,
    queues: Queues::PerCore,
    preempts: false,
    slices: true,
    why: Text::new(
        "{} goes first of {} ready on this core: it is at the head of its queue (a queue per core).",
        "{} vai primeiro, de {} prontas neste núcleo: está à frente da fila dele (uma fila por núcleo).",
    ),
};
