//! Catalogs from the program itself, from memory and from disk.

use std::{fs, path::Path};

use super::*;

const GOOD: &str = r#"id = "one"
title = "One"
group = "image"
summary = "does it"
look_at = "the log"
[bases]
BASE_IMAGE = "rust"
"#;
const DOCKERFILE: &str = "ARG BASE_IMAGE=rust:1\nFROM ${BASE_IMAGE}\nARG TARGET\n";
const BASES: &str = r#"[[base]]
id = "child"
title = "Child"
upstream = "example.com/child:1"
recipe = "bases/child"
parents = { RUST = "rust" }
equivalent_summary = "like it"

[[base]]
id = "rust"
title = "Rust"
upstream = "example.com/rust:1"
recipe = "bases/rust"
equivalent_summary = "like it"
"#;

fn shelf(files: &[(&str, &str)]) -> Shelf {
    let mut all = BTreeMap::from([
        ("bases.toml", BASES),
        ("bases/rust/Dockerfile", "FROM scratch\n"),
        ("bases/child/Dockerfile", "ARG RUST\nFROM ${RUST}\n"),
        ("10-one/strategy.toml", GOOD),
        ("10-one/Dockerfile", DOCKERFILE),
    ]);
    all.extend(files.iter().copied());
    Shelf {
        folder: Some("/s".into()),
        files: all
            .into_iter()
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .collect(),
        faults: Vec::new(),
    }
}

