//! The same build through imgtui and by its engine's own client, in turn, in one run:
//! `cargo bench --bench against_client`. Prints every pair, the medians and their ratios.
//!
//! imgtui parses the engine's stream, keeps steps, log and history; the client does none of that:
//! a ratio of 1.00 says that it costs nothing. CPU time is what `time` prints for `podman build`,
//! which does the work itself; docker's client only waits for its daemon, so its CPU time is no
//! figure of the build.
//!
//! Needs an engine that works (`imgtui setup`); the first pair warms the caches up and does not
//! count. The app is a copy of the sample app. `IMGTUI_ENGINE` chooses the engine as everywhere,
//! `IMGTUI_BENCH_STRATEGY` and `IMGTUI_BENCH_PAIRS` what and how often. With
//! `IMGTUI_BENCH_CHANGE=source` a source changes before each build, else everything is cached.

use std::{
    error::Error,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use imgtui::{
    app::{Ground, by_hand},
    catalog::sample,
    cli::Cli,
    domain::{build::StepStatus, event::Outcome, record::CpuTime},
    runner::{Gate, Order, Runner},
};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

type Failure = Box<dyn Error>;

/// What is different before each build.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    Nothing,
    Source,
}

/// What a build took.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    cpu: Option<CpuTime>,
}

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
    let id = variable("IMGTUI_BENCH_STRATEGY", "scratch");
    let change = match variable("IMGTUI_BENCH_CHANGE", "nothing").as_str() {
        "source" => Change::Source,
        _ => Change::Nothing,
    };
    let pairs: usize = variable("IMGTUI_BENCH_PAIRS", "15").parse()?;
    let copy = tempfile::tempdir()?;
    sample::lay_out(copy.path())?;
    let cli = Cli::try_parse_from(["imgtui".as_ref(), "--app".as_ref(), copy.path().as_os_str()])?;
    let ground = Ground::lay(&cli.places)?;
    let strategy = ground.strategy(&id)?.clone();
    let (sender, mut events) = mpsc::channel(1024);
    let runner = ground.runner(ground.connect().await?, sender);
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let mut sides = Sides {
        runner: &runner,
        order: Order {
            // The client does not look at its image either.
            gate: Gate::Open,
            ..Order::of(strategy.clone())
        },
        command: String::new(),
        app: copy.path(),
        change,
    };
    let kind = runner.engine.info().to_string();
    println!("warming up: {id} by {kind} through imgtui, then by its own client");
    sides.through_imgtui(Change::Source).await?;
    // Only now its bases are there.
    sides.command = by_hand::command_by_hand(&ground, &strategy).await?;
    sides.by_client()?;
    sides.through_imgtui(change).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for pair in 1..=pairs {
        // Each goes first in every other pair.
        let (a, b) = if pair % 2 == 0 {
            let a = sides.through_imgtui(change).await?;
            (a, sides.by_client()?)
        } else {
            let b = sides.by_client()?;
            (sides.through_imgtui(change).await?, b)
        };
        println!("{pair:>3}  imgtui {}   client {}", shown(a), shown(b));
        ours.push(a);
        theirs.push(b);
    }
    for (name, of) in FIGURES {
        let (a, b) = (median(ours.iter().map(of)), median(theirs.iter().map(of)));
        let pairs = ours.iter().zip(&theirs);
        let ratio = median(pairs.map(|(one, two)| of(one) / of(two)));
        println!(
            "median {name:<7} imgtui {a:>8.3} s   {kind}'s client {b:>8.3} s   of the pairs' ratios {ratio:.3}"
        );
    }
    Ok(())
}

type Figure = (&'static str, fn(&Took) -> f64);

const FIGURES: [Figure; 3] = [
    ("total", |took| took.wall.as_secs_f64()),
    ("user", |took| took.cpu.map_or(f64::NAN, |cpu| cpu.user_s)),
    ("system", |took| {
        took.cpu.map_or(f64::NAN, |cpu| cpu.system_s)
    }),
];

fn shown(took: Took) -> String {
    let wall = took.wall.as_secs_f64();
    match took.cpu {
        Some(cpu) => cpu.time_line(wall),
        None => format!("{wall:.3} total"),
    }
}

/// The two ways of the same build.
struct Sides<'a> {
    runner: &'a Runner,
    order: Order,
    command: String,
    app: &'a Path,
    change: Change,
}

impl Sides<'_> {
    /// A whole build with everything that belongs to it.
    async fn through_imgtui(&self, change: Change) -> Result<Took, Failure> {
        self.make(change)?;
        let began = Instant::now();
        let record = self
            .runner
            .build(&self.order, &CancellationToken::new())
            .await;
        let whole = began.elapsed();
        if record.outcome != Outcome::Built {
            return Err(format!("{:?}", record.outcome).into());
        }
        let mut steps = record.steps.iter();
        let ran = steps.find(|step| step.status == StepStatus::Ran);
        match (change, ran) {
            (Change::Nothing, Some(step)) => {
                Err(format!("`{}` was not cached", step.instruction).into())
            }
            (Change::Source, None) => Err("everything was cached".into()),
            // Cached, what surrounds the build is most of it; else it is what the record says.
            (Change::Nothing, None) => Ok(Took {
                wall: whole,
                cpu: record.cpu,
            }),
            (Change::Source, Some(_)) => Ok(Took {
                wall: record.wall(),
                cpu: record.cpu,
            }),
        }
    }

    fn by_client(&self) -> Result<Took, Failure> {
        self.make(self.change)?;
        let before = children()?;
        let began = Instant::now();
        let status = Command::new("sh")
            .args(["-c", &self.command])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let wall = began.elapsed();
        let after = children()?;
        if !status.success() {
            return Err(format!("`{}` ended with {status}", self.command).into());
        }
        // A client of docker's does not do the work.
        let is_podman = self.runner.engine.info().is_podman();
        Ok(Took {
            wall,
            cpu: is_podman.then_some(CpuTime {
                user_s: after.user_s - before.user_s,
                system_s: after.system_s - before.system_s,
            }),
        })
    }

    /// Changes what is about to be built.
    fn make(&self, change: Change) -> Result<(), Failure> {
        if change == Change::Nothing {
            return Ok(());
        }
        let file = self.app.join("src/main.rs");
        let text = fs::read_to_string(&file)?;
        let code = text.split("\n// change ").next().unwrap_or_default();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        fs::write(&file, format!("{code}\n// change {}\n", now.as_nanos()))?;
        Ok(())
    }
}

/// CPU time of all processes that this one waited for.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a few hours")]
fn children() -> Result<CpuTime, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    Ok(CpuTime {
        user_s: seconds(usage.user_time()),
        system_s: seconds(usage.system_time()),
    })
}

/// The one in the middle, or what lies between the two in the middle.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match (figures.len() % 2, figures.get(middle)) {
        (_, None) => f64::NAN,
        (0, Some(upper)) => f64::midpoint(figures[middle - 1], *upper),
        (_, Some(one)) => *one,
    }
}
