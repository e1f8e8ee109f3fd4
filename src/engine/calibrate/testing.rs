//! For tests: runs that stand for measured ones, of which it is known what everything cost.

use std::sync::Arc;

use super::runs::{Workload, request, text_of};
use crate::engine::{self, Request};
use crate::scenario::{Engine, read};
use crate::trace::Run;

/// Threads on an imagined computer that has its cores' queues as real ones do.
pub(super) fn imagined(cores: u32, costs: &str, workloads: &[Workload<'_>]) -> Arc<Run> {
    imagined_under("threads", &[], cores, costs, workloads)
}

/// The same under any model.
pub(super) fn imagined_under(
    model: &str,
    params: &[(&str, &str)],
    cores: u32,
    costs: &str,
    workloads: &[Workload<'_>],
) -> Arc<Run> {
    let machine = format!("[machine]\nscheduler = \"per-core\"\ncores = {cores}\n{costs}");
    let text = format!("{}{machine}", text_of(model, workloads));
    let scenario = Arc::new(read::read("t.toml", &text).unwrap());
    let request = Request { scenario, cores, engine: Engine::Simulated, ..request(model, params, workloads) };
    engine::imagine(&request, &|| false).unwrap().run
}
