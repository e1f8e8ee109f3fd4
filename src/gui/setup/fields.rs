//! Fields of the set-up: durations, sizes, names, choices, spreads, and labelled rows around them.

use std::ops::RangeInclusive;

use eframe::egui::{self, Align, Layout, Response, RichText, Ui};

use crate::gui::number_field::{NumberField, number_ui, show_decimal};
use crate::gui::theme;
use crate::gui::widgets::note_ui;
use crate::lang::{Lang, Text};
use crate::scenario::{Spread, check, words};
use crate::time::{DurationError, Nanos, parse_duration, write_duration};

/// A label on the left and its input on the right.
pub fn field_ui(ui: &mut Ui, label: &str, input: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(label).color(theme::color(theme::palette(ui).dim)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| input(ui).labelled_by(label.id)).inner
    })
    .inner
}

/// What durations may be where nothing else is said, and where 0 has no meaning.
pub const ANY: RangeInclusive<Nanos> = Nanos::ZERO..=check::DURATION_MAX;
pub const ABOVE_ZERO: RangeInclusive<Nanos> = Nanos(1)..=check::DURATION_MAX;

/// A duration: drag it, or type `250us`, `5ms`, `1.5s`, or a number alone in the unit that stands there.
pub fn duration_ui(ui: &mut Ui, time: &mut Nanos, range: RangeInclusive<Nanos>, lang: Lang) -> Response {
    let field = NumberField {
        range: range.start().0 as f64..=range.end().0 as f64,
        speed: (time.0 as f64 / 100.0).max(10_000.0),
        suffix: "",
        show: &|nanos| short(Nanos::from_secs_f64(nanos / 1e9), lang),
        read: &|text, initial| read_duration(text, initial),
    };
    let response = number_ui(ui, &mut time.0, &field, lang);
    if response.dragged() {
        *time = rounded(*time).clamp(*range.start(), *range.end());
    }
    response
}

/// In nanoseconds. Where no unit is written, that is meant in which `initial` nanoseconds are shown.
fn read_duration(text: &str, initial: f64) -> Result<f64, Text> {
    const DURATION: Text = Text::new("a duration, like 250us, 5ms or 1.5s", "uma duração, como 250us, 5ms ou 1.5s");
    let shown = in_largest_unit(Nanos::from_secs_f64(initial / 1e9));
    let unit = shown.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
    let text = text.replace(char::is_whitespace, "").replace('µ', "u").replace(',', ".");
    let in_unit = |error| match error {
        DurationError::NotANumber | DurationError::Unit(_) => parse_duration(&format!("{text}{unit}")),
        DurationError::Negative | DurationError::TooLong => Err(error),
    };
    match parse_duration(&text).or_else(in_unit) {
        Ok(time) => Ok(time.0 as f64),
        // Outside of what any field takes.
        Err(DurationError::TooLong) => Ok(f64::INFINITY),
        Err(DurationError::Negative) => Ok(-1.0),
        Err(DurationError::NotANumber | DurationError::Unit(_)) => Err(DURATION),
    }
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
    let kinds: Vec<(usize, &str)> = SPREADS.iter().map(|name| name.get(lang)).enumerate().collect();
    let mut chosen = kind(spread);
    if choice_ui(ui, Text::new("spread", "dispersão").get(lang), &mut chosen, &kinds) {
        *spread = with_kind(spread, chosen);
    }
    let within = |ui: &mut Ui, label: Text, time: &mut Nanos, range: RangeInclusive<Nanos>| {
        field_ui(ui, label.get(lang), |ui| duration_ui(ui, time, range, lang));
    };
    let time = |ui: &mut Ui, label: Text, time: &mut Nanos| within(ui, label, time, ANY);
    match spread {
        Spread::Fixed(fixed) => time(ui, Text::new("takes", "leva"), fixed),
        Spread::Uniform(low, high) => {
            within(ui, Text::new("from", "de"), low, Nanos::ZERO..=*high);
            within(ui, Text::new("to", "até"), high, *low..=check::DURATION_MAX);
        }
        Spread::Exponential(mean) => time(ui, Text::new("mean", "média"), mean),
        Spread::Normal(mean, deviation) => {
            time(ui, Text::new("mean", "média"), mean);
            time(ui, Text::new("deviation", "desvio"), deviation);
        }
        Spread::Pareto(scale, shape) => {
            time(ui, Text::new("smallest", "menor"), scale);
            field_ui(ui, Text::new("shape", "forma").get(lang), |ui| {
                let show = |number: f64| show_decimal(number, lang);
                number_ui(ui, shape, &NumberField::decimal(0.5..=1_000.0, 0.02, &show), lang)
            });
        }
    }
    *spread != before
}

