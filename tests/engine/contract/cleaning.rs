//! `imgtui clean`, on an engine of its own: it takes what every test made.

use std::process::Command;

use anyhow::ensure;
use imgtui::engine::{CONTAINER, LABEL};

use super::Contract;
use crate::{Done, room::Room, store::Store};

pub(super) fn only_ours(contract: &Contract<'_>) -> Done {
    contract.on_own_engine("cleaning", clean)
}

fn clean(room: &Room<'_>, store: &Store<'_>) -> Done {
    add_foreign(room, store)?;
    room.strategy("plain", "FROM scratch\nCOPY . /app\nCOPY src /src\n")?;
    room.imgtui(&["build", "plain"])?.expect(0)?;
    room.imgtui(&["build", "plain", "--edit", "source"])?
        .expect(0)?;
    store.create("ours", &room.image("plain"), (LABEL, CONTAINER))?;
    let before = store.images()?;
    ensure!(before.len() > 2, "{before:?} only");
    let cleaned = room.imgtui(&["clean"])?.expect(0)?;
    let images = store.images()?;
    ensure!(
        images == ["localhost/foreign:x"],
        "{images:?}\n--- clean said\n{}{}",
        cleaned.out,
        cleaned.err
    );
    let containers = store.containers()?;
    ensure!(containers == ["foreign"], "containers: {containers:?}");
    let again = room.imgtui(&["clean"])?.expect(0)?;
    ensure!(again.out.contains("0 images removed"), "{}", again.out);
    store.remove("foreign")
}

/// An image and a container that imgtui did not make.
fn add_foreign(room: &Room<'_>, store: &Store<'_>) -> Done {
    let file = room.app.with_file_name("foreign.tar");
    let packed = Command::new("tar")
        .arg("-cf")
        .arg(&file)
        .arg("-C")
        .arg(&room.app)
        .arg("Cargo.toml")
        .status()?;
    ensure!(packed.success(), "tar failed");
    store.import(&file, "localhost/foreign", "x")?;
    store.create("foreign", "localhost/foreign:x", ("made", "by hand"))
}
