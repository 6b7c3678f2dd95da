//! The engine's disk is full.

use std::{fs, path::PathBuf, process::Command};

use anyhow::ensure;

use super::{Contract, Kind};
use crate::{Done, daemon::Daemon, room::Room};

/// A disk in memory; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&at)?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "imgtui-test"])
            .arg(&at)
            .status()?;
        ensure!(status.success(), "a tmpfs cannot be mounted: {status}");
        Ok(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // podman mounts the store's own folders too.
        let _ = Command::new("umount")
            .arg("--recursive")
            .arg(&self.0)
            .status();
    }
}

pub(super) fn told(contract: &Contract<'_>) -> Done {
    let ground = contract.ground;
    let mut room = contract.room_alone("full")?.with_own_state()?;
    let disk = SmallDisk::mount(ground.path(&format!("small-{}", contract.facts.name)))?;
    match contract.facts.kind {
        Kind::Podman => {
            room.storage = ground.path("full.conf");
            let store = disk.0.join("store");
            fs::write(&room.storage, ground.storage_text("full", &store))?;
            fill(&room)?;
            works_again(&room)
        }
        Kind::DockerClassic | Kind::DockerBuildKit => {
            room.state = disk.0.join("state");
            let daemon = Daemon::start(&room.state)?;
            let done = fill(&room).and_then(|()| match contract.facts.kind {
                // It keeps the context that filled the disk.
                Kind::DockerBuildKit => stays_full(&room),
                _ => works_again(&room),
            });
            done.and(daemon.end())
        }
    }
}

fn fill(room: &Room<'_>) -> Done {
    room.strategy("plain", "FROM scratch\nCOPY . /app\n")?;
    room.imgtui(&["build", "plain"])?.expect(0)?;
    // Larger than the disk.
    fs::write(room.app.join("large.bin"), vec![b'x'; 96 << 20])?;
    let message = room
        .imgtui(&["build", "plain", "--json"])?
        .expect(1)?
        .failure()?;
    ensure!(message.contains("the disk is full"), "{message}");
    ensure!(message.contains("imgtui clean"), "no remedy: {message}");
    fs::remove_file(room.app.join("large.bin"))?;
    Ok(())
}

fn works_again(room: &Room<'_>) -> Done {
    room.imgtui(&["build", "plain", "--edit", "source"])?
        .expect(0)?;
    Ok(())
}

/// Whatever is tried, it is told as what it is.
fn stays_full(room: &Room<'_>) -> Done {
    let ended = room.imgtui(&["build", "plain", "--edit", "source"])?;
    if ended.code == Some(0) {
        return Ok(());
    }
    let told = format!("{}{}", ended.out, ended.err);
    ensure!(told.contains("the disk is full"), "{told}");
    ensure!(told.contains("docker builder prune"), "no remedy: {told}");
    Ok(())
}
