//! Fields of the set-up: durations, spreads, and labelled rows around them.

use eframe::egui::{self, Align, ComboBox, DragValue, Layout, Response, RichText, Ui};

use crate::gui::theme;
use crate::lang::{Lang, Text};
use crate::scenario::Spread;
use crate::time::{Nanos, parse_duration, write_duration};

/// A label on the left and its input on the right.
pub fn field_ui(ui: &mut Ui, label: &str, input: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(label).color(theme::color(theme::palette(ui).dim)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| input(ui).labelled_by(label.id)).inner
    })
    .inner
}

/// A duration: drag it, or type `250us`, `5ms`, `1.5s`. What cannot be read leaves it as it was.
pub fn duration_ui(ui: &mut Ui, time: &mut Nanos) -> Response {
    let speed = (time.0 as f64 / 100.0).max(10_000.0);
    let field = DragValue::new(&mut time.0)
        .range(0..=Nanos::from_secs_f64(86_400.0).0)
        .speed(speed)
        .custom_formatter(|nanos, _| write_duration(Nanos::from_secs_f64(nanos / 1e9)))
        .custom_parser(|text| parse_duration(text).ok().map(|time| time.0 as f64));
    let response = ui.add(field);
    if response.dragged() {
        *time = rounded(*time);
    }
    response
}

/// Two digits are enough for a duration that was dragged.
fn rounded(time: Nanos) -> Nanos {
    let digits = time.0.max(1).ilog10();
    let unit = 10_i64.pow(digits.saturating_sub(1));
    Nanos((time.0 + unit / 2) / unit * unit)
}

const SPREADS: [Text; 5] = [
    Text::new("fixed", "fixa"),
    Text::new("uniform", "uniforme"),
    Text::new("exponential", "exponencial"),
    Text::new("normal", "normal"),
    Text::new("Pareto", "Pareto"),
];

const fn kind(spread: &Spread) -> usize {
    match spread {
        Spread::Fixed(_) => 0,
        Spread::Uniform(..) => 1,
        Spread::Exponential(_) => 2,
        Spread::Normal(..) => 3,
        Spread::Pareto(..) => 4,
    }
}

/// The same middle, spread otherwise.
fn with_kind(spread: &Spread, kind: usize) -> Spread {
    let mean = crate::gui::presets::mean(spread);
    match kind {
        1 => Spread::Uniform(mean / 2, mean + mean / 2),
        2 => Spread::Exponential(mean),
        3 => Spread::Normal(mean, mean / 5),
        4 => Spread::Pareto(mean / 2, 2.0),
        _ => Spread::Fixed(mean),
    }
}

/// A duration and how it is spread. Returns whether it changed.
pub fn spread_ui(ui: &mut Ui, spread: &mut Spread, lang: Lang) -> bool {
    let before = *spread;
    field_ui(ui, Text::new("spread", "dispersão").get(lang), |ui| {
        ComboBox::from_id_salt("spread")
            .width(110.0)
            .selected_text(SPREADS[kind(spread)].get(lang))
            .show_ui(ui, |ui| {
                for (index, name) in SPREADS.iter().enumerate() {
                    let on = index == kind(spread);
                    if ui.selectable_label(on, name.get(lang)).clicked() && !on {
                        *spread = with_kind(spread, index);
                    }
                }
            })
            .response
    });
    let time = |ui: &mut Ui, label: Text, time: &mut Nanos| {
        field_ui(ui, label.get(lang), |ui| duration_ui(ui, time));
    };
    match spread {
        Spread::Fixed(fixed) => time(ui, Text::new("takes", "leva"), fixed),
        Spread::Uniform(low, high) => {
            time(ui, Text::new("from", "de"), low);
            time(ui, Text::new("to", "até"), high);
            *high = (*high).max(*low);
        }
        Spread::Exponential(mean) => time(ui, Text::new("mean", "média"), mean),
        Spread::Normal(mean, deviation) => {
            time(ui, Text::new("mean", "média"), mean);
            time(ui, Text::new("deviation", "desvio"), deviation);
        }
        Spread::Pareto(scale, shape) => {
            time(ui, Text::new("smallest", "menor"), scale);
            field_ui(ui, Text::new("shape", "forma").get(lang), |ui| {
                ui.add(DragValue::new(shape).range(0.1..=20.0).speed(0.02).max_decimals(2))
            });
        }
    }
    *spread != before
}

/// What a chip or a list says of a spread: `200 ms`, `200–600 ms`, `~10 ms`.
pub fn spread_text(spread: &Spread) -> String {
    match *spread {
        Spread::Fixed(time) => short(time),
        Spread::Uniform(low, high) => format!("{}–{}", short(low), short(high)),
        Spread::Exponential(mean) => format!("~{}", short(mean)),
        Spread::Normal(mean, deviation) => format!("{} ± {}", short(mean), short(deviation)),
        Spread::Pareto(scale, _) => format!("≥ {}", short(scale)),
    }
}

/// A duration as a person wrote it, with a space before the unit.
fn short(time: Nanos) -> String {
    let text = write_duration(time).replace("us", "µs");
    let unit = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
    format!("{} {}", &text[..unit], &text[unit..])
}

/// A single line of text. Returns whether it was changed and left.
pub fn text_ui(ui: &mut Ui, label: &str, text: &mut String) -> bool {
    field_ui(ui, label, |ui| ui.add(egui::TextEdit::singleline(text).desired_width(130.0))).changed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_read_as_people_write_them() {
        let ms = Nanos::from_millis;
        assert_eq!(spread_text(&Spread::Fixed(ms(200))), "200 ms");
        assert_eq!(spread_text(&Spread::Uniform(ms(200), ms(600))), "200 ms–600 ms");
        assert_eq!(spread_text(&Spread::Fixed(Nanos(1_500))), "1.5 µs");
    }

    #[test]
    fn a_dragged_duration_has_two_digits() {
        assert_eq!(rounded(Nanos(123_456_789)), Nanos(120_000_000));
        assert_eq!(rounded(Nanos(0)), Nanos(0));
        assert_eq!(rounded(Nanos(7)), Nanos(7));
    }
}
