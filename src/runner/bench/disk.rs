//! How much of the disk a build needs at its worst moment.

use std::{path::PathBuf, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::domain::ids::Bytes;

/// Between two looks: a statvfs(3) takes microseconds.
const EVERY: Duration = Duration::from_millis(100);

/// Looks at what is free on a file system until it is ended.
pub(super) struct Growth {
    task: JoinHandle<Option<Bytes>>,
    end: CancellationToken,
}

impl Growth {
    /// Begins to look at the file system that holds this folder.
    pub(super) fn watch(folder: PathBuf) -> Self {
        let end = CancellationToken::new();
        let until = end.clone();
        let task = tokio::spawn(async move {
            let before = free(&folder)?;
            let mut least = before;
            while until
                .run_until_cancelled(tokio::time::sleep(EVERY))
                .await
                .is_some()
            {
                least = least.min(free(&folder).unwrap_or(least));
            }
            least = least.min(free(&folder).unwrap_or(least));
            Some(Bytes(before - least))
        });
        Self { task, end }
    }

    /// By how much less was free at the worst moment; `None` where that cannot be known.
    pub(super) async fn end(self) -> Option<Bytes> {
        self.end.cancel();
        self.task.await.ok().flatten()
    }
}

fn free(folder: &PathBuf) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_and_removed_again_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let growth = Growth::watch(folder.path().to_owned());
        assert!(growth.end().await.is_some());
        let missing = Growth::watch(folder.path().join("none"));
        assert_eq!(missing.end().await, None);
    }
}
