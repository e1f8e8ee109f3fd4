//! Whole figures for export: title, legend, axis with units, lanes, core strips, as a small display list.
//!
//! Called by `export`, which writes the list down; knows no file format. The bars are the marks of the window.

mod gantt;
mod heading;
mod measure;
mod page;
mod shape;
mod utilization;

pub use shape::{Anchor, Face, Figure, Label, Rect, Shape, hatch_segments};

use super::lanes::LaneBy;
use super::palette::Theme;
use crate::analysis::report_run::ReportRun;
use crate::analysis::utilization::Stretch;
use crate::lang::{Lang, Text};

/// What a figure shows. Of several runs, it shows one under the other on one time axis: the comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// The lanes of each run above its core strips.
    #[default]
    Gantt,
    /// Busy cores over time, and the share of each core.
    Utilization,
}

impl Picture {
    pub const ALL: [Picture; 2] = [Picture::Gantt, Picture::Utilization];

    /// The word of the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Picture::Gantt => "gantt",
            Picture::Utilization => "utilization",
        }
    }

    pub const fn label(self) -> Text {
        match self {
            Picture::Gantt => Text::new("Gantt chart with core strips", "Gráfico de Gantt com faixas dos núcleos"),
            Picture::Utilization => Text::new("Core utilization", "Utilização dos núcleos"),
        }
    }

    /// What file names say of it.
    pub const fn suffix(self) -> &'static str {
        match self {
            Picture::Gantt => "",
            Picture::Utilization => "-utilization",
        }
    }
}

/// How a figure looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Pixels, from [`WIDTH_MIN`] to [`WIDTH_MAX`].
    pub width: f32,
    /// Pixels that lanes may fill up or must be squeezed into; `None`: as high as comfortable.
    pub height: Option<f32>,
    pub theme: Theme,
    pub lang: Lang,
    pub by: LaneBy,
    /// The part of the time that is drawn; `None`: all of it. Figures in words are of whole runs all the same.
    pub part: Option<Stretch>,
}

pub const WIDTH_MIN: f32 = 480.0;
pub const WIDTH_MAX: f32 = 4000.0;
/// No figure is higher for its tasks: from here on several share a row.
pub const HEIGHT_MAX: f32 = 4000.0;

impl Default for Look {
    /// For paper: light, and as wide as a page at 2 pixels a point.
    fn default() -> Self {
        Look { width: 1000.0, height: None, theme: Theme::Light, lang: Lang::En, by: LaneBy::Task, part: None }
    }
}

/// Lays the picture of `runs` out.
pub fn figure(picture: Picture, runs: &[ReportRun], look: &Look) -> Figure {
    let width = if look.width.is_finite() { look.width.clamp(WIDTH_MIN, WIDTH_MAX) } else { Look::default().width };
    let look = Look { width, ..look.clone() };
    match picture {
        Picture::Gantt => gantt::figure(runs, &look),
        Picture::Utilization => utilization::figure(runs, &look),
    }
}
