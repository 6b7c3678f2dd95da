//! The first build of a fresh machine with a shared cache against one without, in one run:
//! `cargo bench --bench shared_cache`. Prints the times and their ratios.
//!
//! Each machine is an engine of its own with an empty store, in a folder that is removed; it gets
//! the base images of the engine that imgtui takes by itself, uncounted. The cache is a registry on
//! the loopback interface (the program `docker-registry`). `IMGTUI_BENCH_ENGINE` is
//! `docker-buildkit` (the default), `docker-classic` or `podman`, `IMGTUI_BENCH_STRATEGY` the
//! strategy.

use std::{
    error::Error,
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use imgtui::{
    app::Ground,
    cli::Cli,
    domain::{
        edit::Stamp,
        event::Outcome,
        record::BuildRecord,
        shared_cache::{Repository, SharedCache},
        strategy::Strategy,
    },
    engine::{
        Engine,
        docker::{Builder, Docker, DockerPlace},
        podman::{Podman, PodmanPlace},
    },
    runner::{Order, Runner, stamp::Change},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn Error>;

/// A registry that does not listen by then will not.
const REGISTRY_LIMIT: Duration = Duration::from_secs(10);
/// An engine that was told to end is gone by then.
const END_LIMIT: Duration = Duration::from_secs(30);

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to know whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(compare())
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
async fn compare() -> Result<(), Failure> {
    let variable =
        |name: &str, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let kind = variable("IMGTUI_BENCH_ENGINE", "docker-buildkit");
    let ground = Ground::lay(&Cli::try_parse_from(["imgtui"])?.places)?;
    let strategy = ground
        .strategy(&variable("IMGTUI_BENCH_STRATEGY", "chef-scratch"))?
        .clone();
    let folder = tempfile::tempdir()?;
    let registry = Registry::start(&folder.path().join("registry"))?;
    let bases = ground.connect().await?;
    let bench = Bench {
        kind: &kind,
        ground: &ground,
        bases: &bases,
        folder: folder.path(),
    };
    println!(
        "{} on {kind}, each time on an engine with an empty store",
        strategy.id
    );
    let first = bench.machine("first").await?;
    let cold = first
        .build(&strategy, SharedCache::default(), Edited::No)
        .await?;
    println!("without a shared cache  {:>8.2} s", cold.wall_s);
    let to = SharedCache {
        from: None,
        to: Some(registry.repository.clone()),
    };
    let shared = first.build(&strategy, to, Edited::No).await?;
    if !shared.is_shared_as_asked() {
        return Err(format!("nothing was shared: {:?}", shared.sharing).into());
    }
    first.end().await?;
    for (name, edited) in [("unchanged", Edited::No), ("after an edit", Edited::Yes)] {
        let machine = bench.machine(&format!("{edited:?}")).await?;
        let from = SharedCache {
            from: Some(registry.repository.clone()),
            to: None,
        };
        let taken = machine.build(&strategy, from, edited).await?;
        machine.end().await?;
        let (cached, steps) = taken.cached_of();
        println!(
            "with it, {name:<14} {:>8.2} s   {:>5.1} times faster   {cached} of {steps} steps cached",
            taken.wall_s,
            cold.wall_s / taken.wall_s
        );
    }
    Ok(())
}

/// Whether a source has new bytes.
#[derive(Debug, Clone, Copy)]
enum Edited {
    No,
    Yes,
}

fn runner(ground: &Ground, engine: Arc<dyn Engine>) -> Runner {
    let (sender, mut events) = mpsc::channel(1024);
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    ground.runner(engine, sender)
}

/// What all machines have in common.
struct Bench<'a> {
    kind: &'a str,
    ground: &'a Ground,
    /// Has the base images.
    bases: &'a Arc<dyn Engine>,
    folder: &'a Path,
}

impl Bench<'_> {
    async fn machine(&self, name: &str) -> Result<Machine, Failure> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        let engine: Arc<dyn Engine> = match self.kind {
            "podman" => Arc::new(fresh_podman(self.ground, &folder).await?),
            "docker-buildkit" => Arc::new(fresh_docker(&folder, Builder::BuildKit).await?),
            "docker-classic" => Arc::new(fresh_docker(&folder, Builder::Classic).await?),
            other => return Err(format!("`{other}` is no engine that this can start").into()),
        };
        let mut runner = runner(self.ground, engine);
        runner.lenders = vec![Arc::clone(self.bases)];
        Ok(Machine { runner, folder })
    }
}

