//! The repository's own strategies on its sample app: what the article shows must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{Cached, Ran},
    edit::{STAMP_DIGITS, STAMP_PREFIX},
    event::Outcome,
    record::{BuildRecord, StepRecord},
    text,
    verdict::{Proof, Verdict},
};

use crate::{
    Done,
    ground::Ground,
    machine,
    program::{Ended, Running, imgtui},
    say,
};

/// With every base to be made first.
const LIMIT: Duration = Duration::from_secs(3000);

/// The article's rows.
const ROWS: [&str; 8] = [
    "basic",
    "multi-stage",
    "min-size",
    "scratch",
    "alpine",
    "distroless",
    "chef-distroless",
    "chef-scratch",
];

/// Those that are built after an edit too, one of each way it goes: all in one stage, musl in another
/// image, and both with dependencies apart. Every one compiles with link-time optimisation, which is
/// what this test's time goes into.
const EDITED: [&str; 4] = ["basic", "scratch", "chef-distroless", "chef-scratch"];

/// On the user's store: bases take long to make and are kept for the user.
fn call(arguments: &[&str]) -> anyhow::Result<Ended> {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let mut command = imgtui(&machine::state_folder());
    command.args(arguments).arg("--app").arg(app);
    Running::start(&mut command)?.end(LIMIT)?.expect(0)
}

type Records = BTreeMap<String, BuildRecord>;

/// The rows alone: all that there are take an hour, and `imgtui build --all` is the long check.
fn build_rows(rows: &[&str], more: &[&str]) -> anyhow::Result<Records> {
    let arguments = [&["build", "--json"][..], rows, more].concat();
    let records = call(&arguments)?.records()?;
    for record in &records {
        ensure!(record.outcome == Outcome::Built, "{record:?}");
        let answered = Verdict::Verified {
            proof: Proof::Answer,
        };
        ensure!(record.verdict == Some(answered), "{:?}", record.verdict);
    }
    Ok(records
        .into_iter()
        .map(|record| (record.strategy.clone(), record))
        .collect())
}

/// The stamp in the answer of each image.
fn stamps() -> anyhow::Result<BTreeMap<&'static str, String>> {
    let mut stamps = BTreeMap::new();
    for id in ROWS {
        let objects = call(&["run", id, "--json"])?.objects()?;
        let seen = objects.first().context("no object")?;
        let body = seen["answer"]["body"].as_str().context("no answer")?;
        let from = body
            .find(STAMP_PREFIX)
            .with_context(|| format!("{id}: no stamp in {body}"))?;
        let stamp = body[from..].chars().take(STAMP_PREFIX.len() + STAMP_DIGITS);
        stamps.insert(id, stamp.collect());
        let stopped = seen["stopped_in_s"].as_f64().context("no time")?;
        ensure!(stopped < 2.0, "{id}: stopping took {stopped} s");
    }
    Ok(stamps)
}

pub(super) fn all_rows(_ground: &Ground) -> Done {
    let first = build_rows(&ROWS, &[])?;
    for id in ROWS {
        ensure!(first.contains_key(id), "{id} was not built");
    }
    let source_stamp = format!("{STAMP_PREFIX}{:016x}", 0);
    for (id, stamp) in stamps()? {
        ensure!(
            stamp == source_stamp,
            "{id} answers {stamp}, not the source's stamp"
        );
    }
    let edited = build_rows(&EDITED, &["--edit", "source"])?;
    tell(&first, &edited);
    let mut answered = stamps()?;
    answered.retain(|id, _| EDITED.contains(id));
    let distinct: BTreeSet<&String> = answered.values().collect();
    ensure!(
        distinct.len() == EDITED.len(),
        "not one stamp an edit: {answered:?}"
    );
    ensure!(
        !distinct.contains(&source_stamp),
        "an edit is not in its image: {answered:?}"
    );
    for id in EDITED {
        edit_ran_what_it_must(&edited[id])?;
    }
    in_the_articles_order(&first)
}

fn tell(first: &Records, edited: &Records) {
    say(
        "strategy           first build      after an edit         image  (seconds; cached of all steps; unpacked)",
    );
    for id in ROWS {
        let cell = |record: &BuildRecord| {
            let (cached, all) = record.cached_of();
            format!("{:>7.1} {cached:>2}/{all:<2}", record.wall_s)
        };
        let size = text::bytes_or_na(first[id].image_bytes());
        let edit = edited.get(id).map_or_else(|| "not tried".to_owned(), cell);
        say(&format!(
            "{id:<16} {:>14} {edit:>16} {size:>13}",
            cell(&first[id]),
        ));
    }
}

fn is_cook(step: &StepRecord) -> bool {
    step.instruction.contains("cargo chef cook")
}

/// An edit runs the build; only with cargo-chef are dependencies left alone.
fn edit_ran_what_it_must(record: &BuildRecord) -> Done {
    let id = &record.strategy;
    let builds = |step: &&StepRecord| step.instruction.contains("cargo build");
    let build = record.steps.iter().find(builds);
    let build = build.with_context(|| format!("{id}: no build step"))?;
    ensure!(build.status == Ran, "{id}: {build:?}");
    let cook = record.steps.iter().find(|step| is_cook(step));
    if id.starts_with("chef-") {
        let cook = cook.with_context(|| format!("{id}: no cook step"))?;
        ensure!(cook.status == Cached, "{id}: dependencies again: {cook:?}");
    } else {
        ensure!(cook.is_none(), "{id}: {cook:?}");
    }
    Ok(())
}

fn in_the_articles_order(records: &Records) -> Done {
    let size = |id: &str| -> anyhow::Result<u64> {
        let bytes = records.get(id).and_then(BuildRecord::image_bytes);
        Ok(bytes.with_context(|| format!("{id}: no size"))?.0)
    };
    let sizes = ROWS.map(|id| (id, size(id).unwrap_or_default()));
    let falling = size("basic")? > size("multi-stage")?
        && size("multi-stage")? >= size("min-size")?
        && size("min-size")? > size("distroless")?
        && size("distroless")? > size("alpine")?
        && size("alpine")? > size("scratch")?
        && size("scratch")? > 0;
    ensure!(falling, "not in the article's order: {sizes:?}");
    for (twin, of) in [
        ("chef-distroless", "distroless"),
        ("chef-scratch", "scratch"),
    ] {
        let apart = size(twin)?.abs_diff(size(of)?);
        ensure!(apart * 10 < size(of)?, "{twin} is far from {of}: {sizes:?}");
    }
    Ok(())
}
