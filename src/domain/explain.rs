//! Says in a sentence why a build step failed and what to put where, from the step's last lines.
//!
//! Only causes that are sure are told. Everything else stays with the lines themselves.

mod packages;

use super::settings::SystemPackages;

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// What happened and what to do, ready to be shown.
    Plain(String),
    /// A file or folder is not there: it may be that an ignore file leaves it out.
    Missing {
        /// As the message names it: within the image, or relative to where cargo ran.
        path: String,
    },
}

/// Reads the last lines of a failed step, which must be free of colours.
#[must_use]
pub fn explain<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Cause> {
    let lines: Vec<&str> = lines.into_iter().map(str::trim).collect();
    RULES.iter().find_map(|rule| rule(&lines))
}

type Rule = fn(&[&str]) -> Option<Cause>;

/// In the order in which they are tried: what names its cause most exactly comes first.
const RULES: [Rule; 12] = [
    lock_file,
    newer_rust,
    required_features,
    queries,
    registry,
    git,
    cross_library,
    tool,
    pkg_config,
    linked_library,
    system_crate,
    missing_file,
];

fn plain(sentence: impl Into<String>) -> Cause {
    Cause::Plain(sentence.into())
}

/// What stands between `before` and `after` on the first line that has both.
fn between<'a>(lines: &[&'a str], before: &str, after: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| {
        let (_, rest) = line.split_once(before)?;
        Some(rest.split_once(after)?.0).filter(|found| !found.is_empty())
    })
}

fn has(lines: &[&str], words: &str) -> bool {
    lines.iter().any(|line| line.contains(words))
}

fn lock_file(lines: &[&str]) -> Option<Cause> {
    let is_it = has(lines, "--locked was passed to prevent this");
    is_it.then(|| {
        Cause::Plain("Cargo.lock does not fit Cargo.toml: run `cargo update --workspace` in the app's folder and keep the new Cargo.lock with the sources.".into())
    })
}

fn newer_rust(lines: &[&str]) -> Option<Cause> {
    let line = lines.iter().find(|line| line.contains("requires rustc "))?;
    let (package, version) = line.split_once("requires rustc ")?;
    let version = version
        .split_whitespace()
        .next()?
        .trim_end_matches([',', ';']);
    let package = package.split_whitespace().find(|word| word.contains('@'));
    let package = package.unwrap_or("a package").trim_matches('`');
    let name = package.split('@').next().unwrap_or(package);
    Some(plain(format!(
        "{package} needs Rust {version}, which is newer than the base's: `cargo update -p {name} --precise VERSION` takes an older release, a bases.toml given with `--strategies DIR` a newer base."
    )))
}

fn required_features(lines: &[&str]) -> Option<Cause> {
    let line = lines
        .iter()
        .find(|line| line.contains("requires the features:"))?;
    let (_, features) = line.split_once("requires the features:")?;
    let features = features.trim().replace('`', "\"");
    Some(plain(format!(
        "The program is built only with more features: put `features = [{features}]` into imgtui.toml."
    )))
}

/// sqlx's queries are checked against a database, or against what it wrote down of one.
fn queries(lines: &[&str]) -> Option<Cause> {
    let is_it = has(lines, "DATABASE_URL") && has(lines, "cargo sqlx prepare");
    is_it.then(|| {
        Cause::Plain("sqlx checks queries against a database, which a build does not have: run `cargo sqlx prepare --workspace`, keep the folder `.sqlx` with the sources, and see that .dockerignore does not leave it out.".into())
    })
}

fn registry(lines: &[&str]) -> Option<Cause> {
    if let Some(name) = between(
        lines,
        "registry index was not found in any configuration: `",
        "`",
    ) {
        return Some(plain(format!(
            "The registry `{name}` is not configured: put `[registries.{name}]` with its `index` into .cargo/config.toml in the app's folder; that of the home folder is not sent."
        )));
    }
    if let Some(name) = between(lines, "no token found for `", "`") {
        return Some(plain(format!(
            "The registry `{name}` wants a token, and a token does not belong into an image: `mkdir -p .cargo && cargo vendor >> .cargo/config.toml` in the app's folder puts the sources into what is sent."
        )));
    }
    let url = between(lines, "failed to download from `", "`")
        .or_else(|| between(lines, "failed to query replaced source registry `", "`"))?;
    Some(plain(format!(
        "The registry at {url} cannot be reached from the build: see to the network (a proxy is taken from HTTPS_PROXY), or put the sources into what is sent with `mkdir -p .cargo && cargo vendor >> .cargo/config.toml`."
    )))
}

fn git(lines: &[&str]) -> Option<Cause> {
    let url = lines
        .iter()
        .find_map(|line| line.strip_prefix("unable to update "))
        .filter(|url| url.contains("://"))
        .or_else(|| between(lines, "failed to fetch `", "`"))?;
    let wants_key = url.starts_with("ssh:")
        || [
            "failed to authenticate",
            "authentication required",
            "could not read Username",
        ]
        .iter()
        .any(|words| has(lines, words));
    let why = if wants_key {
        "wants credentials, and a build has none of this machine's"
    } else {
        "cannot be reached from the build"
    };
    Some(plain(format!(
        "The git dependency {url} {why}: put its sources into what is sent with `mkdir -p .cargo && cargo vendor >> .cargo/config.toml` in the app's folder."
    )))
}

