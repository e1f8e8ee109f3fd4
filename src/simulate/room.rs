//! How much memory a run takes, for whoever knows how much there is. Pure: what a computer has is asked elsewhere.

use super::{EVENTS_MAX, Setup, turns};

/// What an event takes at the most: 28 bytes, in columns that grow by doubling, and 12 for those that make room for the
/// others while they are sorted; once sorted it is 32, and whoever shows the run has the rest.
const BYTES_PER_EVENT: u64 = 68;
/// What a task takes beside its events at the most: a row of 64 bytes, one of 128 for its thread, its place in a queue.
/// Once all is over, where it begins in the trace, and its figures.
const BYTES_PER_TASK: u64 = 240;

/// What the run surely needs: no less than this many events will there be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub events: u64,
    pub bytes: u64,
}

/// Before anything is simulated.
pub fn need(setup: &Setup<'_>) -> Need {
    let events = u64::try_from(turns::events_min(setup)).unwrap_or(u64::MAX);
    let of_events = events.saturating_mul(BYTES_PER_EVENT);
    Need { events, bytes: of_events.saturating_add(of_tasks(setup)) }
}

/// How many events of this run fit into so many bytes, [`EVENTS_MAX`] at the most.
pub fn events_within(setup: &Setup<'_>, bytes: u64) -> u64 {
    (bytes.saturating_sub(of_tasks(setup)) / BYTES_PER_EVENT).min(EVENTS_MAX)
}

fn of_tasks(setup: &Setup<'_>) -> u64 {
    setup.scenario.tasks().saturating_mul(BYTES_PER_TASK)
}
