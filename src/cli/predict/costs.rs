//! What things cost while runs are compared: as a file says, or as they do on this computer at that time. Its pace drifts,
//! by more within a minute than predictions may be off; so it is measured again behind each scenario's runs, and a row
//! is predicted with the costs of the rounds before and behind its runs.

use std::path::Path;
use std::sync::Arc;

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
        /// One for each scenario.
        tables: Vec<Arc<CostTable>>,
    },
}

impl Costs {
    /// As the file says, or else as they are measured.
    pub fn of(file: Option<&Path>) -> Result<Self, Failure> {
        match file {
            Some(path) => Ok(Costs::Given(Arc::new(load::costs(path)?))),
            None => Ok(Costs::Measured { here: Calibration::default(), tables: Vec::new() }),
        }
    }

    /// A scenario's runs are to be made.
    pub fn before_runs(&mut self, stop: &Interrupts) -> Result<(), Failure> {
        match self {
            Costs::Measured { here, tables } if tables.is_empty() => {
                tell(
                    "measuring first what things cost on this computer, and again behind each scenario; `--costs FILE` takes a table of `tasklane calibrate`",
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
            Costs::Measured { here, tables } => {
                measure(here, 1, stop)?;
                let table = Arc::new(here.table());
                tables.push(Arc::clone(&table));
                Ok(table)
            }
        }
    }

    /// What things cost all in all: the medians over the scenarios.
    pub fn overall(&self) -> CostTable {
        match self {
            Costs::Given(table) => CostTable::clone(table),
            Costs::Measured { tables, .. } => CostTable::median(tables),
        }
    }

    /// They were measured once for each scenario.
    pub const fn follow_the_computer(&self) -> bool {
        matches!(self, Costs::Measured { .. })
    }
}
