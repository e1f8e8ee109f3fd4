//! The pictures on the lessons' cards: tiny Gantt charts of simulated runs of the lessons themselves, made once, on a
//! thread of their own. The same on every computer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};
use eframe::egui::{Context, Mesh, Rangef, Rect};

use super::Gallery;
use crate::chart::axis::Axis;
use crate::chart::lanes::lane_of;
use crate::chart::marks::{self, Bar};
use crate::chart::palette::{Palette, Tone};
use crate::engine::{Request, check, imagine};
use crate::gui::draft::Draft;
use crate::gui::theme::color;
use crate::gui::timeline::{Canvas, paint_tone};
use crate::lang::Lang;
use crate::model;
use crate::scenario::{Engine, Scenario};
use crate::time::Nanos;
use crate::trace::{Run, Status, Task};

/// So many runs of a lesson are drawn, one above the other.
const RUNS_MAX: usize = 2;
/// So many tasks fit, in all.
const ROWS_MAX: usize = 14;
/// A run that takes more than so many times the other's time leaves nothing of it to be seen.
const SQUEEZE_MAX: f64 = 12.0;
/// How wide a picture is laid out; it is painted as wide as its card.
const WIDTH: f32 = 560.0;

/// Those that are there already, by lesson.
#[derive(Debug, Default)]
pub struct Thumbnails {
    drawn: BTreeMap<&'static str, Thumbnail>,
    drawing: Drawing,
}

