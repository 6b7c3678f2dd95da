//! What each engine compares.
//!
//! Read in the engines' sources (buildah 1.28 to 1.41, moby 20.10 to 28, `BuildKit` 0.8 to 0.25), and
//! asked of real engines by the test `why_each_step_missed`:
//! - podman compares the text by which an image's history names a step (`getCreatedBy` of buildah's
//!   `imagebuildah/stage_executor.go`): instructions as they are written, variables not put in;
//!   commands with the values of all arguments before them; the digest of what is copied.
//! - docker's classic builder compares the settings of the image that a step would make
//!   (`compare` of moby's `image/cache/compare.go`): variables are put in.
//! - `BuildKit` compares operations (`CacheMap` of `solver/llbsolver/ops`): a command with its
//!   environment, folder and user; instructions that only set something are no steps.

use super::{
    scope::Scope,
    selection::{Compared, NameOfFile},
};
use crate::domain::{
    dockerfile::{Command, Copy, Instruction, Kind, Run},
    footprint::Ingredient,
    record::EngineInfo,
};

/// How an engine compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a table of independent answers, one column an engine"
)]
pub struct Rules {
    builder: Builder,
    /// What of a file counts.
    pub(super) compared: Compared,
    /// `COPY --link` does not depend on the step before it.
    pub(super) links_stand_alone: bool,
    /// A command's result depends on environment, folder, user and shell themselves, and not on the
    /// steps that set them.
    pub(super) commands_see_settings: bool,
    /// Stages that the last one does not need are left out.
    pub(super) skips_stages: bool,
    /// A stage that starts from another one has its arguments.
    pub(super) arguments_are_inherited: bool,
    /// What is mounted from a stage or from the context counts.
    pub(super) bind_mounts_count: bool,
    /// What a command's heredocs hold counts.
    heredocs_count: bool,
    /// `COPY` sees the Dockerfile and the ignore file that are sent with the context (seen on docker
    /// 20.10; the frontend applies ignore files only to what it asks its client for).
    pub sees_own_files: bool,
    /// Of what is mounted from a stage, the files count, and not which result they are in.
    pub(super) bind_mounts_by_content: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Builder {
    Podman,
    Classic,
    BuildKit,
}

impl Rules {
    /// The rules of this engine.
    #[must_use]
    pub fn of(engine: &EngineInfo) -> Self {
        let builder = match engine.kind.as_str() {
            "docker-classic" => Builder::Classic,
            "docker-buildkit" => Builder::BuildKit,
            _ => Builder::Podman,
        };
        let is_buildkit = builder == Builder::BuildKit;
        let is_from = |wanted| engine.release().is_some_and(|release| release >= wanted);
        Self {
            builder,
            compared: Compared {
                mode_of_named_folder: builder != Builder::Podman,
                name_of_named_file: match builder {
                    Builder::Podman => NameOfFile::DoesNotCount,
                    Builder::Classic => NameOfFile::WholePath,
                    Builder::BuildKit => NameOfFile::LastPart,
                },
            },
            links_stand_alone: is_buildkit,
            sees_own_files: is_buildkit,
            commands_see_settings: is_buildkit,
            skips_stages: builder != Builder::Classic,
            arguments_are_inherited: is_buildkit,
            // buildah before 1.39, which podman 5.4 has, leaves them out.
            bind_mounts_count: is_buildkit || is_from((5, 4)),
            heredocs_count: builder != Builder::Podman || is_from((5, 0)),
            bind_mounts_by_content: is_buildkit,
        }
    }

    /// The words of a command.
    pub(super) fn command(self, instruction: &Instruction, run: &Run, scope: &Scope) -> String {
        let mut text = match (self.builder, &run.command) {
            (Builder::Podman, _) => after_keyword(&instruction.written).to_owned(),
            (_, Command::Shell(text)) => text.clone(),
            (_, Command::Exec(words)) => format!("{words:?}"),
        };
        if self.builder == Builder::BuildKit {
            for mount in &run.mounts {
                text = format!("{text}\n--mount={}", scope.expand(&mount.text));
            }
            for (flag, value) in &run.flags {
                text = format!("{text}\n--{flag}={}", value.as_deref().unwrap_or_default());
            }
        }
        // buildah before 1.35, which podman 5 has, leaves them out.
        let heredocs = run.heredocs.iter().filter(|_| self.heredocs_count);
        for heredoc in heredocs {
            text = format!("{text}\n{}", heredoc.body());
        }
        text
    }

