//! Every order: how often each outcome of a small program comes about, as it is and with a lock put in, and any order
//! of an outcome step by step.
//!
//! [`extent`] is how much of it is explored, [`search`] explores beside the window, [`histogram`] shows what came of
//! it, [`chosen`] is the order that is looked at, [`steps`] scrubs through it, [`board`] draws it. What is explored
//! follows the set-up: every edit starts anew, the latest wins.

mod board;
mod chosen;
mod extent;
mod histogram;
mod search;
mod steps;

use std::sync::Arc;

use eframe::egui::{Align, ComboBox, Layout, RichText, Ui};

use self::chosen::{Chosen, Naming};
use self::extent::{EXPLORE_PART, Extent, Part};
use self::histogram::{Column, grouped};
use self::search::{Found, Search};
use super::commands::{Command, Commands};
use super::draft::{Draft, Edit};
use super::paint::PaintContext;
use super::theme::{self, color};
use super::widgets::{check_ui, link_ui, note_ui, option_ui};
use super::words;
use crate::explore::program::{Program, Unsuited, meets_others};
use crate::explore::{Bound, Explored, ORDERS, Outcome, Refusal, caveat, states_that_fit, whatif};
use crate::lang::{Lang, Text};
use crate::scenario::Scenario;
use crate::scenario::check::any_step;

const AS_IT_IS: Text = Text::new("As it is", "Como está");
const WITH_LOCK: Text = Text::new("With a lock", "Com um lock");

/// What the panel remembers from frame to frame.
#[derive(Default)]
pub struct OrdersView {
    /// The scenario that this is of.
    of: String,
    variant: Option<String>,
    extent: Extent,
    with_lock: bool,
    /// How many states of the whole can be kept at most; `None` where it cannot be explored at all.
    part_max: Option<usize>,
    as_it_is: Option<Side>,
    guarded: Option<Side>,
    /// What is explored as it is, with a lock put in, where one can be.
    with_guard: Option<Arc<Scenario>>,
    chosen: Option<Chosen>,
    /// What is chosen was not clicked, and has not been scrolled to.
    reveal: bool,
    /// How far the outcomes are scrolled, which stand side by side.
    scrolled: f32,
    /// So many histograms stood side by side in the last frame.
    columns: usize,
}

/// One program that is explored, and what it was made from.
struct Side {
    key: Key,
    scenario: Arc<Scenario>,
    search: Search,
}

/// The draft's revision, and what of it is explored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    revision: u64,
    variant: Option<String>,
    small: bool,
    bound: Bound,
}

/// What leads on where there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WayOut {
    Again,
    Small,
    Part,
}

/// Which of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    AsItIs,
    Guarded,
}

/// Whether the order of steps can make a difference in that scenario.
pub fn suits(scenario: &Scenario) -> bool {
    scenario.groups.iter().any(|group| any_step(&group.steps, &meets_others))
}

/// In the room that `ui` has.
pub fn orders_ui(ui: &mut Ui, draft: &Draft, view: &mut OrdersView, context: PaintContext, commands: &mut Commands) {
    view.follow(ui, draft);
    controls_ui(ui, draft, view, context, commands);
    extent_ui(ui, view, context.lang);
    let clicked = sides_ui(ui, view, context);
    view.choose_first(draft);
    if let Some((which, outcome)) = clicked {
        view.choose(which, outcome, 0, draft);
    }
    left_out_ui(ui, view, context);
    order_ui(ui, draft, view, context, commands);
}

