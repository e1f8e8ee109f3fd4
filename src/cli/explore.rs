//! `tasklane explore`: every order of a small program's steps, as a histogram for a person or as JSON for a program.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::args::{ExploreArgs, unknown};
use super::failure::Failure;
use super::interrupts::Interrupts;
use super::load::{self, Named};
use super::output::{make_writable, print_json, write_file};
use super::requests::refused;
use super::terminal::{Ink, Terminal, harmless, tell, wrapped};
use crate::analysis::report_run::ReportRun;
use crate::chart::figure::Picture;
use crate::chart::palette::Tone;
use crate::explore::caveat::caveats;
use crate::explore::program::{Program, Unsuited};
use crate::explore::run;
use crate::explore::schedule::{Story, tasks};
use crate::explore::sentence::{sentence, waiting};
use crate::explore::{self, Bound, Explored, Outcome, Refusal, SCHEDULES, caption, whatif};
use crate::lang::Lang;
use crate::scenario::Scenario;
use crate::scenario::numbering::Numbering;
use crate::trace::Task;

/// Of so many outcomes an example is told.
const EXAMPLES_MAX: usize = 6;
/// Longer examples are cut.
const STEPS_MAX: usize = 40;

/// # Errors
/// A scenario that cannot be explored, or is too large: with its estimate.
pub fn explore(args: &ExploreArgs) -> Result<(), Failure> {
    let named = load::scenario(&args.scenario)?;
    let scenario = adapted(&named, args)?;
    if let Some(folder) = &args.out {
        // Before any time is spent on what could not be kept.
        make_writable(folder)?;
    }
    let program = Program::of(&scenario).map_err(|unsuited| unsuited_failure(&unsuited))?;
    let bound = args.max_states.map_or(Bound::Whole, |states| Bound::States(states as usize));
    let explored = explore::explore(program, bound, |_| ControlFlow::Continue(())).map_err(|why| refusal(&why))?;
    // A file that cannot be written takes neither the others nor the result with it.
    let mut failures: Vec<Failure> = match &args.out {
        Some(folder) => {
            let stop = Interrupts::watch()?;
            let unwritten = write_files(folder, args, &named.id, &scenario, &explored, &stop.since_now());
            stop.over().err().into_iter().chain(unwritten).collect()
        }
        None => vec![],
    };
    if let Some(hint) = none_found(&explored) {
        tell(format!("note: {hint}"));
    }
    failures
        .extend(if args.json { print_json(&json_report(&explored)) } else { print_report(&scenario, &explored) }.err());
    Failure::all(failures)
}

/// The scenario of the variant that was asked for, with the numbers of the command line in it.
fn adapted(named: &Named, args: &ExploreArgs) -> Result<Scenario, Failure> {
    let variant = match &args.variants[..] {
        [] => None,
        [id] => Some(id.as_str()),
        _ => return Err(Failure::usage("one variant is explored at a time: name one `--variant`")),
    };
    let Some(scenario) = named.scenario.variant(variant) else {
        let ids: Vec<&str> = named.scenario.variants.iter().map(|variant| variant.id.as_str()).collect();
        let asked = variant.unwrap_or_default();
        return Err(Failure::Usage(match ids.as_slice() {
            [] => format!("there is no variant `{asked}`: this scenario has none"),
            ids => unknown("variant", asked, ids),
        }));
    };
    let mut scenario = scenario.clone();
    if let Some(tasks) = args.tasks {
        scenario = scenario.with_tasks(tasks).map_err(|faults| refused(&faults))?;
    }
    if let Some(rounds) = args.rounds {
        scenario = whatif::smaller(&scenario, u32::MAX, rounds).map_err(|faults| refused(&faults))?;
    }
    Ok(scenario)
}

fn unsuited_failure(unsuited: &Unsuited) -> Failure {
    let help = match unsuited {
        Unsuited::NothingShared => "",
        Unsuited::Tasks(_) => " (`--tasks N` gives the first group fewer)",
        Unsuited::Steps(_) => " (`--rounds N` makes every `repeat` smaller)",
    };
    Failure::Usage(format!("{}{help}", unsuited.message(Lang::En)))
}

