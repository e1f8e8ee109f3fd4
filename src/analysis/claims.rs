//! Conditions in words: what a lesson claims of its runs, and what these runs showed instead.
//!
//! Pure. Whether a condition holds is `condition`'s to say.

use super::condition::{Outcome, evaluate, number};
use super::figures::Value;
use crate::lang::{Lang, Text};
use crate::scenario::Scenario;
use crate::scenario::condition::{Comparison, Condition, Expr, Metric, Operand, Operator, Quantity};
use crate::time::Nanos;

/// A claim that did not come true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `speedup of “Threads” above 1.30×`
    pub claim: String,
    /// `1.02×`, or both sides where both are figures of runs: `240 ms against 150 ms`.
    pub found: String,
}

/// What of the condition fails for these figures: nothing where it holds or is not known yet.
pub fn broken(
    condition: &Condition,
    scenario: &Scenario,
    figure: &dyn Fn(&Operand) -> Option<Value>,
    lang: Lang,
) -> Vec<Broken> {
    const OR: Text = Text::new("{} or {}", "{} ou {}");
    if evaluate(condition, figure) != Outcome::Fails {
        return vec![];
    }
    let parts = |parts: &[Condition]| -> Vec<Broken> {
        parts.iter().flat_map(|part| broken(part, scenario, figure, lang)).collect()
    };
    match condition {
        Condition::Compare(left, comparison, right) => {
            let words = Words { scenario, lang };
            let claim = words.comparison(left, *comparison, right);
            vec![Broken { claim, found: words.found(left, right, figure) }]
        }
        Condition::All(all) => parts(all),
        // One of them would have sufficed.
        Condition::Any(any) => parts(any)
            .into_iter()
            .reduce(|one, other| Broken {
                claim: OR.fill(lang, &[&one.claim, &other.claim]),
                found: format!("{}; {}", one.found, other.found),
            })
            .into_iter()
            .collect(),
    }
}

/// Of which scenario's runs it speaks, to whom.
#[derive(Clone, Copy)]
struct Words<'a> {
    scenario: &'a Scenario,
    lang: Lang,
}

