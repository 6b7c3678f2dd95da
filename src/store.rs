//! What outlives a run of imgtui: the records of finished builds, and where files are kept.
//!
//! The history is one file of JSON lines in the state folder. A line is appended with one
//! write, so two imgtui at once do not tear each other's lines; a line of a newer schema is
//! passed over, never rewritten.

pub mod benches;
pub mod exported;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy;

use crate::domain::record::{BuildRecord, RECORD_SCHEMA};

/// Environment variable that moves the state folder.
pub const STATE_VARIABLE: &str = "IMGTUI_STATE";

/// Newest records that are read; older ones stay in the file.
const MOST_RECORDS: usize = 5_000;

/// Where imgtui keeps what outlives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

impl StateFolder {
    /// `$IMGTUI_STATE`, else `imgtui` in the XDG state folder; made if it is not there.
    ///
    /// # Errors
    /// When there is no home folder, or the folder cannot be made.
    pub fn open() -> io::Result<Self> {
        let given = std::env::var_os(STATE_VARIABLE).filter(|folder| !folder.is_empty());
        let folder = match given {
            Some(folder) => PathBuf::from(folder),
            None => etcetera::choose_base_strategy()
                .map_err(io::Error::other)?
                .state_dir()
                .ok_or_else(|| io::Error::other("this system has no state folder"))?
                .join("imgtui"),
        };
        Self::at(&folder)
    }

    /// A state folder at the given place.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("logs"))?;
        // What is handed to the engine must not depend on the folder we were started in.
        Ok(Self(folder.canonicalize()?))
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where whole logs are kept.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// Benchmarks.
    #[must_use]
    pub fn benches(&self) -> benches::Benches {
        benches::Benches::at(self.0.join("benches"))
    }

    /// The records of finished builds.
    #[must_use]
    pub fn history(&self) -> History {
        History {
            file: self.0.join("history.jsonl"),
        }
    }
}

/// The records of finished builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    file: PathBuf,
}

impl History {
    /// Adds one record.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, record: &BuildRecord) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.file)?;
        let mut line = Vec::new();
        if !ends_with_line_end(&mut file)? {
            // A full disk tore the last line; this one must not be lost with it.
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, record)?;
        line.push(b'\n');
        file.write_all(&line)
    }

    /// The newest records, the oldest of them first. Lines that are torn or of a newer schema
    /// are passed over.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn load(&self) -> io::Result<Vec<BuildRecord>> {
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut records = std::collections::VecDeque::new();
        for line in BufReader::new(file).split(b'\n') {
            let Ok(record) = serde_json::from_slice::<BuildRecord>(&line?) else {
                continue;
            };
            if record.schema > RECORD_SCHEMA {
                continue;
            }
            if records.len() == MOST_RECORDS {
                records.pop_front();
            }
            records.push_back(record);
        }
        Ok(records.into())
    }
}

fn ends_with_line_end(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::sample;

    #[test]
    fn records_come_back_and_torn_or_newer_lines_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(&folder.path().join("state")).unwrap();
        let history = state.history();
        assert_eq!(history.load().unwrap(), []);
        let record = sample("basic", 12.5);
        history.append(&record).unwrap();
        let mut newer = sample("basic", 1.0);
        newer.schema = RECORD_SCHEMA + 1;
        history.append(&newer).unwrap();
        let file = state.path().join("history.jsonl");
        let mut torn = OpenOptions::new().append(true).open(file).unwrap();
        torn.write_all(b"{\"schema\":1,\"str").unwrap();
        history.append(&record).unwrap();
        assert_eq!(history.load().unwrap(), [record.clone(), record]);
    }
}
