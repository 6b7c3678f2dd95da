//! A benchmark that was exported as JSON, read again to be compared with.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::domain::{
    bench::{BENCH_SCHEMA, BenchHeader, BenchRun},
    rules::Earlier,
};

/// More is no benchmark of ours: a run is a few kilobytes.
const FILE_LIMIT: u64 = 1 << 28;

/// Why a file cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error("{}: cannot be read ({source})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ends before it should.
    #[error(
        "{}:{line}: is torn: it ends in the middle; export the benchmark anew",
        path.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// Its last line, from 1.
        line: usize,
    },
    /// It holds something else.
    #[error(
        "{}:{line}: is no benchmark of `imgtui bench --export FILE.json` ({why})",
        path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A newer imgtui wrote it.
    #[error(
        "{}: was written by a newer imgtui (schema {schema}, this one reads {BENCH_SCHEMA}): take that one, or measure again",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
}

impl ExportError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// What has to be known before the rest can be understood.
#[derive(Deserialize)]
struct Versioned {
    header: Schema,
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

#[derive(Deserialize)]
struct Whole {
    header: BenchHeader,
    runs: Vec<BenchRun>,
}

/// Reads the file.
///
/// # Errors
/// When it is not there, torn, newer than this program, or something else.
pub fn read(path: &Path) -> Result<Earlier, ExportError> {
    let unreadable = |source| ExportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    parse(path, &bytes)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Earlier, ExportError> {
    let fault = |error: &serde_json::Error| {
        let path = path.to_owned();
        let line = error.line().max(1);
        if error.is_eof() {
            return ExportError::Torn { path, line };
        }
        let why = error.to_string().escape_debug().to_string();
        ExportError::Other { path, line, why }
    };
    let versioned: Versioned = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    let schema = versioned.header.schema;
    if schema > BENCH_SCHEMA {
        let path = path.to_owned();
        return Err(ExportError::Newer { path, schema });
    }
    let whole: Whole = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    Ok(Earlier {
        path: path.to_owned(),
        header: whole.header,
        runs: whole.runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bench::{Prior, sample_header, sample_run};

    fn exported() -> String {
        let run = sample_run(0, Prior::Source, 0, "a", 1.0);
        let header = sample_header(&["a"], &[Prior::Source]);
        serde_json::json!({ "header": header, "results": [], "runs": [run], "rules": [] })
            .to_string()
    }

    #[test]
    fn what_was_exported_is_read_and_what_is_wrong_with_it_is_said() {
        let path = Path::new("main.json");
        let text = exported();
        let read = parse(path, text.as_bytes()).unwrap();
        assert_eq!((read.runs.len(), read.header.processors), (1, 2));
        let said = |text: &str| parse(path, text.as_bytes()).unwrap_err().to_string();
        let torn = said(&text[..text.len() / 2]);
        assert!(torn.starts_with("main.json:1: is torn"), "{torn}");
        assert!(said("").contains("is torn"));
        let newer = said(&text.replace("\"schema\":1,\"started\"", "\"schema\":9,\"started\""));
        assert!(newer.contains("schema 9"), "{newer}");
        let other = said("{\n\"rows\": [\"\u{1b}[m\"]}");
        assert!(other.starts_with("main.json:2: is no benchmark"), "{other}");
        assert!(!other.contains('\u{1b}'));
    }

    #[test]
    fn a_file_that_is_not_there_is_told_from_a_wrong_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            read(&folder.path().join("none.json"))
                .unwrap_err()
                .is_missing()
        );
        assert!(!read(folder.path()).unwrap_err().is_missing());
    }

    #[test]
    fn no_cut_makes_it_panic() {
        let text = exported();
        for end in 0..text.len() {
            assert!(parse(Path::new("x"), &text.as_bytes()[..end]).is_err());
        }
    }
}
