//! An app with a folder for each change, and strategies that change by change have steps.

use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::ensure;
use imgtui::domain::record::BuildRecord;

use super::{
    behind,
    changes::{self, Change},
    recipes,
    site::Site,
};
use crate::{
    Done,
    contract::{Contract, Kind},
    room::Room,
    store::Store,
};

/// Everything is built for the first time at once, which takes an engine that is busy minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// Changes that are made together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) strategy: &'static str,
    pub(super) sites: Vec<Site>,
    /// Whether each change has a stage of its own: where one step runs, all behind it in its stage do.
    has_stages: bool,
}

/// The app, the strategies, and what was built of them before any change.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) room: Room<'a>,
    /// What no engine sees, what makes nothing run, and what does: changes of files, and of the
    /// Dockerfile. Those are apart because `BuildKit` (docker 20.10) gives a build of 40 stages up
    /// now and then: `flightcontrol: exceeded retry timeout`.
    pub(super) groups: [Group; 4],
    pub(super) store: Store<'a>,
    pub(super) kind: Kind,
    /// Repository of a base of its own.
    pub(super) base: String,
    /// A copy of the app before any change.
    untouched: PathBuf,
    /// Seconds that all builds took together.
    took: Cell<f64>,
}

impl<'a> Scene<'a> {
    /// Sets everything, and builds it once.
    pub(super) fn set(contract: &Contract<'a>) -> anyhow::Result<Self> {
        let room = contract.room("why")?;
        let kind = contract.facts.kind;
        let app = &room.app;
        fs::write(app.join(".dockerignore"), "# what nobody needs\n**/*.md\n")?;
        let settings = fs::read_to_string(app.join("imgtui.toml"))?;
        fs::write(
            app.join("imgtui.toml"),
            format!("{settings}\n[build-args]\n"),
        )?;
        let group = |strategy, letter, changes: Vec<Change>, has_stages| -> anyhow::Result<Group> {
            let numbered = changes.into_iter().enumerate();
            let sites = numbered
                .map(|(number, change)| Site::set(change, format!("{letter}{number:02}z"), app));
            Ok(Group {
                strategy,
                sites: sites.collect::<anyhow::Result<_>>()?,
                has_stages,
            })
        };
        let groups = [
            group("quiet", 'q', recipes::quiet(), false)?,
            group("hit", 'h', changes::hits(kind), false)?,
            group("ran", 'r', changes::all_that_run(kind), true)?,
            group("rewritten", 'w', recipes::all_that_run(kind), true)?,
        ];
        let scene = Self {
            store: contract.store()?,
            base: format!("localhost/why-{}", contract.facts.name),
            untouched: room.app.with_file_name("untouched"),
            took: Cell::default(),
            room,
            groups,
            kind,
        };
        let mut strategies = Vec::new();
        for group in &scene.groups {
            scene.write_dockerfile(group)?;
            strategies.push(group.strategy);
        }
        strategies.extend(behind::set(&scene)?);
        copy(&scene.room.app, &scene.untouched)?;
        scene.build(&strategies)?;
        Ok(scene)
    }

    /// Puts the app and the strategies of what ran back as they were, with all times.
    pub(super) fn take_back(&self) -> Done {
        let [.., ran, rewritten] = &self.groups;
        for group in [ran, rewritten] {
            for site in &group.sites {
                site.reset_lines();
            }
            self.write_dockerfile(group)?;
        }
        fs::remove_dir_all(&self.room.app)?;
        copy(&self.untouched, &self.room.app)
    }

    pub(super) fn write_dockerfile(&self, group: &Group) -> Done {
        let mut text = "ARG BASE_IMAGE=none\n".to_owned();
        for site in &group.sites {
            text.push_str(&site.stages(group.has_stages));
        }
        text.push_str("FROM ${BASE_IMAGE}\n");
        // A stage that the last one takes nothing of is left out by some.
        let takes_stages = self.kind != Kind::DockerClassic;
        for site in &group.sites {
            text.push_str(&site.in_last(group.has_stages, takes_stages));
        }
        text.push_str("CMD [\"none\"]\n");
        self.room.strategy(group.strategy, &text)
    }

    /// One record a strategy.
    pub(super) fn build(&self, strategies: &[&str]) -> anyhow::Result<Vec<BuildRecord>> {
        let arguments = [&["build", "--json"], strategies].concat();
        let built = self.room.start(&arguments)?.end(LIMIT)?;
        let records = built.expect(0)?.records()?;
        ensure!(records.len() == strategies.len(), "{records:#?}");
        let seconds: f64 = records.iter().map(|record| record.wall_s).sum();
        self.took.set(self.took.get() + seconds);
        Ok(records)
    }

    /// Seconds that all builds took together.
    pub(super) fn took(&self) -> f64 {
        self.took.get()
    }
}

/// With modes, times and links.
fn copy(from: &Path, to: &Path) -> Done {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "cp -a failed");
    Ok(())
}
