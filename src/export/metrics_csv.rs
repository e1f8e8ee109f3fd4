//! The figures of runs and of their tasks as CSV: for each run one row, then one for each of its tasks.

use std::fmt::Display;
use std::io::Write;

use super::csv::{known, row};
use super::{ExportError, Format, Options, Takes};
use crate::analysis::metrics::{self, Metrics, TaskTimes};
use crate::analysis::report_run::ReportRun;
use crate::lang::{Lang, Text};
use crate::scenario::words;
use crate::time::Nanos;
use crate::trace::{State, Task};

pub static FORMAT: Format = Format {
    id: "metrics",
    extension: "csv",
    label: Text::new("Metrics (CSV)", "Métricas (CSV)"),
    takes: Takes::Runs,
    suffix: "-metrics",
    write,
};

/// A column, with its value in a run's row and in a task's row; a value that has no meaning there is empty.
type Column = (&'static str, fn(&RunRow) -> String, fn(&TaskRow) -> String);

struct RunRow<'a> {
    report: &'a ReportRun,
    metrics: Metrics,
}

struct TaskRow<'a> {
    run: &'a RunRow<'a>,
    name: String,
    times: TaskTimes,
}

const COLUMNS: [Column; 37] = [
    ("row", |_| "run".into(), |_| "task".into()),
    ("scenario", scenario, |task| scenario(task.run)),
    ("variant", variant, |task| variant(task.run)),
    ("model", model, |task| model(task.run)),
    ("engine", engine, |task| engine(task.run)),
    ("cores", |run| run.report.run.cores.to_string(), |task| task.run.report.run.cores.to_string()),
    ("seed", |run| run.report.run.seed.to_string(), |task| task.run.report.run.seed.to_string()),
    ("name", |run| run.report.title(Lang::En), |task| task.name.clone()),
    ("outcome", |_| String::new(), |task| known(task.times.outcome.map(State::id))),
    ("arrive_ns", |_| String::new(), |task| nanos(task.times.arrive)),
    ("start_ns", |_| String::new(), |task| nanos(task.times.start)),
    ("finish_ns", |_| String::new(), |task| nanos(task.times.finish)),
    ("running_ns", |run| nanos(Some(run.metrics.running)), |task| nanos(Some(task.times.running))),
    ("io_ns", |_| String::new(), |task| nanos(Some(task.times.io))),
    ("waiting_ns", |_| String::new(), |task| nanos(Some(task.times.waiting))),
    ("blocked_ns", |_| String::new(), |task| nanos(Some(task.times.blocked))),
    ("overhead_ns", |run| nanos(Some(run.metrics.overhead)), |task| nanos(Some(task.times.overhead))),
    ("turnaround_ns", |_| String::new(), |task| nanos(task.times.turnaround())),
    ("response_ns", |_| String::new(), |task| nanos(task.times.response())),
    ("makespan_ns", |run| nanos(Some(run.metrics.makespan)), |_| String::new()),
    ("cpu_ns", |run| nanos(run.report.run.account.cpu), |_| String::new()),
    ("utilization", |run| known(run.metrics.utilization), |_| String::new()),
    ("speedup", |run| known(run.report.speedup(run.metrics.makespan)), |_| String::new()),
    ("throughput_per_s", |run| known(run.metrics.throughput), |_| String::new()),
    ("waiting_mean_ns", |run| nanos(run.metrics.waiting.mean), |_| String::new()),
    ("turnaround_mean_ns", |run| nanos(run.metrics.turnaround.mean), |_| String::new()),
    ("turnaround_p50_ns", |run| nanos(run.metrics.turnaround.p50), |_| String::new()),
    ("turnaround_p95_ns", |run| nanos(run.metrics.turnaround.p95), |_| String::new()),
    ("turnaround_max_ns", |run| nanos(run.metrics.turnaround.max), |_| String::new()),
    ("response_mean_ns", |run| nanos(run.metrics.response.mean), |_| String::new()),
    ("cpu_user_ns", |run| nanos(run.report.run.account.cpu_user()), |_| String::new()),
    ("cpu_system_ns", |run| nanos(run.report.run.account.cpu_system), |_| String::new()),
    ("server_cpu_ns", |run| nanos(run.report.run.account.server_cpu), |_| String::new()),
    ("switches_voluntary", |run| known(run.report.run.account.switches_voluntary), |_| String::new()),
    ("switches_involuntary", |run| known(run.report.run.account.switches_involuntary), |_| String::new()),
    ("migrations", |run| known(run.report.run.account.migrations), |_| String::new()),
    ("tasks_done", |run| run.metrics.done.to_string(), |_| String::new()),
];

fn write(runs: &[ReportRun], _: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
    let names = COLUMNS.each_ref().map(|(name, ..)| name as &dyn Display);
    row(out, &names)?;
    for report in runs {
        let run = RunRow { report, metrics: metrics::metrics(&report.run) };
        let fields = COLUMNS.map(|(_, of_run, _)| of_run(&run));
        row(out, &fields.each_ref().map(|field| field as &dyn Display))?;
        for task in (0..report.run.trace.tasks()).map(Task) {
            let name = report.run.task_name(task);
            let task = TaskRow { run: &run, name, times: metrics::task_times(&report.run, task) };
            let fields = COLUMNS.map(|(_, _, of_task)| of_task(&task));
            row(out, &fields.each_ref().map(|field| field as &dyn Display))?;
        }
    }
    Ok(())
}

fn scenario(run: &RunRow) -> String {
    run.report.run.scenario_id.clone()
}

fn variant(run: &RunRow) -> String {
    run.report.run.variant.clone().unwrap_or_default()
}

fn model(run: &RunRow) -> String {
    run.report.run.choice.to_string()
}

fn engine(run: &RunRow) -> String {
    words::word(&words::ENGINES, &run.report.run.engine).to_owned()
}

fn nanos(time: Option<Nanos>) -> String {
    known(time.map(|time| time.0))
}
