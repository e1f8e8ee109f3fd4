//! Runs as one JSON object: the contract of `--json` and of the `json` format. Field order is the contract's; what is
//! unknown is null; times are whole nanoseconds.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{ExportError, Format, Options, Takes};
use crate::analysis::diagnosis;
use crate::analysis::metrics::{self, TaskTimes};
use crate::analysis::report_run::ReportRun;
use crate::analysis::theory;
use crate::lang::{Lang, Text};
use crate::model::{Param, Unit};
use crate::scenario::{Engine, words};
use crate::time::Nanos;
use crate::trace::{Host, OutputLine, Run, State, Task};

pub static FORMAT: Format = Format {
    id: "json",
    extension: "json",
    label: Text::new("Whole runs (JSON)", "Execuções inteiras (JSON)"),
    takes: Takes::Runs,
    suffix: "",
    write,
};

/// The whole object.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Unknown when the runs are not all of one scenario.
    pub scenario: Option<String>,
    /// Unknown when they were not all made on one computer, or on an imagined one.
    pub host: Option<Host>,
    pub runs: Vec<RunReport>,
}

/// A parameter's value as scenario files have it: a number, or a word.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ParamValue {
    Number(u32),
    Word(&'static str),
}

#[derive(Debug, Serialize)]
pub struct RunReport {
    pub model: &'static str,
    /// The values in force, defaults included; unbounded is null.
    pub params: BTreeMap<&'static str, Option<ParamValue>>,
    pub variant: Option<String>,
    pub engine: &'static str,
    pub cores: u32,
    pub makespan_ns: Nanos,
    pub cpu_ns: Option<Nanos>,
    pub cpu_user_ns: Option<Nanos>,
    pub cpu_system_ns: Option<Nanos>,
    /// Part of none of these: of the server that the run's requests went to. Null: there was none.
    pub server_cpu_ns: Option<Nanos>,
    pub utilization: Option<f64>,
    pub speedup: Option<f64>,
    pub waiting_mean_ns: Option<Nanos>,
    pub turnaround_mean_ns: Option<Nanos>,
    pub response_mean_ns: Option<Nanos>,
    pub overhead_ns: Nanos,
    pub context_switches: Option<u64>,
    pub switches_voluntary: Option<u64>,
    pub switches_involuntary: Option<u64>,
    pub migrations: Option<u64>,
    /// `kernel-records` or `clocks`.
    pub preemption_source: Option<&'static str>,
    /// Context-switch records that the kernel had no room for.
    pub switches_lost: u64,
    pub threads_max: Option<u32>,
    pub peak_memory_bytes: Option<u64>,
    pub events: u64,
    pub dropped: u64,
    pub variables: Option<BTreeMap<String, i64>>,
    /// Of `output`, beyond what memory holds.
    pub lines_dropped: u64,
    pub output: Output,
    pub repeats: Vec<Nanos>,
    pub tasks: Tasks,
    pub diagnoses: Vec<Diagnosis>,
    /// Null where there are too many steps to add up.
    pub theory: Option<TheoryReport>,
}

/// What was printed; each line is made as it is written.
#[derive(Debug)]
pub struct Output(Arc<Run>);

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = &*self.0;
        let line = |line| Line::of(run, line);
        serializer.collect_seq(run.output.iter().map(line))
    }
}

/// Every task in scenario order; each is made as it is written: all of ten million at once would take gigabytes.
#[derive(Debug)]
pub struct Tasks(Arc<Run>);

impl Serialize for Tasks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = &*self.0;
        let task = |task| task_report(run.task_name(task), &metrics::task_times(run, task));
        serializer.collect_seq((0..run.trace.tasks()).map(Task).map(task))
    }
}

/// The names of some tasks.
#[derive(Debug)]
pub struct Names {
    run: Arc<Run>,
    tasks: Vec<Task>,
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.tasks.iter().map(|task| self.run.task_name(*task)))
    }
}

#[derive(Debug, Serialize)]
pub struct Line<'a> {
    pub t_ns: Nanos,
    pub task: String,
    pub text: &'a str,
}

impl Line<'_> {
    fn of<'a>(run: &Run, line: &'a OutputLine) -> Line<'a> {
        Line { t_ns: line.time, task: run.task_name(line.task), text: &line.text }
    }
}

