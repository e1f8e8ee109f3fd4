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

mod parse;

use std::fmt::{self, Display};

pub use parse::{SyntaxError, parse, parse_operand};

use super::Scenario;
use super::fault::Message;
use crate::lang::Text;
use crate::model::{self, ModelChoice};
use crate::time::Nanos;

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
    /// Of the tasks, the share that ended done.
    Done,
    /// Of the updates of shared variables, the share that others overwrote unseen.
    Lost,
    /// Of the updates of shared variables, the share that is found in them at the end.
    Kept,
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
    pub const ALL: [(&'static str, Metric); 12] = [
        ("makespan", Metric::Makespan),
        ("speedup", Metric::Speedup),
        ("efficiency", Metric::Efficiency),
        ("utilization", Metric::Utilization),
        ("throughput", Metric::Throughput),
        ("waiting", Metric::Waiting),
        ("turnaround", Metric::Turnaround),
        ("response", Metric::Response),
        ("cpu", Metric::Cpu),
        ("done", Metric::Done),
        ("lost", Metric::Lost),
        ("kept", Metric::Kept),
    ];

    pub const fn quantity(self) -> Quantity {
        match self {
            Metric::Makespan | Metric::Waiting | Metric::Turnaround | Metric::Response | Metric::Cpu => Quantity::Time,
            Metric::Speedup => Quantity::Factor,
            Metric::Efficiency | Metric::Utilization | Metric::Done | Metric::Lost | Metric::Kept => Quantity::Share,
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
                return Err(no_variant(scenario, id));
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
            if scenario.variants.is_empty() { message } else { no_variant(scenario, &self.subject) }
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
}

fn no_variant(scenario: &Scenario, id: &str) -> Message {
    let ids: Vec<&str> = scenario.variants.iter().map(|variant| variant.id.as_str()).collect();
    if ids.is_empty() {
        return Message::new(Text::new("the scenario has no variants", "o cenário não tem variantes"), &[]);
    }
    let text = Text::new("the scenario has no variant `{}`; it has {}", "o cenário não tem a variante `{}`; tem {}");
    Message::new(text, &[&id, &ids.join(", ")])
}
