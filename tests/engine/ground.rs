//! What all tests share: a store of images of their own, so that the user's stays as it is and
//! every assertion can be exact.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use imgtui::{
    catalog::{Catalog, embedded},
    domain::ids::BaseId,
    runner::names,
    setup::Runtime,
};

use crate::{
    Done,
    daemon::{self, Daemon},
    machine::{self, Machine},
    program::{Ended, LIMIT, Running, imgtui},
    say,
    store::Store,
};

/// The base of most tests' images.
pub(crate) const BASE: &str = "debian-slim";

/// Making the base lays down a Debian.
const BASE_LIMIT: Duration = Duration::from_secs(600);

/// The shared ground.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Everything of this run; gone at its end.
    folder: tempfile::TempDir,
    /// podman's files of running containers; short, see [`storage_text`].
    run: tempfile::TempDir,
    runtime: Option<Runtime>,
    /// Reference of [`BASE`] in the store.
    pub(crate) base: String,
    /// Started by the first test that needs it.
    docker: OnceLock<Result<Daemon, String>>,
}

impl Ground {
    /// For tests that need no engine.
    pub(crate) fn bare() -> anyhow::Result<Self> {
        Ok(Self {
            folder: folder()?,
            run: short_folder()?,
            runtime: None,
            base: String::new(),
            docker: OnceLock::new(),
        })
    }

    /// Makes the store and puts the base into it.
    pub(crate) fn lay(machine: &Machine) -> anyhow::Result<Self> {
        let runtime = match &machine.runtime {
            Ok(runtime) => runtime.clone(),
            Err(why) => bail!("no usable engine: {why}"),
        };
        let mut ground = Self {
            folder: folder()?,
            run: short_folder()?,
            runtime: Some(runtime),
            base: String::new(),
            docker: OnceLock::new(),
        };
        fs::write(
            ground.storage(),
            ground.storage_text("store", &ground.path("store")),
        )?;
        ground.base = ground.bring_base()?;
        Ok(ground)
    }

    /// A path in this run's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The settings file that names the store.
    pub(crate) fn storage(&self) -> PathBuf {
        self.path("storage.conf")
    }

