//! The set-up as TOML: to read, copy and change. What the person typed is kept as it is, also when it is wrong, and also
//! while they look at the fields or change them; the set-up changes only when the text is right and they say so.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::{TextEditOutput, TextEditState};
use eframe::egui::{
    Align, Align2, Color32, Context, FontId, Id, Layout, Margin, Rangef, Response, RichText, ScrollArea, TextEdit, Ui,
    UiBuilder, vec2,
};

use crate::gui::commands::{Command, Commands};
use crate::gui::draft::{self, Draft, Edit};
use crate::gui::save_dialog::SAVE;
use crate::gui::theme;
use crate::gui::widgets::{link_ui, note_ui, primary_ui};
use crate::lang::{Lang, Text};
use crate::scenario::read::Problems;

const UNTOUCHED: Text = Text::new(
    "What you change here becomes the set-up when you say so.",
    "O que você muda aqui vira a configuração quando você disser.",
);
const RIGHT: Text =
    Text::new("No mistakes. The set-up is still the old one.", "Sem erros. A configuração ainda é a antiga.");
const WRONG: Text = Text::new("The set-up stays as it was.", "A configuração continua como estava.");
const OLDER: Text = Text::new(
    "The set-up has changed since you began to type. Use this puts the text in its place.",
    "A configuração mudou desde que você começou a digitar. Usar este põe o texto no lugar dela.",
);

/// On either side of the lines' numbers.
const NUMBER_GAP: f32 = 6.0;

/// The text under way.
#[derive(Debug)]
pub struct TomlView {
    text: String,
    /// What is wrong with it.
    wrong: Option<Problems>,
    /// The set-up that the text was begun from.
    begun_from: String,
    /// The draft's revision that was seen last.
    revision: u64,
    touched: bool,
    /// The set-up is another one than the text was begun from.
    older: bool,
}

impl TomlView {
    pub fn new(draft: &Draft) -> Self {
        let text = draft.toml();
        let begun_from = text.clone();
        TomlView { text, wrong: None, begun_from, revision: draft.revision, touched: false, older: false }
    }

    /// Whether the person has typed what is not the set-up.
    pub fn is_touched(&self) -> bool {
        self.touched
    }

    /// What nobody has typed follows the set-up.
    fn follow(&mut self, draft: &Draft) {
        if self.revision == draft.revision {
            return;
        }
        if self.touched {
            self.older = self.begun_from != draft.toml();
            self.revision = draft.revision;
        } else {
            *self = TomlView::new(draft);
        }
    }
}

/// Before it is there: the next key is meant for it, and no shortcut. The cursor stands where the text begins, which is
/// what is in sight.
pub fn focus_editor(ctx: &Context) {
    let id = editor();
    let mut state = TextEditState::load(ctx, id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(0))));
    state.store(ctx, id);
    ctx.memory_mut(|memory| memory.request_focus(id));
}

fn editor() -> Id {
    Id::unique("the scenario as TOML")
}

/// Returns whether the view stays open.
pub fn toml_ui(ui: &mut Ui, draft: &Draft, view: &mut TomlView, lang: Lang, commands: &mut Commands) -> bool {
    view.follow(draft);
    let mut open = true;
    ui.horizontal(|ui| {
        open = !link_ui(ui, Text::new("← back to the fields", "← voltar aos campos").get(lang)).clicked();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if link_ui(ui, Text::new("copy", "copiar").get(lang)).clicked() {
                ui.ctx().copy_text(view.text.clone());
            }
            // What is being typed is not the set-up yet.
            if !view.touched && link_ui(ui, SAVE.get(lang)).on_hover_text("Ctrl S").clicked() {
                commands.push(Command::OpenSave);
            }
        });
    });
    ui.horizontal(|ui| {
        let right = view.touched && view.wrong.is_none();
        let use_it = ui.add_enabled_ui(right, |ui| primary_ui(ui, Text::new("Use this", "Usar este").get(lang))).inner;
        if use_it.clicked() {
            commands.push(Command::Edit(Edit::Toml(view.text.clone())));
            (view.touched, view.older) = (false, false);
            view.begun_from = draft.toml();
        }
        let undo = Text::new("undo my changes", "desfazer minhas mudanças").get(lang);
        if view.touched && link_ui(ui, undo).clicked() {
            *view = TomlView::new(draft);
        }
    });
    verdict_ui(ui, view, lang);
    // Only the text scrolls: what is wrong with it, and the way back, stay in sight.
    let response =
        ScrollArea::vertical().id_salt("toml").auto_shrink(false).show(ui, |ui| editor_ui(ui, view, lang)).inner;
    if response.changed() {
        view.touched = true;
        view.wrong = draft::parse(&draft.id, &view.text).err();
    }
    open
}

