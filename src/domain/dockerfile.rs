//! A Dockerfile as it is written: its stages, their instructions, and what each of them takes.
//!
//! Words stay as they are written: variables are not expanded, and quotes and escapes are still
//! around what an engine expands. Each field says where that is otherwise. What is told of an
//! engine's own reading is told of BuildKit (`frontend/dockerfile`, August 2026).

use std::{borrow::Cow, path::Path};

/// The name by which a Dockerfile is in the context that an engine is sent. BuildKit does not hide it
/// from `COPY` (docker 20.10 to 28, whatever the ignore file says), so there it is a file like others.
pub const SENT_NAME: &str = ".imgtui.Dockerfile";

/// A path of the context in words.
pub(super) fn shown(path: &Path) -> String {
    if path == Path::new(SENT_NAME) {
        return "the Dockerfile, sent along,".to_owned();
    }
    path.display().to_string()
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// The character that escapes and continues lines: `\`, or `` ` `` where the file's first
    /// lines say so.
    pub escape: char,
    /// What the `ARG`s before the first `FROM` declare, in their order. They hold for all `FROM`s,
    /// and are the defaults of those that a stage declares again without a value.
    pub global: Vec<Argument>,
    /// At least one, in the file's order.
    pub stages: Vec<Stage>,
}

/// A `FROM`, and what comes up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// `AS name`, in the letters of the file. Engines make no difference between upper and lower
    /// case, and where two stages have the same name the later one is meant.
    pub name: Option<String>,
    /// The value of `--platform`, without the quotes around it; to be expanded with the global
    /// arguments.
    pub platform: Option<String>,
    /// The image, or the name of an earlier stage; to be expanded with the global arguments.
    pub image: String,
    /// The line of the `FROM`, from 1.
    pub line: usize,
    /// In the file's order, without the `FROM`.
    pub instructions: Vec<Instruction>,
}

/// One instruction of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// On one line, white space folded, without heredocs' bodies: the text by which
    /// [`StagePlan`](super::event::StagePlan) knows it.
    pub text: String,
    /// Its lines joined as an engine joins them, blanks as they are written.
    pub written: String,
    /// Which one it is, and what it takes.
    pub kind: Kind,
}

/// Which instruction it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `RUN`
    Run(Run),
    /// `COPY`
    Copy(Copy),
    /// `ADD`
    Add(Copy),
    /// `ARG`
    Argument(Vec<Argument>),
    /// `ENV`: names and values, both to be expanded. All values of one `ENV` see the environment
    /// as it was before it.
    Environment(Vec<(String, String)>),
    /// `WORKDIR`; to be expanded.
    WorkingFolder(String),
    /// `USER`; to be expanded.
    User(String),
    /// `SHELL`: what runs the commands that are one text; never expanded, read from JSON.
    Shell(Vec<String>),
    /// `LABEL`: names and values, both to be expanded.
    Label(Vec<(String, String)>),
    /// `ONBUILD`: nothing happens in this build.
    OnBuild(Box<Kind>),
    /// What changes the image's configuration and no files.
    Setting(Setting),
}

/// An `ARG`'s name, and its default if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// As written.
    pub name: String,
    /// To be expanded; unlike a value of `ENV` it sees what stands before it in the same
    /// instruction. `NAME=` is an empty default, `NAME` is none.
    pub default: Option<String>,
}

/// An instruction that only sets a value of the image's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which one.
    pub name: SettingName,
    /// All that follows the keyword, flags too, on one line: blanks, quotes, JSON as they are
    /// written.
    pub text: String,
}

/// Which value of the image's configuration is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingName {
    /// `CMD`
    Command,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `EXPOSE`
    Expose,
    /// `VOLUME`
    Volume,
    /// `HEALTHCHECK`
    HealthCheck,
    /// `STOPSIGNAL`
    StopSignal,
    /// `MAINTAINER`
    Maintainer,
}

/// A `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Each `--mount`, in their order.
    pub mounts: Vec<Mount>,
    /// The other flags without their dashes, `("network", Some("none"))`; quotes are removed, and
    /// engines do not expand them.
    pub flags: Vec<(String, Option<String>)>,
    /// What runs. Engines do not expand it: variables are in its environment.
    pub command: Command,
    /// What the command's `<<NAME`s hold, in their order; none for [`Command::Exec`].
    pub heredocs: Vec<Heredoc>,
}

/// What a `RUN` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A text for the shell, on one line: lines are joined, everything else is as written, blanks
    /// and quotes too, and `<<NAME` where heredocs are.
    Shell(String),
    /// A program and its arguments, read from JSON.
    Exec(Vec<String>),
}