fn refusal(refusal: &Refusal) -> Failure {
    let help = match refusal {
        Refusal::TooLarge(_) | Refusal::TooManyStates(..) => {
            " `--tasks N` and `--rounds N` do that; `--max-states N` explores a part, or all of it where it turns out to have fewer states"
        }
        Refusal::TooManySchedules(..) => {
            " `--tasks N` and `--rounds N` do that; `--max-states N` explores a part, with an N that is small enough for the count"
        }
        Refusal::Unsuited(_) | Refusal::BoundTooHigh { .. } | Refusal::Stopped => "",
    };
    Failure::Usage(format!("{}{help}", refusal.message(SCHEDULES, Lang::En)))
}

#[derive(Serialize)]
struct Report<'a> {
    schedules: u128,
    outcomes: Vec<OutcomeEntry<'a>>,
    partial: bool,
}

#[derive(Serialize)]
struct OutcomeEntry<'a> {
    variables: BTreeMap<&'a str, i64>,
    deadlock: bool,
    count: u128,
}

fn json_report(explored: &Explored) -> Report<'_> {
    let entry = |(outcome, count): &(Outcome, u128)| OutcomeEntry {
        variables: explored.program.variables().zip(outcome.values.iter().copied()).collect(),
        deadlock: outcome.deadlock,
        count: *count,
    };
    let outcomes = explored.outcomes.iter().map(entry).collect();
    Report { schedules: explored.schedules, outcomes, partial: explored.partial }
}

fn print_report(scenario: &Scenario, explored: &Explored) -> Result<(), Failure> {
    let terminal = Terminal::of_stdout();
    let mut out = io::stdout().lock();
    writeln!(out, "{}", terminal.paint(&harmless(scenario.title(Lang::En)), Ink::Bold))?;
    for line in about(scenario, explored).iter().flat_map(|text| wrapped(text, terminal.width)) {
        writeln!(out, "{}", terminal.paint(&line, Ink::Dim))?;
    }
    writeln!(out)?;
    histogram(&mut out, terminal, explored)?;
    for (number, (outcome, _)) in explored.outcomes.iter().enumerate().take(EXAMPLES_MAX) {
        let schedules = explored.schedules_of(number);
        let Some(schedule) = schedules.nth(0) else { continue };
        let story = Story::of(&explored.program, &schedule);
        let title =
            format!("{}, the first of {}:", caption::outcome(&explored.program, outcome, Lang::En), schedules.count());
        writeln!(out)?;
        for line in wrapped(&harmless(&title), terminal.width) {
            writeln!(out, "{}", terminal.paint(&line, Ink::Bold))?;
        }
        example(&mut out, terminal, scenario, explored, &story)?;
    }
    Ok(out.flush()?)
}

/// At most so many outcomes are written.
const FILES_MAX: usize = 100;

/// The first schedule of each outcome, as the run of a scenario called `two-locks-outcome-2`. Returns why those are
/// missing that are.
fn write_files(
    folder: &Path,
    args: &ExploreArgs,
    id: &str,
    scenario: &Scenario,
    explored: &Explored,
    interrupted: &dyn Fn() -> bool,
) -> Vec<Failure> {
    let mut failures = Vec::new();
    let scenario = Arc::new(scenario.clone());
    for number in 0..explored.outcomes.len().min(FILES_MAX) {
        let Some(schedule) = explored.schedules_of(number).nth(0) else { continue };
        let story = Story::of(&explored.program, &schedule);
        let id = format!("{id}-outcome-{}", number + 1);
        let run = run::run(id, Arc::clone(&scenario), args.variants.first().cloned(), &explored.program, &story);
        let run = ReportRun::alone(Arc::new(run));
        for format in &args.formats {
            let written = write_file(folder, format, Picture::Gantt, std::slice::from_ref(&run), interrupted);
            failures.extend(written.err());
        }
    }
    if explored.outcomes.len() > FILES_MAX {
        tell(format!("note: of {} outcomes the first {FILES_MAX} were written", explored.outcomes.len()));
    }
    failures
}

