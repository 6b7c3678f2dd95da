//! Changes that are no single step's: in the engine, in another strategy, and back to what was.

use std::fs;

use super::{scene::Scene, seen::Wanted, site::furnish};
use crate::{Done, contract::Kind};

/// A change that is judged by all steps of its strategy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    name: &'static str,
    pub(super) strategy: &'static str,
    pub(super) make: fn(&Scene<'_>) -> Done,
    step: &'static str,
    runs: bool,
    words: &'static str,
    /// A result goes from the engine: of `BuildKit`, which does not name results, a forecast cannot
    /// know.
    is_behind: bool,
}

/// What one strategy has, and what a second one is going to have of it.
const STRATEGIES: [(&str, &str); 2] = [("based", "COPY based /based\n"), ("other", OTHER)];
const OTHER: &str = "COPY other/b.txt /b\n";
const SHARING: &str = "COPY based /based\nCOPY other/b.txt /b\n";
/// One whose result goes.
const GONE: &str =
    "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nRUN echo gone > /gone\nCMD [\"none\"]\n";

/// With the changes that no engine sees.
pub(super) const FIRST: &[Trial] = &[
    Trial {
        name: "another strategy's layers",
        strategy: "other",
        make: |scene| dockerfile(scene, "other", SHARING),
        step: "COPY based",
        runs: false,
        words: "based made the same result",
        is_behind: false,
    },
    Trial {
        name: "the engine lost what it had",
        strategy: "gone",
        make: lose,
        step: "RUN echo gone",
        runs: true,
        words: "evicted: the engine no longer has this result",
        is_behind: true,
    },
];

/// With those that make nothing run.
pub(super) const SECOND: &[Trial] = &[Trial {
    name: "instructions, back as they were",
    strategy: "other",
    make: |scene| dockerfile(scene, "other", OTHER),
    step: "COPY other",
    runs: false,
    words: "all is as in an earlier build",
    is_behind: false,
}];

/// With those that do.
pub(super) const THIRD: &[Trial] = &[Trial {
    name: "an edit",
    strategy: "based",
    make: |scene| Ok(fs::write(scene.room.app.join("based/a.txt"), "ONE\n")?),
    step: "COPY based",
    runs: true,
    words: "based/a.txt changed",
    is_behind: false,
}];

/// After all of those, one after the other.
pub(super) const LAST: [&[Trial]; 3] = [
    &[
        Trial {
            name: "all of that taken back",
            strategy: "ran",
            make: |scene| scene.take_back(),
            step: "COPY r00z",
            runs: false,
            words: "all is as in an earlier build",
            is_behind: false,
        },
        Trial {
            name: "all that was rewritten taken back",
            strategy: "rewritten",
            // With all others.
            make: |_| Ok(()),
            step: "RUN echo w00z",
            runs: false,
            words: "all is as in an earlier build",
            is_behind: false,
        },
        Trial {
            name: "the edit taken back",
            strategy: "based",
            // With all others.
            make: |_| Ok(()),
            step: "COPY based",
            runs: false,
            words: "all is as in an earlier build",
            is_behind: false,
        },
    ],
    &[Trial {
        name: "another base under the same name",
        strategy: "based",
        make: |scene| retag(scene, "two"),
        step: "COPY based",
        runs: true,
        words: ":now is now ",
        is_behind: false,
    }],
    &[Trial {
        name: "the former base again",
        strategy: "based",
        make: |scene| retag(scene, "one"),
        step: "COPY based",
        runs: false,
        words: "all is as in an earlier build",
        is_behind: false,
    }],
];

/// Sets the base, the files and the strategies, whose ids are handed back.
pub(super) fn set(scene: &Scene<'_>) -> anyhow::Result<Vec<&'static str>> {
    for tag in ["one", "two"] {
        let folder = scene.room.app.with_file_name(tag);
        fs::create_dir(&folder)?;
        fs::write(folder.join("base.txt"), tag)?;
        let file = folder.with_extension("tar");
        let mut tar = tar::Builder::new(fs::File::create(&file)?);
        tar.append_dir_all(".", &folder)?;
        tar.into_inner()?.sync_all()?;
        scene.store.import(&file, &scene.base, tag)?;
    }
    retag(scene, "one")?;
    for (id, lines) in STRATEGIES {
        furnish(&scene.room.app.join(id))?;
        dockerfile(scene, id, lines)?;
    }
    scene.room.strategy("gone", GONE)?;
    Ok(vec!["based", "other", "gone"])
}

impl Trial {
    pub(super) fn wanted(&self, kind: Kind) -> Wanted {
        Wanted {
            name: self.name,
            step: self.step.to_owned(),
            runs: self.runs,
            words: vec![self.words.to_owned()],
            is_behind: self.is_behind && kind == Kind::DockerBuildKit,
        }
    }
}

fn dockerfile(scene: &Scene<'_>, strategy: &str, lines: &str) -> Done {
    let text = format!("FROM {}:now\n{lines}CMD [\"none\"]\n", scene.base);
    scene.room.strategy(strategy, &text)
}

fn retag(scene: &Scene<'_>, tag: &str) -> Done {
    let from = format!("{}:{tag}", scene.base);
    scene.store.tag(&from, &scene.base, "now")
}

/// The image goes, and with it the results that it was made of; `BuildKit` keeps those apart.
fn lose(scene: &Scene<'_>) -> Done {
    scene.store.remove_image(&scene.room.image("gone"))?;
    if scene.kind == Kind::DockerBuildKit {
        scene.store.lose_commands("echo gone > /gone")?;
    }
    Ok(())
}
