//! A tiny app and tiny strategies of one test.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;

use crate::{
    ground::{BASE, Ground},
    program::{Ended, LIMIT, Running, imgtui},
};

/// An app, strategies, and the way to call imgtui on them.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    pub(crate) ground: &'a Ground,
    name: String,
    pub(crate) app: PathBuf,
    pub(crate) strategies: PathBuf,
    pub(crate) state: PathBuf,
    /// The settings file that names the store.
    pub(crate) storage: PathBuf,
    variables: Vec<(String, PathBuf)>,
    /// Whether images are looked at; most tests' images are no servers.
    gate: bool,
    /// What `--engine` is given.
    engine: Option<&'static str>,
}

impl<'a> Room<'a> {
    /// A room whose app has this name.
    pub(crate) fn new(ground: &'a Ground, name: &str) -> anyhow::Result<Self> {
        let folder = ground.path(name);
        Ok(Self {
            ground,
            name: name.to_owned(),
            app: app(&folder.join("app"), name)?,
            strategies: folder.join("strategies"),
            state: ground.state(),
            storage: ground.storage(),
            variables: Vec::new(),
            gate: false,
            engine: None,
        })
    }

    /// A state folder of its own.
    pub(crate) fn with_own_state(mut self) -> anyhow::Result<Self> {
        let folder = self.app.parent().context("the app has no parent")?;
        self.state = folder.join("state");
        Ok(self)
    }

    /// Builds whose images are looked at.
    pub(crate) fn with_gate(mut self) -> Self {
        self.gate = true;
        self
    }

    /// Builds on this engine, whichever imgtui would take.
    pub(crate) fn with_engine(mut self, engine: &'static str) -> Self {
        self.engine = Some(engine);
        self
    }

    /// One more environment variable.
    pub(crate) fn with_variable(mut self, name: &str, file: PathBuf) -> Self {
        self.variables.push((name.to_owned(), file));
        self
    }

    /// Adds a strategy; its Dockerfile finds [`BASE`] in `${BASE_IMAGE}` if it declares it.
    pub(crate) fn strategy(&self, id: &str, dockerfile: &str) -> anyhow::Result<()> {
        strategy(&self.strategies, id, dockerfile)
    }

    /// The name of the image that a strategy makes.
    pub(crate) fn image(&self, strategy: &str) -> String {
        format!("localhost/imgtui/{}:{strategy}", self.name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = imgtui(&self.state);
        command.args(arguments);
        if !self.gate && arguments.first() == Some(&"build") {
            command.arg("--no-verify");
        }
        command.arg("--app").arg(&self.app);
        command.arg("--strategies").arg(&self.strategies);
        if let Some(engine) = self.engine {
            command.args(["--engine", engine]);
        }
        command.env("CONTAINERS_STORAGE_CONF", &self.storage);
        for (name, file) in &self.variables {
            command.env(name, file);
        }
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> anyhow::Result<Running> {
        Running::start(&mut self.command(arguments))
    }

    /// Calls imgtui and waits for its end.
    pub(crate) fn imgtui(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        self.start(arguments)?.end(LIMIT)
    }

    /// Everything about the app's files that a build could change.
    pub(crate) fn look_at_app(&self) -> anyhow::Result<BTreeMap<PathBuf, (SystemTime, Vec<u8>)>> {
        let mut seen = BTreeMap::new();
        let mut pending = vec![self.app.clone()];
        while let Some(path) = pending.pop() {
            let meta = fs::symlink_metadata(&path)?;
            let bytes = if meta.is_dir() {
                for entry in fs::read_dir(&path)? {
                    pending.push(entry?.path());
                }
                Vec::new()
            } else {
                fs::read(&path)?
            };
            seen.insert(path, (meta.modified()?, bytes));
        }
        Ok(seen)
    }
}

/// Writes a package with one source that holds a stamp.
pub(crate) fn app(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder.join("src"))?;
    // A workspace of its own: the folder lies in one that knows nothing of it.
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    // Without it no build is begun.
    let lock = format!("version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    fs::write(folder.join("Cargo.lock"), lock)?;
    // Nothing that it is made of tells that it is asked over HTTP.
    fs::write(folder.join("imgtui.toml"), "probe = \"/\"\n")?;
    let source = "const STAMP: &str = \"imgtui:0000000000000000\";\n\nfn main() {\n    println!(\"{STAMP}\");\n}\n";
    fs::write(folder.join("src/main.rs"), source)?;
    // An old time, so that "now" written over it would be seen.
    let old = SystemTime::now() - Duration::from_secs(86_400);
    fs::File::options()
        .write(true)
        .open(folder.join("src/main.rs"))?
        .set_modified(old)?;
    Ok(folder.to_owned())
}

/// Writes a strategy's folder.
pub(crate) fn strategy(strategies: &Path, id: &str, dockerfile: &str) -> anyhow::Result<()> {
    let base = dockerfile.contains("ARG BASE_IMAGE").then_some(BASE);
    strategy_on(strategies, id, dockerfile, base)
}

/// Writes a strategy's folder, with the base that `BASE_IMAGE` names.
pub(crate) fn strategy_on(
    strategies: &Path,
    id: &str,
    dockerfile: &str,
    base: Option<&str>,
) -> anyhow::Result<()> {
    let folder = strategies.join(format!("10-{id}"));
    fs::create_dir_all(&folder)?;
    let mut text = format!(
        "id = \"{id}\"\ntitle = \"{id}\"\ngroup = \"test\"\nsummary = \"for a test\"\nlook_at = \"nothing\"\n"
    );
    if let Some(base) = base {
        text.push_str("\n[bases]\nBASE_IMAGE = \"");
        text.push_str(base);
        text.push_str("\"\n");
    }
    fs::write(folder.join("strategy.toml"), text)?;
    fs::write(folder.join("Dockerfile"), dockerfile)?;
    Ok(())
}
