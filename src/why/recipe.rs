//! What cargo-chef makes its recipe from.
//!
//! `cargo chef prepare` keeps the manifests, the lock file, cargo's settings and the toolchain file,
//! and which targets there are; versions of the app's own packages are masked (cargo-chef's README
//! and its `skeleton` module). With the same of these the recipe is the same.

use std::{collections::BTreeSet, os::unix::ffi::OsStrExt, path::Path};

use toml::{Table, Value};

use crate::domain::{
    digest::{ContentDigest, Digesting},
    manifest::{Manifest, What},
};

/// The digest of what the recipe of this context is made from. `read` gives a file's bytes; `None`
/// where one of them cannot be read.
#[must_use]
pub fn recipe(
    manifest: &Manifest,
    read: &mut dyn FnMut(&Path) -> Option<Vec<u8>>,
) -> Option<ContentDigest> {
    let mut hash = Digesting::default();
    let mut own = BTreeSet::new();
    let mut manifests = Vec::new();
    for (path, node) in manifest {
        let What::File { .. } = node.what else {
            continue;
        };
        let bytes = path.as_os_str().as_bytes();
        if name(bytes) == b"Cargo.toml" {
            let text = String::from_utf8(read(&path)?).ok()?;
            let table: Table = text.parse().ok()?;
            own.extend(package_name(&table));
            manifests.push((path, table));
        } else if is_setting(bytes) {
            feed(&mut hash, bytes);
            feed(&mut hash, &read(&path)?);
        } else if is_target(bytes) {
            feed(&mut hash, bytes);
        }
    }
    for (path, mut table) in manifests {
        mask_version(&mut table);
        feed(&mut hash, path.as_os_str().as_bytes());
        feed(&mut hash, table.to_string().as_bytes());
    }
    if let Some(lock) = read(Path::new("Cargo.lock")) {
        let mut table: Table = String::from_utf8(lock).ok()?.parse().ok()?;
        mask_locked(&mut table, &own);
        feed(&mut hash, table.to_string().as_bytes());
    }
    Some(hash.end())
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

fn is_setting(path: &[u8]) -> bool {
    let names: [&[u8]; 4] = [
        b".cargo/config.toml",
        b".cargo/config",
        b"rust-toolchain",
        b"rust-toolchain.toml",
    ];
    names.contains(&path)
}

/// A source that cargo takes for a target by its place.
fn is_target(path: &[u8]) -> bool {
    if !path.ends_with(b".rs") {
        return false;
    }
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    matches!(
        parts.as_slice(),
        [.., b"build.rs"]
            | [.., b"src", b"main.rs" | b"lib.rs"]
            | [.., b"src", b"bin", _]
            | [.., b"src", b"bin", _, b"main.rs"]
            | [.., b"examples" | b"tests" | b"benches", _]
            | [.., b"examples" | b"tests" | b"benches", _, b"main.rs"]
    )
}

fn package_name(table: &Table) -> Option<String> {
    let name = table.get("package")?.get("name")?.as_str()?;
    Some(name.to_owned())
}

fn mask_version(table: &mut Table) {
    if let Some(Value::Table(package)) = table.get_mut("package")
        && package.contains_key("version")
    {
        package.insert("version".into(), Value::String("0.0.1".into()));
    }
}

fn mask_locked(table: &mut Table, own: &BTreeSet<String>) {
    let Some(Value::Array(packages)) = table.get_mut("package") else {
        return;
    };
    for package in packages {
        let Value::Table(package) = package else {
            continue;
        };
        let is_own = package
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| own.contains(name));
        if is_own && !package.contains_key("source") {
            package.insert("version".into(), Value::String("0.0.1".into()));
        }
    }
}

fn feed(hash: &mut Digesting, bytes: &[u8]) {
    hash.add(&(bytes.len() as u64).to_le_bytes());
    hash.add(bytes);
}
