//! Exploring against a second way to count: random small programs are interpreted anew, every order is followed to its
//! end one by one, and the counts must agree.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde_json::{Value, json};
use tasklane::analysis::columns::{COLUMNS, Row, Sample};
use tasklane::analysis::diagnosis::diagnose;
use tasklane::analysis::figures::Figures;
use tasklane::analysis::metrics::metrics;
use tasklane::analysis::report_run::ReportRun;
use tasklane::analysis::theory;
use tasklane::engine::Snapshots;
use tasklane::engine::session::Session;
use tasklane::explore::program::Program;
use tasklane::explore::schedule::Story;
use tasklane::explore::{Bound, Explored, explore, run};
use tasklane::lang::Lang;
use tasklane::model::{self, ModelChoice};
use tasklane::scenario::condition::parse_operand;
use tasklane::scenario::{Channel, Group, Scenario, Step, Variable, catalog};
use tasklane::time::Nanos;
use tasklane::trace::{Account, Cause, Peer, Run, State, Task, Times};

use crate::cli::Place;
use crate::fixture::{self, Random};

/// Final values of x and y, and whether somebody is left.
type End = (i64, i64, bool);

#[test]
fn counts_agree_with_following_every_order() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x7a5c_1a4e);
    println!("SEED={seed}");
    let mut random = Random(seed);
    let (mut deadlocks, mut races) = (0, 0);
    for round in 0..400 {
        let scenario = random_scenario(&mut random);
        let mut found: BTreeMap<End, u128> = BTreeMap::new();
        follow(&Naive::new(&scenario), &mut found);
        let explored = whole(&scenario);
        let counted: BTreeMap<End, u128> = explored
            .outcomes
            .iter()
            .map(|(outcome, count)| ((outcome.values[0], outcome.values[1], outcome.deadlock), *count))
            .collect();
        assert_eq!(counted, found, "SEED={seed}, round {round}: {:#?}", scenario.groups);
        deadlocks += u32::from(found.keys().any(|(_, _, deadlock)| *deadlock));
        races += u32::from(found.len() > 1);
        for (number, (_, count)) in explored.outcomes.iter().enumerate() {
            let last = explored.schedules_of(number).nth(count - 1).expect("as many as were counted");
            let story = Story::of(&explored.program, &last);
            let end = (story.values.last().unwrap()[0], story.values.last().unwrap()[1], story.is_deadlock());
            assert_eq!(counted.get(&end), Some(count), "SEED={seed}, round {round}");
        }
    }
    assert!(deadlocks > 20 && races > 20, "the programs are worth it: {deadlocks} deadlocks, {races} races");
}

/// The built-in lessons on locks, as they are.
#[test]
fn lessons_come_out_as_they_say() {
    let twenty = catalog::find("twenty-orders").unwrap();
    assert_eq!(ends(&whole(&twenty)), [(false, 18), (false, 2)]);
    assert_eq!(ends(&whole(twenty.variant(Some("locked")).unwrap())), [(false, 2)]);
    let two_locks = catalog::find("two-locks").unwrap();
    assert_eq!(ends(&whole(&two_locks)), [(false, 4), (true, 2)]);
    assert_eq!(ends(&whole(two_locks.variant(Some("ordered")).unwrap())), [(false, 2)]);
    let philosophers = catalog::find("dining-philosophers").unwrap();
    let table = ends(&whole(&philosophers));
    // All five have the left fork in their hands, taken in any order, and no other way to get stuck.
    assert_eq!(table.last(), Some(&(true, 120)));
    let reversed = whole(philosophers.variant(Some("one-reversed")).unwrap());
    assert!(reversed.outcomes.iter().all(|(outcome, _)| !outcome.deadlock));
}

