//! Why a command ended without doing its job: one message with the remedy, and the exit status of the contract.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use super::terminal::tell;
use crate::host::interrupts::Signal;

#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Bad usage or input: exit status 2.
    Usage(String),
    /// As `Usage`, by a text that already says that it is an error and where.
    Problems(String),
    /// Could not run or write: exit status 1.
    Work(String),
    /// Whoever read our output has gone, as `head` does; not an error.
    ReaderGone,
    /// Asked to stop by this signal, and stopped: the exit status of a program that it ended.
    Signal(Signal),
    /// Each is told; the first says the exit status.
    Several(Vec<Failure>),
}

impl Failure {
    pub fn usage(message: impl Display) -> Self {
        Failure::Usage(message.to_string())
    }

    pub fn work(message: impl Display) -> Self {
        Failure::Work(message.to_string())
    }

    /// What came of several things that were all tried.
    ///
    /// # Errors
    /// When some of them failed.
    pub fn all(failures: Vec<Failure>) -> Result<(), Failure> {
        if failures.is_empty() { Ok(()) } else { Err(Failure::Several(failures)) }
    }

    /// Something of the contract that this version lacks.
    pub fn not_available(what: &str) -> Self {
        Failure::Usage(format!("{what} is not available in this version"))
    }

    /// Says it on stderr, as clap says its own.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Usage(message) => {
                tell(format!("error: {message}"));
                ExitCode::from(2)
            }
            Failure::Problems(text) => {
                tell(text.trim_end());
                ExitCode::from(2)
            }
            Failure::Work(message) => {
                tell(format!("error: {message}"));
                ExitCode::FAILURE
            }
            Failure::ReaderGone => ExitCode::SUCCESS,
            Failure::Signal(signal) => signal.exit_code(),
            Failure::Several(failures) => {
                let statuses: Vec<ExitCode> = failures.into_iter().map(Failure::report).collect();
                statuses.first().copied().unwrap_or(ExitCode::SUCCESS)
            }
        }
    }
}

/// Of writing to stdout.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::Work(format!("cannot write to standard output: {error}")),
        }
    }
}
