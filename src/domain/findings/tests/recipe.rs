use super::*;

fn cooked(strategy: &str, details: &[(&str, &str)], cook: Was) -> History {
    let mut history = History::default();
    let changes: Vec<FileChange> = details
        .iter()
        .map(|(path, detail)| changed(path, Some(detail)))
        .collect();
    history.add(
        strategy,
        &APP,
        vec![
            ("planner", "COPY . .", Was::Ran(0.5, files(&changes))),
            ("planner", "RUN cargo chef prepare", Was::Because(0, 0.5)),
            ("builder", "COPY --from=planner /r /r", Was::Because(0, 0.1)),
            ("builder", "RUN cargo chef cook --release", cook),
            ("builder", "RUN cargo build --release", Was::Because(0, 3.0)),
        ],
    );
    history
}

#[test]
fn a_changed_description_that_compiled_dependencies_again_is_told() {
    let details = [("Cargo.toml", "[package] description a → b")];
    let history = cooked("chef-scratch", &details, Was::Because(0, 40.0));
    let found = history.of(FindingKind::BustedRecipe);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].seconds,
        Some(40.0),
        "the app itself is compiled in any case"
    );
    assert!(found[0].seen.contains("[package] description"));
    // One that mounts what was compiled.
    assert_eq!(described(&found[0]), Some("cache-mounts"));
}

#[test]
fn the_apps_own_version_in_the_lock_file_is_no_dependency() {
    let own = [
        ("Cargo.lock", "app 0.1.0 → 0.2.0"),
        ("Cargo.toml", "[package] version 0.1.0 → 0.2.0"),
    ];
    let found = |details: &[(&str, &str)]| {
        cooked("chef-scratch", details, Was::Because(0, 40.0)).of(FindingKind::BustedRecipe)
    };
    assert_eq!(found(&own).len(), 1);
    let mut others = own;
    others[0].1 = "itoa 1.0.0 → 1.0.1";
    assert_eq!(found(&others), []);
    others[0].1 = "app 0.1.0 → 0.2.0 and 4 more";
    assert_eq!(found(&others), []);
}

#[test]
fn a_recipe_that_held_is_not_told() {
    let details = [("Cargo.toml", "[package] description a → b")];
    let history = cooked("chef-scratch", &details, Was::Kept);
    assert_eq!(history.of(FindingKind::BustedRecipe), []);
    let of_dependency = [("Cargo.toml", "[dependencies] itoa 1 → 2")];
    let history = cooked("chef-scratch", &of_dependency, Was::Because(0, 40.0));
    assert_eq!(history.of(FindingKind::BustedRecipe), []);
}