impl Words<'_> {
    fn comparison(self, left: &Expr, comparison: Comparison, right: &Expr) -> String {
        if let Some(all) = all_or_none(left, comparison, right) {
            return all.fill(self.lang, &[&self.expr(left)]);
        }
        let sentence = match comparison {
            Comparison::Less => Text::new("{} below {}", "{} abaixo de {}"),
            Comparison::LessOrEqual => Text::new("{} at most {}", "{} no máximo {}"),
            Comparison::Greater => Text::new("{} above {}", "{} acima de {}"),
            Comparison::GreaterOrEqual => Text::new("{} at least {}", "{} no mínimo {}"),
        };
        sentence.fill(self.lang, &[&self.side(left, right), &self.side(right, left)])
    }

    /// One side as it is written; a lone number has the unit of what it is compared with.
    fn side(self, expr: &Expr, other: &Expr) -> String {
        match expr {
            Expr::Number(number) => self.value(*number, quantity(other)),
            _ => self.expr(expr),
        }
    }

    fn found(self, left: &Expr, right: &Expr, figure: &dyn Fn(&Operand) -> Option<Value>) -> String {
        const AGAINST: Text = Text::new("{} against {}", "{} contra {}");
        let unit = quantity(left).or_else(|| quantity(right));
        let known = |expr| number(expr, figure, &mut Vec::new()).map(|number| self.value(number, unit));
        let sides: Vec<String> = [left, right].into_iter().filter(|side| has_figure(side)).filter_map(known).collect();
        match &sides[..] {
            [left, right] => AGAINST.fill(self.lang, &[left, right]),
            sides => sides.concat(),
        }
    }

    fn expr(self, expr: &Expr) -> String {
        match expr {
            Expr::Number(number) => self.value(*number, None),
            Expr::Time(time) => self.lang.figure(time),
            Expr::Figure(operand) => self.figure(operand),
            Expr::Binary(left, operator, right) => {
                let sign = match operator {
                    Operator::Add => "+",
                    Operator::Subtract => "−",
                    Operator::Multiply => "×",
                    Operator::Divide => "÷",
                };
                format!("{} {sign} {}", self.factor(left, *operator), self.factor(right, *operator))
            }
        }
    }

    /// A part of a product stands in parentheses where it is a sum.
    fn factor(self, expr: &Expr, of: Operator) -> String {
        let is_sum = matches!(expr, Expr::Binary(_, Operator::Add | Operator::Subtract, _));
        let text = self.expr(expr);
        if is_sum && of != Operator::Add { format!("({text})") } else { text }
    }

    fn figure(self, operand: &Operand) -> String {
        let phrase = match operand.metric {
            Metric::Makespan => Text::new("makespan of “{}”", "makespan de “{}”"),
            Metric::Speedup => Text::new("speedup of “{}”", "aceleração de “{}”"),
            Metric::Efficiency => Text::new("efficiency of “{}”", "eficiência de “{}”"),
            Metric::Utilization => Text::new("utilization of “{}”", "utilização de “{}”"),
            Metric::Throughput => Text::new("throughput of “{}”", "vazão de “{}”"),
            Metric::Waiting => Text::new("mean time held up of “{}”", "espera média de “{}”"),
            Metric::Turnaround => Text::new("mean turnaround of “{}”", "retorno médio de “{}”"),
            Metric::Response => Text::new("mean response of “{}”", "resposta média de “{}”"),
            Metric::Cpu => Text::new("CPU time of “{}”", "tempo de CPU de “{}”"),
            Metric::Done => Text::new("tasks done in “{}”", "tarefas concluídas em “{}”"),
            Metric::Lost => Text::new("updates lost in “{}”", "atualizações perdidas em “{}”"),
            Metric::Kept => Text::new("updates kept in “{}”", "atualizações mantidas em “{}”"),
        };
        phrase.fill_quoting(self.lang, &[&self.run(operand)])
    }

    /// What the window calls that run; as written where the scenario has changed under its conditions.
    fn run(self, operand: &Operand) -> String {
        let Ok(target) = operand.resolve(self.scenario) else { return operand.subject.clone() };
        let model = target.choice.title(self.lang);
        match target.variant.and_then(|id| self.scenario.variant_title(id, self.lang)) {
            None => model,
            Some(variant) if operand.variant.is_none() => variant.to_owned(),
            Some(variant) => format!("{model} · {variant}"),
        }
    }

    fn value(self, number: f64, quantity: Option<Quantity>) -> String {
        match quantity {
            Some(Quantity::Time) => self.lang.figure(Nanos::from_secs_f64(number)),
            Some(Quantity::Factor) => self.lang.figure(Value::Factor(number)),
            Some(Quantity::Share) => self.lang.figure(Value::Share(number)),
            Some(Quantity::Rate) => self.lang.figure(Value::Rate(number)),
            None => self.lang.figure(number),
        }
    }
}

/// What counts something says so plainly at its two ends.
fn all_or_none(left: &Expr, comparison: Comparison, right: &Expr) -> Option<Text> {
    let (Expr::Figure(Operand { metric: Metric::Done | Metric::Lost | Metric::Kept, .. }), Expr::Number(number)) =
        (left, right)
    else {
        return None;
    };
    match comparison {
        Comparison::LessOrEqual if *number <= 0.0 => Some(Text::new("{}: none", "{}: nenhuma")),
        Comparison::Greater if *number <= 0.0 => Some(Text::new("{}: some", "{}: algumas")),
        Comparison::GreaterOrEqual if *number >= 1.0 => Some(Text::new("{}: all", "{}: todas")),
        _ => None,
    }
}

