//! Carries a benchmark's plan out, a build after the other.

use std::{
    io,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio_util::sync::CancellationToken;

use super::{Order, Runner, prior::altered};
use crate::domain::{
    bench::{
        ARTICLE_BUILDS, BenchHeader, BenchRun, Cell, Enough, NOISY, Plan, Prior, Protocol,
        compiled_crates, results,
    },
    event::Outcome,
    ids::StrategyId,
    record::BuildRecord,
    strategy::Strategy,
};

/// How long the machine is looked at before a run.
const LOOK: Duration = Duration::from_millis(300);
/// A machine that is busy gets so long to become quiet; then the run is flagged.
const PATIENCE: Duration = Duration::from_secs(15);

/// What happens in a benchmark.
#[derive(Debug)]
pub enum BenchEvent<'a> {
    /// Caches are filled; this build is not measured.
    WarmingUp(&'a StrategyId),
    /// A run begins: `done` of `planned` ran, as far as that is known; the rest takes about `left`.
    Begun {
        /// Which.
        cell: Cell,
        /// Of which round, from 0.
        round: u32,
        /// Runs that are done.
        done: usize,
        /// Runs of all rounds that are sure to come.
        planned: usize,
        /// What is left of those, where one of each is known.
        left: Option<Duration>,
    },
    /// A run ended.
    Done(&'a BenchRun),
    /// A cell cannot be measured.
    LeftOut {
        /// Which.
        cell: Cell,
        /// Why.
        why: String,
    },
}

/// A benchmark under way.
pub struct Bench<'a> {
    runner: &'a Runner,
    plan: &'a Plan,
    enough: Enough,
    cancel: &'a CancellationToken,
    runs: Vec<BenchRun>,
    left_out: Vec<Cell>,
    began: Instant,
}

impl<'a> Bench<'a> {
    /// A benchmark that goes on after these runs.
    #[must_use]
    pub fn new(
        runner: &'a Runner,
        header: &'a BenchHeader,
        enough: Enough,
        earlier: Vec<BenchRun>,
        cancel: &'a CancellationToken,
    ) -> Self {
        Self {
            runner,
            plan: &header.plan,
            enough,
            cancel,
            runs: earlier,
            left_out: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Runs until enough is known, the time is spent or somebody cancels; all runs, the earlier ones
    /// too. `tell` gets everything as it happens.
    ///
    /// # Errors
    /// When `tell` fails: a run that cannot be kept is not worth its time.
    pub async fn perform(
        mut self,
        mut tell: impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<BenchRun>> {
        match self.plan.protocol {
            Protocol::Article => self.article(&mut tell).await?,
            Protocol::Interleaved => self.interleaved(&mut tell).await?,
        }
        Ok(self.runs)
    }

    async fn article(
        &mut self,
        tell: &mut impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        for cell in self.plan.cells() {
            for round in 0..ARTICLE_BUILDS {
                self.run(round, cell, ARTICLE_BUILDS, tell).await?;
            }
        }
        Ok(())
    }

    async fn interleaved(
        &mut self,
        tell: &mut impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.warm_up(tell).await?;
        let mut round = 0;
        while !self.cancel.is_cancelled() {
            let began = Instant::now();
            let sure = self.enough.fewest.max(round + 1);
            for cell in self.plan.round(round) {
                self.run(round, cell, sure, tell).await?;
            }
            round += 1;
            let found = results(self.plan, &self.runs);
            let goes_on = self
                .enough
                .goes_on(round, &found, self.began.elapsed(), began.elapsed());
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// What is measured begins with what a build before has left.
    async fn warm_up(
        &mut self,
        tell: &mut impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut seen: Vec<&StrategyId> = Vec::new();
        for (place, id) in self.plan.strategies.iter().enumerate() {
            if self.cancel.is_cancelled() || seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let Some(strategy) = self.strategy(place) else {
                continue;
            };
            tell(BenchEvent::WarmingUp(id))?;
            let order = Order {
                prior: Some(Prior::Unchanged),
                ..Order::of(strategy)
            };
            let record = self.runner.build(&order, self.cancel).await;
            if let Some(why) = why_not(&record) {
                self.leave_out(id, &why, tell)?;
            }
        }
        Ok(())
    }

    fn leave_out(
        &mut self,
        id: &StrategyId,
        why: &str,
        tell: &mut impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        for cell in self.plan.cells() {
            if self.plan.strategies.get(cell.place) == Some(id) {
                self.left_out.push(cell);
                let why = why.to_owned();
                tell(BenchEvent::LeftOut { cell, why })?;
            }
        }
        Ok(())
    }

    fn strategy(&self, place: usize) -> Option<Strategy> {
        let id = self.plan.strategies.get(place)?;
        self.runner.catalog.strategy(id).cloned()
    }

    async fn run(
        &mut self,
        round: u32,
        cell: Cell,
        rounds: u32,
        tell: &mut impl FnMut(BenchEvent<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let is_done = |run: &BenchRun| run.round == round && run.cell == cell;
        if self.cancel.is_cancelled()
            || self.left_out.contains(&cell)
            || self.runs.iter().any(is_done)
        {
            return Ok(());
        }
        let Some(strategy) = self.strategy(cell.place) else {
            return Ok(());
        };
        let altered = altered(self.runner, &strategy, cell.prior, salt(), self.cancel).await;
        let altered = match altered {
            Ok(altered) => altered,
            Err(_) if self.cancel.is_cancelled() => return Ok(()),
            Err(why) => {
                self.left_out.push(cell);
                return tell(BenchEvent::LeftOut { cell, why });
            }
        };
        tell(self.begun(round, cell, rounds))?;
        let busy_before = quiet(self.cancel).await;
        let record = self.runner.build(&altered.order, self.cancel).await;
        if record.outcome == Outcome::Cancelled {
            return Ok(());
        }
        let log = record.log.clone();
        let compiled = tokio::task::spawn_blocking(move || {
            let text = std::fs::read(log).ok()?;
            compiled_crates(String::from_utf8_lossy(&text).lines())
        });
        let run = BenchRun {
            round,
            cell,
            busy_before,
            compiled: compiled.await.ok().flatten(),
            change: altered.change,
            record,
        };
        tell(BenchEvent::Done(&run))?;
        self.runs.push(run);
        Ok(())
    }

    fn begun(&self, round: u32, cell: Cell, rounds: u32) -> BenchEvent<'static> {
        let cells = self.plan.cells();
        let open: Vec<Cell> = cells
            .into_iter()
            .filter(|cell| !self.left_out.contains(cell))
            .collect();
        let planned = open.len() * usize::try_from(rounds).unwrap_or(0);
        let mut left = Some(Duration::ZERO);
        for cell in &open {
            let of_cell = self.runs.iter().filter(|run| run.cell == *cell);
            let times: Vec<Duration> = of_cell.map(|run| run.record.wall()).collect();
            let done = u32::try_from(times.len()).unwrap_or(u32::MAX);
            left = match (left, times.last()) {
                (Some(left), Some(last)) => Some(left + *last * rounds.saturating_sub(done)),
                _ => None,
            };
        }
        BenchEvent::Begun {
            cell,
            round,
            done: self.runs.len(),
            planned,
            left,
        }
    }
}

/// Why a strategy's figures would be worth nothing.
fn why_not(record: &BuildRecord) -> Option<String> {
    match &record.outcome {
        Outcome::Built => None,
        Outcome::Cancelled => Some("cancelled".to_owned()),
        Outcome::Failed { message } => Some(message.clone()),
    }
}

/// A number that no run had before.
fn salt() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// Waits for the machine to become quiet, and says how busy it is.
async fn quiet(cancel: &CancellationToken) -> Option<f64> {
    let end = Instant::now() + PATIENCE;
    loop {
        let before = ticks()?;
        tokio::time::sleep(LOOK).await;
        let after = ticks()?;
        let busy = share(before, after);
        if busy <= NOISY || Instant::now() > end || cancel.is_cancelled() {
            return Some(busy);
        }
    }
}

/// Ticks of all processors since the machine started: idle ones, and all (proc(5), `/proc/stat`).
fn ticks() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let fields = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .take(8)
        .map_while(|field| field.parse().ok())
        .collect();
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some((idle, ticks.iter().sum()))
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a third of a second")]
fn share((idle_before, before): (u64, u64), (idle_after, after): (u64, u64)) -> f64 {
    let all = after.saturating_sub(before).max(1) as f64;
    let idle = idle_after.saturating_sub(idle_before) as f64;
    (1.0 - idle / all).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_ticks_are_read_and_shared_out() {
        let (idle, all) = ticks().unwrap();
        assert!(idle <= all && all > 0);
        assert!((share((10, 100), (35, 200)) - 0.75).abs() < 1e-9);
        assert!(share((10, 100), (110, 200)).abs() < 1e-9);
        assert!(share((10, 100), (10, 100)) <= 1.0);
    }
}
