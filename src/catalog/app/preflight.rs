//! Looks at an app before it is built: reads what [`crate::domain::preflight`] judges.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{App, cargo, package::Package, quick};
use crate::{
    catalog::Catalog,
    context::{IgnoreRules, ignore_file::IgnoreFile, load_ignore_file},
    domain::{
        preflight::{Finding, LockedSources, look_at_rust, look_at_sources},
        strategy::Strategy,
    },
    parse::terminal::plain,
};

/// Bytes of a `Cargo.lock` that are read; the largest known ones have one.
const LOCK_LIMIT: u64 = 16 << 20;

/// Everything that holds for the app whatever builds it, errors first.
#[must_use]
pub fn look(app: &App) -> Vec<Finding> {
    let mut findings = lock(app);
    findings.extend(outside(app));
    findings.extend(toolchain(app));
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// What holds for the app and this way to build it, errors first. `rules` is what the build's
/// ignore file is taken from.
#[must_use]
pub fn look_for(
    app: &App,
    catalog: &Catalog,
    strategy: &Strategy,
    rules: &IgnoreRules,
) -> Vec<Finding> {
    let mut findings = look(app);
    findings.extend(rust(app, catalog, [strategy]));
    findings.extend(left_out(app, rules, |path| {
        strategy.overlay.contains_key(path)
    }));
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// What holds for the app and any of the strategies, errors first.
#[must_use]
pub fn look_for_all(app: &App, catalog: &Catalog) -> Vec<Finding> {
    let mut findings = look(app);
    findings.extend(rust(app, catalog, &catalog.strategies));
    findings.extend(left_out(app, &IgnoreRules::App, |_| false));
    findings.sort_by_key(|finding| finding.weight);
    findings
}

fn lock(app: &App) -> Vec<Finding> {
    let path = app.root.join("Cargo.lock");
    let text = match load(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return vec![Finding::error(
                format!("{} is missing, and builds are `--locked`", path.display()),
                format!(
                    "Run `cargo generate-lockfile` in {}, and keep the file with the sources.",
                    app.root.display()
                ),
            )];
        }
        Err(error) => {
            return vec![Finding::error(
                format!("{} cannot be read ({error})", path.display()),
                "Make it readable; it is sent with the sources.",
            )];
        }
    };
    match toml::from_str::<Table>(&text) {
        Ok(table) => look_at_sources(&sources(app, &table)),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let line = text[..offset.min(text.len())].split('\n').count();
            vec![Finding::error(
                format!("{}:{line}: {}", path.display(), plain(error.message())),
                "A merge may have left its marks: take one side, then run `cargo update --workspace`.",
            )]
        }
    }
}

fn sources(app: &App, lock: &Table) -> LockedSources {
    let packages = lock.get("package").and_then(Value::as_array);
    let packages = packages.into_iter().flatten().filter_map(|package| {
        let word = |key: &str| package.get(key)?.as_str().map(plain);
        Some((word("name")?, word("source")?))
    });
    let config = [".cargo/config.toml", ".cargo/config"]
        .iter()
        .find_map(|name| load(&app.root.join(name)).ok())
        .and_then(|text| toml::from_str::<Table>(&text).ok())
        .unwrap_or_default();
    let tables = |name: &str| {
        let table = config.get(name).and_then(Value::as_table);
        table.into_iter().flat_map(Table::values)
    };
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    LockedSources {
        packages: packages.collect(),
        are_replaced: tables("source").any(|source| source.get("replace-with").is_some()),
        configured: tables("registries")
            .filter_map(|registry| text(registry, "index"))
            .collect(),
    }
}

/// Path dependencies that are not within the folder that is sent.
fn outside(app: &App) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut check = |name: &str, path: &Path, manifest: PathBuf| {
        if path.starts_with(&app.root) || !seen.insert(path.to_owned()) {
            return;
        }
        findings.push(Finding::error(
            plain(&format!(
                "`{name}` is at {}, outside of the folder that is sent ({}); {} names it",
                path.display(),
                app.root.display(),
                manifest.display()
            )),
            "Put it below that folder and name its new path, or put a Cargo.toml with `[workspace]` and the Cargo.lock into a folder above both and give that with `--app DIR`.",
        ));
    };
    let (packages, complaint) = all_packages(app);
    for package in &packages {
        for dependency in &package.dependencies {
            if let Some(path) = &dependency.path {
                check(&dependency.name, path, package.manifest());
            }
        }
    }
    let manifest = app.root.join("Cargo.toml");
    if let Ok(read) = quick::Read::load(&manifest) {
        for (name, path) in read.manifest.patched_paths(&app.root) {
            check(&name, &path, manifest.clone());
        }
    }
    findings.extend(complaint);
    findings
}