#[derive(Debug, Serialize)]
pub struct TaskReport {
    pub name: String,
    pub arrive_ns: Option<Nanos>,
    pub start_ns: Option<Nanos>,
    pub finish_ns: Option<Nanos>,
    pub running_ns: Nanos,
    pub io_ns: Nanos,
    pub waiting_ns: Nanos,
    pub blocked_ns: Nanos,
    pub turnaround_ns: Option<Nanos>,
    pub response_ns: Option<Nanos>,
    pub outcome: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct Diagnosis {
    pub id: &'static str,
    pub text: String,
    pub tasks: Names,
}

#[derive(Debug, Serialize)]
pub struct TheoryReport {
    pub work_over_cores_ns: Nanos,
    pub longest_task_ns: Nanos,
    pub lower_bound_ns: Nanos,
}

/// The contract's object of these runs.
pub fn report(runs: &[ReportRun]) -> Report {
    let same = |same: &dyn Fn(&Run, &Run) -> bool| {
        let first = &runs.first()?.run;
        runs.iter().all(|other| same(first, &other.run)).then_some(&**first)
    };
    Report {
        scenario: same(&|a, b| a.scenario_id == b.scenario_id).map(|run| run.scenario_id.clone()),
        host: same(&|a, b| a.host == b.host).filter(|run| run.engine == Engine::Measured).map(|run| run.host.clone()),
        runs: runs.iter().map(run_report).collect(),
    }
}

fn write(runs: &[ReportRun], _: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
    serde_json::to_writer_pretty(&mut *out, &report(runs)).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn in_json(param: &Param, value: u32) -> ParamValue {
    match param.unit {
        Unit::Count | Unit::Micros => ParamValue::Number(value),
        Unit::Choice(words) => ParamValue::Word(words.get(value as usize).copied().unwrap_or_default()),
    }
}

fn run_report(report: &ReportRun) -> RunReport {
    let run = &*report.run;
    let metrics = metrics::metrics(run);
    let theory = theory::of_run(run);
    let account = &run.account;
    let params = run.choice.model.params.iter();
    RunReport {
        model: run.choice.model.id,
        params: params
            .map(|param| (param.key, run.choice.value(param, run.cores).map(|value| in_json(param, value))))
            .collect(),
        variant: run.variant.clone(),
        engine: words::word(&words::ENGINES, &run.engine),
        cores: run.cores,
        makespan_ns: metrics.makespan,
        cpu_ns: account.cpu,
        cpu_user_ns: account.cpu_user(),
        cpu_system_ns: account.cpu_system,
        server_cpu_ns: account.server_cpu,
        utilization: metrics.utilization,
        speedup: report.speedup(metrics.makespan),
        waiting_mean_ns: metrics.waiting.mean,
        turnaround_mean_ns: metrics.turnaround.mean,
        response_mean_ns: metrics.response.mean,
        overhead_ns: metrics.overhead,
        context_switches: account
            .switches_voluntary
            .zip(account.switches_involuntary)
            .map(|(voluntary, involuntary)| voluntary.saturating_add(involuntary)),
        switches_voluntary: account.switches_voluntary,
        switches_involuntary: account.switches_involuntary,
        migrations: account.migrations,
        preemption_source: account.preemption_source.id(),
        switches_lost: account.switches_lost,
        threads_max: account.threads_max,
        peak_memory_bytes: account.peak_memory_bytes,
        events: account.received,
        dropped: account.dropped(),
        variables: run.is_over().then(|| run.variables.iter().cloned().collect()),
        lines_dropped: account.lines_dropped,
        output: Output(Arc::clone(&report.run)),
        repeats: if report.repeats.is_empty() { vec![metrics.makespan] } else { report.repeats.clone() },
        tasks: Tasks(Arc::clone(&report.run)),
        diagnoses: diagnosis::diagnose(run)
            .into_iter()
            .map(|found| diagnosis_report(Arc::clone(&report.run), found))
            .collect(),
        theory: theory.map(|theory| TheoryReport {
            work_over_cores_ns: theory.work_over_cores,
            longest_task_ns: theory.longest_task,
            lower_bound_ns: theory.lower_bound,
        }),
    }
}

fn diagnosis_report(run: Arc<Run>, found: diagnosis::Diagnosis) -> Diagnosis {
    let text = found.text.get(Lang::En).to_owned();
    Diagnosis { id: found.id, text, tasks: Names { run, tasks: found.tasks } }
}

fn task_report(name: String, times: &TaskTimes) -> TaskReport {
    TaskReport {
        name,
        arrive_ns: times.arrive,
        start_ns: times.start,
        finish_ns: times.finish,
        running_ns: times.running,
        io_ns: times.io,
        waiting_ns: times.waiting,
        blocked_ns: times.blocked,
        turnaround_ns: times.turnaround(),
        response_ns: times.response(),
        outcome: times.outcome.map(State::id),
    }
}
