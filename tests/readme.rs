//! What the README says of keys and commands is what the program has.

#![expect(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::{fs, path::Path};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_list_of_keys_is_the_programs() {
    let keys = imgtui::tui::keymap::markdown();
    assert!(
        readme().contains(keys.trim()),
        "put the output of `imgtui keys` into README.md"
    );
}

#[test]
fn every_command_is_named() {
    use clap::CommandFactory;
    let readme = readme();
    for command in imgtui::cli::Cli::command().get_subcommands() {
        let name = command.get_name();
        let said = command.is_hide_set() || readme.contains(&format!("`imgtui {name}"));
        assert!(said, "README.md does not name `imgtui {name}`");
    }
}

#[test]
fn files_that_it_shows_are_there() {
    let readme = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
        assert!(root.join(target).exists(), "README.md shows {target}");
    }
}
