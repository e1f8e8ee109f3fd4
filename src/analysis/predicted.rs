//! A measured run beside the one that the imagined computer makes of the same set-up: how long it should have taken.
//! Called by whoever shows both; simulates nothing itself.

use std::sync::Arc;

use super::agreement::{Agreement, Figures, Pair, makespan_off_max};
use crate::lang::{Lang, Text};
use crate::scenario::Engine;
use crate::time::Nanos;
use crate::trace::{Run, Status};

/// What was predicted of a measured run.
#[derive(Clone, Debug)]
pub struct Predicted {
    /// The same set-up on an imagined computer.
    pub run: Arc<Run>,
    pub agreement: Agreement,
}

/// Whether there is something to predict of that run: it was measured to its end. What is still to come would be given
/// away, and a simulated run is a prediction itself.
pub fn is_predictable(run: &Run) -> bool {
    run.engine == Engine::Measured && run.status == Status::Finished && !run.shows_order_only()
}

impl Predicted {
    /// `run`: what the imagined computer made of the set-up of `measured`.
    pub fn new(run: Arc<Run>, measured: &Run) -> Self {
        let max = makespan_off_max(&measured.choice.plan(measured.cores), measured.scenario.tasks());
        Predicted { agreement: Agreement::of(&Figures::of(&run), &Figures::of(measured), max), run }
    }

    /// Where its picture ends.
    pub fn horizon(&self) -> Nanos {
        self.run.trace.horizon()
    }

    /// `predicted 442 ms, 3 % less`: less than was measured. Where other tasks came to their ends, times say nothing.
    pub fn text(&self, lang: Lang) -> String {
        const LESS: Text = Text::new("predicted {}, {} less", "previsto {}, {} a menos");
        const MORE: Text = Text::new("predicted {}, {} more", "previsto {}, {} a mais");
        const SAME: Text = Text::new("predicted {}, as measured", "previsto {}, como medido");
        const OTHER: Text = Text::new(
            "predicted otherwise: {} tasks done, not {}",
            "previsto outro fim: {} tarefas concluídas, não {}",
        );
        const NO_TIME: Text = Text::new("predicted {}", "previsto {}");
        let Agreement { makespan, done: Pair { predicted, measured }, .. } = self.agreement;
        if predicted != measured {
            return OTHER.fill(lang, &[&predicted, &measured]);
        }
        let time = makespan.predicted;
        let Some(off) = self.agreement.makespan_off() else { return NO_TIME.fill(lang, &[&time]) };
        let percent = format!("{:.0} %", off.abs() * 100.0);
        match percent.as_str() {
            "0 %" => SAME.fill(lang, &[&time]),
            percent if off < 0.0 => LESS.fill(lang, &[&time, &percent]),
            percent => MORE.fill(lang, &[&time, &percent]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::diagnosis::testing::Story;
    use crate::trace::{Cause, State};

    /// One task that was busy for so many milliseconds.
    fn busy(millis: i64) -> Run {
        let text = "HEAD\n[[task]]\nname = \"t\"\nsteps = [{ cpu = \"1ms\" }]\n";
        let mut story = Story::of("threads", text);
        story.at(0, 0, State::Running, Cause::None).at(millis, 0, State::Done, Cause::None);
        story.run()
    }

    #[test]
    fn a_prediction_is_told_in_per_cent_of_what_was_measured() {
        let check = |predicted: i64, measured: i64, expected: [&str; 2]| {
            let predicted = Predicted::new(Arc::new(busy(predicted)), &busy(measured));
            assert_eq!([Lang::En, Lang::PtBr].map(|lang| predicted.text(lang)), expected);
        };
        check(970, 1_000, ["predicted 970 ms, 3 % less", "previsto 970 ms, 3 % a menos"]);
        check(1_250, 1_000, ["predicted 1.25 s, 25 % more", "previsto 1,25 s, 25 % a mais"]);
        check(1_004, 1_000, ["predicted 1.00 s, as measured", "previsto 1,00 s, como medido"]);
    }

    #[test]
    fn what_is_not_over_has_no_prediction() {
        let measured = busy(1_000);
        assert!(is_predictable(&measured));
        assert!(!is_predictable(&Run { engine: Engine::Simulated, ..measured.clone() }));
        for status in [Status::Growing, Status::Cancelled] {
            assert!(!is_predictable(&Run { status, ..measured.clone() }));
        }
    }
}
