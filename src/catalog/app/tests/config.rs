//! What `imgtui.toml` sets, and every fault in it.

use super::*;
use crate::domain::settings::Probe;

const MANIFEST: &str = "[package]\nname = \"hello\"\nversion = \"1.0.0\"\n[features]\ntls = []\n[dependencies]\naxum = \"0.8\"\n";

fn with(config: &str) -> Result<App, AppError> {
    load(&[
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", "fn main() { bind(\"0.0.0.0:3000\") }"),
        ("src/page.rs", ""),
        (FILE_NAME, config),
    ])
}

#[test]
fn without_a_word_everything_is_guessed() {
    let app = load(&[
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", "fn main() { bind(\"0.0.0.0:3000\") }"),
    ])
    .unwrap();
    let settings = &app.settings;
    assert_eq!(app.bin_origin.to_string(), "guessed from the only program");
    assert_eq!(settings.port, Known::guessed(3000, "src/main.rs:1"));
    assert_eq!(
        settings.probe.origin.to_string(),
        "guessed from the dependency axum"
    );
    assert_eq!(settings.build_flags, [""; 0]);
    assert_eq!(app.config, None);
}

#[test]
fn every_key_sets_what_it_says() {
    let app = with(
        "bin = \"hello\"\nfeatures = [\"tls\"]\ndefault-features = false\nport = 8443\nprobe = \"/health?full\"\nedit = \"src/page.rs\"\nleave-out = [\"alpine\"]\n\
         [packages]\ndebian = [\"libpq-dev\"]\nalpine = [\"postgresql-dev\"]\n[env]\nLOG = \"a $b\"\n[build-args]\nTARGET = \"x\"\n",
    )
    .unwrap();
    let settings = &app.settings;
    assert_eq!(
        settings.build_flags,
        ["--no-default-features", "--features", "tls"]
    );
    assert_eq!(settings.port, Known::given(8443, 4));
    let path = "/health?full".to_owned();
    assert_eq!(settings.probe, Known::given(Probe::Http { path }, 5));
    assert_eq!(settings.edit, Some(Known::given("src/page.rs".into(), 6)));
    assert_eq!(settings.packages.debian, ["libpq-dev"]);
    assert_eq!(settings.packages.alpine, ["postgresql-dev"]);
    assert_eq!(settings.env["LOG"], "a $b");
    assert_eq!(settings.build_args["TARGET"], "x");
    let alpine = StrategyId("alpine".into());
    assert!(app.leaves_out(&alpine) && !app.leaves_out(&StrategyId("basic".into())));
    assert!(app.check_strategies(&[alpine]).is_ok());
    let error = app
        .check_strategies(&[StrategyId("basic".into())])
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("imgtui.toml:7: there is no strategy `alpine`; there are: basic"),
        "{error}"
    );
}

#[test]
fn a_probe_has_three_forms() {
    let probe = |text: &str| with(&format!("probe = {text}")).map(|app| app.settings.probe.value);
    assert_eq!(probe("\"program\"").unwrap(), Probe::Program);
    let command = vec!["/server".to_owned(), "--version".to_owned()];
    assert_eq!(
        probe("{ command = [\"/server\", \"--version\"] }").unwrap(),
        Probe::Command { command }
    );
    for wrong in [
        "\"health\"",
        "3",
        "{ command = [] }",
        "{ path = \"/\" }",
        "\"/a b\"",
    ] {
        let error = probe(wrong).unwrap_err().to_string();
        assert!(
            error.contains("imgtui.toml:1: `probe` is a path"),
            "{error}"
        );
    }
}

#[test]
fn every_fault_is_told_with_its_line() {
    for (config, expected) in [
        ("bun = \"x\"", "imgtui.toml:1: unknown field `bun`"),
        ("\nport = \"80\"", "imgtui.toml:2: invalid type: string"),
        (
            "port = 70000",
            "imgtui.toml:1: invalid value: integer `70000`",
        ),
        (
            "port = 0",
            "imgtui.toml:1: `port` is a number from 1 to 65535",
        ),
        ("bin = \"x y\"", "imgtui.toml:1: `x y` is no name"),
        (
            "\n\nbin = \"other\"",
            "imgtui.toml:3: there is no program `other`; there are: hello",
        ),
        (
            "features = [\n\"tls\",\n\"sse\"]",
            "imgtui.toml:3: package `hello` has no feature `sse`; it has: tls",
        ),
        (
            "features = [\"a;b\"]",
            "imgtui.toml:1: `a;b` is no name of a feature",
        ),
        (
            "edit = \"src/none.rs\"",
            "imgtui.toml:1: `src/none.rs` is no file",
        ),
        ("edit = \"../x\"", "imgtui.toml:1: `../x` is no file"),
        (
            "edit = \"/proc/version\"",
            "imgtui.toml:1: `/proc/version` is not in the folder",
        ),
        (
            "[packages]\ndebian = [\"a b\"]",
            "imgtui.toml:2: `a b` is no name of a Debian package",
        ),
        (
            "[packages]\nalpine = [\"-x\"]",
            "imgtui.toml:2: `-x` is no name of an Alpine package",
        ),
        (
            "[packages]\nfedora = []",
            "imgtui.toml:2: unknown field `fedora`",
        ),
        (
            "[env]\n\"A-B\" = \"\"",
            "imgtui.toml:2: `A-B` is no name of a variable",
        ),
        (
            "[env]\nA = \"x\\ny\"",
            "imgtui.toml:2: a value must be one line",
        ),
        ("[env]\nA = 1", "imgtui.toml:2: invalid type: integer"),
        (
            "[build-args]\nPORT = \"1\"",
            "imgtui.toml:2: `PORT` is set by the key `port`",
        ),
        ("leave-out = [\"A\"]", "imgtui.toml:1: `A` is no id"),
        ("port = 1\nport = 2", "imgtui.toml:2: duplicate key"),
    ] {
        let error = with(config).unwrap_err().to_string();
        assert!(error.contains(expected), "{config:?}: {error}");
    }
}

#[test]
fn the_members_file_counts_before_the_workspaces() {
    let member = "[package]\nname = \"m\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    let folder = lay(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"m\"]\nresolver = \"2\"\n",
        ),
        ("m/Cargo.toml", member),
        ("m/src/main.rs", "fn main() {}"),
        (FILE_NAME, "port = 1"),
    ]);
    let port = |below: &str| {
        App::load(&folder.path().join(below))
            .unwrap()
            .settings
            .port
            .value
    };
    assert_eq!((port(""), port("m")), (1, 1));
    fs::write(folder.path().join("m/imgtui.toml"), "port = 2").unwrap();
    assert_eq!((port(""), port("m")), (1, 2));
    fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    assert_eq!((port(""), port("m")), (2, 2));
}