    /// The settings of a store in a folder. With a run root of more than about 50 bytes podman
    /// waits 20 s for each container's end: it stays short.
    pub(crate) fn storage_text(&self, name: &str, folder: &Path) -> String {
        let run = self.run.path().join(name);
        let (graph, run) = (folder.display(), run.display());
        format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = \"{graph}\"\n\
             runroot = \"{run}\"\nrootless_storage_path = \"{graph}\"\n"
        )
    }

    /// The state folder that tests share where they have no reason for one of their own: the
    /// runtime is found once.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub(crate) fn runtime(&self) -> anyhow::Result<&Runtime> {
        self.runtime
            .as_ref()
            .context("this test asked for no engine")
    }

    /// docker's daemon of the shared state folder, with the base.
    pub(crate) fn docker(&self) -> anyhow::Result<&Daemon> {
        let started = || self.start_docker().map_err(|error| format!("{error:#}"));
        match self.docker.get_or_init(started) {
            Ok(daemon) => Ok(daemon),
            Err(why) => bail!("docker's daemon could not be started: {why}"),
        }
    }

    /// The base as an archive; the caller's to remove.
    pub(crate) fn save_base(&self) -> anyhow::Result<PathBuf> {
        self.save(&self.base)
    }

    /// Puts the base into another store.
    pub(crate) fn give_base(&self, store: &Store<'_>) -> Done {
        let file = self.save_base()?;
        store.load(&file)?;
        fs::remove_file(file)?;
        Ok(())
    }

    fn start_docker(&self) -> anyhow::Result<Daemon> {
        if let Some(other) = daemon::of_somebody_else() {
            bail!("{} is somebody else's", other.display());
        }
        self.start_docker_in(&self.state())
    }

    /// docker's daemon of a state folder, with the base.
    pub(crate) fn start_docker_in(&self, state: &Path) -> anyhow::Result<Daemon> {
        let daemon = Daemon::start(state)?;
        self.give_base(&Store::Docker(&daemon))?;
        Ok(daemon)
    }

    /// podman on the tests' store, with the settings that make it work here.
    pub(crate) fn podman(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = plain_podman(self.runtime()?, arguments);
        command.env("CONTAINERS_STORAGE_CONF", self.storage());
        Ok(command)
    }

    /// What podman prints; an error when it fails.
    pub(crate) fn ask_podman(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let ended = Running::start(&mut self.podman(arguments)?)?.end(LIMIT)?;
        let ended = ended
            .expect(0)
            .with_context(|| format!("podman {}", arguments.join(" ")))?;
        Ok(ended.out.trim().to_owned())
    }

    /// podman on the user's own store.
    pub(crate) fn users_podman(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        Ok(plain_podman(self.runtime()?, arguments))
    }

    /// Ids of all containers, those that builds work in included.
    pub(crate) fn containers(&self) -> anyhow::Result<Vec<String>> {
        let ids = self.ask_podman(&["ps", "--all", "--external", "--quiet"])?;
        Ok(ids.lines().map(str::to_owned).collect())
    }

    pub(crate) fn has_image(&self, reference: &str) -> anyhow::Result<bool> {
        let ended =
            Running::start(&mut self.podman(&["image", "exists", reference])?)?.end(LIMIT)?;
        Ok(ended.code == Some(0))
    }

    /// A program that is podman on the tests' store: the library is handed a program, and a
    /// process's own environment cannot be changed safely.
    pub(crate) fn podman_program(&self) -> anyhow::Result<PathBuf> {
        let file = self.path("podman-here");
        let text = format!(
            "#!/bin/sh\nCONTAINERS_STORAGE_CONF='{}' exec '{}' \"$@\"\n",
            self.storage().display(),
            self.runtime()?.podman.display()
        );
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(file)
    }

    /// Ends docker, and removes the stores. Files of an ordinary user's containers belong to other ids, which only
    /// podman can remove.
    pub(crate) fn clear(&self) {
        if let Some(Ok(daemon)) = self.docker.get()
            && let Err(why) = daemon.end()
        {
            say(&format!("docker's daemon was not put away: {why:#}"));
        }
        let folder = self.folder.path();
        unmount_beneath(folder);
        if fs::remove_dir_all(folder).is_err() && folder.exists() {
            let folder = folder.to_string_lossy().into_owned();
            if let Ok(mut command) = self.podman(&["unshare", "rm", "-rf", &folder]) {
                let _ = command.status();
            }
        }
        unmount_beneath(self.run.path());
        let _ = fs::remove_dir_all(self.run.path());
    }

    /// Copies the base out of the user's store, where imgtui makes it if it is not there.
    fn bring_base(&self) -> anyhow::Result<String> {
        let catalog = Catalog::parse(&[embedded()]);
        let id = BaseId(BASE.into());
        let recipe = catalog.base(&id).context("no such base")?;
        let digests = catalog.digests();
        let digest = digests.get(&id).context("the base has no digest")?;
        let names = [
            recipe.base.upstream.clone(),
            names::equivalent_of(&id, digest),
        ];
        if !self.is_in_users_store(&names[0])? && !self.is_in_users_store(&names[1])? {
            self.make_base()?;
        }
        for name in names {
            if self.is_in_users_store(&name)? {
                self.copy(&name)?;
                return Ok(name);
            }
        }
        bail!("the base {BASE} was made and is not there")
    }

    fn is_in_users_store(&self, reference: &str) -> anyhow::Result<bool> {
        let mut command = plain_podman(self.runtime()?, &["image", "exists", reference]);
        Ok(command.status()?.success())
    }

    fn make_base(&self) -> anyhow::Result<()> {
        say(&format!("making the base {BASE}, once"));
        let app = crate::room::app(&self.path("base"), "engine-tests-base")?;
        let strategies = self.path("base-strategies");
        crate::room::strategy(
            &strategies,
            "base",
            "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\n",
        )?;
        let mut command = imgtui(&machine::state_folder());
        command
            .args(["build", "base", "--no-verify", "--app"])
            .arg(app);
        command.arg("--strategies").arg(strategies);
        Running::start(&mut command)?.end(BASE_LIMIT)?.expect(0)?;
        let image = "localhost/imgtui/engine-tests-base:base";
        let mut remove = plain_podman(self.runtime()?, &["rmi", image]);
        remove.stdout(Stdio::null()).status()?;
        Ok(())
    }

    fn copy(&self, reference: &str) -> Done {
        let file = self.save(reference)?;
        self.ask_podman(&["load", "--quiet", "--input", &file.to_string_lossy()])?;
        fs::remove_file(file)?;
        ensure!(self.has_image(reference)?, "{reference} was not copied");
        Ok(())
    }

    /// Saves an image of the user's store into a file.
    fn save(&self, reference: &str) -> anyhow::Result<PathBuf> {
        let file = self.path("saved.tar");
        let arguments = [
            "save",
            "--quiet",
            "--output",
            &file.to_string_lossy(),
            reference,
        ];
        let saved: Ended = Running::start(&mut self.users_podman(&arguments)?)?.end(LIMIT)?;
        saved.expect(0)?;
        Ok(file)
    }
}

fn folder() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("engine-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
}

/// podman leaves a mount of a store's own folder behind, which keeps the folder from going.
pub(crate) fn unmount_beneath(folder: &Path) {
    for place in mounts_beneath(folder) {
        let _ = Command::new("umount")
            .args(["--lazy", &place])
            .stderr(Stdio::null())
            .status();
    }
}

/// Where something is mounted in a folder, the deepest first.
pub(crate) fn mounts_beneath(folder: &Path) -> Vec<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    let mut places: Vec<String> = places
        .filter(|place| Path::new(place).starts_with(folder))
        .map(str::to_owned)
        .collect();
    places.sort_unstable_by_key(|place| std::cmp::Reverse(place.len()));
    places
}

/// podman on the user's own store.
fn plain_podman(runtime: &Runtime, arguments: &[&str]) -> Command {
    let mut command = Command::new(&runtime.podman);
    if let Some((variable, file)) = runtime.environment() {
        command.env(variable, file);
    }
    command.args(arguments).stderr(Stdio::null());
    command
}

/// A folder with a short path.
pub(crate) fn short_folder() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("engine-")
        .tempdir_in("/tmp")?)
}