#[test]
fn a_schedule_is_a_run_like_any_other() {
    let scenario = catalog::find("two-locks").unwrap();
    let explored = whole(&scenario);
    let stuck = explored.outcomes.iter().position(|(outcome, _)| outcome.deadlock).unwrap();
    let schedule = explored.schedules_of(stuck).nth(0).unwrap();
    let story = Story::of(&explored.program, &schedule);
    let run = run::run("two-locks".into(), scenario, None, &explored.program, &story);
    assert_eq!(run.trace.horizon(), run::STEP * 3, "two steps, and one to see them wait");
    let spans = |task| -> Vec<(i64, State, Cause, Peer)> {
        let millis = |span: &tasklane::trace::Span| span.start.0 / 1_000_000;
        run.trace.spans_of(Task(task)).map(|span| (millis(&span), span.state, span.cause, span.peer)).collect()
    };
    assert_eq!(
        spans(0),
        [
            (0, State::Running, Cause::None, Peer::NONE),
            (1, State::Ready, Cause::NoCore, Peer::NONE),
            (2, State::Blocked, Cause::Lock, Peer::task(Task(1))),
            (3, State::Deadlocked, Cause::Lock, Peer::task(Task(1))),
        ]
    );
    assert_eq!(spans(1)[0], (0, State::Ready, Cause::NoCore, Peer::NONE));
    assert_eq!(spans(1)[3], (3, State::Deadlocked, Cause::Lock, Peer::task(Task(0))));
    let told = diagnose(&run);
    let deadlock = told.iter().find(|diagnosis| diagnosis.id == "deadlock").expect("it is told like a measured one");
    assert!(deadlock.text.get(Lang::En).starts_with("ana holds pan and waits for oven, which bia holds"));
}

/// Each step is drawn equally long: whatever is told of times would be false.
#[test]
fn of_an_order_nothing_is_told_that_rests_on_times() {
    let mut scenario = Scenario::clone(&catalog::find("lost-update").unwrap()).with_tasks(2).unwrap();
    scenario.groups[0].steps = vec![Step::Load("counter".into()), Step::Add(1), Step::Store("counter".into())];
    let scenario = Arc::new(scenario);
    let explored = whole(&scenario);
    let lost = explored.outcomes.iter().position(|(outcome, _)| outcome.values == [1]).unwrap();
    let story = Story::of(&explored.program, &explored.schedules_of(lost).nth(0).unwrap());
    let order = run::run("lost-update".into(), Arc::clone(&scenario), None, &explored.program, &story);
    let check = |order: &Run| {
        assert!(order.shows_order_only());
        let known: Vec<&str> = diagnose(order).iter().map(|diagnosis| diagnosis.id).collect();
        assert_eq!(known, ["lost-update"]);
        assert_eq!(theory::of_run(order), None);
        let row = Row { shown: Sample::new(order, metrics(order)), repeats: vec![], baseline: vec![Nanos(1)] };
        assert!(COLUMNS.iter().all(|column| column.value(&row).is_none()));
        assert_eq!(Figures::of(&[order]).get(&parse_operand("threads.makespan").unwrap()), None);
    };
    check(&order);
    let mut saved = Vec::new();
    let report = ReportRun::alone(Arc::new(order.clone()));
    (tasklane::export::tasklane::FORMAT.write)(&[report], &tasklane::export::Options::default(), &mut saved).unwrap();
    check(&tasklane::export::tasklane::read(&saved).unwrap());

    let mut session = Session::new(Snapshots::Growing, Arc::new(|| {}));
    let id = session.open(order.clone());
    let sequential = ModelChoice::new(model::find("sequential").unwrap());
    let timed = Account { times: Times::Lived, ..order.account.clone() };
    session.open(Run { choice: sequential, account: timed, ..order });
    assert!(session.baseline_of(id).is_none());
}

#[test]
fn in_a_run_steps_are_told_apart_and_waits_have_their_holder() {
    let scenario = catalog::find("two-locks").unwrap();
    let scenario = scenario.variant(Some("ordered")).unwrap();
    let explored = whole(scenario);
    let schedule = explored.schedules_of(0).nth(0).unwrap();
    assert_eq!(schedule.iter().map(|task| task.0).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 1]);
    let story = Story::of(&explored.program, &schedule);
    let run = run::run("two-locks".into(), Arc::new(scenario.clone()), None, &explored.program, &story);
    let running = |task| run.trace.spans_of(Task(task)).filter(|span| span.state == State::Running).count();
    assert_eq!((running(0), running(1)), (4, 4));
    let waits: Vec<_> = run.trace.spans_of(Task(1)).filter(|span| span.state == State::Blocked).collect();
    assert_eq!(waits.len(), 1);
    assert_eq!((waits[0].start, waits[0].end), (run::STEP, run::STEP * 4));
    assert_eq!(waits[0].peer, Peer::task(Task(0)));
    assert_eq!(run.resources[waits[0].resource.get().unwrap()], "pan");
    assert_eq!(run.trace.spans_of(Task(0)).next_back().unwrap().state, State::Done);
}

