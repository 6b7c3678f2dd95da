//! Machines in folders.

mod docker;
mod podman;
mod sockets;
mod tls;

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::*;
use crate::engine::address::Tls;

/// A machine of a user who is not root, with nothing on it. Files are plain ones, sockets too.
struct Machine {
    folder: tempfile::TempDir,
    surroundings: Surroundings,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Where the folder of temporary files is a link, nothing would be the same path.
        let root = fs::canonicalize(folder.path()).unwrap();
        let surroundings = Surroundings {
            variables: BTreeMap::new(),
            home: Some(root.join("home")),
            runtime_folder: Some(root.join("run/user/1000")),
            user_id: 1000,
            root,
        };
        Self {
            folder,
            surroundings,
        }
    }

    fn set(&mut self, variable: &str, value: impl AsRef<Path>) {
        let value = value.as_ref().to_str().unwrap().to_owned();
        self.surroundings
            .variables
            .insert(variable.to_owned(), value);
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.surroundings.root.join(relative)
    }

    fn file(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn socket(&self, relative: &str) -> PathBuf {
        self.file(relative, "")
    }

    fn link(&self, relative: &str, target: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(self.path(target), path).unwrap();
    }

    fn find(&self) -> Vec<Found> {
        assert!(self.folder.path().is_dir());
        find(&self.surroundings)
    }

    /// Names in order, the clients' choices with a star.
    fn names(&self) -> Vec<String> {
        let star = |entry: &Found| if entry.is_clients_choice { "*" } else { "" };
        self.find()
            .iter()
            .map(|entry| format!("{}{}", entry.name, star(entry)))
            .collect()
    }

    fn named(&self, name: &str) -> Found {
        let found = self.find();
        let named = found.iter().find(|entry| entry.name == name);
        named
            .unwrap_or_else(|| panic!("no {name} in {found:?}"))
            .clone()
    }

    /// What an entry says is wrong.
    fn fault(&self, name: &str) -> String {
        self.named(name).result.unwrap_err()
    }

    fn url(&self, name: &str) -> String {
        self.named(name).result.unwrap().to_string()
    }
}

#[test]
fn where_nothing_is_nothing_is_found() {
    let machine = Machine::new();
    assert_eq!(machine.find(), []);
    let nowhere = Surroundings {
        home: None,
        runtime_folder: None,
        ..machine.surroundings.clone()
    };
    assert_eq!(find(&nowhere), []);
}

#[test]
fn this_machine_can_be_searched() {
    let surroundings = Surroundings::current();
    assert_eq!(surroundings.root, Path::new("/"));
    // What it has is not ours to know, but its names are names of one entry each.
    let found = find(&surroundings);
    let names: BTreeSet<&String> = found.iter().map(|entry| &entry.name).collect();
    assert_eq!(names.len(), found.len());
}

#[test]
fn docker_comes_before_podman_and_both_before_sockets_that_nobody_named() {
    let mut machine = Machine::new();
    machine.set("DOCKER_HOST", "tcp://docker");
    machine.set("CONTAINER_HOST", "tcp://podman:1");
    machine.socket("var/run/docker.sock");
    machine.socket("run/podman/podman.sock");
    machine.socket("run/user/1000/podman/podman.sock");
    assert_eq!(
        machine.names(),
        [
            "DOCKER_HOST*",
            "CONTAINER_HOST*",
            "docker-socket",
            "podman-socket",
            "podman-rootless"
        ]
    );
}

#[test]
fn origins_are_words_for_people() {
    let file = PathBuf::from("/a\u{1b}[2Jb");
    let cases = [
        (
            Origin::Variable("DOCKER_HOST".into()),
            "environment variable DOCKER_HOST",
        ),
        (Origin::DockerContext(file.clone()), "docker context, /ab"),
        (
            Origin::PodmanConnection(file.clone()),
            "podman connection, /ab",
        ),
        (Origin::KnownSocket(file), "socket /ab"),
    ];
    for (origin, expected) in cases {
        assert_eq!(origin.to_string(), expected);
    }
}

#[test]
fn names_are_different_and_fit_for_a_terminal() {
    let machine = Machine::new();
    machine.file(
        "home/.config/containers/podman-connections.json",
        r#"{"Connection": {"Connections": {
            "docker-socket": {"URI": "tcp://one:1"},
            "red\u001b[31m\nline": {"URI": "tcp://two:1"},
            "bad": {"URI": "no\u001b[31mthing"}
        }}}"#,
    );
    machine.socket("var/run/docker.sock");
    machine.socket("run/docker.sock");
    assert_eq!(
        machine.names(),
        [
            "docker-socket*",
            "bad",
            "docker-socket-2",
            "red line",
            "docker-socket-3"
        ]
    );
    let fault = machine.fault("bad");
    assert!(fault.ends_with("Connection.Connections.bad: URI: `nothing` is not understood: it holds control characters"), "{fault}");
}

#[test]
fn a_file_is_read_up_to_a_limit_and_only_if_it_is_one() {
    let machine = Machine::new();
    let config = "home/.docker/config.json";
    let large = 1024 * 1024 + 1;
    machine.file(config, &" ".repeat(large));
    assert!(
        machine
            .fault("config.json")
            .ends_with("config.json: the file is larger than 1 MiB")
    );

    let path = machine.file(config, "");
    fs::write(&path, [b'{', 0xff]).unwrap();
    assert!(
        machine
            .fault("config.json")
            .ends_with("config.json: the file is not UTF-8")
    );

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(
        machine
            .fault("config.json")
            .ends_with("config.json: this is not a file")
    );
}
