//! A fully cached rebuild through imgtui against `podman build` or `docker build` of the same
//! folder, in turn, in one run: `cargo bench --bench cached_rebuild`. Prints every pair, the
//! medians, the ratio.
//!
//! Needs an engine that works (`imgtui setup`); the first pair warms both caches up and does
//! not count. `IMGTUI_ENGINE` chooses the engine as everywhere, `IMGTUI_BENCH_STRATEGY` and
//! `IMGTUI_BENCH_PAIRS` what and how often.

use std::{
    error::Error,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use imgtui::{
    app::{Ground, by_hand},
    cli::Cli,
    domain::{build::StepStatus, event::Outcome},
    runner::{Gate, Order, Runner},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a build must have been to count.
#[derive(Clone, Copy)]
enum Expected {
    Anything,
    AllCached,
}

type Failure = Box<dyn Error>;

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
    let id = std::env::var("IMGTUI_BENCH_STRATEGY").unwrap_or_else(|_| "scratch".into());
    let pairs: usize = match std::env::var("IMGTUI_BENCH_PAIRS") {
        Ok(text) => text.parse()?,
        Err(_) => 15,
    };
    let cli = Cli::try_parse_from(["imgtui"])?;
    let ground = Ground::lay(&cli.places)?;
    let strategy = ground.strategy(&id)?.clone();
    let (sender, mut events) = mpsc::channel(1024);
    let runner = ground.runner(ground.connect().await?, sender);
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    let order = Order {
        // The client does not look at its image either.
        gate: Gate::Open,
        ..Order::of(strategy.clone())
    };
    let kind = runner.engine.info().kind.clone();
    println!("warming up: {id} by {kind} through imgtui, then by its own client");
    through_imgtui(&runner, &order, Expected::Anything).await?;
    let command = by_hand::command_by_hand(&ground, &strategy).await?;
    by_client(&command)?;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for pair in 1..=pairs {
        // Each goes first in every other pair.
        let (a, b) = if pair % 2 == 0 {
            let a = through_imgtui(&runner, &order, Expected::AllCached).await?;
            (a, by_client(&command)?)
        } else {
            let b = by_client(&command)?;
            (
                through_imgtui(&runner, &order, Expected::AllCached).await?,
                b,
            )
        };
        let ratio = a.as_secs_f64() / b.as_secs_f64();
        println!(
            "{pair:>3}  imgtui {:.3} s  client {:.3} s  ratio {ratio:.2}",
            a.as_secs_f64(),
            b.as_secs_f64()
        );
        ours.push(a);
        theirs.push(b);
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    println!(
        "median  imgtui {a:.3} s  {kind}'s client {b:.3} s  ratio {:.2}",
        a / b
    );
    Ok(())
}

/// A whole build with everything that belongs to it.
async fn through_imgtui(
    runner: &Runner,
    order: &Order,
    expected: Expected,
) -> Result<Duration, Failure> {
    let began = Instant::now();
    let record = runner.build(order, &CancellationToken::new()).await;
    let took = began.elapsed();
    if record.outcome != Outcome::Built {
        return Err(format!("{:?}", record.outcome).into());
    }
    let ran = record
        .steps
        .iter()
        .find(|step| step.status == StepStatus::Ran);
    match (expected, ran) {
        (Expected::AllCached, Some(step)) => {
            Err(format!("`{}` was not cached", step.instruction).into())
        }
        _ => Ok(took),
    }
}

fn by_client(command: &str) -> Result<Duration, Failure> {
    let began = Instant::now();
    let status = Command::new("sh")
        .args(["-c", command])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let took = began.elapsed();
    if status.success() {
        Ok(took)
    } else {
        Err(format!("`{command}` ended with {status}").into())
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times
        .get(times.len() / 2)
        .map_or(f64::NAN, Duration::as_secs_f64)
}
