//! Benchmarks on disk: one file each, a line a run, so that nothing is lost when one is broken off.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use crate::domain::bench::{BENCH_SCHEMA, BenchHeader, BenchRun};

/// The folder of all benchmarks.
#[derive(Debug, Clone)]
pub struct Benches {
    folder: PathBuf,
}

/// A benchmark's file, open for more runs.
#[derive(Debug)]
pub struct BenchFile {
    /// Where it is.
    pub path: PathBuf,
    file: File,
}

/// A benchmark that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// Its first line.
    pub header: BenchHeader,
    /// Its runs. A line that was torn is not among them: that run is done again.
    pub runs: Vec<BenchRun>,
}

impl Benches {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&self, header: &BenchHeader) -> io::Result<BenchFile> {
        fs::create_dir_all(&self.folder)?;
        let name: String = header
            .started
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let path = self
            .folder
            .join(format!("{name}-{}.jsonl", std::process::id()));
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(&path)?;
        let mut file = BenchFile { path, file };
        file.line(header)?;
        Ok(file)
    }

    /// Goes on in a file that was read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn go_on(&self, kept: &Kept) -> io::Result<BenchFile> {
        let mut file = OpenOptions::new().append(true).open(&kept.path)?;
        // A torn line must not swallow the next one.
        file.write_all(b"\n")?;
        Ok(BenchFile {
            path: kept.path.clone(),
            file,
        })
    }

    /// The newest one that `fits`.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn newest(&self, fits: impl Fn(&BenchHeader) -> bool) -> io::Result<Option<Kept>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
        // Their names begin with the time.
        paths.sort();
        let mut kept = paths
            .iter()
            .rev()
            .filter_map(|path| read(path).ok().flatten());
        Ok(kept.find(|kept| fits(&kept.header)))
    }
}

impl BenchFile {
    /// Adds a run; it is on the disk after this.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, run: &BenchRun) -> io::Result<()> {
        self.line(run)
    }

    /// Another plan from now on: a strategy was added.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_plan(&mut self, header: &BenchHeader) -> io::Result<()> {
        self.line(header)
    }

    fn line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

fn read(path: &Path) -> io::Result<Option<Kept>> {
    let mut lines = BufReader::new(File::open(path)?).split(b'\n');
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let Ok(mut header) = serde_json::from_slice::<BenchHeader>(&first) else {
        return Ok(None);
    };
    if header.schema > BENCH_SCHEMA {
        return Ok(None);
    }
    let mut runs = Vec::new();
    for line in lines {
        let line = line?;
        if let Ok(run) = serde_json::from_slice::<BenchRun>(&line) {
            runs.push(run);
        } else if let Ok(newer) = serde_json::from_slice::<BenchHeader>(&line) {
            header = newer;
        }
    }
    let path = path.to_owned();
    Ok(Some(Kept { path, header, runs }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        bench::{Cell, Prior, sample_header},
        record::sample,
    };

    #[test]
    fn a_broken_off_benchmark_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let benches = Benches::at(folder.path().join("benches"));
        assert_eq!(benches.newest(|_| true).unwrap(), None);
        let header = sample_header(&["a"], &[Prior::Source]);
        let run = |round| BenchRun {
            round,
            cell: Cell {
                place: 0,
                prior: Prior::Source,
            },
            busy_before: None,
            compiled: None,
            change: "a source".into(),
            disk_growth: None,
            record: sample("a", 1.0),
        };
        let mut file = benches.begin(&header).unwrap();
        file.add(&run(0)).unwrap();
        // Killed in the middle of a line.
        file.file.write_all(b"{\"round\":1,\"ce").unwrap();
        let of_app = |found: &BenchHeader| found.app == Path::new("/app");
        let kept = benches.newest(of_app).unwrap().unwrap();
        assert_eq!(kept.header, header);
        assert_eq!(kept.runs, [run(0)]);
        benches.go_on(&kept).unwrap().add(&run(1)).unwrap();
        let kept = benches.newest(|_| true).unwrap().unwrap();
        assert_eq!(kept.runs, [run(0), run(1)]);
        let of_other = |found: &BenchHeader| found.app == Path::new("/other");
        assert_eq!(benches.newest(of_other).unwrap(), None);
    }
}
