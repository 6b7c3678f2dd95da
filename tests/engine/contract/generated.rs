//! Ignore files and Dockerfiles that nobody wrote: what we read in them is what the engine reads.
//!
//! They are made from a seed that is printed; another one is taken from [`SEED`]. The engine is
//! asked with its own means and not with ours, as imgtui filters what it sends: see [`asked`].
//!
//! Left out is what the engines at hand (docker 20.10, podman 4.3) do not know, and we read as
//! BuildKit does today: heredocs, and of what `${A…}` may hold all but `:-` and `:+`. What is left
//! out of ignore files is told at [`ignore::pair`].

mod asked;
mod dockerfile;
mod ignore;
mod reading;

use std::fmt::Debug;

use anyhow::{Context as _, ensure};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use self::asked::Asked;
use super::Contract;
use crate::{Done, say};

/// The variable that gives another seed, a number.
const SEED: &str = "IMGTUI_CORPUS_SEED";

/// Ignore files, each with a tree of its own.
const PAIRS: usize = 30;

/// Dockerfiles.
const DOCKERFILES: usize = 4;

/// What is generated, always the same from the same seed.
struct Corpus(TestRunner);

impl Corpus {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    fn next<T: Debug>(&mut self, of: &impl Strategy<Value = T>) -> anyhow::Result<T> {
        let tree = of.new_tree(&mut self.0);
        let tree = tree.map_err(|why| anyhow::anyhow!("nothing could be generated: {why}"))?;
        Ok(tree.current())
    }
}

fn seed() -> anyhow::Result<u64> {
    match std::env::var(SEED) {
        Ok(text) => text.parse().with_context(|| format!("{SEED}={text}")),
        Err(_) => Ok(1),
    }
}

pub(super) fn read_as_the_engine_reads_it(contract: &Contract<'_>) -> Done {
    let seed = seed()?;
    let asked = Asked::new(contract)?;
    let ended = ignore_files(contract, &asked, seed);
    asked.put_away()?;
    ended?;
    dockerfiles(contract, &asked, seed)?;
    contract.has_no_container()
}

fn ignore_files(contract: &Contract<'_>, asked: &Asked<'_>, seed: u64) -> Done {
    let name = contract.facts.name;
    if !asked.can_tell_what_is_copied() {
        say(&format!(
            "left out: ignore files on {name}: there is no docker client that builds with it"
        ));
        return Ok(());
    }
    let mut corpus = Corpus::new(seed);
    let mut seen = ignore::Seen::default();
    for number in 0..PAIRS {
        let pair = corpus.next(&ignore::pair(contract.facts.kind))?;
        let ended = pair.compare(asked, number, &mut seen);
        ended.with_context(|| format!("pair {number} of seed {seed}: {pair:#?}"))?;
    }
    say(&format!(
        "{name}: {PAIRS} pairs of tree and ignore file of seed {seed}: {seen}"
    ));
    ensure!(seen.is_telling(), "nothing was tried: {seen}");
    Ok(())
}

fn dockerfiles(contract: &Contract<'_>, asked: &Asked<'_>, seed: u64) -> Done {
    let name = contract.facts.name;
    let mut corpus = Corpus::new(seed);
    let mut lines = 0;
    for number in 0..DOCKERFILES {
        let file = corpus.next(&dockerfile::file(contract.facts.kind))?;
        let ended = file.compare(asked);
        lines += ended.with_context(|| {
            let text = file.text();
            format!("Dockerfile {number} of seed {seed}:\n{text}\n{file:#?}")
        })?;
    }
    say(&format!(
        "{name}: {lines} instructions of {DOCKERFILES} Dockerfiles of seed {seed}"
    ));
    Ok(())
}
