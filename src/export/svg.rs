//! A figure as SVG text of our own: valid XML, fonts embedded, text stays text.

use std::fmt::{self, Display, Formatter, Write as _};
use std::io::Write;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

use super::{ExportError, Format, Options, Takes, fonts};
use crate::analysis::report_run::ReportRun;
use crate::chart::figure::{self, Anchor, Figure, Label, Rect, Shape, hatch_segments};
use crate::chart::ghosts::dashes;
use crate::chart::palette::Rgb;
use crate::lang::Text;

pub static FORMAT: Format = Format {
    id: "svg",
    extension: "svg",
    label: Text::new("Drawing (SVG)", "Desenho (SVG)"),
    takes: Takes::Picture,
    suffix: "",
    write,
};

fn write(runs: &[ReportRun], options: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
    let figure = figure::figure(options.picture, runs, &options.look);
    out.write_all(svg(&figure, Fonts::Embedded).as_bytes())?;
    Ok(())
}

/// Whether the file carries its fonts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fonts {
    Embedded,
    /// The reader has them already.
    Named,
}

/// The figure as one SVG document.
pub(super) fn svg(figure: &Figure, fonts: Fonts) -> String {
    let mut text = String::new();
    document(&mut text, figure, fonts).expect("writing into a string cannot fail");
    text
}

fn document(out: &mut String, figure: &Figure, fonts: Fonts) -> fmt::Result {
    let (width, height) = (Px(figure.width), Px(figure.height));
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    )?;
    writeln!(out, "<title>{}</title>", Escaped(&figure.title))?;
    writeln!(out, "<desc>{}</desc>", Escaped(&figure.description))?;
    if fonts == Fonts::Embedded {
        writeln!(out, "<style>")?;
        for font in fonts::used(figure) {
            let data = Base64Display::new(font.bytes, &STANDARD);
            writeln!(
                out,
                r#"@font-face{{font-family:"{}";font-weight:{};src:url(data:{};base64,{data})}}"#,
                font.family, font.weight, font.mime
            )?;
        }
        writeln!(out, "</style>")?;
    }
    writeln!(out, r#"<rect width="{width}" height="{height}" fill="{}"/>"#, Hex(figure.background))?;
    let mut rest = &figure.shapes[..];
    while let [first, ..] = rest {
        let alike = rest.iter().take_while(|shape| joins(first, shape)).count().max(1);
        let (group, behind) = rest.split_at(alike);
        shapes(out, group)?;
        rest = behind;
    }
    writeln!(out, "</svg>")
}

/// Neighbors of one look become one path: a figure of 100,000 bars stays a file that opens.
fn joins(first: &Shape, other: &Shape) -> bool {
    match (first, other) {
        (Shape::Rect { fill, radius: 0.0, .. }, Shape::Rect { fill: same, radius: 0.0, .. }) => fill == same,
        (Shape::Hatch { color, .. }, Shape::Hatch { color: same, .. })
        | (Shape::Dashes { color, .. }, Shape::Dashes { color: same, .. }) => color == same,
        _ => false,
    }
}

