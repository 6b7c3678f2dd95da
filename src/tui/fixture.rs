//! Strategies, builds and records for tests.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::{
    check::{Check, CheckStatus, Checklist, Remedy},
    event::RunEvent,
    ids::{Bytes, StrategyId},
    strategy::{Lesson, Needs, Published, Strategy},
};
use crate::tui::{Colour, Msg, Start, State, update};

mod benches;
mod builds;
mod states;

pub(super) use benches::*;
pub(super) use builds::*;
pub(super) use states::*;

pub(super) fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

pub(super) fn id(name: &str) -> StrategyId {
    StrategyId(name.into())
}

pub(super) fn strategy(order: u32, name: &str, group: &str, bytes: u64, seconds: f64) -> Strategy {
    Strategy {
        id: id(name),
        order,
        title: format!("The {name} way"),
        group: group.into(),
        summary: "Dependencies are cooked in a layer of their own, the rest on an edit.".into(),
        lesson: Lesson {
            look_at: "the cook step stays cached after an edit".into(),
            use_when: "CI keeps layers, and dependencies change rarely".into(),
            avoid_when: "the manifest changes with every commit".into(),
            measured: String::new(),
        },
        published: Some(Published {
            image_bytes: Some(bytes),
            build_seconds: Some(seconds),
            user_seconds: Some(seconds * 1.2),
            system_seconds: Some(seconds * 0.15),
            source: "article".into(),
        }),
        needs: Needs::default(),
        check: None,
        prepare: None,
        bases: BTreeMap::new(),
        args: BTreeMap::new(),
        dockerfile: "FROM rust AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n"
            .into(),
        ignore: None,
        overlay: BTreeMap::new(),
        folder: None,
    }
}

pub(super) fn strategies() -> Vec<Strategy> {
    vec![
        strategy(1, "basic", "image", 1_070_000_000, 58.2),
        strategy(2, "multi-stage", "image", 838_000_000, 57.9),
        strategy(3, "min-size", "image", 832_000_000, 48.1),
        strategy(4, "scratch", "image", 878_000, 47.0),
        strategy(5, "alpine", "image", 4_000_000, 47.3),
        strategy(6, "distroless", "image", 9_100_000, 45.2),
        strategy(7, "chef-distroless", "cache", 9_100_000, 14.9),
        strategy(8, "chef-scratch", "cache", 878_000, 15.1),
    ]
}

pub(super) fn new_state(width: u16, height: u16, ready: bool) -> State {
    let mut state = State::new(Start {
        strategies: strategies(),
        faults: Vec::new(),
        app_name: "sample-app".into(),
        app_root: "/home/me/sample-app".into(),
        colour: Colour::On,
        ready,
        watch: true,
        unavailable: BTreeMap::new(),
        now: Duration::ZERO,
    });
    update(&mut state, Msg::Resize(width, height));
    state
}

/// With an engine, free disk, and earlier builds of two strategies.
pub(super) fn ready_state(width: u16, height: u16) -> State {
    let mut state = new_state(width, height, true);
    for message in [
        Msg::Run(RunEvent::EngineReady {
            name: "podman 4.3.1".into(),
            how: "private service".into(),
        }),
        Msg::Disk {
            free: Bytes(80_100_000_000),
        },
        Msg::Records(vec![
            record("basic", &script(false), None, 1_070_000_000),
            record("chef-scratch", &script(false), None, 878_000),
        ]),
    ] {
        update(&mut state, message);
    }
    state
}

pub(super) fn checklist() -> Checklist {
    let check = |name: &str, status, detail: &str| Check {
        name: name.into(),
        status,
        detail: detail.into(),
        remedy: None,
    };
    let mut engine = check("engine", CheckStatus::Problem, "podman is not installed");
    let words = |text: &str| text.split(' ').map(String::from).collect();
    engine.remedy = Some(Remedy::Commands {
        commands: vec![
            words("apt-get update"),
            words(
                "apt-get install -y --no-install-recommends podman buildah runc netavark aardvark-dns uidmap",
            ),
        ],
    });
    Checklist {
        checks: vec![
            check("system", CheckStatus::Ok, "Debian 12, apt"),
            engine,
            check("runtime", CheckStatus::NotChecked, "comes after the engine"),
            check("disk", CheckStatus::Ok, "80.1 GB free"),
            check(
                "network",
                CheckStatus::Note,
                "no image registry answers: bases are built locally as equivalents",
            ),
        ],
    }
}
