use super::*;

const BUILD: &str = "RUN cargo build --release";

/// The first build and one after an edit, by a Dockerfile that copies first.
fn copies_first(
    history: &mut History,
    app: &[(&str, &str)],
    command: &'static str,
    first: f64,
    again: f64,
) {
    history.add(
        "basic",
        app,
        vec![
            ("0", "COPY . .", Was::Ran(0.5, Cause::NeverBuilt)),
            ("0", command, Was::Because(0, first)),
        ],
    );
    history.add(
        "basic",
        app,
        vec![
            ("0", "COPY . .", Was::Ran(0.5, edit())),
            ("0", command, Was::Because(0, again)),
        ],
    );
}

/// An edit by a strategy that keeps dependencies in a layer, under this profile.
fn cooks(history: &mut History, profile: &'static str) {
    history.add(
        "chef",
        &APP,
        vec![
            ("0", profile, Was::Kept),
            ("0", "RUN cargo chef cook --release", Was::Kept),
            ("0", "COPY . .", Was::Ran(0.5, edit())),
            ("0", BUILD, Was::Because(2, 1.5)),
        ],
    );
}

fn of(history: &History) -> Vec<Finding> {
    history.of(FindingKind::SourcesFirst)
}

#[test]
fn sources_before_dependencies_are_told_with_what_another_strategy_saves() {
    let mut history = History::default();
    copies_first(&mut history, &APP, BUILD, 30.0, 28.0);
    cooks(&mut history, "WORKDIR /app");
    let found = of(&history);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].seconds, found[0].builds.as_slice()),
        (Some(26.5), &[2][..])
    );
    assert_eq!(measured(&found[0]), Some("chef"));
    let told = super::told::lines(&found);
    assert!(
        told.contains("28.0 s after the edit, 30.0 s at first (build 1)"),
        "{told}"
    );
}

#[test]
fn without_a_build_of_the_same_profile_no_figure_is_made_up() {
    let mut history = History::default();
    copies_first(&mut history, &APP, BUILD, 30.0, 28.0);
    let alone = of(&history);
    assert_eq!(alone[0].seconds, None);
    assert_eq!(described(&alone[0]), Some("chef-distroless"));
    cooks(&mut history, "ENV CARGO_PROFILE_RELEASE_LTO=true");
    let found = of(&history);
    assert_eq!(found[0].seconds, None);
    assert_eq!(measured(&found[0]), Some("chef"));
    assert!(super::told::lines(&found).contains("by another profile"));
}

#[test]
fn what_keeps_dependencies_is_not_accused() {
    let of = |app: &[(&str, &str)], command: &'static str, again: f64| {
        let mut history = History::default();
        copies_first(&mut history, app, command, 30.0, again);
        of(&history)
    };
    let mounted = "RUN --mount=type=cache,target=/app/target cargo build --release";
    assert_eq!(of(&APP, mounted, 28.0), []);
    assert_eq!(of(&APP, "RUN RUSTC_WRAPPER=sccache cargo build", 28.0), []);
    assert_eq!(of(&APP, BUILD, 3.0), [], "something keeps them after all");
    let downloads = "RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build";
    assert_eq!(
        of(&APP, downloads, 28.0).len(),
        1,
        "what is downloaded is compiled all the same"
    );
    let mut alone = APP;
    alone[1].1 = "[[package]]\nname = \"app\"\n";
    assert_eq!(of(&alone, BUILD, 28.0), [], "there are no dependencies");
}

#[test]
fn a_change_of_dependencies_is_no_edit() {
    let mut history = History::default();
    copies_first(&mut history, &APP, BUILD, 30.0, 28.0);
    let why = history.builds[1].record.why[0].as_mut().unwrap();
    why.reason.cause = files(&[changed("src/main.rs", None), changed("Cargo.lock", None)]);
    assert_eq!(of(&history), []);
}

#[test]
fn a_recipe_that_a_new_source_changed_is_not_accused() {
    let of = |stage: &'static str| {
        let mut history = History::default();
        for cause in [Cause::NeverBuilt, files(&[changed("src/bin/new.rs", None)])] {
            history.add(
                "chef",
                &APP,
                vec![
                    (stage, "COPY . .", Was::Ran(0.5, cause)),
                    (
                        "builder",
                        "RUN cargo chef cook --release",
                        Was::Because(0, 30.0),
                    ),
                ],
            );
        }
        of(&history).len()
    };
    assert_eq!(of("planner"), 0);
    assert_eq!(of("builder"), 1, "a recipe of no use");
}

#[test]
fn a_difference_that_the_machine_could_make_is_none() {
    let mut history = History::default();
    copies_first(&mut history, &APP, BUILD, 2.0, 1.8);
    cooks(&mut history, "WORKDIR /app");
    assert_eq!(of(&history), [], "2.3 s against 2.0 s");
    // By a profile that does more, the same strategy is no way out.
    let mut history = History::default();
    copies_first(&mut history, &APP, BUILD, 1.5, 1.2);
    cooks(&mut history, "ENV CARGO_PROFILE_RELEASE_LTO=true");
    assert_eq!(described(&of(&history)[0]), Some("chef-distroless"));
}
