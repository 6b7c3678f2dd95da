//! Plots of benchmarks as SVG: geometry first, then drawing. They need no script, hold in light
//! and dark, and say nothing by colour alone.

mod bars;
mod labels;
mod pareto;
mod scale;
mod strips;
mod timeline;

use maud::{Markup, PreEscaped, html};

pub use self::{
    bars::bars,
    pareto::{Mark, MarkKind, pareto},
    strips::{Lane, Panel, strips},
    timeline::timeline,
};
use super::escape::clean;
use crate::domain::text;

/// The looks of all plots, for a page's own `<style>` or a picture's.
pub const LOOKS: &str = include_str!("plot/plot.css");

/// Height of a line of text.
const LINE: f64 = 16.0;
/// Space around a whole picture.
const MARGIN: f64 = 20.0;

/// A drawing of a size, in pixels; its left upper corner is at the origin.
#[derive(Debug, Clone)]
pub struct Plot {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// What it shows, in words, for those who do not see it.
    pub title: String,
    /// The elements.
    pub body: Markup,
}

impl Plot {
    /// For a page that holds [`LOOKS`].
    #[must_use]
    pub fn inline(&self) -> Markup {
        html! {
            svg class="plot" role="img" aria-label=(self.title)
                viewBox=(format!("0 0 {} {}", px(self.width), px(self.height))) {
                (self.body)
            }
        }
    }

    /// A file of its own, on a ground of its own.
    #[must_use]
    pub fn standalone(&self) -> String {
        let (width, height) = (self.width + 2.0 * MARGIN, self.height + 2.0 * MARGIN);
        let picture = html! {
            svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" width=(px(width)) height=(px(height))
                viewBox=(format!("0 0 {} {}", px(width), px(height))) {
                title { (self.title) }
                style { (PreEscaped(LOOKS)) }
                rect class="ground" width=(px(width)) height=(px(height)) rx="8" {}
                g transform=(moved(MARGIN, MARGIN)) { (self.body) }
            }
        };
        clean(&picture.into_string()) + "\n"
    }
}

/// Plots in rows, each row as high as its highest, under lines of text.
#[derive(Debug, Default)]
pub struct Sheet {
    width: f64,
    height: f64,
    body: String,
}

/// Between plots.
const GAP: f64 = 28.0;

impl Sheet {
    /// An empty one.
    #[must_use]
    pub fn of_width(width: f64) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    /// Lines of text, broken at words to fit.
    pub fn words(&mut self, class: &str, text: &str) {
        let line = if class == "title" { 1.5 * LINE } else { LINE };
        // Titles are half as large again.
        let widest = if class == "title" {
            self.width / 1.5
        } else {
            self.width
        };
        for words in broken(text, widest) {
            self.height += line;
            let y = px(self.height - 4.0);
            self.put(&html! { text class=(class) y=(y) { (words) } });
        }
    }

    /// Empty space.
    pub fn space(&mut self) {
        self.height += GAP * 0.6;
    }

    /// Plots beside each other.
    pub fn row(&mut self, plots: &[Plot]) {
        let mut x = 0.0;
        for plot in plots {
            self.put(&html! { g transform=(moved(x, self.height)) { (plot.body) } });
            x += plot.width + GAP;
        }
        let highest = plots.iter().map(|plot| plot.height).fold(0.0, f64::max);
        self.height += highest + GAP;
    }

    /// All of it.
    #[must_use]
    pub fn plot(self, title: &str) -> Plot {
        Plot {
            width: self.width,
            height: self.height,
            title: title.to_owned(),
            body: PreEscaped(self.body),
        }
    }

    fn put(&mut self, markup: &Markup) {
        self.body.push_str(&markup.0);
    }
}

/// A length or place with one decimal: more is not seen and makes files long.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn moved(x: f64, y: f64) -> String {
    format!("translate({} {})", px(x), px(y))
}

/// Where things of these heights begin, one behind the other.
fn behind(start: f64, heights: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    heights.scan(start, |next, height| {
        let this = *next;
        *next += height;
        Some(this)
    })
}

/// An estimate of a text's width that is rather too large: who reads has fonts of their own.
fn width_of(text: &str) -> f64 {
    let columns = unicode_width::UnicodeWidthStr::width(text);
    7.0 * f64::from(u32::try_from(columns).unwrap_or(u32::MAX))
}

/// The text, cut to fit.
fn fitted(text: &str, width: f64) -> String {
    let mut characters = text.chars().count();
    loop {
        let cut = text::ellipsis(text, characters);
        if characters == 0 || width_of(&cut) <= width {
            return cut;
        }
        characters -= 1;
    }
}

fn broken(text: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width_of(line) + width_of(word) + 7.0 <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fitted(word, width)),
        }
    }
    lines
}

/// `0.42`, `9.17`, `61.6`, `101`: seconds with three digits, without a unit.
fn short(seconds: f64) -> String {
    match seconds {
        _ if seconds < 9.995 => format!("{seconds:.2}"),
        _ if seconds < 99.95 => format!("{seconds:.1}"),
        _ => format!("{seconds:.0}"),
    }
}

/// A tick's value with no more digits than it needs.
fn tick(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text_in_a_picture() {
        let mut sheet = Sheet::of_width(400.0);
        sheet.words("title", "</text><script>alert(1)</script>\u{0} &amp; \"x\"");
        let picture = sheet.plot("a \" onload=\"x").standalone();
        assert!(
            !picture.contains("<script") && !picture.contains('\0'),
            "{picture}"
        );
        assert!(!picture.contains("\" onload=\""), "{picture}");
        assert!(picture.contains("&amp;amp;"), "{picture}");
    }

    #[test]
    fn long_words_are_cut_and_lines_are_broken() {
        assert_eq!(broken("aa bb cc", 36.0), ["aa bb", "cc"]);
        assert_eq!(fitted("profile-musl-incremental", 70.0), "profile-m…");
        assert_eq!(
            (tick(0.5), tick(20.0), tick(0.0)),
            ("0.5".into(), "20".into(), "0".into())
        );
    }
}