/// What it is a quantity of; `None`: a plain number, which takes the unit of what it meets.
fn quantity(expr: &Expr) -> Option<Quantity> {
    match expr {
        Expr::Number(_) => None,
        Expr::Time(_) => Some(Quantity::Time),
        Expr::Figure(operand) => Some(operand.metric.quantity()),
        // A ratio of two of a kind is of none.
        Expr::Binary(left, Operator::Divide, right) => quantity(left).filter(|_| quantity(right).is_none()),
        Expr::Binary(left, _, right) => quantity(left).or_else(|| quantity(right)),
    }
}

fn has_figure(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Time(_) => false,
        Expr::Figure(_) => true,
        Expr::Binary(left, _, right) => has_figure(left) || has_figure(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalog;
    use crate::scenario::condition::parse;

    /// Whoever is asked: 150 ms, 1.4×, 25 %.
    fn known(operand: &Operand) -> Value {
        match operand.metric.quantity() {
            Quantity::Time if operand.subject == "event-loop" => Value::Time(Nanos::from_millis(150)),
            Quantity::Time => Value::Time(Nanos::from_millis(200)),
            Quantity::Factor => Value::Factor(1.4),
            Quantity::Share => Value::Share(0.25),
            Quantity::Rate => Value::Rate(5.0),
        }
    }

    fn check(lang: Lang, condition: &str, expected: &[(&str, &str)]) {
        let kitchen = catalog::find("kitchen").unwrap();
        let said = broken(&parse(condition).unwrap(), &kitchen, &|operand| Some(known(operand)), lang);
        let said: Vec<(&str, &str)> = said.iter().map(|own| (own.claim.as_str(), own.found.as_str())).collect();
        assert_eq!(said, expected, "{condition}");
    }

    #[test]
    fn a_broken_condition_is_said_as_people_do() {
        let loop_of = |condition: &str, claim, found| check(Lang::En, condition, &[(claim, found)]);
        loop_of("event-loop.speedup < 1.2", "speedup of “Event loop” below 1.20×", "1.40×");
        loop_of("event-loop.makespan <= 100ms", "makespan of “Event loop” at most 100 ms", "150 ms");
        loop_of("event-loop.done >= 1", "tasks done in “Event loop”: all", "25 %");
        loop_of(
            "event-loop.makespan < 0.3 * (sequential.makespan + 10ms)",
            "makespan of “Event loop” below 0.3 × (makespan of “Sequential” + 10.0 ms)",
            "150 ms against 63.0 ms",
        );
        check(Lang::PtBr, "event-loop.speedup > 1.5", &[("aceleração de “Event loop” acima de 1,50×", "1,40×")]);
    }

    #[test]
    fn only_what_fails_is_said() {
        check(Lang::En, "event-loop.speedup > 1.2", &[]);
        let low = ("utilization of “Event loop” above 50 %", "25 %");
        check(Lang::En, "event-loop.speedup > 1.2 and event-loop.utilization > 0.5", &[low]);
        check(Lang::En, "event-loop.speedup > 1.2 or event-loop.utilization > 0.5", &[]);
        let either = ("utilization of “Event loop” above 50 % or speedup of “Event loop” above 2.00×", "25 %; 1.40×");
        check(Lang::En, "event-loop.utilization > 0.5 or event-loop.speedup > 2", &[either]);
    }

    /// Every condition of every lesson has words, with nothing of its file's spelling left in them.
    #[test]
    fn every_lesson_s_conditions_have_words() {
        for (id, scenario) in catalog::all() {
            for text in scenario.lesson.iter().flat_map(|lesson| &lesson.holds) {
                let Condition::Compare(left, comparison, right) = parse(text).unwrap() else { continue };
                for lang in Lang::ALL {
                    let said = Words { scenario: &scenario, lang }.comparison(&left, comparison, &right);
                    assert!(!said.contains(['<', '>', '_', '*', '/']), "{id}: {text}: {said}");
                }
            }
        }
    }
}
