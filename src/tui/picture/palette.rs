//! Colours of the picture.

use ratatui::style::Color;

use crate::tui::widget::sgr::SIXTEEN;

/// A palette of our own for the terminal's sixteen; `None` is the terminal's default.
pub(super) fn colour(colour: Color) -> Option<String> {
    let named = match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index) => return Some(indexed(index)),
        Color::Black => "#16181d",
        Color::Red => "#f7768e",
        Color::Green => "#8ecf6c",
        Color::Yellow => "#e5b567",
        Color::Blue => "#6ea8fe",
        Color::Magenta => "#bb9af7",
        Color::Cyan => "#6fd3e3",
        Color::Gray => "#b4b9c4",
        Color::DarkGray => "#6b7280",
        Color::LightRed => "#ff8fa3",
        Color::LightGreen => "#a6e284",
        Color::LightYellow => "#f4cb84",
        Color::LightBlue => "#8fbcff",
        Color::LightMagenta => "#cdb3ff",
        Color::LightCyan => "#90e5f2",
        Color::White => "#ffffff",
    };
    Some(named.to_owned())
}

/// The palette of 256: sixteen, a cube of six, greys.
fn indexed(index: u8) -> String {
    if let Some(named) = SIXTEEN.get(usize::from(index)) {
        return colour(*named).unwrap_or_default();
    }
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let cube = index - 16;
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    let (red, green, blue) = (cube / 36, cube / 6 % 6, cube % 6);
    format!("#{:02x}{:02x}{:02x}", level(red), level(green), level(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_of_256_is_the_usual_one() {
        assert_eq!(
            [16, 196, 231, 232, 255].map(indexed),
            ["#000000", "#ff0000", "#ffffff", "#080808", "#eeeeee"]
        );
    }
}
