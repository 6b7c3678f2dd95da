//! Strategies, builds and records for tests.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::domain::{
    base::{BaseSource, ResolvedBase},
    build::Build,
    check::{Check, CheckStatus, Checklist, Remedy},
    edit::EditKind,
    event::{BuildEvent, Outcome, RunEvent, StagePlan, StepKey, Subject, Trigger},
    ids::{BaseId, BuildId, Bytes, ImageId, StrategyId},
    record::{BuildRecord, CpuTime, EngineInfo, ImageInfo, Layer, RECORD_SCHEMA},
    strategy::{Published, Strategy},
};
use crate::tui::{Colour, Msg, Start, State, update};

/// A build's events, each with its time since the build's start.
pub(super) type Script = Vec<(Duration, BuildEvent)>;

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
        look_at: "the cook step stays cached after an edit".into(),
        published: Some(Published {
            image_bytes: Some(bytes),
            build_seconds: Some(seconds),
            user_seconds: Some(seconds * 1.2),
            system_seconds: Some(seconds * 0.15),
            source: "article".into(),
        }),
        abilities: Vec::new(),
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

pub(super) fn key(stage: usize, index: usize) -> StepKey {
    StepKey { stage, index }
}

fn plan() -> Vec<StagePlan> {
    let stages: [(&str, &[&str]); 4] = [
        (
            "chef",
            &[
                "FROM localhost/imgtui/base/rust-chef AS chef",
                "WORKDIR /app",
            ],
        ),
        (
            "planner",
            &[
                "FROM chef AS planner",
                "COPY . .",
                "RUN cargo chef prepare --recipe-path recipe.json",
            ],
        ),
        (
            "builder",
            &[
                "FROM chef AS builder",
                "COPY --from=planner /app/recipe.json recipe.json",
                "RUN cargo chef cook --release --target x86_64-unknown-linux-musl --recipe-path recipe.json",
                "COPY . .",
                "RUN cargo build --release --target x86_64-unknown-linux-musl",
            ],
        ),
        (
            "3",
            &[
                "FROM scratch",
                "COPY --from=builder /app/hello /",
                "CMD [\"/hello\"]",
            ],
        ),
    ];
    let plan = |(name, steps): &(&str, &[&str])| StagePlan {
        name: (*name).to_owned(),
        instructions: steps.iter().map(|step| (*step).to_owned()).collect(),
    };
    stages.iter().map(plan).collect()
}

/// A whole build of chef-scratch; after an edit the dependencies stay cached.
pub(super) fn script(edited: bool) -> Script {
    let mut script = vec![(ms(0), BuildEvent::Planned { stages: plan() })];
    script.push((
        ms(20),
        BuildEvent::BaseResolved {
            base: ResolvedBase {
                id: BaseId("rust-chef".into()),
                reference: "localhost/imgtui/base/rust-chef".into(),
                source: BaseSource::Equivalent,
            },
        },
    ));
    script.push((
        ms(40),
        BuildEvent::ContextSent {
            files: 31,
            bytes: Bytes(48_211),
        },
    ));
    let mut at = 100;
    for (stage, plan) in plan().into_iter().enumerate() {
        let of = plan.instructions.len();
        for (position, instruction) in plan.instructions.into_iter().enumerate() {
            let step = key(stage, position + 1);
            let cook = instruction.contains("chef cook");
            let cached = match (position, edited) {
                (0, _) => true,
                (_, false) => false,
                (_, true) => stage == 0 || cook || instruction.contains("recipe.json recipe.json"),
            };
            let took = match (cached, cook, instruction.contains("cargo build")) {
                (true, ..) => 10,
                (_, true, _) => 41_000,
                (_, _, true) => 12_300,
                _ => 240,
            };
            script.push((
                ms(at),
                BuildEvent::StepStarted {
                    step,
                    of,
                    instruction,
                },
            ));
            if took > 1_000 {
                output(&mut script, at, took, step);
            }
            at += took;
            let ended = if cached {
                BuildEvent::StepCached { step }
            } else {
                BuildEvent::StepRan { step }
            };
            script.push((ms(at), ended));
        }
    }
    script.push((
        ms(at),
        BuildEvent::ImageBuilt {
            image: ImageId("ab".repeat(32)),
        },
    ));
    script.push((
        ms(at),
        BuildEvent::Ended {
            outcome: Outcome::Built,
        },
    ));
    script
}

