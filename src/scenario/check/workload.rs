//! Rules on what is run: models, machine, tasks, steps, and how much all of it may be.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::{
    CORES, COST_MAX, COUNTS, DURATION_MAX, PAYLOAD_BYTES_MAX, REPEAT_DEPTH_MAX, REPEATS, SIZE_BYTES_MAX, YEARS_MAX,
    check_name, groups, repeated,
};
use crate::lang::Text;
use crate::scenario::fault::{Fault, Message, Path};
use crate::scenario::write::write_size;
use crate::scenario::{Arrive, EXPANDED_STEPS_MAX, Group, SIMULATED_TASKS_MAX, Scenario, Spread, Step};
use crate::scenario::{draw, words};
use crate::time::{Nanos, write_duration};

type Faults = Vec<Fault>;

/// The faults of the workload itself; variants and lesson are not looked at.
pub fn workload(scenario: &Scenario) -> Vec<Fault> {
    let mut out = Faults::new();
    if scenario.title.trim().is_empty() {
        out.push(say(Path::ROOT.key("title"), Text::new("must not be empty", "não pode ser vazio"), &[]));
    }
    models(scenario, &mut out);
    machine(scenario, &mut out);
    declarations(scenario, &mut out);
    tasks(scenario, &mut out);
    if out.is_empty() {
        amounts(scenario, &mut out);
    }
    out
}

fn say(path: Path, text: Text, values: &[&dyn std::fmt::Display]) -> Fault {
    Fault::new(path, Message::new(text, values))
}

fn models(scenario: &Scenario, out: &mut Faults) {
    let path = Path::ROOT.key("models");
    if scenario.models.is_empty() {
        out.push(say(path, Text::new("names no model", "não cita nenhum modelo"), &[]));
        return;
    }
    let names: Vec<String> = scenario.models.iter().map(ToString::to_string).collect();
    for (index, name) in repeated(names.iter().map(String::as_str)) {
        out.push(say(path.item(index), Text::new("`{}` is there twice", "`{}` está duas vezes"), &[&name]));
    }
}

fn machine(scenario: &Scenario, out: &mut Faults) {
    let path = Path::ROOT.key("machine");
    let machine = &scenario.machine;
    if let Some(cores) = machine.cores {
        in_range(path.key("cores"), cores, &CORES, out);
    }
    if let Some(quantum) = machine.quantum {
        if quantum <= Nanos::ZERO {
            out.push(above_zero(path.key("quantum"), &write_duration(quantum)));
        }
        duration(path.key("quantum"), quantum, out);
    }
    if i64::try_from(machine.seed).is_err() {
        out.push(Fault::new(path.key("seed"), at_most(&i64::MAX, &machine.seed)));
    }
    for (name, time) in &machine.costs {
        cost(path.key(name), name, *time, out);
    }
}

fn in_range(path: Path, value: u32, range: &RangeInclusive<u32>, out: &mut Faults) {
    if !range.contains(&value) {
        let text =
            Text::new("must be a whole number from {} to {}, found {}", "deve ser um número inteiro de {} a {}; há {}");
        out.push(say(path, text, &[range.start(), range.end(), &value]));
    }
}

fn above_zero(path: Path, found: &str) -> Fault {
    say(path, Text::new("must be more than 0, found {}", "deve ser maior que 0; há {}"), &[&found])
}

/// How long anything may be that is a duration.
pub(crate) fn duration(path: Path, time: Nanos, out: &mut Faults) {
    if time < Nanos::ZERO {
        let text = Text::new("a duration cannot be negative", "uma duração não pode ser negativa");
        out.push(say(path, text, &[]));
    } else if time > DURATION_MAX {
        out.push(Fault::new(path, too_long(&write_duration(time))));
    }
}

/// What that thing, one of [`COSTS`](words::COSTS), may cost.
pub(crate) fn cost(path: Path, id: &str, time: Nanos, out: &mut Faults) {
    // An interval is no price but a rule: without one the lock would be asked for at every instant, for ever.
    if id == words::GIL_INTERVAL && time == Nanos::ZERO {
        let help = Text::new(
            "who waits so long for the interpreter lock asks for it; CPython's interval is \"5ms\"",
            "quem espera tanto pela trava do interpretador a pede; o intervalo do CPython é \"5ms\"",
        );
        out.push(above_zero(path, &write_duration(time)).with_help(Some(Message::new(help, &[]))));
    } else if id != words::GIL_INTERVAL && time > COST_MAX {
        let help = Text::new(
            "it is charged each time that this happens; what takes longer is a step of a task",
            "é cobrado cada vez que isso acontece; o que demora mais é um passo de uma tarefa",
        );
        let found = at_most(&write_duration(COST_MAX), &write_duration(time));
        out.push(Fault::new(path, found).with_help(Some(Message::new(help, &[]))));
    } else {
        duration(path, time, out);
    }
}

