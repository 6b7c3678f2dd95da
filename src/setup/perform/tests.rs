use std::time::Duration;

use super::*;
use crate::{
    domain::build::{Build, StepStatus},
    setup::host::{Host, fake},
};

fn examination(host: Host) -> Examination {
    Examination {
        host,
        engine: crate::setup::Wanted::Podman,
        service: None,
        bases: Vec::new(),
        host_packages: Vec::new(),
    }
}

fn fold(events: &[BuildEvent]) -> Build {
    let mut build = Build::new(1000);
    for event in events {
        build.apply(Duration::ZERO, event);
    }
    build
}

async fn run(examination: &Examination) -> (Outcome, Build) {
    let mut events = Vec::new();
    let outcome = set_up(
        examination,
        &mut |event| events.push(event),
        &|line| line.replace('\u{7}', ""),
        &CancellationToken::new(),
    )
    .await;
    let ended = BuildEvent::Ended {
        outcome: outcome.clone(),
    };
    assert_eq!(events.last(), Some(&ended));
    (outcome, fold(&events))
}

fn log(build: &Build) -> String {
    let lines: Vec<&str> = build.log.iter().map(|line| line.text.as_str()).collect();
    lines.join("\n")
}

/// An apt-get that "installs" a podman that works. `env` finds it by the real search path, so
/// the commands are given whole.
fn bare_machine(install: &str) -> (tempfile::TempDir, Host) {
    let (folder, mut host) = fake::host();
    host.variables
        .insert("HTTPS_PROXY".into(), "http://127.0.0.1:9".into());
    fake::program(&host, "ldd", "exit 1");
    fake::program(&host, "dnf", install);
    (folder, host)
}

/// The commands of remedies name programs; this lets the fake ones be found.
fn absolute(commands: &[Vec<String>], host: &Host) -> Vec<Vec<String>> {
    commands
        .iter()
        .map(|words| {
            let program = host.path[0].join(&words[0]).display().to_string();
            std::iter::once(program)
                .chain(words[1..].iter().cloned())
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn nothing_is_done_where_nothing_is_missing_again_and_again() {
    let (_folder, host) = bare_machine("exit 9");
    fake::program(
        &host,
        "podman",
        "test \"$1\" = --version && echo podman version 5.4.2; exit 0",
    );
    let examination = examination(host);
    for _ in 0..2 {
        let (outcome, build) = run(&examination).await;
        assert_eq!(outcome, Outcome::Built, "{}", log(&build));
        assert_eq!(build.count(StepStatus::Ran), 2);
        assert!(log(&build).contains("nothing to do"));
    }
}

#[tokio::test]
async fn commands_are_steps_with_sanitized_lines() {
    let (_folder, host) = bare_machine("printf 'Installing\\007\\n'; echo warn >&2");
    let list = examine(&examination(host.clone()), Depth::Quick).await;
    let commands = absolute(&list.commands(), &host);
    let mut events = Vec::new();
    let outcome = perform(
        &commands,
        &mut |event| events.push(event),
        &|line| line.replace('\u{7}', ""),
        &CancellationToken::new(),
    )
    .await;
    assert_eq!(outcome, Outcome::Built);
    let build = fold(&events);
    assert_eq!(build.stages[0].name, "set-up");
    assert_eq!(log(&build), "Installing\nwarn");
    assert_eq!(build.count(StepStatus::Ran), build.stages[0].steps.len());
}

#[tokio::test]
async fn a_failed_command_is_explained_and_the_rest_not_reached() {
    let (_folder, host) = bare_machine(
        "echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)'; exit 100",
    );
    let dnf = host.path[0].join("dnf").display().to_string();
    let commands = vec![vec![dnf, "install".into()], vec!["never".into()]];
    let mut events = Vec::new();
    let outcome = perform(
        &commands,
        &mut |event| events.push(event),
        &str::to_owned,
        &CancellationToken::new(),
    )
    .await;
    let Outcome::Failed { message } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(message.contains("another package manager is at work"));
    let build = fold(&events);
    assert_eq!(build.count(StepStatus::Failed), 1);
    assert_eq!(build.count(StepStatus::NotReached), 1);
}

#[tokio::test]
async fn cancel_leaves_a_cancelled_step() {
    let cancel = CancellationToken::new();
    let commands = vec![
        ["sh", "-c", "echo go; sleep 600"]
            .map(String::from)
            .to_vec(),
    ];
    let mut events = Vec::new();
    let outcome = perform(
        &commands,
        &mut |event| {
            if matches!(event, BuildEvent::Output { .. }) {
                cancel.cancel();
            }
            events.push(event);
        },
        &str::to_owned,
        &cancel,
    )
    .await;
    assert_eq!(outcome, Outcome::Cancelled);
    assert_eq!(fold(&events).count(StepStatus::Cancelled), 1);
}

#[tokio::test]
async fn without_rights_set_up_says_what_to_run() {
    let (_folder, mut host) = bare_machine("exit 9");
    host.uid = 1000;
    let (outcome, _) = run(&examination(host)).await;
    let Outcome::Failed { message } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(message.contains("Run as root:"), "{message}");
    assert!(message.contains("dnf install -y podman"), "{message}");
}

#[test]
fn a_check_is_one_line_with_its_remedy_below() {
    let check = Check {
        name: "engine".into(),
        status: CheckStatus::Problem,
        detail: "podman is not installed".into(),
        remedy: Some(Remedy::Commands {
            commands: vec![vec!["apk".into(), "add".into(), "podman".into()]],
        }),
    };
    let expected = "PROBLEM  engine      podman is not installed\n           apk add podman";
    assert_eq!(check_line(&check), expected);
}