/// An engine with a store of its own.
struct Machine {
    runner: Runner,
    folder: PathBuf,
}

impl Machine {
    async fn build(
        &self,
        strategy: &Strategy,
        shared_cache: SharedCache,
        edited: Edited,
    ) -> Result<BuildRecord, Failure> {
        let order = Order {
            shared_cache,
            change: match edited {
                Edited::No => Change::Nothing,
                Edited::Yes => Change::Stamp(Stamp(u64::from(std::process::id()))),
            },
            ..Order::of(strategy.clone())
        };
        let record = self.runner.build(&order, &CancellationToken::new()).await;
        match &record.outcome {
            Outcome::Built if record.counts() => Ok(record),
            outcome => Err(format!("{outcome:?} {:?}", record.verdict).into()),
        }
    }

    /// Ends the engine, and removes what it kept.
    async fn end(self) -> Result<(), Failure> {
        drop(self.runner);
        let end = tokio::time::Instant::now() + END_LIMIT;
        loop {
            let folder = self.folder.clone();
            let removed = tokio::task::spawn_blocking(move || remove(&folder)).await?;
            match removed {
                Ok(()) => return Ok(()),
                Err(error) if tokio::time::Instant::now() > end => return Err(error.into()),
                // It is still ending.
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }
}

async fn fresh_docker(folder: &Path, builder: Builder) -> Result<Docker, Failure> {
    let place = DockerPlace::Private {
        program: "/usr/sbin/dockerd".into(),
        folder: folder.to_owned(),
    };
    Ok(Docker::connect(place, Some(builder)).await?)
}

/// The podman that works here, by a program that gives it another store.
async fn fresh_podman(ground: &Ground, folder: &Path) -> Result<Podman, Failure> {
    let PodmanPlace::Private {
        program,
        settings,
        build_settings,
    } = ground.private_podman().await?
    else {
        return Err("that podman is not ours".into());
    };
    let storage = folder.join("storage.conf");
    let store = folder.join("store");
    // A long run root makes podman wait for each container's end (4.3.1).
    let run = tempfile::Builder::new().prefix("p").tempdir()?.keep();
    let text = format!(
        "[storage]\ndriver = \"overlay\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
        store.display(),
        run.display()
    );
    fs::write(&storage, text)?;
    let wrapper = folder.join("podman");
    let text = format!(
        "#!/bin/sh\nCONTAINERS_STORAGE_CONF='{}' exec '{}' \"$@\"\n",
        storage.display(),
        program.display()
    );
    fs::write(&wrapper, text)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    let place = PodmanPlace::Private {
        program: wrapper,
        settings,
        build_settings,
    };
    Ok(Podman::connect(place).await?)
}

/// An engine can leave a mount of its store's own folder behind.
fn remove(folder: &Path) -> std::io::Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for place in places.filter(|place| Path::new(place).starts_with(folder)) {
        Command::new("umount")
            .arg(place)
            .stderr(Stdio::null())
            .status()?;
    }
    fs::remove_dir_all(folder)
}

/// A registry at work; ended when dropped.
struct Registry {
    child: Child,
    repository: Repository,
}

impl Registry {
    fn start(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let settings = folder.join("registry.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: \"{}\"}}}}\n\
             http: {{addr: \"{address}\"}}\n",
            folder.join("data").display()
        );
        fs::write(&settings, text)?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("docker-registry: {error}"))?;
        let registry = Self {
            child,
            repository: format!("{address}/imgtui/cache").parse()?,
        };
        let end = std::time::Instant::now() + REGISTRY_LIMIT;
        while TcpStream::connect(address).is_err() {
            if std::time::Instant::now() > end {
                return Err("docker-registry does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
