//! A field for a number: dragged, or typed. What is typed counts as soon as it can be taken; what cannot leaves the
//! number as it was before it was typed, and the field says why, at once and also when it is left. Esc takes back what
//! was typed.
//!
//! Every number of the window that can be typed goes through here. What a number means is the caller's.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use eframe::egui::emath::Numeric;
use eframe::egui::{
    Context, CornerRadius, DragValue, Event, Id, Key, Modifiers, Response, Stroke, StrokeKind, Tooltip, Ui, accesskit,
};

use super::theme;
use crate::lang::{Lang, Text};

/// Numbers beyond are not exact in a field.
pub const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

pub const WHOLE: Text = Text::new("a whole number", "um número inteiro");
pub const NUMBER: Text = Text::new("a number", "um número");

const IS_NOT: Text = Text::new("“{}” is not {}.", "“{}” não é {}.");
const LEAST: Text = Text::new("At least {}.", "No mínimo {}.");
const MOST: Text = Text::new("At most {}.", "No máximo {}.");
const KEPT: Text = Text::new("It is {} still.", "Continua {}.");

/// What a field takes, and how it is written and read.
pub struct NumberField<'a> {
    pub range: RangeInclusive<f64>,
    /// What a point of dragging adds.
    pub speed: f64,
    /// Behind the number, where it is not being typed.
    pub suffix: &'a str,
    pub show: &'a dyn Fn(f64) -> String,
    /// What the text stands for, where the number was that before it was typed; or what it is not: `a whole number`.
    pub read: &'a dyn Fn(&str, f64) -> Result<f64, Text>,
}

impl<'a> NumberField<'a> {
    /// With decimals; `show` is to write them as [`show_decimal`] does.
    pub fn decimal(range: RangeInclusive<f64>, speed: f64, show: &'a dyn Fn(f64) -> String) -> Self {
        NumberField { range, speed, suffix: "", show, read: &|text, _| read_decimal(text) }
    }
}

impl NumberField<'static> {
    pub fn whole(range: RangeInclusive<f64>) -> Self {
        NumberField {
            range,
            speed: 0.1,
            suffix: "",
            show: &|number| format!("{number:.0}"),
            read: &|text, _| read_whole(text),
        }
    }
}

/// With at most six decimals, as that language writes them.
pub fn show_decimal(number: f64, lang: Lang) -> String {
    let text = format!("{number:.6}");
    lang.figure(text.trim_end_matches('0').trim_end_matches('.'))
}

pub fn read_whole(text: &str) -> Result<f64, Text> {
    read_number(text).filter(|number| number.fract() == 0.0).ok_or(WHOLE)
}

pub fn read_decimal(text: &str) -> Result<f64, Text> {
    read_number(text).ok_or(NUMBER)
}

/// With a point or a comma before the decimals. A comma that parts thousands is none: what it means is not known.
fn read_number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let text = text.replace('−', "-");
    let parts_thousands = text.split_once(',').is_some_and(|(_, decimals)| decimals.len() == 3);
    if parts_thousands {
        return None;
    }
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number being typed.
#[derive(Clone)]
struct Typing {
    /// What it was before.
    initial: f64,
    /// What the text stands for that the caller was told last.
    told: Option<Told>,
    /// Why what is there now cannot be taken.
    wrong: Option<String>,
    /// The frames in which it was begun and was seen last.
    since: u64,
    seen: u64,
    /// The field was left. egui reads its text once more in the frame after Enter.
    is_over: bool,
}

#[derive(Clone, Copy)]
struct Told {
    number: f64,
    /// What the caller had until then, and has still where it does not take the number.
    instead_of: f64,
}

/// Why what was left in a field was not taken, from that frame on.
#[derive(Clone)]
struct Refused {
    why: String,
    frame: u64,
}

/// The typing of that frame.
#[derive(Clone, Copy)]
struct Gesture {
    frame: u64,
    since: u64,
    /// The field.
    id: Id,
    /// The number is another since that frame.
    changes: bool,
}

/// Names the typing that has changed a number in this frame, if any: what it changes belongs together.
pub fn typing_gesture(ctx: &Context) -> Option<u64> {
    /// No instant of a press has this bit.
    const TYPED: u64 = 1 << 63;
    let gesture = ctx.data(|data| data.get_temp::<Gesture>(gesture_id()))?;
    (gesture.frame == ctx.cumulative_frame_nr() && gesture.changes).then_some(gesture.since | TYPED)
}

/// The number that was typed in this frame is one that the field takes, but it cannot be. The field says `why`, which has
/// no full stop.
pub fn refuse_typed(ctx: &Context, why: &str) {
    ctx.data_mut(|data| {
        let typing = data.get_temp::<Gesture>(gesture_id()).and_then(|gesture| {
            let typing = data.get_temp::<Typing>(gesture.id)?;
            Some((gesture.id, Typing { wrong: Some(format!("{why}.")), ..typing }))
        });
        if let Some((id, typing)) = typing {
            data.insert_temp(id, typing);
        }
    });
    ctx.request_repaint();
}

