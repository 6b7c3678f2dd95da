//! Engines behind TLS and behind ssh: built there, and looked at by the gate.

use std::{os::unix::net::UnixStream, path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use imgtui::domain::{event::Outcome, verdict::Proof};
use rustix::process::Signal;

use crate::{
    Done,
    ground::{Ground, short_folder},
    processes::{signal, wait_for, with_words},
    program::{LIMIT, Running},
    remote::{SshServer, TlsDaemon},
    room::Room,
    say,
    server::{SOURCE, server},
    verdicts::verified,
};

pub(super) fn tls(ground: &Ground) -> Done {
    let daemon = TlsDaemon::start(ground)?;
    let address = format!("tcp://127.0.0.1:{}", daemon.port);
    let room = |certificates: &Path| -> anyhow::Result<Room<'_>> {
        let room = Room::new(ground, "tls-app")?.with_own_state()?.with_gate();
        Ok(room
            .with_variable("DOCKER_TLS_VERIFY", "1".into())
            .with_variable("DOCKER_CERT_PATH", certificates.to_owned()))
    };
    let right = room(&daemon.certificates)?;
    builds_and_is_verified(&right, &address)?;
    // Another authority, none at all, and no TLS: each is told with what helps.
    let stranger = room(&daemon.certificates.join("stranger"))?;
    is_refused(&stranger, &address, "ca.pem")?;
    let nothing = room(&ground.path("no-certificates"))?;
    is_refused(&nothing, &address, "certificates")?;
    let plain = Room::new(ground, "tls-app")?.with_own_state()?;
    is_refused(&plain, &address, "DOCKER_TLS_VERIFY")
}

pub(super) fn ssh_to_docker(ground: &Ground) -> Done {
    ground.docker()?;
    let ssh = SshServer::start(ground)?;
    let socket = ground.state().join("docker/engine.sock");
    over_ssh(ground, &ssh, &socket.canonicalize()?)
}

pub(super) fn ssh_to_podman(ground: &Ground) -> Done {
    let folder = short_folder()?;
    let socket = folder.path().join("p.sock");
    let own = format!("unix://{}", socket.display());
    let mut command = ground.podman(&["system", "service", "--time", "0", &own])?;
    let service = Running::start(&mut command)?;
    wait_for("the service", LIMIT, || UnixStream::connect(&socket).ok())?;
    let ssh = SshServer::start(ground)?;
    let done = over_ssh(ground, &ssh, &socket);
    service.signal(Signal::TERM)?;
    service.end(LIMIT)?;
    done
}

fn over_ssh(ground: &Ground, ssh: &SshServer, socket: &Path) -> Done {
    let room = Room::new(ground, "ssh-app")?.with_own_state()?.with_gate();
    let room = room.with_variable("PATH", ssh.search_path());
    let address = ssh.address(socket);
    builds_and_is_verified(&room, &address)?;
    is_told_when_cut(&room, &address)?;
    let nowhere = ssh.address(&ground.path("nobody.sock"));
    is_refused(&room, &nowhere, "socket")?;
    ssh.forget_host()?;
    is_refused(&room, &address, "accept its key")
}

fn builds_and_is_verified(room: &Room<'_>, address: &str) -> Done {
    room.strategy("server", &server(SOURCE))?;
    for change in [&[][..], &["--edit", "source"]] {
        let arguments = ["build", "server", "--json", "--engine", address];
        let arguments = [&arguments[..], change].concat();
        let record = room.imgtui(&arguments)?.expect(0)?.record()?;
        verified(&record, Proof::Answer)?;
        ensure!(
            record.cpu.is_none(),
            "CPU time of another machine: {record:?}"
        );
    }
    Ok(())
}

fn is_refused(room: &Room<'_>, address: &str, remedy: &str) -> Done {
    room.strategy("server", &server(SOURCE))?;
    let began = Instant::now();
    let ended = room.imgtui(&["build", "server", "--engine", address])?;
    let took = began.elapsed();
    let ended = ended.expect(3)?;
    ensure!(ended.err.contains(remedy), "no `{remedy}`: {}", ended.err);
    say(&format!(
        "{address} was refused in {:.0} ms (goal 2000): {remedy}",
        took.as_secs_f64() * 1e3
    ));
    Ok(())
}

/// The connection ends under a build: that is an error of its own, and the next build works.
fn is_told_when_cut(room: &Room<'_>, address: &str) -> Done {
    let sleep = format!("sleep 9{}", std::process::id());
    let dockerfile =
        format!("ARG BASE_IMAGE=none\nFROM ${{BASE_IMAGE}}\nRUN echo cut\nRUN {sleep}\n");
    room.strategy("endless", &dockerfile)?;
    let running = room.start(&["build", "endless", "--json", "--engine", address])?;
    wait_for("the RUN", LIMIT, || {
        (!with_words(&[&sleep]).is_empty()).then_some(())
    })?;
    let master = with_words(&["ExitOnForwardFailure=yes", "ssh"]);
    let master = master.first().context("no connection by ssh")?;
    signal(*master, Signal::KILL);
    let record = running.end(LIMIT)?.expect(1)?.record()?;
    for orphan in with_words(&[&sleep]) {
        signal(orphan, Signal::KILL);
    }
    let Outcome::Failed { message } = record.outcome else {
        anyhow::bail!("{:?} though the connection is gone", record.outcome);
    };
    ensure!(message.contains("stopped answering"), "{message}");
    room.imgtui(&["build", "server", "--engine", address])?
        .expect(0)?;
    Ok(())
}