/// What a chip or a list says of a spread: `200 ms`, `200–600 ms`, `~10 ms`.
pub fn spread_text(spread: &Spread, lang: Lang) -> String {
    let short = |time| short(time, lang);
    match *spread {
        Spread::Fixed(time) => short(time),
        Spread::Uniform(low, high) => format!("{}–{}", short(low), short(high)),
        Spread::Exponential(mean) => format!("~{}", short(mean)),
        Spread::Normal(mean, deviation) => format!("{} ± {}", short(mean), short(deviation)),
        Spread::Pareto(scale, _) => format!("≥ {}", short(scale)),
    }
}

/// In the largest unit in which two decimals tell all of it: `2.01us`, where a file has `2010ns`.
fn in_largest_unit(time: Nanos) -> String {
    let units = [("s", 1_000_000_000_i64), ("ms", 1_000_000), ("us", 1_000)];
    match units.into_iter().find(|(_, scale)| time.0 >= *scale && time.0 % (scale / 100) == 0) {
        Some((unit, scale)) => format!("{}{unit}", time.0 as f64 / scale as f64),
        None => write_duration(time),
    }
}

/// A duration as a person writes it in that language, with a space before the unit.
fn short(time: Nanos, lang: Lang) -> String {
    let text = in_largest_unit(time).replace("us", "µs");
    let unit = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
    lang.figure(format!("{} {}", &text[..unit], &text[unit..]))
}

/// A name. What is no name stays in the field, with a word on what a name is, and `name` as it was.
pub fn name_ui(ui: &mut Ui, label: &str, name: &mut String, lang: Lang) -> bool {
    let unfinished = ui.scope_id().with(("name", label));
    let mut text = ui.data(|data| data.get_temp(unfinished)).unwrap_or_else(|| name.clone());
    let response = field_ui(ui, label, |ui| ui.add(egui::TextEdit::singleline(&mut text).desired_width(TEXT_WIDTH)));
    let (is_name, in_field) = (check::is_name(&text), response.has_focus());
    if !is_name && in_field {
        let rule = Text::new("letters, digits, - and _", "letras, dígitos, - e _");
        note_ui(ui, rule.get(lang));
    }
    ui.data_mut(|data| {
        if is_name || !in_field {
            data.remove_temp::<String>(unfinished);
        } else {
            data.insert_temp(unfinished, text.clone());
        }
    });
    let changed = response.changed() && is_name && *name != text;
    if changed {
        *name = text;
    }
    changed
}

const TEXT_WIDTH: f32 = 130.0;

/// One of a few, side by side in as many rows as they need: a combo box inside of a popup would close that popup.
/// Returns whether another one was chosen.
pub fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, label: &str, chosen: &mut T, options: &[(T, &str)]) -> bool {
    let before = *chosen;
    ui.label(RichText::new(label).color(theme::color(theme::palette(ui).dim)));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for (own, name) in options {
            ui.selectable_value(chosen, *own, *name);
        }
    });
    *chosen != before
}

