//! The command line as clap reads it: verbs, options and their help. What a word means to the program is decided by
//! the verbs' own files.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::chart::figure::Picture;
use crate::model::{self, ModelChoice, ParamError};
use crate::scenario::MEASURED_TASKS_MAX;
use crate::scenario::check::{CORES, COUNTS, REPEATS};
use crate::scenario::fault::nearest;
use crate::{export, host};

/// At most so many repetitions of a run.
const REPEATS_MAX: i64 = 1_000;

/// See concurrency happen: run one workload under many execution models and watch it on timelines.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Opens the window on these scenarios or saved runs; a built-in scenario goes by its id
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario under its models and report what happened
    Run(Box<RunArgs>),
    /// List the built-in scenarios
    List(JsonArgs),
    /// List the execution models: what each one is, when to use it, what it costs
    Models(JsonArgs),
    /// Write a saved run in another format
    Export(ExportArgs),
    /// Measure what things cost on this computer, for its models' descriptions and for imagined computers
    Calibrate(CalibrateArgs),
    /// Simulate what this computer will measure, then measure it: how far the imagined computer can be trusted
    Predict(PredictArgs),
    #[command(hide = true, disable_help_flag = true)]
    Compare(UnbuiltArgs),
    #[command(hide = true, disable_help_flag = true)]
    Sweep(UnbuiltArgs),
    /// Explore every order of a small program's steps: final values, deadlocks, and in how many orders each
    Explore(ExploreArgs),
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// A built-in scenario's id, or the path of a scenario file
    pub scenario: PathBuf,
    /// Run under this model instead of the scenario's own; may be given several times [example: thread-pool:workers=4]
    #[arg(long = "model", value_name = "ID[:KEY=VALUE,…]", value_parser = model_choice)]
    pub models: Vec<ModelChoice>,
    /// Run only this variant of the scenario; may be given several times
    #[arg(long = "variant", value_name = "ID")]
    pub variants: Vec<String>,
    /// Run on an imagined computer instead of this one
    #[arg(long)]
    pub simulate: bool,
    /// What the imagined computer charges for starting, switching and the like, as `tasklane calibrate` writes it
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// How many cores the run may use, or the imagined computer has; a variant that sets its own keeps them
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = cores)]
    pub cores: Option<u32>,
    /// How many tasks the scenario's first group has; a variant that sets its own keeps them
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = tasks)]
    pub tasks: Option<u32>,
    /// Repeat each run; figures are then those of the repetition of median makespan
    #[arg(long, value_name = "K", default_value_t = 1, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=REPEATS_MAX))]
    pub repeat: u32,
    /// The seed of all random draws
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// The Python of the Python models (not available in this version)
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// Write every run into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[arg(long = "format", value_name = "LIST", value_delimiter = ',', default_value = "svg,tasklane", requires = "out",
        value_parser = format, help = into_folder())]
    pub formats: Vec<&'static export::Format>,
    /// What SVG and PNG show, separated by commas: gantt, utilization
    #[arg(long = "picture", value_name = "LIST", value_delimiter = ',', default_value = "gantt", requires = "out",
        value_parser = picture)]
    pub pictures: Vec<Picture>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
}

impl RunArgs {
    /// `tasklane run SCENARIO` without options.
    pub fn of(scenario: PathBuf) -> Self {
        RunArgs {
            scenario,
            models: vec![],
            variants: vec![],
            simulate: false,
            costs: None,
            cores: None,
            tasks: None,
            repeat: 1,
            seed: None,
            python: None,
            out: None,
            formats: vec![],
            pictures: vec![],
            json: false,
        }
    }
}