/// What is allowed, and what was found.
pub(crate) fn too_long(found: &str) -> Message {
    let text = Text::new("must be at most {} years ({}), found {}", "deve ser no máximo {} anos ({}); há {}");
    Message::new(text, &[&YEARS_MAX, &write_duration(DURATION_MAX), &found])
}

fn size(path: Path, bytes: u64, max: u64, out: &mut Faults) {
    if bytes > max {
        out.push(Fault::new(path, too_large(max, &write_size(bytes))));
    }
}

fn at_most(most: &dyn Display, found: &dyn Display) -> Message {
    Message::new(Text::new("must be at most {}, found {}", "deve ser no máximo {}; há {}"), &[most, found])
}

/// The same of a size, in bytes.
pub(crate) fn too_large(max: u64, found: &str) -> Message {
    at_most(&write_size(max), &found)
}

fn declarations(scenario: &Scenario, out: &mut Faults) {
    let channels = scenario.channels.iter().map(|channel| ("channels", &channel.name));
    let locks = scenario.locks.iter().map(|lock| ("locks", &lock.name));
    let variables = scenario.variables.iter().map(|variable| ("variables", &variable.name));
    for (kind, name) in channels.chain(locks).chain(variables) {
        check_name(Path::ROOT.key(kind).key(name), name, out);
    }
    for channel in &scenario.channels {
        let path = Path::ROOT.key("channels").key(&channel.name).key("capacity");
        if let Some(capacity) = channel.capacity {
            in_range(path, capacity, &COUNTS, out);
        }
    }
}

fn tasks(scenario: &Scenario, out: &mut Faults) {
    if scenario.groups.is_empty() {
        out.push(say(Path::ROOT.key("task"), Text::new("there is no task", "não há nenhuma tarefa"), &[]));
    }
    for (path, group) in groups(scenario) {
        group_rules(&path, group, out);
    }
    for (index, name) in repeated(scenario.groups.iter().map(|group| group.name.as_str())) {
        let path = Path::ROOT.key("task").named_item(index, name).key("name");
        out.push(say(path, Text::new("another task is named `{}`", "outra tarefa se chama `{}`"), &[&name]));
    }
    for (path, name, group) in named_as_one_of_many(scenario) {
        let text = Text::new(
            "another task is named `{}`: one of the {} that `{}` makes",
            "outra tarefa se chama `{}`: uma das {} de `{}`",
        );
        out.push(say(path, text, &[&name, &group.count, &group.name]));
    }
    for (path, group) in groups(scenario) {
        for (at, _) in group.after.iter().enumerate().filter(|(_, other)| **other >= scenario.groups.len()) {
            let text = Text::new("there is no such task", "essa tarefa não existe");
            out.push(say(path.key("after").item(at), text, &[]));
        }
    }
    if let Some(cycle) = cycle(&scenario.groups) {
        let names: Vec<&str> = cycle.iter().map(|group| scenario.groups[*group].name.as_str()).collect();
        let path = Path::ROOT.key("task").named_item(cycle[0], names[0]).key("after");
        let text = Text::new("waits for itself: {}", "espera por si mesma: {}");
        let circle = names.iter().chain(names.first()).copied().collect::<Vec<_>>().join(" → ");
        out.push(say(path, text, &[&circle]));
    }
}

/// Single tasks that are named as one of a group's: `egg-1`, where `egg` makes several.
fn named_as_one_of_many(scenario: &Scenario) -> impl Iterator<Item = (Path, &str, &Group)> {
    let many: HashMap<&str, &Group> =
        scenario.groups.iter().filter(|group| group.count > 1).map(|group| (group.name.as_str(), group)).collect();
    groups(scenario).filter(|(_, group)| group.count == 1).filter_map(move |(path, single)| {
        let (name, number) = single.name.rsplit_once('-')?;
        let group = *many.get(name)?;
        let index = number.parse::<u32>().ok()?.checked_sub(1).filter(|index| *index < group.count)?;
        (group.task_name(index) == single.name).then(|| (path.key("name"), single.name.as_str(), group))
    })
}

