//! The whole log of a build in a file. On screen there is a bounded part of it only.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::domain::{
    build::Build,
    event::{BuildEvent, Outcome, Subject},
    ids::BuildId,
};

/// A log larger than this is cut, so that an endless RUN cannot fill the disk (bytes).
const LONGEST_LOG: u64 = 256 * 1024 * 1024;

/// `chef-scratch`, `base-rust`: a strategy and a base can have the same id.
pub(super) fn name_of(subject: &Subject) -> String {
    match subject {
        Subject::Strategy(id) => id.0.clone(),
        Subject::Base(id) => format!("base-{id}"),
        Subject::Sharing(id) => format!("sharing-{id}"),
        Subject::Setup => "setup".into(),
    }
}

/// The whole log in a file. A file that cannot be written is no reason not to build.
pub(crate) struct Log {
    /// Where it is.
    pub(crate) path: PathBuf,
    file: Option<BufWriter<File>>,
    written: u64,
    flushed: Instant,
}

impl Log {
    /// A new file; its name tells time, process, build and subject.
    pub(crate) fn create(folder: &Path, subject: &Subject, id: BuildId) -> Self {
        let name = name_of(subject);
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
        let process = std::process::id();
        let path = folder.join(format!("{time}-{process}-{}-{name}.log", id.0));
        Self {
            file: File::create(&path).ok().map(BufWriter::new),
            path,
            written: 0,
            flushed: Instant::now(),
        }
    }

    /// Writes down what an event says; `fold` is the build before it.
    pub(crate) fn write(&mut self, fold: &Build, event: &BuildEvent) {
        let line = match event {
            BuildEvent::Output { line, .. } => line.clone(),
            BuildEvent::StepStarted {
                step,
                of,
                instruction,
            } => {
                let stage = fold.stages.get(step.stage).map_or("", |stage| &stage.name);
                format!("=== [{stage} {}/{of}] {instruction}", step.index)
            }
            BuildEvent::StepCached { .. } => "=== cached".into(),
            BuildEvent::StepFailed { .. } => "=== failed".into(),
            BuildEvent::Ended {
                outcome: Outcome::Failed { message },
            } => format!("=== failed: {message}"),
            BuildEvent::Ended { outcome } => format!("=== {outcome:?}"),
            _ => return,
        };
        self.line(&line);
    }

    fn line(&mut self, line: &str) {
        let Some(file) = &mut self.file else {
            return;
        };
        self.written += line.len() as u64 + 1;
        let cut = self.written > LONGEST_LOG;
        let text = if cut {
            "=== cut: the log is too long"
        } else {
            line
        };
        let mut written = writeln!(file, "{text}");
        if self.flushed.elapsed() > Duration::from_millis(500) {
            self.flushed = Instant::now();
            written = written.and_then(|()| file.flush());
        }
        if cut || written.is_err() {
            self.file = None;
        }
    }

    /// Everything is in the file after this.
    pub(super) fn finish(&mut self) {
        if let Some(file) = &mut self.file {
            // The log's end is lost on a full disk; the outcome says so already.
            let _ = file.flush();
        }
    }
}
