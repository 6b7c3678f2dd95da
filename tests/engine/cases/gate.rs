//! Builds that are wrong, planted: each must be found out, and told why.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context as _, bail, ensure};
use imgtui::domain::{
    edit::EditKind,
    record::BuildRecord,
    verdict::{Proof, Verdict},
};

use crate::{
    Done,
    ground::Ground,
    machine,
    program::{Ended, LIMIT, Running, imgtui},
    room::{self, Room},
};

/// A web server in perl, which every Debian has; `BODY` is what it answers.
const SERVER: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
COPY . /app
ENTRYPOINT ["/usr/bin/perl", "-MIO::Socket::INET", "-e", "$SIG{TERM} = sub { exit 0 }; my $s = IO::Socket::INET->new(LocalAddr => q(ADDRESS), LocalPort => PORT, Listen => 9, ReuseAddr => 1) or die qq(no port: $!); open(my $f, q(<), q(/app/src/main.rs)); my $b = BODY; while (1) { my $c = $s->accept or next; while (<$c>) { last if /^\\s*$/ } print $c qq(HTTP/1.1 200 OK\\r\\nContent-Length: ) . length($b) . qq(\\r\\nConnection: close\\r\\n\\r\\n) . $b; close $c }"]
"#;

fn server(address: &str, port: u16, body: &str) -> String {
    let text = SERVER.replace("ADDRESS", address).replace("BODY", body);
    text.replace("PORT", &port.to_string())
}

fn verdict(record: &BuildRecord) -> anyhow::Result<&Verdict> {
    record.verdict.as_ref().context("no verdict")
}

/// The reason for which a build is invalid; it must name each of these words.
fn invalid(record: &BuildRecord, words: &[&str]) -> Done {
    let Verdict::Invalid { reason } = verdict(record)? else {
        bail!("{}: {:?}", record.strategy, record.verdict);
    };
    for word in words {
        ensure!(
            reason.contains(word),
            "{}: no `{word}` in: {reason}",
            record.strategy
        );
    }
    ensure!(!record.counts(), "it counts all the same");
    Ok(())
}

fn verified(record: &BuildRecord, proof: Proof) -> Done {
    let wanted = Verdict::Verified { proof };
    ensure!(*verdict(record)? == wanted, "{:?}", record.verdict);
    Ok(())
}

pub(super) fn yesterdays_stamp(ground: &Ground) -> Done {
    let room = Room::new(ground, "gate-stamp")?.with_gate();
    room.strategy("honest", &server("0.0.0.0", 7000, "join(q(), <$f>)"))?;
    let old = "q(imgtui:0000000000000000)";
    room.strategy("yesterday", &server("0.0.0.0", 7000, old))?;
    let build = |id, code, more: &[&str]| {
        let arguments = [&["build", id, "--json"][..], more].concat();
        room.imgtui(&arguments)?.expect(code)?.record()
    };
    let edit = ["--edit", "source"];
    let first = build("honest", 0, &[])?;
    verified(&first, Proof::Answer)?;
    let edited = build("honest", 0, &edit)?;
    verified(&edited, Proof::Answer)?;
    ensure!(edited.edit == Some(EditKind::Source), "{edited:?}");
    ensure!(edited.stamp != first.stamp, "the same stamp twice");
    // Without an edit the old stamp is the right one.
    verified(&build("yesterday", 0, &[])?, Proof::Answer)?;
    let stale = build("yesterday", 1, &edit)?;
    invalid(&stale, &["imgtui:0000000000000000", "older program"])?;
    let unseen = build("yesterday", 0, &["--edit", "source", "--no-verify"])?;
    let is_unverified = matches!(verdict(&unseen)?, Verdict::Unverified { .. });
    ensure!(is_unverified, "{:?}", unseen.verdict);
    let lines = room
        .imgtui(&["build", "yesterday", "--edit", "source"])?
        .expect(1)?;
    ensure!(lines.out.contains("INVALID: it answers"), "{}", lines.out);
    let listed = room.imgtui(&["list"])?.expect(0)?;
    let row = listed.out.lines().find(|line| line.contains("yesterday"));
    let row = row.context("no row")?;
    ensure!(row.contains("INVALID"), "not told in the list: {row}");
    let containers = ground.containers()?;
    ensure!(containers.is_empty(), "left behind: {containers:?}");
    Ok(())
}

pub(super) fn no_answer(ground: &Ground) -> Done {
    let room = Room::new(ground, "gate-silence")?.with_gate();
    let entry = |program: &str| {
        format!("ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nCOPY . /app\nENTRYPOINT {program}\n")
    };
    room.strategy("sleeper", &entry(r#"["/bin/sleep", "100"]"#))?;
    room.strategy("elsewhere", &server("0.0.0.0", 8080, "q(x)"))?;
    room.strategy("inward", &server("127.0.0.1", 7000, "q(x)"))?;
    room.strategy(
        "short-lived",
        &entry(r#"["/bin/sh", "-c", "echo famous-last-words; exit 3"]"#),
    )?;
    room.strategy("absent", &entry(r#"["/no/such/program"]"#))?;
    room.strategy("unmarked", &server("0.0.0.0", 7000, "q(no stamp here)"))?;
    let ids = [
        "sleeper",
        "elsewhere",
        "inward",
        "short-lived",
        "absent",
        "unmarked",
    ];
    let arguments = [&["build", "--json"][..], &ids].concat();
    let records = room.imgtui(&arguments)?.expect(1)?.records()?;
    let [sleeper, elsewhere, inward, short_lived, absent, unmarked] = records.as_slice() else {
        bail!("{} records", records.len());
    };
    invalid(sleeper, &["port 7000", "listens nowhere"])?;
    invalid(elsewhere, &["port = 8080"])?;
    invalid(inward, &["127.0.0.1", "0.0.0.0"])?;
    invalid(short_lived, &["status 3", "famous-last-words"])?;
    invalid(absent, &["/no/such/program", "no such file"])?;
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