fn group_rules(path: &Path, group: &Group, out: &mut Faults) {
    check_name(path.key("name"), &group.name, out);
    in_range(path.key("count"), group.count, &COUNTS, out);
    match group.arrive {
        Arrive::At(instant) => duration(path.key("arrive"), instant, out),
        Arrive::Every(gap) => {
            let path = path.key("arrive").key("every");
            if gap == Nanos::ZERO {
                out.push(above_zero(path, &write_duration(gap)));
            } else {
                duration(path, gap, out);
            }
        }
        Arrive::Rate(per_second) => {
            if !(1e-6..=1e9).contains(&per_second) {
                let text = Text::new(
                    "must be from 0.000001 to 1000000000 a second, found {}",
                    "deve ser de 0.000001 a 1000000000 por segundo; há {}",
                );
                out.push(say(path.key("arrive").key("rate"), text, &[&per_second]));
            }
        }
    }
    for (at, other) in group.after.iter().enumerate() {
        if group.after[..at].contains(other) {
            let text = Text::new("the same task twice", "a mesma tarefa duas vezes");
            out.push(say(path.key("after").item(at), text, &[]));
        }
    }
    size(path.key("payload"), group.payload_bytes, PAYLOAD_BYTES_MAX, out);
    steps(&path.key("steps"), &group.steps, 0, out);
    Held::default().walk(&path.key("steps"), &group.steps, out);
}

fn steps(path: &Path, list: &[Step], depth: usize, out: &mut Faults) {
    if list.is_empty() {
        out.push(say(path.clone(), Text::new("has no steps", "não tem passos"), &[]));
    }
    if depth > REPEAT_DEPTH_MAX {
        let text = Text::new("`repeat` nests deeper than {} levels", "`repeat` aninhado além de {} níveis");
        out.push(say(path.clone(), text, &[&REPEAT_DEPTH_MAX]));
        return;
    }
    for (index, step) in list.iter().enumerate() {
        let path = path.item(index);
        let key = path.key(step.verb());
        match step {
            Step::Cpu { time, size_bytes, .. } | Step::Work { time, size_bytes, .. } => {
                spread(&key, time, out);
                if *size_bytes == Some(0) {
                    out.push(above_zero(path.key("size"), "0B"));
                }
                size(path.key("size"), size_bytes.unwrap_or_default(), SIZE_BYTES_MAX, out);
            }
            Step::Io { time, timeout, .. } => {
                spread(&key, time, out);
                match *timeout {
                    Some(Nanos::ZERO) => out.push(above_zero(path.key("timeout"), "0ms")),
                    Some(timeout) => duration(path.key("timeout"), timeout, out),
                    None => {}
                }
            }
            Step::Lock(name)
            | Step::Unlock(name)
            | Step::Send(name)
            | Step::Receive(name)
            | Step::Barrier(name)
            | Step::Load(name)
            | Step::Store(name) => check_name(key, name, out),
            Step::Repeat { count, steps: body } => {
                in_range(key, *count, &REPEATS, out);
                steps(&path.key("steps"), body, depth + 1, out);
            }
            Step::Yield | Step::Add(_) | Step::Print(_) | Step::Fail(_) => {}
        }
    }
}

fn spread(path: &Path, spread: &Spread, out: &mut Faults) {
    match *spread {
        Spread::Fixed(time) => duration(path.clone(), time, out),
        Spread::Uniform(low, high) => {
            let path = path.key("uniform");
            if low > high {
                let text = Text::new("the bounds are reversed: {} to {}", "os limites estão invertidos: {} a {}");
                out.push(say(path, text, &[&write_duration(low), &write_duration(high)]));
            } else {
                duration(path.item(0), low, out);
                duration(path.item(1), high, out);
            }
        }
        Spread::Exponential(mean) => duration(path.key("exponential"), mean, out),
        Spread::Normal(mean, deviation) => {
            duration(path.key("normal").item(0), mean, out);
            duration(path.key("normal").item(1), deviation, out);
        }
        Spread::Pareto(scale, shape) => {
            let path = path.key("pareto");
            duration(path.item(0), scale, out);
            if !(0.5..=1_000.0).contains(&shape) {
                let text =
                    Text::new("the shape must be from 0.5 to 1000, found {}", "a forma deve ser de 0.5 a 1000; há {}");
                out.push(say(path.item(1), text, &[&shape]));
            }
        }
    }
}

