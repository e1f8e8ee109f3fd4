//! Every exporter on a run whose every nanosecond is known.

use std::sync::Arc;

use tasklane::analysis::report_run::ReportRun;
use tasklane::chart::figure::{Look, Picture};
use tasklane::chart::lanes::LaneBy;
use tasklane::chart::palette::Theme;
use tasklane::export::{self, ExportError, FORMATS, Format, Options, Takes, json};
use tasklane::lang::Lang;
use tasklane::time::Nanos;
use tasklane::trace::Run;

use crate::fixture::{self, ms};

fn report(run: Run) -> ReportRun {
    ReportRun::alone(Arc::new(run))
}

/// Three models beside each other, with a baseline and repeats.
fn several(count: u32) -> Vec<ReportRun> {
    let baseline = Some(ms(256 * i64::from(count)));
    let models = [("sequential", 1), ("thread-pool", 4), ("threads", count)];
    let mut runs: Vec<_> = models.map(|(model, workers)| report(fixture::run(model, count, workers))).into();
    for run in &mut runs {
        run.baseline = baseline;
    }
    runs[1].repeats = vec![ms(500), ms(512), ms(530)];
    runs
}

fn bytes(format: &Format, runs: &[ReportRun], options: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    format.write(runs, options, &mut out).unwrap();
    out
}

fn text(id: &str, runs: &[ReportRun], options: &Options) -> String {
    String::from_utf8(bytes(export::find(id).unwrap(), runs, options)).unwrap()
}

/// Draws what papers would show, to be looked at: `TASKLANE_LOOK=dir cargo test look`.
#[test]
fn pictures_to_look_at() {
    let Some(dir) = std::env::var_os("TASKLANE_LOOK") else { return };
    let dir = std::path::Path::new(&dir);
    let save = |name: &str, runs: &[ReportRun], picture, look| {
        let options = Options { picture, look, scale: 1.5 };
        std::fs::write(dir.join(name), bytes(export::find("png").unwrap(), runs, &options)).unwrap();
    };
    let dark = Look { theme: Theme::Dark, lang: Lang::PtBr, ..Look::default() };
    save("one.png", &several(8)[1..2], Picture::Gantt, Look::default());
    save("compare.png", &several(8), Picture::Gantt, Look::default());
    save("compare-dark.png", &several(20), Picture::Gantt, dark.clone());
    save("utilization.png", &several(8), Picture::Utilization, Look::default());
    save("utilization-dark.png", &several(8), Picture::Utilization, dark);
    save("workers.png", &several(8), Picture::Gantt, Look { by: LaneBy::Worker, ..Look::default() });
    save("narrow.png", &several(8), Picture::Gantt, Look { width: 500.0, ..Look::default() });
    save("many.png", &several(400)[1..], Picture::Gantt, Look::default());
    save("shared.png", &several(3000)[2..], Picture::Gantt, Look { height: Some(600.0), ..Look::default() });
}
