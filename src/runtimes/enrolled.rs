//! Threads that a library makes for us and that join the run when they start: their guard lives in the thread itself.

use std::cell::RefCell;

use super::job::Job;
use crate::record::Enrolled;
use crate::trace::Worker;

thread_local! {
    static ENROLLED: RefCell<Option<Enrolled>> = const { RefCell::new(None) };
}

/// To be called on the new thread, which is one of the run's workers from now on.
pub(super) fn join(job: &Job, name: impl FnOnce(Worker) -> String) {
    let enrolled = job.hub.enroll(name);
    job.cancel().join_in();
    ENROLLED.with_borrow_mut(|own| *own = Some(enrolled));
}

/// To be called on the thread before it ends.
pub(super) fn leave() {
    drop(ENROLLED.take());
}
