//! How many orders lead to each outcome. Columns that stand side by side have the same rows: what no order of a program
//! leads to stays as an empty row, so that outcomes are seen to vanish.

use std::collections::BTreeSet;

use eframe::egui::{
    Color32, CornerRadius, FontId, Rect, Response, Role, ScrollArea, Sense, TextWrapMode, Ui, WidgetInfo, pos2, vec2,
};

use crate::explore::estimate::Magnitude;
use crate::explore::{Explored, Outcome, caption};
use crate::gui::paint::PaintContext;
use crate::gui::theme::{self, color};
use crate::gui::widgets::{elided, section_ui};
use crate::gui::words;
use crate::lang::{Lang, Text};

const ROW_HEIGHT: f32 = 26.0;
const ROW_GAP: f32 = 2.0;
/// More than six rows scroll.
const ROOM: f32 = (ROW_HEIGHT + ROW_GAP) * 6.0;

pub struct Column<'a> {
    pub title: &'a str,
    pub explored: &'a Explored,
    /// See [`rows`].
    pub rows: &'a [Outcome],
    /// The share that a bar of the whole width stands for.
    pub share_max: f64,
    /// See [`count_letters`].
    pub count_letters: usize,
    /// The outcome that is looked at.
    pub chosen: Option<usize>,
}

/// All outcomes of these programs, which have the same variables. Those that the last of them leads to come first: it has
/// few where a lock is in it, and they are in sight.
pub fn rows(programs: &[&Explored]) -> Vec<Outcome> {
    let outcomes_of = |explored: &&Explored| -> BTreeSet<Outcome> {
        explored.outcomes.iter().map(|(outcome, _)| outcome.clone()).collect()
    };
    let first = programs.last().map(outcomes_of).unwrap_or_default();
    let all: BTreeSet<Outcome> = programs.iter().flat_map(outcomes_of).collect();
    first.iter().chain(all.difference(&first)).cloned().collect()
}

/// The largest share that an outcome has in one of these programs.
pub fn share_max(programs: &[&Explored]) -> f64 {
    let largest = |explored: &&Explored| {
        let most = explored.outcomes.iter().map(|(_, count)| *count).max().unwrap_or(0);
        share(most, explored)
    };
    programs.iter().map(largest).fold(0.0, f64::max)
}

/// How many letters the longest count in one of these programs has: bars side by side end where figures begin.
pub fn count_letters(programs: &[&Explored], lang: Lang) -> usize {
    let counts = programs.iter().flat_map(|explored| explored.outcomes.iter().map(|(_, count)| *count));
    // The longest are the largest, or those just too small to be told by their magnitude.
    let (read, told): (Vec<u128>, Vec<u128>) = counts.partition(|count| *count <= READ_MAX);
    let largest = [read, told].map(|counts| counts.into_iter().max());
    largest.into_iter().flatten().map(|count| readable(count, lang).chars().count()).max().unwrap_or(1)
}

fn share(count: u128, explored: &Explored) -> f64 {
    count as f64 / explored.schedules.max(1) as f64
}

/// How far rows are scrolled that have that one in their midst, if there are enough below it.
pub fn scrolled_to(row: usize) -> f32 {
    (row as f32 * (ROW_HEIGHT + ROW_GAP) - ROOM / 2.0).max(0.0)
}

/// How far so many rows can be scrolled.
fn scrolled_max(rows: usize) -> f32 {
    (rows as f32 * (ROW_HEIGHT + ROW_GAP) - ROW_GAP - ROOM).max(0.0)
}

/// Rows from `scrolled` on, which is where they have been scrolled to behind it. Returns the outcome that was clicked.
pub fn histogram_ui(ui: &mut Ui, column: &Column<'_>, scrolled: &mut f32, context: PaintContext) -> Option<usize> {
    let explored = column.explored;
    let orders = words::plural(
        u64::try_from(explored.schedules).unwrap_or(u64::MAX),
        Text::new("{} order", "{} ordem"),
        Text::new("{} orders", "{} ordens"),
    );
    let states = Text::new("{} states", "{} estados").fill(context.lang, &[&grouped(explored.states as u128)]);
    let count = orders.fill(context.lang, &[&readable(explored.schedules, context.lang)]);
    let partial = if explored.partial { Text::new(" · partial", " · em parte").get(context.lang) } else { "" };
    ui.scope(|ui| {
        // On one line, so that rows side by side are at one height.
        ui.style_mut().wrap_mode = Some(TextWrapMode::Truncate);
        section_ui(ui, &format!("{} · {count} · {states}{partial}", column.title));
    });
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = ROW_GAP;
    let area = ScrollArea::vertical()
        .id_salt(("histogram", column.title))
        .max_height(ROOM)
        .min_scrolled_height(ROOM)
        .auto_shrink([false, true])
        .vertical_scroll_offset(scrolled.min(scrolled_max(column.rows.len())));
    let shown = area.show_rows(ui, ROW_HEIGHT, column.rows.len(), |ui, visible| {
        for row in &column.rows[visible] {
            let own = explored.outcomes.iter().position(|(outcome, _)| outcome == row);
            if row_ui(ui, column, row, own, context) {
                clicked = own.or(clicked);
            }
        }
    });
    *scrolled = shown.state.clamped_offset().y;
    clicked
}