    /// What of the files of a `COPY` counts. Podman calls a file that is put into a folder by its own
    /// name, and else by that of the target.
    pub(super) fn compared(self, copy: &Copy, scope: &Scope) -> Compared {
        let is_folder = matches!(copy.target.as_str(), "." | "./")
            || copy.target.ends_with('/')
            || scope.in_folder(&copy.target) == scope.folder();
        match (self.builder, is_folder) {
            (Builder::Podman, true) => Compared {
                name_of_named_file: NameOfFile::LastPart,
                ..self.compared
            },
            _ => self.compared,
        }
    }

    /// The arguments that a command's result depends on: those that have a value, unless the
    /// environment has one of this name, which then counts in its place.
    pub(super) fn arguments(self, scope: &Scope) -> Vec<Ingredient> {
        let with_value = scope
            .arguments()
            .filter_map(|(name, value)| Some((name, value?)));
        let counting = with_value.filter_map(|(name, value)| {
            let value = match (scope.variable(name), self.builder) {
                (None, _) => value,
                (Some(variable), Builder::Podman) => variable,
                (Some(_), _) => return None,
            };
            Some(Ingredient::Argument {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            })
        });
        counting.collect()
    }

    /// Where a `COPY` puts files, and how.
    pub(super) fn target(self, instruction: &Instruction, copy: &Copy, scope: &Scope) -> String {
        let target = match self.builder {
            Builder::Podman => copy.target.clone(),
            Builder::Classic => scope.expand(&copy.target),
            Builder::BuildKit => scope.in_folder(&scope.expand(&copy.target)),
        };
        let keyword = match instruction.kind {
            Kind::Add(_) => "ADD",
            _ => "COPY",
        };
        let mut text = format!("{keyword} in {target}");
        for (flag, value) in [("chown", &copy.owner), ("chmod", &copy.mode)] {
            if let Some(value) = value {
                text = format!("{text} --{flag}={}", scope.expand(value));
            }
        }
        if self.builder == Builder::BuildKit {
            for (name, is_set) in [("link", copy.link), ("parents", copy.parents)] {
                if is_set {
                    text = format!("{text} --{name}");
                }
            }
            for (flag, value) in &copy.flags {
                text = format!("{text} --{flag}={}", value.as_deref().unwrap_or_default());
            }
        }
        text
    }

    /// An instruction that sets something.
    pub(super) fn setting(self, instruction: &Instruction, scope: &Scope) -> String {
        match (self.builder, &instruction.kind) {
            // The names of all that have a value so far.
            (Builder::Podman, Kind::Argument(_)) => {
                let valued = scope.arguments().filter(|(_, value)| value.is_some());
                let names: Vec<&str> = valued.map(|(name, _)| name).collect();
                format!("ARG {}", names.join(" "))
            }
            (Builder::Podman, _) => instruction.written.clone(),
            (_, Kind::WorkingFolder(_)) => format!("WORKDIR {}", scope.folder()),
            (Builder::Classic, Kind::Environment(pairs)) => pairs_of("ENV", pairs, scope),
            (Builder::Classic, Kind::Label(pairs)) => pairs_of("LABEL", pairs, scope),
            (Builder::Classic, Kind::Argument(_)) | (Builder::BuildKit, _) => {
                instruction.text.clone()
            }
            (Builder::Classic, _) => scope.expand(&instruction.text),
        }
    }
}

fn pairs_of(keyword: &str, pairs: &[(String, String)], scope: &Scope) -> String {
    let pairs = pairs.iter().map(|(name, value)| {
        let (name, value) = (scope.expand(name), scope.expand(value));
        format!("{name}={value}")
    });
    format!("{keyword} {}", pairs.collect::<Vec<_>>().join(" "))
}

fn after_keyword(written: &str) -> &str {
    let text = written.trim_start();
    text.split_once(char::is_whitespace)
        .map_or("", |(_, rest)| rest)
}
