//! The program `cargo-binstall`, compiled from its source: its own release is not reached from
//! every machine, and tests go through the same path with a server that gives out this one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::ensure;

use crate::{
    Done,
    ground::Ground,
    machine,
    program::{LIMIT, Running, imgtui},
    room, say,
};

/// With the base to be made first.
const COMPILE_LIMIT: Duration = Duration::from_secs(3000);

/// On the builder of the strategy itself, whatever compiler and C library this machine has. What
/// it is asked for here needs neither TLS nor git, and those take most of the time.
const DOCKERFILE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN cargo install cargo-binstall --version VERSION --locked --root /out \\
        --debug --config profile.dev.debug=false --no-default-features \\
        --features static,fancy-no-backtrace
";

const IMAGE: &str = "localhost/imgtui/engine-tests-binstall:compiled";

/// The program of this version: compiled the first time, kept for later runs.
pub(crate) fn program(ground: &Ground, version: &str) -> anyhow::Result<Vec<u8>> {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cargo-binstall-{version}"));
    if !kept.is_file() {
        compile(ground, version, &kept)?;
    }
    Ok(fs::read(kept)?)
}

/// On the user's store, where the Rust base is; nothing of it is left there.
fn compile(ground: &Ground, version: &str, to: &Path) -> Done {
    say(&format!("compiling cargo-binstall {version}, once"));
    let folder = ground.path("binstall");
    let app = room::app(&folder.join("app"), "engine-tests-binstall")?;
    let strategies = folder.join("strategies");
    let dockerfile = DOCKERFILE.replace("VERSION", version);
    room::strategy_on(&strategies, "compiled", &dockerfile, Some("rust"))?;
    let mut build = imgtui(&machine::state_folder());
    build.args(["build", "compiled", "--no-verify", "--app"]);
    build.arg(app).arg("--strategies").arg(strategies);
    Running::start(&mut build)?.end(COMPILE_LIMIT)?.expect(0)?;
    let taken = take(ground, &folder.join("cargo-binstall"));
    call(ground.users_podman(&["rmi", "--force", IMAGE])?)?;
    // Whole or not at all: a later run takes what it finds.
    Ok(fs::rename(taken?, to)?)
}

/// Copies the program out of the image.
fn take(ground: &Ground, to: &Path) -> anyhow::Result<PathBuf> {
    let container = call(ground.users_podman(&["create", IMAGE, "none"])?)?;
    let from = format!("{container}:/out/bin/cargo-binstall");
    let copied = call(ground.users_podman(&["cp", &from, &to.to_string_lossy()])?);
    call(ground.users_podman(&["rm", &container])?)?;
    copied?;
    ensure!(to.is_file(), "{} was not copied", to.display());
    Ok(to.to_owned())
}

/// What the program prints; an error when it fails.
fn call(mut command: Command) -> anyhow::Result<String> {
    let ended = Running::start(&mut command)?.end(LIMIT)?.expect(0)?;
    Ok(ended.out.trim().to_owned())
}