/// `x = 1, y = 0`, with `deadlock` before it where there is one.
pub fn title(explored: &Explored, outcome: usize, lang: Lang) -> String {
    caption::outcome(&explored.program, &explored.outcomes[outcome].0, lang)
}

/// Returns whether it was clicked.
fn row_ui(ui: &mut Ui, column: &Column<'_>, row: &Outcome, own: Option<usize>, context: PaintContext) -> bool {
    let palette = context.palette;
    let explored = column.explored;
    let count = own.map_or(0, |own| explored.outcomes[own].1);
    let share = share(count, explored);
    let words = caption::outcome(&explored.program, row, context.lang);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    let of = Text::new("{}: {}, {} of {}", "{}: {}, {} de {}");
    let label = of.fill(context.lang, &[&column.title, &words, &count, &explored.schedules]);
    let selected = own.is_some() && own == column.chosen;
    response.widget_info(|| WidgetInfo::selected(Role::Button, own.is_some(), selected, &label));
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let lit = response.hovered() || response.has_focus();
    let fill = match (selected, lit && own.is_some()) {
        (true, _) => theme::blend(palette.background, palette.accent, 0.22),
        (false, true) => theme::blend(palette.background, palette.text, 0.06),
        (false, false) => Color32::TRANSPARENT,
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(theme::FIELD_RADIUS), fill);
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let ink = color(if own.is_some() { palette.text } else { palette.faint });
    let letters = column.count_letters;
    let figures =
        format!("{:>letters$}  {:>7}", readable(count, context.lang), context.lang.figure(caption::percent(share)));
    let figures = painter.layout_no_wrap(figures, theme::mono(12.0), ink);
    let name_width = (inner.width() * 0.32).min(260.0);
    let name = elided(ui, &words, FontId::proportional(theme::BODY), ink, name_width);
    let y = inner.center().y;
    painter.galley(pos2(inner.left(), y - name.size().y / 2.0), name, ink);
    let figures_left = inner.right() - figures.size().x;
    painter.galley(pos2(figures_left, y - figures.size().y / 2.0), figures, ink);
    let plot = Rect::from_min_max(pos2(inner.left() + name_width + 8.0, y - 6.0), pos2(figures_left - 12.0, y + 6.0));
    if own.is_some() && plot.is_positive() {
        #[expect(clippy::cast_possible_truncation, reason = "a share of some pixels")]
        let width = (plot.width() * (share / column.share_max) as f32).max(2.0);
        let tint = if row.deadlock { palette.bad_end } else { palette.running };
        painter.rect_filled(plot.with_max_x(plot.left() + width), CornerRadius::same(2), color(tint));
    }
    exact_on_hover(response, count).clicked()
}

/// Larger counts are told by their magnitude.
const READ_MAX: u128 = 999_999_999_999_999;

/// The count, with all its digits where people can read them.
pub fn readable(count: u128, lang: Lang) -> String {
    if count <= READ_MAX { grouped(count) } else { lang.figure(Magnitude::of(count)) }
}

/// All digits of a count that [`readable`] tells by its magnitude.
pub fn exact_on_hover(response: Response, count: u128) -> Response {
    if count <= READ_MAX { response } else { response.on_hover_text(grouped(count)) }
}

/// `66 468 720`: digits in threes, apart by a narrow space that both languages read.
pub fn grouped(count: u128) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        let check = |count: u128, expected: &str| assert_eq!(grouped(count), expected);
        check(0, "0");
        check(999, "999");
        check(66_468_720, "66\u{a0}468\u{a0}720");
    }
}
