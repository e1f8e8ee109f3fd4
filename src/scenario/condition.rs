//! The language of a lesson's `holds`: comparisons of figures, such as `event-loop.makespan < 0.3 * sequential.makespan`.
//!
//! ```text
//! condition  = all { "or" all }          all     = comparison { "and" comparison }
//! comparison = sum ("<" | "<=" | ">" | ">=") sum
//! sum        = product { ("+" | "-") product }      product = atom { ("*" | "/") atom }
//! atom       = number | duration | operand | "(" sum ")"
//! operand    = [variant "/"] model [":" key "=" number { "," key "=" number }] "." metric
//!            | variant "." metric        where that variant has a single model
//! ```
//! Times are compared with times and ratios with ratios; that is checked here. What the figures *are* is a matter of
//! runs, which `analysis::condition` knows.

use std::fmt::{self, Display};

use super::Scenario;
use super::fault::Message;
use crate::lang::Text;
use crate::model::{self, ModelChoice};
use crate::time::{Nanos, parse_duration};

#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Compare(Expr, Comparison, Expr),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(f64),
    Time(Nanos),
    Figure(Operand),
    Binary(Box<Expr>, Operator, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// One figure of one run, as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operand {
    pub variant: Option<String>,
    /// A model, with parameters or without, as `--model` has it; or a variant, when none stands before.
    pub subject: String,
    pub metric: Metric,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    Makespan,
    Speedup,
    Efficiency,
    Utilization,
    Throughput,
    /// Mean over tasks, as are the next two.
    Waiting,
    Turnaround,
    Response,
    Cpu,
}

/// What a figure is a quantity of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    Time,
    /// `1.98×`
    Factor,
    /// `43 %`
    Share,
    /// Per second.
    Rate,
}

impl Metric {
    pub const ALL: [(&'static str, Metric); 9] = [
        ("makespan", Metric::Makespan),
        ("speedup", Metric::Speedup),
        ("efficiency", Metric::Efficiency),
        ("utilization", Metric::Utilization),
        ("throughput", Metric::Throughput),
        ("waiting", Metric::Waiting),
        ("turnaround", Metric::Turnaround),
        ("response", Metric::Response),
        ("cpu", Metric::Cpu),
    ];

    pub const fn quantity(self) -> Quantity {
        match self {
            Metric::Makespan | Metric::Waiting | Metric::Turnaround | Metric::Response | Metric::Cpu => Quantity::Time,
            Metric::Speedup => Quantity::Factor,
            Metric::Efficiency | Metric::Utilization => Quantity::Share,
            Metric::Throughput => Quantity::Rate,
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variant) = &self.variant {
            write!(f, "{variant}/")?;
        }
        let metric = super::words::word(&Metric::ALL, &self.metric);
        write!(f, "{}.{metric}", self.subject)
    }
}

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
    if parser.rest.trim().is_empty() { Ok(condition) } else { Err(parser.unexpected()) }
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

impl Condition {
    /// Every figure it names, in order of appearance.
    pub fn operands(&self) -> Vec<&Operand> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Operand>) {
        match self {
            Condition::Compare(left, _, right) => {
                left.collect(found);
                right.collect(found);
            }
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.collect(found)),
        }
    }
}

impl Expr {
    fn collect<'a>(&'a self, found: &mut Vec<&'a Operand>) {
        match self {
            Expr::Number(_) | Expr::Time(_) => {}
            Expr::Figure(operand) => found.push(operand),
            Expr::Binary(left, _, right) => {
                left.collect(found);
                right.collect(found);
            }
        }
    }

    /// The power of time in its dimension: 1 for a time, 0 for a ratio, −1 for a rate.
    fn dimension(&self) -> Result<i32, SyntaxError> {
        Ok(match self {
            Expr::Number(_) => 0,
            Expr::Time(_) => 1,
            Expr::Figure(operand) => match operand.metric.quantity() {
                Quantity::Time => 1,
                Quantity::Factor | Quantity::Share => 0,
                Quantity::Rate => -1,
            },
            Expr::Binary(left, Operator::Multiply, right) => left.dimension()? + right.dimension()?,
            Expr::Binary(left, Operator::Divide, right) => left.dimension()? - right.dimension()?,
            Expr::Binary(left, _, right) => same_dimension(left, right)?,
        })
    }
}