#[derive(Debug, Default)]
enum Drawing {
    #[default]
    NotBegun,
    UnderWay {
        drawn: Receiver<(&'static str, Thumbnail)>,
        stop: Arc<AtomicBool>,
    },
    Over,
}

/// The window may be closed before all is drawn.
impl Drop for Thumbnails {
    fn drop(&mut self) {
        if let Drawing::UnderWay { stop, .. } = &self.drawing {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

/// One lesson's picture.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    runs: Vec<Tiny>,
}

#[derive(Clone, Debug)]
struct Tiny {
    /// By language, in the order of [`Lang::ALL`].
    titles: [String; Lang::ALL.len()],
    /// Of each row, from x = 0 to [`WIDTH`].
    rows: Vec<Vec<Bar>>,
}

impl Thumbnails {
    /// Takes in what has been drawn; begins when it is first asked. Cheap: call it every frame.
    pub fn poll(&mut self, ctx: &Context, gallery: &Gallery) {
        match &self.drawing {
            Drawing::Over => {}
            // Not before the first picture of the window is out.
            Drawing::NotBegun if ctx.cumulative_frame_nr() == 0 => ctx.request_repaint(),
            Drawing::NotBegun => self.drawing = begin(ctx, gallery),
            Drawing::UnderWay { drawn, .. } => loop {
                match drawn.try_recv() {
                    Ok((id, thumbnail)) => drop(self.drawn.insert(id, thumbnail)),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.drawing = Drawing::Over;
                        break;
                    }
                }
            },
        }
    }

    pub fn of(&self, id: &str) -> Option<&Thumbnail> {
        self.drawn.get(id)
    }
}

fn begin(ctx: &Context, gallery: &Gallery) -> Drawing {
    let (sender, drawn) = unbounded();
    let stop = Arc::new(AtomicBool::new(false));
    let lessons: Vec<_> = gallery.lessons.iter().map(|lesson| (lesson.id, Arc::clone(&lesson.scenario))).collect();
    let (ctx, stopping) = (ctx.clone(), Arc::clone(&stop));
    let work = move || draw_all(lessons, &sender, &stopping, &ctx);
    match std::thread::Builder::new().name("tasklane-draw".into()).spawn(work) {
        Ok(_) => Drawing::UnderWay { drawn, stop },
        // The cards do without.
        Err(_) => Drawing::Over,
    }
}

fn draw_all(
    lessons: Vec<(&'static str, Arc<Scenario>)>,
    sender: &Sender<(&'static str, Thumbnail)>,
    stop: &AtomicBool,
    ctx: &Context,
) {
    for (id, scenario) in lessons {
        let Some(thumbnail) = draw(id, scenario, &|| stop.load(Ordering::Relaxed)) else { continue };
        if sender.send((id, thumbnail)).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

/// `None`: stopped, or there is nothing to draw.
fn draw(id: &'static str, scenario: Arc<Scenario>, stop: &dyn Fn() -> bool) -> Option<Thumbnail> {
    let draft = Draft::on(Engine::Simulated, id, scenario);
    let imagined = |requests: Vec<&Request>| -> Option<Vec<Arc<Run>>> {
        let imagined = |request: &Request| {
            check(request).ok()?;
            Some(imagine(request, stop).ok()?.run).filter(|run| run.status != Status::Cancelled)
        };
        requests.into_iter().map(imagined).collect()
    };
    let mut runs = imagined(telling(draft.requests()))?;
    if squeeze(&runs) > SQUEEZE_MAX {
        // Beside each other they show nothing of the shorter one: its variant's models may.
        let of_variant = draft.requests().chunk_by(|one, next| one.variant == next.variant).next().unwrap_or_default();
        let models = imagined(of_variant.iter().take(RUNS_MAX).collect())?;
        if models.len() > 1 && squeeze(&models) < squeeze(&runs) {
            runs = models;
        }
    }
    let longest = runs.iter().map(|run| run.trace.horizon()).max().filter(|longest| *longest > Nanos::ZERO)?;
    let axis = Axis::between(0.0, longest.0 as f64, WIDTH);
    let rows = ROWS_MAX / runs.len();
    Some(Thumbnail { runs: runs.iter().map(|run| tiny(run, rows, &axis)).collect() })
}

/// The longest run takes so many times the time of the shortest.
fn squeeze(runs: &[Arc<Run>]) -> f64 {
    let horizons = || runs.iter().map(|run| run.trace.horizon().secs());
    horizons().fold(0.0, f64::max) / horizons().fold(f64::INFINITY, f64::min)
}

/// Of two variants, or else of two models: what a lesson compares stands one above the other. Variants are seldom about
/// the model that others are measured against.
fn telling(requests: &[Request]) -> Vec<&Request> {
    let Some(first) = requests.first() else { return Vec::new() };
    if requests.iter().all(|request| request.variant == first.variant) {
        return requests.iter().take(RUNS_MAX).collect();
    }
    let variants = requests.chunk_by(|one, next| one.variant == next.variant).take(RUNS_MAX);
    let about = |of_variant: &&Request| of_variant.choice.model != model::baseline_of(of_variant.choice.model);
    variants.filter_map(|variant| variant.iter().find(about).or(variant.first())).collect()
}

/// Where there are more tasks than rows, some from all over: the first and the last among them.
fn tiny(run: &Run, rows: usize, axis: &Axis) -> Tiny {
    let tasks = u64::from(run.trace.tasks());
    let rows = tasks.min(rows as u64);
    let last = (tasks.saturating_sub(1), rows.saturating_sub(1).max(1));
    let task = |row: u64| Task(u32::try_from(row * last.0 / last.1).expect("a task of the run"));
    let bars = |task| marks::bars(run, &lane_of(run, task), 0..1, axis);
    Tiny { titles: Lang::ALL.map(|lang| run.title(lang)), rows: (0..rows).map(|row| bars(task(row))).collect() }
}

impl Thumbnail {
    /// What the runs are called, from top to bottom.
    pub fn titles(&self, lang: Lang) -> impl Iterator<Item = &str> {
        let at = Lang::ALL.iter().position(|own| *own == lang).expect("a language");
        self.runs.iter().map(move |run| run.titles[at].as_str())
    }

    /// The picture in `room`; `scale` is screen pixels a point.
    pub fn layout(&self, room: Rect, palette: &Palette, scale: f32) -> Mesh {
        /// Between two runs.
        const GAP: f32 = 8.0;
        const PITCH_MAX: f32 = 12.0;
        /// So few rows have room for bars that are read from afar.
        const FEW: usize = 3;
        const FEW_PITCH: f32 = 18.0;
        let mut canvas = Canvas::new(scale);
        let rows: usize = self.runs.iter().map(|run| run.rows.len()).sum();
        let gaps = GAP * self.runs.len().saturating_sub(1) as f32;
        let (pitch_max, height_max) = if rows <= FEW { (FEW_PITCH, 13.0) } else { (PITCH_MAX, 8.0) };
        let pitch = ((room.height() - gaps) / rows.max(1) as f32).min(pitch_max);
        let height = (pitch - 1.5).clamp(1.5, height_max);
        let stretch = room.width() / WIDTH;
        let all = pitch * rows as f32 + gaps;
        let mut top = room.center().y - all / 2.0;
        for run in &self.runs {
            for row in &run.rows {
                let y = Rangef::new(top, top + height);
                for bar in row {
                    let x = Rangef::new(room.left() + bar.x0 * stretch, room.left() + bar.x1 * stretch);
                    paint_bar(&mut canvas, palette, bar.tone, x, y);
                }
                top += pitch;
            }
            top += GAP;
        }
        canvas.finish()
    }
}

/// As on the timelines; but so small, who only waits for a core would be as loud as who has one.
fn paint_bar(canvas: &mut Canvas, palette: &Palette, tone: Tone, x: Rangef, y: Rangef) {
    if tone == Tone::Ready {
        let line = Rangef::point(y.center()).expand(0.5);
        return canvas.fill(x, line, color(palette.tone(tone)).gamma_multiply(0.55));
    }
    paint_tone(canvas, palette, tone, x, y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lesson_has_a_picture_of_its_own_runs() {
        for lesson in Gallery::new().lessons {
            let thumbnail = draw(lesson.id, Arc::clone(&lesson.scenario), &|| false)
                .unwrap_or_else(|| panic!("{} has none", lesson.id));
            assert!(!thumbnail.runs.is_empty() && thumbnail.runs.len() <= RUNS_MAX, "{}", lesson.id);
            for run in &thumbnail.runs {
                assert!(run.rows.len() <= ROWS_MAX && run.rows.iter().any(|row| !row.is_empty()), "{}", lesson.id);
                let bars = || run.rows.iter().flatten();
                assert!(bars().all(|bar| bar.x0 >= 0.0 && bar.x1 <= WIDTH + 0.5), "{}", lesson.id);
            }
        }
    }

    #[test]
    fn what_is_stopped_is_not_drawn() {
        let gallery = Gallery::new();
        let crowd = gallery.lessons.iter().max_by_key(|lesson| lesson.scenario.tasks()).expect("lessons");
        assert!(draw(crowd.id, Arc::clone(&crowd.scenario), &|| true).is_none());
    }
}
