//! Bases: present, pulled, made.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use imgtui::domain::base::{BaseSource, ResolvedBase};

use crate::{
    Done,
    ground::Ground,
    program::{LIMIT, Running},
    registry::Registry,
    room::{Room, strategy_on},
};

const UPSTREAM: &str = "docker.io/library/imgtui-tiny:1";

/// A base of its own: one file, in upstream's image and in the recipe's, which says this: an
/// equivalent that another test made is used before anything is pulled.
fn add_base(strategies: &Path, equivalent: &str) -> Done {
    let recipe = strategies.join("bases/tiny");
    fs::create_dir_all(&recipe)?;
    fs::write(recipe.join("Dockerfile"), "FROM scratch\nCOPY tiny.txt /\n")?;
    fs::write(recipe.join("tiny.txt"), equivalent)?;
    let text = format!(
        "[[base]]\nid = \"tiny\"\ntitle = \"Tiny\"\nupstream = \"{UPSTREAM}\"\nrecipe = \"bases/tiny\"\nequivalent_summary = \"one file\"\n"
    );
    fs::write(strategies.join("bases.toml"), text)?;
    let dockerfile = format!("ARG BASE_IMAGE={UPSTREAM}\nFROM ${{BASE_IMAGE}}\nCOPY . /app\n");
    strategy_on(strategies, "plain", &dockerfile, Some("tiny"))
}

fn build(room: &Room<'_>) -> anyhow::Result<ResolvedBase> {
    let ended = room.imgtui(&["build", "plain", "--json"])?.expect(0)?;
    // A base that is made is a build of its own, but not one that was asked for.
    let mut bases = ended.record()?.bases;
    ensure!(bases.len() == 1, "{bases:?}");
    bases.pop().context("no base")
}

pub(super) fn pulled_present_made(ground: &Ground) -> Done {
    let registry = Registry::start(&ground.path("loopback"))?;
    let room = Room::new(ground, "pulling")?
        .with_own_state()?
        .with_variable("CONTAINERS_REGISTRIES_CONF", registry.settings.clone());
    add_base(&room.strategies, "the equivalent\n")?;
    push_upstream(ground, &room, &registry)?;
    let first = build(&room)?;
    ensure!(first.source == BaseSource::Pulled, "first: {first:?}");
    ensure!(first.reference == UPSTREAM, "first: {first:?}");
    let second = build(&room)?;
    ensure!(second.source == BaseSource::Present, "second: {second:?}");
    let by_hand = room.imgtui(&["command", "plain"])?.expect(0)?.out;
    ensure!(by_hand.contains(UPSTREAM), "{by_hand}");
    ground.ask_podman(&["rmi", "--force", UPSTREAM])?;
    ensure!(!ground.has_image(UPSTREAM)?, "the base is still there");
    // Nobody answers under upstream's name any more.
    drop(registry);
    let made = build(&room)?;
    ensure!(made.source == BaseSource::Equivalent, "made: {made:?}");
    let ours = made
        .reference
        .starts_with("localhost/imgtui-equivalent/tiny:");
    ensure!(ours, "an equivalent under upstream's name: {made:?}");
    let label = [
        "image",
        "inspect",
        "--format",
        "{{index .Labels \"io.imgtui.made\"}}",
    ];
    let label = ground.ask_podman(&[&label[..], &[&made.reference]].concat())?;
    ensure!(label == "base", "the label is `{label}`");
    let kept = build(&room)?;
    ensure!(kept == made, "made again: {kept:?}");
    let shown = room.imgtui(&["build", "plain"])?.expect(0)?.out;
    ensure!(shown.contains('≈'), "not shown as an equivalent: {shown}");
    Ok(())
}

/// The digest is the registry's, and a build by it finds the image under upstream's name.
pub(super) fn ejected_with_digest(ground: &Ground) -> Done {
    let registry = Registry::start(&ground.path("loopback-eject"))?;
    let room = Room::new(ground, "pinning")?
        .with_own_state()?
        .with_variable("CONTAINERS_REGISTRIES_CONF", registry.settings.clone());
    add_base(&room.strategies, "not made in this test\n")?;
    push_upstream(ground, &room, &registry)?;
    build(&room)?;
    let digest = ground.ask_podman(&["image", "inspect", "--format", "{{.Digest}}", UPSTREAM])?;
    let to = ground.path("pinned");
    let folder = to.to_string_lossy().into_owned();
    room.imgtui(&["eject", "plain", "--to", &folder])?
        .expect(0)?;
    let dockerfile = to.join("Dockerfile").to_string_lossy().into_owned();
    let text = fs::read_to_string(&dockerfile)?;
    let pinned = format!("ARG BASE_IMAGE={UPSTREAM}@{digest}\n");
    ensure!(text.contains(&pinned), "no {pinned} in {text}");
    ground.ask_podman(&["rmi", "--force", UPSTREAM])?;
    let app = room.app.to_string_lossy().into_owned();
    let arguments = ["build", "--tag", "localhost/pinned", "--file"];
    let mut command = ground.podman(&[&arguments[..], &[&dockerfile, &app]].concat())?;
    command.env("CONTAINERS_REGISTRIES_CONF", &registry.settings);
    Running::start(&mut command)?.end(LIMIT)?.expect(0)?;
    ground.ask_podman(&["rmi", "--force", "localhost/pinned"])?;
    Ok(())
}

/// Pushes the image that upstream's name will stand for, and forgets it.
fn push_upstream(ground: &Ground, room: &Room<'_>, registry: &Registry) -> Done {
    let tar = ground.path("tiny.tar").to_string_lossy().into_owned();
    let app = room.app.to_string_lossy().into_owned();
    let packed = std::process::Command::new("tar")
        .args(["-cf", &tar, "-C", &app, "Cargo.toml"])
        .status()?;
    ensure!(packed.success(), "tar failed");
    let local = "localhost/upstream-tiny:1";
    ground.ask_podman(&["import", "--quiet", &tar, local])?;
    let remote = format!("{}/{UPSTREAM}", registry.address);
    ground.ask_podman(&["push", "--quiet", "--tls-verify=false", local, &remote])?;
    ground.ask_podman(&["rmi", local])?;
    Ok(())
}
