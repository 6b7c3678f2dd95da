//! Builds and benchmarks of other machines: all of a file, or nothing of it.
//!
//! A file comes from elsewhere and may be torn, or made to do harm: each value is checked, and
//! what is wrong is told with its line.

mod reader;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use self::reader::{Content, read};
use super::{
    History, StoreError, benches,
    export::{Line, Named},
    history, machine,
};
use crate::domain::{
    bench::{BENCH_SCHEMA, BenchHeader, BenchRun},
    machine::{Machine, MachineId},
    record::{BuildRecord, RECORD_SCHEMA},
    text,
};

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Whose runs they are.
    pub machine: String,
    /// Whether that is this machine: then all of it is here already, and nothing was added.
    pub is_own: bool,
    /// Builds that were added.
    pub builds: usize,
    /// Runs of benchmarks that were added.
    pub runs: usize,
    /// Builds and runs that were there already.
    pub known: usize,
}

/// What keeps a file from being imported; nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line that is not what it should be.
    #[error("{}:{line}: {reason}; nothing was imported", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The history, or reading the file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong while a file is taken in.
enum Fault {
    Line(usize, String),
    Database(rusqlite::Error),
}

impl Fault {
    /// Says which run of a file that is one value.
    fn of_run(self, number: usize) -> Self {
        match self {
            Self::Line(line, reason) => Self::Line(line, format!("run {number}: {reason}")),
            other @ Self::Database(_) => other,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl History {
    /// Imports a file of [`History::export`], or of `imgtui bench --export FILE.json`. The latter
    /// does not say on which machine it was measured: `named` does.
    ///
    /// # Errors
    /// When the file or the history cannot be read or written, or a line is wrong.
    pub fn import(&self, path: &Path, named: Option<&str>) -> Result<Imported, ImportError> {
        let in_file = |error| StoreError::File {
            path: path.to_owned(),
            error,
        };
        let on_line = |(line, reason)| ImportError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let content = read(path).map_err(in_file)?.map_err(on_line)?;
        let failed = |error| self.database.failed("written", error);
        let mut connection = self.database.open()?;
        let transaction = super::database::begin(&mut connection).map_err(failed)?;
        let imported = match take(&transaction, content, named) {
            Ok(imported) => imported,
            Err(Fault::Line(line, reason)) => return Err(on_line((line, reason))),
            Err(Fault::Database(error)) => return Err(failed(error).into()),
        };
        transaction.commit().map_err(failed)?;
        Ok(imported)
    }
}

fn take(
    transaction: &Transaction<'_>,
    content: Content,
    named: Option<&str>,
) -> Result<Imported, Fault> {
    let own = machine::own(transaction)?;
    match content {
        Content::Lines { first, lines } => {
            let mut taking = Taking::of(transaction, &own, &first.machine, 1)?;
            for line in lines {
                let (number, line) = line.map_err(|(line, reason)| Fault::Line(line, reason))?;
                taking.take(number, line)?;
            }
            taking.end()
        }
        Content::Bench { header, runs } => {
            if find_bench(transaction, &own, &header)?.is_some() {
                let id = MachineId::try_from(own.clone()).map_err(|why| Fault::Line(1, why))?;
                let (_, machine) = machine::this(transaction)?;
                let mut taking = Taking::of(transaction, &own, &Named { id, machine }, 1)?;
                taking.imported.known = runs.len();
                return Ok(taking.imported);
            }
            let machine = unnamed(&header, named);
            let mut taking = Taking::of(transaction, &own, &machine, 1)?;
            taking.bench(1, &header)?;
            for (at, run) in runs.iter().enumerate() {
                let taken = taking.build(1, &run.record);
                taken
                    .and_then(|()| taking.run(1, run))
                    .map_err(|fault| fault.of_run(at + 1))?;
            }
            Ok(taking.imported)
        }
    }
}

/// The machine of a benchmark's export: that of the name given. Without one it is nobody's that
/// is known, and shared with no other file's.
fn unnamed(header: &BenchHeader, named: Option<&str>) -> Named {
    let what = match named {
        Some(name) => format!("named {name}"),
        None => format!("unnamed {} {}", header.started, header.app.display()),
    };
    let name = named.unwrap_or("unnamed").to_owned();
    let digits = text::hex(&Sha256::digest(what));
    let id = MachineId::from_digits(&digits);
    Named {
        id,
        machine: Machine {
            name,
            processors: Some(header.processors),
            memory: None,
            model: None,
        },
    }
}

/// One file, being taken in.
struct Taking<'a> {
    transaction: &'a Transaction<'a>,
    machine: String,
    imported: Imported,
    bench: Option<(i64, BenchHeader)>,
    /// Lines of builds and of runs so far.
    seen: super::export::Written,
    /// The line that ended the file.
    ended: Option<super::export::Written>,
    last_line: usize,
}

impl<'a> Taking<'a> {
    fn of(
        transaction: &'a Transaction<'a>,
        own: &str,
        from: &Named,
        line: usize,
    ) -> Result<Self, Fault> {
        let wrong = |reason| Fault::Line(line, reason);
        let name = Machine::check_name(&from.machine.name).map_err(wrong)?;
        let machine = from.id.as_str().to_owned();
        let imported = Imported {
            machine: name.to_owned(),
            is_own: machine == own,
            builds: 0,
            runs: 0,
            known: 0,
        };
        if !imported.is_own {
            machine::keep(transaction, &machine, &from.machine)?;
        }
        Ok(Self {
            transaction,
            machine,
            imported,
            bench: None,
            seen: super::export::Written::default(),
            ended: None,
            last_line: line,
        })
    }

    fn take(&mut self, number: usize, line: Line) -> Result<(), Fault> {
        self.last_line = number;
        if self.ended.is_some() {
            let reason = "there is something behind the last line".into();
            return Err(Fault::Line(number, reason));
        }
        match line {
            Line::Build(record) => {
                self.seen.builds += 1;
                self.build(number, &record)
            }
            Line::Bench(header) => self.bench(number, &header),
            Line::Run(run) => {
                self.seen.runs += 1;
                self.run(number, &run)
            }
            Line::End(written) => {
                self.ended = Some(written);
                Ok(())
            }
        }
    }

    fn end(self) -> Result<Imported, Fault> {
        let wrong = |reason: &str| Err(Fault::Line(self.last_line, reason.to_owned()));
        match self.ended {
            None => wrong("the file ends before its last line: it is not whole"),
            Some(ended) if ended != self.seen => wrong(
                "the last line counts other builds and runs than there are: lines are missing",
            ),
            Some(_) => Ok(self.imported),
        }
    }

    fn build(&mut self, line: usize, record: &BuildRecord) -> Result<(), Fault> {
        check(record).map_err(|reason| Fault::Line(line, reason))?;
        let is_known = history::find(self.transaction, &self.machine, record)?.is_some();
        if is_known || self.imported.is_own {
            self.imported.known += 1;
        } else {
            history::insert(self.transaction, &self.machine, record)?;
            self.imported.builds += 1;
        }
        Ok(())
    }

    fn bench(&mut self, line: usize, header: &BenchHeader) -> Result<(), Fault> {
        let wrong = |reason: String| Fault::Line(line, reason);
        if header.schema > BENCH_SCHEMA {
            return Err(wrong(newer("benchmark", header.schema, BENCH_SCHEMA)));
        }
        check_time(&header.started).map_err(wrong)?;
        let found = find_bench(self.transaction, &self.machine, header)?;
        let bench = match found {
            // It went on since.
            Some(bench) if !self.imported.is_own => {
                benches::update(self.transaction, bench, header)?;
                bench
            }
            Some(bench) => bench,
            None if self.imported.is_own => -1,
            None => benches::insert(self.transaction, &self.machine, header)?,
        };
        self.bench = Some((bench, header.clone()));
        Ok(())
    }

    fn run(&mut self, line: usize, run: &BenchRun) -> Result<(), Fault> {
        let wrong = |reason: &str| Err(Fault::Line(line, reason.to_owned()));
        let Some((bench, header)) = &self.bench else {
            return wrong("a run before its benchmark");
        };
        let plan = &header.plan;
        if run.cell.place >= plan.strategies.len() || !plan.priors.contains(&run.cell.prior) {
            return wrong("a run of what the benchmark's plan does not hold");
        }
        check(&run.record).map_err(|reason| Fault::Line(line, reason))?;
        let is_known = self.imported.is_own || has_run(self.transaction, *bench, run)?;
        if is_known {
            self.imported.known += 1;
        } else {
            benches::insert_run(self.transaction, &self.machine, *bench, run)?;
            self.imported.runs += 1;
        }
        Ok(())
    }
}

fn check(record: &BuildRecord) -> Result<(), String> {
    if record.schema > RECORD_SCHEMA {
        return Err(newer("build", record.schema, RECORD_SCHEMA));
    }
    if !record.wall_s.is_finite() || record.wall_s < 0.0 {
        return Err(format!("{} is no time that a build takes", record.wall_s));
    }
    check_time(&record.started)
}

fn check_time(text: &str) -> Result<(), String> {
    let parsed = text.parse::<jiff::Timestamp>();
    parsed.map(drop).map_err(|_| {
        let text = text::ellipsis(&text.escape_debug().to_string(), 40);
        format!("`{text}` is no moment, as 2026-01-02T03:04:05Z is one")
    })
}

fn newer(what: &str, found: u32, ours: u32) -> String {
    format!("a {what} of version {found}, and this imgtui knows up to {ours}: take a newer imgtui")
}

fn find_bench(
    connection: &Connection,
    machine: &str,
    header: &BenchHeader,
) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT id FROM benches WHERE machine = ?1 AND started = ?2 AND app = ?3",
            params![machine, header.started, header.app.to_string_lossy()],
            |row| row.get(0),
        )
        .optional()
}

fn has_run(connection: &Connection, bench: i64, run: &BenchRun) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM runs
            WHERE bench = ?1 AND round = ?2 AND place = ?3 AND prior = ?4",
        params![bench, run.round, run.cell.place, run.cell.prior.word()],
        |row| row.get(0),
    )
}