/// Groups that wait for each other in a circle, if there are any.
fn cycle(groups: &[Group]) -> Option<Vec<usize>> {
    // Depth first, without recursion: each group on the trail with the number of its predecessors looked at.
    let mut finished = vec![false; groups.len()];
    let mut is_on_trail = vec![false; groups.len()];
    for start in 0..groups.len() {
        let mut trail = vec![(start, 0)];
        is_on_trail[start] = true;
        while let Some((group, looked_at)) = trail.last_mut() {
            let group = *group;
            let Some(&next) = groups[group].after.get(*looked_at) else {
                (finished[group], is_on_trail[group]) = (true, false);
                trail.pop();
                continue;
            };
            *looked_at += 1;
            if is_on_trail.get(next) == Some(&true) {
                return Some(trail.iter().map(|(group, _)| *group).skip_while(|group| *group != next).collect());
            }
            // A number that is no group has its fault already.
            if finished.get(next) == Some(&false) {
                is_on_trail[next] = true;
                trail.push((next, 0));
            }
        }
    }
    None
}

/// The locks a task holds, along its straight program.
#[derive(Default)]
struct Held<'a>(std::collections::BTreeSet<&'a str>);

impl<'a> Held<'a> {
    fn walk(&mut self, path: &Path, steps: &'a [Step], out: &mut Faults) {
        for (index, step) in steps.iter().enumerate() {
            let path = path.item(index);
            match step {
                Step::Lock(name) => {
                    self.0.insert(name);
                }
                Step::Unlock(name) => {
                    let fault = say(
                        path.key("unlock"),
                        Text::new("`{}` is not held here", "`{}` não está em posse aqui"),
                        &[name],
                    );
                    if !self.0.remove(name.as_str()) && !out.contains(&fault) {
                        out.push(fault);
                    }
                }
                // What a body does to the set of held locks is the same from its second round on.
                Step::Repeat { count, steps } => {
                    for _ in 0..(*count).min(2) {
                        self.walk(&path.key("steps"), steps, out);
                    }
                }
                _ => {}
            }
        }
    }
}

/// How many tasks, how many steps, and how long all of it one after another. A time that is drawn counts as the least
/// that it can be: what is drawn is looked at when it is drawn.
fn amounts(scenario: &Scenario, out: &mut Faults) {
    let task = Path::ROOT.key("task");
    if scenario.tasks() > SIMULATED_TASKS_MAX {
        let text = Text::new(
            "{} tasks are more than a run can hold ({})",
            "{} tarefas são mais do que cabe em uma execução ({})",
        );
        out.push(say(task, text, &[&scenario.tasks(), &SIMULATED_TASKS_MAX]));
        return;
    }
    let mut expanded = 0_u64;
    let mut longest: Option<(Path, f64)> = None;
    let mut total_nanos = 0.0_f64;
    for (path, group) in groups(scenario) {
        let amount = amount(&group.steps);
        expanded = expanded.saturating_add(amount.steps.saturating_mul(u64::from(group.count)));
        if expanded > EXPANDED_STEPS_MAX {
            let text = Text::new(
                "more than {} steps, with every `repeat` and `count` multiplied out",
                "mais de {} passos, com cada `repeat` e `count` multiplicado",
            );
            out.push(say(path.key("steps"), text, &[&EXPANDED_STEPS_MAX]));
            return;
        }
        let count = f64::from(group.count);
        let of_steps = amount.nanos * count;
        let of_arrivals = gap_nanos(group) * count + first_nanos(group);
        total_nanos += of_steps + of_arrivals;
        for (key, own_nanos) in [("steps", of_steps), ("arrive", of_arrivals)] {
            if longest.as_ref().is_none_or(|(_, nanos)| own_nanos > *nanos) {
                longest = Some((path.key(key), own_nanos));
            }
        }
    }
    if let Some((path, _)) = longest.filter(|_| total_nanos > nanos(DURATION_MAX)) {
        let text = Text::new(
            "all tasks together must take at most {} years, found {}: use shorter times, or fewer tasks or rounds",
            "todas as tarefas juntas devem levar no máximo {} anos; há {}: use tempos menores ou menos tarefas ou voltas",
        );
        let years = (total_nanos / nanos(DURATION_MAX) * YEARS_MAX as f64).ceil();
        out.push(say(path, text, &[&YEARS_MAX, &years]));
    }
}