/// Whether a number is being typed, also in the frame in which it is given up: Esc is the field's then.
pub fn is_typed(ctx: &Context) -> bool {
    let gesture = ctx.data(|data| data.get_temp::<Gesture>(gesture_id()));
    gesture.is_some_and(|gesture| ctx.cumulative_frame_nr() <= gesture.frame + 1)
}

fn gesture_id() -> Id {
    Id::unique("typing gesture")
}

pub fn number_ui<N: Numeric>(ui: &mut Ui, number: &mut N, field: &NumberField<'_>, lang: Lang) -> Response {
    let id = ui.next_auto_id();
    let typing = Typing::resume(ui, id, number.to_f64());
    let initial = typing.as_ref().map_or(number.to_f64(), |typing| typing.initial);
    // The text of a number that the caller has not taken is not to be typed anew.
    let before = typing.as_ref().and_then(|typing| typing.untaken(number.to_f64())).map_or(*number, N::from_f64);
    let mut typed = before;
    let judged = RefCell::new(None);
    let drag = DragValue::new(&mut typed)
        .range(field.range.clone())
        .clamp_existing_to_range(false)
        .speed(field.speed)
        .suffix(field.suffix)
        .custom_formatter(|number, _| (field.show)(number))
        .custom_parser(|text| {
            let found = field.judge(text, before.to_f64(), initial, lang);
            let taken = *found.as_ref().unwrap_or(&initial);
            *judged.borrow_mut() = Some(found.err());
            Some(taken)
        });
    let mut response = ui.add(drag);
    let judged: Option<Option<String>> = judged.into_inner();
    let over = typing.is_some() && !ui.memory(|memory| memory.has_focus(id));
    // Nobody else is to be closed by it.
    let escaped = over && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if escaped || matches!(judged, Some(Some(_))) {
        typed = N::from_f64(initial);
    } else if judged.is_none() && typed != before {
        // By arrow keys or a screen reader, which know of no bounds.
        typed = N::from_f64(typed.to_f64().clamp(*field.range.start(), *field.range.end()));
    }
    // One that is too large to be exact in a field stays what it is, too.
    let is_new = typed.to_f64().total_cmp(&before.to_f64()).is_ne();
    let told = is_new.then(|| Told { number: typed.to_f64(), instead_of: number.to_f64() });
    if is_new {
        *number = typed;
        response.mark_changed();
    }
    if let Some(typing) = typing.as_ref().filter(|_| is_new) {
        let gesture = Gesture { frame: ui.cumulative_frame_nr(), since: typing.since, id, changes: true };
        ui.data_mut(|data| data.insert_temp(gesture_id(), gesture));
    }
    let typing = typing.map(|typing| Typing {
        told: told.or(typing.told).filter(|_| !escaped),
        wrong: match judged {
            Some(wrong) => wrong.filter(|why| !why.is_empty()),
            None if is_new => None,
            None => typing.wrong,
        },
        ..typing
    });
    if let Some(left) = typing.as_ref().filter(|typing| over && !typing.is_over) {
        ui.data_mut(|data| data.insert_temp(id, Typing { is_over: true, ..left.clone() }));
    }
    let why = match typing {
        Some(typing) if !over => typing.keep(ui, id),
        Some(Typing { wrong: Some(why), .. }) if !escaped => {
            let why = format!("{why} {}", KEPT.fill(lang, &[&(field.show)(initial)]));
            let frame = ui.cumulative_frame_nr();
            ui.data_mut(|data| data.insert_temp(id, Refused { why: why.clone(), frame }));
            Some(why)
        }
        _ => refused(ui, id),
    };
    if let Some(why) = why {
        wrong_ui(ui, &response, &why);
    }
    response
}

impl Typing {
    /// What goes on in this frame: begun where the field has got the focus, once more where it has just lost it.
    fn resume(ui: &Ui, id: Id, number: f64) -> Option<Self> {
        let frame = ui.cumulative_frame_nr();
        // Of a field that was out of sight meanwhile nothing is left.
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let goes_on = |typing: &Typing| frame <= typing.seen + 1 && !(typing.is_over && has_focus);
        let kept = ui.data(|data| data.get_temp::<Typing>(id)).filter(goes_on);
        let begun = Typing { initial: number, told: None, wrong: None, since: frame, seen: frame, is_over: false };
        let typing = kept.or(has_focus.then_some(begun))?;
        ui.data_mut(|data| {
            data.remove::<Typing>(id);
            data.insert_temp(gesture_id(), Gesture { frame, since: typing.since, id, changes: false });
        });
        Some(Typing { seen: frame, ..typing })
    }

