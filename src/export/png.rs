//! A figure as PNG: the same SVG, rasterized with the embedded fonts and no others.

use std::io::Write;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, Tree, fontdb};

use super::svg::{Fonts, svg};
use super::{ExportError, Format, Options, Takes, fonts};
use crate::analysis::report_run::ReportRun;
use crate::chart::figure;
use crate::lang::Text;

pub static FORMAT: Format = Format {
    id: "png",
    extension: "png",
    label: Text::new("Picture (PNG)", "Imagem (PNG)"),
    takes: Takes::Picture,
    suffix: "",
    write,
};

/// Most programs refuse larger pictures, and 256 MB of pixels are enough.
const SIDE_MAX: u32 = 8192;

fn write(runs: &[ReportRun], options: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
    let figure = figure::figure(options.picture, runs, &options.look);
    let (width, height) = (pixels(figure.width * options.scale), pixels(figure.height * options.scale));
    let too_large = || ExportError::TooLarge { width, height, max: SIDE_MAX };
    if width > SIDE_MAX || height > SIDE_MAX {
        return Err(too_large());
    }
    let mut fonts = fontdb::Database::new();
    for font in &fonts::FONTS {
        fonts.load_font_data(font.bytes.to_vec());
    }
    let parse = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree = Tree::from_str(&svg(&figure, Fonts::Named), &parse).map_err(|why| ExportError::Draw(why.to_string()))?;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(too_large)?;
    resvg::render(&tree, Transform::from_scale(options.scale, options.scale), &mut pixmap.as_mut());
    out.write_all(&pixmap.encode_png().map_err(|why| ExportError::Draw(why.to_string()))?)?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates; bounded by the caller")]
fn pixels(length: f32) -> u32 {
    length.ceil() as u32
}
