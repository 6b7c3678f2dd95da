//! One measured build: what it changes, the engine that builds it, what is noted of it.

use std::{
    io,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{UnderWay, asked::asked, disk::Growth, quiet::Waited};
use crate::{
    domain::{
        bench::{BenchCommand, BenchEvent, BenchRun, Cell, Ending, Prior},
        event::Outcome,
        ids::Bytes,
        record::BuildRecord,
    },
    runner::{
        Order, Runner,
        prior::{Altered, altered},
    },
};

impl UnderWay<'_> {
    /// One measured build, if it was not made yet; why the benchmark ends before it, if it does.
    pub(super) async fn run(
        &mut self,
        round: u32,
        cell: Cell,
        rounds: u32,
    ) -> io::Result<Option<Ending>> {
        let is_done = |run: &BenchRun| run.round == round && run.cell == cell;
        if self.progress.left_out.contains_key(&cell)
            || self.progress.skipped.contains(&(cell, round))
            || self.progress.runs.iter().any(is_done)
        {
            return Ok(None);
        }
        if let Some(ending) = self.before_a_build().await? {
            return Ok(Some(ending));
        }
        let Some(strategy) = self.strategy(cell.place) else {
            return Ok(None);
        };
        self.tell(BenchEvent::RunBegan {
            cell,
            round,
            rounds,
        })
        .await;
        match altered(self.runner, &strategy, cell.prior, salt(), &self.cancel).await {
            Ok(altered) => self.measure(round, cell, altered).await?,
            Err(_) if self.cancel.is_cancelled() => {}
            Err(why) => self.tell(BenchEvent::LeftOut { cell, why }).await,
        }
        Ok(None)
    }

    async fn measure(&mut self, round: u32, cell: Cell, altered: Altered) -> io::Result<()> {
        let busy_before = match self.wait_for_quiet().await? {
            Waited::Until { busy } => busy,
            Waited::Skipped => {
                let _ = altered.put_away(self.runner).await;
                self.tell(BenchEvent::RunSkipped { cell, round }).await;
                return Ok(());
            }
            Waited::Ended => {
                let _ = altered.put_away(self.runner).await;
                return Ok(());
            }
        };
        self.tell(BenchEvent::Building).await;
        let built = match cell.prior {
            Prior::Shared => self.on_a_fresh_engine(&altered).await?,
            _ => Ok(self.here(&altered).await?),
        };
        let Built {
            record,
            disk_growth,
        } = match built {
            Ok(built) => built,
            Err(why) => {
                self.tell(BenchEvent::LeftOut { cell, why }).await;
                return Ok(());
            }
        };
        let Some(record) = record else {
            self.tell(BenchEvent::RunSkipped { cell, round }).await;
            return Ok(());
        };
        if record.outcome == Outcome::Cancelled {
            return Ok(());
        }
        let run = BenchRun {
            round,
            cell,
            busy_before,
            compiled: record.compiled_crates(),
            change: altered.change,
            disk_growth,
            record,
        };
        self.file.add(&run)?;
        self.tell(BenchEvent::RunEnded(Box::new(run))).await;
        Ok(())
    }

    async fn here(&mut self, altered: &Altered) -> io::Result<Built> {
        let growth = self.store.clone().map(Growth::watch);
        let record = self.build(self.runner, &altered.order).await?;
        let disk_growth = match growth {
            Some(growth) => growth.end().await,
            None => None,
        };
        // What stays all the same is labelled as ours: `imgtui clean` takes it.
        let _ = altered.put_away(self.runner).await;
        Ok(Built {
            record,
            disk_growth,
        })
    }

    /// The bases are carried over first, uncounted.
    async fn on_a_fresh_engine(&mut self, altered: &Altered) -> io::Result<Result<Built, String>> {
        let fresh = match self.fresh.start().await {
            Ok(fresh) => fresh,
            Err(why) => return Ok(Err(why)),
        };
        let growth = Growth::watch(fresh.folder.path().to_owned());
        let runner = self.runner.on(Arc::clone(&fresh.engine));
        let record = self.build(&runner, &altered.order).await?;
        let disk_growth = growth.end().await;
        drop(runner);
        fresh.end().await?;
        Ok(Ok(Built {
            record,
            disk_growth,
        }))
    }

    /// Builds, and hears what is asked meanwhile; `None` where somebody skipped it.
    pub(super) async fn build(
        &mut self,
        runner: &Runner,
        order: &Order,
    ) -> io::Result<Option<BuildRecord>> {
        let cancel = self.cancel.child_token();
        let mut building = Box::pin(runner.build(order, &cancel));
        let mut is_skipped = false;
        let record = loop {
            tokio::select! {
                record = &mut building => break record,
                command = asked(&mut self.commands) => match command {
                    Some(BenchCommand::Skip) => {
                        is_skipped = true;
                        cancel.cancel();
                    }
                    command => self.obey(command).await?,
                }
            }
        };
        let is_broken_off = is_skipped && record.outcome == Outcome::Cancelled;
        Ok((!is_broken_off).then_some(record))
    }
}

/// What became of a build.
struct Built {
    /// `None` where somebody skipped it.
    record: Option<BuildRecord>,
    disk_growth: Option<Bytes>,
}

/// A number that no run had before.
fn salt() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
