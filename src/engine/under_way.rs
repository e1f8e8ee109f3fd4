//! A run under way, whichever engine makes it: what the session sees of both.

use std::sync::Arc;

use super::{LiveImagined, LiveRun, Request, Snapshots, StartError, Wake};
use crate::analysis::metrics::{Metrics, metrics};
use crate::scenario::Engine;
use crate::simulate::Decision;
use crate::trace::Run;

pub(super) enum UnderWay {
    Measured(LiveRun),
    Imagined(LiveImagined),
}

impl UnderWay {
    pub fn start(request: Request, snapshots: Snapshots, wake: Wake) -> Result<Self, StartError> {
        match request.engine {
            Engine::Measured => LiveRun::start(request, snapshots, wake).map(UnderWay::Measured),
            Engine::Simulated => LiveImagined::start(request, wake).map(UnderWay::Imagined),
        }
    }

    pub fn snapshot(&self) -> Arc<Run> {
        match self {
            UnderWay::Measured(live) => live.snapshot(),
            UnderWay::Imagined(live) => live.snapshot(),
        }
    }

    pub fn cancel(&self) {
        match self {
            UnderWay::Measured(live) => live.cancel(),
            UnderWay::Imagined(live) => live.cancel(),
        }
    }

    pub fn is_over(&self) -> bool {
        match self {
            UnderWay::Measured(live) => live.is_over(),
            UnderWay::Imagined(live) => live.is_over(),
        }
    }

    /// The snapshot will not change any more.
    pub fn is_gathered(&self) -> bool {
        match self {
            UnderWay::Measured(live) => live.is_gathered(),
            UnderWay::Imagined(live) => live.is_gathered(),
        }
    }

    /// Of the snapshot, which is that of a finished run.
    pub fn metrics(&self) -> Arc<Metrics> {
        let known = match self {
            UnderWay::Measured(_) => None,
            UnderWay::Imagined(live) => live.metrics(),
        };
        known.unwrap_or_else(|| Arc::new(metrics(&self.snapshot())))
    }

    /// How much is done, from 0 to 1; of a measured run, the share of its tasks that are over.
    pub fn share_done(&self) -> f64 {
        match self {
            UnderWay::Measured(live) => {
                (f64::from(live.ended()) / f64::from(live.snapshot().trace.tasks().max(1))).min(1.0)
            }
            UnderWay::Imagined(live) => live.share_done(),
        }
    }

    pub fn decisions(&self) -> Arc<[Decision]> {
        match self {
            UnderWay::Measured(_) => Arc::default(),
            UnderWay::Imagined(live) => live.decisions(),
        }
    }
}