fn editor_ui(ui: &mut Ui, view: &mut TomlView, lang: Lang) -> Response {
    let font = theme::mono(12.0);
    let lines = view.text.matches('\n').count() + 1;
    let digit = ui.painter().layout_no_wrap("0".to_owned(), font.clone(), Color32::WHITE).size().x;
    let numbers = digit * lines.max(10).to_string().len() as f32;
    #[expect(clippy::cast_possible_truncation, reason = "a few digits")]
    let margin = Margin { left: (numbers + 2.0 * NUMBER_GAP).round() as i8, ..Margin::symmetric(4, 2) };
    let output = TextEdit::multiline(&mut view.text)
        // Whatever else comes and goes around it: what is typed must arrive here.
        .id(editor())
        .font(font.clone())
        .desired_width(f32::INFINITY)
        .desired_rows(24)
        .margin(margin)
        .code_editor()
        .show(ui);
    line_numbers_ui(ui, view, &output, &font);
    output.response.response.accessible_name(Text::new("the scenario as TOML", "o cenário em TOML").get(lang))
}

/// As messages count them, beside the first row of each line; those with something wrong stand out.
fn line_numbers_ui(ui: &Ui, view: &TomlView, output: &TextEditOutput, font: &FontId) {
    let palette = theme::palette(ui);
    let problems = view.wrong.as_ref().map_or(&[][..], Problems::as_slice);
    let mut line = 1;
    let mut begins = true;
    for row in &output.galley.rows {
        let at = output.galley_pos + row.pos.to_vec2() - vec2(NUMBER_GAP, 0.0);
        if begins && ui.clip_rect().y_range().intersects(Rangef::new(at.y, at.y + row.size.y)) {
            let is_wrong = problems.iter().any(|problem| problem.line == line);
            let ink = if is_wrong { palette.ink(palette.bad_end) } else { palette.faint };
            ui.painter().text(at, Align2::RIGHT_TOP, line, font.clone(), theme::color(ink));
        }
        begins = row.ends_with_newline;
        line += usize::from(begins);
    }
}

/// Whether the text is right, in room of its own: the text below must not move while somebody types.
fn verdict_ui(ui: &mut Ui, view: &TomlView, lang: Lang) {
    const ROOM: f32 = 118.0;
    let place = ui.allocate_space(vec2(ui.available_width(), ROOM)).1;
    let mut ui = ui.new_child(UiBuilder::new().id_salt("verdict").max_rect(place));
    ScrollArea::vertical().id_salt("verdict").auto_shrink(false).show(&mut ui, |ui| {
        let note = match &view.wrong {
            _ if view.touched && view.older => OLDER,
            Some(_) => WRONG,
            None if view.touched => RIGHT,
            None => UNTOUCHED,
        };
        note_ui(ui, note.get(lang));
        if let Some(problems) = &view.wrong {
            let bad = theme::color(theme::palette(ui).bad_end);
            ui.label(RichText::new(problems.render(lang)).font(theme::mono(11.0)).color(bad));
        }
    });
}
