//! Edits: one change of a source, of the same length, with bytes never seen before.
//!
//! An engine compares content: a touched file is a cache hit, and so is an edit that was taken
//! back. A change of the source's *length* shifts compile times. So an edit replaces the
//! digits of the app's stamp by as many other digits, and never by the same ones twice.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands before the sixteen digits in the source.
pub const STAMP_PREFIX: &str = "imgtui:";
/// How many hexadecimal digits follow the prefix.
pub const STAMP_DIGITS: usize = 16;

/// Bytes that prove from which source an image was built: `imgtui:` and 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stamp(pub u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{STAMP_PREFIX}{:016x}", self.0)
    }
}

impl From<Stamp> for String {
    fn from(stamp: Stamp) -> Self {
        stamp.to_string()
    }
}

impl TryFrom<String> for Stamp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.strip_prefix(STAMP_PREFIX)
            .filter(|digits| digits.len() == STAMP_DIGITS)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map(Stamp)
            .ok_or_else(|| format!("`{text}` is not `{STAMP_PREFIX}` and {STAMP_DIGITS} digits"))
    }
}

/// Where a stamp stands in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StampPlace {
    /// Offset of the first digit in bytes.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// The stamp that stands there.
    pub stamp: Stamp,
}

/// Finds the first stamp in a source.
#[must_use]
pub fn find_stamp(source: &[u8]) -> Option<StampPlace> {
    let prefix = STAMP_PREFIX.as_bytes();
    let mut from = 0;
    while let Some(found) = find(&source[from..], prefix) {
        let offset = from + found + prefix.len();
        if let Some(stamp) = digits_at(source, offset) {
            let line = source[..offset].split(|byte| *byte == b'\n').count();
            return Some(StampPlace {
                offset,
                line,
                stamp,
            });
        }
        from = offset;
    }
    None
}

/// The source with another stamp at `place`; its length stays the same.
#[must_use]
pub fn replace_stamp(source: &[u8], place: StampPlace, stamp: Stamp) -> Vec<u8> {
    let mut edited = source.to_vec();
    let digits = format!("{:016x}", stamp.0);
    if let Some(slot) = edited.get_mut(place.offset..place.offset + STAMP_DIGITS) {
        slot.copy_from_slice(digits.as_bytes());
    }
    edited
}

fn digits_at(source: &[u8], offset: usize) -> Option<Stamp> {
    let digits = source.get(offset..offset + STAMP_DIGITS)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(digits).ok()?;
    u64::from_str_radix(text, 16).ok().map(Stamp)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// What was changed before a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditKind {
    /// New bytes in a source.
    Source,
    /// A new modification time and the same bytes.
    Touch,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &[u8] =
        b"// imgtui:\nfn main() {}\nconst STAMP: &str = \"imgtui:00000000000000ff\";\n";

    #[test]
    fn a_stamp_is_found_with_its_line_and_replaced_in_place() {
        let place = find_stamp(SOURCE).unwrap();
        assert_eq!((place.line, place.stamp), (3, Stamp(255)));
        let edited = replace_stamp(SOURCE, place, Stamp(0xabc));
        assert_eq!(edited.len(), SOURCE.len());
        assert_eq!(find_stamp(&edited).unwrap().stamp, Stamp(0xabc));
    }

    #[test]
    fn no_stamp_is_seen_where_digits_are_missing() {
        assert_eq!(find_stamp(b"imgtui:00000000000000f"), None);
        assert_eq!(find_stamp(b"imgtui:0000000000000+ff"), None);
        assert_eq!(find_stamp(b""), None);
    }

    #[test]
    fn a_stamp_survives_its_text() {
        let stamp = Stamp(0x0123_4567_89ab_cdef);
        assert_eq!(Stamp::try_from(stamp.to_string()), Ok(stamp));
        assert!(Stamp::try_from("imgtui:12".to_owned()).is_err());
    }
}
