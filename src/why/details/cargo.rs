//! What is different between two manifests, or two lock files, of cargo.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// So many differences are told.
const TOLD: usize = 3;

/// `[dependencies] tokio 1.40 → 1.41, [package] version 0.1.0 → 0.2.0`. `None` where one cannot be
/// read, or only comments and white space differ.
pub(super) fn manifests(before: &str, after: &str) -> Option<String> {
    let (before, after) = (flat(before)?, flat(after)?);
    let mut told = Vec::new();
    for (key, value) in &after {
        match before.get(key) {
            Some(former) if former == value => {}
            Some(former) => told.push(format!("{key} {former} → {value}")),
            None => told.push(format!("{key} {value} is new")),
        }
    }
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    told.extend(gone.map(|key| format!("{key} is gone")));
    listed(told)
}

/// `tokio 1.40.0 → 1.41.0, mio is new`. `None` where one cannot be read, or no package differs.
pub(super) fn locks(before: &str, after: &str) -> Option<String> {
    let (before, after) = (packages(before)?, packages(after)?);
    let mut told = Vec::new();
    for (name, versions) in &after {
        match before.get(name) {
            Some(former) if former == versions => {}
            Some(former) => {
                told.push(format!(
                    "{name} {} → {}",
                    former.join(", "),
                    versions.join(", ")
                ));
            }
            None => told.push(format!("{name} {} is new", versions.join(", "))),
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    told.extend(gone.map(|name| format!("{name} is gone")));
    listed(told)
}

fn listed(mut told: Vec<String>) -> Option<String> {
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    let text = told.join(", ");
    match (text.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(text),
        (false, more) => Some(format!("{text} and {more} more")),
    }
}

/// `[table] key` → value, the version alone where that is all a dependency says.
fn flat(text: &str) -> Option<BTreeMap<String, String>> {
    let table: Table = text.parse().ok()?;
    let mut found = BTreeMap::new();
    for (name, value) in &table {
        put(&mut found, name, value, 0);
    }
    Some(found)
}

/// Deeper tables are told as they are written.
fn put(found: &mut BTreeMap<String, String>, path: &str, value: &Value, depth: usize) {
    match value {
        Value::Table(table) if depth < 2 && !is_dependency(path, depth) => {
            for (name, value) in table {
                if depth == 0 && !value.is_table() || is_of_dependencies(path) {
                    found.insert(format!("[{path}] {name}"), short(value));
                } else {
                    put(found, &format!("{path}.{name}"), value, depth + 1);
                }
            }
        }
        value => {
            found.insert(path.to_owned(), short(value));
        }
    }
}

fn is_dependency(path: &str, depth: usize) -> bool {
    depth > 0
        && path
            .rsplit_once('.')
            .is_some_and(|(table, _)| is_of_dependencies(table))
}

fn is_of_dependencies(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    matches!(
        last,
        "dependencies" | "dev-dependencies" | "build-dependencies"
    )
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Table(table) if table.len() == 1 => match table.get("version") {
            Some(Value::String(version)) => version.clone(),
            _ => value.to_string(),
        },
        value => value.to_string(),
    }
}

fn packages(text: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let table: Table = text.parse().ok()?;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in table.get("package")?.as_array()? {
        let field = |name| package.get(name).and_then(Value::as_str);
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            continue;
        };
        found
            .entry(name.to_owned())
            .or_default()
            .push(version.to_owned());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_told_with_both_versions() {
        let before = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\ntokio = \"1.40\"\nserde = { version = \"1\", features = [\"derive\"] }\n";
        let told = |after: &str| manifests(before, after);
        assert_eq!(
            told(&before.replace("1.40", "1.41")).unwrap(),
            "[dependencies] tokio 1.40 → 1.41"
        );
        assert_eq!(
            told(&before.replace("0.1.0", "0.2.0")).unwrap(),
            "[package] version 0.1.0 → 0.2.0"
        );
        assert!(
            told(&before.replace("derive", "rc"))
                .unwrap()
                .starts_with("[dependencies] serde {")
        );
        assert_eq!(told(&format!("# note\n{before}")), None);
        assert_eq!(told("no toml"), None);
        assert_eq!(
            told(&format!("{before}rand = \"0.9\"\n")).unwrap(),
            "[dependencies] rand 0.9 is new"
        );
    }

    #[test]
    fn locked_packages_are_told_by_name() {
        let lock = |version: &str| {
            format!(
                "version = 4\n[[package]]\nname = \"libc\"\nversion = \"{version}\"\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n"
            )
        };
        assert_eq!(
            locks(&lock("0.2.1"), &lock("0.2.2")).unwrap(),
            "libc 0.2.1 → 0.2.2"
        );
        assert_eq!(locks(&lock("1"), &lock("1")), None);
    }
}
