//! What is asked of a benchmark while it is under way.

use std::io;

use tokio::sync::mpsc;

use super::UnderWay;
use crate::domain::bench::{BenchCommand, BenchEvent, Ending};

impl UnderWay<'_> {
    /// Obeys what was asked, and waits while it is paused; why nothing more is built, if so.
    pub(super) async fn before_a_build(&mut self) -> io::Result<Option<Ending>> {
        while let Some(command) = self
            .commands
            .as_mut()
            .and_then(|commands| commands.try_recv().ok())
        {
            self.obey(Some(command)).await?;
        }
        while self.progress.is_paused && !self.is_stopping && !self.cancel.is_cancelled() {
            let cancel = self.cancel.clone();
            let command = cancel
                .run_until_cancelled(asked(&mut self.commands))
                .await
                .flatten();
            self.obey(command).await?;
        }
        Ok(if self.cancel.is_cancelled() || self.events.is_closed() {
            Some(Ending::Cancelled)
        } else if self.is_stopping {
            Some(Ending::Stopped)
        } else {
            None
        })
    }

    pub(super) async fn obey(&mut self, command: Option<BenchCommand>) -> io::Result<()> {
        match command {
            Some(BenchCommand::Pause) => self.tell(BenchEvent::Paused).await,
            Some(BenchCommand::GoOn) => self.tell(BenchEvent::WentOn).await,
            Some(BenchCommand::StopAfterRun) => self.is_stopping = true,
            Some(BenchCommand::Add(strategy)) => {
                let is_there = self.progress.header.plan.strategies.contains(&strategy);
                if !is_there && self.runner.catalog.strategy(&strategy).is_some() {
                    self.tell(BenchEvent::Added { strategy }).await;
                    self.file.set_plan(&self.progress.header)?;
                }
            }
            // Nothing is at work that could be skipped.
            Some(BenchCommand::Skip) => {}
            // Nobody can end the pause any more.
            None => {
                self.commands = None;
                self.progress.is_paused = false;
            }
        }
        Ok(())
    }
}

/// The next thing that is asked; waits for ever where nobody can ask.
pub(super) async fn asked(
    commands: &mut Option<mpsc::Receiver<BenchCommand>>,
) -> Option<BenchCommand> {
    match commands {
        Some(commands) => commands.recv().await,
        None => std::future::pending().await,
    }
}