#[derive(Debug, Args)]
pub struct PredictArgs {
    /// Built-in scenarios' ids, or paths of scenario files; without any, all built-in scenarios
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Under this model instead of the scenarios' own; may be given several times
    #[arg(long = "model", value_name = "ID[:KEY=VALUE,…]", value_parser = model_choice)]
    pub models: Vec<ModelChoice>,
    /// Under every model that can be measured; runs that would take more than a minute are left out
    #[arg(long, conflicts_with = "models")]
    pub every_model: bool,
    /// What the imagined computer charges, as `tasklane calibrate` writes it; without it, this computer is measured first
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// Simulate and measure each run so often and compare means of the half in the middle; without it, as often as it takes until they agree
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=REPEATS_MAX))]
    pub repeat: Option<u32>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct JsonArgs {
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A `.tasklane` file
    pub run: PathBuf,
    #[arg(long, value_name = "F", value_parser = format, help = format!("What to write: {}", format_ids().join(", ")))]
    pub format: &'static export::Format,
    /// What SVG and PNG show: gantt or utilization
    #[arg(long, value_name = "P", default_value = "gantt", value_parser = picture)]
    pub picture: Picture,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// Write the costs into this file, too, for `--costs`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExploreArgs {
    /// A built-in scenario's id, or the path of a scenario file
    pub scenario: PathBuf,
    /// Explore this variant of the scenario
    #[arg(long = "variant", value_name = "ID")]
    pub variants: Vec<String>,
    /// How many tasks the scenario's first group has
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = tasks)]
    pub tasks: Option<u32>,
    /// How many rounds each `repeat` has at most
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=i64::from(*REPEATS.end())))]
    pub rounds: Option<u32>,
    /// Explore at most so many states; where there are more, the result is partial and says so
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_states: Option<u32>,
    /// Write the first schedule of each outcome into this folder, as a simulated run
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    #[arg(long = "format", value_name = "LIST", value_delimiter = ',', default_value = "svg,tasklane", requires = "out",
        value_parser = format, help = into_folder())]
    pub formats: Vec<&'static export::Format>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Whatever follows a verb that is not built yet.
#[derive(Debug, Args)]
pub struct UnbuiltArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<OsString>,
}

fn picture(id: &str) -> Result<Picture, String> {
    let found = Picture::ALL.into_iter().find(|picture| picture.id() == id);
    found.ok_or_else(|| unknown("picture", id, &Picture::ALL.map(Picture::id)))
}

/// Reads `thread-pool:workers=4`.
fn model_choice(text: &str) -> Result<ModelChoice, String> {
    let (id, params) = text.split_once(':').unwrap_or((text, ""));
    let Some(model) = model::find(id) else { return Err(unknown_model(id)) };
    let mut choice = ModelChoice::new(model);
    for param in params.split(',').filter(|param| !param.is_empty()) {
        let Some((key, value)) = param.split_once('=') else {
            return Err(format!("`{param}` is no KEY=VALUE, like `workers=4`"));
        };
        if choice.params.get(key).is_some() {
            return Err(format!("`{key}` of `{id}` is given twice"));
        }
        choice.set_text(key, value).map_err(|error| refused_param(&error))?;
    }
    Ok(choice)
}

fn refused_param(error: &ParamError) -> String {
    let near = match error {
        ParamError::Unknown { key, allowed, .. } => nearest(key, allowed.iter().copied()),
        _ => None,
    };
    near.map_or_else(|| error.to_string(), |near| format!("{error}; did you mean `{near}`?"))
}

fn unknown_model(id: &str) -> String {
    let ids: Vec<&str> = model::all().map(|model| model.id).collect();
    unknown("model", id, &ids)
}

fn format(text: &str) -> Result<&'static export::Format, String> {
    /// Formats of the contract that this version lacks.
    const TO_COME: [&str; 2] = ["html", "chrome"];
    export::find(text).ok_or_else(|| {
        if TO_COME.contains(&text) {
            format!("the format `{text}` is not available in this version")
        } else {
            unknown("format", text, &format_ids())
        }
    })
}

fn cores(text: &str) -> Result<u32, String> {
    let cores = text.parse().ok().filter(|cores| CORES.contains(cores));
    cores.ok_or_else(|| {
        let (range, here) = (whole_from(&CORES), host::cores());
        format!("{range} on an imagined computer, and at most {here} on this one")
    })
}

