//! The faces that exported pictures are set in, embedded so that a picture looks the same everywhere.

use crate::chart::figure::{Face, Figure, Shape};

/// A face and where it stands in CSS.
pub(super) struct Font {
    pub face: Face,
    pub family: &'static str,
    pub weight: u16,
    /// What a reader without the embedded font may use.
    pub fallback: &'static str,
    pub mime: &'static str,
    pub bytes: &'static [u8],
}

pub(super) static FONTS: [Font; 4] = [
    Font {
        face: Face::Text,
        family: "Inter",
        weight: 400,
        fallback: "sans-serif",
        mime: "font/otf",
        bytes: include_bytes!("../../assets/fonts/Inter-Regular.otf"),
    },
    Font {
        face: Face::Bold,
        family: "Inter",
        weight: 700,
        fallback: "sans-serif",
        mime: "font/otf",
        bytes: include_bytes!("../../assets/fonts/Inter-Bold.otf"),
    },
    Font {
        face: Face::Number,
        family: "JetBrains Mono",
        weight: 400,
        fallback: "monospace",
        mime: "font/ttf",
        bytes: include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf"),
    },
    Font {
        face: Face::BoldNumber,
        family: "JetBrains Mono",
        weight: 700,
        fallback: "monospace",
        mime: "font/ttf",
        bytes: include_bytes!("../../assets/fonts/JetBrainsMono-Bold.ttf"),
    },
];

pub(super) fn of(face: Face) -> &'static Font {
    FONTS.iter().find(|font| font.face == face).expect("every face has its font")
}

/// The fonts that the figure's texts are set in.
pub(super) fn used(figure: &Figure) -> impl Iterator<Item = &'static Font> + '_ {
    FONTS
        .iter()
        .filter(|font| figure.shapes.iter().any(|shape| matches!(shape, Shape::Text(label) if label.face == font.face)))
}
