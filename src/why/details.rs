//! What is different inside of a file.

mod cargo;

use std::path::Path;

/// What is different between two contents of a file, in words: `12 bytes at line 14`, or
/// `[dependencies] tokio 1.40 → 1.41`. `None` for a path without a name.
pub(super) fn between(path: &Path, before: &[u8], after: &[u8]) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let texts = std::str::from_utf8(before)
        .ok()
        .zip(std::str::from_utf8(after).ok());
    let of_cargo = match (name, texts) {
        ("Cargo.toml", Some((before, after))) => cargo::manifests(before, after),
        ("Cargo.lock", Some((before, after))) => cargo::locks(before, after),
        _ => None,
    };
    of_cargo.or_else(|| Some(bytes(before, after)))
}

/// How many bytes are others, and from which line on.
fn bytes(before: &[u8], after: &[u8]) -> String {
    let same = |one: &u8, two: &u8| one == two;
    let start = before
        .iter()
        .zip(after)
        .take_while(|(one, two)| same(one, two))
        .count();
    let (before, rest) = (&before[start..], &after[start..]);
    let end = before
        .iter()
        .rev()
        .zip(rest.iter().rev())
        .take_while(|(one, two)| same(one, two))
        .count();
    let count = before.len().max(rest.len()) - end;
    let line = after[..start].split(|byte| *byte == b'\n').count();
    let unit = if count == 1 { "byte" } else { "bytes" };
    format!("{count} {unit} at line {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_bytes_are_counted_and_found_by_their_line() {
        let told = |before: &str, after: &str| bytes(before.as_bytes(), after.as_bytes());
        assert_eq!(told("a\nb\nc\n", "a\nX\nc\n"), "1 byte at line 2");
        assert_eq!(told("a\nb\n", "a\nb\nnew line\n"), "9 bytes at line 3");
        assert_eq!(told("a\nbcd\n", "a\n"), "4 bytes at line 2");
        assert_eq!(told("aaaa", "aa"), "2 bytes at line 1");
        assert_eq!(told("", "x"), "1 byte at line 1");
    }
}
