//! Steps that one engine puts into a registry, and another one takes from there.

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{Cached, Ran},
    event::Outcome,
    record::BuildRecord,
};

use serde_json::Value;

use super::{Contract, Kind, steps::LABELS};
use crate::{
    Done,
    program::LIMIT,
    registry::Registry,
    room::Room,
    server::{SOURCE, server},
};

/// As cargo-chef has it: what comes of the sources is the same after an edit.
const DOCKERFILE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS planner
COPY . /app
RUN wc -l < /app/Cargo.toml > /recipe
FROM ${BASE_IMAGE} AS made
COPY --from=planner /recipe /recipe
RUN head -c 100000 /dev/urandom > /made
FROM ${BASE_IMAGE}
COPY --from=made /made /made
RUN cat /made /made > /twice
COPY . /app
RUN cat /app/src/main.rs > /after
CMD [\"none\"]
";

pub(super) fn shared_steps(contract: &Contract<'_>) -> Done {
    let name = contract.facts.name;
    let registry = Registry::start(&contract.ground.path(&format!("shared-{name}")))?;
    let repository = format!("{}/team/cache", registry.address);
    let room = contract.room("sharing")?;
    room.strategy("plain", DOCKERFILE)?;
    // Nobody has shared anything yet.
    let first = build(
        &room,
        &["--cache-from", &repository, "--cache-to", &repository],
    )?;
    let made = [("FROM ", Cached), ("COPY --from", Ran), ("RUN head", Ran)];
    contract.expect(&first, "made", &made)?;
    let wanted = (contract.facts.kind != Kind::Podman).then_some(Outcome::Built);
    ensure!(first.sharing == wanted, "{:?}", first.sharing);
    contract.on_own_engine("sharing-fresh", |fresh, store| {
        contract.ground.give_base(store)?;
        fresh.strategy("plain", DOCKERFILE)?;
        let edited = ["--edit", "source", "--cache-from", &repository];
        take(contract, &build(fresh, &edited)?).context("taken")
    })?;
    drop(registry);
    // The cache is a help, not a need.
    let alone = build(&room, &["--edit", "source", "--cache-from", &repository])?;
    ensure!(alone.outcome == Outcome::Built, "{:?}", alone.outcome);
    refused(&room, contract, &repository)
}

fn build(room: &Room<'_>, more: &[&str]) -> anyhow::Result<BuildRecord> {
    let arguments = [&["build", "plain", "--json"], more].concat();
    room.imgtui(&arguments)?.expect(0)?.record()
}

/// Random bytes: a step that ran again would have made others, and nothing after it would fit.
fn take(contract: &Contract<'_>, record: &BuildRecord) -> Done {
    let planner = [("FROM ", Cached), ("COPY . /app", Ran), ("RUN wc", Ran)];
    contract.expect(record, "planner", &planner)?;
    let made = [
        ("FROM ", Cached),
        ("COPY --from", Cached),
        ("RUN head", Cached),
    ];
    contract.expect(record, "made", &made)?;
    let wanted = [
        ("FROM ", Cached),
        ("COPY --from=made", Cached),
        ("RUN cat /made", Cached),
        ("COPY . /app", Ran),
        ("RUN cat /app", Ran),
        ("CMD ", Ran),
        (LABELS, Ran),
    ];
    contract.expect(record, "2", &wanted)?;
    Ok(())
}

/// A benchmark of a fresh machine: the store is empty, and all steps come from the registry.
pub(super) fn on_a_fresh_machine(contract: &Contract<'_>) -> Done {
    let name = contract.facts.name;
    let registry = Registry::start(&contract.ground.path(&format!("shared-bench-{name}")))?;
    let room = contract.room("bench-shared")?.with_gate();
    let repository = format!("{}/team/cache", registry.address);
    let settings = room.app.join("imgtui.toml");
    let own = std::fs::read_to_string(&settings).unwrap_or_default();
    let cache = format!("[cache]\nfrom = \"{repository}\"\nto = \"{repository}\"\n");
    std::fs::write(settings, format!("{own}\n{cache}"))?;
    let copy = "COPY . /app\n";
    let random = format!("RUN head -c 100000 /dev/urandom > /made\n{copy}");
    room.strategy("plain", &server(SOURCE).replace(copy, &random))?;
    let arguments = ["bench", "plain", "--scenarios", "shared", "--rounds", "1"];
    let ended = room
        .start(&[&arguments[..], &["--json", "--patience", "0s"]].concat())?
        .end(LIMIT)?
        .expect(0)?;
    let found: Value = serde_json::from_str(ended.out.trim())?;
    let cached = &found["results"][0]["cached"];
    ensure!(cached[0] == cached[1], "not all was taken: {found}");
    ensure!(
        found["runs"][0]["record"]["verdict"]["result"] == "verified",
        "{found}"
    );
    let fresh = room.state.join("fresh");
    let left = std::fs::read_dir(&fresh)?.count();
    ensure!(left == 0, "{} is not empty", fresh.display());
    Ok(())
}

/// A registry that does not answer keeps steps from being shared: that is told, by the exit code
/// too.
fn refused(room: &Room<'_>, contract: &Contract<'_>, repository: &str) -> Done {
    let arguments = [
        "build",
        "plain",
        "--edit",
        "source",
        "--cache-to",
        repository,
    ];
    let ended = room.imgtui(&arguments)?.expect(1)?;
    let registry = repository.split('/').next().unwrap_or_default();
    let told = format!("{}{}", ended.out, ended.err);
    ensure!(told.contains(registry), "{}: {told}", contract.facts.name);
    Ok(())
}