impl OrdersView {
    /// Starts what the set-up asks for and is not under way already.
    fn follow(&mut self, ui: &Ui, draft: &Draft) {
        if self.of != draft.id {
            *self = OrdersView { of: draft.id.clone(), with_lock: self.with_lock, ..OrdersView::default() };
        }
        if !draft.scenario().variants.iter().any(|own| Some(&own.id) == self.variant.as_ref()) {
            self.variant = None;
        }
        let scenario = draft.scenario().variant(self.variant.as_deref()).unwrap_or(draft.scenario());
        self.shrink_part(scenario);
        // Too large may also turn out on the way; then it is looked at in small, as if that had been known.
        let turned_out = self.extent == Extent::Fitting && self.as_it_is.as_ref().is_some_and(Side::is_too_large);
        let key = |small, bound| Key { revision: draft.revision, variant: self.variant.clone(), small, bound };
        let is = |key: &Key| self.as_it_is.as_ref().is_some_and(|side| side.key == *key);
        let (whole, small) = (key(false, Bound::Whole), key(true, Bound::Whole));
        let key = match self.extent {
            Extent::Fitting if turned_out || is(&small) => small,
            Extent::Fitting if is(&whole) => whole,
            Extent::Fitting => key(extent::is_too_large(scenario), Bound::Whole),
            Extent::Whole => whole,
            Extent::Small => small,
            Extent::Part(part) => key(false, part.bound()),
        };
        if !is(&key) {
            self.part_max = Program::of(scenario).ok().map(|program| states_that_fit(&program));
            let smaller = if key.small { extent::smaller(scenario) } else { None };
            let scenario = smaller.unwrap_or_else(|| scenario.clone());
            self.with_guard = whatif::guarded(&scenario).map(Arc::new);
            self.as_it_is = Some(Side::start(ui, key, Arc::new(scenario)));
            self.guarded = None;
            self.chosen = None;
        }
        let Some(base) = &self.as_it_is else { return };
        if !self.with_lock {
            self.guarded = None;
        } else if self.guarded.is_none() {
            let guarded = self.with_guard.clone();
            self.guarded = guarded.map(|scenario| Side::start(ui, base.key.clone(), scenario));
        }
        if self.chosen.as_ref().is_some_and(|chosen| self.side(chosen.which).is_none()) {
            self.chosen = None;
        }
        for side in [&mut self.as_it_is, &mut self.guarded].into_iter().flatten() {
            side.search.poll(ui);
        }
    }

    /// Asks for less of the whole where the orders within a part are too many to be counted, and nobody has asked for
    /// just that.
    fn shrink_part(&mut self, whole: &Scenario) {
        let Extent::Part(part) = self.extent else { return };
        let is_uncounted = |side: &Side| {
            let refused = matches!(side.search.found(), Found::Refused(Refusal::TooManySchedules(..)));
            refused && side.key.bound == part.bound()
        };
        if [&self.as_it_is, &self.guarded].into_iter().flatten().any(is_uncounted)
            && let Some(half) = Program::of(whole).ok().and_then(|program| part.half(&program))
        {
            self.extent = Extent::Part(half);
        }
    }

    fn side(&self, which: Which) -> Option<&Side> {
        match which {
            Which::AsItIs => self.as_it_is.as_ref(),
            Which::Guarded => self.guarded.as_ref(),
        }
    }

    /// The whole would have been too large.
    fn shrunk(&self) -> bool {
        self.extent == Extent::Fitting && self.as_it_is.as_ref().is_some_and(|side| side.key.small)
    }

    /// Something to look at as soon as there is anything: a deadlock, or what comes about most often.
    fn choose_first(&mut self, draft: &Draft) {
        if self.chosen.is_some() {
            return;
        }
        let Some(explored) = self.as_it_is.as_ref().and_then(Side::explored) else { return };
        let ranked = (0_usize..).zip(&explored.outcomes);
        let worst = ranked.max_by_key(|(at, (outcome, count))| (outcome.deadlock, *count, usize::MAX - at));
        if let Some((outcome, _)) = worst {
            self.choose(Which::AsItIs, outcome, 0, draft);
            self.reveal = true;
        }
    }

    /// Scrolls to what was chosen without a click.
    fn reveal_chosen(&mut self, rows: &[Outcome]) {
        // Beside a lock, what can still be stays in sight: it is what the lock was put in for.
        let in_sight = |chosen: &Chosen| self.columns <= 1 || chosen.which == Which::Guarded;
        let Some(chosen) = self.chosen.as_ref().filter(|chosen| self.reveal && in_sight(chosen)) else { return };
        let outcome =
            self.side(chosen.which).and_then(Side::explored).map(|explored| &explored.outcomes[chosen.outcome].0);
        if let Some(row) = rows.iter().position(|row| Some(row) == outcome) {
            self.scrolled = histogram::scrolled_to(row);
        }
        self.reveal = false;
    }