const RACE: &str = r#"format = 1
title = "Race"
models = ["threads"]
[[task]]
name = "t"
count = 2
steps = [{ load = "x" }, { add = 1 }, { store = "x" }]
[[variant]]
id = "guarded"
title = "Guarded"
set = { "task.t.steps" = [{ lock = "l" }, { load = "x" }, { add = 1 }, { store = "x" }, { unlock = "l" }] }
[[variant]]
id = "large"
title = "Large"
set = { "task.t.count" = 9 }
"#;

#[test]
fn the_command_prints_one_object() {
    let place = Place::new();
    std::fs::write(place.path("race.toml"), RACE).unwrap();
    let check = |words: &[&str], expected: Value| {
        let said = place.run(&[&["explore"], words, &["--json"]].concat());
        assert_eq!(said.status, 0, "{words:?}: {}", said.err);
        let found: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(found, expected, "{words:?}");
    };
    let end = |x: i64, count: u64| json!({ "variables": { "x": x }, "deadlock": false, "count": count });
    check(&["race.toml"], json!({ "schedules": 20, "outcomes": [end(1, 18), end(2, 2)], "partial": false }));
    let guarded = json!({ "schedules": 2, "outcomes": [end(2, 2)], "partial": false });
    check(&["race.toml", "--variant", "guarded"], guarded);
    check(&["race.toml", "--max-states", "7"], json!({ "schedules": 1, "outcomes": [end(2, 1)], "partial": true }));
    check(&["race.toml", "--tasks", "1"], json!({ "schedules": 1, "outcomes": [end(1, 1)], "partial": false }));
    let counter = |x: i64, count: u64| json!({ "variables": { "counter": x }, "deadlock": false, "count": count });
    check(
        &["lost-update", "--tasks", "2", "--rounds", "1"],
        json!({ "schedules": 20, "outcomes": [counter(1, 18), counter(2, 2)], "partial": false }),
    );
    let locks = |deadlock: bool, count: u64| json!({ "variables": {}, "deadlock": deadlock, "count": count });
    check(&["two-locks"], json!({ "schedules": 6, "outcomes": [locks(false, 4), locks(true, 2)], "partial": false }));
    let ordered = json!({ "schedules": 2, "outcomes": [locks(false, 2)], "partial": false });
    check(&["two-locks", "--variant", "ordered"], ordered);
}

