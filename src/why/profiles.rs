//! The profiles of a `Cargo.toml`.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::domain::findings::Profiles;

/// How many profiles may inherit from each other in a row; cargo refuses circles itself.
const DEEPEST: usize = 8;

/// What each `[profile.NAME]` sets, those that it inherits from too, and `release` and `dev` where
/// nothing sets them. Keys have `_` for `-`, as variables have. Settings of single packages are left
/// out. `None` where the file cannot be read.
#[must_use]
pub fn profiles(manifest: &str) -> Option<Profiles> {
    let table: Table = manifest.parse().ok()?;
    let empty = Table::new();
    let written = match table.get("profile") {
        Some(Value::Table(written)) => written,
        _ => &empty,
    };
    let names = written.keys().map(String::as_str);
    let names = names.chain(["dev", "release"]);
    let found = names.map(|name| (name.to_owned(), settings(written, name, DEEPEST)));
    Some(found.collect())
}

fn settings(written: &Table, name: &str, deepest: usize) -> BTreeMap<String, String> {
    let Some(Value::Table(own)) = written.get(name) else {
        return BTreeMap::new();
    };
    let parent = own.get("inherits").and_then(Value::as_str);
    let mut found = match (parent, deepest.checked_sub(1)) {
        (Some(parent), Some(deepest)) => settings(written, parent, deepest),
        _ => BTreeMap::new(),
    };
    for (key, value) in own {
        if key == "inherits" {
            continue;
        }
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Table(_) => continue,
            value => value.to_string(),
        };
        found.insert(key.replace('-', "_"), value);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_what_it_inherits() {
        let found = profiles(
            "[package]\nname = \"a\"\n[profile.release]\nlto = true\nopt-level = \"z\"\n[profile.release.package.b]\nopt-level = 3\n[profile.small]\ninherits = \"release\"\nlto = \"thin\"\n",
        )
        .unwrap();
        let setting = |name: &str, key: &str| found[name].get(key).map(String::as_str);
        assert_eq!(setting("release", "lto"), Some("true"));
        assert_eq!(setting("small", "lto"), Some("thin"));
        assert_eq!(setting("small", "opt_level"), Some("z"));
        assert_eq!(setting("dev", "lto"), None);
        assert_eq!(profiles("no toml"), None);
        let circle = "[profile.a]\ninherits = \"b\"\n[profile.b]\ninherits = \"a\"\n";
        assert!(profiles(circle).is_some());
    }
}
