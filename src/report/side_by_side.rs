//! Engines side by side as text.

use std::fmt::Write;

use crate::domain::{
    side_by_side::{Cell, ComparedRow, Invalidation},
    text,
};

const HEADINGS: [&str; 7] = [
    "strategy",
    "engine",
    "wall",
    "user + system",
    "cached",
    "layers unpacked",
    "gzip",
];

/// A line a strategy and engine, then what makes each engine copy again.
#[must_use]
pub fn side_by_side(rows: &[ComparedRow], invalidations: &[Invalidation]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    let mut notes = String::new();
    for row in rows {
        for (at, cell) in row.cells.iter().enumerate() {
            let name = if at == 0 { row.strategy.0.as_str() } else { "" };
            lines.push(cells(name, cell));
            if let Some(why) = cell.why_not() {
                let _ = writeln!(notes, "{} on {}: {why}", row.strategy, cell.engine);
            }
        }
    }
    let mut text = super::table(&lines);
    text.push_str(&notes);
    if let Some(row) = rows.first() {
        let engines: Vec<String> = row
            .cells
            .iter()
            .map(|cell| cell.engine.to_string())
            .collect();
        text.push('\n');
        text.push_str(&copies(&engines, invalidations));
    }
    text
}

fn cells(name: &str, cell: &Cell) -> [String; 7] {
    let na = || text::NOT_AVAILABLE.to_owned();
    let record = cell.record.as_ref();
    let wall = record.map_or_else(na, |record| text::seconds(record.wall()));
    let cpu = record.and_then(|record| record.cpu);
    let cpu = cpu.map_or_else(na, |cpu| format!("{:.2} s", cpu.user_s + cpu.system_s));
    let cached = record.map_or_else(na, |record| {
        let (cached, all) = record.cached_of();
        format!("{cached}/{all}")
    });
    let unpacked = text::bytes_or_na(cell.image.map(|image| image.unpacked));
    let packed = text::bytes_or_na(cell.image.and_then(|image| image.compressed));
    let engine = cell.engine.to_string();
    [name.to_owned(), engine, wall, cpu, cached, unpacked, packed]
}

/// What a `COPY` does after one change, an engine a column.
fn copies(engines: &[String], invalidations: &[Invalidation]) -> String {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut heading = vec!["a COPY after a change of".to_owned()];
    heading.extend(engines.iter().cloned());
    lines.push(heading);
    for one in invalidations {
        let mut line = vec![one.change.words().to_owned()];
        line.extend(one.hits.iter().map(|hit| {
            match hit {
                Some(true) => "cached",
                Some(false) => "ran",
                None => text::NOT_AVAILABLE,
            }
            .to_owned()
        }));
        lines.push(line);
    }
    super::table(&lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::{Bytes, StrategyId},
        record::{EngineInfo, sample},
        side_by_side::{CopiedChange, ImageBytes},
    };

    #[test]
    fn each_engine_has_its_line_and_its_column() {
        let engine = |kind: &str| EngineInfo {
            kind: kind.into(),
            version: "1".into(),
        };
        let built = Cell {
            engine: engine("podman"),
            record: Some(sample("basic", 2.0)),
            unavailable: None,
            image: Some(ImageBytes {
                unpacked: Bytes(1_000_000),
                compressed: None,
            }),
        };
        let not = Cell {
            engine: engine("docker-classic"),
            record: None,
            unavailable: Some("this engine has no `cache-mounts`".into()),
            image: None,
        };
        let rows = [ComparedRow {
            strategy: StrategyId("basic".into()),
            cells: vec![built, not],
        }];
        let invalidations = [Invalidation {
            change: CopiedChange::Owner,
            hits: vec![Some(false), None],
        }];
        let text = side_by_side(&rows, &invalidations);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("basic     podman 1"), "{text}");
        assert!(
            lines[1].contains("1.00 MB") && lines[1].ends_with("n/a"),
            "{text}"
        );
        assert!(
            lines[2].trim_start().starts_with("docker-classic 1"),
            "{text}"
        );
        assert!(text.contains("basic on docker-classic 1: not available: this engine has no"));
        assert!(lines.last().unwrap().starts_with("owner"), "{text}");
        assert!(lines.last().unwrap().ends_with("n/a"), "{text}");
    }
}
