//! A task as a future, without the futures: everything it does between two waits is done here, and what it waits for next
//! is returned to whoever awaits it. So a task that waits is its place in the program and what it waits for; most wait
//! for timers, and there may be a million of them.
//!
//! A stretch between two waits reads the clock once, when the task has got its thread. What follows at once bears that
//! tick, too: reading the clock again would take longer than what it would measure. Every step that does something ends
//! that.
//!
//! Called by `runtimes`, which owns the futures.

use std::ops::ControlFlow;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use super::io::Wanted;
use super::prepared::Prepared;
use super::slot::{How, Served, Slot};
use super::sync::Answer;
use super::{Broken, Carried, Ended};
use crate::clock;
use crate::record;
use crate::scenario::draw::{self, Key};
use crate::scenario::program::Place;
use crate::scenario::{Step, Via};
use crate::trace::{Cause, Peer, Resource, State};

/// What comes of a wait: since when the task has its thread again, or what ended it.
pub type Back = Result<u64, Broken>;

/// Where steps that compute or block are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Computing {
    Here,
    /// Somebody else does them: see [`Next::Elsewhere`].
    Elsewhere,
}

/// What a task waits for next.
pub enum Next<'a> {
    Over(Ended),
    Timer(Timer),
    /// For all others that are ready.
    Others,
    Turn(Turn<'a>),
    Io(Wanted),
    /// For somebody who does this step, by [`Carried::do_elsewhere`].
    Elsewhere(&'a Prepared, Key),
}

/// What ends a stretch of steps between two waits.
enum Stretch<'a> {
    Waits(Next<'a>),
    /// The last step is done. `just`: as before the first, if there was none.
    Through {
        just: Option<u64>,
    },
}

/// A timer is due at that tick, which is that instant.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    pub due: u64,
    pub fires: Instant,
}

/// A place in the queue for something that tasks share.
pub struct Turn<'a> {
    pub slot: Arc<Slot>,
    step: &'a Prepared,
    cause: Cause,
    on: Resource,
}

impl<'a> Carried<'a> {
    /// The task has its thread, for the first time or after all others had their turn. Returns since when.
    pub fn begin(self) -> u64 {
        let now = clock::ticks();
        record::stamp_at(now, self.task, State::Running, Cause::None, Peer::NONE);
        now
    }

    /// Does all steps until the task has to wait, or is over.
    pub fn advance(self, place: &mut Place, back: Back, computing: Computing) -> Next<'a> {
        let just = match back {
            Ok(now) => Some(now),
            Err(broken) => return self.over(None, Ok(Err(broken))),
        };
        // Caught once for the whole stretch: for each step it would take a good part of the time that a short one takes.
        match panic::catch_unwind(AssertUnwindSafe(|| self.until_it_waits(place, just, computing))) {
            Ok(Ok(Stretch::Waits(next))) => next,
            Ok(Ok(Stretch::Through { just })) => self.over(just, Ok(Ok(()))),
            Ok(Err(broken)) => self.over(None, Ok(Err(broken))),
            Err(panic) => self.over(None, Err(panic)),
        }
    }

    /// `just`: since when the task has had its thread, while it has done nothing with it.
    //
    // Never inlined: a step takes as long wherever it is done.
    #[inline(never)]
    fn until_it_waits(
        self,
        place: &mut Place,
        mut just: Option<u64>,
        computing: Computing,
    ) -> Result<Stretch<'a>, Broken> {
        while let Some((step, number)) = place.step(self.program) {
            let key = self.key_of(number);
            match &step.step {
                Step::Io { time, via, blocking: false, timeout } => {
                    let wanted = Wanted { time: draw::duration(time, key), via: *via, timeout: *timeout };
                    return Ok(Stretch::Waits(match via {
                        Via::Timer => Next::Timer(self.begin_timer(just.unwrap_or_else(clock::ticks), wanted)),
                        Via::Http | Via::File | Via::Sqlite => Next::Io(wanted),
                    }));
                }
                Step::Yield => {
                    let now = just.unwrap_or_else(clock::ticks);
                    record::stamp_at(now, self.task, State::Ready, Cause::Yielded, Peer::NONE);
                    return Ok(Stretch::Waits(Next::Others));
                }
                Step::Lock(_) | Step::Send(_) | Step::Receive(_) | Step::Barrier(_) => {
                    if let Some(turn) = self.queue_up(step, just.take().unwrap_or_else(clock::ticks)) {
                        return Ok(Stretch::Waits(Next::Turn(turn)));
                    }
                }
                Step::Cpu { .. } | Step::Work { .. } | Step::Io { .. } if computing == Computing::Elsewhere => {
                    let now = just.unwrap_or_else(clock::ticks);
                    record::stamp_at(now, self.task, State::Ready, Cause::Queued, Peer::NONE);
                    return Ok(Stretch::Waits(Next::Elsewhere(step, key)));
                }
                _ => {
                    if just.take().is_none() {
                        record::see_running(self.task, clock::ticks());
                    }
                    self.do_blocking(step, key, place)?;
                }
            }
        }
        Ok(Stretch::Through { just })
    }

    /// The timer has fired, and the task has its thread again.
    ///
    /// # Errors
    /// [`Broken`] says what ends the task here.
    pub fn back_from_timer(self, place: &Place, due: u64) -> Back {
        let Some((Prepared { step: Step::Io { time, via, timeout, .. }, .. }, number)) = place.last(self.program)
        else {
            unreachable!("a timer is that of an io step");
        };
        let wanted = Wanted { time: draw::duration(time, self.key_of(number)), via: *via, timeout: *timeout };
        self.end_timer(wanted, due)
    }

    /// The task has been served; or it waits on, for a lock that whoever comes first gets.
    pub fn back_from_turn(self, turn: &Turn<'a>, served: Served) -> ControlFlow<Back, Turn<'a>> {
        let &Turn { step, cause, on, .. } = turn;
        match served.how {
            How::Stuck => ControlFlow::Break(Err(Broken::Stuck { cause, on, holder: served.by })),
            How::Cancelled => ControlFlow::Break(Err(Broken::Cancelled)),
            How::Granted | How::TryAgain => match self.woken(served, on, Cause::Queued) {
                Ok(now) if served.how == How::TryAgain => match self.queue_up(step, now) {
                    Some(again) => ControlFlow::Continue(again),
                    None => ControlFlow::Break(Ok(now)),
                },
                woken => ControlFlow::Break(woken.map_err(Broken::from)),
            },
        }
    }

    /// Somebody else has done the step. A panic there is the end of the task.
    pub fn back_from_elsewhere(self, done: std::thread::Result<Result<(), Broken>>) -> ControlFlow<Ended, Back> {
        if self.cancel.is_cancelled() {
            return ControlFlow::Continue(Err(Broken::Cancelled));
        }
        let now = self.begin();
        match done {
            Ok(done) => ControlFlow::Continue(done.map(|()| now)),
            Err(panic) => ControlFlow::Break(self.end(now, Err(panic))),
        }
    }

    /// `asked` was read before asking: whoever serves the wait does so later.
    fn queue_up(self, step: &'a Prepared, asked: u64) -> Option<Turn<'a>> {
        let Answer::Wait { slot, cause, on, behind } = self.ask(step) else { return None };
        record::stamp_on(asked, self.task, State::Blocked, cause, behind, on);
        Some(Turn { slot, step, cause, on })
    }

    fn over(self, just: Option<u64>, done: std::thread::Result<Result<(), Broken>>) -> Next<'a> {
        Next::Over(self.end(just.unwrap_or_else(clock::ticks), done))
    }
}
