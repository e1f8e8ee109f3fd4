//! Predicted beside measured, as one JSON object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Costs, Failure, Row};
use crate::analysis::agreement::Agreement;
use crate::cli::output::print_json;
use crate::engine::calibrate::Mood;
use crate::host;
use crate::lang::Lang;
use crate::model::Language;
use crate::simulate::costs::Cost;
use crate::time::Nanos;
use crate::trace::Host;

#[derive(Serialize)]
struct Report<'a> {
    host: Host,
    costs: CostsReport<'a>,
    runs: usize,
    within: usize,
    /// How many were made while the computer was quiet, and how many of these are within.
    quiet: usize,
    quiet_within: usize,
    rows: Vec<RowReport>,
}

/// What the imagined computer charged, where it was measured.
#[derive(Serialize)]
struct CostsReport<'a> {
    source: &'a str,
    /// They were measured again and again: these are the medians, each row has its own.
    per_row: bool,
    /// Nanoseconds, of tasks written in Rust; what is not there was as Tasklane's defaults are.
    costs: BTreeMap<&'static str, i64>,
}

#[derive(Serialize)]
struct RowReport {
    scenario: String,
    variant: Option<String>,
    /// With its parameters, as on the command line.
    model: String,
    title: String,
    cores: u32,
    /// So many measured runs count, and at least as many simulated ones; each figure is the mean of the half
    /// in the middle, of lateness the median of all returns.
    times: u32,
    /// So many more were measured while others took the computer.
    set_aside: u32,
    predicted: Side,
    measured: Side,
    /// Of the measured makespan; negative: predicted too short.
    makespan_off: Option<f64>,
    makespan_off_max: f64,
    beyond: Vec<&'static str>,
    /// Half of what lies between the quartiles of the measured makespans, of their median.
    measured_swing: Option<f64>,
    /// Over all of them, others took more of the computer than a quiet run may lose.
    busy_computer: bool,
    /// Whether another machine shared its cores in those that count: the row was predicted with what things cost then.
    cores_were: Mood,
    /// Of what the model pays, in nanoseconds: the medians of what this row was predicted with.
    costs: BTreeMap<&'static str, i64>,
}

#[derive(Serialize)]
struct Side {
    makespan_ns: Nanos,
    utilization: Option<f64>,
    gil_lateness_p50_ns: Option<Nanos>,
    done: u32,
}

pub fn print(rows: &[Row], costs: &Costs) -> Result<(), Failure> {
    let overall = costs.overall();
    let known = |cost: Cost| Some((cost.id(), overall.get(Language::Rust, cost)?.0));
    let report = Report {
        host: host::describe(),
        costs: CostsReport {
            source: &overall.source,
            per_row: costs.follow_the_computer(),
            costs: Cost::ALL.into_iter().filter_map(known).collect(),
        },
        runs: rows.len(),
        within: rows.iter().filter(|row| row.is_within()).count(),
        quiet: rows.iter().filter(|row| !row.busy).count(),
        quiet_within: rows.iter().filter(|row| !row.busy && row.is_within()).count(),
        rows: rows.iter().map(row_report).collect(),
    };
    print_json(&report)
}

fn row_report(row: &Row) -> RowReport {
    let Agreement { makespan, utilization, gil_lateness, done, .. } = row.agreement;
    RowReport {
        scenario: row.run.scenario_id.clone(),
        variant: row.run.variant.clone(),
        model: row.run.choice.to_string(),
        title: row.run.title(Lang::En),
        cores: row.run.cores,
        times: row.times,
        set_aside: row.set_aside,
        predicted: Side {
            makespan_ns: makespan.predicted,
            utilization: utilization.map(|pair| pair.predicted),
            gil_lateness_p50_ns: gil_lateness.map(|pair| pair.predicted),
            done: done.predicted,
        },
        measured: Side {
            makespan_ns: makespan.measured,
            utilization: utilization.map(|pair| pair.measured),
            gil_lateness_p50_ns: gil_lateness.map(|pair| pair.measured),
            done: done.measured,
        },
        makespan_off: row.agreement.makespan_off(),
        makespan_off_max: row.agreement.makespan_off_max,
        beyond: row.agreement.misses().iter().map(|miss| miss.id()).collect(),
        measured_swing: row.swing,
        busy_computer: row.busy,
        cores_were: row.mood,
        costs: row.costs.iter().map(|(cost, time)| (cost.id(), time.0)).collect(),
    }
}
