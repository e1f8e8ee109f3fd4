//! What a step really does: burn CPU time, do calibrated work, wait, print, fail. One task at a time, by the thread or
//! the future that carries it; every change of state is stamped here.
//!
//! Runtimes decide *who* carries a task: a thread calls [`carry_blocking`], a future goes from wait to wait
//! ([`advance`]). Neither knows the model.

pub mod advance;
pub mod burn;
pub mod cancel;
pub mod gil;
pub mod io;
pub mod kernel;
pub mod prepared;
pub mod slot;
pub mod sync;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::record;
use crate::scenario::draw::{self, Key};
use crate::scenario::program::{Place, Program};
use crate::scenario::{Gil as GilOf, Group, Step};
use crate::trace::{Cause, Peer, Resource, State, Task};
use burn::{Burning, Rates};
use cancel::{Cancel, Cancelled};
use gil::{Gil, Holder};
use io::{Devices, Wanted};
use prepared::Prepared;
use slot::{How, Served};
use sync::{Answer, Commons};

/// All that doing a task's steps needs.
#[derive(Clone, Copy)]
pub struct Carried<'a> {
    pub task: Task,
    /// Its number in the group.
    pub index: u32,
    pub group: &'a Group,
    pub program: &'a Program<Prepared>,
    /// Of its draws; each step has its own number.
    pub key: Key,
    pub rates: &'a Rates,
    pub cancel: &'a Cancel,
    pub world: &'a dyn Commons,
    /// The interpreter lock that computing needs, in models that have one.
    pub gil: Option<&'a Gil>,
    pub devices: &'a Arc<Devices>,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// One of the end states.
    pub state: State,
    /// The tick at which it ended.
    pub ticks: u64,
}

/// [`Ended`], and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    pub ended: Ended,
    pub cause: Cause,
    pub peer: Peer,
    pub resource: Resource,
}

/// What made a task end before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Cancelled,
    /// With what it failed of.
    Failed(Cause),
    /// It waits for something that never will come.
    Stuck {
        cause: Cause,
        on: Resource,
        holder: Peer,
    },
}

impl From<Cancelled> for Broken {
    fn from(Cancelled: Cancelled) -> Self {
        Broken::Cancelled
    }
}

/// Does the whole task on this thread, which every wait holds.
pub fn carry_blocking(carried: Carried<'_>, taken: Cause, from: Peer) -> Ended {
    let done = carried.do_all(taken, from);
    carried.end(clock::ticks(), done)
}

/// As [`carry_blocking`], for a task whose result somebody else waits for: how it ended is returned, not stamped. One
/// that is done is `shipping` from here on.
pub fn carry_shipped(carried: Carried<'_>) -> Ending {
    let done = carried.do_all(Cause::None, Peer::NONE);
    let ending = carried.ending(clock::ticks(), done);
    if ending.ended.state == State::Done {
        record::stamp_at(ending.ended.ticks, carried.task, State::Shipping, Cause::None, Peer::NONE);
    }
    ending
}