fn cross_library(lines: &[&str]) -> Option<Cause> {
    let is_it = has(
        lines,
        "pkg-config has not been configured to support cross-compilation",
    ) || has(lines, "If you're trying to cross-compile");
    let name = failed_crate(lines).filter(|_| is_it)?;
    Some(plain(format!(
        "`{name}` looks for a system library of the musl target: choose the feature with which the crate compiles it itself (often `vendored`, `bundled` or `static`), or leave the musl strategies out with `leave-out` in imgtui.toml."
    )))
}

fn tool(lines: &[&str]) -> Option<Cause> {
    let named = between(lines, "is `", "` not installed?")
        .or_else(|| between(lines, "Could not find `", "`"))
        .or_else(|| between(lines, "failed to find tool \"", "\""))
        .or_else(|| between(lines, "linker `", "` not found"));
    let named = named.or_else(|| {
        let signs = [
            ("Unable to find libclang", "libclang"),
            ("The pkg-config command could not be found", "pkg-config"),
            ("Missing dependency: cmake", "cmake"),
            ("NASM command not found", "nasm"),
        ];
        let found = signs.into_iter().find(|(sign, _)| has(lines, sign));
        found.map(|(_, tool)| tool)
    })?;
    // Build scripts print whole paths too.
    let tool = named.rsplit('/').next()?;
    let remedy = match packages::of_tool(tool) {
        Some(packages) => put(&packages),
        None => "put the packages that bring it under `[packages]` in imgtui.toml".into(),
    };
    Some(plain(format!("The base lacks `{tool}`: {remedy}.")))
}

fn pkg_config(lines: &[&str]) -> Option<Cause> {
    let name = between(lines, "The system library `", "` required by crate")
        .or_else(|| between(lines, "Package '", "', required by"))
        .or_else(|| {
            between(
                lines,
                "Package ",
                " was not found in the pkg-config search path",
            )
        })?;
    let remedy = match packages::of_library(name) {
        Some(packages) => put(&packages),
        None => format!(
            "put the packages that hold the file `{name}.pc` under `[packages]` in imgtui.toml, as `debian = [\"…\"]` and `alpine = [\"…\"]`"
        ),
    };
    Some(plain(format!(
        "The base lacks the system library `{name}`: {remedy}."
    )))
}

fn linked_library(lines: &[&str]) -> Option<Cause> {
    let name = lines.iter().find_map(|line| {
        let (_, rest) = line
            .split_once("unable to find library -l")
            .or_else(|| line.split_once("cannot find -l"))?;
        let end = rest.find([':', ' ', '\'']).unwrap_or(rest.len());
        Some(&rest[..end])
    })?;
    let remedy = match packages::of_library(name) {
        Some(packages) => put(&packages),
        None => format!(
            "put the packages that hold `lib{name}.so` or `lib{name}.a` under `[packages]` in imgtui.toml, as `debian = [\"…\"]` and `alpine = [\"…\"]`"
        ),
    };
    Some(plain(format!(
        "The linker finds no library `{name}`: {remedy}."
    )))
}

/// A build script of a `-sys` crate failed in words of its own.
fn system_crate(lines: &[&str]) -> Option<Cause> {
    let (library, found) = packages::of_crate(failed_crate(lines)?)?;
    Some(plain(format!(
        "Most likely the base lacks the system library `{library}`: {}.",
        put(&found)
    )))
}

fn failed_crate<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let package = between(lines, "failed to run custom build command for `", "`")
        .or_else(|| between(lines, "build script failed for `", "`"));
    // openssl-sys prints more than is kept, and its name and version at the end.
    let own = lines.iter().find_map(|line| {
        let (name, version) = line.split_once(" = ")?;
        let is_version = version.starts_with(|char: char| char.is_ascii_digit());
        (name.ends_with("-sys") && is_version).then_some(name)
    });
    package
        .and_then(|package| package.split_whitespace().next())
        .or(own)
}

/// The words that follow every missing package.
fn put(packages: &SystemPackages) -> String {
    let list = |names: &[String]| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    };
    let alpine = match packages.alpine.as_slice() {
        [] => String::new(),
        names => format!(" and `alpine = [{}]`", list(names)),
    };
    format!(
        "put `debian = [{}]`{alpine} under `[packages]` in imgtui.toml",
        list(&packages.debian)
    )
}

fn missing_file(lines: &[&str]) -> Option<Cause> {
    if has(lines, "could not find repository") || has(lines, "not a git repository") {
        return Some(Cause::Missing {
            path: ".git".into(),
        });
    }
    let path = lines
        .iter()
        .find_map(|line| missing_path(line))
        // cargo says on one line what it read, and below why it could not.
        .or_else(|| {
            let path = between(lines, "failed to read `", "`")?;
            has(lines, "No such file or directory").then_some(path)
        })?;
    Some(Cause::Missing {
        path: path.to_owned(),
    })
}

fn missing_path(line: &str) -> Option<&str> {
    let quoted = |before: &str, after: char| {
        let rest = line.split_once(before)?.1;
        Some(rest.split_once(after)?.0)
    };
    if let Some(path) = quoted("#[derive(RustEmbed)] folder '", '\'') {
        return Some(path);
    }
    if line.starts_with("can't find `") {
        return quoted("at `", '`');
    }
    // askama tells the folder in which it looked.
    if line.contains("\" not found in directories [\"") {
        return quoted("directories [\"", '"');
    }
    if !line.contains("No such file or directory") {
        return None;
    }
    quoted("couldn't read `", '`')
        .or_else(|| quoted("couldn't read ", ':'))
        .or_else(|| quoted("error canonicalizing migration directory ", ':'))
}

#[cfg(test)]
mod tests;