fn about(scenario: &Scenario, explored: &Explored) -> Vec<String> {
    let outcomes = explored.outcomes.len();
    let mut lines = vec![format!(
        "{} {} of {} tasks, {} states, {outcomes} {}",
        explored.schedules,
        if explored.schedules == 1 { "schedule" } else { "schedules" },
        explored.program.tasks(),
        explored.states,
        if outcomes == 1 { "outcome" } else { "outcomes" },
    )];
    if explored.partial {
        lines.push(format!(
            "partial: only schedules within the first {} states are counted; there are more, and perhaps other outcomes",
            explored.states
        ));
    }
    lines.push(
        "Every task is a thread, all share one memory, every step is atomic; which comes next is left open.".into(),
    );
    lines.extend(caveats(scenario, Lang::En));
    if !explored.program.left_out.is_empty() {
        lines.push(format!("Left out: {}", explored.program.left_out.join(", ")));
    }
    lines
}

/// Why there is nothing to see, and what would show something: who goes on and on comes to an end within so many states.
fn none_found(explored: &Explored) -> Option<String> {
    let enough = explored.program.states_of_one();
    (explored.partial && explored.schedules == 0).then(|| {
        format!(
            "no schedule comes to its end within {} states; the longest goes through {enough}: `--max-states {enough}` finds one at the least",
            explored.states
        )
    })
}

fn histogram(out: &mut impl Write, terminal: Terminal, explored: &Explored) -> io::Result<()> {
    const BAR_MAX: usize = 40;
    const BAR_MIN: usize = 4;
    let titles: Vec<String> = explored
        .outcomes
        .iter()
        .map(|(outcome, _)| harmless(&caption::outcome(&explored.program, outcome, Lang::En)))
        .collect();
    let width = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    let counts: Vec<String> = explored.outcomes.iter().map(|(_, count)| count.to_string()).collect();
    let count_width = counts.iter().map(String::len).max().unwrap_or(0);
    let beside = width + count_width + "    100.0 %  ".len();
    let bar_max = terminal.width.saturating_sub(beside).clamp(BAR_MIN, BAR_MAX) as f64;
    for ((title, count), (outcome, ways)) in titles.iter().zip(&counts).zip(&explored.outcomes) {
        let share = *ways as f64 / explored.schedules.max(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let bar = "█".repeat(((share * bar_max).round() as usize).max(usize::from(*ways > 0)));
        let ink = Ink::Tone(if outcome.deadlock { Tone::BadEnd } else { Tone::Running });
        let bar = terminal.paint(&bar, ink);
        writeln!(out, "{title:width$}  {count:>count_width$}  {:>7}  {bar}", caption::percent(share))?;
    }
    Ok(())
}

fn example(
    out: &mut impl Write,
    terminal: Terminal,
    scenario: &Scenario,
    explored: &Explored,
    story: &Story,
) -> io::Result<()> {
    let numbering = Numbering::of(scenario);
    let name = |task: Task| {
        let (group, index) = numbering.group_of(task.0);
        scenario.groups[group].task_name(index)
    };
    const NUMBERS: usize = 5;
    let mut line = |number: &str, text: &str| -> io::Result<()> {
        let mut number = number;
        for part in wrapped(&harmless(text), terminal.width.saturating_sub(NUMBERS + 1)) {
            writeln!(out, "{} {part}", terminal.paint(&format!("{number:>NUMBERS$}"), Ink::Dim))?;
            number = "";
        }
        Ok(())
    };
    for (number, deed) in (1..).zip(&story.deeds).take(STEPS_MAX) {
        line(&format!("{number}"), &sentence(deed, Lang::En, name))?;
    }
    if story.deeds.len() > STEPS_MAX {
        line("…", &format!("{} more steps", story.deeds.len() - STEPS_MAX))?;
    }
    let end = story.standings.last().into_iter().flatten();
    for (task, standing) in tasks(&explored.program).zip(end) {
        if let Some(text) = waiting(&explored.program, task, *standing, Lang::En, name) {
            line("×", &format!("{text}, for ever"))?;
        }
    }
    Ok(())
}
