//! Others took a good part of the computer while the run was measured: other programs, or a virtual machine's host.

use super::evidence::Evidence;
use super::words::Sentence;
use super::{Finding, Rule, Weight};
use crate::lang::Text;

pub(super) static RULE: Rule =
    Rule { id: "noisy-machine", title: Text::new("Noisy machine", "Máquina ocupada"), weight: Weight::Note, find };

/// Of all the computer's cores, on average.
const SHARE_MIN: f64 = 0.2;

fn find(evidence: &Evidence<'_>) -> Option<Finding> {
    let run = evidence.run;
    let (mean, _) = run.others_busy()?;
    // The system counts in ticks: over a short time they may add up to more than there was.
    let busy = mean.min(f64::from(run.host.cores));
    let share = busy / f64::from(run.host.cores);
    if !share.is_finite() || share < SHARE_MIN {
        return None;
    }
    let stolen = run.account.stolen.and_then(|stolen| stolen.ratio(run.load.last()?.time));
    let (taken, text) = match stolen {
        Some(stolen) if stolen > busy / 2.0 => (stolen.min(busy), BY_HOST),
        _ => (busy, BY_PROGRAMS),
    };
    Some(Finding { text: Sentence::fill(text, &[&format!("{taken:.1}"), &run.host.cores]), tasks: vec![] })
}

const BY_PROGRAMS: Text = Text::new(
    "Other programs kept {} of {} cores busy meanwhile. On a quiet computer, times may be shorter.",
    "Outros programas ocuparam {} de {} núcleos nesse tempo. Em um computador tranquilo, os tempos podem ser menores.",
);
const BY_HOST: Text = Text::new(
    "This is a virtual machine, and its host took {} of {} cores meanwhile. On a quiet host, times may be shorter.",
    "Esta é uma máquina virtual, e seu hospedeiro tomou {} de {} núcleos nesse tempo. Com um hospedeiro tranquilo, os tempos podem ser menores.",
);

#[cfg(test)]
mod tests {
    use crate::analysis::diagnosis::diagnose;
    use crate::analysis::diagnosis::testing::Story;
    use crate::lang::Lang;
    use crate::time::Nanos;
    use crate::trace::{Cause, LoadSample, State};

    fn with_load(samples: &[(i64, f64)]) -> Story {
        let mut story = Story::of("threads", "HEAD [[task]]\nname = \"sum\"\nsteps = [{ cpu = \"50ms\" }]");
        story.at(0, 0, State::Running, Cause::None).at(100, 0, State::Done, Cause::None);
        let sample = |(millis, others_busy): &(i64, f64)| {
            let time = Nanos::from_millis(*millis);
            LoadSample { time, others_busy: *others_busy }
        };
        story.load = samples.iter().map(sample).collect();
        story
    }

    #[test]
    fn other_programs_are_told() {
        let found = with_load(&[(10, 0.0), (100, 1.0)]).finds("noisy-machine").unwrap();
        assert!(found.text.get(Lang::En).starts_with("Other programs kept 0.9 of 2 cores busy"));
        let found = with_load(&[(100, 2.1)]).finds("noisy-machine").unwrap();
        assert!(found.text.get(Lang::En).starts_with("Other programs kept 2.0 of 2 cores busy"));
    }

    #[test]
    fn a_host_that_takes_cores_is_told_from_programs() {
        let check = |stolen: i64, expected: &str| {
            let mut run = with_load(&[(100, 1.0)]).run();
            run.account.stolen = Some(Nanos::from_millis(stolen));
            let found = diagnose(&run).into_iter().find(|found| found.id == "noisy-machine").unwrap();
            assert!(found.text.get(Lang::En).starts_with(expected), "{}", found.text.get(Lang::En));
        };
        check(40, "Other programs kept 1.0 of 2 cores busy");
        check(80, "This is a virtual machine, and its host took 0.8 of 2 cores");
    }

    #[test]
    fn a_quiet_or_unknown_machine_is_silent() {
        assert_eq!(with_load(&[(10, 1.0), (100, 0.1)]).finds("noisy-machine"), None);
        assert_eq!(with_load(&[]).finds("noisy-machine"), None);
    }
}
