//! `--engine unix:///…`.

use std::os::unix::net::{UnixListener, UnixStream};

use anyhow::ensure;
use rustix::process::Signal;

use crate::{
    Done,
    ground::{Ground, short_folder},
    processes::wait_for,
    program::{LIMIT, Running},
    room::Room,
};

pub(super) fn nobody_listens(ground: &Ground) -> Done {
    let room = Room::new(ground, "nobody")?;
    room.strategy("plain", "FROM scratch\nCOPY . /\n")?;
    // A socket's path has 107 bytes at most (unix(7)).
    let folder = short_folder()?;
    let missing = folder.path().join("missing.sock");
    let refused = folder.path().join("refused.sock");
    drop(UnixListener::bind(&refused)?);
    for socket in [missing, refused] {
        let address = format!("unix://{}", socket.display());
        for command in [
            &["build", "plain"][..],
            &["run", "plain"][..],
            &["clean"][..],
        ] {
            let mut arguments = command.to_vec();
            arguments.extend(["--engine", &address]);
            let ended = room.imgtui(&arguments)?.expect(3)?;
            ensure!(ended.err.contains(&address), "which? {}", ended.err);
            ensure!(
                ended.err.contains("imgtui doctor"),
                "no remedy: {}",
                ended.err
            );
            ensure!(ended.err.lines().count() <= 4, "too long: {}", ended.err);
            ensure!(ended.out.is_empty(), "{}", ended.out);
        }
    }
    let ended = room
        .imgtui(&["build", "plain", "--engine", "npipe:////./pipe/x"])?
        .expect(2)?;
    ensure!(ended.err.contains("unix:///"), "no remedy: {}", ended.err);
    Ok(())
}

pub(super) fn somebody_elses(ground: &Ground) -> Done {
    let room = Room::new(ground, "socket")?;
    room.strategy(
        "plain",
        "ARG BASE_IMAGE=none\nFROM ${BASE_IMAGE}\nRUN echo socket\n",
    )?;
    let folder = short_folder()?;
    let socket = folder.path().join("p.sock");
    let address = format!("unix://{}", socket.display());
    let mut command = ground.podman(&["system", "service", "--time", "0", &address])?;
    let service = Running::start(&mut command)?;
    wait_for("the service", LIMIT, || UnixStream::connect(&socket).ok())?;
    let ended = room
        .imgtui(&["build", "plain", "--json", "--engine", &address])?
        .expect(0)?;
    let objects = ended.objects()?;
    ensure!(
        objects.len() == 1 && objects[0]["cpu"].is_null(),
        "{}",
        ended.out
    );
    let text = room
        .imgtui(&["build", "plain", "--engine", &address])?
        .expect(0)?;
    ensure!(text.out.contains("n/a user n/a system"), "{}", text.out);
    ensure!(socket.exists(), "the socket is not ours to remove");
    ensure!(
        UnixStream::connect(&socket).is_ok(),
        "the service is not ours to end"
    );
    service.signal(Signal::TERM)?;
    service.end(LIMIT)?;
    Ok(())
}
