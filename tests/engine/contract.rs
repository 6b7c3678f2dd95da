//! What every engine has to do alike, whichever words it has for it: each case is run on each.
//!
//! An engine is added by a variant of [`Kind`] and a line in [`ENGINES`], and all cases run on it.
//! The compiler asks for what cannot be alike: where its images are to be looked at
//! ([`Contract::store`]), and how a case gets one of its own. Steps are named by their
//! instructions, never by their number, so that cases need not know what an engine makes of a
//! Dockerfile. What engines may do differently is a [`Way`], and there are few.
//!
//! Trials are called `contract_ENGINE_CASE`, so `cargo test --test engine -- docker_classic` runs
//! one engine's, and `-- cached_rebuild` one case on all of them.

mod benching;
mod caching;
mod cancelling;
mod cleaning;
mod dying;
mod failing;
mod figures;
mod full_disk;
mod gate;
mod generated;
mod hostile;
mod looking;
mod running;
mod sharing;
mod stages;
mod steps;
mod why;

use std::fs;

use anyhow::ensure;

use crate::{
    Done,
    cases::{Case, Needs, Run},
    daemon::Daemon,
    ground::Ground,
    room::Room,
    store::{PodmanStore, Store},
};

/// An engine that is held to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Podman,
    DockerClassic,
    DockerBuildKit,
}

/// What an engine may do in another way than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// An instruction that only sets something is a step, the labels of a build too.
    SettingsAreSteps,
    /// A stage that the image needs nothing of is built all the same.
    UnusedStagesAreBuilt,
    /// Bases are looked up before the first step: one that is missing is no step's failure.
    BasesAreLookedUpFirst,
}

/// What the cases know of an engine.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// What `--engine` is given, and what records call it.
    pub(crate) name: &'static str,
    needs: Needs,
    ways: &'static [Way],
}

const fn engine(kind: Kind, name: &'static str, needs: Needs, ways: &'static [Way]) -> Facts {
    Facts {
        kind,
        name,
        needs,
        ways,
    }
}

/// All of them.
#[rustfmt::skip]
static ENGINES: [Facts; 3] = [
    engine(Kind::Podman, "podman", Needs::Podman, &[Way::SettingsAreSteps]),
    engine(Kind::DockerClassic, "docker-classic", Needs::Docker, &[Way::SettingsAreSteps, Way::UnusedStagesAreBuilt]),
    engine(Kind::DockerBuildKit, "docker-buildkit", Needs::Docker, &[Way::BasesAreLookedUpFirst]),
];

type Test = fn(&Contract<'_>) -> Done;

const fn plain(name: &'static str, test: Test) -> (&'static str, Needs, Test) {
    (name, Needs::Nothing, test)
}

/// Names, what each needs besides the engine, and what is called.
const CASES: [(&str, Needs, Test); 24] = [
    plain("cached_rebuild", caching::cached_rebuild),
    plain("locked_mounts_are_given_back", caching::locked_mounts),
    plain("stages_keep_their_steps_apart", stages::apart),
    plain("failing_run", failing::run),
    plain("unknown_instruction", failing::unknown_instruction),
    plain("missing_base", failing::missing_base),
    plain("cancel_a_flood", cancelling::flood),
    plain("cancel_silence", cancelling::silence),
    plain("cancel_ends_with_its_engine", cancelling::with_its_engine),
    plain("killed_engine_is_told_and_started_anew", dying::killed),
    plain("run_answers", running::answers),
    plain("stale_stamp_is_invalid", gate::stale_stamp),
    plain("silent_image_is_invalid", gate::silent_image),
    plain("layers_and_figures", figures::figures),
    plain("why_each_step_missed", why::explained),
    plain("bench_measures_and_resumes", benching::measures_and_resumes),
    plain("cargo_is_asked_why", looking::why_cargo),
    plain("clean_takes_only_ours", cleaning::only_ours),
    plain(
        "generated_corpus_is_read_as_the_engine_reads_it",
        generated::read_as_the_engine_reads_it,
    ),
    plain("hostile_output_changes_no_step", hostile::steps),
    plain("hostile_output_of_a_failure_is_shown", hostile::failure),
    ("full_disk_is_told_as_one", Needs::Root, full_disk::told),
    (
        "shared_steps_reach_a_fresh_engine",
        Needs::Registry,
        sharing::shared_steps,
    ),
    (
        "bench_on_a_fresh_machine",
        Needs::Registry,
        sharing::on_a_fresh_machine,
    ),
];

/// Each case on each engine.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    ENGINES.iter().flat_map(|facts| {
        CASES.iter().map(move |(name, also, test)| Case {
            name: format!("contract_{}_{name}", facts.name.replace('-', "_")).into(),
            needs: [facts.needs, *also],
            run: Run::On(facts, *test),
        })
    })
}

/// What a case is given: the ground, and the engine that it is about.
#[derive(Debug)]
pub(crate) struct Contract<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) facts: &'static Facts,
}

impl<'a> Contract<'a> {
    /// A room that no other case and engine has, whose builds are this engine's.
    fn room(&self, name: &str) -> anyhow::Result<Room<'a>> {
        // A daemon has to be up first: imgtui would start one of its own.
        self.store()?;
        self.room_alone(name)
    }

    /// A room whose engine is not looked after.
    fn room_alone(&self, name: &str) -> anyhow::Result<Room<'a>> {
        let room = Room::new(self.ground, &format!("{name}-{}", self.facts.name))?;
        Ok(room.with_engine(self.facts.name))
    }

    /// A room whose engine is its own and has no image; it is gone afterwards.
    fn on_own_engine(&self, name: &str, test: impl FnOnce(&Room<'_>, &Store<'_>) -> Done) -> Done {
        let ground = self.ground;
        let mut room = self.room_alone(name)?.with_own_state()?;
        match self.facts.kind {
            Kind::Podman => {
                room.storage = ground.path(&format!("{name}.conf"));
                let folder = ground.path(&format!("store-{name}"));
                fs::write(&room.storage, ground.storage_text(name, &folder))?;
                let settings = room.storage.clone();
                test(&room, &Store::Podman(PodmanStore { ground, settings }))
            }
            Kind::DockerClassic | Kind::DockerBuildKit => {
                let daemon = Daemon::start(&room.state)?;
                let done = test(&room, &Store::Docker(&daemon));
                done.and(daemon.end())
            }
        }
    }

    /// Whether a `RUN` may mount caches.
    fn can_mount_caches(&self) -> bool {
        self.facts.kind != Kind::DockerClassic
    }

    /// The engine's images and containers.
    fn store(&self) -> anyhow::Result<Store<'a>> {
        Ok(match self.facts.kind {
            Kind::Podman => Store::Podman(PodmanStore {
                ground: self.ground,
                settings: self.ground.storage(),
            }),
            Kind::DockerClassic | Kind::DockerBuildKit => Store::Docker(self.ground.docker()?),
        })
    }

    fn has(&self, way: Way) -> bool {
        self.facts.ways.contains(&way)
    }

    /// Neither one that was started nor one that a build worked in. What is there goes, so that no
    /// other case finds it.
    fn has_no_container(&self) -> Done {
        let store = self.store()?;
        let containers = store.containers()?;
        for container in &containers {
            store.remove(container)?;
        }
        ensure!(containers.is_empty(), "left behind: {containers:?}");
        Ok(())
    }
}
