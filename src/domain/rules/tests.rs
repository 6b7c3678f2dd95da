//! Rules of every kind before runs of every kind.

mod against;
mod judging;
mod parsing;
mod simulated;

use super::*;
use crate::domain::{
    bench::{BenchHeader, BenchRun, Cell, sample_header, sample_run},
    ids::{Bytes, ImageId},
    record::ImageInfo,
};

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

fn header() -> BenchHeader {
    sample_header(&["a", "b"], &[Prior::Touch, Prior::Source])
}

fn run(place: usize, prior: Prior, round: u32, wall_s: f64) -> BenchRun {
    let mut run = sample_run(place, prior, round, ["a", "b"][place % 2], wall_s);
    run.record.image = Some(ImageInfo {
        id: ImageId("0".repeat(64)),
        bytes: Some(Bytes(30_000_000)),
        diff_ids: vec!["sha256:1".into(), "sha256:2".into()],
        compressed: Vec::new(),
    });
    run
}

/// Runs of `a` after an edit.
fn runs(times: &[f64]) -> Vec<BenchRun> {
    let times = (0..).zip(times);
    times
        .map(|(round, time)| run(0, Prior::Source, round, *time))
        .collect()
}
