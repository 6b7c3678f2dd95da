//! Cargo itself, asked why it compiles.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use imgtui::domain::record::BuildRecord;

use crate::{
    Done,
    ground::Ground,
    machine,
    program::{LIMIT, Running, imgtui},
    room,
};

/// With a base to be made first.
const BUILD_LIMIT: Duration = Duration::from_secs(3000);

/// In a `target` that stays from build to build.
pub(super) fn says_why(ground: &Ground) -> Done {
    let app = room::app(&ground.path("why-cargo"), "why-cargo")?;
    let manifest = app.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)?;
    let dependencies =
        "[dependencies]\ndep = { path = \"dep\" }\nstill = { path = \"still\" }\n\n[workspace]\n";
    fs::write(&manifest, text.replace("[workspace]\n", dependencies))?;
    for name in ["dep", "still"] {
        let folder = app.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let text = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        fs::write(folder.join("Cargo.toml"), text)?;
        fs::write(folder.join("src/lib.rs"), "pub fn none() {}\n")?;
    }
    fs::remove_file(app.join("Cargo.lock"))?;
    let mut command = Command::new("cargo");
    command.args(["generate-lockfile", "--offline", "--manifest-path"]);
    Running::start(command.arg(manifest))?
        .end(LIMIT)?
        .expect(0)?;
    let build = |more: &[&str]| -> anyhow::Result<BuildRecord> {
        let mut command = imgtui(&machine::state_folder());
        command.args(["build", "inner-loop", "--no-verify", "--json", "--app"]);
        command.arg(&app).args(more);
        Running::start(&mut command)?
            .end(BUILD_LIMIT)?
            .expect(0)?
            .record()
    };
    // The mounts stay from run to run: what was compiled before must be another.
    let of_this_run = |name: &str| format!("pub fn {name}_{}() {{}}\n", std::process::id());
    fs::write(app.join("dep/src/lib.rs"), of_this_run("none"))?;
    build(&[])?;
    fs::write(app.join("dep/src/lib.rs"), of_this_run("some"))?;
    let look = build(&["--why-cargo"])?;
    let crates = look.steps.iter().find_map(|step| step.crates.as_ref());
    let crates = crates.context("cargo was not heard")?;
    ensure!(
        (crates.compiled, crates.fresh) == (2, Some(1)),
        "{crates:?}"
    );
    let dep = &crates.looked_at[0];
    let why = dep.dirty.as_deref().unwrap_or_default();
    ensure!(
        dep.name == "dep v0.1.0" && why.contains("`dep/src/lib.rs`"),
        "{dep:?}"
    );
    ensure!(dep.seconds.is_some_and(|seconds| seconds > 0.0), "{dep:?}");
    Ok(())
}
