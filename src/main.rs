//! From the command line to one of the two shells: the window, or the terminal where a verb was given or no window can
//! be opened. Before anything else: a process that was made to be a worker of another one is that and nothing more.

use std::process::ExitCode;

use tasklane::cli::{self, Invocation, Target, tell};
use tasklane::engine;
use tasklane::gui::{self, GuiError, Start};
use tasklane::runtimes;

fn main() -> ExitCode {
    if let Some(status) = runtimes::serve_if_worker(std::env::args_os()) {
        return status;
    }
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(status) => return status,
    };
    engine::sweep_leftovers();
    match invocation {
        Invocation::Window(target) => open_window(&target),
        Invocation::Command(command) => cli::execute(command),
    }
}

fn open_window(target: &Target) -> ExitCode {
    let start = Start { files: target.files.clone(), lesson: target.scenario };
    match gui::run(start) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(signal)) => signal.exit_code(),
        Err(error @ (GuiError::NoDisplay | GuiError::MissingLibrary { .. })) => {
            tell(&error);
            cli::run_instead_of_window(target)
        }
        Err(error @ GuiError::Window(_)) => {
            tell(format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
