//! How high the panel below the runs is: a share of the room that it has with them, so that a smaller window takes
//! from both. Numbers in, numbers out; the run screen asks, settings remember the share.

use std::ops::RangeInclusive;

/// A table of three runs with its heading.
const LEAST: f32 = 110.0;
/// Of the room; the runs come first.
const MOST: f32 = 0.4;

/// In points; never more than its share, however low the window is.
pub fn range(room: f32) -> RangeInclusive<f32> {
    let most = (room * MOST).max(0.0);
    LEAST.min(most)..=most
}

/// The height in points of a panel that shall have `percent` of `room`.
pub fn height(percent: u8, room: f32) -> f32 {
    let range = range(room);
    (f32::from(percent) / 100.0 * room).clamp(*range.start(), *range.end())
}

/// What share of `room` that height is, once somebody has chosen it; `None` if it is the one that `percent` stands
/// for, be it cut down to what is allowed: a choice is not forgotten because the window was small for a while.
pub fn chosen(height_now: f32, percent: u8, room: f32) -> Option<u8> {
    /// Less is a matter of rounding.
    const SAME: f32 = 1.0;
    if room <= 0.0 || (height_now - height(percent, room)).abs() <= SAME {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let share = (height_now / room * 100.0).round().clamp(0.0, 100.0) as u8;
    Some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f32, other: f32) {
        assert!((one - other).abs() < 0.01, "{one} is not {other}");
    }

    #[test]
    fn a_share_of_the_room_within_bounds() {
        close(height(26, 950.0), 247.0);
        close(height(26, 670.0), 174.2);
        close(height(26, 300.0), 110.0);
        close(height(90, 670.0), 268.0);
        close(height(26, 200.0), 80.0);
        close(height(26, 0.0), 0.0);
    }

    #[test]
    fn only_what_somebody_chose_is_remembered() {
        assert_eq!(chosen(380.0, 26, 950.0), Some(40));
        assert_eq!(chosen(247.0, 26, 950.0), None);
        // What was chosen is cut down by a low window, and comes back with the room.
        assert_eq!(chosen(110.0, 26, 300.0), None);
        assert_eq!(chosen(268.0, 90, 670.0), None);
        assert_eq!(chosen(0.0, 26, 0.0), None);
    }
}