/// A `--mount` of a `RUN`.
///
/// Values are without the quotes that were around the whole flag, and are to be expanded, except
/// [`Mount::from`], which engines do not expand. Keys that are given twice count the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// `type`; [`MountKind::Bind`] where it is not said.
    pub kind: MountKind,
    /// `from`: a stage or an image. Without it a bind mount shows the context, and a cache begins
    /// empty.
    pub from: Option<String>,
    /// `source` or `src`: a path in `from`, or a secret's id.
    pub source: Option<String>,
    /// `target`, `dst` or `destination`: where it is during the command.
    pub target: Option<String>,
    /// `id`. A cache without one is known by its target.
    pub id: Option<String>,
    /// `sharing`; engines take [`Sharing::Shared`] where it is not said.
    pub sharing: Option<Sharing>,
    /// `readonly`, `ro`, `readwrite`, `rw`; where nothing is said, caches and memory can be written
    /// and everything else cannot.
    pub access: Access,
    /// `required`: whether a missing secret or socket is an error.
    pub required: bool,
    /// All other keys in their order, `("uid", Some("1000"))`: `size`, `mode`, `uid`, `gid`, `env`,
    /// and what only some engines know.
    pub others: Vec<(String, Option<String>)>,
    /// The flag's whole value.
    pub text: String,
}

/// What is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MountKind {
    /// Files of the context, a stage or an image.
    Bind,
    /// A folder that the builder keeps.
    Cache,
    /// Memory.
    Tmpfs,
    /// A file that is no part of the build's inputs.
    Secret,
    /// A socket of an agent.
    Ssh,
}

/// How builds that run at the same time use a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// All use it.
    Shared,
    /// Each gets one of its own while another is in use.
    Private,
    /// One waits for another.
    Locked,
}

/// Whether a mount can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// It cannot.
    ReadOnly,
    /// It can. What is written into a bind mount is thrown away.
    ReadWrite,
}

/// A `COPY` or `ADD`.
///
/// Values of flags are without the quotes around them. Those of `--chown` and `--chmod` are to be
/// expanded, as are paths; `--from` and `--exclude` are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// `--from`: a stage by name or number, or an image; the context where it is not said.
    pub from: Option<String>,
    /// At least one, in their order.
    pub sources: Vec<Source>,
    /// Where they go; to be expanded.
    pub target: String,
    /// `--chown`
    pub owner: Option<String>,
    /// `--chmod`
    pub mode: Option<String>,
    /// `--link`: the files are a layer that does not depend on what is below.
    pub link: bool,
    /// `--parents`: the sources' folders are kept.
    pub parents: bool,
    /// Each `--exclude`.
    pub exclude: Vec<String>,
    /// The other flags without their dashes: `checksum` (to be expanded), `keep-git-dir`, `unpack`.
    pub flags: Vec<(String, Option<String>)>,
}

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A path, a pattern of paths, or an address; to be expanded. It has neither quotes nor blanks
    /// of its own unless it was written in JSON.
    Path(String),
    /// A file that the Dockerfile itself holds.
    Heredoc(Heredoc),
}

/// A text between `<<NAME` and `NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it, without quotes. A `COPY` names the file so.
    pub name: String,
    /// Whether variables in it are expanded: no part of the name is quoted. Only `COPY` and `ADD`
    /// do so; what a `RUN` holds is its shell's.
    pub expand: bool,
    /// What becomes of tabs at the beginning of lines.
    pub tabs: Tabs,
    /// Its lines with their ends, exactly as the file has them.
    pub written: String,
}

impl Heredoc {
    /// What it stands for: its lines, without the tabs before them where `<<-` says so.
    #[must_use]
    pub fn body(&self) -> Cow<'_, str> {
        match self.tabs {
            Tabs::Kept => Cow::Borrowed(&self.written),
            Tabs::Dropped => {
                let lines = self.written.split_inclusive('\n');
                lines.map(|line| line.trim_start_matches('\t')).collect()
            }
        }
    }
}

/// What becomes of the tabs at the beginning of a heredoc's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tabs {
    /// `<<NAME`: they are part of it.
    Kept,
    /// `<<-NAME`: they are left out, before `NAME` too.
    Dropped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_before_lines_go_where_that_is_said() {
        let mut heredoc = Heredoc {
            name: "EOF".to_owned(),
            expand: true,
            tabs: Tabs::Kept,
            written: "\t\ta\tb\r\n \tc\n\n".to_owned(),
        };
        assert_eq!(heredoc.body(), heredoc.written);
        heredoc.tabs = Tabs::Dropped;
        assert_eq!(heredoc.body(), "a\tb\r\n \tc\n\n");
    }
}
