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
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use imgtui::{
    app::{Ground, fresh::Fresh},
    cli::Cli,
    domain::{
        edit::Stamp,
        event::Outcome,
        record::BuildRecord,
        shared_cache::{Repository, SharedCache},
        strategy::Strategy,
    },
    engine::Engine,
    runner::{
        Order, Runner,
        bench::{FreshEngine, FreshEngines as _},
        stamp::Change,
    },
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn Error>;

/// A registry that does not listen by then will not.
const REGISTRY_LIMIT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to know whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    Box::pin(compare()).await
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
        fresh: Fresh::of_kind(&ground, &kind),
        ground: &ground,
        bases,
    };
    println!(
        "{} on {kind}, each time on an engine with an empty store",
        strategy.id
    );
    let first = bench.machine().await?;
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
        let machine = bench.machine().await?;
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
    ground: &'a Ground,
    fresh: Fresh<'a>,
    /// Has the base images.
    bases: Arc<dyn Engine>,
}

impl Bench<'_> {
    async fn machine(&self) -> Result<Machine, Failure> {
        let engine = self.fresh.start().await?;
        let mut runner = runner(self.ground, Arc::clone(&engine.engine));
        runner.lenders = vec![Arc::clone(&self.bases)];
        Ok(Machine { runner, engine })
    }
}

/// An engine with a store of its own.
struct Machine {
    runner: Runner,
    engine: FreshEngine,
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

    async fn end(self) -> Result<(), Failure> {
        drop(self.runner);
        Ok(self.engine.end().await?)
    }
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