    fn choose(&mut self, which: Which, outcome: usize, nth: u128, draft: &Draft) {
        let Some(side) = self.side(which) else { return };
        let Some(explored) = side.explored() else { return };
        let naming = Naming {
            // Not the scenario's own: an order is no evidence of how long anything takes.
            id: format!("{}-order", draft.id),
            scenario: &side.scenario,
            variant: side.key.variant.clone(),
        };
        let chosen = Chosen::of(explored, which, outcome, nth, naming);
        self.chosen = chosen.or(self.chosen.take());
    }
}

impl Side {
    fn start(ui: &Ui, key: Key, scenario: Arc<Scenario>) -> Self {
        Side { search: Search::start(ui, Arc::clone(&scenario), key.bound), key, scenario }
    }

    fn explored(&self) -> Option<&Explored> {
        match self.search.found() {
            Found::Explored(explored) => Some(explored),
            Found::UnderWay(_) | Found::Refused(_) | Found::Broken(_) => None,
        }
    }
}

impl Side {
    /// The whole of it was refused, and a smaller one might not be.
    fn is_too_large(&self) -> bool {
        let refusal = match self.search.found() {
            Found::Refused(refusal) => refusal,
            Found::UnderWay(_) | Found::Explored(_) | Found::Broken(_) => return false,
        };
        let by_size = match refusal {
            Refusal::TooLarge(_) | Refusal::TooManyStates(..) | Refusal::TooManySchedules(..) => true,
            Refusal::Unsuited(unsuited) => *unsuited != Unsuited::NothingShared,
            Refusal::BoundTooHigh { .. } | Refusal::Stopped => false,
        };
        by_size && !self.key.small
    }
}

/// That less than the whole is looked at, and how much.
fn extent_ui(ui: &mut Ui, view: &mut OrdersView, lang: Lang) {
    if view.shrunk() && extent::shrunk_ui(ui, view.part_max.is_some(), lang) {
        view.extent = Extent::Part(Part::default());
    }
    if let (Extent::Part(part), Some(max)) = (view.extent, view.part_max)
        && let Some(asked) = extent::part_ui(ui, part, max, lang)
    {
        view.extent = Extent::Part(asked);
    }
    let explored = [&view.as_it_is, &view.guarded].into_iter().flatten().filter_map(Side::explored);
    if let Some(partial) = explored.filter(|explored| explored.partial).min_by_key(|explored| explored.schedules) {
        extent::partial_ui(ui, partial, lang);
    }
}

/// What is explored: which variant, whole or small, with or without a lock.
fn controls_ui(ui: &mut Ui, draft: &Draft, view: &mut OrdersView, context: PaintContext, commands: &mut Commands) {
    let lang = context.lang;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        variant_ui(ui, draft, view, lang);
        let lock = ui.add_enabled_ui(view.with_guard.is_some(), |ui| {
            check_ui(ui, &mut view.with_lock, Text::new("put a lock in", "pôr um lock").get(lang))
        });
        let what = Text::new(
            "The same steps with one lock around each task's part on what is shared",
            "Os mesmos passos com um lock em volta da parte de cada tarefa que mexe no que é compartilhado",
        );
        let why = Text::new("No task reads, writes or locks anything.", "Nenhuma tarefa lê, grava ou trava algo.");
        lock.inner.on_hover_text(what.get(lang)).on_disabled_hover_text(why.get(lang));
        let mut small = view.as_it_is.as_ref().is_some_and(|side| side.key.small);
        if extent::can_be_smaller(draft.scenario())
            && check_ui(ui, &mut small, Text::new("two of each group", "duas de cada grupo").get(lang)).changed()
        {
            view.extent = if small { Extent::Small } else { Extent::Whole };
        }
        let whole = view.as_it_is.as_ref().is_some_and(|side| !side.key.small && side.key.variant.is_none());
        if let Some(side) = view.guarded.as_ref().filter(|_| whole)
            && link_ui(ui, Text::new("keep the lock in the workload", "manter o lock na carga").get(lang)).clicked()
        {
            commands.push(Command::Edit(Edit::Groups(side.scenario.groups.clone())));
            view.with_lock = false;
        }
    });
}

