//! What `imgtui eject` writes builds what the strategy builds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use imgtui::runner::host::Host;

use crate::{
    Done,
    ground::Ground,
    layers::Saved,
    machine,
    program::{LIMIT, Running, imgtui},
    room::Room,
    say,
};

/// With the bases to be made first.
const LONG: Duration = Duration::from_secs(3000);

const EJECTED: &str = "localhost/imgtui-test/ejected:1";

/// Two stages with everything that is changed on the way out: a label, arguments that are
/// written out, and files of several kinds.
const TWO: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS builder
# Layers of its own.
LABEL strategy=\"two\"
WORKDIR /app
COPY . .
ARG BIN=none
ARG BUILD_FLAGS
RUN mkdir -p /out/empty \\
    && echo \"${BIN}\" ${BUILD_FLAGS} > /out/bin \\
    && cp src/main.rs /out/ && chmod 640 /out/main.rs \\
    && ln -s main.rs /out/link

FROM ${BASE_IMAGE}
ARG PORT=1
EXPOSE ${PORT}
ENTRYPOINT [\"/out/bin\"]
COPY --from=builder /out /out
RUN chmod 600 /out/main.rs && rm /out/bin && echo \"${PORT}\" > /out/port
USER 65532:65532
";

pub(super) fn without_engine(ground: &Ground) -> Done {
    let room = Room::new(ground, "leaving-offline")?;
    room.strategy("two", TWO)?;
    let eject = ["eject", "two", "--engine", "unix:///nowhere/podman.sock"];
    let written = room.imgtui(&eject)?.expect(0)?.out;
    let dockerfile = room.app.join("Dockerfile");
    let text = fs::read_to_string(&dockerfile)?;
    for wanted in [
        "ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim\n",
        "ARG BIN=leaving-offline\n",
        "EXPOSE 7000\n",
    ] {
        ensure!(text.contains(wanted), "no {wanted} in {text}");
    }
    ensure!(!text.contains("LABEL"), "{text}");
    for said in ["Dockerfile", "digest is not known", "podman build --tag"] {
        ensure!(written.contains(said), "no {said} in {written}");
    }
    room.imgtui(&eject)?.expect(0)?;
    fs::write(&dockerfile, "FROM mine\n")?;
    fs::remove_file(room.app.join(".dockerignore"))?;
    let app = room.look_at_app()?;
    let refused = room.imgtui(&eject)?.expect(1)?.err;
    ensure!(refused.contains("app/Dockerfile"), "not named: {refused}");
    ensure!(room.look_at_app()? == app, "something was written");
    room.imgtui(&[&eject[..], &["--force"]].concat())?
        .expect(0)?;
    ensure!(fs::read_to_string(&dockerfile)? == text, "not replaced");
    unknown_or_not_hermetic(&room)
}

fn unknown_or_not_hermetic(room: &Room<'_>) -> Done {
    room.imgtui(&["eject", "nothing"])?.expect(2)?;
    room.strategy("host", "FROM scratch\nCOPY . .\n")?;
    fs::write(room.strategies.join("10-host/prepare.sh"), "#!/bin/sh\n")?;
    let app = room.look_at_app()?;
    let refused = room.imgtui(&["eject", "host", "--force"])?.expect(1)?.err;
    ensure!(refused.contains("not hermetic"), "{refused}");
    ensure!(room.look_at_app()? == app, "something was written");
    Ok(())
}

/// Builds the files in `folder`, from nothing.
fn build_ejected(
    mut podman: Command,
    folder: &Path,
    app: &Path,
    base: &str,
    limit: Duration,
) -> Done {
    podman
        .args(["--format", "docker", "--network", "host", "--no-cache"])
        .args(["--tag", EJECTED, "--build-arg"])
        .arg(format!("BASE_IMAGE={base}"))
        .arg("--file")
        .arg(folder.join("Dockerfile"))
        .arg("--ignorefile")
        .arg(folder.join(".dockerignore"));
    for mount in Host::of_this_machine().mounts() {
        podman.arg("--volume").arg(mount.to_string());
    }
    Running::start(podman.arg(app))?.end(limit)?.expect(0)?;
    Ok(())
}

pub(super) fn tiny(ground: &Ground) -> Done {
    let room = Room::new(ground, "leaving")?;
    room.strategy("two", TWO)?;
    room.imgtui(&["build", "two"])?.expect(0)?;
    let to = ground.path("left");
    let folder = to.to_string_lossy().into_owned();
    room.imgtui(&["eject", "two", "--to", &folder])?.expect(0)?;
    let saved = |image: &str| Saved::of(&mut ground.podman(&["save"])?, image, &ground.path("."));
    let build = || {
        build_ejected(
            ground.podman(&["build"])?,
            &to,
            &room.app,
            &ground.base,
            LIMIT,
        )
    };
    let of_strategy = saved("localhost/imgtui/leaving:two")?;
    ensure!(of_strategy.layers() == 3, "{} layers", of_strategy.layers());
    build()?;
    saved(EJECTED)?.is_same_as(&of_strategy)?;
    for (from, to_text, about) in [
        ("chmod 600", "chmod 604", "out/main.rs"),
        ("echo \"7000\"", "echo \"7001\"", "out/port"),
        ("USER 65532", "USER 65533", "settings"),
    ] {
        let file = to.join("Dockerfile");
        let text = fs::read_to_string(&file)?;
        ensure!(text.contains(from), "no place for a fault: {from}");
        fs::write(&file, text.replace(from, to_text))?;
        build()?;
        let Err(difference) = saved(EJECTED)?.is_same_as(&of_strategy) else {
            bail!("a planted difference was not seen: {to_text}");
        };
        let told = difference.to_string();
        ensure!(told.contains(about), "no {about} in: {told}");
        fs::write(&file, text)?;
    }
    ground.ask_podman(&["rmi", "--force", EJECTED])?;
    Ok(())
}

/// On the user's store, which has the bases; only the image under our own name is removed.
pub(super) fn scratch(ground: &Ground) -> Done {
    let app: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let call = |arguments: &[&str]| {
        let mut command = imgtui(&machine::state_folder());
        command.args(arguments).arg("--app").arg(&app);
        Running::start(&mut command)?.end(LONG)?.expect(0)
    };
    let record = call(&["build", "scratch", "--json"])?.record()?;
    let base = record.bases.first().context("no base")?;
    let to = ground.path("left-scratch");
    call(&["eject", "scratch", "--to", &to.to_string_lossy()])?;
    let podman = ground.users_podman(&["build"])?;
    build_ejected(podman, &to, &app, &base.reference, LONG)?;
    let saved = |image: &str| {
        Saved::of(
            &mut ground.users_podman(&["save"])?,
            image,
            &ground.path("."),
        )
    };
    let ejected = saved(EJECTED);
    ground.users_podman(&["rmi", EJECTED])?.output()?;
    let of_strategy = saved("localhost/imgtui/sample-app:scratch")?;
    let ejected = ejected?;
    ejected.is_same_as(&of_strategy)?;
    say(&format!(
        "scratch, ejected: {} layer, {} file, equal byte for byte",
        ejected.layers(),
        ejected.files()
    ));
    Ok(())
}
