//! What the gate says of a build.

use anyhow::{Context as _, bail, ensure};
use imgtui::domain::{
    record::BuildRecord,
    verdict::{Proof, Verdict},
};

use crate::Done;

pub(crate) fn verdict(record: &BuildRecord) -> anyhow::Result<&Verdict> {
    record.verdict.as_ref().context("no verdict")
}

/// The reason for which a build is invalid; it must name each of these words.
pub(crate) fn invalid(record: &BuildRecord, words: &[&str]) -> Done {
    let Verdict::Invalid { reason } = verdict(record)? else {
        bail!("{}: {:?}", record.strategy, record.verdict);
    };
    for word in words {
        ensure!(
            reason.contains(word),
            "{}: no `{word}` in: {reason}",
            record.strategy
        );
    }
    ensure!(!record.counts(), "it counts all the same");
    Ok(())
}

pub(crate) fn verified(record: &BuildRecord, proof: Proof) -> Done {
    let wanted = Verdict::Verified { proof };
    ensure!(*verdict(record)? == wanted, "{:?}", record.verdict);
    Ok(())
}
