//! Members and workspaces, with cargo and without.

use super::*;
use crate::catalog::app::{cargo, quick};

const ROOT: &str = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n[workspace.package]\nversion = \"4.5.6\"\nrust-version = \"1.80\"\n[workspace.dependencies]\nshared = { path = \"crates/shared\" }\n";
const SERVER: &str = "[package]\nname = \"server\"\nversion.workspace = true\nrust-version.workspace = true\nedition = \"2021\"\n[features]\ndefault = [\"fast\"]\nfast = []\n[dependencies]\nshared.workspace = true\n";
const SHARED: &str = "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
const TOOL: &str = "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

/// A workspace of a server, a library and perhaps a tool.
fn workspace(more: &[(&str, &str)]) -> TempDir {
    let files = [
        ("Cargo.toml", ROOT),
        ("crates/server/Cargo.toml", SERVER),
        ("crates/server/src/main.rs", "fn main() {}"),
        ("crates/shared/Cargo.toml", SHARED),
        ("crates/shared/src/lib.rs", ""),
    ];
    lay(&[&files, more].concat())
}

const TOOL_FILES: [(&str, &str); 2] = [
    ("crates/tool/Cargo.toml", TOOL),
    ("crates/tool/src/main.rs", "fn main() {}"),
];

fn no_cargo() -> &'static Path {
    Path::new("/nowhere/cargo")
}

fn assert_is_server(app: &App, root: &Path) {
    assert_eq!(app.root, root.canonicalize().unwrap());
    assert_eq!((app.name.as_str(), app.bin.as_str()), ("server", "server"));
    assert_eq!(app.version, "4.5.6");
    assert_eq!(app.package.rust_version.as_deref(), Some("1.80"));
    assert_eq!(app.settings.build_flags, ["--package", "server"]);
    let main = Path::new("crates/server/src/main.rs");
    assert_eq!(app.main.as_deref(), Some(main));
    assert_eq!(app.settings.edit.as_ref().unwrap().value, main);
}

#[test]
fn the_folder_may_be_the_members_or_the_workspaces() {
    let folder = workspace(&[]);
    for below in ["", "crates/server"] {
        let app = App::load(&folder.path().join(below)).unwrap();
        assert_is_server(&app, folder.path());
        assert_eq!(app.unknown, [""; 0]);
        assert_eq!(app.workspace.packages.len(), 2);
    }
}

#[test]
fn a_member_is_read_without_cargo_too_and_says_what_is_not_known() {
    let folder = workspace(&TOOL_FILES);
    let app = App::load_with(&folder.path().join("crates/server"), no_cargo()).unwrap();
    assert_is_server(&app, folder.path());
    let names: Vec<&str> = app
        .workspace
        .packages
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(names, ["server", "shared"]);
    let [unknown] = app.unknown.as_slice() else {
        panic!("{:?}", app.unknown);
    };
    assert!(unknown.contains("cannot be started"), "{unknown}");
    let whole = App::load_with(folder.path(), no_cargo())
        .unwrap_err()
        .to_string();
    assert!(
        whole.contains("`cargo` cannot be started") && whole.ends_with("its members: crates/*"),
        "{whole}"
    );
}

#[test]
fn of_several_members_with_programs_the_server_is_taken_or_the_one_that_is_named() {
    let folder = workspace(&TOOL_FILES);
    let of = || {
        let app = App::load(folder.path()).unwrap();
        (app.bin, app.bin_origin.to_string())
    };
    assert_eq!(
        of(),
        (
            "server".to_owned(),
            "guessed from the first of: server, tool".to_owned()
        )
    );
    let tool = format!("{TOOL}[dependencies]\ntiny_http = \"0.12\"\n");
    fs::write(folder.path().join("crates/tool/Cargo.toml"), tool).unwrap();
    assert_eq!(
        of(),
        (
            "tool".to_owned(),
            "guessed from the dependency tiny_http".to_owned()
        )
    );
    let name = |text: &str| fs::write(folder.path().join(FILE_NAME), text).unwrap();
    name("bin = \"tool\"\n");
    let app = App::load(folder.path()).unwrap();
    assert_eq!(app.settings.build_flags, ["--package", "tool"]);
    assert_eq!(app.bin_origin.to_string(), "imgtui.toml:1");
    name("# one\nbin = \"none\"\n");
    let error = App::load(folder.path()).unwrap_err().to_string();
    assert!(
        error.ends_with("imgtui.toml:2: there is no program `none`; there are: server, tool"),
        "{error}"
    );
}

