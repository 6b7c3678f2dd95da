//! What builds by all strategies would cost, in one run: `cargo bench --bench predict`. Prints the
//! times.
//!
//! The app is a copy of the sample app; the history has nine builds by each strategy, made up of
//! the Dockerfiles' steps. No engine is needed.

use std::{
    error::Error,
    fs,
    time::{Duration, Instant},
};

use imgtui::{
    catalog::{Catalog, app::App, embedded, sample},
    context::{IgnoreRules, Index, Layout, lay_over, manifest_of_app, walk},
    domain::{
        footprint::Footprint,
        manifest::Manifest,
        record::{BuildRecord, EngineInfo},
        strategy::Strategy,
    },
    parse::{dockerfile, steps::steps_of},
    runner::foresee::{Foresight, Sight, Supposed},
    store::{StateFolder, footprints::Kept},
    why::{Inputs, footprint, rules::Rules},
};
use serde_json::json;

type Failure = Box<dyn Error>;

/// By each strategy: all together about as many as a history keeps reasons of.
const BUILDS: usize = 9;
const TIMES: usize = 11;

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to know whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    measure()
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
fn measure() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().canonicalize()?.join("app");
    fs::create_dir(&root)?;
    sample::lay_out(&root)?;
    let app = App::load(&root)?;
    let state = StateFolder::at(&folder.path().join("state"))?;
    let catalog = Catalog::parse(&[embedded()]);
    let context = walk(&root, &IgnoreRules::App)?;
    let mut index = Index::default();
    let manifest = manifest_of_app(&context, &mut index, std::time::SystemTime::now())?;
    for strategy in &catalog.strategies {
        let layout = Layout {
            overlay: strategy.overlay.clone(),
            ..Layout::default()
        };
        let manifest = lay_over(&manifest, &layout)?;
        for _ in 0..BUILDS {
            build(&state, &catalog, &app, strategy, &manifest)?;
        }
    }
    let began = Instant::now();
    let foresight = Foresight::load(&state, &root, None)?.ok_or("no history")?;
    println!(
        "the history of {} builds read: {:?}",
        BUILDS * catalog.strategies.len(),
        began.elapsed()
    );
    let supposed = Supposed {
        files: [("src/main.rs".to_owned(), b"fn main() {}".to_vec())].into(),
        ..Supposed::default()
    };
    for count in [20, catalog.strategies.len()] {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            let mut sight = Sight::of(&app, &state);
            for strategy in catalog.strategies.iter().take(count) {
                foresight.foresee(&mut sight, &catalog, strategy, &supposed)?;
            }
            times.push(began.elapsed());
        }
        println!(
            "{count} strategies foreseen after an edit, the app walked: {:?}",
            median(times)
        );
    }
    let mut sight = Sight::of(&app, &state);
    let nothing = Supposed::default();
    for count in [20, catalog.strategies.len()] {
        let mut times = Vec::new();
        for edit in 0..=TIMES {
            fs::write(
                root.join("src/main.rs"),
                format!("fn main() {{}} // {edit}"),
            )?;
            let began = Instant::now();
            sight.follow(&["src/main.rs".into()]);
            for strategy in catalog.strategies.iter().take(count) {
                foresight.foresee(&mut sight, &catalog, strategy, &nothing)?;
            }
            // The first look walks.
            if edit > 0 {
                times.push(began.elapsed());
            }
        }
        println!(
            "{count} strategies foreseen after an edit that the watcher named: {:?}",
            median(times)
        );
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Puts a build into the history in which every step took a second.
fn build(
    state: &StateFolder,
    catalog: &Catalog,
    app: &App,
    strategy: &Strategy,
    manifest: &Manifest,
) -> Result<(), Failure> {
    let engine = EngineInfo {
        kind: "podman".into(),
        version: "4.3.1".into(),
    };
    let text = catalog.tailored(strategy, app).text;
    let read = dockerfile::read(&text)?;
    let plan = steps_of(&engine, dockerfile::outline(&text));
    let none = std::collections::BTreeMap::new();
    let footprint: Footprint = footprint(Inputs {
        rules: Rules::of(&engine),
        dockerfile: &read,
        plan: &plan,
        arguments: &none,
        labels: &none,
        manifest,
        recipe: &|| None,
        store: "store",
    });
    let steps = footprint.stages.iter().flat_map(|stage| {
        stage.steps.iter().enumerate().map(|(place, step)| {
            json!({
                "stage": stage.name, "index": place + 1, "of": stage.steps.len(),
                "instruction": step.instruction, "status": "ran", "seconds": 1.0,
            })
        })
    });
    let record: BuildRecord = serde_json::from_value(json!({
        "schema": 1, "strategy": strategy.id, "subject": {"kind": "strategy", "id": strategy.id},
        "app": app.root, "started": "2026-01-02T03:04:05Z", "engine": engine,
        "trigger": {"kind": "asked"}, "outcome": {"result": "built"}, "edit": null,
        "no_cache": false, "image": null, "wall_s": 10.0, "cpu": null, "context_bytes": null,
        "bases": [], "steps": steps.collect::<Vec<_>>(), "layers": [], "log": "",
    }))?;
    let kept = Kept {
        footprint,
        manifest: manifest.clone(),
        contents: Vec::new(),
    };
    state.history().append_traced(&record, &kept)?;
    Ok(())
}
