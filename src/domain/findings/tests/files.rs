use super::*;

fn same() -> Was {
    Was::Cached(Cause::SameContent {
        stage: "builder".into(),
        recipe: false,
    })
}

/// A build by two stages after these files changed.
fn two_stages(changes: &[&str], last: Was) -> Vec<(&'static str, &'static str, Was)> {
    let changes: Vec<FileChange> = changes.iter().map(|path| changed(path, None)).collect();
    vec![
        ("builder", "COPY . .", Was::Ran(0.5, files(&changes))),
        (
            "builder",
            "RUN cargo build --release",
            Was::Because(0, 14.0),
        ),
        ("final", "FROM scratch", Was::Kept),
        ("final", "COPY --from=builder /server /server", last),
    ]
}

fn unused(app: &[(&str, &str)], steps: Vec<(&str, &str, Was)>) -> Vec<Finding> {
    let mut history = History::default();
    history.add("distroless", app, steps);
    history.of(FindingKind::UnusedFiles)
}

#[test]
fn files_whose_change_changed_nothing_are_likely_not_used() {
    let found = unused(&APP, two_stages(&["README.md"], same()));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].remedy, "add to the ignore file: README.md");
    assert_eq!(found[0].seconds, Some(14.5));
    assert_eq!(found[0].certainty.sign(), "≈ ", "nobody can be sure of it");
    assert_eq!(described(&found[0]), Some("ignore-tuned"));
}

#[test]
fn what_came_out_otherwise_is_used() {
    // The image holds it.
    assert_eq!(
        unused(&APP, two_stages(&["README.md"], Was::Because(0, 0.1))),
        []
    );
    // One thing that is copied is the same, another one is not.
    let mut steps = two_stages(&["README.md"], same());
    steps.push((
        "final",
        "COPY --from=builder /app/README.md /",
        Was::Because(0, 0.1),
    ));
    assert_eq!(unused(&APP, steps), []);
    // A source changed too.
    assert_eq!(
        unused(&APP, two_stages(&["README.md", "src/main.rs"], same())),
        []
    );
    // A recipe that is the same proves nothing.
    let recipe = Was::Cached(Cause::SameContent {
        stage: "builder".into(),
        recipe: true,
    });
    assert_eq!(unused(&APP, two_stages(&["README.md"], recipe)), []);
    // What is the same came from elsewhere.
    let elsewhere = Was::Cached(Cause::SameContent {
        stage: "assets".into(),
        recipe: false,
    });
    assert_eq!(unused(&APP, two_stages(&["README.md"], elsewhere)), []);
}

#[test]
fn what_something_names_is_used() {
    let with = |path: &'static str, text: &'static str| {
        let mut app = APP.to_vec();
        app.push((path, text));
        unused(&app, two_stages(&["README.md"], same()))
    };
    assert_eq!(
        with("src/lib.rs", "#![doc = include_str!(\"../README.md\")]"),
        []
    );
    assert_eq!(
        with(
            "crates/a/Cargo.toml",
            "[package]\nreadme = \"../../README.md\""
        ),
        []
    );
    let found = with("build.rs", "fn main() {}");
    assert!(super::told::lines(&found).contains("look into build.rs"));
    let mut named = two_stages(&["README.md"], same());
    named.insert(2, ("builder", "RUN grep . README.md", Was::Because(0, 1.0)));
    assert_eq!(unused(&APP, named), []);
    // A folder is named in place of what is in it.
    let embeds = [("src/main.rs", "include_dir!(\"docs\")"), ("docs/a.md", "")];
    assert_eq!(unused(&embeds, two_stages(&["docs/a.md"], same())), []);
}

#[test]
fn nothing_is_said_where_the_sources_are_not_known() {
    let mut history = History::default();
    history.add("distroless", &APP, two_stages(&["README.md"], same()));
    history.contents.0.clear();
    assert_eq!(history.of(FindingKind::UnusedFiles), []);
}

#[test]
fn a_strategy_that_passed_over_the_same_change_avoids_it() {
    let mut history = History::default();
    let ignored = Cause::Ignored {
        path: "README.md".into(),
        file: ".dockerignore".into(),
        line: 1,
    };
    history.add("mine", &APP, vec![("0", "COPY . .", Was::Cached(ignored))]);
    history.add("distroless", &APP, two_stages(&["README.md"], same()));
    let found = history.of(FindingKind::UnusedFiles);
    assert_eq!(measured(&found[0]), Some("mine"));
}

#[test]
fn folders_that_no_build_needs_are_told_with_their_bytes() {
    let mut app = APP.to_vec();
    app.push(("target/debug/x", "0123456789"));
    app.push((".git/HEAD", "ref"));
    let needless = |app: &[(&str, &str)]| {
        let mut history = History::default();
        history.add("basic", &app[..4], vec![("0", "COPY . .", Was::Kept)]);
        history.add("ignore-off", app, vec![("0", "COPY . .", Was::Kept)]);
        history.of(FindingKind::NeedlessFolders)
    };
    let found = needless(&app);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].bytes, Some(Bytes(13)));
    assert_eq!(found[0].remedy, "add to the ignore file: target, .git");
    assert_eq!(measured(&found[0]), Some("basic"));
    // A build script asks git.
    app.push(("build.rs", "Command::new(\"git\")"));
    assert_eq!(needless(&app)[0].remedy, "add to the ignore file: target");
    assert_eq!(needless(&APP), []);
}
