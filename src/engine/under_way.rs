//! A run under way, whichever engine makes it: what the session sees of both.

use std::sync::Arc;

use super::{LiveImagined, LiveRun, Request, StartError, Wake};
use crate::scenario::Engine;
use crate::simulate::Decision;
use crate::trace::Run;

pub(super) enum UnderWay {
    Measured(LiveRun),
    Imagined(LiveImagined),
}

impl UnderWay {
    pub fn start(request: Request, wake: Wake) -> Result<Self, StartError> {
        match request.engine {
            Engine::Measured => LiveRun::start(request, wake).map(UnderWay::Measured),
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
            UnderWay::Imagined(live) => live.is_over(),
        }
    }

    pub fn decisions(&self) -> Arc<[Decision]> {
        match self {
            UnderWay::Measured(_) => Arc::default(),
            UnderWay::Imagined(live) => live.decisions(),
        }
    }
}
