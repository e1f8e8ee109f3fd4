//! How wide a text will be, so that layout needs no font engine: the advance widths of the embedded fonts.

use super::shape::Face;

/// The width of `text` in pixels. Exact for ASCII without kerning; other letters count as their widest kin do.
pub fn width(text: &str, face: Face, size: f32) -> f32 {
    let em: f32 = text.chars().map(|letter| f32::from(advance(letter, face))).sum();
    em * size / 1000.0
}

/// `text`, or as much of its beginning as fits into `room` pixels with an ellipsis.
pub fn fit(text: &str, face: Face, size: f32, room: f32) -> String {
    if width(text, face, size) <= room {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let shorter = format!("{}…", kept.trim_end());
        if width(&shorter, face, size) <= room {
            return shorter;
        }
    }
    String::new()
}

/// As [`fit`], but the last word, which tells `dish 7` from `dish 8`, stays.
pub fn fit_numbered(text: &str, face: Face, size: f32, room: f32) -> String {
    match text.rsplit_once(' ') {
        Some((name, number)) if width(text, face, size) > room => {
            let number = format!(" {number}");
            format!("{}{number}", fit(name, face, size, room - width(&number, face, size)))
        }
        _ => fit(text, face, size, room),
    }
}

/// In thousandths of the size.
fn advance(letter: char, face: Face) -> u16 {
    let table = match face {
        Face::Number | Face::BoldNumber => return 600,
        Face::Text => &REGULAR,
        Face::Bold => &BOLD,
    };
    match letter {
        '—' | '…' => 1000,
        '·' => 300,
        _ => usize::try_from(u32::from(letter))
            .ok()
            .and_then(|code| table.get(code.checked_sub(32)?))
            .copied()
            .unwrap_or(700),
    }
}

/// From the space to the tilde.
#[rustfmt::skip]
const REGULAR: [u16; 95] = [
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357,
    625, 464, 605, 636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507,
    936, 676, 651, 727, 719, 598, 587, 743, 740, 264, 543, 652, 562, 889, 753, 761,
    635, 761, 639, 638, 642, 741, 676, 949, 642, 665, 625, 362, 357, 362, 469, 452,
    497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544, 237, 869, 585, 597,
    609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659,
];

#[rustfmt::skip]
const BOLD: [u16; 95] = [
    232, 325, 392, 650, 655, 859, 674, 209, 409, 409, 565, 680, 303, 469, 298, 390,
    688, 489, 630, 659, 678, 645, 660, 595, 661, 660, 298, 303, 680, 680, 680, 562,
    1031, 748, 661, 752, 727, 613, 585, 761, 746, 281, 570, 690, 567, 915, 735, 782,
    648, 783, 656, 655, 668, 729, 748, 1036, 714, 724, 667, 409, 390, 409, 488, 477,
    497, 580, 635, 587, 635, 598, 386, 633, 624, 272, 272, 582, 272, 912, 622, 614,
    632, 632, 409, 562, 388, 622, 586, 850, 574, 586, 572, 409, 374, 409, 680,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_fit() {
        assert_eq!(fit("dish-1", Face::Text, 11.0, 100.0), "dish-1");
        let cut = fit("a group of a very long name", Face::Text, 11.0, 60.0);
        assert!(cut.starts_with("a gr") && cut.ends_with('…'), "{cut}");
        assert!(width(&cut, Face::Text, 11.0) <= 60.0);
        assert_eq!(fit("dish", Face::Text, 11.0, 1.0), "");
        let numbered = fit_numbered("a group of a very long name 12", Face::Text, 11.0, 60.0);
        assert!(numbered.starts_with("a g") && numbered.ends_with("… 12"), "{numbered}");
    }
}