/// Whether a scenario can have so many is its checker's to say, by the key of its group.
fn tasks(text: &str) -> Result<u32, String> {
    let tasks = text.parse().ok().filter(|tasks| *tasks > 0);
    tasks.ok_or_else(|| format!("{}, in a measured run at most {MEASURED_TASKS_MAX}", whole_from(&COUNTS)))
}

fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse().ok().filter(|seed| i64::try_from(*seed).is_ok());
    seed.ok_or_else(|| format!("must be a whole number from 0 to {}", i64::MAX))
}

fn whole_from(range: &RangeInclusive<u32>) -> String {
    format!("must be a whole number from {} to {}", range.start(), range.end())
}

fn into_folder() -> String {
    format!("What to write into it, separated by commas: {}", format_ids().join(", "))
}

fn format_ids() -> Vec<&'static str> {
    export::FORMATS.iter().map(|format| format.id).collect()
}

/// `there is no model `treads`: did you mean `threads`?` and all that are allowed.
pub fn unknown(kind: &str, word: &str, allowed: &[&str]) -> String {
    let all = allowed.join(", ");
    match nearest(word, allowed.iter().copied()) {
        Some(near) => format!("there is no {kind} `{word}`: did you mean `{near}`? Allowed are {all}"),
        None => format!("there is no {kind} `{word}`: allowed are {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        use clap::CommandFactory;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn models_are_read_with_their_parameters() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let choice = model_choice(text).map(|choice| choice.to_string());
            assert_eq!(choice.as_deref().map_err(String::as_str), expected);
        };
        check("threads", Ok("threads"));
        check("thread-pool:workers=4", Ok("thread-pool:workers=4"));
        check("thread-pool:", Ok("thread-pool"));
        check("thread-pool:workers", Err("`workers` is no KEY=VALUE, like `workers=4`"));
        check(
            "thread-pool:workers=four",
            Err("`workers` of `thread-pool` must be a whole number from 1 to 10000, found `four`"),
        );
        check(
            "thread-pool:workers=0",
            Err("`workers` of `thread-pool` must be a whole number from 1 to 10000, found 0"),
        );
        check("thread-pool:workers=2,workers=3", Err("`workers` of `thread-pool` is given twice"));
        check(
            "thread-pool:worker=2",
            Err("`thread-pool` has no parameter `worker`: allowed are workers, queue; did you mean `workers`?"),
        );
        check("threads:workers=2", Err("`threads` has no parameter `workers`: it has none"));
        check("python-process-pool:chunk=10,start=warm", Ok("python-process-pool:chunk=10,start=warm"));
        let all = model::all().map(|model| model.id).collect::<Vec<_>>().join(", ");
        let unknown = format!("there is no model `treads`: did you mean `threads`? Allowed are {all}");
        check("treads", Err(unknown.as_str()));
    }

    #[test]
    fn numbers_are_refused_with_what_is_allowed() {
        assert_eq!((cores("1024"), tasks("7")), (Ok(1_024), Ok(7)));
        let here = host::cores();
        let allowed =
            format!("must be a whole number from 1 to 1024 on an imagined computer, and at most {here} on this one");
        for text in ["0", "1025", "-1", "two"] {
            assert_eq!(cores(text), Err(allowed.clone()));
        }
        let allowed = "must be a whole number from 1 to 10000000, in a measured run at most 1000000";
        assert_eq!(tasks("0"), Err(allowed.to_owned()));
    }

    #[test]
    fn formats_to_come_say_so() {
        let refused = |text: &str| format(text).expect_err("no such format");
        for id in ["html", "chrome"] {
            assert_eq!(refused(id), format!("the format `{id}` is not available in this version"));
        }
        assert!(refused("svgg").contains("did you mean `svg`?"));
    }

    #[test]
    fn pictures_are_told_by_the_nearest_word() {
        let error = picture("gant").expect_err("no such picture");
        assert_eq!(error, "there is no picture `gant`: did you mean `gantt`? Allowed are gantt, utilization");
    }
}