/// One shape, or several that [`joins`].
fn shapes(out: &mut String, group: &[Shape]) -> fmt::Result {
    let Some(first) = group.first() else { return Ok(()) };
    match first {
        Shape::Rect { fill, radius: 0.0, .. } => {
            out.push_str("<path d=\"");
            for shape in group {
                if let Shape::Rect { rect, .. } = shape {
                    let Rect { x, y, width, height } = *rect;
                    write!(out, "M{} {}h{}v{}h{}z", Px(x), Px(y), Px(width), Px(height), Px(-width))?;
                }
            }
            writeln!(out, "\" fill=\"{}\"/>", Hex(*fill))
        }
        Shape::Rect { rect, fill, radius } => {
            writeln!(out, r#"<rect {} rx="{}" fill="{}"/>"#, Box(*rect), Px(*radius), Hex(*fill))
        }
        Shape::Outline { rect, color, width, radius } => {
            let inset = Rect {
                x: rect.x + width / 2.0,
                y: rect.y + width / 2.0,
                width: (rect.width - width).max(0.0),
                height: (rect.height - width).max(0.0),
            };
            writeln!(
                out,
                r#"<rect {} rx="{}" fill="none" stroke="{}" stroke-width="{}"/>"#,
                Box(inset),
                Px(*radius),
                Hex(*color),
                Px(*width)
            )
        }
        Shape::Hatch { color, .. } => {
            out.push_str("<path d=\"");
            for shape in group {
                if let Shape::Hatch { rect, spacing, .. } = shape {
                    for [(x0, y0), (x1, y1)] in hatch_segments(*rect, *spacing) {
                        write!(out, "M{} {}L{} {}", Px(x0), Px(y0), Px(x1), Px(y1))?;
                    }
                }
            }
            writeln!(out, "\" fill=\"none\" stroke=\"{}\"/>", Hex(*color))
        }
        Shape::Dashes { color, .. } => {
            out.push_str("<path d=\"");
            for shape in group {
                if let Shape::Dashes { rect: Rect { x, y, width, height }, .. } = shape {
                    for [(x0, y0), (x1, y1)] in dashes((*x, x + width), (*y, y + height)) {
                        write!(out, "M{} {}L{} {}", Px(x0), Px(y0), Px(x1), Px(y1))?;
                    }
                }
            }
            writeln!(out, "\" fill=\"none\" stroke=\"{}\"/>", Hex(*color))
        }
        Shape::Line { points, color, width } => writeln!(
            out,
            r#"<polyline points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round"/>"#,
            Points(points),
            Hex(*color),
            Px(*width)
        ),
        Shape::Area { points, fill } => {
            writeln!(out, r#"<polygon points="{}" fill="{}"/>"#, Points(points), Hex(*fill))
        }
        Shape::Text(label) => text(out, label),
    }
}

fn text(out: &mut String, label: &Label) -> fmt::Result {
    let font = fonts::of(label.face);
    let anchor = match label.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if font.weight == 400 { String::new() } else { format!(" font-weight=\"{}\"", font.weight) };
    writeln!(
        out,
        r#"<text x="{}" y="{}" font-family="{}, {}" font-size="{}"{weight}{anchor} fill="{}">{}</text>"#,
        Px(label.x),
        Px(label.y),
        font.family,
        font.fallback,
        Px(label.size),
        Hex(label.color),
        Escaped(&label.text)
    )
}

/// A length: at most two decimals, none where they are zero.
struct Px(f32);

impl Display for Px {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        // `+ 0.0` turns a negative zero into zero.
        write!(f, "{}", rounded + 0.0)
    }
}

struct Hex(Rgb);

impl Display for Hex {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Rgb(red, green, blue) = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

struct Box(Rect);

impl Display for Box {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Rect { x, y, width, height } = self.0;
        write!(f, r#"x="{}" y="{}" width="{}" height="{}""#, Px(x), Px(y), Px(width), Px(height))
    }
}

struct Points<'a>(&'a [(f32, f32)]);

impl Display for Points<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, (x, y)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { " " };
            write!(f, "{separator}{},{}", Px(*x), Px(*y))?;
        }
        Ok(())
    }
}

/// As XML text; what XML 1.0 cannot hold at all becomes the replacement character.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(Escaped("a<b & \"c\" \u{1}\n").to_string(), "a&lt;b &amp; &quot;c&quot; \u{fffd} ");
    }

    #[test]
    fn lengths_are_short() {
        let check = |length: f32, expected: &str| assert_eq!(Px(length).to_string(), expected);
        check(10.0, "10");
        check(0.126, "0.13");
        check(-0.001, "0");
        check(1234.5, "1234.5");
    }
}
