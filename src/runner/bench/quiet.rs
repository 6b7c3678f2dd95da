//! How busy the machine is with what is not ours.

use std::{
    io,
    time::{Duration, Instant},
};

use super::{UnderWay, asked::asked};
use crate::domain::bench::{BenchCommand, BenchEvent, NOISY};

/// How long the machine is looked at before a run.
const LOOK: Duration = Duration::from_millis(300);

impl UnderWay<'_> {
    /// Waits until the machine is quiet, as long as there is patience for that.
    pub(super) async fn wait_for_quiet(&mut self) -> io::Result<Waited> {
        let end = Instant::now() + self.patience;
        let cancel = self.cancel.clone();
        loop {
            let busy = tokio::select! {
                busy = look() => busy,
                command = asked(&mut self.commands) => {
                    if command == Some(BenchCommand::Skip) {
                        return Ok(Waited::Skipped);
                    }
                    self.obey(command).await?;
                    if self.before_a_build().await?.is_some() {
                        return Ok(Waited::Ended);
                    }
                    continue;
                }
            };
            let Some(seen) = busy.filter(|busy| *busy > NOISY) else {
                return Ok(Waited::Until { busy });
            };
            if Instant::now() > end || cancel.is_cancelled() {
                return Ok(Waited::Until { busy });
            }
            if self.progress.waiting.is_none() {
                self.tell(BenchEvent::Waiting { busy: seen }).await;
            }
        }
    }
}

/// What became of waiting.
pub(super) enum Waited {
    /// The run can begin.
    Until {
        /// Share of all processors that is busy; `None` where that cannot be known.
        busy: Option<f64>,
    },
    /// Somebody skipped the run.
    Skipped,
    /// The benchmark ends.
    Ended,
}

/// How busy the machine is in the next third of a second.
async fn look() -> Option<f64> {
    let before = ticks()?;
    tokio::time::sleep(LOOK).await;
    Some(share(before, ticks()?))
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
