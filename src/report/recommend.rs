//! The article's final table for this app, from measured builds: as text and as Markdown.

use std::fmt::Write;

use crate::domain::{
    ids::Bytes,
    recommend::{Measured, Median, Recommendation, Row},
    strategy::Published,
    text,
};

/// The machine and the day that the figures are from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Circumstances {
    /// Name of the app.
    pub app: String,
    /// The engines that built, with their versions.
    pub engines: Vec<String>,
    /// Number of processors.
    pub processors: usize,
    /// Memory in bytes; `None` where the system does not say.
    pub memory: Option<Bytes>,
    /// The day of the newest build, `YYYY-MM-DD`; empty where nothing was built.
    pub day: String,
}

impl Circumstances {
    fn sentence(&self) -> String {
        let memory = text::bytes_or_na(self.memory);
        let engines = match self.engines.as_slice() {
            [] => text::NOT_AVAILABLE.to_owned(),
            engines => engines.join(", "),
        };
        let day = if self.day.is_empty() {
            text::NOT_AVAILABLE
        } else {
            &self.day
        };
        format!(
            "{}, measured until {day} with {engines} on {} processors and {memory} of memory",
            self.app, self.processors
        )
    }
}

/// The cells of one row, in the order of the columns.
struct Cells {
    name: String,
    image: String,
    edit: String,
    cold: String,
    checked: String,
    published: String,
}

const HEADINGS: [&str; 6] = [
    "strategy",
    "image",
    "after an edit",
    "cold",
    "image checked",
    "published image, build",
];

/// For a terminal or a log.
#[must_use]
pub fn text_table(recommendation: &Recommendation, circumstances: &Circumstances) -> String {
    let mut out = format!("{}\n\n", circumstances.sentence());
    let rows: Vec<(String, [String; 6])> = cells(recommendation);
    let mut widths = HEADINGS.map(|heading| heading.chars().count());
    for (_, row) in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String; 6]| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let gap = " ".repeat(width - cell.chars().count());
            // Figures end, words begin at their column.
            let padded = match column {
                1..=3 => format!("{gap}{cell}"),
                _ => format!("{cell}{gap}"),
            };
            let _ = write!(line, "  {padded}");
        }
        line.trim_end().to_owned()
    };
    let _ = writeln!(out, "{}", line(&HEADINGS.map(str::to_owned)));
    let mut group = "";
    for (of, row) in &rows {
        if of != group {
            group = of;
            let _ = writeln!(out, "{group}");
        }
        let _ = writeln!(out, "{}", line(row));
    }
    out.push('\n');
    for sentence in &recommendation.advice {
        let _ = writeln!(out, "{sentence}");
    }
    out
}

/// For a README.
#[must_use]
pub fn markdown(recommendation: &Recommendation, circumstances: &Circumstances) -> String {
    let mut out = format!("{}.\n\n", circumstances.sentence());
    let _ = writeln!(out, "| group | {} |", HEADINGS.join(" | "));
    out.push_str("| --- | --- | ---: | ---: | ---: | --- | --- |\n");
    for (group, row) in cells(recommendation) {
        let row = row.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(out, "| {group} | {} |", row.join(" | "));
    }
    out.push('\n');
    for sentence in &recommendation.advice {
        let _ = writeln!(out, "- {sentence}");
    }
    out
}

fn cells(recommendation: &Recommendation) -> Vec<(String, [String; 6])> {
    let rows = recommendation.rows.iter();
    rows.map(|row| {
        let cells = Cells::of(row);
        let cells = [
            cells.name,
            cells.image,
            cells.edit,
            cells.cold,
            cells.checked,
            cells.published,
        ];
        (row.group.clone(), cells)
    })
    .collect()
}

impl Cells {
    fn of(row: &Row) -> Self {
        let measured = row.measured();
        let mark = if measured.is_some_and(|one| one.equivalent) {
            " ≈"
        } else {
            ""
        };
        let hermetic = if row.hermetic { "" } else { " (not hermetic)" };
        let name = format!("{}{mark}{hermetic}", row.strategy);
        let checked = match row.reason() {
            None => row.word().to_owned(),
            Some(reason) => {
                let first = reason.lines().next().unwrap_or_default();
                format!("{}: {}", row.word(), text::ellipsis(first, 90))
            }
        };
        let figure = |figure: fn(&Measured) -> Option<Median>| median(measured.and_then(figure));
        Self {
            name,
            image: text::bytes_or_na(measured.and_then(|one| one.image)),
            edit: figure(|one| one.edit),
            cold: figure(|one| one.cold),
            checked,
            published: row.published.as_ref().map(published).unwrap_or_default(),
        }
    }
}

/// `4.60 s`, or `4.60 s of 3` where it is the median of several runs.
fn median(figure: Option<Median>) -> String {
    match figure {
        None => text::NOT_AVAILABLE.into(),
        Some(median) if median.runs == 1 => text::seconds(median.time()),
        Some(median) => format!("{} of {}", text::seconds(median.time()), median.runs),
    }
}

fn published(figures: &Published) -> String {
    let size = text::bytes_or_na(figures.image());
    format!("{size}, {}", text::seconds_or_na(figures.build()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        catalog::{Catalog, embedded},
        domain::{recommend::recommend, record::sample, verdict::Verdict},
    };

    fn circumstances() -> Circumstances {
        Circumstances {
            app: "sample-app".into(),
            engines: vec!["podman 4.3.1".into()],
            processors: 2,
            memory: None,
            day: "2026-01-02".into(),
        }
    }

    #[test]
    fn wrong_and_missing_rows_have_no_figures() {
        let catalog = Catalog::parse(&[embedded()]);
        let mut wrong = sample("basic", 1.0);
        wrong.verdict = Some(Verdict::Invalid {
            reason: "it answers | something else".into(),
        });
        let right = sample("scratch", 2.5);
        let records = [wrong, right];
        let found = recommend(&catalog.strategies, &records, &BTreeMap::new());
        let table = text_table(&found, &circumstances());
        let row = |id: &str| {
            let id = format!("  {id} ");
            let line = table.lines().find(|line| line.starts_with(&id));
            line.unwrap_or_else(|| panic!("no row{id}in {table}"))
                .to_owned()
        };
        assert!(row("basic").contains("INVALID: it answers"), "{table}");
        assert!(!row("basic").contains("1.00 s"), "{table}");
        assert!(row("alpine").contains("not measured"), "{table}");
        assert!(table.contains("n/a of memory"), "{table}");
        let markdown = markdown(&found, &circumstances());
        assert!(markdown.contains("answers \\| something"), "{markdown}");
        let columns = |line: &str| line.replace("\\|", "").matches('|').count();
        let lines = markdown.lines().filter(|line| line.starts_with('|'));
        assert!(lines.map(columns).all(|count| count == 8), "{markdown}");
    }
}
