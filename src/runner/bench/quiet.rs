//! How busy the machine is with what is not ours.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::domain::bench::NOISY;

/// How long the machine is looked at before a run.
const LOOK: Duration = Duration::from_millis(300);
/// A machine that is busy gets so long to become quiet; then the run is flagged.
const PATIENCE: Duration = Duration::from_secs(15);

/// Waits for the machine to become quiet, and says how busy it is.
pub(super) async fn quiet(cancel: &CancellationToken) -> Option<f64> {
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