/// Cargo reads every member of a workspace, so a broken one breaks the build of all. The second
/// is cargo's complaint, where there is one.
fn all_packages(app: &App) -> (Vec<Package>, Option<Finding>) {
    let has_members = quick::Read::load(&app.root.join("Cargo.toml"))
        .is_ok_and(|read| read.manifest.workspace.is_some());
    let known = || app.workspace.packages.clone();
    if !has_members {
        return (known(), None);
    }
    match cargo::read(Path::new("cargo"), &app.root) {
        Ok(workspace) => (workspace.packages, None),
        Err(cargo::CargoError::Refused(words)) => {
            let found = format!("cargo cannot read the workspace: {words}");
            let remedy = "The build will most likely say the same; `cargo metadata` shows it here.";
            (known(), Some(Finding::note(found, remedy)))
        }
        Err(_) => (known(), None),
    }
}

fn rust<'a>(
    app: &App,
    catalog: &Catalog,
    strategies: impl IntoIterator<Item = &'a Strategy>,
) -> Vec<Finding> {
    let Some(wanted) = &app.package.rust_version else {
        return Vec::new();
    };
    let bases: BTreeSet<_> = strategies
        .into_iter()
        .flat_map(|strategy| strategy.bases.values())
        .collect();
    let manifest = app.package.manifest().display().to_string();
    let findings = bases.into_iter().filter_map(|id| {
        let base = &catalog.base(id)?.base;
        look_at_rust(&app.name, wanted, &manifest, &id.0, base.rust.as_ref()?)
    });
    findings.collect()
}

/// A toolchain file moves builds on upstream's images to another Rust than all others have.
fn toolchain(app: &App) -> Option<Finding> {
    let name = ["rust-toolchain.toml", "rust-toolchain"]
        .into_iter()
        .find(|name| app.root.join(name).is_file())?;
    let text = load(&app.root.join(name)).ok()?;
    let channel = toml::from_str::<Table>(&text)
        .ok()
        .and_then(|table| {
            let channel = table.get("toolchain")?.get("channel")?.as_str()?;
            Some(channel.to_owned())
        })
        .or_else(|| (!text.contains('[')).then(|| text.trim().to_owned()))?;
    let is_sent = load_ignore_file(&app.root)
        .ok()
        .is_none_or(|rules| rules.judge_path(name.as_bytes()).ignored_by.is_none());
    is_sent.then(|| {
        Finding::note(
            format!(
                "{} asks for the toolchain `{}`: on bases with rustup every build fetches it first, and figures are of that Rust",
                app.root.join(name).display(),
                plain(&channel)
            ),
            format!("A line `{name}` in .dockerignore leaves it out, and the base's Rust is used."),
        )
    })
}

/// Files that no build can do without, and the line that leaves each out; not those that are laid
/// over the app all the same.
fn left_out(app: &App, rules: &IgnoreRules, is_laid: impl Fn(&str) -> bool) -> Vec<Finding> {
    let file = match rules {
        IgnoreRules::App => load_ignore_file(&app.root),
        IgnoreRules::Strategy { name, text } => {
            IgnoreFile::parse(name, text.as_bytes()).map_err(Into::into)
        }
    };
    // A fault in the file is told when the context is walked.
    let Ok(file) = file else {
        return Vec::new();
    };
    let package = app.package.folder.strip_prefix(&app.root);
    let manifest = package.ok().map(|folder| folder.join("Cargo.toml"));
    let needed = [
        Some(PathBuf::from("Cargo.toml")),
        Some(PathBuf::from("Cargo.lock")),
        manifest,
        app.main.clone(),
    ];
    let needed: BTreeSet<PathBuf> = needed.into_iter().flatten().collect();
    let findings = needed.into_iter().filter_map(|path| {
        let name = path.to_str().filter(|name| !is_laid(name))?;
        let found = file.judge_path(name.as_bytes()).ignored_by?;
        Some(Finding::error(
            format!(
                "{}:{} `{}` leaves {} out, which cargo needs",
                file.name,
                found.line,
                plain(&found.text),
                path.display()
            ),
            format!("Put the line `!{}` below it.", path.display()),
        ))
    });
    findings.collect()
}

fn load(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(LOCK_LIMIT)
        .read_to_string(&mut text)?;
    Ok(text)
}
