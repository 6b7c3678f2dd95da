//! A benchmark while the screen is open: the one thing at work.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Current, Session, WAITING};
use crate::{
    app::{
        benches::{fresh_seed, newest, open, same},
        fresh::Fresh,
    },
    domain::{
        bench::{
            BUDGET, BenchCommand, BenchEvent, Ending, Enough, Matrix, PATIENCE, Plan, Prior,
            Progress, Protocol, UNTIL,
        },
        ids::StrategyId,
        record::EngineInfo,
    },
    parse::terminal::plain,
    runner::{Runner, bench::Bench},
    tui::Msg,
};

/// Requests that may wait for a benchmark; each is a key that somebody pressed.
const ASKED: usize = 64;
/// What a benchmark is to be made of.
#[derive(Debug, Clone)]
pub(super) struct BenchOrder {
    pub(super) strategies: Vec<StrategyId>,
    pub(super) priors: Vec<Prior>,
    /// Exactly so many rounds; `None` until each median is known well enough.
    pub(super) rounds: Option<u32>,
    pub(super) resume: bool,
}

impl BenchOrder {
    fn plan(&self) -> Plan {
        Plan {
            protocol: Protocol::Interleaved,
            strategies: self.strategies.clone(),
            priors: self.priors.clone(),
            seed: fresh_seed(),
        }
    }

    fn enough(&self) -> Enough {
        match self.rounds {
            Some(rounds) => Enough::exactly(rounds),
            None => Enough::within(UNTIL.share(), BUDGET.0),
        }
    }
}

impl Session {
    /// Begins the benchmark that waits, if there is one: nothing else is at work.
    pub(super) fn start_bench(&mut self, runner: Arc<Runner>) {
        let Some(order) = self.waiting_bench.take() else {
            return;
        };
        let (sender, commands) = mpsc::channel(ASKED);
        let cancel = CancellationToken::new();
        let (ground, messages) = (self.ground.clone(), self.messages.clone());
        let token = cancel.clone();
        let task = tokio::spawn(async move {
            let of_app = ground.clone();
            let (enough, resume) = (order.enough(), order.resume);
            let info = runner.engine.info().clone();
            let opened =
                tokio::task::spawn_blocking(move || open(&ground, order.plan(), &info, resume));
            let opened = match opened.await {
                Ok(Ok(opened)) => Ok(opened),
                Ok(Err(error)) => Err(error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match opened {
                Ok(opened) => {
                    let (events, told) = mpsc::channel(WAITING);
                    let fresh = Fresh::like(&of_app, runner.engine.as_ref());
                    let bench = Bench {
                        runner: &runner,
                        header: opened.header,
                        enough,
                        patience: PATIENCE.0,
                        earlier: opened.earlier,
                        file: opened.file,
                        commands,
                        fresh: &fresh,
                        events,
                        cancel: token,
                    };
                    perform(bench, told, &messages).await;
                }
                Err(why) => {
                    let why = plain(&why);
                    let _ = messages.send(Msg::BenchNotBegun { why }).await;
                }
            }
        });
        self.current = Some(Current {
            cancel,
            task,
            commands: Some(sender),
        });
    }

    /// Passes a request on to the benchmark under way.
    pub(super) fn ask_bench(&self, command: BenchCommand) {
        let commands = self
            .current
            .as_ref()
            .and_then(|current| current.commands.as_ref());
        if let Some(commands) = commands {
            // It is over, or drowns in requests: a key more or less.
            let _ = commands.try_send(command);
        }
    }

    /// Breaks the benchmark off, or takes the waiting one back.
    pub(super) fn cancel_bench(&mut self) {
        self.waiting_bench = None;
        if let Some(current) = &self.current
            && current.commands.is_some()
        {
            current.cancel.cancel();
        }
    }

    /// Tells the newest benchmark that was kept.
    pub(super) async fn tell_last_bench(&self, engine: Option<EngineInfo>) {
        let ground = self.ground.clone();
        let found = tokio::task::spawn_blocking(move || {
            let kept = newest(&ground, engine.as_ref()).ok().flatten()?;
            let progress = Progress::of(kept.header, kept.runs);
            Some(Box::new(Matrix::new(progress)))
        });
        let found = found.await.ok().flatten();
        self.tell(Msg::LastBench(found)).await;
    }

    /// Tells whether a benchmark of this plan was broken off.
    pub(super) fn look_for_bench(&self, order: BenchOrder) {
        let (ground, messages) = (self.ground.clone(), self.messages.clone());
        let engine = self.runner.as_ref().map(|runner| &runner.engine);
        let engine = engine.map(|engine| engine.info().clone());
        tokio::spawn(async move {
            let asked = order.clone();
            let found = tokio::task::spawn_blocking(move || {
                let kept = same(&ground, &asked.plan(), engine.as_ref());
                let kept = kept.ok().flatten()?;
                unfinished(&Progress::of(kept.header, kept.runs), &asked.enough())
            });
            let runs = found.await.ok().flatten();
            let answer = Msg::Unfinished {
                strategies: order.strategies,
                priors: order.priors,
                runs,
            };
            let _ = messages.send(answer).await;
        });
    }
}

/// How many runs there are, where there are some and not enough.
fn unfinished(progress: &Progress, enough: &Enough) -> Option<usize> {
    let done = progress.done();
    let is_enough = enough.reached(progress, Duration::ZERO, Duration::ZERO);
    (done > 0 && is_enough.is_none()).then_some(done)
}

async fn perform(
    bench: Bench<'_>,
    mut told: mpsc::Receiver<BenchEvent>,
    messages: &mpsc::Sender<Msg>,
) {
    let forward = async {
        while let Some(event) = told.recv().await {
            if messages.send(Msg::Bench(event)).await.is_err() {
                return;
            }
        }
    };
    let (ended, ()) = tokio::join!(bench.perform(), forward);
    if let Err(error) = ended {
        // It has said so itself, unless it had not begun.
        let ending = Ending::Failed(plain(&error.to_string()));
        let _ = messages.send(Msg::Bench(BenchEvent::Ended(ending))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bench::{sample_header, sample_run};

    fn kept(rounds: u32) -> Progress {
        let runs = (0..rounds).map(|round| sample_run(0, Prior::Source, round, "a", 10.0));
        Progress::of(sample_header(&["a"], &[Prior::Source]), runs.collect())
    }

    #[test]
    fn a_benchmark_with_too_few_rounds_is_offered_to_be_gone_on_with() {
        let exactly = Enough::exactly(4);
        assert_eq!(unfinished(&kept(0), &exactly), None, "nothing is lost");
        assert_eq!(unfinished(&kept(3), &exactly), Some(3));
        assert_eq!(unfinished(&kept(4), &exactly), None);
        // All of the same length: as well known as can be.
        assert_eq!(
            unfinished(&kept(4), &Enough::within(UNTIL.share(), BUDGET.0)),
            None
        );
    }
}
