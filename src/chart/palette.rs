//! Colors, for screen and export alike. A mark has a [`Tone`]; a [`Palette`] gives each tone its color. States differ
//! by pattern as well as by color (see `marks`), so that they can be told apart without seeing colors.

use crate::trace::{Cause, State};

/// 8-bit sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// The contrast ratio of two colors, from 1 to 21, as WCAG 2.2 defines it.
    pub fn contrast(self, other: Rgb) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
        };
        0.212_6 * linear(self.0) + 0.715_2 * linear(self.1) + 0.072_2 * linear(self.2)
    }

    /// `share` of `other`, from 0 to 1, in it.
    fn mixed(self, other: Rgb, share: f64) -> Rgb {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let mix = |own: u8, other: u8| (f64::from(own) * (1.0 - share) + f64::from(other) * share).round() as u8;
        Rgb(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// What small text needs to be read.
const CONTRAST_MIN: f64 = 4.5;

const fn hex(rgb: u32) -> Rgb {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Rgb(red, green, blue)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    Dark,
    Light,
}

/// What a mark means to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tone {
    Running,
    /// Thin, hatched: nobody is working there.
    Io,
    /// Hollow outline.
    Ready,
    Blocked,
    Preempted,
    /// Starting, shipping, switching: what the model itself costs.
    Overhead,
    /// A tick where a task failed, was cancelled, rejected or deadlocked.
    BadEnd,
    /// Green means this and nothing else.
    CoreBusy,
    /// A core that somebody else took from a task.
    Others,
}

impl Tone {
    /// How much of a lane's height it takes: states differ by shape as well as by color.
    pub const fn height(self) -> f32 {
        match self {
            Tone::Running | Tone::CoreBusy | Tone::BadEnd => 1.0,
            Tone::Ready => 0.86,
            Tone::Blocked => 0.74,
            Tone::Others => 0.7,
            Tone::Overhead => 0.6,
            Tone::Preempted => 0.48,
            Tone::Io => 0.4,
        }
    }

    /// The tone of a span; `None` is not drawn (not arrived, ended well, never begun because nobody awaited it).
    pub const fn of(state: State, cause: Cause) -> Option<Tone> {
        match state {
            State::Cancelled if matches!(cause, Cause::NeverAwaited) => None,
            State::New | State::Done => None,
            State::Starting | State::Shipping => Some(Tone::Overhead),
            State::Ready => Some(match cause {
                Cause::Preempted => Tone::Preempted,
                Cause::Switching => Tone::Overhead,
                _ => Tone::Ready,
            }),
            State::Running => Some(Tone::Running),
            State::Io => Some(Tone::Io),
            State::Blocked => Some(Tone::Blocked),
            State::Failed | State::Cancelled | State::Rejected | State::Deadlocked => Some(Tone::BadEnd),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub background: Rgb,
    pub panel: Rgb,
    pub card: Rgb,
    pub line: Rgb,
    pub text: Rgb,
    pub dim: Rgb,
    pub faint: Rgb,
    pub accent: Rgb,
    /// Text on the accent color.
    pub on_accent: Rgb,
    pub core_busy: Rgb,
    pub running: Rgb,
    pub io_ground: Rgb,
    pub io_hatch: Rgb,
    pub ready: Rgb,
    pub blocked: Rgb,
    pub preempted: Rgb,
    pub overhead: Rgb,
    pub bad_end: Rgb,
    /// Lines of charts that compare runs, in order.
    pub series: [Rgb; 8],
}

pub const DARK: Palette = Palette {
    background: hex(0x14_171c),
    panel: hex(0x1a_1e25),
    card: hex(0x1f_242c),
    line: hex(0x2b_313b),
    text: hex(0xe6_e9ee),
    dim: hex(0x98_a2b3),
    faint: hex(0x8b_96a8),
    accent: hex(0x4a_a8e0),
    on_accent: hex(0x0b_1620),
    core_busy: hex(0x2f_b58a),
    running: hex(0x3d_9be0),
    io_ground: hex(0x2b_313b),
    io_hatch: hex(0x8b_96a8),
    ready: hex(0xe0_a030),
    blocked: hex(0xe0_6a3a),
    preempted: hex(0xc7_7bb0),
    overhead: hex(0x8f_7fd6),
    bad_end: hex(0xf0_5b5b),
    series: [
        hex(0x98_a2b3),
        hex(0x4a_a8e0),
        hex(0xc7_7bb0),
        hex(0xe0_a030),
        hex(0x8f_7fd6),
        hex(0xe0_6a3a),
        hex(0x7f_c8e8),
        hex(0xd8_d36a),
    ],
};

pub const LIGHT: Palette = Palette {
    background: hex(0xf4_f5f7),
    panel: hex(0xff_ffff),
    card: hex(0xff_ffff),
    line: hex(0xe2_e5ea),
    text: hex(0x1d_2430),
    dim: hex(0x5b_6676),
    faint: hex(0x66_7085),
    accent: hex(0x0b_6fb3),
    on_accent: hex(0xff_ffff),
    core_busy: hex(0x00_845f),
    running: hex(0x1d_7fc4),
    io_ground: hex(0xe4_e8ee),
    io_hatch: hex(0x8b_95a5),
    ready: hex(0xe6_9f00),
    blocked: hex(0xd5_5e00),
    preempted: hex(0xb9_629c),
    overhead: hex(0x6a_5acd),
    bad_end: hex(0xc6_2828),
    series: [
        hex(0x5b_6676),
        hex(0x0b_6fb3),
        hex(0xb9_629c),
        hex(0xb3_7b00),
        hex(0x6a_5acd),
        hex(0xd5_5e00),
        hex(0x2a_8fa8),
        hex(0x7a_7500),
    ],
};

impl Palette {
    pub const fn of(theme: Theme) -> &'static Palette {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// A color of marks as one of words: as little nearer to the text's as it takes to be read on panels and behind
    /// lanes.
    pub fn ink(&self, mark: Rgb) -> Rgb {
        let is_read =
            |ink: &Rgb| [self.background, self.panel].iter().all(|ground| ink.contrast(*ground) >= CONTRAST_MIN);
        let steps = (0..=16).map(|step| mark.mixed(self.text, f64::from(step) / 16.0));
        steps.into_iter().find(is_read).unwrap_or(self.text)
    }

    /// Dark or white words, whichever are read better on `ground`.
    pub fn ink_on(ground: Rgb) -> Rgb {
        const DARK_INK: Rgb = hex(0x04_080c);
        const WHITE_INK: Rgb = hex(0xff_ffff);
        if DARK_INK.contrast(ground) > WHITE_INK.contrast(ground) { DARK_INK } else { WHITE_INK }
    }

    /// A ground that means `mark`, for words in the ink that this palette writes on its accent: as little nearer to the
    /// text's color as it takes to read them.
    pub fn ground(&self, mark: Rgb) -> Rgb {
        let is_read = |ground: &Rgb| self.on_accent.contrast(*ground) >= CONTRAST_MIN;
        let steps = (0..=16).map(|step| mark.mixed(self.text, f64::from(step) / 32.0));
        steps.into_iter().find(is_read).unwrap_or(self.accent)
    }

    pub const fn tone(&self, tone: Tone) -> Rgb {
        match tone {
            Tone::Running => self.running,
            Tone::Io => self.io_hatch,
            Tone::Ready => self.ready,
            Tone::Blocked => self.blocked,
            Tone::Preempted | Tone::Others => self.preempted,
            Tone::Overhead => self.overhead,
            Tone::BadEnd => self.bad_end,
            Tone::CoreBusy => self.core_busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_color_of_words_is_read() {
        assert!((hex(0xff_ffff).contrast(hex(0)) - 21.0).abs() < 1e-9);
        for palette in [&DARK, &LIGHT] {
            let marks = [palette.running, palette.ready, palette.blocked, palette.preempted, palette.overhead];
            let words = [palette.text, palette.dim, palette.faint, palette.accent, palette.bad_end];
            let inks = words.into_iter().chain(palette.series.into_iter().chain(marks).map(|mark| palette.ink(mark)));
            for ink in inks {
                for ground in [palette.background, palette.panel, palette.card] {
                    assert!(ink.contrast(ground) >= CONTRAST_MIN, "{ink:?} on {ground:?}: {}", ink.contrast(ground));
                }
            }
            for ground in [palette.running, palette.blocked] {
                let contrast = Palette::ink_on(ground).contrast(ground);
                assert!(contrast >= CONTRAST_MIN, "words on {ground:?}: {contrast}");
            }
            assert!(palette.on_accent.contrast(palette.accent) >= CONTRAST_MIN);
            assert!(palette.on_accent.contrast(palette.ground(palette.running)) >= CONTRAST_MIN);
        }
        assert_eq!(DARK.ink(DARK.blocked), DARK.blocked, "what is read already is left alone");
        assert_eq!(DARK.ground(DARK.running), DARK.running, "likewise");
    }
}