fn output(script: &mut Script, at: u64, took: u64, step: StepKey) {
    let crates = [
        "libc v0.2.180",
        "tokio v1.52.0",
        "hyper v1.8.1",
        "serde v1.0.228",
        "axum v0.8.7",
    ];
    let green = "\u{1b}[1m\u{1b}[92m";
    for (number, name) in crates.iter().cycle().take(25).enumerate() {
        let line = format!("{green}   Compiling\u{1b}[0m {name}");
        let number = number as u64;
        script.push((
            ms(at + took * number / 26),
            BuildEvent::Output {
                step: Some(step),
                line,
            },
        ));
    }
    let line = format!("{green}    Finished\u{1b}[0m `release` profile [optimized] target(s)");
    script.push((
        ms(at + took - 1),
        BuildEvent::Output {
            step: Some(step),
            line,
        },
    ));
}

/// The script with its build step failing.
pub(super) fn failing_script() -> Script {
    let failed = key(2, 5);
    let mut script = script(true);
    let at = script
        .iter()
        .position(|(_, event)| *event == BuildEvent::StepRan { step: failed })
        .unwrap();
    script.truncate(at - 1);
    let at = script[at - 2].0;
    let lines = [
        "\u{1b}[1m\u{1b}[91merror[E0425]\u{1b}[0m\u{1b}[1m: cannot find value `greting` in this scope\u{1b}[0m",
        "  \u{1b}[94m-->\u{1b}[0m src/main.rs:14:9",
        "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: could not compile `sample-app` (bin \"hello\") due to 1 previous error",
    ];
    for line in lines {
        script.push((
            at,
            BuildEvent::Output {
                step: Some(failed),
                line: line.into(),
            },
        ));
    }
    script.push((at, BuildEvent::StepFailed { step: failed }));
    let message = "RUN cargo build --release failed with exit status 101 in stage builder. \
                   Its last lines are below; mend the source and press Enter."
        .into();
    script.push((
        at,
        BuildEvent::Ended {
            outcome: Outcome::Failed { message },
        },
    ));
    script
}

pub(super) fn record(
    name: &str,
    script: &Script,
    edit: Option<EditKind>,
    bytes: u64,
) -> BuildRecord {
    let mut build = Build::new(10);
    for (at, event) in script {
        build.apply(*at, event);
    }
    let wall_s = build.at.as_secs_f64();
    BuildRecord {
        schema: RECORD_SCHEMA,
        strategy: name.into(),
        subject: Subject::Strategy(id(name)),
        app: "/home/me/sample-app".into(),
        started: "2026-11-20T09:30:00Z".into(),
        engine: EngineInfo {
            kind: "podman".into(),
            version: "4.3.1".into(),
        },
        outcome: build.outcome.clone().unwrap(),
        edit,
        no_cache: false,
        image: Some(ImageInfo {
            id: ImageId("ab".repeat(32)),
            bytes: Some(Bytes(bytes)),
        }),
        wall_s,
        cpu: Some(CpuTime {
            user_s: wall_s * 1.5,
            system_s: wall_s * 0.2,
        }),
        context_bytes: build.context.map(|context| context.1),
        bases: build.bases.clone(),
        steps: build.step_records(),
        layers: vec![
            Layer {
                bytes: Bytes(bytes * 9 / 10),
                created_by: "/bin/sh -c #(nop) COPY file:1a2b in / ".into(),
            },
            Layer {
                bytes: Bytes(bytes / 10),
                created_by: "/bin/sh -c cargo build --release".into(),
            },
            Layer {
                bytes: Bytes(0),
                created_by: "/bin/sh -c #(nop) CMD [\"/hello\"]".into(),
            },
        ],
        log: "/home/me/.local/state/imgtui/logs/7.log".into(),
    }
}

/// The messages of a build, each with the program's time.
pub(super) fn messages(
    number: u64,
    name: &str,
    trigger: Trigger,
    script: &Script,
) -> Vec<(Duration, Msg)> {
    let build = BuildId(number);
    let subject = Subject::Strategy(id(name));
    let log = PathBuf::from(format!("/home/me/.local/state/imgtui/logs/{number}.log"));
    let mut messages = vec![(
        ms(0),
        Msg::Run(RunEvent::BuildStarted {
            build,
            subject,
            trigger,
            log,
        }),
    )];
    messages.extend(script.iter().map(|(at, event)| {
        let event = event.clone();
        (
            *at,
            Msg::Run(RunEvent::BuildProgressed {
                build,
                at: *at,
                event,
            }),
        )
    }));
    messages
}

/// Feeds a build into the state, up to a time since its start.
pub(super) fn play(state: &mut State, messages: &[(Duration, Msg)], until: Duration) {
    let start = ms(1_000);
    for (at, message) in messages.iter().filter(|(at, _)| *at <= until) {
        update(state, Msg::Tick { now: start + *at });
        update(state, message.clone());
    }
    update(state, Msg::Tick { now: start + until });
}

pub(super) fn source_edit() -> Trigger {
    Trigger::Edited {
        edit: EditKind::Source,
        file: "src/main.rs".into(),
        line: Some(14),
    }
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
