//! A build in which cargo says why.

use anyhow::{Context as _, ensure};
use imgtui::domain::{
    build::StepStatus::{Cached, Ran},
    crates::Crates,
    purpose::Purpose,
    record::BuildRecord,
};

use super::{Contract, Kind, steps::step};
use crate::Done;

/// Its cargo says what cargo 1.95.0 says, no more.
const DOCKERFILE: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
RUN printf '%s\n' '#!/bin/sh' 'exec >&2' \
    'if [ "$CARGO_TERM_VERBOSE" = true ]; then' \
    'echo "       Fresh still v1.0.0"' \
    'echo "       Dirty app v0.1.0 (/app): the file \`src/main.rs\` has changed (2.0s, 1s after last build at 1.0s)"' \
    'fi' \
    'echo "   Compiling app v0.1.0 (/app)"' \
    'echo "    Finished the release profile in 0.1s"' >/usr/bin/cargo && chmod 755 /usr/bin/cargo
COPY . /app
RUN cargo build --release
"#;

fn crates(record: &BuildRecord) -> anyhow::Result<&Crates> {
    let build = step(record, "RUN cargo build")?;
    build.crates.as_ref().context("cargo was not heard")
}

pub(super) fn why_cargo(contract: &Contract<'_>) -> Done {
    let room = contract.room("looking")?;
    room.strategy("plain", DOCKERFILE)?;
    let build = |more: &[&str]| {
        let arguments = [&["build", "plain", "--json"], more].concat();
        room.imgtui(&arguments)?.expect(0)?.record()
    };
    let first = build(&[])?;
    let told = crates(&first)?;
    ensure!((told.compiled, told.fresh) == (1, None), "{told:?}");
    let look = build(&["--why-cargo"])?;
    ensure!(look.purpose == Purpose::Look, "{look:?}");
    ensure!(step(&look, "RUN printf")?.status == Cached, "{look:?}");
    // BuildKit's copy sees the Dockerfile too, and its text is another one.
    let copies_again = contract.facts.kind == Kind::DockerBuildKit;
    let copied = if copies_again { Ran } else { Cached };
    ensure!(step(&look, "COPY . /app")?.status == copied, "{look:?}");
    ensure!(step(&look, "RUN cargo build")?.status == Ran, "{look:?}");
    let told = crates(&look)?;
    ensure!((told.compiled, told.fresh) == (1, Some(1)), "{told:?}");
    let wanted = "app v0.1.0: the file `src/main.rs` has changed";
    ensure!(told.lines() == [wanted], "{told:?}");
    let explained = room.imgtui(&["explain", "plain"])?.expect(0)?.out;
    ensure!(explained.contains(wanted), "{explained}");
    // What was built before is what would be built now.
    let again = build(&[])?;
    ensure!(again.image == first.image, "{again:?}");
    ensure!(
        step(&again, "RUN cargo build")?.status == Cached,
        "{again:?}"
    );
    let history = room.imgtui(&["history"])?.expect(0)?.out;
    ensure!(history.contains("a look at cargo"), "{history}");
    room.strategy(
        "without",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nCOPY . /app\n",
    )?;
    let without = room
        .imgtui(&["build", "without", "--why-cargo"])?
        .expect(1)?;
    ensure!(
        without.out.contains("nothing to look at"),
        "{}",
        without.out
    );
    Ok(())
}
