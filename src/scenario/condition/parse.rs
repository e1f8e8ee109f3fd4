//! From text to conditions and operands.

use std::fmt::Display;

use super::{Comparison, Condition, Expr, Metric, Operand, Operator, Quantity};
use crate::lang::Text;
use crate::scenario::fault::{Message, nearest};
use crate::time::parse_duration;

/// Why a text is no condition or operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub message: Message,
}

impl SyntaxError {
    fn new(text: Text, values: &[&dyn Display]) -> Self {
        SyntaxError { message: Message::new(text, values) }
    }
}

/// Reads a condition.
///
/// # Errors
/// [`SyntaxError`] says which word is wrong, or that times are mixed with numbers.
pub fn parse(text: &str) -> Result<Condition, SyntaxError> {
    let mut parser = Parser { rest: text };
    let condition = parser.any()?;
    if !parser.rest.trim().is_empty() {
        return Err(parser.unexpected());
    }
    // Of a text that breaks off nobody knows yet what would go together.
    check_dimensions(&condition)?;
    Ok(condition)
}

/// Reads a single operand: what stands between the braces of a placeholder.
///
/// # Errors
/// [`SyntaxError`] says which word is wrong.
pub fn parse_operand(text: &str) -> Result<Operand, SyntaxError> {
    let mut parser = Parser { rest: text };
    let operand = parser.operand()?;
    if parser.rest.is_empty() { Ok(operand) } else { Err(parser.unexpected()) }
}

fn check_dimensions(condition: &Condition) -> Result<(), SyntaxError> {
    match condition {
        Condition::Any(parts) | Condition::All(parts) => parts.iter().try_for_each(check_dimensions),
        Condition::Compare(left, _, right) => same_dimension(left, right).map(drop),
    }
}

fn same_dimension(left: &Expr, right: &Expr) -> Result<i32, SyntaxError> {
    let of_left = dimension(left)?;
    if of_left == dimension(right)? {
        return Ok(of_left);
    }
    let text = Text::new(
        "a time and a plain number do not go together: durations have a unit, like 200ms",
        "um tempo e um número puro não combinam: durações têm unidade, como 200ms",
    );
    Err(SyntaxError::new(text, &[]))
}

