//! The strategy whose compiler cache several machines share, with a redis on this machine.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, ensure};

use crate::{
    Done,
    ground::Ground,
    machine,
    processes::wait_for,
    program::{LIMIT, Running, imgtui},
    room, say,
};

/// With a base to be made first.
const BUILD_LIMIT: Duration = Duration::from_secs(3000);

/// A machine that has compiled nothing: no layer is taken, and `target` is empty at every build.
pub(super) fn shared_by_redis(ground: &Ground) -> Done {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
    ]);
    command.arg("--dir").arg(ground.path("."));
    let _redis = Running::start(&mut command)?;
    wait_for("redis", LIMIT, || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    })?;
    let app = small_app(ground)?;
    let settings = format!(
        "probe = \"program\"\n\n[build-args]\nSCCACHE_REDIS_ENDPOINT = \"redis://127.0.0.1:{port}\"\n"
    );
    fs::write(app.join("imgtui.toml"), settings)?;
    let (first, first_hits) = build(&app)?;
    let (second, second_hits) = build(&app)?;
    say(&format!(
        "sccache-redis: {first:.1} s with {first_hits} hits, then {second:.1} s with {second_hits}"
    ));
    ensure!(first_hits == 0, "{first_hits} hits in an empty store");
    // Programs, macros and build scripts are not stored.
    ensure!(second_hits > 2, "{second_hits} hits only");
    Ok(())
}

/// A program with a handful of dependencies, which compile in a few seconds.
fn small_app(ground: &Ground) -> anyhow::Result<PathBuf> {
    let app = room::app(&ground.path("sccache-app"), "small")?;
    let manifest = app.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    let dependencies = "[dependencies]\nserde_json = \"1\"\n\n[workspace]\n";
    fs::write(&manifest, text.replace("[workspace]\n", dependencies))?;
    fs::remove_file(app.join("Cargo.lock"))?;
    let mut command = Command::new("cargo");
    command.args(["generate-lockfile", "--manifest-path"]);
    Running::start(command.arg(manifest))?
        .end(LIMIT)?
        .expect(0)?;
    Ok(app)
}

/// Seconds, and what sccache's statistics say of hits.
fn build(app: &Path) -> anyhow::Result<(f64, u64)> {
    let mut command = imgtui(&machine::state_folder());
    command.args(["build", "sccache-redis", "--no-cache", "--json", "--app"]);
    let record = Running::start(command.arg(app))?
        .end(BUILD_LIMIT)?
        .expect(0)?
        .record()?;
    let log = fs::read_to_string(&record.log)?;
    let hits = log
        .lines()
        .find_map(|line| line.trim().strip_prefix("Cache hits "))
        .with_context(|| format!("no statistics in {}", record.log.display()))?;
    Ok((record.wall_s, hits.trim().parse()?))
}
