//! Strategies of the list that do without something, by what they say of themselves.

use std::path::Path;

use super::{Avoided, Evidence, Listed, Proof};
use crate::domain::recommend::competes;

/// The first other strategy of the list that is for any app and does it, by its description.
pub(super) fn described(
    evidence: &Evidence<'_>,
    own: &str,
    does: impl Fn(&Listed<'_>) -> bool,
) -> Option<Avoided> {
    let mut others = evidence.strategies.iter().filter(|listed| {
        let strategy = listed.strategy;
        let is_for_anybody = competes(strategy)
            && strategy.prepare.is_none()
            && !strategy.needs.shared_cache
            && strategy.needs.args.is_empty();
        strategy.id.0 != own && is_for_anybody
    });
    let found = others.find(|listed| does(listed))?.strategy;
    Some(Avoided {
        strategy: found.id.0.clone(),
        proof: Proof::Described {
            said: found.summary.clone(),
        },
    })
}

/// Whether an ignore file keeps a path back, as far as that is plain: patterns with one star, no
/// exceptions behind them.
pub(super) fn hides(ignore: &str, path: &Path) -> bool {
    let parts: Vec<String> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let whole = parts.join("/");
    let mut is_hidden = false;
    for line in ignore.lines().map(str::trim) {
        let (shows, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, line),
        };
        if pattern.is_empty() || pattern.starts_with('#') {
            continue;
        }
        let pattern = pattern.trim_matches('/');
        let fits = match pattern.strip_prefix("**/") {
            Some(pattern) => parts.iter().any(|part| is_like(part, pattern)),
            None => {
                is_like(&whole, pattern)
                    || parts.first().is_some_and(|first| is_like(first, pattern))
            }
        };
        if fits {
            is_hidden = !shows;
        }
    }
    is_hidden
}

/// `README*` is like `README.md`. A star is any text without `/`.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((before, after)) => {
            let rest = name
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            rest.is_some_and(|rest| !rest.contains('/'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_patterns_hide_paths() {
        let ignore = "# comment\n**/README*\n/docs\n.git\n!docs/used.md\n";
        let hidden = |path: &str| hides(ignore, Path::new(path));
        assert!(hidden("README.md") && hidden("crates/a/README.md"));
        assert!(hidden("docs/guide.md") && hidden(".git"));
        assert!(!hidden("docs/used.md") && !hidden("src/docs.rs") && !hidden("NOTES.md"));
    }
}
