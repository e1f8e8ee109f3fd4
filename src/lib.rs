//! Tasklane: see concurrency happen.
//!
//! A **scenario** (what to run) names **models**; **runtimes** do its **steps** for real, or **simulate**
//! does on a machine that isn't there; either way a **trace** (what happened), **analysis** (what it means), **chart**
//! (what to draw), for **gui**, **cli** and **export**.
//!
//! | room | owns | effects |
//! |---|---|---|
//! | [`time`], [`lang`] | nanoseconds; texts in every language | none |
//! | [`clock`] | the one clock and its anchors | reads clocks |
//! | [`model`] | what each execution model *is*: words, parameters, plan | none |
//! | [`scenario`] | the checked scenario, TOML in and out, variants, the built-in catalog | none |
//! | [`trace`] | events, the columnar trace, the run around it | none |
//! | [`rules`] | what locks, channels and barriers do: who goes on, who waits, whose turn is next | none |
//! | [`simulate`] | the imagined computer: (scenario, plan, costs) → trace, deterministic | none |
//! | [`analysis`] | metrics, utilization, conditions, comparison, diagnoses, agreement of predicted and measured | none |
//! | [`explore`] | every order of a small program's steps, counted exactly | none |
//! | [`chart`] | (run, viewport) → marks and figures | none |
//! | [`export`] | SVG, PNG, CSV, JSON and `.tasklane` into `dyn Write` | none |
//! | [`host`] | what the operating system says and does: cores, limits, accounts | system calls |
//! | [`record`] | how workers stamp events, and the collector that turns them into a trace | threads, channels |
//! | [`steps`] | what a step really does: burn CPU, wait, ask a server, write to the disk | threads, sockets, files |
//! | [`runtimes`] | how each model really runs: the twin of `model`, same file names | threads, runtimes, worker processes |
//! | [`engine`] | measured and simulated runs from start to end, calibration, session of open runs | threads |
//! | [`store`] | opens and saves scenarios, runs and settings, atomically | files |
//! | [`cli`], [`gui`] | the two shells; neither knows the other | terminal; window, dialogs |
//!
//! # Invariants
//! - Imports point from the bottom of this table up, never down; `tests/it/tidy.rs` reads the `use` lines and holds it.
//! - egui, eframe, egui_plot and rfd are named in `gui` only; tokio and rayon in `steps`, `runtimes` and `engine` only.
//! - The rooms without effects could be built for a browser: no threads, files or clocks in them.
//! - Which model it is, is asked in `model` and `runtimes` only.
//! - Nothing invented: a figure that was not measured is `None` and is shown as unknown.

pub mod analysis;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod engine;
pub mod explore;
pub mod export;
pub mod gui;
pub mod host;
pub mod lang;
pub mod model;
#[cfg_attr(not(unix), expect(dead_code, unused_imports, reason = "worker processes alone need that much"))]
pub mod record;
pub mod rules;
pub mod runtimes;
pub mod scenario;
pub mod simulate;
pub mod steps;
pub mod store;
pub mod time;
pub mod trace;
