//! What makes an engine run a `COPY` again: tried with a file that is changed in one respect.

use std::io;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        event::{BuildEvent, StepKey},
        ids::ImageId,
        side_by_side::CopiedChange,
    },
    engine::{BuildRequest, Engine, EngineError, IMAGE, LABEL},
    parse::dockerfile,
};

const DOCKERFILE: &str = "FROM scratch\nCOPY folder /folder\n";
const COPY: StepKey = StepKey { stage: 0, index: 2 };

/// Builds a copied file, changes it in one respect and builds again: whether the copy came from the
/// cache. `content` is unlike that of any build before. The images are removed.
///
/// # Errors
/// When the engine does not build.
pub async fn hits(
    engine: &dyn Engine,
    change: CopiedChange,
    content: &str,
    cancel: &CancellationToken,
) -> Result<bool, EngineError> {
    let before = build(engine, &Copied::new(content), cancel).await?;
    let after = build(engine, &Copied::new(content).with(change), cancel).await;
    // Not before: podman's and the classic builder's cache is the images.
    let built = after.as_ref().ok();
    for image in built
        .map(|built| &built.image)
        .into_iter()
        .chain([&before.image])
    {
        // One that is in use stays.
        let _ = engine.remove_image(&image.0).await;
    }
    Ok(after?.hit)
}

struct Built {
    image: ImageId,
    /// The copy came from the cache.
    hit: bool,
}

async fn build(
    engine: &dyn Engine,
    copied: &Copied,
    cancel: &CancellationToken,
) -> Result<Built, EngineError> {
    let archive = copied.archive().map_err(|error| EngineError::Context {
        reason: error.to_string(),
    })?;
    let (sender, context) = mpsc::channel(1);
    // The receiver is at hand: this does not wait.
    let _ = sender.send(Ok(archive.into())).await;
    drop(sender);
    let request = BuildRequest {
        dockerfile: "Dockerfile".into(),
        labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
        steps: engine.steps(dockerfile::outline(DOCKERFILE)),
        ..BuildRequest::of(context)
    };
    let (events, mut told) = mpsc::channel(64);
    let watching = tokio::spawn(async move {
        let mut hit = false;
        while let Some(event) = told.recv().await {
            hit |= event == BuildEvent::StepCached { step: COPY };
        }
        hit
    });
    let image = engine.build(request, events, cancel.clone()).await?;
    let hit = watching.await.unwrap_or(false);
    Ok(Built { image, hit })
}

/// A file in a folder, as it goes into the archive.
struct Copied {
    content: String,
    file_mode: u32,
    folder_mode: u32,
    owner: u64,
    time_s: u64,
}

impl Copied {
    fn new(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            file_mode: 0o644,
            folder_mode: 0o755,
            owner: 0,
            time_s: 1_700_000_000,
        }
    }

    fn with(mut self, change: CopiedChange) -> Self {
        match change {
            CopiedChange::Nothing => {}
            CopiedChange::Time => self.time_s += 1000,
            CopiedChange::Content => self.content.push('!'),
            CopiedChange::FileMode => self.file_mode = 0o755,
            CopiedChange::FolderMode => self.folder_mode = 0o700,
            CopiedChange::Owner => self.owner = 1000,
        }
        self
    }

    fn archive(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        let entry = |kind: tar::EntryType, mode: u32, size: usize| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_size(size as u64);
            header.set_uid(self.owner);
            header.set_gid(self.owner);
            header.set_mtime(self.time_s);
            header
        };
        let mut add = |mut header: tar::Header, name: &str, bytes: &[u8]| {
            archive.append_data(&mut header, name, bytes)
        };
        let file = tar::EntryType::Regular;
        add(
            entry(file, 0o644, DOCKERFILE.len()),
            "Dockerfile",
            DOCKERFILE.as_bytes(),
        )?;
        let folder = entry(tar::EntryType::Directory, self.folder_mode, 0);
        add(folder, "folder/", &[])?;
        let content = self.content.as_bytes();
        add(
            entry(file, self.file_mode, content.len()),
            "folder/file",
            content,
        )?;
        archive.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_changes_the_archive_and_nothing_does_not() {
        let plain = Copied::new("x").archive().unwrap();
        for change in CopiedChange::ALL {
            let changed = Copied::new("x").with(change).archive().unwrap();
            assert_eq!(
                changed == plain,
                change == CopiedChange::Nothing,
                "{change:?}"
            );
        }
    }
}
