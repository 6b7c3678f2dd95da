//! What is in a file: lines of an export, or one benchmark. No more of it is in memory than it
//! takes.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::domain::bench::{BenchHeader, BenchRun};
use crate::store::export::{EXPORT_SCHEMA, First, Line};

/// A record has a line a step and layer; the longest seen had 40 kB.
const LONGEST_LINE: u64 = 16 << 20;
/// A benchmark's export is one value and read as a whole.
const LARGEST_BENCH: u64 = 256 << 20;

/// The line from 1, and what is wrong with it.
type Wrong = (usize, String);

/// What a file holds.
pub(super) enum Content {
    /// `imgtui history export`.
    Lines {
        /// The first line.
        first: First,
        /// The others, with their numbers.
        lines: Lines,
    },
    /// `imgtui bench --export FILE.json`.
    Bench {
        header: BenchHeader,
        runs: Vec<BenchRun>,
    },
}

/// Tells an export from a benchmark.
#[derive(Deserialize)]
struct Sort {
    imgtui_history: Option<u32>,
}

/// What of a benchmark's export is taken in: results follow from runs.
#[derive(Deserialize)]
struct Whole {
    header: BenchHeader,
    runs: Vec<BenchRun>,
}

/// Opens a file and looks what it is.
pub(super) fn read(path: &Path) -> io::Result<Result<Content, Wrong>> {
    let mut lines = Lines {
        file: BufReader::new(File::open(path)?),
        number: 0,
    };
    // A benchmark may stand in one line.
    let first = match lines.line(LARGEST_BENCH)? {
        Some(Ok(first)) => first,
        Some(Err(wrong)) => return Ok(Err(wrong)),
        None => return Ok(Err((1, "the file is empty".into()))),
    };
    let sort = serde_json::from_slice::<Sort>(&first);
    Ok(match sort.ok().and_then(|sort| sort.imgtui_history) {
        Some(version) if version > EXPORT_SCHEMA => Err((
            1,
            format!(
                "an export of version {version}, and this imgtui knows up to {EXPORT_SCHEMA}: take a newer imgtui"
            ),
        )),
        Some(_) => parse(1, &first).map(|first| Content::Lines { first, lines }),
        None => bench(first, lines)?,
    })
}

fn bench(mut text: Vec<u8>, lines: Lines) -> io::Result<Result<Content, Wrong>> {
    lines.file.take(LARGEST_BENCH).read_to_end(&mut text)?;
    if text.len() as u64 >= LARGEST_BENCH {
        return Ok(Err((1, "the file is too large".into())));
    }
    Ok(match serde_json::from_slice::<Whole>(&text) {
        Ok(Whole { header, runs }) => Ok(Content::Bench { header, runs }),
        Err(error) => Err((
            error.line().max(1),
            format!(
                "neither of `imgtui history export` nor of `imgtui bench --export FILE.json`: {error}"
            ),
        )),
    })
}

fn parse<T: DeserializeOwned>(number: usize, line: &[u8]) -> Result<T, Wrong> {
    // The line's end would be said to stand in a torn string.
    serde_json::from_slice(line.trim_ascii_end()).map_err(|error| {
        // Its own line number is that within the line.
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default();
        (number, format!("{reason}, at column {}", error.column()))
    })
}

/// The lines of a file.
pub(super) struct Lines {
    file: BufReader<File>,
    number: usize,
}

impl Lines {
    /// The next line; `None` behind the last one.
    fn line(&mut self, most: u64) -> io::Result<Option<Result<Vec<u8>, Wrong>>> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.file).take(most);
        if bounded.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if line.len() as u64 == most {
            return Ok(Some(Err((self.number, "the line is too long".into()))));
        }
        Ok(Some(Ok(line)))
    }
}

impl Iterator for Lines {
    type Item = Result<(usize, Line), Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.line(LONGEST_LINE) {
            Ok(line) => line?,
            Err(error) => Err((self.number + 1, error.to_string())),
        };
        let number = self.number;
        Some(line.and_then(|line| Ok((number, parse(number, &line)?))))
    }
}