#[test]
fn default_members_choose_and_are_told_to_cargo() {
    let folder = workspace(&TOOL_FILES);
    let root = ROOT.replace("resolver", "default-members = [\"crates/tool\"]\nresolver");
    fs::write(folder.path().join("Cargo.toml"), root).unwrap();
    assert_eq!(App::load(folder.path()).unwrap().bin, "tool");
}

#[test]
fn a_member_of_a_workspace_with_a_program_of_its_own_is_found_by_name() {
    let root = format!("{PACKAGE}edition = \"2021\"\n[workspace]\nmembers = [\"crates/*\"]\n");
    let folder = lay(&[
        ("Cargo.toml", &root),
        ("src/main.rs", "fn main() {}"),
        TOOL_FILES[0],
        TOOL_FILES[1],
    ]);
    let own = App::load_with(folder.path(), no_cargo()).unwrap();
    assert_eq!(
        (own.bin.as_str(), own.settings.build_flags.len()),
        ("hello", 0)
    );
    fs::write(folder.path().join(FILE_NAME), "bin = \"tool\"").unwrap();
    assert_eq!(App::load(folder.path()).unwrap().name, "tool");
}

#[test]
fn what_cargo_refuses_is_told_in_its_words() {
    let folder = lay(&[("Cargo.toml", "[workspace]\nmembers = [\"none\"]\n")]);
    let error = App::load(folder.path()).unwrap_err();
    assert!(matches!(error, AppError::Cargo { .. }), "{error}");
    assert!(
        error.to_string().contains("failed to load manifest"),
        "{error}"
    );
}

/// The quick reader must not see another package than cargo does.
#[test]
fn the_quick_reader_agrees_with_cargo() {
    let odd = "[package]\nname = \"odd\"\nversion = \"1.0.0\"\nedition = \"2021\"\nrust-version = \"1.70\"\ndefault-run = \"b\"\n[features]\nx = [\"dep:inner\"]\n[[bin]]\nname = \"a\"\npath = \"tools/a.rs\"\n[dependencies]\ninner = { path = \"inner\", optional = true, features = [\"y\"] }\n[target.'cfg(unix)'.dev-dependencies]\nother = { package = \"inner\", path = \"./inner\" }\n";
    let inner = "[package]\nname = \"inner\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[features]\ny = []\n";
    let odd = lay(&[
        ("Cargo.toml", odd),
        ("tools/a.rs", "fn main() {}"),
        ("src/main.rs", "fn main() {}"),
        ("src/bin/b.rs", "fn main() {}"),
        ("src/bin/c/main.rs", "fn main() {}"),
        ("inner/Cargo.toml", inner),
        ("inner/src/lib.rs", ""),
    ]);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let member = workspace(&[]);
    let member = member.path().join("crates/server");
    for folder in [odd.path(), &sample, &member] {
        let folder = folder.canonicalize().unwrap();
        let (quick::Found::Whole(quick) | quick::Found::Member(quick)) =
            quick::read(&folder).unwrap()
        else {
            panic!("no package in {}", folder.display());
        };
        let told = cargo::read(Path::new("cargo"), &folder).unwrap();
        assert_eq!(quick.root, told.root);
        let (ours, theirs) = (&quick.packages[0], &told.packages[0]);
        assert_eq!(ours, theirs, "{}", folder.display());
    }
}
