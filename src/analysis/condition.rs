//! Whether a lesson's conditions hold for what was measured. Their language is `scenario::condition`'s.

use super::figures::{Figures, Value};
use crate::scenario::Lesson;
use crate::scenario::condition::{Comparison, Condition, Expr, Operand, Operator, parse};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Holds,
    Fails,
    /// These figures are not known (yet).
    Unknown(Vec<Operand>),
}

/// All conditions of a lesson together, as they stand for `figures`.
///
/// # Panics
/// When the lesson is not that of a checked scenario.
pub fn lesson(lesson: &Lesson, figures: &Figures<'_>) -> Outcome {
    let parsed = |text: &String| parse(text).expect("conditions of a checked scenario can be read");
    let all = Condition::All(lesson.holds.iter().map(parsed).collect());
    evaluate(&all, &|operand| figures.get(operand))
}

/// Decides as soon as what is known suffices: `a and b` fails with `a`, whatever `b` is.
pub fn evaluate(condition: &Condition, figure: &dyn Fn(&Operand) -> Option<Value>) -> Outcome {
    match condition {
        Condition::Compare(left, comparison, right) => {
            let mut missing = Vec::new();
            let left = number(left, figure, &mut missing);
            let right = number(right, figure, &mut missing);
            match (left, right) {
                (Some(left), Some(right)) if compare(left, *comparison, right) => Outcome::Holds,
                (Some(_), Some(_)) => Outcome::Fails,
                _ => Outcome::Unknown(missing),
            }
        }
        Condition::All(parts) => join(parts, figure, &Outcome::Fails, Outcome::Holds),
        Condition::Any(parts) => join(parts, figure, &Outcome::Holds, Outcome::Fails),
    }
}

fn join(
    parts: &[Condition],
    figure: &dyn Fn(&Operand) -> Option<Value>,
    decides: &Outcome,
    otherwise: Outcome,
) -> Outcome {
    let mut missing = Vec::new();
    for part in parts {
        match evaluate(part, figure) {
            Outcome::Unknown(operands) => missing.extend(operands),
            outcome if outcome == *decides => return outcome,
            _ => {}
        }
    }
    if missing.is_empty() { otherwise } else { Outcome::Unknown(missing) }
}

fn compare(left: f64, comparison: Comparison, right: f64) -> bool {
    match comparison {
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}

/// In seconds where it is a time. What is not known goes to `missing`.
pub(super) fn number(
    expr: &Expr,
    figure: &dyn Fn(&Operand) -> Option<Value>,
    missing: &mut Vec<Operand>,
) -> Option<f64> {
    match expr {
        Expr::Number(number) => Some(*number),
        Expr::Time(time) => Some(time.secs()),
        Expr::Figure(operand) => {
            let value = figure(operand);
            if value.is_none() {
                missing.push(operand.clone());
            }
            value.map(Value::number)
        }
        Expr::Binary(left, operator, right) => {
            // Both sides are looked at, so that everything missing is named.
            let left = number(left, figure, missing);
            let (left, right) = (left, number(right, figure, missing)?);
            Some(match operator {
                Operator::Add => left? + right,
                Operator::Subtract => left? - right,
                Operator::Multiply => left? * right,
                Operator::Divide => left? / right,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Nanos;

    /// `a` takes 100 ms and has speedup 2; of everything else nothing is known.
    fn known(operand: &Operand) -> Option<Value> {
        match operand.to_string().as_str() {
            "a.makespan" => Some(Value::Time(Nanos::from_millis(100))),
            "a.speedup" => Some(Value::Factor(2.0)),
            _ => None,
        }
    }

    fn check(condition: &str, expected: &Outcome) {
        assert_eq!(evaluate(&parse(condition).unwrap(), &known), *expected, "{condition}");
    }

    #[test]
    fn conditions_hold_fail_or_wait_for_figures() {
        let unknown =
            |operand: &str| Outcome::Unknown(vec![crate::scenario::condition::parse_operand(operand).unwrap()]);
        check("a.makespan < 200ms", &Outcome::Holds);
        check("a.makespan < 100ms", &Outcome::Fails);
        check("a.makespan <= 100ms", &Outcome::Holds);
        check("2 * a.makespan + 10ms > (a.makespan - 0ms) * a.speedup", &Outcome::Holds);
        check("a.speedup / 4 >= 0.5", &Outcome::Holds);
        check("b.makespan < 0.3 * a.makespan", &unknown("b.makespan"));
        check("a.speedup > 3 and b.speedup > 1", &Outcome::Fails);
        check("a.speedup > 1 and b.speedup > 1", &unknown("b.speedup"));
        check("b.speedup > 1 or a.speedup > 1", &Outcome::Holds);
        check("b.speedup > 1 or a.speedup > 3", &unknown("b.speedup"));
    }
}
