//! A thread of its own for each task, as `threads`; the job's interpreter lock makes the difference.

use super::{Runtime, threads};

pub(super) static RUNTIME: Runtime = Runtime { id: "gil-threads", run: Ok(threads::run) };
