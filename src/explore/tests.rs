//! Known numbers: small programs whose orders can be counted by hand.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::schedule::{Act, Story};
use super::{Bound, Explored, Refusal, SCHEDULES, explore, program::Program, run, sentence::sentence, whatif};
use crate::lang::Lang;
use crate::scenario::{Scenario, read};
use crate::trace::{Account, Run, Task};

/// Groups as (count, steps); what else a file has goes before them.
fn scenario(head: &str, groups: &[(u32, &str)]) -> Scenario {
    let mut text = format!("format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n{head}\n");
    for (letter, (count, steps)) in ('a'..).zip(groups) {
        text += &format!("[[task]]\nname = \"{letter}\"\ncount = {count}\nsteps = [{steps}]\n");
    }
    read::read("test.toml", &text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn explored(scenario: &Scenario, bound: Bound) -> Result<Explored, Refusal> {
    explore(Program::of(scenario).map_err(Refusal::Unsuited)?, bound, |_| ControlFlow::Continue(()))
}

/// Outcomes as `1:18` or `deadlock 0:2`, after the number of schedules.
fn summary(explored: &Explored) -> String {
    let mut words = vec![explored.schedules.to_string()];
    for (outcome, count) in &explored.outcomes {
        let values: Vec<String> = outcome.values.iter().map(ToString::to_string).collect();
        let deadlock = if outcome.deadlock { "deadlock " } else { "" };
        words.push(format!("{deadlock}{}:{count}", values.join(" ")));
    }
    words.join(", ")
}

fn check(head: &str, groups: &[(u32, &str)], expected: &str) {
    let explored = explored(&scenario(head, groups), Bound::Whole).unwrap();
    assert_eq!(summary(&explored), expected);
    assert!(!explored.partial);
}

const INCREMENT: &str = r#"{ load = "x" }, { add = 1 }, { store = "x" }"#;

#[test]
fn updates_get_lost() {
    check("", &[(1, INCREMENT)], "1, 1:1");
    check("", &[(2, INCREMENT)], "20, 1:18, 2:2");
    check("", &[(1, INCREMENT), (1, INCREMENT)], "20, 1:18, 2:2");
    // 9! / 3!³ orders; all kept only where the three follow each other: 3!.
    check("", &[(3, INCREMENT)], "1680, 1:1404, 2:270, 3:6");
    check("[variables.x]\ninitial = 5", &[(2, INCREMENT)], "20, 6:18, 7:2");
}

#[test]
fn a_lock_keeps_every_update() {
    let locked = format!("{{ lock = \"l\" }}, {INCREMENT}, {{ unlock = \"l\" }}");
    check("", &[(2, &locked)], "2, 2:2");
    check("", &[(4, &locked)], "24, 4:24");
    let rounds = format!("{{ repeat = 2, steps = [{locked}] }}");
    check("", &[(2, &rounds)], "6, 4:6");
}

#[test]
fn what_takes_time_only_changes_nothing() {
    let slow = r#"{ print = "now" }, { load = "x" }, { cpu = "1ms" }, { add = 1 }, { io = "1ms" }, { yield = true }, { store = "x" }"#;
    check("", &[(2, slow)], "20, 1:18, 2:2");
    let program = Program::of(&scenario("", &[(2, slow)])).unwrap();
    assert_eq!(program.left_out, ["cpu", "io", "print", "yield"]);
}

#[test]
fn two_locks_close_a_circle_or_do_not() {
    let pan_first = r#"{ lock = "pan" }, { lock = "oven" }, { unlock = "oven" }, { unlock = "pan" }"#;
    let oven_first = r#"{ lock = "oven" }, { lock = "pan" }, { unlock = "pan" }, { unlock = "oven" }"#;
    check("", &[(1, pan_first), (1, oven_first)], "6, :4, deadlock :2");
    check("", &[(2, pan_first)], "2, :2");
    check("", &[(1, r#"{ lock = "pan" }, { lock = "pan" }"#)], "1, deadlock :1");
}

#[test]
fn who_is_through_holds_nothing() {
    check("", &[(2, r#"{ lock = "l" }"#)], "2, :2");
    check("", &[(2, r#"{ lock = "l" }, { fail = "broke" }, { store = "x" }"#)], "2, 0:2");
}

#[test]
fn messages_are_waited_for() {
    check("", &[(1, r#"{ send = "c" }"#), (1, r#"{ receive = "c" }"#)], "1, :1");
    check("", &[(1, r#"{ receive = "c" }"#)], "1, deadlock :1");
    check("", &[(1, r#"{ send = "c" }"#), (2, r#"{ receive = "c" }"#)], "2, deadlock :2");
    let twice = r#"{ send = "c" }, { send = "c" }"#;
    let both = r#"{ receive = "c" }, { receive = "c" }"#;
    // Unbounded: the Catalan number of two pairs; with room for one they alternate.
    check("", &[(1, twice), (1, both)], "2, :2");
    check("[channels.c]\ncapacity = 1", &[(1, twice), (1, both)], "1, :1");
}

/// Nobody listens yet when the bell is rung, if the other one looked first.
#[test]
fn a_wake_up_can_get_lost() {
    let waits = r#"{ lock = "l" }, { receive = "bell" }, { unlock = "l" }"#;
    let rings = r#"{ lock = "l" }, { send = "bell" }, { unlock = "l" }"#;
    check("", &[(1, waits), (1, rings)], "2, :1, deadlock :1");
}

#[test]
fn a_barrier_opens_for_all_at_once() {
    // Two orders to arrive, then two to store.
    check("", &[(2, r#"{ barrier = "b" }, { store = "x" }"#)], "4, 0:4");
    // All have stored before anybody loads.
    let meet = r#"{ load = "x" }, { barrier = "b" }, { add = 1 }, { store = "x" }"#;
    let explored = explored(&scenario("", &[(2, meet)]), Bound::Whole).unwrap();
    assert_eq!(explored.outcomes.iter().map(|(outcome, _)| outcome.values[0]).collect::<Vec<_>>(), [1]);
    // Who ends leaves: nobody waits for ever. The second arrival comes after the first of both.
    check("", &[(1, r#"{ barrier = "b" }, { barrier = "b" }"#), (1, r#"{ barrier = "b" }"#)], "2, :2");
}

#[test]
fn groups_come_after_each_other() {
    let text = format!(
        "format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"a\"\ncount = 2\nsteps = [{INCREMENT}]\n\
         [[task]]\nname = \"b\"\nafter = [\"a\"]\nsteps = [{INCREMENT}]\n"
    );
    let after = read::read("test.toml", &text).unwrap();
    assert_eq!(summary(&explored(&after, Bound::Whole).unwrap()), "20, 2:18, 3:2");
    let failing = text.replacen("steps = [", "steps = [{ fail = \"no\" }, ", 1);
    let failing = read::read("test.toml", &failing).unwrap();
    assert_eq!(summary(&explored(&failing, Bound::Whole).unwrap()), "2, 0:2");
}

/// Twelve groups of five, each after the one before: who asks each task of each group about all before it never ends.
#[test]
fn a_deep_chain_of_groups_costs_one_look() {
    let chain = |first: &str| {
        let mut text =
            format!("format = 1\ntitle = \"t\"\nmodels = [\"threads\"]\n[[task]]\nname = \"g0\"\ncount = 2\n{first}\n");
        for number in 1..=12 {
            let before = number - 1;
            text += &format!(
                "[[task]]\nname = \"g{number}\"\ncount = 5\nafter = [\"g{before}\"]\nsteps = [{{ cpu = \"1ms\" }}]\n"
            );
        }
        summary(&explored(&read::read("test.toml", &text).unwrap(), Bound::Whole).unwrap())
    };
    assert_eq!(chain(&format!("steps = [{INCREMENT}]")), "20, 1:18, 2:2");
    assert_eq!(chain(r#"steps = [{ fail = "no" }, { load = "x" }]"#), "2, 0:2");
    assert_eq!(chain(r#"steps = [{ receive = "c" }]"#), "1, deadlock :1");
}

#[test]
fn billions_of_orders_are_counted_one_state_at_a_time() {
    let explored = explored(&scenario("", &[(2, &format!("{{ repeat = 10, steps = [{INCREMENT}] }}"))]), Bound::Whole);
    let explored = explored.unwrap();
    // 60! / 30!²
    assert_eq!(explored.schedules, 118_264_581_564_861_424);
    let lowest = explored.outcomes.first().map(|(outcome, _)| outcome.values[0]);
    let highest = explored.outcomes.last().map(|(outcome, _)| outcome.values[0]);
    assert_eq!((lowest, highest), (Some(2), Some(20)), "two updates can survive of twenty, or all");
}

#[test]
fn what_is_too_large_is_refused_with_its_estimate() {
    let message = |count: u32, steps: &str| {
        let refusal = explored(&scenario("", &[(count, steps)]), Bound::Whole).unwrap_err();
        refusal.message(SCHEDULES, Lang::En)
    };
    let text = message(4, &format!("{{ repeat = 500, steps = [{INCREMENT}] }}"));
    assert!(text.starts_with("6000 steps, up to 5.0·10^3606 schedules, some 5.1·10^12 states"), "{text}");
    let text = message(2, &format!("{{ repeat = 100000, steps = [{INCREMENT}] }}"));
    assert!(text.starts_with("600000 steps are too many to explore"), "{text}");
    let text = message(65, INCREMENT);
    assert!(text.starts_with("65 tasks are too many"), "{text}");
    let text = message(1, r#"{ cpu = "1ms" }"#);
    assert!(text.starts_with("nothing to explore"), "{text}");
    let text = message(2, &format!("{{ repeat = 70, steps = [{}] }}", r#"{ load = "x" }"#));
    assert!(text.contains("more schedules than can be counted exactly (10^38). Fewer tasks"), "{text}");
    let loads = scenario("", &[(2, &format!("{{ repeat = 70, steps = [{}] }}", r#"{ load = "x" }"#))]);
    let Err(refusal) = explored(&loads, Bound::States(6_000)) else { panic!("they can be counted") };
    let text = refusal.message(SCHEDULES, Lang::En);
    assert!(text.contains("Fewer states than the 6000 asked for, fewer tasks"), "{text}");
}

#[test]
fn a_bound_gives_a_part_and_says_so() {
    let race = scenario("", &[(2, INCREMENT)]);
    let all = explored(&race, Bound::Whole).unwrap();
    for states in 1..all.states {
        let part = explored(&race, Bound::States(states)).unwrap();
        assert!(part.partial && part.states == states && part.schedules < all.schedules, "{states}");
    }
    let whole = explored(&race, Bound::States(all.states)).unwrap();
    assert!(!whole.partial && whole.schedules == 20);
    let refusal = explored(&race, Bound::States(usize::MAX)).unwrap_err();
    assert!(matches!(refusal, Refusal::BoundTooHigh { .. }));
}

#[test]
fn a_walk_is_broken_off() {
    let program = Program::of(&scenario("", &[(5, INCREMENT)])).unwrap();
    let mut heard = 0;
    let stopped = explore(program, Bound::States(100_000), |states| {
        heard = states;
        ControlFlow::Break(())
    });
    assert_eq!(stopped.unwrap_err(), Refusal::Stopped);
    assert!(heard > 0);
}

#[test]
fn every_schedule_of_an_outcome_leads_there() {
    let explored = explored(&scenario("", &[(2, INCREMENT)]), Bound::Whole).unwrap();
    let mut all = Vec::new();
    for (number, (outcome, count)) in explored.outcomes.iter().enumerate() {
        let schedules = explored.schedules_of(number);
        assert_eq!(schedules.count(), *count);
        assert_eq!(schedules.nth(*count), None);
        let own: Vec<Vec<Task>> = (0..*count).map(|nth| schedules.nth(nth).unwrap()).collect();
        assert!(own.is_sorted(), "in the order of a dictionary");
        for schedule in &own {
            let story = Story::of(&explored.program, schedule);
            assert_eq!(story.values.last(), Some(&outcome.values));
            assert!(!story.is_deadlock());
        }
        all.extend(own);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 20);
}

#[test]
fn a_lost_update_is_told_where_it_happens() {
    let explored = explored(&scenario("", &[(2, INCREMENT)]), Bound::Whole).unwrap();
    let schedule = explored.schedules_of(0).nth(0).unwrap();
    let story = Story::of(&explored.program, &schedule);
    let told: Vec<String> =
        story.deeds.iter().map(|deed| sentence(deed, Lang::En, |task| format!("a-{}", task.0 + 1))).collect();
    assert_eq!(
        told,
        [
            "a-1 loads x, which is 0",
            "a-1 adds 1 in its register, which is 1 now",
            "a-2 loads x, which is 0",
            "a-1 stores x = 1",
            "a-2 adds 1 in its register, which is 1 now",
            "a-2 stores x = 1: the update of a-1 is lost",
        ]
    );
    let good = explored.schedules_of(1).nth(0).unwrap();
    let good = Story::of(&explored.program, &good);
    assert!(good.deeds.iter().all(|deed| !matches!(&deed.act, Act::Store { lost, .. } if !lost.is_empty())));
}

#[test]
fn a_run_of_an_order_tells_its_story_again() {
    let locks = r#"{ lock = "pan" }, { unlock = "pan" }, { load = "x" }, { store = "x" }"#;
    for groups in [[(2, INCREMENT)], [(2, locks)]] {
        let scenario = Arc::new(scenario("", &groups));
        let explored = explored(&scenario, Bound::Whole).unwrap();
        let schedule = explored.schedules_of(0).nth(0).unwrap();
        let story = Story::of(&explored.program, &schedule);
        let run = run::run("order".into(), Arc::clone(&scenario), None, &explored.program, &story);
        for (step, deed) in story.deeds.iter().enumerate() {
            let begun = run.trace.starts().iter().position(|start| *start == run::instant(step)).unwrap();
            assert_eq!(run::deed_from(&story, run.trace.starts()[begun]), Some(deed));
        }
        assert_eq!(run::deed_from(&story, run::instant(story.deeds.len())), None);
        assert_eq!(run::story(&run), Some((explored.program.clone(), story)));
        let other =
            Run { scenario: Arc::new(self::scenario("", &[(1, INCREMENT), (1, "{ load = \"x\" }")])), ..run.clone() };
        assert_eq!(run::story(&other), None, "of another scenario it is no order");
        let lived = Run { account: Account::default(), ..run };
        assert_eq!(run::story(&lived), None, "it has times");
    }
}

#[test]
fn with_a_lock_put_in_the_bad_outcomes_vanish() {
    let guarded = |scenario: &Scenario| {
        let guarded = whatif::guarded(scenario).unwrap();
        summary(&explored(&guarded, Bound::Whole).unwrap())
    };
    assert_eq!(guarded(&scenario("", &[(2, INCREMENT)])), "2, 2:2");
    assert_eq!(guarded(&scenario("", &[(2, &format!("{{ repeat = 2, steps = [{INCREMENT}] }}"))])), "6, 4:6");
    let pan_first = r#"{ lock = "pan" }, { lock = "guard" }, { unlock = "guard" }, { unlock = "pan" }"#;
    let guard_first = r#"{ lock = "guard" }, { lock = "pan" }, { unlock = "pan" }, { unlock = "guard" }"#;
    assert_eq!(guarded(&scenario("", &[(1, pan_first), (1, guard_first)])), "2, :2");
    assert!(whatif::guarded(&scenario("", &[(1, r#"{ cpu = "1ms" }"#)])).is_none());
}

#[test]
fn a_large_lesson_is_made_small() {
    let lost = crate::scenario::catalog::find("lost-update").unwrap();
    let small = whatif::smaller(&lost, 2, 1).unwrap();
    assert_eq!(summary(&explored(&small, Bound::Whole).unwrap()), "20, 1:18, 2:2");
}