/// Bounds the recursion into parentheses.
const DEPTH_MAX: usize = 32;

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Condition, SyntaxError> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, SyntaxError> {
        let mut parts = vec![self.comparison()?];
        while self.take_word("and") {
            parts.push(self.comparison()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn comparison(&mut self) -> Result<Condition, SyntaxError> {
        const SIGNS: [(&str, Comparison); 4] = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let left = self.sum(0)?;
        let Some((_, comparison)) = SIGNS.into_iter().find(|(sign, _)| self.take(sign)) else {
            return Err(self.unexpected());
        };
        let right = self.sum(0)?;
        Ok(Condition::Compare(left, comparison, right))
    }

    fn sum(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        let mut left = self.product(depth)?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            left = Expr::Binary(Box::new(left), operator, Box::new(self.product(depth)?));
        }
    }

    fn product(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        let mut left = self.atom(depth)?;
        loop {
            let operator = if self.take("*") {
                Operator::Multiply
            } else if self.take("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            left = Expr::Binary(Box::new(left), operator, Box::new(self.atom(depth)?));
        }
    }

    fn atom(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        self.skip_spaces();
        if depth < DEPTH_MAX && self.take("(") {
            let inner = self.sum(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.unexpected()) };
        }
        // A model or variant may begin with a digit, but then a letter and a point follow: `2cores.makespan`.
        let number = self.span(|c| c.is_ascii_digit() || c == '.');
        if number.is_empty() || self.looks_like_operand() {
            return self.operand().map(Expr::Figure);
        }
        let literal = &self.rest[..number.len() + self.unit_after(number)];
        let parsed = if literal == number {
            number.parse().ok().map(Expr::Number)
        } else {
            parse_duration(literal).ok().map(Expr::Time)
        };
        let Some(expr) = parsed else { return Err(self.unexpected()) };
        self.rest = &self.rest[literal.len()..];
        Ok(expr)
    }

    /// The bytes of the unit behind the number: of the letters that follow at once, or of a unit of time behind spaces.
    fn unit_after(&self, number: &str) -> usize {
        let behind = &self.rest[number.len()..];
        let letters = |text: &str| text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let apart = behind.trim_start();
        let unit = &apart[..letters(apart)];
        let with_spaces = behind.len() - apart.len() + unit.len();
        if parse_duration(&format!("1{unit}")).is_ok() { with_spaces } else { letters(behind) }
    }

    fn looks_like_operand(&self) -> bool {
        let name = self.span(is_name);
        let after = &self.rest[name.len()..];
        name.contains(char::is_alphabetic)
            && (after.starts_with([':', '/'])
                || after.strip_prefix('.').is_some_and(|m| m.starts_with(char::is_alphabetic)))
    }

    fn operand(&mut self) -> Result<Operand, SyntaxError> {
        self.skip_spaces();
        let whole = self.rest;
        let first = self.name()?;
        let (variant, name) = if self.rest.starts_with('/') {
            self.rest = &self.rest[1..];
            (Some(first.to_owned()), self.name()?)
        } else {
            (None, first)
        };
        let mut subject = name.to_owned();
        if self.rest.starts_with(':') {
            let params = self.span(|c| is_name(c) || matches!(c, ':' | '=' | ','));
            subject.push_str(params);
            self.rest = &self.rest[params.len()..];
        }
        let Some(after_point) = self.rest.strip_prefix('.') else {
            let seen = &whole[..whole.len() - self.rest.len()];
            let text = Text::new(
                "a figure is written like `event-loop.makespan`, found `{}`",
                "um valor é escrito como `event-loop.makespan`; há `{}`",
            );
            return Err(SyntaxError::new(text, &[&seen]));
        };
        self.rest = after_point;
        let word = self.span(|c| c.is_alphanumeric() || c == '_');
        let Some((_, metric)) = Metric::ALL.into_iter().find(|(own, _)| *own == word) else {
            let all = Metric::ALL.map(|(own, _)| own);
            let text = Text::new("unknown figure `{}`; {}", "valor desconhecido `{}`; {}");
            let help = nearest(word, all).map_or_else(|| all.join(", "), |near| format!("`{near}`?"));
            return Err(SyntaxError::new(text, &[&word, &help]));
        };
        self.rest = &self.rest[word.len()..];
        Ok(Operand { variant, subject, metric })
    }

    fn name(&mut self) -> Result<&'a str, SyntaxError> {
        let name = self.span(is_name);
        if !name.starts_with(char::is_alphanumeric) {
            return Err(self.unexpected());
        }
        self.rest = &self.rest[name.len()..];
        Ok(name)
    }

    fn span(&self, belongs: impl Fn(char) -> bool) -> &'a str {
        &self.rest[..self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len())]
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip_spaces();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let is_it = self.span(char::is_alphanumeric) == word;
        if is_it {
            self.rest = &self.rest[word.len()..];
        }
        is_it
    }

    fn unexpected(&self) -> SyntaxError {
        let rest = self.rest.trim_start();
        if rest.is_empty() {
            return SyntaxError::new(Text::new("ends too early", "termina cedo demais"), &[]);
        }
        let word = rest.split_whitespace().next().unwrap_or(rest);
        SyntaxError::new(Text::new("unexpected `{}`", "`{}` inesperado"), &[&word])
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// The power of time in its dimension: 1 for a time, 0 for a ratio, −1 for a rate.
fn dimension(expr: &Expr) -> Result<i32, SyntaxError> {
    Ok(match expr {
        Expr::Number(_) => 0,
        Expr::Time(_) => 1,
        Expr::Figure(operand) => match operand.metric.quantity() {
            Quantity::Time => 1,
            Quantity::Factor | Quantity::Share => 0,
            Quantity::Rate => -1,
        },
        Expr::Binary(left, Operator::Multiply, right) => dimension(left)? + dimension(right)?,
        Expr::Binary(left, Operator::Divide, right) => dimension(left)? - dimension(right)?,
        Expr::Binary(left, _, right) => same_dimension(left, right)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Nanos;

    fn figure(text: &str) -> Expr {
        Expr::Figure(parse_operand(text).unwrap())
    }

    #[test]
    fn products_bind_more_than_sums() {
        let parsed = parse("a.makespan < 2 * (b.makespan + 5ms) / 3").unwrap();
        let inner = Expr::Binary(Box::new(figure("b.makespan")), Operator::Add, Box::new(Expr::Time(Nanos(5_000_000))));
        let twice = Expr::Binary(Box::new(Expr::Number(2.0)), Operator::Multiply, Box::new(inner));
        let right = Expr::Binary(Box::new(twice), Operator::Divide, Box::new(Expr::Number(3.0)));
        assert_eq!(parsed, Condition::Compare(figure("a.makespan"), Comparison::Less, right));
    }

    #[test]
    fn a_slash_before_the_point_is_a_variant_and_after_it_a_division() {
        assert_eq!(
            parse("one/threads.makespan/2cores/threads.makespan>=1.5").unwrap(),
            Condition::Compare(
                Expr::Binary(
                    Box::new(figure("one/threads.makespan")),
                    Operator::Divide,
                    Box::new(figure("2cores/threads.makespan"))
                ),
                Comparison::GreaterOrEqual,
                Expr::Number(1.5)
            )
        );
        assert_eq!(parse_operand("a/pool:workers=2.cpu").unwrap().to_string(), "a/pool:workers=2.cpu");
    }

    #[test]
    fn a_unit_may_stand_apart() {
        assert_eq!(parse("a.makespan < 5 ms and b.speedup > 1"), parse("a.makespan<5ms and b.speedup>1"));
        assert_eq!(parse("a.speedup > 1 or b.speedup > 1 and c.cpu<2s").map(drop), Ok(()));
    }

    #[test]
    fn or_joins_what_and_has_joined() {
        let Condition::Any(parts) = parse("a.speedup > 1 and b.speedup > 1 or c.cpu < 200ms").unwrap() else {
            panic!("or is outermost")
        };
        assert!(matches!(parts.as_slice(), [Condition::All(_), Condition::Compare(..)]));
    }

    #[test]
    fn errors_name_the_word() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse(text).unwrap_err().message.get(crate::lang::Lang::En), expected, "{text}");
        };
        check("", "ends too early");
        check("a.makespan", "ends too early");
        check("a.makespan <", "ends too early");
        check("a.makespan < 5ms 3", "unexpected `3`");
        check("a.makespan < 1 s s", "unexpected `s`");
        check("a.makespan < 5 parsecs", "unexpected `parsecs`");
        check("a.makespn < 5ms", "unknown figure `makespn`; `makespan`?");
        check("a < 5ms", "a figure is written like `event-loop.makespan`, found `a`");
        check("a.makespan < 5", "a time and a plain number do not go together: durations have a unit, like 200ms");
        check("a.makespan < 5parsecs", "unexpected `5parsecs`");
        assert!(parse(&"(".repeat(10_000)).is_err(), "depth is bounded");
    }
}
