//! How long threads take to wake up. An idle core falls asleep, the deeper the longer nothing happens on it, and whoever is
//! woken there waits for it.

use super::calendar::{Phase, What};
use super::core_queues::MAIN_CORE;
use super::costs::Cost;
use super::log::Sink;
use super::machine::Machine;
use super::threads::{Role, ThreadState};
use crate::model::{Plan, WhileInIo, Workers};
use crate::time::Nanos;

/// A core that has had nothing to do for so long, in nanoseconds, has fallen asleep, if lightly: on the computer on which
/// the default costs were measured, it took half as long again to wake a thread there. It is longer than cores have nothing
/// to do while threads queue for a lock: what waking costs there is calibrated as a whole.
const DOZE: i64 = 100_000;

/// So long, in nanoseconds, have cores slept when a run begins that has set up nothing on them: the first threads of many
/// small runs came to a second core about as late as that tells.
const UNUSED: i64 = 5_000_000;

/// How long other cores than that of the main thread have had nothing to do when a run begins, in nanoseconds. A pool's
/// workers were on them just before, and are set up by then.
pub(super) fn asleep_before(plan: &Plan) -> i64 {
    if plan.workers == Workers::PerTask { UNUSED } else { DOZE }
}

impl<S: Sink> Machine<'_, S> {
    /// Wakes a thread that sleeps, in the time that this takes.
    pub fn rouse(&mut self, thread: u32, task: u32) {
        let plan = self.setup.plan;
        if self.now == 0 && plan.on_main && plan.io == WhileInIo::HoldsWorker {
            // The main thread itself, which is awake. To enter an event loop takes about as long as to wake up.
            return self.make_ready(thread);
        }
        let delay = match self.os.idle_core(self.threads[thread as usize].last_core) {
            Some(core) => self.wake_up_on(core),
            // Once the waker has put it in the queue, it only waits for its turn.
            None => self.cost(Cost::Notify).min(self.cost(Cost::WakeUp)),
        };
        self.wake(thread, delay, task);
    }

    /// How long a new thread takes to come to a core: another than that of the main thread, if there is one.
    pub fn first_wake_up(&self) -> i64 {
        self.os.idle_core(MAIN_CORE + 1).map_or(self.cost(Cost::WakeUp), |core| self.wake_up_on(core))
    }

    /// How long a thread takes to wake up on that core, which is idle.
    fn wake_up_on(&self, core: u16) -> i64 {
        let asleep = self.now.saturating_sub(self.os.since(core));
        if asleep < DOZE {
            return self.cost(Cost::HotWakeUp);
        }
        self.cost(Cost::WakeUp).saturating_add(self.setup.costs.depth_of_sleep(Nanos(asleep)).0)
    }

    /// A parked or waiting thread will be ready so much later, a pool's worker at t = 0 behind those woken before it;
    /// `task`: for whose sake.
    pub fn wake(&mut self, thread: u32, delay: i64, task: u32) {
        let row = &mut self.threads[thread as usize];
        row.state = ThreadState::Waking;
        row.woken_on = self.os.acting();
        row.meets_main = self.now == 0 && matches!(row.role, Role::Pool { .. }) && self.setup.plan.processes.is_none();
        let delay = if row.meets_main { delay.saturating_add(self.behind_others()) } else { delay };
        self.plan_at(self.after(delay), Phase::WakeUp, task, What::Wake, thread, 0);
    }

    /// How much later the next of a pool's workers is woken at t = 0: the main thread wakes one after another, and each that
    /// is to come to another core, which sleeps, takes it a moment.
    fn behind_others(&mut self) -> i64 {
        let before = self.main.wakes_another();
        self.cost(Cost::Notify).min(self.cost(Cost::WakeUp)).saturating_mul(before.min(i64::from(self.setup.cores) - 1))
    }
}

#[cfg(test)]
mod tests {
    use crate::simulate::testing::{first, run, running, task};
    use crate::trace::State;

    #[test]
    fn waking_costs_both_and_more_where_the_core_has_fallen_asleep() {
        const COSTS: [(&str, &str); 5] = [
            ("wake_up", "50us"),
            ("hot_wake_up", "60us"),
            ("notify", "5us"),
            ("sleep_overshoot", "100us"),
            ("short_sleep_overshoot", "70us"),
        ];
        let check = |held: i64, others: &str, expected: i64| {
            let ana = format!(
                "{{ lock = \"pan\" }}, {{ cpu = \"{held}us\" }}, {{ unlock = \"pan\" }}, {{ cpu = \"100us\" }}"
            );
            let bia = "{ cpu = \"1us\" }, { lock = \"pan\" }, { print = \"mine\" }, { unlock = \"pan\" }";
            let run = run(&COSTS, &(task("ana", &ana) + &task("bia", bia) + others), "threads", 2);
            assert_eq!(running(&run)[..2], [(held + 5 + 100) * 1_000, 1_000], "{held}");
            // New threads have to wake up, too.
            assert_eq!(run.output[0].time.0 - first(&run, 0, State::Running), expected * 1_000, "{held}");
        };
        // Its core falls idle after 1 µs.
        check(99, "", 99 + 60);
        check(101, "", 101 + 50);
        check(1_900, "", 1_900 + 50);
        check(20_001, "", 20_001 + 50 + 30);
        // Both cores are awake, and neither is free.
        check(30, "[[task]]\nname = \"cid\"\narrive = \"2us\"\nsteps = [{ cpu = \"1ms\" }]\n", 30 + 5 + 100);
    }

    /// The first comes to the core that sleeps, the second as soon as the main thread has woken that, and so do all others.
    #[test]
    fn a_pool_is_woken_one_after_another() {
        let costs = [("wake_up", "50us"), ("hot_wake_up", "50us"), ("notify", "5us")];
        let crowd = task("ana", "{ cpu = \"1ms\" }").replace("steps", "count = 4\nsteps");
        let check = |cores: u32, expected: [i64; 4]| {
            let run = run(&costs, &crowd, "thread-pool", cores);
            assert_eq!([0, 1, 2, 3].map(|of| first(&run, of, State::Running) / 1_000), expected, "{cores}");
        };
        check(4, [50, 55, 60, 65]);
        check(2, [50, 55, 1_050, 1_055]);
        let at_once = run(&[("notify", "5us")], &crowd, "thread-pool", 4);
        assert_eq!([0, 1, 2, 3].map(|of| first(&at_once, of, State::Running)), [0; 4], "waking takes no time");
    }
}
