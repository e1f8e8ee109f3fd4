//! What is written on bars that have room for it: whose they are, or what a step of an explored order did.

use super::lanes::{LaneBy, task_label};
use super::marks::Bar;
use super::palette::Tone;
use crate::explore::caption::{has_one_variable, short};
use crate::explore::run::deed_from;
use crate::explore::schedule::Story;
use crate::trace::Run;

/// Of the bars of one run.
pub struct Captions<'a> {
    run: &'a Run,
    says: Says<'a>,
}

enum Says<'a> {
    /// A lane of tasks has its name beside it.
    Nothing,
    /// A worker's or a core's bars need their tasks' names.
    Names,
    Deeds {
        story: &'a Story,
        has_one_variable: bool,
    },
}

/// What one bar says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    pub text: String,
    /// What the step of a scenario is called, and not a name that a person gave.
    pub is_deed: bool,
    /// The step lost what another had stored.
    pub loses: bool,
}

/// Narrower bars, in pixels, have no room for words worth reading.
const WIDTH_MIN: f32 = 30.0;

impl<'a> Captions<'a> {
    /// `story`: of an explored order.
    pub fn of(run: &'a Run, by: LaneBy, story: Option<&'a Story>) -> Self {
        let says = match story {
            _ if by != LaneBy::Task => Says::Names,
            Some(story) => Says::Deeds { story, has_one_variable: has_one_variable(story) },
            None => Says::Nothing,
        };
        Captions { run, says }
    }

    /// Whether the bar is one to be written on; not yet whether the words fit.
    pub fn has_room(&self, bar: &Bar) -> bool {
        bar.tone == Tone::Running && bar.x1 - bar.x0 >= WIDTH_MIN && !matches!(self.says, Says::Nothing)
    }

    /// What the bar says, of which nothing may fit.
    pub fn on(&self, bar: &Bar) -> Option<Caption> {
        let (trace, span) = (&self.run.trace, bar.span as usize);
        match &self.says {
            Says::Nothing => None,
            Says::Names => {
                Some(Caption { text: task_label(self.run, trace.task_of(span)), is_deed: false, loses: false })
            }
            Says::Deeds { story, has_one_variable } => {
                let deed = deed_from(story, trace.starts()[span])?;
                Some(Caption { text: short(&deed.act, *has_one_variable), is_deed: true, loses: deed.act.loses() })
            }
        }
    }
}
