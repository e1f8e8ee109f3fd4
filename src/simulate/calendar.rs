//! What is going to happen, in the order of the simulated instant: by time, then by phase, then by lowest task number.

use super::sequence_heap::SequenceHeap;

/// The order of things within one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Phase {
    Completion = 0,
    /// IO returns, timers, unlocks, wake-ups.
    WakeUp = 1,
    /// And releases of what comes `after`.
    Arrival = 2,
    Quantum = 3,
}

/// What happens, to the thread, task, group or core of the entry's `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum What {
    /// A thread's present burst is through; stale when its stamp has changed.
    Burst,
    /// A waiting thread could run.
    Wake,
    /// A task's IO is over: its thread could run.
    IoOver,
    /// An awaited IO is over: the task goes back to its loop.
    Awaited,
    /// The interpreter lock was asked for long enough; stale when the waiter's stamp has changed.
    GilTimeOut,
    /// The next task of a group.
    Arrival,
    /// A core's thread has used up its quantum; stale when the core's stamp has changed.
    Quantum,
    /// It is to be looked who asks next for the interpreter lock. Nothing happens by that.
    GilReview,
    /// A thread that holds the interpreter lock looks whether it was asked for; stale when the lock's stamp has changed.
    GilLook,
    /// Idle cores look whom they could take over from others; stale when the looks' stamp has changed.
    IdleLook,
    /// All cores compare how many wait for them.
    EvenOut,
}

/// One entry of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub time: i64,
    /// Phase, task number, kind: what decides within an instant, packed so that one comparison does.
    order: u64,
    pub id: u32,
    pub stamp: u32,
}

impl Entry {
    /// `number`: of the task that it is about, or the largest where there is none.
    pub fn new(time: i64, phase: Phase, number: u32, what: What, id: u32, stamp: u32) -> Self {
        let order = (phase as u64) << 40 | u64::from(number) << 8 | what as u64;
        Entry { time, order, id, stamp }
    }

    pub fn what(&self) -> What {
        const ALL: [What; 11] = [
            What::Burst,
            What::Wake,
            What::IoOver,
            What::Awaited,
            What::GilTimeOut,
            What::Arrival,
            What::Quantum,
            What::GilReview,
            What::GilLook,
            What::IdleLook,
            What::EvenOut,
        ];
        ALL[(self.order & 0xff) as usize]
    }
}

#[derive(Debug, Default)]
pub(super) struct Calendar(SequenceHeap<Entry>);

impl Calendar {
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        self.0.pop()
    }

    /// The next entry if it is of that instant.
    #[inline]
    pub fn pop_at(&mut self, now: i64) -> Option<Entry> {
        if self.has(now) { self.pop() } else { None }
    }

    /// The next entry if it is of that instant and that kind.
    pub fn pop_if(&mut self, now: i64, what: What) -> Option<Entry> {
        let next = self.0.peek()?;
        if next.time == now && next.what() == what { self.pop() } else { None }
    }

    /// Whether anything more happens at that instant.
    #[inline]
    pub fn has(&self, now: i64) -> bool {
        self.next_time() == Some(now)
    }

    /// When something happens next.
    #[inline]
    pub fn next_time(&self) -> Option<i64> {
        self.0.peek().map(|next| next.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_an_instant_phases_come_before_numbers() {
        let mut calendar = Calendar::default();
        let mut push = |time, phase, number, what| calendar.push(Entry::new(time, phase, number, what, number, 0));
        push(5, Phase::Quantum, 0, What::Quantum);
        push(5, Phase::Completion, 9, What::Burst);
        push(5, Phase::Arrival, 1, What::Arrival);
        push(5, Phase::Completion, 2, What::Burst);
        push(4, Phase::Quantum, 7, What::Quantum);
        push(5, Phase::WakeUp, 3, What::IoOver);
        let order: Vec<_> = std::iter::from_fn(|| calendar.pop()).map(|entry| (entry.time, entry.id)).collect();
        assert_eq!(order, [(4, 7), (5, 2), (5, 9), (5, 3), (5, 1), (5, 0)]);
    }
}
