use super::*;

const ON: &str = "ENV CARGO_PROFILE_RELEASE_LTO=true CARGO_PROFILE_RELEASE_STRIP=true";
const OFF: &str = "ENV CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_STRIP=true";

/// An edit by a strategy that keeps dependencies in a layer.
fn cooked(
    history: &mut History,
    strategy: &str,
    env: &'static str,
    app: &[(&str, &str)],
    seconds: f64,
) {
    history.add(
        strategy,
        app,
        vec![
            ("0", env, Was::Kept),
            ("0", "RUN cargo chef cook --release", Was::Kept),
            ("0", "COPY . .", Was::Ran(0.5, edit())),
            ("0", "RUN cargo build --release", Was::Because(2, seconds)),
        ],
    );
}

fn of(history: &History) -> Vec<Finding> {
    history.of(FindingKind::LinkTimeOptimisation)
}

#[test]
fn link_time_optimisation_is_told_by_the_edits_without_it() {
    let mut history = History::default();
    cooked(&mut history, "with", ON, &APP, 18.0);
    cooked(&mut history, "with", ON, &APP, 20.0);
    cooked(&mut history, "without", OFF, &APP, 4.0);
    let found = of(&history);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].strategy.as_str(), found[0].seconds),
        ("with", Some(30.0))
    );
    assert_eq!(found[0].builds, [2, 1]);
    assert_eq!(measured(&found[0]), Some("without"));
    assert!(!super::told::lines(&found).contains("differ"));
}

#[test]
fn the_nearest_profile_is_compared_and_other_differences_are_said() {
    let mut history = History::default();
    cooked(&mut history, "with", ON, &APP, 18.0);
    cooked(
        &mut history,
        "quicker",
        "ENV CARGO_PROFILE_RELEASE_INCREMENTAL=true",
        &APP,
        1.0,
    );
    let told = super::told::lines(&of(&history));
    assert!(
        told.contains("their profiles differ in incremental, strip too"),
        "{told}"
    );
    cooked(&mut history, "nearer", OFF, &APP, 4.0);
    assert_eq!(measured(&of(&history)[0]), Some("nearer"));
}

#[test]
fn it_is_found_in_cargo_toml_too() {
    let manifest = "[package]\nname = \"app\"\n[profile.release]\nlto = \"thin\"\n";
    let mut app = APP;
    app[0].1 = manifest;
    let mut history = History::default();
    cooked(&mut history, "mine", "WORKDIR /app", &app, 18.0);
    cooked(&mut history, "mine", "WORKDIR /app", &APP, 4.0);
    let found = of(&history);
    assert_eq!(found.len(), 1);
    assert!(found[0].seen.contains("lto = thin"));
    // A variable wins over the file.
    let mut history = History::default();
    cooked(
        &mut history,
        "mine",
        "ENV CARGO_PROFILE_RELEASE_LTO=off",
        &app,
        18.0,
    );
    cooked(&mut history, "mine", "WORKDIR /app", &APP, 4.0);
    assert_eq!(of(&history), []);
}

#[test]
fn what_can_not_be_compared_is_not() {
    let mut alone = History::default();
    cooked(&mut alone, "with", ON, &APP, 18.0);
    assert_eq!(of(&alone), [], "nothing was built without it");
    let mut alike = History::default();
    cooked(&mut alike, "with", ON, &APP, 4.2);
    cooked(&mut alike, "without", OFF, &APP, 4.0);
    assert_eq!(of(&alike), [], "hardly longer");
    let mut otherwise = History::default();
    cooked(&mut otherwise, "with", ON, &APP, 18.0);
    otherwise.add(
        "mounts",
        &APP,
        vec![
            ("0", OFF, Was::Kept),
            ("0", "COPY . .", Was::Ran(0.5, edit())),
            (
                "0",
                "RUN --mount=type=cache,target=/app/target cargo build --release",
                Was::Because(1, 4.0),
            ),
        ],
    );
    assert_eq!(of(&otherwise), [], "dependencies are kept otherwise");
    let mut apart = History::default();
    cooked(&mut apart, "with", ON, &APP, 18.0);
    cooked(&mut apart, "without", OFF, &APP, 4.0);
    apart.builds[1].record.engine.kind = "docker-classic".into();
    assert_eq!(of(&apart), [], "another engine");
}
