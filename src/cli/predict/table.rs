//! Predicted beside measured, for people: row by row as the runs are made.

use std::io::Write;

use super::quiet::OTHERS_MAX;
use super::rounds::{
    AGREE_MIN, DISAGREEING_TIME_MAX, DISTURBED_MORE, KNOWN_CLOSELY, SHORT, SHORT_TIMES_MAX, TIME_MAX, TIMES_MAX,
};
use super::{Costs, Failure, Row};
use crate::analysis::agreement::{
    LATENESS_OFF_MAX, MAKESPAN_OFF_MAX, MAKESPAN_OFF_MAX_PROCESSES, Pair, UTILIZATION_OFF_MAX,
};
use crate::analysis::figures::Value;
use crate::cli::terminal::{Ink, Terminal, wrapped};
use crate::engine::calibrate::{Mood, REST, STOLEN_MAX};
use crate::time::Nanos;

pub struct Table<W> {
    /// Characters of the longest name.
    pub names: usize,
    pub terminal: Terminal,
    pub out: W,
}

impl<W: Write> Table<W> {
    pub fn head(&mut self) -> Result<(), Failure> {
        let head = self.line("", ["predicted", "measured", "off", "use", "measured", "GIL late", "measured", "times"]);
        writeln!(self.out, "{}", self.terminal.paint(&head, Ink::Dim))?;
        Ok(self.out.flush()?)
    }

    pub fn row(&mut self, row: &Row) -> Result<(), Failure> {
        let agreement = &row.agreement;
        let percent = |share: f64| Value::Share(share).to_string();
        let off = agreement.makespan_off().map_or_else(String::new, |off| format!("{:+.1} %", off * 100.0));
        let [used, used_really] = both(agreement.utilization, percent);
        let [late, late_really] = both(agreement.gil_lateness, |time: Nanos| time.to_string());
        let Pair { predicted, measured } = agreement.makespan;
        let [predicted, measured, times] = [predicted.to_string(), measured.to_string(), row.times.to_string()];
        let cells = [predicted, measured, off, used, used_really, late, late_really, times];
        let line = self.line(&row.name, cells.each_ref().map(String::as_str));
        writeln!(self.out, "{line}  {}", self.verdict(row))?;
        Ok(self.out.flush()?)
    }

    fn line(&self, name: &str, cells: [&str; 8]) -> String {
        let names = self.names;
        let [predicted, measured, off, used, used_really, late, late_really, times] = cells;
        format!(
            "{name:names$}  {predicted:>9}  {measured:>9}  {off:>8}  {used:>5}  {used_really:>8}  {late:>8}  {late_really:>8}  {times:>5}"
        )
    }

    fn verdict(&self, row: &Row) -> String {
        let misses = row.agreement.misses();
        let mut words = match &misses[..] {
            [] => "within".to_owned(),
            misses => {
                let misses = misses.iter().map(|miss| miss.id()).collect::<Vec<_>>().join(", ");
                self.terminal.paint(&format!("beyond: {misses}"), Ink::Bold)
            }
        };
        let Pair { predicted, measured } = row.agreement.done;
        if predicted != measured {
            words.push_str(&format!(" · {predicted} tasks done, measured {measured}"));
        }
        // Nothing that is always the same can be closer than this to what never is.
        if let Some(swing) = row.swing.filter(|swing| *swing > row.agreement.makespan_off_max / 2.0) {
            words.push_str(&format!(" · measured ±{:.0} %", swing * 100.0));
        }
        if row.set_aside > 0 {
            words.push_str(&format!(" · {} set aside", row.set_aside));
        }
        if row.busy {
            words.push_str(" · busy computer");
        }
        match row.mood {
            Mood::Alone => {}
            Mood::Shared => words.push_str(" · shared cores"),
            Mood::Mixed => words.push_str(" · cores shared at times"),
        }
        words
    }

    pub fn foot(&mut self, rows: &[Row], costs: &Costs) -> Result<(), Failure> {
        let within = rows.iter().filter(|row| row.is_within()).count();
        let quiet = rows.iter().filter(|row| !row.busy);
        let quiet = match (quiet.clone().filter(|row| row.is_within()).count(), quiet.count()) {
            (_, all) if all == rows.len() => String::new(),
            (within, all) => format!(", and {within} of the {all} that were made while the computer was quiet"),
        };
        let percent = |share: f64| share * 100.0;
        let bounds = format!(
            "within the bounds: {within} of {}{quiet}. Makespan {:.0} %, or {:.0} % where processes exceed half the tasks; utilization {UTILIZATION_OFF_MAX}; lateness under a GIL {:.0} %.",
            rows.len(),
            percent(MAKESPAN_OFF_MAX),
            percent(MAKESPAN_OFF_MAX_PROCESSES),
            percent(LATENESS_OFF_MAX),
        );
        let how = format!(
            "Each figure is of measured runs, and of at least as many simulated ones with the same seeds and with the costs of different rounds: the mean of the half in the middle, of lateness the median of all returns from IO. Without `--repeat`: {AGREE_MIN} runs, each behind a rest of {REST}, fewer where they take more than {TIME_MAX} together, more (at most {TIMES_MAX}, and {DISAGREEING_TIME_MAX}; {SHORT_TIMES_MAX} of runs under {SHORT}) while they disagree and their mean's standard error may exceed {:.0} %, and one where two take more than that. ±: half of what lies between the quartiles of the measured runs.",
            percent(KNOWN_CLOSELY),
        );
        let disturbed = format!(
            "Without `--repeat`, runs are set aside during which a virtual machine's host took more than {:.0} % of the cores' time, or other programs more than {:.0} %, and up to {DISTURBED_MORE} times as many are made; where hardly any other is left, the quietest count. Busy computer: others took more than that over all of them. Shared cores: around the runs that count a core was much slower than at its best, as one is that somebody else's machine shares; where only some were made so, those of the more frequent kind count, and costs are of rounds of that kind, of quiet ones if any was.",
            percent(STOLEN_MAX),
            percent(OTHERS_MAX),
        );
        let anew = if costs.follow_the_computer() { ", measured again between the runs" } else { "" };
        let costs = format!("Costs: {}{anew}.", costs.overall().source);
        writeln!(self.out)?;
        let texts = [bounds, how, disturbed, costs];
        // Without any row there is nothing to be said about how they were made.
        for text in if rows.is_empty() { &texts[..1] } else { &texts } {
            wrapped(text, self.terminal.width).iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
        }
        Ok(self.out.flush()?)
    }
}

fn both<T: Copy>(pair: Option<Pair<T>>, show: impl Fn(T) -> String) -> [String; 2] {
    pair.map_or_else(Default::default, |pair| [show(pair.predicted), show(pair.measured)])
}