fn variant_ui(ui: &mut Ui, draft: &Draft, view: &mut OrdersView, lang: Lang) {
    let scenario = draft.scenario();
    if scenario.variants.is_empty() {
        return;
    }
    let title = |id: Option<&str>| match id {
        Some(id) => scenario.variant_title(id, lang).unwrap_or(id).to_owned(),
        None => Text::new("without variant", "sem variante").get(lang).to_owned(),
    };
    let name = Text::new("Variant to explore", "Variante a explorar").get(lang);
    let shown = title(view.variant.as_deref());
    let combo = ComboBox::from_id_salt("orders-variant").width(180.0).selected_text(shown).show_ui(ui, |ui| {
        let all = std::iter::once(None).chain(scenario.variants.iter().map(|variant| Some(variant.id.clone())));
        for id in all {
            let text = title(id.as_deref());
            if option_ui(ui, view.variant == id, &text) {
                view.variant = id;
            }
        }
    });
    combo.response.accessible_name(name).on_hover_text(name);
}

/// The histograms side by side; returns the outcome that was clicked.
fn sides_ui(ui: &mut Ui, view: &mut OrdersView, context: PaintContext) -> Option<(Which, usize)> {
    const GAP: f32 = 20.0;
    let both = view.guarded.is_some();
    let programs: Vec<&Explored> =
        [&view.as_it_is, &view.guarded].into_iter().flatten().filter_map(Side::explored).collect();
    let (rows, share_max) = (histogram::rows(&programs), histogram::share_max(&programs));
    let count_letters = histogram::count_letters(&programs, context.lang);
    let width = if both { (ui.available_width() - GAP) / 2.0 } else { ui.available_width() };
    let chosen = view.chosen.as_ref().map(|chosen| (chosen.which, chosen.outcome));
    let mut clicked = None;
    let mut way_out = None;
    let columns = programs.len();
    if std::mem::replace(&mut view.columns, columns) != columns {
        // Rows have changed places: beside a lock, what can still be is at the top.
        view.scrolled = 0.0;
        view.reveal |= columns == 1;
    }
    view.reveal_chosen(&rows);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let sides = [(Which::AsItIs, AS_IT_IS, &view.as_it_is), (Which::Guarded, WITH_LOCK, &view.guarded)];
        for (which, title, side) in sides {
            let Some(side) = side else { continue };
            ui.allocate_ui_with_layout(eframe::egui::vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                let chosen = chosen.filter(|(own, _)| *own == which).map(|(_, outcome)| outcome);
                match side.search.found() {
                    Found::Explored(explored) => {
                        let column = Column {
                            title: title.get(context.lang),
                            explored,
                            rows: &rows,
                            share_max,
                            count_letters,
                            chosen,
                        };
                        // One offset for both: equal rows stay side by side.
                        if let Some(outcome) = histogram::histogram_ui(ui, &column, &mut view.scrolled, context) {
                            clicked = Some((which, outcome));
                        }
                    }
                    Found::Broken(broken) => drop(note_ui(ui, &broken.message(context.lang))),
                    Found::UnderWay(states) => under_way_ui(ui, &side.search, states, context.lang),
                    Found::Refused(refusal) => {
                        way_out = way_out.or(refused_ui(ui, refusal, &side.key, view.part_max, context));
                    }
                }
            });
        }
    });
    match way_out {
        Some(WayOut::Again) => (view.as_it_is, view.guarded) = (None, None),
        Some(WayOut::Small) => view.extent = Extent::Small,
        Some(WayOut::Part) => view.extent = Extent::Part(Part::default()),
        None => {}
    }
    clicked
}

