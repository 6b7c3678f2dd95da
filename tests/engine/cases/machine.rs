//! `imgtui doctor` and `imgtui setup`.

use anyhow::{Context as _, ensure};

use crate::{Done, ground::Ground, room::Room};

pub(super) fn doctor(ground: &Ground) -> Done {
    let room = Room::new(ground, "doctor")?;
    std::fs::create_dir_all(&room.strategies)?;
    let first = room.imgtui(&["doctor", "--json"])?;
    let objects = first.objects()?;
    let checks = objects
        .first()
        .and_then(|object| object["checks"].as_array());
    let checks = checks.context("no checks")?;
    let names: Vec<&str> = checks
        .iter()
        .filter_map(|check| check["name"].as_str())
        .collect();
    for name in [
        "engine",
        "runtime",
        "service",
        "cgroups",
        "free disk",
        "bases",
        "network",
    ] {
        ensure!(names.contains(&name), "no check `{name}` in {names:?}");
    }
    for check in checks {
        let status = check["status"].as_str().context("no status")?;
        ensure!(
            ["ok", "note", "problem", "not-checked"].contains(&status),
            "{check}"
        );
        let detail = check["detail"].as_str().unwrap_or_default();
        ensure!(!detail.is_empty(), "{check}");
        ensure!(
            status != "problem" || !check["remedy"].is_null(),
            "no remedy: {check}"
        );
    }
    for name in ["engine", "runtime", "service"] {
        let found = checks.iter().find(|check| check["name"] == name);
        ensure!(
            found.context("no such check")?["status"] != "problem",
            "{found:?}"
        );
    }
    let ready = checks.iter().all(|check| check["status"] != "problem");
    ensure!(
        first.code == Some(i32::from(!ready)),
        "code {:?}",
        first.code
    );
    let again = room.imgtui(&["doctor"])?;
    ensure!(
        again.code == first.code,
        "code {:?} the second time",
        again.code
    );
    for name in names {
        ensure!(again.out.contains(name), "no line of {name}: {}", again.out);
    }
    Ok(())
}

pub(super) fn setup_twice(ground: &Ground) -> Done {
    let room = Room::new(ground, "setup")?;
    std::fs::create_dir_all(&room.strategies)?;
    for _ in 0..2 {
        let ended = room.imgtui(&["setup", "--yes"])?.expect(0)?;
        ensure!(ended.err.contains("nothing to install"), "{}", ended.err);
    }
    let asked = room.imgtui(&["setup"])?.expect(0)?;
    ensure!(asked.out.contains("nothing to do"), "{}", asked.out);
    Ok(())
}