#[test]
fn a_bench_has_rules_and_defaults() {
    let app = with(
        "[bench]\nfail-if = [\n\"edit:median > 20s\",\n\"basic/size > 30MB\"]\nagainst = \"main.json\"\nmax-regress = \"10%\"\n\
         strategies = [\"basic\"]\nscenarios = [\"touch\"]\nrounds = 8\nuntil = \"3%\"\nbudget = \"1h\"\n",
    )
    .unwrap();
    let bench = &app.settings.bench;
    assert_eq!(bench.fail_if[1].value.to_string(), "basic/size > 30MB");
    assert_eq!(bench.fail_if[1].origin.line(), Some(4));
    let against = bench.against.as_ref().unwrap();
    assert!(against.value.is_absolute() && against.value.ends_with("main.json"));
    assert_eq!(bench.max_regress.as_ref().unwrap().value.to_string(), "10%");
    assert_eq!((bench.rounds, bench.scenarios.len()), (Some(8), 1));
    let basic = StrategyId("basic".into());
    assert!(app.check_strategies(std::slice::from_ref(&basic)).is_ok());
    let error = app
        .check_strategies(&[StrategyId("scratch".into())])
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("imgtui.toml:7: there is no strategy `basic`"),
        "{error}"
    );
    let ruled = with("[bench]\nfail-if = [\"other/size > 1MB\"]").unwrap();
    let error = ruled.check_strategies(&[basic]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("imgtui.toml:2: there is no strategy `other`"),
        "{error}"
    );
}

#[test]
fn every_fault_of_a_bench_is_told_with_its_line() {
    for (config, expected) in [
        (
            "fail_if = []",
            "imgtui.toml:2: unknown field `fail_if`, expected one of `fail-if`",
        ),
        (
            "fail-if = [\n\"edit:medium > 3s\"]",
            "imgtui.toml:3: `edit:medium > 3s`, character 6: there is no metric `medium`",
        ),
        ("max-regress = \"x\"", "imgtui.toml:2: a share is a number"),
        ("strategies = [\"a b\"]", "imgtui.toml:2: `a b` is no id"),
        (
            "scenarios = [\"hot\"]",
            "imgtui.toml:2: there is no scenario `hot`",
        ),
        (
            "rounds = 0",
            "imgtui.toml:2: `rounds` is a number from 1 to 1000",
        ),
        ("until = \"x\"", "imgtui.toml:2: a share is a number"),
        ("budget = \"x\"", "imgtui.toml:2: a time is a whole number"),
    ] {
        let error = with(&format!("[bench]\n{config}")).unwrap_err().to_string();
        assert!(error.contains(expected), "{config}: {error}");
    }
}
