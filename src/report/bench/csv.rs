//! A line a run, for spreadsheets and scripts (RFC 4180).

use super::Bench;
use crate::{
    domain::{bench::BenchRun, event::Outcome, ids::Bytes},
    report::escape::clean,
};

/// The columns of [`Bench::csv`]. Rounds count from 1, times are seconds, sizes bytes; a field is empty
/// where there is no figure.
pub const CSV_HEADER: [&str; 24] = [
    "round",
    "strategy",
    "scenario",
    "change",
    "outcome",
    "verdict",
    "wall_s",
    "user_s",
    "system_s",
    "cached_steps",
    "steps",
    "compiled_crates",
    "context_bytes",
    "image_bytes",
    "image_compressed_bytes",
    "layers",
    "push_bytes",
    "pull_bytes",
    "disk_growth_bytes",
    "busy_before",
    "seed",
    "engine",
    "engine_version",
    "started",
];

impl Bench<'_> {
    /// A line a run.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = line(&CSV_HEADER);
        for run in self.runs {
            out.push_str(&line(&self.fields(run)));
        }
        out
    }

    /// In the order of [`CSV_HEADER`].
    fn fields(&self, run: &BenchRun) -> [String; CSV_HEADER.len()] {
        let record = &run.record;
        let (cached, steps) = record.cached_of();
        let outcome = match &record.outcome {
            Outcome::Built => "built",
            Outcome::Failed { .. } => "failed",
            Outcome::Cancelled => "cancelled",
        };
        [
            (run.round + 1).to_string(),
            self.name(run.cell),
            run.cell.prior.to_string(),
            run.change.clone(),
            outcome.to_owned(),
            record
                .verdict
                .as_ref()
                .map_or_else(String::new, |verdict| verdict.word().to_owned()),
            seconds(Some(record.wall_s)),
            seconds(record.cpu.map(|cpu| cpu.user_s)),
            seconds(record.cpu.map(|cpu| cpu.system_s)),
            cached.to_string(),
            steps.to_string(),
            run.compiled
                .map(|count| count.to_string())
                .unwrap_or_default(),
            bytes(record.context_bytes),
            bytes(record.image_bytes()),
            bytes(record.compressed_bytes()),
            // An image has layers: none are known where none are listed.
            match record.layers.len() {
                0 => String::new(),
                layers => layers.to_string(),
            },
            bytes(record.push.map(|push| push.bytes)),
            bytes(record.pull.map(|pull| pull.bytes)),
            bytes(run.disk_growth),
            seconds(run.busy_before),
            self.header.plan.seed.to_string(),
            record.engine.kind.clone(),
            record.engine.version.clone(),
            record.started.clone(),
        ]
    }
}

fn seconds(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.3}")).unwrap_or_default()
}

fn bytes(value: Option<Bytes>) -> String {
    value.map(|value| value.0.to_string()).unwrap_or_default()
}

fn line<F: AsRef<str>>(fields: &[F]) -> String {
    let fields = fields.iter().map(|field| quoted(&clean(field.as_ref())));
    fields.collect::<Vec<_>>().join(",") + "\n"
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