fn faults(files: &[(&str, &str)]) -> Vec<String> {
    Catalog::parse(&[shelf(files)])
        .faults
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn second(change: (&str, &str)) -> String {
    GOOD.replace("\"one\"", "\"two\"")
        .replacen(change.0, change.1, 1)
}

#[test]
fn the_embedded_catalog_has_no_fault() {
    let catalog = Catalog::parse(&[embedded()]);
    assert_eq!(catalog.faults, []);
    let ids: Vec<&str> = catalog
        .strategies
        .iter()
        .map(|strategy| strategy.id.0.as_str())
        .collect();
    for id in [
        "basic",
        "multi-stage",
        "min-size",
        "scratch",
        "alpine",
        "distroless",
        "chef-distroless",
        "chef-scratch",
    ] {
        assert!(ids.contains(&id), "{id} is missing in {ids:?}");
    }
    assert_eq!(ids.first(), Some(&"basic"));
    for strategy in &catalog.strategies {
        let lesson = &strategy.lesson;
        let is_whole = !lesson.use_when.is_empty() && !lesson.avoid_when.is_empty();
        assert!(is_whole, "{} has half a lesson", strategy.id);
    }
    assert!(
        catalog
            .strategies
            .iter()
            .all(|strategy| strategy.folder.is_none())
    );
}

#[test]
fn a_folder_becomes_a_strategy_with_all_that_is_in_it() {
    let catalog = Catalog::parse(&[shelf(&[
        ("10-one/Dockerfile.dockerignore", "target\n"),
        ("10-one/overlay/.cargo/config.toml", "[build]\n"),
        ("README.md", "not a strategy"),
    ])]);
    assert_eq!(catalog.faults, []);
    let one = catalog.strategy(&StrategyId("one".into())).unwrap();
    assert_eq!((one.order, one.dockerfile.as_str()), (10, DOCKERFILE));
    assert_eq!(one.ignore.as_deref(), Some("target\n"));
    assert_eq!(one.overlay[".cargo/config.toml"], b"[build]\n");
    assert_eq!(one.folder.as_deref(), Some(Path::new("/s/10-one")));
    assert_eq!(one.bases["BASE_IMAGE"], BaseId("rust".into()));
}

#[test]
fn bases_come_parents_first_and_a_parent_counts_in_the_childs_digest() {
    let before = Catalog::parse(&[shelf(&[])]);
    let order: Vec<&str> = before
        .bases
        .iter()
        .map(|recipe| recipe.base.id.0.as_str())
        .collect();
    assert_eq!(order, ["rust", "child"]);
    let after = Catalog::parse(&[shelf(&[(
        "bases/rust/Dockerfile",
        "FROM scratch\n# changed\n",
    )])]);
    let child = BaseId("child".into());
    assert_ne!(before.digests()[&child], after.digests()[&child]);
}

#[test]
fn each_fault_in_a_strategy_is_told_with_its_line_and_hides_no_other() {
    for (change, line, words) in [
        (("id = ", "idd = "), 1, "unknown field"),
        (("\"two\"", "\"three\""), 1, "the folder says `two`"),
        (("\"One\"", "\"\""), 2, "`title` is empty"),
        (("\"One\"", "\"O\\u001b[31m\""), 2, "control"),
        (("does it", &"x".repeat(161)), 4, "161 characters"),
        (("\"rust\"", "\"nix\""), 7, "`nix` is no base"),
        (("BASE_IMAGE", "OTHER"), 7, "no `ARG OTHER`"),
        (("BASE_IMAGE", "\"A B\""), 7, "no build argument"),
        (
            ("\"rust\"\n", "\"rust\"\n[args]\nBASE_IMAGE = \"x\"\n"),
            9,
            "under `[bases]` too",
        ),
        (
            (
                "[bases]",
                "[published]\nsource = \"s\"\nbuild_seconds = -1\n[bases]",
            ),
            6,
            "0 or more",
        ),
        (
            (
                "[bases]",
                "[published]\nsource = \"s\"\nimage_bytes = -1\n[bases]",
            ),
            8,
            "invalid value",
        ),
        (
            ("[bases]", "[needs]\nabilities = [\"X y\"]\n[bases]"),
            7,
            "no id",
        ),
        (("[bases]", "[bases"), 6, ""),
    ] {
        let toml = second(change);
        let files = [
            ("20-two/strategy.toml", toml.as_str()),
            ("20-two/Dockerfile", DOCKERFILE),
        ];
        let catalog = Catalog::parse(&[shelf(&files)]);
        assert_eq!(catalog.strategies.len(), 1, "{change:?}");
        let told = catalog.faults[0].to_string();
        assert_eq!(catalog.faults.len(), 1, "{:?}", catalog.faults);
        assert!(
            told.starts_with(&format!("/s/20-two/strategy.toml:{line}: ")),
            "{told}"
        );
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn several_faults_in_one_file_are_all_told() {
    let toml = second(("\"One\"", "\"\"")).replace("\"image\"", "\"\"");
    let told = faults(&[("20-two/strategy.toml", &toml)]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("/s/20-two: `Dockerfile` is missing"));
}

#[test]
fn faults_of_the_folder_are_told() {
    let two = second(("", ""));
    let told = |files: &[(&str, &str)]| faults(files).join("\n");
    assert!(told(&[("20-two/Dockerfile", "")]).contains("/s/20-two: `strategy.toml` is missing"));
    assert!(told(&[("two/strategy.toml", &two)]).contains("such as `10-basic`"));
    assert!(told(&[("+1-two/strategy.toml", &two)]).contains("such as `10-basic`"));
    assert!(told(&[("strategy.toml", GOOD)]).contains("the folder above"));
    assert!(
        told(&[
            ("20-one/strategy.toml", GOOD),
            ("20-one/Dockerfile", DOCKERFILE)
        ])
        .contains("/s/20-one/strategy.toml:1: `one` is the id of another")
    );
    assert!(
        told(&[("10-one/Dockerfile.dockerignore", "a\n[\n")])
            .contains("/s/10-one/Dockerfile.dockerignore:2: `[`")
    );
    for path in [
        "10-one/overlay/../x",
        "10-one/overlay//etc/x",
        "10-one/overlay/.dockerignore",
    ] {
        assert!(told(&[(path, "")]).contains("/s/10-one/overlay/"), "{path}");
    }
}

#[test]
fn faults_in_bases_are_told_and_what_needs_them_is_left_out() {
    let catalog = |text: String| Catalog::parse(&[shelf(&[("bases.toml", &text)])]);
    let told = |text: String| {
        catalog(text)
            .faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        told(BASES.replace("bases/child", "bases/none"))
            .contains("/s/bases.toml:1: the recipe of `child` has no")
    );
    assert!(
        told(BASES.replace("\"child\"", "\"rust\""))
            .contains("/s/bases.toml:9: `rust` stands here twice")
    );
    assert!(
        told(BASES.replace("RUST = \"rust\"", "RUST = \"child\""))
            .contains("/s/bases.toml:1: `child` is made from itself")
    );
    assert!(
        told(BASES.replace("RUST = \"rust\"", "RUST = \"nix\""))
            .contains("the parent `nix` of `child`")
    );
    assert!(told(BASES.replace("bases/child", "../etc")).contains("beside bases.toml"));
    assert!(told(BASES.replace("title", "titel")).contains("/s/bases.toml:3: unknown field"));
    let packages = BASES.replace("parents =", "host_packages = [\"-oX=y\"]\nparents =");
    assert!(told(packages).contains("no name of a Debian package"));
    let broken = catalog("[[base".into());
    assert!(
        broken.strategies.is_empty() && broken.faults.len() == 2,
        "{:?}",
        broken.faults
    );
}

#[test]
fn a_later_source_adds_and_replaces_by_id() {
    let mut later = shelf(&[]);
    later.files = BTreeMap::from([
        (
            "05-one/strategy.toml".to_owned(),
            GOOD.replace("\"One\"", "\"Mine\"").into_bytes(),
        ),
        ("05-one/Dockerfile".to_owned(), DOCKERFILE.into()),
        (
            "30-two/strategy.toml".to_owned(),
            second(("", "")).into_bytes(),
        ),
        ("30-two/Dockerfile".to_owned(), DOCKERFILE.into()),
    ]);
    let catalog = Catalog::parse(&[shelf(&[]), later.clone()]);
    assert_eq!(catalog.faults, []);
    let titles: Vec<&str> = catalog
        .strategies
        .iter()
        .map(|strategy| strategy.title.as_str())
        .collect();
    assert_eq!(titles, ["Mine", "One"]);
    later.files.remove("05-one/Dockerfile");
    let catalog = Catalog::parse(&[shelf(&[]), later]);
    assert_eq!(
        (catalog.strategies[0].title.as_str(), catalog.faults.len()),
        ("One", 1)
    );
}

#[test]
fn a_hostile_folder_on_disk_is_read_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (path, bytes) in &shelf(&[]).files {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), bytes).unwrap();
    }
    fs::create_dir_all(root.join("20-two/overlay")).unwrap();
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join("20-two/strategy.toml"), second(("", ""))).unwrap();
    fs::write(root.join("20-two/Dockerfile"), DOCKERFILE).unwrap();
    fs::File::create(root.join("20-two/overlay/huge"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    std::os::unix::fs::symlink("/", root.join("all")).unwrap();
    fs::create_dir_all(root.join("x/".repeat(40))).unwrap();
    let catalog = Catalog::parse(&[Shelf::load(root)]);
    let ids: Vec<&str> = catalog
        .strategies
        .iter()
        .map(|strategy| strategy.id.0.as_str())
        .collect();
    assert_eq!(ids, ["one"]);
    let told: Vec<String> = catalog.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(
        told.iter()
            .any(|fault| fault.contains("overlay/huge: larger than"))
    );
    assert!(told.iter().any(|fault| fault.contains("20-two: left out")));
    assert!(
        told.iter()
            .any(|fault| fault.contains("all: neither a file nor a folder"))
    );
    assert!(told.iter().any(|fault| fault.contains("deeper than")));
    let missing = Shelf::load(&root.join("nowhere"));
    assert_eq!(missing.faults.len(), 1);
}