impl Carried<'_> {
    /// Every step of the task, on this thread; the outer error is a panic.
    //
    // Never inlined: a step takes as long whichever runtime has it done.
    #[inline(never)]
    fn do_all(&self, taken: Cause, from: Peer) -> std::thread::Result<Result<(), Broken>> {
        if let Err(Cancelled) = self.take_gil(clock::ticks(), taken, from) {
            return Ok(Err(Broken::Cancelled));
        }
        panic::catch_unwind(AssertUnwindSafe(|| {
            let mut place = Place::default();
            let mut just_begun = true;
            while let Some((step, number)) = place.step(self.program) {
                if !std::mem::take(&mut just_begun) {
                    record::see_running(self.task, clock::ticks());
                }
                if self.gil.is_some_and(Gil::is_wanted) {
                    self.give_way()?;
                }
                self.do_blocking(step, self.key_of(number), &mut place)?;
            }
            Ok(())
        }))
    }

    /// A step of an offloading task, on a thread of the blocking pool; hands the task back afterwards.
    ///
    /// # Errors
    /// [`Broken`] says what ends the task here.
    pub fn do_elsewhere(&self, step: &Prepared, key: Key) -> Result<(), Broken> {
        record::stamp(self.task, State::Running, Cause::None);
        let done = self.do_blocking(step, key, &mut Place::default());
        if !self.cancel.is_cancelled() {
            record::stamp(self.task, State::Ready, Cause::Queued);
        }
        // The pool's thread waits for its next step without telling us.
        record::flush();
        done
    }

    /// Of the draws of its step of that number.
    fn key_of(&self, number: u64) -> Key {
        Key { step: number, ..self.key }
    }

    fn do_blocking(&self, prepared: &Prepared, key: Key, place: &mut Place) -> Result<(), Broken> {
        if self.cancel.is_cancelled() {
            return Err(Broken::Cancelled);
        }
        match &prepared.step {
            Step::Cpu { time, kernel, size_bytes, gil } => {
                let time = draw::duration(time, key);
                self.compute(*gil, |burning| burn::cpu(burning, time, self.rates.of(*kernel, *size_bytes)))
            }
            Step::Work { time, kernel, size_bytes, gil } => {
                let time = draw::duration(time, key);
                self.compute(*gil, |burning| burn::work(burning, time, self.rates.of(*kernel, *size_bytes)))
            }
            Step::Io { time, via, timeout, .. } => {
                self.do_io(Wanted { time: draw::duration(time, key), via: *via, timeout: *timeout })
            }
            Step::Yield => {
                record::stamp(self.task, State::Ready, Cause::Yielded);
                self.let_gil_go();
                std::thread::yield_now();
                self.take_gil(clock::ticks(), Cause::None, Peer::NONE)?;
                Ok(())
            }
            Step::Print(text) => {
                record::say(self.task, self.filled(text));
                Ok(())
            }
            Step::Fail(reason) => {
                record::say(self.task, self.filled(reason));
                Err(Broken::Failed(Cause::Fail))
            }
            Step::Repeat { .. } => unreachable!("a program has no repeats, only loops"),
            Step::Lock(_) | Step::Send(_) | Step::Receive(_) | Step::Barrier(_) => self.wait_turn(prepared),
            Step::Unlock(_) => {
                self.world.unlock(self.task, prepared.on);
                Ok(())
            }
            Step::Load(_) => {
                place.set_register(self.world.load(prepared.on));
                Ok(())
            }
            Step::Add(amount) => {
                place.set_register(place.register().wrapping_add(*amount));
                Ok(())
            }
            Step::Store(_) => {
                self.world.store(prepared.on, place.register());
                Ok(())
            }
        }
    }

    fn ask(&self, &Prepared { ref step, on }: &Prepared) -> Answer {
        match step {
            Step::Lock(_) => self.world.lock(self.task, on),
            Step::Send(_) => self.world.send(self.task, on),
            Step::Receive(_) => self.world.receive(self.task, on),
            Step::Barrier(_) => self.world.barrier(self.task, on),
            _ => Answer::Through,
        }
    }

    /// A step that may have to wait for other tasks, holding the thread meanwhile.
    fn wait_turn(&self, step: &Prepared) -> Result<(), Broken> {
        loop {
            // Read before asking: whoever serves the wait does so later.
            let asked = clock::ticks();
            let Answer::Wait { slot, cause, on, behind } = self.ask(step) else { return Ok(()) };
            record::stamp_on(asked, self.task, State::Blocked, cause, behind, on);
            record::flush();
            self.let_gil_go();
            let served = self.world.wait(&slot, self.cancel);
            match served.how {
                How::Stuck => return Err(Broken::Stuck { cause, on, holder: served.by }),
                How::Cancelled => return Err(Broken::Cancelled),
                How::Granted | How::TryAgain => drop(self.woken(served, on, Cause::NoCore)?),
            }
            if served.how == How::Granted {
                return Ok(());
            }
        }
    }

    /// The wait is over: the task was ready since it was served, and lacked what is said. Returns since when it runs.
    fn woken(&self, served: Served, on: Resource, lacks: Cause) -> Result<u64, Cancelled> {
        let now = clock::ticks();
        record::woken(now);
        record::stamp_on(served.ticks, self.task, State::Ready, lacks, served.by, on);
        self.take_gil(now, Cause::None, Peer::NONE)
    }

    /// Computes with the interpreter lock, or without it where the step lets it go.
    fn compute(&self, gil: GilOf, burn: impl FnOnce(&Burning<'_>) -> Result<(), Cancelled>) -> Result<(), Broken> {
        let lets_go = self.gil.is_some() && gil == GilOf::Released;
        if lets_go {
            self.let_gil_go();
        }
        let gil = self.gil.filter(|_| !lets_go);
        burn(&Burning { task: self.task, cancel: self.cancel, gil })?;
        if lets_go {
            self.take_gil(clock::ticks(), Cause::None, Peer::NONE)?;
        }
        Ok(())
    }

    /// From here on, which is `now`, the task computes: where there is an interpreter lock, once it has that. Models whose
    /// tasks await have none, so it never holds their thread. Returns since when it computes.
    fn take_gil(&self, now: u64, taken: Cause, from: Peer) -> Result<u64, Cancelled> {
        let mut since = now;
        if let Some(gil) = self.gil {
            if !gil.try_take(Holder::Task(self.task)) {
                record::stamp_at(clock::ticks(), self.task, State::Blocked, Cause::Gil, gil.holder());
                record::flush();
                gil.take(Holder::Task(self.task), self.cancel)?;
            }
            since = clock::ticks();
        }
        record::stamp_at(since, self.task, State::Running, taken, from);
        Ok(since)
    }

    /// Somebody has waited for the interpreter lock long enough: it gets it between two steps. The lock comes first, as
    /// where a step computes.
    #[cold]
    fn give_way(&self) -> Result<(), Cancelled> {
        let Some(gil) = self.gil else { return Ok(()) };
        let me = Holder::Task(self.task);
        gil.let_go(me);
        record::stamp(self.task, State::Blocked, Cause::Gil);
        record::flush();
        gil.await_switch(me, self.cancel);
        gil.take(me, self.cancel)?;
        record::stamp(self.task, State::Running, Cause::None);
        Ok(())
    }

    fn let_gil_go(&self) {
        if let Some(gil) = self.gil {
            gil.release(Holder::Task(self.task), self.cancel);
        }
    }

    /// `{n}` is the task's number in its group, `{name}` its name.
    fn filled(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{n}", &(self.index + 1).to_string()).replace("{name}", &self.group.task_name(self.index))
    }

    /// What carried the task has broken off with a panic, now; what that said is on standard error.
    pub fn end_by_panic(&self) -> Ended {
        self.end(clock::ticks(), Err(Box::new("while it was awaited")))
    }

    fn end(&self, ticks: u64, done: std::thread::Result<Result<(), Broken>>) -> Ended {
        let Ending { ended, cause, peer, resource } = self.ending(ticks, done);
        record::stamp_on(ended.ticks, self.task, ended.state, cause, peer, resource);
        if let Some(gil) = self.gil.filter(|gil| gil.is_held_by(Holder::Task(self.task))) {
            gil.let_go(Holder::Task(self.task));
        }
        ended
    }

    fn ending(&self, ticks: u64, done: std::thread::Result<Result<(), Broken>>) -> Ending {
        let (mut peer, mut resource) = (Peer::NONE, Resource::NONE);
        let (state, cause) = match done {
            Ok(Ok(())) => (State::Done, Cause::None),
            Ok(Err(Broken::Cancelled)) => (State::Cancelled, Cause::Stopped),
            Ok(Err(Broken::Failed(cause))) => (State::Failed, cause),
            Ok(Err(Broken::Stuck { cause, on, holder })) => {
                (peer, resource) = (holder, on);
                (State::Deadlocked, cause)
            }
            Err(panic) => {
                let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
                record::say(self.task, format!("panicked: {}", said.unwrap_or_default()));
                (State::Failed, Cause::Panic)
            }
        };
        Ending { ended: Ended { state, ticks }, cause, peer, resource }
    }
}

