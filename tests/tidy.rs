//! The walls of the house, read off the sources: who may import what.

#![expect(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Room → other rooms of ours that it may import. `app` may import everything.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    // Both check the same paths and ignore files of an app's folder.
    ("catalog", &["domain", "context", "parse"]),
    ("context", &["domain"]),
    ("parse", &["domain"]),
    ("probe", &[]),
    ("engine", &["domain", "parse", "context"]),
    (
        "runner",
        &[
            "domain", "engine", "catalog", "context", "parse", "probe", "store", "why",
        ],
    ),
    ("source", &["domain"]),
    ("why", &["domain", "context", "parse"]),
    ("store", &["domain"]),
    ("report", &["domain"]),
    ("eject", &["domain", "parse"]),
    ("setup", &["domain", "parse"]),
    ("tui", &["domain", "parse"]),
    (
        "headless",
        &[
            "app", "catalog", "cli", "context", "domain", "eject", "engine", "parse", "probe",
            "report", "runner", "source", "store", "tui", "why",
        ],
    ),
    ("cli", &["domain"]),
    (
        "app",
        &[
            "catalog", "cli", "context", "domain", "engine", "headless", "parse", "report",
            "runner", "setup", "source", "store", "tui",
        ],
    ),
];

/// Crate → rooms that may use it.
const ONLY_IN: [(&str, &[&str]); 10] = [
    ("bollard", &["engine"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("maud", &["report"]),
    ("notify", &["source"]),
    ("rusqlite", &["store"]),
    ("parse_dockerfile", &["parse"]),
    ("nix", &["app"]),
    ("clap", &["cli", "headless", "main"]),
    ("toml", &["catalog", "engine", "setup", "why"]),
];

/// Rooms without a runtime.
const WITHOUT_TOKIO: [&str; 5] = ["domain", "parse", "report", "catalog", "eject"];

/// Whole words that would bring a clock or a file into a room that must be pure.
const IMPURE: [&str; 6] = [
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "std::fs",
    "fs::read",
    "File::open",
];

fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut pending = vec![root.clone()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(&root).unwrap().to_owned(), text);
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found
}

/// `tui/view/log.rs` and `tui.rs` are in the room `tui`.
fn room(path: &Path) -> String {
    let first = path.components().next().unwrap();
    let name = first.as_os_str().to_string_lossy().into_owned();
    name.trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.trim_end_matches(".rs").ends_with("tests")
    })
}

/// Code without comments and without what stands behind the first `#[cfg(test)] mod`.
fn code(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next_is_module = lines
            .peek()
            .is_some_and(|next| next.trim_start().starts_with("mod tests {"));
        if line.trim() == "#[cfg(test)]" && next_is_module {
            break;
        }
        if !line.trim_start().starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Names of our rooms that the code imports: `crate::NAME`, and `use crate::{NAME::…, NAME::…}`.
fn rooms_used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        let rest = &code[position + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            used.extend(first_names_of_group(group));
        } else {
            used.push(first_name(rest));
        }
    }
    used.retain(|name| MAY_IMPORT.iter().any(|(room, _)| room == name));
    used
}

fn first_name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn first_names_of_group(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut names = Vec::new();
    let mut expects_name = true;
    for (position, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            c if c.is_alphabetic() && expects_name && depth == 0 => {
                names.push(first_name(&group[position..]));
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        // A test may lay its ground with every room, in a file of its own as behind `mod tests`.
        if is_test(&path) {
            continue;
        }
        let room = room(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["lib", "main"].contains(&room.as_str()),
                "no rule for {room}"
            );
            continue;
        };
        for used in rooms_used(&code(&text)) {
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} imports {used}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// `name::` as a word of its own: `unix::` does not name `nix`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn each_foreign_crate_stays_in_its_rooms() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        for (name, rooms) in ONLY_IN {
            let used = names_crate(&code, name);
            if used && !rooms.contains(&room(&path).as_str()) {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
        if WITHOUT_TOKIO.contains(&room(&path).as_str()) && code.contains("tokio::") {
            wrong.push(format!("{} uses tokio", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn domain_parsers_and_update_have_neither_clock_nor_files() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let pure = ["domain", "eject", "parse", "report"].contains(&room(&path).as_str())
            || path.starts_with("tui/update")
            || path.starts_with("tui/view")
            || path == Path::new("tui/update.rs");
        if !pure || is_test(&path) {
            continue;
        }
        let code = code(&text);
        let found = IMPURE.iter().filter(|word| code.contains(*word));
        wrong.extend(found.map(|word| format!("{} holds {word}", path.display())));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_reader_of_imports_sees_groups() {
    let code = "use crate::{\n    domain::{event::X, ids::Y},\n    parse::z,\n};\nfn f() { crate::store::g() }";
    assert_eq!(rooms_used(code), ["domain", "parse", "store"]);
}
