//! What things cost while runs are compared: as a file says, or as they do on this computer at that time. Its pace drifts,
//! by more within a minute than predictions may be off; so it is measured again and again behind scenarios' runs, and a row
//! is predicted with the costs of the rounds before and behind its runs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Failure;
use crate::cli::calibrate::measure;
use crate::cli::interrupts::Interrupts;
use crate::cli::load;
use crate::cli::terminal::tell;
use crate::engine::calibrate::{Calibration, ROUNDS};
use crate::simulate::costs::CostTable;

pub enum Costs {
    Given(Arc<CostTable>),
    Measured {
        here: Calibration,
        /// One for each round but the first.
        tables: Vec<Arc<CostTable>>,
        /// When the last round was made.
        at: Instant,
    },
}

/// A round that was made so recently serves for what was run since, too: rounds take longer than the shortest runs.
const AGAIN: Duration = Duration::from_secs(4);

impl Costs {
    /// As the file says, or else as they are measured.
    pub fn of(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            Some(path) => Ok(Costs::Given(Arc::new(load::costs(path)?))),
            None => Ok(Costs::Measured { here: Calibration::default(), tables: Vec::new(), at: Instant::now() }),
        }
    }

    /// A scenario's runs are to be made.
    pub fn before_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        match self {
            Costs::Measured { here, tables, .. } if tables.is_empty() => {
                tell(
                    "measuring first what things cost on this computer, and again every few seconds; `--costs FILE` takes a table of `tasklane calibrate`",
                );
                // The last one is made behind the runs.
                measure(here, ROUNDS - 1, stop)
            }
            Costs::Given(_) | Costs::Measured { .. } => Ok(()),
        }
    }

    /// What things cost around the runs that were just made.
    pub fn after_runs(&mut self, stop: &Interrupts) -> Result<Arc<CostTable>, Failure> {
        match self {
            Costs::Given(table) => Ok(Arc::clone(table)),
            Costs::Measured { here, tables, at } => {
                if let Some(table) = tables.last().filter(|_| at.elapsed() < AGAIN) {
                    return Ok(Arc::clone(table));
                }
                measure(here, 1, stop)?;
                *at = Instant::now();
                let table = Arc::new(here.table());
                tables.push(Arc::clone(&table));
                Ok(table)
            }
        }
    }

    /// What things cost all in all: the medians over time.
    pub fn overall(&self) -> CostTable {
        match self {
            Costs::Given(table) => CostTable::clone(table),
            Costs::Measured { tables, .. } => CostTable::median(tables),
        }
    }

    /// They were measured again and again.
    pub const fn follow_the_computer(&self) -> bool {
        matches!(self, Costs::Measured { .. })
    }
}