#[cfg(test)]
mod tests {
    use super::advance::{Computing, Next};
    use super::sync::World;
    use super::*;
    use crate::scenario::shared::Shared;
    use crate::scenario::{Arrive, Gil, Kernel, Spread};
    use crate::time::Nanos;

    /// The rates of another scenario: looking the kernel up is a bug, and panics.
    #[test]
    fn a_panic_fails_the_task_and_nothing_else() {
        let time = Spread::Fixed(Nanos::from_millis(1));
        let steps = vec![Step::Cpu { time, kernel: Kernel::Spin, size_bytes: None, gil: Gil::Held }];
        let program = prepared::program(&steps, &Shared::default());
        let group = Group {
            name: "egg".into(),
            count: 1,
            arrive: Arrive::At(Nanos::ZERO),
            priority: 0,
            after: vec![],
            payload_bytes: 0,
            awaited: true,
            steps,
        };
        let (rates, cancel, world) = (Rates::default(), Cancel::default(), World::of_nothing());
        let devices = Arc::new(Devices::of_nothing());
        let carried = Carried {
            task: Task(0),
            index: 0,
            group: &group,
            program: &program,
            key: Key { seed: 1, group: 0, index: 0, step: 0 },
            rates: &rates,
            cancel: &cancel,
            world: &world,
            gil: None,
            devices: &devices,
        };
        assert_eq!(carry_blocking(carried, Cause::None, Peer::NONE).state, State::Failed);
        let next = carried.advance(&mut Place::default(), Ok(carried.begin()), Computing::Here);
        assert!(matches!(next, Next::Over(Ended { state: State::Failed, .. })));
    }
}
