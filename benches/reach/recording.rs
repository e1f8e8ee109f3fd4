//! A start+stop pair of stamps against two bare reads of the clock it uses. Bound: 1.5.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use tasklane::clock;
use tasklane::engine::Snapshots;
use tasklane::record::{self, collector};
use tasklane::time::Nanos;
use tasklane::trace::{Cause, State, Status, Task};

const PAIRS: u32 = 40_000;
const ROUNDS: usize = 60;
/// Between rounds the collector comes after: what is measured is recording, not a backlog that no run has.
const BREATH: Duration = Duration::from_millis(15);

pub fn bench() {
    let template = super::run(&super::scenario(1, "{ cpu = \"1ms\" }"), "sequential", 1);
    let template = tasklane::trace::Run { status: Status::Growing, ..(*template).clone() };
    let (hub, feed) = collector::start(template, &[0], Snapshots::Growing, Arc::new(|| {})).expect("a collector");
    let enrolled = hub.enroll(|_| "bench".to_owned());
    feed.begin(Nanos::ZERO);
    let mut bare = Vec::new();
    let mut recorded = Vec::new();
    for _ in 0..ROUNDS {
        std::thread::sleep(BREATH);
        bare.push(per_pair(|_| {
            black_box(clock::ticks());
            black_box(clock::ticks());
        }));
        recorded.push(per_pair(|_| {
            record::stamp(Task(0), State::Running, Cause::None);
            record::stamp(Task(0), State::Ready, Cause::Queued);
        }));
    }
    drop(enrolled);
    feed.end(Status::Finished, Vec::new(), None, None);
    while !feed.is_gathered() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let account = feed.snapshot().account.clone();
    let (bare, recorded) = (super::median(bare), super::median(recorded));
    println!("two reads of the clock      {bare:6.1} ns of CPU");
    println!("start+stop pair, recorded   {recorded:6.1} ns of CPU");
    println!("ratio                       {:6.2}   (bound 1.50)", recorded / bare);
    println!("events recorded {}, received {}", account.recorded, account.received);
}

/// CPU time of this thread per call, in ns.
fn per_pair(mut pair: impl FnMut(u32)) -> f64 {
    let begin = clock::thread_cpu_now();
    for at in 0..PAIRS {
        pair(at);
    }
    (clock::thread_cpu_now() - begin).secs() * 1e9 / f64::from(PAIRS)
}
