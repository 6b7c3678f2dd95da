//! `imgtui run`.

use anyhow::{Context as _, ensure};

use crate::{Done, ground::Ground, room::Room, say};

/// A web server in perl, which every Debian has: it answers with the app's source, and ends
/// with SIGTERM as PID 1.
const SERVER: &str = r#"ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
COPY . /app
ENTRYPOINT ["/usr/bin/perl", "-MIO::Socket::INET", "-e", "$SIG{TERM} = sub { exit 0 }; $| = 1; my $s = IO::Socket::INET->new(LocalPort => $ENV{PORT} || 7000, Listen => 9, ReuseAddr => 1) or die qq(no port: $!); print qq(listening\\n); open(my $f, q(<), q(/app/src/main.rs)); my $b = join(q(), <$f>); while (1) { my $c = $s->accept or next; while (<$c>) { last if /^\\s*$/ } print $c qq(HTTP/1.1 200 OK\\r\\nContent-Length: ) . length($b) . qq(\\r\\nConnection: close\\r\\n\\r\\n) . $b; close $c }"]
"#;

pub(super) fn answers(ground: &Ground) -> Done {
    let room = Room::new(ground, "running")?;
    room.strategy("server", SERVER)?;
    room.strategy(
        "mute",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nENTRYPOINT [\"/bin/echo\", \"famous-last-words\"]\n",
    )?;
    let unbuilt = room.imgtui(&["run", "server"])?.expect(1)?;
    ensure!(
        unbuilt.err.contains("imgtui build server"),
        "{}",
        unbuilt.err
    );
    room.imgtui(&["build", "server", "mute"])?.expect(0)?;
    let objects = room
        .imgtui(&["run", "server", "--json"])?
        .expect(0)?
        .objects()?;
    let seen = objects.first().context("no object")?;
    ensure!(seen["answer"]["status"] == 200, "{seen}");
    let body = seen["answer"]["body"].as_str().context("no body")?;
    ensure!(body.contains("imgtui:0000000000000000"), "{body}");
    let inside = seen["inside"].as_array().context("nothing inside")?;
    ensure!(inside.iter().any(|entry| entry["path"] == "/app"), "{seen}");
    let stopped = seen["stopped_in_s"].as_f64().context("no time")?;
    say(&format!(
        "`imgtui run` stopped its container in {:.0} ms (goal 1000)",
        stopped * 1e3
    ));
    ensure!(stopped < 2.0, "stopping took {stopped} s");
    room.imgtui(&["build", "server", "--edit", "source"])?
        .expect(0)?;
    let edited = room.imgtui(&["run", "server"])?.expect(0)?;
    ensure!(edited.out.contains("200"), "{}", edited.out);
    ensure!(
        !edited.out.contains("imgtui:0000000000000000"),
        "the edit is not in it: {}",
        edited.out
    );
    let mute = room.imgtui(&["run", "mute"])?.expect(1)?;
    ensure!(mute.out.contains("famous-last-words"), "{}", mute.out);
    let containers = ground.containers()?;
    ensure!(containers.is_empty(), "left behind: {containers:?}");
    Ok(())
}
