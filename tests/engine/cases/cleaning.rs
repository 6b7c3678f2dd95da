//! `imgtui clean`.

use std::fs;

use anyhow::ensure;

use crate::{
    Done,
    ground::Ground,
    program::{LIMIT, Running},
    room::Room,
};

/// On a store of its own: `clean` takes what every test made.
pub(super) fn only_ours(ground: &Ground) -> Done {
    let mut room = Room::new(ground, "cleaning")?.with_own_state()?;
    room.storage = ground.path("cleaning.conf");
    let store = ground.path("store-cleaning");
    fs::write(&room.storage, ground.storage_text("cleaning", &store))?;
    let podman = |arguments: &[&str]| -> anyhow::Result<String> {
        let mut command = ground.podman(arguments)?;
        command.env("CONTAINERS_STORAGE_CONF", &room.storage);
        Ok(Running::start(&mut command)?
            .end(LIMIT)?
            .expect(0)?
            .out
            .trim()
            .to_owned())
    };
    let file = ground.path("foreign.tar");
    let tar = std::process::Command::new("tar")
        .arg("-cf")
        .arg(&file)
        .arg("-C")
        .arg(&room.app)
        .arg("Cargo.toml")
        .status()?;
    ensure!(tar.success(), "tar failed");
    podman(&[
        "import",
        "--quiet",
        &file.to_string_lossy(),
        "localhost/foreign:x",
    ])?;
    podman(&[
        "create",
        "--name",
        "foreign",
        "localhost/foreign:x",
        "/none",
    ])?;
    room.strategy("plain", "FROM scratch\nCOPY . /app\nCOPY src /src\n")?;
    room.imgtui(&["build", "plain"])?.expect(0)?;
    room.imgtui(&["build", "plain", "--edit", "source"])?
        .expect(0)?;
    podman(&[
        "create",
        "--label",
        "io.imgtui.made=container",
        "--name",
        "ours",
        "localhost/imgtui/cleaning:plain",
        "/none",
    ])?;
    let before = podman(&["images", "--all", "--quiet"])?.lines().count();
    ensure!(before > 3, "{before} images only");
    let cleaned = room.imgtui(&["clean"])?.expect(0)?;
    let images = podman(&["images", "--all", "--format", "{{.Repository}}:{{.Tag}}"])?;
    ensure!(
        images == "localhost/foreign:x",
        "{images}\n--- clean said\n{}{}",
        cleaned.out,
        cleaned.err
    );
    let containers = podman(&["ps", "--all", "--format", "{{.Names}}"])?;
    ensure!(containers == "foreign", "containers: {containers}");
    let again = room.imgtui(&["clean"])?.expect(0)?;
    ensure!(again.out.contains("0 images removed"), "{}", again.out);
    podman(&["rm", "foreign"])?;
    Ok(())
}