fn under_way_ui(ui: &mut Ui, search: &Search, states: usize, lang: Lang) {
    ui.horizontal(|ui| {
        ui.add(eframe::egui::Spinner::new().size(14.0));
        let text = Text::new("Exploring: {} states", "Explorando: {} estados").fill(lang, &[&grouped(states as u128)]);
        ui.label(RichText::new(text).font(theme::mono(12.0)));
        if ui.button(words::CANCEL.get(lang)).clicked() {
            search.stop();
        }
    });
}

/// Returns the way out that was taken: once more after a stop, else in small or in part.
fn refused_ui(
    ui: &mut Ui,
    refusal: &Refusal,
    key: &Key,
    part_max: Option<usize>,
    context: PaintContext,
) -> Option<WayOut> {
    let lang = context.lang;
    let mut text = refusal.message(ORDERS, lang);
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    ui.add(
        eframe::egui::Label::new(RichText::new(text).color(color(context.palette.ink(context.palette.blocked)))).wrap(),
    );
    let is_whole = !key.small && key.bound == Bound::Whole;
    let ways = if *refusal == Refusal::Stopped {
        vec![(WayOut::Again, Text::new("explore again", "explorar de novo"), true)]
    } else {
        vec![
            (WayOut::Small, Text::new("look at it small", "ver em pequeno"), !key.small),
            (WayOut::Part, EXPLORE_PART, is_whole && part_max.is_some()),
        ]
    };
    ui.horizontal_wrapped(|ui| {
        let offered = ways.iter().filter(|(.., offered)| *offered);
        let taken = offered.filter(|(_, text, _)| link_ui(ui, text.get(lang)).clicked());
        // All are drawn, whichever is taken.
        taken.fold(None, |first, (way, ..)| first.or(Some(*way)))
    })
    .inner
}

/// What has no part in the orders, in passing.
fn left_out_ui(ui: &mut Ui, view: &OrdersView, context: PaintContext) {
    let lang = context.lang;
    let Some((side, explored)) = view.as_it_is.as_ref().and_then(|side| Some((side, side.explored()?))) else { return };
    let how = Text::new(
        "Every task is a thread, all share one memory, every step is atomic.",
        "Cada tarefa é uma thread, todas dividem uma memória, cada passo é atômico.",
    );
    let mut text = how.get(lang).to_owned();
    if !explored.program.left_out.is_empty() {
        let without = Text::new(
            "Left out, since no order of them changes what comes out: {}.",
            "Ficam de fora, pois a ordem deles não muda o resultado: {}.",
        );
        text = format!("{text} {}", without.fill(lang, &[&explored.program.left_out.join(", ")]));
    }
    note_ui(ui, &text);
    let caveats = caveat::caveats(&side.scenario, lang).join(" ");
    if caveat::is_about_others(&side.scenario) {
        let ink = color(context.palette.ink(context.palette.blocked));
        ui.add(eframe::egui::Label::new(RichText::new(caveats).color(ink)).wrap());
    } else if !caveats.is_empty() {
        note_ui(ui, &caveats);
    }
}

/// The order that is looked at.
fn order_ui(ui: &mut Ui, draft: &Draft, view: &mut OrdersView, context: PaintContext, commands: &mut Commands) {
    let OrdersView { as_it_is, guarded, chosen: Some(chosen), .. } = view else { return };
    let side = match chosen.which {
        Which::AsItIs => as_it_is,
        Which::Guarded => guarded,
    };
    let Some(explored) = side.as_ref().and_then(Side::explored) else { return };
    ui.separator();
    let asked = steps::heading_ui(ui, chosen, explored, context, commands);
    steps::scrubber_ui(ui, chosen, context);
    steps::story_ui(ui, chosen, explored, context);
    let (which, outcome) = (chosen.which, chosen.outcome);
    if let Some(nth) = asked {
        view.choose(which, outcome, nth, draft);
    }
}