/// As many tasks as each group may have beside the others as they are, where all may have `tasks_max`: what [`workload`]
/// says nothing against. 1 at the least.
pub fn tasks_max_of_groups(scenario: &Scenario, tasks_max: u64) -> Vec<u64> {
    let of_group = |group: &Group| {
        let amount = amount(&group.steps);
        let each = Amount { nanos: amount.nanos + gap_nanos(group), ..amount };
        let all = Amount {
            steps: each.steps.saturating_mul(u64::from(group.count)),
            nanos: each.nanos * f64::from(group.count) + first_nanos(group),
        };
        (each, all)
    };
    let amounts: Vec<(Amount, Amount)> = scenario.groups.iter().map(of_group).collect();
    let steps = amounts.iter().fold(0_u64, |sum, (_, all)| sum.saturating_add(all.steps));
    let time: f64 = amounts.iter().map(|(_, all)| all.nanos).sum();
    let tasks = scenario.tasks();
    let most = |(group, (each, all)): (&Group, &(Amount, Amount))| {
        let other_tasks = tasks - u64::from(group.count);
        let by_steps = EXPANDED_STEPS_MAX.saturating_sub(steps - all.steps) / each.steps.max(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let by_time = ((nanos(DURATION_MAX) - (time - all.nanos) - first_nanos(group)) / each.nanos.max(1e-3)) as u64;
        tasks_max.saturating_sub(other_tasks).min(by_steps).min(by_time).max(1)
    };
    scenario.groups.iter().zip(&amounts).map(most).collect()
}

struct Amount {
    steps: u64,
    nanos: f64,
}

fn amount(steps: &[Step]) -> Amount {
    let mut amount = Amount { steps: 0, nanos: 0.0 };
    for step in steps {
        let (steps, nanos) = match step {
            Step::Cpu { time, .. } | Step::Work { time, .. } | Step::Io { time, .. } => (1, nanos(draw::least(time))),
            Step::Repeat { count, steps } => {
                let body = self::amount(steps);
                (body.steps.saturating_mul(u64::from(*count)), body.nanos * f64::from(*count))
            }
            _ => (1, 0.0),
        };
        amount.steps = amount.steps.saturating_add(steps);
        amount.nanos += nanos;
    }
    amount
}

/// Until the first task of the group comes.
fn first_nanos(group: &Group) -> f64 {
    if let Arrive::At(instant) = group.arrive { nanos(instant) } else { 0.0 }
}

/// From one task of the group to the next.
fn gap_nanos(group: &Group) -> f64 {
    match group.arrive {
        Arrive::At(_) => 0.0,
        Arrive::Every(gap) => nanos(gap),
        Arrive::Rate(per_second) => 1e9 / per_second,
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared with a bound that is itself rough")]
fn nanos(time: Nanos) -> f64 {
    time.0 as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    /// By the number of tasks, by their steps, by their time: so many are allowed, and one more is not.
    #[test]
    fn a_group_may_have_as_many_tasks_as_that() {
        let cases = [
            ("{ cpu = \"1ms\" }", 9_999_990),
            ("{ repeat = 1_000_000, steps = [{ cpu = \"1ns\" }] }", 99),
            ("{ io = \"46042560s\" }", 99),
        ];
        for (step, most) in cases {
            let text = format!(
                "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\ncount = 2\nsteps = [{step}]\n\
                 [[task]]\nname = \"b\"\ncount = 10\nsteps = [{{ io = \"1s\" }}]\n"
            );
            let mut scenario = read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(tasks_max_of_groups(&scenario, SIMULATED_TASKS_MAX)[0], most, "{step}");
            let mut faults_with = |count: u64| {
                scenario.groups[0].count = u32::try_from(count).unwrap();
                workload(&scenario).len()
            };
            assert_eq!((faults_with(most), faults_with(most + 1)), (0, 1), "{step}");
            assert_eq!(tasks_max_of_groups(&scenario, 50), [40, 1], "the others are too many already");
        }
    }
}
