//! What is known to go wrong, or to need something, before a build begins: each with what to put
//! where.

use std::fmt;

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The build cannot end well.
    Error,
    /// It can, if what the note says is there.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// What was found.
    pub found: String,
    /// What to put where.
    pub remedy: String,
}

impl Finding {
    /// Something that no build survives.
    pub fn error(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Error,
            found: found.into(),
            remedy: remedy.into(),
        }
    }

    /// Something to know.
    pub fn note(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Note,
            found: found.into(),
            remedy: remedy.into(),
        }
    }

    /// Whether it stops a build.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.weight == Weight::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.found, self.remedy)
    }
}

/// Where the packages of a `Cargo.lock` come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedSources {
    /// Package and source, as `Cargo.lock` writes them; those of the workspace have none.
    pub packages: Vec<(String, String)>,
    /// `.cargo/config.toml` replaces the sources, as `cargo vendor` has it.
    pub are_replaced: bool,
    /// Registries that `.cargo/config.toml` of the app names.
    pub configured: Vec<String>,
}

/// Notes on sources other than crates.io: one for each.
#[must_use]
pub fn look_at_sources(sources: &LockedSources) -> Vec<Finding> {
    if sources.are_replaced {
        return Vec::new();
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (package, source) in &sources.packages {
        let source = source.split(['#', '?']).next().unwrap_or(source);
        if !is_crates_io(source) && !seen.iter().any(|(known, _)| *known == source) {
            seen.push((source, package));
        }
    }
    let notes = seen
        .into_iter()
        .map(|(source, package)| match source.strip_prefix("git+") {
            Some(url) => git_note(package, url),
            None => registry_note(package, source, &sources.configured),
        });
    notes.collect()
}

fn is_crates_io(source: &str) -> bool {
    source == "registry+https://github.com/rust-lang/crates.io-index"
        || source == "sparse+https://index.crates.io/"
}

const VENDOR: &str = "`mkdir -p .cargo && cargo vendor >> .cargo/config.toml` in the app's folder puts the sources into what is sent";

fn git_note(package: &str, url: &str) -> Finding {
    let (with, keys) = if url.starts_with("ssh:") || url.contains('@') {
        ("with an SSH key, which no build has", "")
    } else {
        (
            "and no credentials of this machine",
            " A public repository needs nothing else.",
        )
    };
    Finding::note(
        format!("`{package}` comes from git: the build must reach {url} {with}"),
        format!("Where it cannot, {VENDOR}.{keys}"),
    )
}

fn registry_note(package: &str, source: &str, configured: &[String]) -> Finding {
    let url = source
        .strip_prefix("registry+")
        .or_else(|| source.strip_prefix("sparse+"))
        .unwrap_or(source);
    let is_configured = configured.iter().any(|index| {
        index.trim_start_matches("sparse+").trim_end_matches('/') == url.trim_end_matches('/')
    });
    let table = if is_configured {
        "The app's .cargo/config.toml names it"
    } else {
        "Name it under `[registries]` in .cargo/config.toml in the app's folder: that of the home folder is not sent"
    };
    Finding::note(
        format!("`{package}` comes from the registry {url}, not from crates.io"),
        format!("{table}. A token does not belong into an image; where one is needed, {VENDOR}."),
    )
}

/// An error for a Rust that is older than the app asks for. Versions as `1.96`, `1.96.1`.
#[must_use]
pub fn look_at_rust(
    package: &str,
    wanted: &str,
    manifest: &str,
    base: &str,
    has: &str,
) -> Option<Finding> {
    let is_older = minor(has)? < minor(wanted)?;
    is_older.then(|| {
        Finding::error(
            format!("{package} asks for Rust {wanted} (`rust-version` in {manifest}), and the base `{base}` has {has}"),
            "Lower `rust-version` if the sources allow it, or name a newer base in a bases.toml that is given with `--strategies DIR`.",
        )
    })
}

/// `1.96.1` → 1 and 96. A base names no patch level, so that is left aside.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    let major = parts.next()?.trim().parse().ok()?;
    let minor = parts
        .next()
        .map_or(Some(0), |part| part.trim().parse().ok())?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(sources: &[(&str, &str)], replaced: bool) -> Vec<String> {
        let packages = sources.iter();
        let packages = packages.map(|(name, source)| ((*name).to_owned(), (*source).to_owned()));
        let sources = LockedSources {
            packages: packages.collect(),
            are_replaced: replaced,
            configured: vec!["sparse+https://known.example/index/".into()],
        };
        let found = look_at_sources(&sources);
        assert!(found.iter().all(|finding| !finding.is_error()));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_foreign_source_gets_one_note() {
        let sources = [
            ("a", "registry+https://github.com/rust-lang/crates.io-index"),
            ("b", "git+https://example.org/b.git?branch=main#0123abcd"),
            ("c", "git+https://example.org/b.git?branch=main#0123abcd"),
            ("d", "git+ssh://git@example.org/d#4567"),
            ("e", "sparse+https://known.example/index/"),
            ("f", "registry+https://other.example/index"),
        ];
        let found = notes(&sources, false);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found[0].starts_with(
                "`b` comes from git: the build must reach https://example.org/b.git and"
            )
        );
        assert!(found[0].contains("cargo vendor") && found[0].contains("public"));
        assert!(found[1].contains("SSH key") && !found[1].contains("public"));
        assert!(found[2].contains("https://known.example/index/") && found[2].contains("names it"));
        assert!(found[3].contains("`[registries]` in .cargo/config.toml"));
        assert_eq!(notes(&sources, true), [""; 0]);
    }

    #[test]
    fn only_an_older_rust_is_an_error() {
        let look = |wanted, has| look_at_rust("app", wanted, "Cargo.toml", "rust", has);
        for (wanted, has) in [
            ("1.96", "1.96"),
            ("1.96.1", "1.96"),
            ("1.70", "1.96"),
            ("1", "1.96"),
        ] {
            assert_eq!(look(wanted, has), None, "{wanted} {has}");
        }
        for wanted in ["1.97", "1.97.0", "2.0"] {
            assert!(look(wanted, "1.96").is_some_and(|finding| finding.is_error()));
        }
        assert_eq!(look("nonsense", "1.96"), None);
    }
}