/// A size: drag it, or type `512B`, `64KiB`, `1MiB`; 0 reads as `nothing`.
pub fn bytes_ui(ui: &mut Ui, bytes: &mut u64, max: u64, nothing: &str, lang: Lang) -> Response {
    const SIZE: Text = Text::new("a size, like 512B, 64KiB or 1MiB", "um tamanho, como 512B, 64KiB ou 1MiB");
    let field = NumberField {
        range: 0.0..=max as f64,
        speed: (*bytes as f64 / 100.0).max(64.0),
        suffix: "",
        show: &|bytes| bytes_text(bytes, nothing),
        read: &|text, _| read_bytes(text).ok_or(SIZE),
    };
    let response = number_ui(ui, bytes, &field, lang);
    if response.dragged() {
        *bytes = bytes.next_multiple_of(1_024);
    }
    response
}

/// In the largest binary unit that it is a whole number of.
fn bytes_text(bytes: f64, nothing: &str) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the field is bounded")]
    let bytes = bytes as u64;
    if bytes == 0 {
        return nothing.to_owned();
    }
    let unit = words::SIZES[..3].iter().rfind(|(_, scale)| bytes.is_multiple_of(*scale));
    unit.map_or_else(|| format!("{bytes} B"), |(unit, scale)| format!("{} {unit}", bytes / scale))
}

/// A number of bytes, or a number with its unit.
fn read_bytes(text: &str) -> Option<f64> {
    let text = text.trim();
    // With a comma or a point, whichever a person writes.
    let is_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',');
    let split = text.find(|letter: char| !is_number(letter)).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = if unit.trim().is_empty() { "B" } else { unit.trim() };
    let (_, scale) = words::SIZES.iter().find(|(own, _)| own.eq_ignore_ascii_case(unit))?;
    Some((number.replace(',', ".").parse::<f64>().ok()? * *scale as f64).round())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_read_as_people_write_them() {
        let ms = Nanos::from_millis;
        assert_eq!(spread_text(&Spread::Fixed(ms(200)), Lang::En), "200 ms");
        assert_eq!(spread_text(&Spread::Uniform(ms(200), ms(600)), Lang::En), "200 ms–600 ms");
        assert_eq!(spread_text(&Spread::Fixed(Nanos(1_500)), Lang::En), "1.5 µs");
        let shown = [2_010, 2_013, 6_170_000, 40_000_000_000, 1_230_000_000_000, 999, 0]
            .map(|time| short(Nanos(time), Lang::En));
        assert_eq!(shown, ["2.01 µs", "2013 ns", "6.17 ms", "40 s", "1230 s", "999 ns", "0 ms"]);
        assert_eq!(spread_text(&Spread::Uniform(Nanos(1_500), ms(600)), Lang::PtBr), "1,5 µs–600 ms");
    }

    #[test]
    fn what_is_wrong_with_a_duration_is_told_whatever_its_unit() {
        for (text, nanos) in [("-5us", -1.0), ("-5", -1.0), ("5", 5e6), ("5 µs", 5e3)] {
            assert_eq!(read_duration(text, 5e6).ok(), Some(nanos), "{text}");
        }
        assert!(read_duration("1000y", 5e6).is_err());
        for text in ["9999999999999s", "99999999999999999999"] {
            assert_eq!(read_duration(text, 5e6).ok(), Some(f64::INFINITY), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_they_are_shown() {
        for (bytes, text) in [(512, "512 B"), (65_536, "64 KiB"), (1 << 20, "1 MiB"), (1_500, "1500 B"), (0, "usual")] {
            assert_eq!(bytes_text(f64::from(bytes), "usual"), text);
            let read = if bytes == 0 { None } else { Some(f64::from(bytes)) };
            assert_eq!(read_bytes(text), read);
        }
        for text in ["1.5 MiB", "1,5MiB", "1536 KiB"] {
            assert_eq!(read_bytes(text), Some(1_572_864.0), "{text}");
        }
    }

    #[test]
    fn a_dragged_duration_has_two_digits() {
        assert_eq!(rounded(Nanos(123_456_789)), Nanos(120_000_000));
        assert_eq!(rounded(Nanos(0)), Nanos(0));
        assert_eq!(rounded(Nanos(7)), Nanos(7));
    }
}
