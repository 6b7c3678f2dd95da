//! Content by its digest.

use std::{fmt, os::unix::ffi::OsStrExt, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::text;

/// A SHA-256, shown and stored as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentDigest([u8; 32]);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest: it must be 64 hexadecimal digits")]
pub struct NotADigest(String);

/// A digest of bytes that come a chunk at a time.
#[derive(Debug, Clone, Default)]
pub struct Digesting(Sha256);

impl ContentDigest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Under which what belongs to a folder is kept: 16 hexadecimal digits of its path.
    #[must_use]
    pub fn name_for(folder: &Path) -> String {
        Self::of(folder.as_os_str().as_bytes()).short(16)
    }

    /// A digest that was computed elsewhere, and stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first `digits` hexadecimal digits, at most 64.
    #[must_use]
    pub fn short(self, digits: usize) -> String {
        self.to_string().chars().take(digits).collect()
    }
}

impl Digesting {
    /// Takes the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    #[must_use]
    pub fn end(self) -> ContentDigest {
        ContentDigest(self.0.finalize().into())
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::hex(&self.0))
    }
}

/// As its digits: 32 numbers tell nobody anything.
impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentDigest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() {
            return Err(NotADigest(text.to_owned()));
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let value = digit(pair[0]).zip(digit(pair[1]));
            let value = value.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
            *byte = value.ok_or_else(|| NotADigest(text.to_owned()))?;
        }
        Ok(Self(bytes))
    }
}

impl From<ContentDigest> for String {
    fn from(digest: ContentDigest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for ContentDigest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = ContentDigest::of(b"abc");
        assert!(digest.to_string().starts_with("ba7816bf8f01cfea"));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{digest}\""));
        assert_eq!(
            serde_json::from_str::<ContentDigest>(&json).unwrap(),
            digest
        );
        for wrong in ["ba78".to_owned(), "é".repeat(32), "+f".repeat(32)] {
            assert_eq!(
                wrong.parse::<ContentDigest>(),
                Err(NotADigest(wrong.clone()))
            );
        }
    }

    #[test]
    fn chunks_make_the_digest_of_the_whole() {
        let mut digesting = Digesting::default();
        digesting.add(b"a");
        digesting.add(b"bc");
        assert_eq!(digesting.end(), ContentDigest::of(b"abc"));
    }
}