#[test]
fn the_command_writes_an_order_of_each_outcome() {
    let place = Place::new();
    let said = place.run(&["explore", "two-locks", "--out", "orders", "--format", "tasklane,svg", "--json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(serde_json::from_str::<Value>(&said.out).is_ok());
    for name in ["two-locks-outcome-1-threads", "two-locks-outcome-2-threads"] {
        assert!(place.path("orders").join(format!("{name}.svg")).exists(), "{name}");
    }
    let saved = "orders/two-locks-outcome-2-threads.tasklane";
    let said = place.run(&["export", saved, "--format", "json", "--out", "deadlock.json"]);
    assert_eq!(said.status, 0, "{}", said.err);
    let json: Value = serde_json::from_str(&std::fs::read_to_string(place.path("deadlock.json")).unwrap()).unwrap();
    let run = &json["runs"][0];
    assert_eq!(run["engine"], "simulated");
    assert_eq!(run["tasks"][0]["outcome"], "deadlocked");
    assert_eq!(run["diagnoses"][0]["id"], "deadlock");
    let said = place.run(&["explore", "two-locks", "--format", "svg"]);
    assert_eq!(said.status, 2);
}

#[test]
fn the_command_tells_a_person() {
    let place = Place::new();
    std::fs::write(place.path("race.toml"), RACE).unwrap();
    let said = place.run(&["explore", "race.toml"]);
    assert_eq!(said.status, 0, "{}", said.err);
    for part in [
        "20 schedules of 2 tasks",
        "x = 1  18   90.0 %",
        "x = 2   2   10.0 %",
        "t-2 stores x = 1: the update of t-1 is lost",
    ] {
        assert!(said.out.contains(part), "{part} is not in\n{}", said.out);
    }
    let said = place.run(&["explore", "two-locks"]);
    for part in ["deadlock  2   33.3 %", "ana waits for oven, which bia holds, for ever", "Left out: io"] {
        assert!(said.out.contains(part), "{part} is not in\n{}", said.out);
    }
    let said = place.run(&["explore", "race.toml", "--max-states", "7"]);
    assert!(said.out.contains("partial: only schedules within the first 7 states"), "{}", said.out);
    assert!(!said.err.contains("note"), "one was found: {}", said.err);
}

#[test]
fn on_a_narrow_terminal_the_command_keeps_to_its_width() {
    let place = Place::new();
    std::fs::write(place.path("race.toml"), RACE).unwrap();
    for scenario in ["race.toml", "two-locks", "dining-philosophers"] {
        let said = place.command(&["explore", scenario]).env("COLUMNS", "40").output().unwrap();
        let out = String::from_utf8(said.stdout).unwrap();
        assert!(out.lines().count() > 10, "{out}");
        for line in out.lines() {
            assert!(line.chars().count() <= 40, "{scenario}: {line:?}");
        }
    }
}

/// The hint is right: with so many states one schedule is found, with one less perhaps none.
#[test]
fn where_no_schedule_was_found_the_command_says_what_finds_one() {
    let place = Place::new();
    std::fs::write(place.path("race.toml"), RACE).unwrap();
    let found = |file: &str, states: &str| {
        let said = place.run(&["explore", file, "--max-states", states, "--json"]);
        assert_eq!(said.status, 0, "{}", said.err);
        let report: Value = serde_json::from_str(&said.out).unwrap();
        (report["schedules"].as_u64().unwrap() > 0, said.err)
    };
    let hint = |states: usize| format!("`--max-states {states}` finds one at the least");
    let (any, err) = found("race.toml", "6");
    assert!(!any && err.contains("no schedule comes to its end within 6 states") && err.contains(&hint(7)), "{err}");
    assert_eq!(found("race.toml", "7"), (true, String::new()));
    let (any, err) = found("lost-update", "1000");
    assert!(!any && err.contains(&hint(6_001)), "{err}");
    // More schedules than can be counted, of few states: a part of them can be.
    let said = place.run(&["explore", "backpressure", "--json"]);
    assert!(said.status == 2 && said.err.contains("`--max-states N` explores a part"), "{}", said.err);
    assert!(found("backpressure", "1000").0);
}

#[test]
fn the_command_refuses_with_a_remedy() {
    let place = Place::new();
    std::fs::write(place.path("race.toml"), RACE).unwrap();
    let check = |words: &[&str], parts: &[&str]| {
        let said = place.run(&[&["explore"], words].concat());
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{words:?}");
        for part in parts {
            assert!(said.err.contains(part), "{words:?}: {part} is not in {}", said.err);
        }
    };
    check(
        &["lost-update"],
        &["6000 steps, up to 5.0·10^3606 schedules, some 5.1·10^12 states", "--rounds", "--max-states"],
    );
    check(&["race.toml", "--variant", "large", "--tasks", "10"], &["up to 4.4·10^24 schedules, some 1.0·10^6 states"]);
    check(&["boiling-eggs", "--json"], &["nothing to explore"]);
    check(&["race.toml", "--tasks", "65"], &["65 tasks are too many to explore", "--tasks N"]);
    check(&["race.toml", "--variant", "gaurded"], &["did you mean `guarded`?"]);
    check(&["race.toml", "--variant", "guarded", "--variant", "large"], &["one variant"]);
    check(&["race.toml", "--max-states", "0"], &["--max-states"]);
    check(&["race.toml", "--max-states", "4000000000"], &["more than the 1 GiB that exploring may take"]);
    check(&["no-such-thing"], &["no built-in scenario and no file"]);
    check(&[], &["SCENARIO"]);
}

fn whole(scenario: &Scenario) -> Explored {
    explore(Program::of(scenario).unwrap(), Bound::Whole, |_| ControlFlow::Continue(())).unwrap()
}

fn ends(explored: &Explored) -> Vec<(bool, u128)> {
    explored.outcomes.iter().map(|(outcome, count)| (outcome.deadlock, *count)).collect()
}

/// Two or three tasks, at most ten steps in all.
fn random_scenario(random: &mut Random) -> Scenario {
    let mut scenario = fixture::scenario(1);
    scenario.variables = ["x", "y"].map(|name| Variable { name: name.into(), initial: 1, padded: false }).into();
    scenario.channels = vec![Channel { name: "c".into(), capacity: Some(1) }];
    let tasks = 2 + random.below(2);
    let steps = 10 / tasks;
    let group = scenario.groups.remove(0);
    for number in 0..tasks {
        let mut own: Vec<Step> = Vec::new();
        let mut held: Vec<&str> = Vec::new();
        for _ in 0..=random.below(steps) {
            let name = |random: &mut Random| ["x", "y"][usize::from(random.below(4) == 0)].to_owned();
            own.push(match random.below(14) {
                0..3 => Step::Load(name(random)),
                3..5 => Step::Add(1),
                5..8 => Step::Store(name(random)),
                8..10 => {
                    let lock = ["l", "m"][usize::from(random.below(2) == 0)];
                    held.push(lock);
                    Step::Lock(lock.into())
                }
                10..12 => match held.pop() {
                    Some(lock) => Step::Unlock(lock.into()),
                    None => Step::Yield,
                },
                12 => Step::Send("c".into()),
                _ => Step::Receive("c".into()),
            });
        }
        scenario.groups.push(Group { name: format!("t{number}"), steps: own, ..group.clone() });
    }
    // A lock that its holder takes again is let go of twice, which the checker refuses.
    match scenario.check() {
        Ok(checked) if Program::of(&checked).is_ok() => checked,
        _ => random_scenario(random),
    }
}

/// The same rules written a second time, as plainly as can be.
#[derive(Clone)]
struct Naive {
    programs: Vec<Vec<Step>>,
    at: Vec<usize>,
    registers: Vec<i64>,
    variables: BTreeMap<String, i64>,
    locks: BTreeMap<String, usize>,
    items: u32,
}

impl Naive {
    fn new(scenario: &Scenario) -> Self {
        let programs: Vec<Vec<Step>> = scenario
            .groups
            .iter()
            .map(|group| group.steps.iter().filter(|step| **step != Step::Yield).cloned().collect())
            .collect();
        Naive {
            at: vec![0; programs.len()],
            registers: vec![0; programs.len()],
            variables: scenario.variables.iter().map(|own| (own.name.clone(), own.initial)).collect(),
            locks: BTreeMap::new(),
            items: 0,
            programs,
        }
    }

    fn can(&self, task: usize) -> bool {
        match self.programs[task].get(self.at[task]) {
            None => false,
            Some(Step::Lock(name)) => !self.locks.contains_key(name),
            Some(Step::Send(_)) => self.items == 0,
            Some(Step::Receive(_)) => self.items == 1,
            Some(_) => true,
        }
    }

    fn after(&self, task: usize) -> Self {
        let mut next = self.clone();
        match &self.programs[task][self.at[task]] {
            Step::Load(name) => next.registers[task] = self.variables[name],
            Step::Add(amount) => next.registers[task] += amount,
            Step::Store(name) => *next.variables.get_mut(name).unwrap() = self.registers[task],
            Step::Lock(name) => drop(next.locks.insert(name.clone(), task)),
            Step::Unlock(name) => drop(next.locks.remove(name)),
            Step::Send(_) => next.items = 1,
            Step::Receive(_) => next.items = 0,
            step => panic!("{step:?} is not made here"),
        }
        next.at[task] += 1;
        if next.at[task] == next.programs[task].len() {
            next.locks.retain(|_, holder| *holder != task);
        }
        next
    }
}

fn follow(state: &Naive, found: &mut BTreeMap<End, u128>) {
    let mut stands = true;
    for task in (0..state.at.len()).filter(|task| state.can(*task)) {
        stands = false;
        follow(&state.after(task), found);
    }
    if stands {
        let left = (0..state.at.len()).any(|task| state.at[task] < state.programs[task].len());
        *found.entry((state.variables["x"], state.variables["y"], left)).or_default() += 1;
    }
}