    /// The number that was typed and that the caller, who has another, did not take.
    fn untaken(&self, number: f64) -> Option<f64> {
        let told = self.told?;
        // Where it is neither what it was then nor what it was at first, somebody else has changed it.
        let is = |own: f64| own.total_cmp(&number).is_eq();
        ((is(told.instead_of) || is(self.initial)) && !is(told.number)).then_some(told.number)
    }

    /// For the next frame. Returns what is wrong.
    fn keep(self, ui: &Ui, id: Id) -> Option<String> {
        let wrong = self.wrong.clone();
        ui.data_mut(|data| {
            data.remove::<Refused>(id);
            data.insert_temp(id, self);
        });
        wrong
    }
}

impl NumberField<'_> {
    /// The number that a text stands for, or why it cannot be taken: of an empty one there is nothing to say. What was
    /// there `before` stands for that; before it was typed, it was `initial`.
    fn judge(&self, text: &str, before: f64, initial: f64, lang: Lang) -> Result<f64, String> {
        const QUOTED_MAX: usize = 24;
        let text = text.trim();
        if text == (self.show)(before).trim() {
            return Ok(before);
        }
        let (least, most) = (*self.range.start(), *self.range.end());
        match (self.read)(text, initial) {
            Ok(number) if number < least => Err(LEAST.fill(lang, &[&(self.show)(least)])),
            Ok(number) if number > most => Err(MOST.fill(lang, &[&(self.show)(most)])),
            Ok(number) => Ok(number),
            Err(_) if text.is_empty() => Err(String::new()),
            Err(what) => {
                let quoted: String = text.chars().take(QUOTED_MAX).collect();
                Err(IS_NOT.fill_quoting(lang, &[&quoted, &what.get(lang)]))
            }
        }
    }
}

/// What was left behind there, until something else is done.
fn refused(ui: &Ui, id: Id) -> Option<String> {
    let refused = ui.data(|data| data.get_temp::<Refused>(id))?;
    let does = |event: &Event| {
        matches!(event, Event::Key { pressed: true, .. } | Event::PointerButton { pressed: true, .. } | Event::Text(_))
    };
    if refused.frame < ui.cumulative_frame_nr() && ui.input(|input| input.events.iter().any(does)) {
        ui.data_mut(|data| data.remove::<Refused>(id));
        return None;
    }
    Some(refused.why)
}

/// An outline, and the words below it; for who does not see them, with the field.
fn wrong_ui(ui: &Ui, response: &Response, why: &str) {
    const WIDTH_MAX: f32 = 260.0;
    let ink = theme::color(theme::palette(ui).bad_end);
    let radius = CornerRadius::same(theme::FIELD_RADIUS);
    ui.painter().rect_stroke(response.rect, radius, Stroke::new(1.5, ink), StrokeKind::Outside);
    ui.accesskit_node_builder(response.id, |node| {
        node.set_invalid(accesskit::Invalid::True);
        node.set_description(why.to_owned());
    });
    if ui.is_rect_visible(response.rect) {
        Tooltip::for_widget(response).show(|ui| {
            ui.set_max_width(WIDTH_MAX);
            ui.label(why);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_with_either_point() {
        assert_eq!([" 12 ", "1e3", "−4", "3.0"].map(read_whole), [12.0, 1_000.0, -4.0, 3.0].map(Ok));
        assert_eq!(["", "abc", "1.5", "NaN", "inf", "12x"].map(read_whole), [Err(WHOLE); 6]);
        assert_eq!(["0.5", "0,5", "1 000"].map(read_decimal), [0.5, 0.5, 1_000.0].map(Ok));
        assert_eq!(["1,000", "one", "1,2,3"].map(read_decimal), [Err(NUMBER); 3]);
    }

    #[test]
    fn decimals_are_as_many_as_it_takes() {
        assert_eq!(
            [50.0, 0.25, 1e-6, 100.0].map(|number| show_decimal(number, Lang::En)),
            ["50", "0.25", "0.000001", "100"]
        );
        assert_eq!(show_decimal(2.5, Lang::PtBr), "2,5");
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        let field = NumberField { suffix: " cores", ..NumberField::whole(1.0..=64.0) };
        let judge = |text: &str| field.judge(text, 4.0, 4.0, Lang::En);
        assert_eq!(judge("8"), Ok(8.0));
        assert_eq!(judge("0"), Err("At least 1.".to_owned()));
        assert_eq!(judge("65"), Err("At most 64.".to_owned()));
        assert_eq!(judge(""), Err(String::new()));
        assert_eq!(judge("many"), Err("“many” is not a whole number.".to_owned()));
        assert_eq!(field.judge("2.5", 4.0, 4.0, Lang::PtBr), Err("“2.5” não é um número inteiro.".to_owned()));
    }
}
