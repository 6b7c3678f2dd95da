//! A picture of the screen: a drawn buffer as SVG, for the README.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::Modifier,
};
use unicode_width::UnicodeWidthStr;

use super::state::State;

mod palette;
mod shape;

use palette::colour;

/// Size of a cell and of the window around the screen, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 16.0;
const BAR: f64 = 30.0;
const BACKGROUND: &str = "#16181d";
const WINDOW: &str = "#20232b";
const TEXT: &str = "#d7dae0";
/// How much of a dim text is seen.
const DIM: f64 = 0.55;

/// Draws the state at its own size into a buffer of its own.
#[must_use]
pub fn buffer(state: &State) -> Buffer {
    let (width, height) = state.size;
    let area = ratatui::layout::Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    super::view::draw(state, area, &mut buffer);
    buffer
}

/// The buffer as a picture of a terminal's window.
#[must_use]
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let width = f64::from(area.width) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(area.height) * CELL.1 + 2.0 * MARGIN + BAR;
    let mut out = String::new();
    head(&mut out, width, height);
    for y in area.top()..area.bottom() {
        row(&mut out, buffer, y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

// Writing to a string cannot fail, so results of `write!` are dropped throughout.
fn head(out: &mut String, width: f64, height: f64) {
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}">"#
    );
    let _ = writeln!(
        out,
        r#"<rect width="{width:.0}" height="{height:.0}" rx="10" fill="{BACKGROUND}"/>"#
    );
    let _ = writeln!(
        out,
        r#"<path d="M0 {BAR} V10 A10 10 0 0 1 10 0 H{} A10 10 0 0 1 {width:.0} 10 V{BAR} Z" fill="{WINDOW}"/>"#,
        width - 10.0
    );
    for (place, colour) in [(0, "#ff5f57"), (1, "#febc2e"), (2, "#28c840")] {
        let x = 20 + 20 * place;
        let _ = writeln!(out, r#"<circle cx="{x}" cy="15" r="6" fill="{colour}"/>"#);
    }
    let _ = writeln!(
        out,
        r#"<g font-family="ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14" xml:space="preserve">"#
    );
}

/// How cells look, so that neighbours which look the same are written together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    fg: String,
    bg: Option<String>,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let mut fg = colour(cell.fg).unwrap_or_else(|| TEXT.to_owned());
        let mut bg = colour(cell.bg);
        if cell.modifier.contains(Modifier::REVERSED) {
            let old = bg.unwrap_or_else(|| BACKGROUND.to_owned());
            bg = Some(fg);
            fg = old;
        }
        Self {
            fg,
            bg,
            modifier: cell.modifier.difference(Modifier::REVERSED),
        }
    }
}

fn row(out: &mut String, buffer: &Buffer, y: u16) {
    let mut x = buffer.area.left();
    while x < buffer.area.right() {
        let look = Look::of(&buffer[(x, y)]);
        if shape(out, &buffer[(x, y)], (x, y), &look) {
            x += 1;
            continue;
        }
        let start = x;
        let mut text = String::new();
        while x < buffer.area.right() && Look::of(&buffer[(x, y)]) == look {
            let symbol = buffer[(x, y)].symbol();
            if is_shape(symbol) {
                break;
            }
            text.push_str(symbol);
            let wide = u16::try_from(symbol.width().max(1)).unwrap_or(1);
            x = x.saturating_add(wide);
        }
        piece(out, (start, x - start, y), &text, &look);
    }
}

fn is_shape(symbol: &str) -> bool {
    shape::element(symbol, (0.0, 0.0), CELL, "").is_some()
}

/// Draws a cell that holds a line or a block; says whether it did.
fn shape(out: &mut String, cell: &Cell, (x, y): (u16, u16), look: &Look) -> bool {
    let left = MARGIN + f64::from(x) * CELL.0;
    let top = BAR + MARGIN + f64::from(y) * CELL.1;
    let Some(element) = shape::element(cell.symbol(), (left, top), CELL, &look.fg) else {
        return false;
    };
    if look.modifier.contains(Modifier::DIM) {
        let _ = writeln!(out, r#"<g opacity="{DIM}">{element}</g>"#);
    } else {
        let _ = writeln!(out, "{element}");
    }
    true
}

fn piece(out: &mut String, (start, columns, y): (u16, u16, u16), text: &str, look: &Look) {
    let left = MARGIN + f64::from(start) * CELL.0;
    let top = BAR + MARGIN + f64::from(y) * CELL.1;
    let width = f64::from(columns) * CELL.0;
    if let Some(bg) = &look.bg {
        let height = CELL.1;
        let _ = writeln!(
            out,
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height}" fill="{bg}"/>"#
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    if look.modifier.contains(Modifier::BOLD) {
        style.push_str(r#" font-weight="bold""#);
    }
    if look.modifier.contains(Modifier::ITALIC) {
        style.push_str(r#" font-style="italic""#);
    }
    if look.modifier.contains(Modifier::UNDERLINED) {
        style.push_str(r#" text-decoration="underline""#);
    }
    if look.modifier.contains(Modifier::DIM) {
        let _ = write!(style, r#" opacity="{DIM}""#);
    }
    let base = top + 13.5;
    let fg = &look.fg;
    // The length keeps columns in line whatever font the reader has.
    let _ = writeln!(
        out,
        r#"<text x="{left:.1}" y="{base:.1}" textLength="{width:.1}" lengthAdjust="spacingAndGlyphs" fill="{fg}"{style}>{}</text>"#,
        escape(text)
    );
}

fn escape(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    // Without this, some renderers fold spaces in spite of `xml:space`.
    text.replace(' ', "\u{a0}")
}

#[cfg(test)]
mod tests {
    use ratatui::{
        layout::Rect,
        style::{Color, Style},
    };

    use super::*;

    #[test]
    fn text_is_escaped_and_neighbours_are_written_together() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a<b>&", Style::new().fg(Color::Green));
        buffer.set_string(5, 0, "容", Style::new().add_modifier(Modifier::DIM));
        let picture = svg(&buffer);
        assert!(
            picture.contains(r##"fill="#8ecf6c">a&lt;b&gt;&amp;</text>"##),
            "{picture}"
        );
        assert!(picture.contains(r#"textLength="16.8""#), "{picture}");
        assert!(picture.contains(r#"opacity="0.55">容<"#), "{picture}");
    }

    #[test]
    fn reversed_cells_get_a_background() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer.set_string(
            0,
            0,
            "xy",
            Style::new().fg(Color::Red).add_modifier(Modifier::REVERSED),
        );
        let picture = svg(&buffer);
        assert!(
            picture.contains(r##"height="18" fill="#f7768e"/>"##),
            "{picture}"
        );
    }
}