fn same_dimension(left: &Expr, right: &Expr) -> Result<i32, SyntaxError> {
    let dimension = left.dimension()?;
    if dimension == right.dimension()? {
        return Ok(dimension);
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
        same_dimension(&left, &right)?;
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
        let unit_end = self.rest[number.len()..]
            .find(|c: char| !c.is_alphabetic())
            .map_or(self.rest.len(), |end| number.len() + end);
        let literal = &self.rest[..unit_end];
        let parsed = if literal == number {
            number.parse().ok().map(Expr::Number)
        } else {
            parse_duration(literal).ok().map(Expr::Time)
        };
        let Some(expr) = parsed else { return Err(self.unexpected()) };
        self.rest = &self.rest[unit_end..];
        Ok(expr)
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
            let help = super::fault::nearest(word, all).map_or_else(|| all.join(", "), |near| format!("`{near}`?"));
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

/// The run an operand speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Target<'a> {
    pub variant: Option<&'a str>,
    pub choice: &'a ModelChoice,
}

impl Operand {
    /// Which of the scenario's runs is meant.
    ///
    /// # Errors
    /// A message when there is no such run, or several.
    pub fn resolve<'a>(&self, scenario: &'a Scenario) -> Result<Target<'a>, Message> {
        let find = |id: &str| scenario.variants.iter().find(|variant| variant.id == id);
        if let Some(id) = &self.variant {
            let Some(variant) = find(id) else {
                return Err(self.missing(scenario, id));
            };
            let choice = self.among(&variant.scenario.models)?;
            return Ok(Target { variant: Some(&variant.id), choice });
        }
        if let Some(variant) = find(&self.subject) {
            let [choice] = variant.scenario.models.as_slice() else {
                let text = Text::new(
                    "`{}` has several models: write `{}/MODEL`",
                    "`{}` tem vários modelos: escreva `{}/MODELO`",
                );
                return Err(Message::new(text, &[&self.subject, &self.subject]));
            };
            return Ok(Target { variant: Some(&variant.id), choice });
        }
        let choice = self.among(&scenario.models).map_err(|message| {
            if scenario.variants.is_empty() { message } else { self.missing(scenario, &self.subject) }
        })?;
        if let Some(variant) = scenario.variants.first() {
            let text = Text::new(
                "`{}` does not say which variant: write `{}/{}`",
                "`{}` não diz qual variante: escreva `{}/{}`",
            );
            return Err(Message::new(text, &[self, &variant.id, self]));
        }
        Ok(Target { variant: None, choice })
    }

    /// Whether a model choice is the one this operand names.
    pub fn names(&self, choice: &ModelChoice) -> bool {
        if self.subject.contains(':') {
            choice.to_string() == self.subject
        } else {
            model::find(&self.subject) == Some(choice.model)
        }
    }

    fn among<'a>(&self, models: &'a [ModelChoice]) -> Result<&'a ModelChoice, Message> {
        let mut named = models.iter().filter(|choice| self.names(choice));
        match (named.next(), named.next()) {
            (Some(choice), None) => Ok(choice),
            (Some(one), Some(other)) => {
                let text = Text::new("`{}` can be `{}` or `{}`", "`{}` pode ser `{}` ou `{}`");
                Err(Message::new(text, &[&self.subject, one, other]))
            }
            (None, _) => {
                let all: Vec<String> = models.iter().map(ToString::to_string).collect();
                let text =
                    Text::new("the scenario has no model `{}`; it has {}", "o cenário não tem o modelo `{}`; tem {}");
                Err(Message::new(text, &[&self.subject, &all.join(", ")]))
            }
        }
    }

    fn missing(&self, scenario: &Scenario, id: &str) -> Message {
        let ids: Vec<&str> = scenario.variants.iter().map(|variant| variant.id.as_str()).collect();
        let text =
            Text::new("the scenario has no variant `{}`; it has {}", "o cenário não tem a variante `{}`; tem {}");
        let none = Text::new("none", "nenhuma");
        let all = if ids.is_empty() { none.en.to_owned() } else { ids.join(", ") };
        Message::new(text, &[&id, &all])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check("a.makespn < 5ms", "unknown figure `makespn`; `makespan`?");
        check("a < 5ms", "a figure is written like `event-loop.makespan`, found `a`");
        check("a.makespan < 5", "a time and a plain number do not go together: durations have a unit, like 200ms");
        check("a.makespan < 5parsecs", "unexpected `5parsecs`");
        assert!(parse(&"(".repeat(10_000)).is_err(), "depth is bounded");
    }
}
