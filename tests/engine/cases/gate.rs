//! Builds that are wrong, planted: each must be found out, and told why. What depends on the
//! engine stands in the contract.

use std::{fs, path::Path, process::Stdio};

use anyhow::{bail, ensure};
use imgtui::domain::{record::BuildRecord, verdict::Proof};

use crate::{
    Done,
    ground::Ground,
    machine,
    program::{Ended, LIMIT, Running, imgtui},
    room::{self, Room},
    server::{server, server_at},
    verdicts::{invalid, verified},
};

/// Servers that answer, but not there or not so.
pub(super) fn other_answers(ground: &Ground) -> Done {
    let room = Room::new(ground, "gate-others")?.with_gate();
    room.strategy("elsewhere", &server_at("0.0.0.0", "8080", "q(x)"))?;
    room.strategy("inward", &server_at("127.0.0.1", "7000", "q(x)"))?;
    room.strategy("unmarked", &server("q(no stamp here)"))?;
    let arguments = ["build", "--json", "elsewhere", "inward", "unmarked"];
    let records = room.imgtui(&arguments)?.expect(1)?.records()?;
    let [elsewhere, inward, unmarked] = records.as_slice() else {
        bail!("{} records", records.len());
    };
    invalid(elsewhere, &["port = 8080"])?;
    invalid(inward, &["127.0.0.1", "0.0.0.0"])?;
    // perl is a program, and not one that was built from this source.
    invalid(unmarked, &["holds no stamp"])?;
    let containers = ground.containers()?;
    ensure!(containers.is_empty(), "left behind: {containers:?}");
    Ok(())
}

/// A server of the standard library alone: it compiles in a second.
const APP: &str = r#"use std::io::{Read, Write};

const STAMP: &str = "imgtui:0000000000000000";

fn main() {
    let listener = std::net::TcpListener::bind("0.0.0.0:7000").unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        let length = STAMP.len();
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{STAMP}"
        );
    }
}
"#;

/// Sources get the time of a commit long ago, as some CI systems set it, while cargo's output is
/// kept from build to build.
const STALE: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS builder
LABEL strategy="planted-stale"
WORKDIR /app
COPY . .
RUN --mount=type=cache,id=planted-stale,target=/app/target \
    find . -path ./target -prune -o -name '*.rs' -exec touch -d '2001-01-01' {} + \
    && cargo build --release && cp target/release/planted /server
FROM ${BASE_IMAGE}
ENTRYPOINT ["/server"]
COPY --from=builder /server /server
"#;

/// Dependencies cached by hand with a stand-in for `main`, as many tutorials show it: COPY keeps
/// the sources' times, which are older than the stand-in's program.
const STUB: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
LABEL strategy="planted-stub"
ENTRYPOINT ["/app/target/release/planted"]
WORKDIR /app
COPY Cargo.toml Cargo.toml
RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release
COPY src src
RUN cargo build --release
"#;

/// The article's deliberate failure.
const GLIBC_IN_SCRATCH: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS builder
LABEL strategy="planted-scratch"
WORKDIR /app
COPY . .
RUN cargo build --release
FROM scratch
ENTRYPOINT ["/server"]
COPY --from=builder /app/target/release/planted /server
"#;

/// The right way, on the same app: what is not planted is not found.
const RIGHT: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
LABEL strategy="planted-right"
ENTRYPOINT ["/app/target/release/planted"]
WORKDIR /app
COPY . .
RUN cargo build --release
"#;

const PLANTED: [(&str, &str); 4] = [
    ("stale", STALE),
    ("stub", STUB),
    ("glibc-in-scratch", GLIBC_IN_SCRATCH),
    ("right", RIGHT),
];

/// On the user's store, where the Rust base is.
pub(super) fn planted(ground: &Ground) -> Done {
    let folder = ground.path("planted");
    let app = room::app(&folder.join("app"), "planted")?;
    fs::write(app.join("src/main.rs"), APP)?;
    let strategies = folder.join("strategies");
    for (id, dockerfile) in PLANTED {
        room::strategy_on(&strategies, id, dockerfile, Some("rust"))?;
    }
    let seen = look_at_planted(&app, &strategies);
    for (id, _) in PLANTED {
        let image = format!("localhost/imgtui/planted:{id}");
        let mut remove = ground.users_podman(&["rmi", "--force", &image])?;
        remove.stdout(Stdio::null()).status()?;
    }
    seen
}

fn look_at_planted(app: &Path, strategies: &Path) -> Done {
    let build = |id: &str, code: i32, more: &[&str]| -> anyhow::Result<BuildRecord> {
        let mut command = imgtui(&machine::state_folder());
        command.args(["build", id, "--json"]).args(more);
        command.arg("--app").arg(app);
        command.arg("--strategies").arg(strategies);
        let ended: Ended = Running::start(&mut command)?.end(10 * LIMIT)?;
        ended.expect(code)?.record()
    };
    let edit = ["--edit", "source"];
    verified(&build("right", 0, &[])?, Proof::Answer)?;
    verified(&build("right", 0, &edit)?, Proof::Answer)?;
    // Its cache mount may hold what an earlier run of this test left: whatever comes of the first
    // edit, the second must find an older program.
    build("stale", 0, &["--edit", "source", "--no-verify"])?;
    let stale = build("stale", 1, &edit)?;
    invalid(&stale, &["older program"])?;
    let stub = build("stub", 1, &[])?;
    invalid(&stub, &["status 0", "no stamp", "stand-in"])?;
    let scratch = build("glibc-in-scratch", 1, &[])?;
    invalid(
        &scratch,
        &["loader", "/lib64/ld-linux-x86-64.so.2", "glibc", "musl"],
    )
}
