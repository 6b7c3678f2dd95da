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
fn the_settings_that_it_shows_are_understood() {
    let readme = readme();
    let blocks = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let config: String = blocks.collect();
    let folder = tempfile::tempdir().unwrap();
    let lay = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    lay("src/main.rs", "fn main() {}");
    lay("src/pages.rs", "");
    lay(
        "Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"1.0.0\"\n[[bin]]\nname = \"server\"\npath = \"src/main.rs\"\n[features]\ntls = []\n",
    );
    lay("imgtui.toml", &config);
    let app = imgtui::catalog::app::App::load(folder.path()).unwrap();
    let bench = &app.settings.bench;
    assert_eq!((bench.fail_if.len(), bench.scenarios.len()), (3, 2));
    assert!(bench.max_regress.is_some() && bench.against.is_some());
    let catalog = imgtui::catalog::Catalog::parse(&[imgtui::catalog::embedded()]);
    let ids: Vec<_> = catalog
        .strategies
        .iter()
        .map(|one| one.id.clone())
        .collect();
    app.check_strategies(&ids).unwrap();
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
