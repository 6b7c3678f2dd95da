//! Cached steps that several machines share through a registry.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest name that a registry has to take (OCI distribution specification).
const LONGEST: usize = 255;

/// A repository in a registry, without tag and digest: `registry.example.org/team/cache`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Repository(String);

impl Repository {
    /// The registry: a name or an address, perhaps with a port.
    #[must_use]
    pub fn registry(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Whether the registry is on this machine: engines speak plain HTTP with one that is.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let registry = self.registry();
        let name = registry
            .rsplit_once(':')
            .map_or(registry, |(name, _)| name)
            .trim_matches(['[', ']']);
        let address: Option<std::net::IpAddr> = name.parse().ok();
        name == "localhost" || address.is_some_and(|address| address.is_loopback())
    }

    /// The reference of a tag.
    #[must_use]
    pub fn tagged(&self, tag: &str) -> String {
        format!("{}:{tag}", self.0)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Repository {
    type Err = String;

    /// The registry must be named: what stands for one without differs between engines.
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |why: &str| {
            Err(format!(
                "`{}` is no repository: {why}, such as `registry.example.org/team/cache`",
                text.escape_debug()
            ))
        };
        let Some((registry, path)) = text.split_once('/') else {
            return refused("give registry and name");
        };
        let is_name = |sign: char| sign.is_ascii_alphanumeric() || "-._:[]".contains(sign);
        let names_registry = registry.contains(['.', ':']) || registry == "localhost";
        if !names_registry || !registry.chars().all(is_name) {
            return refused("it begins with the registry");
        }
        let is_part = |part: &str| {
            let plain = |sign: char| {
                sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-._".contains(sign)
            };
            let alphanumeric = |sign: Option<char>| sign.is_some_and(|s| s.is_ascii_alphanumeric());
            let mut signs = part.chars();
            part.chars().all(plain)
                && alphanumeric(signs.next())
                && alphanumeric(part.chars().last())
        };
        if path.contains([':', '@']) {
            return refused("tags and digests are the engine's to choose");
        }
        if text.len() > LONGEST || !path.split('/').all(is_part) {
            return refused("its name is lower case letters, digits and `-._/`");
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Repository {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Repository> for String {
    fn from(repository: Repository) -> Self {
        repository.0
    }
}

/// Where a build takes cached steps from, and where its own go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedCache {
    /// Taken from here, if they are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Repository>,
    /// Put here: by docker once the image is found right, by podman as each step ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Repository>,
}

impl SharedCache {
    /// Whether nothing is shared.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_names_its_registry_and_no_tag() {
        for good in [
            "localhost:5000/cache",
            "127.0.0.1:5000/team/my_cache",
            "registry.example.org/a/b-c.d",
            "[::1]:5000/cache",
        ] {
            assert_eq!(
                good.parse::<Repository>().map(String::from).as_deref(),
                Ok(good)
            );
        }
        for (bad, why) in [
            ("cache", "give registry and name"),
            ("team/cache", "begins with the registry"),
            ("localhost:5000/cache:tag", "tags and digests"),
            ("localhost:5000/cache@sha256:1", "tags and digests"),
            ("localhost:5000/Cache", "lower case"),
            ("localhost:5000/", "lower case"),
            ("localhost:5000/a//b", "lower case"),
            ("localhost:5000/-a", "lower case"),
            ("local host:5000/a", "begins with the registry"),
            ("", "give registry and name"),
        ] {
            let told = bad.parse::<Repository>().unwrap_err();
            assert!(told.contains(why), "{bad}: {told}");
        }
    }

    #[test]
    fn only_the_loopback_interface_is_here() {
        let is_here = |text: &str| text.parse::<Repository>().unwrap().is_here();
        assert!(is_here("localhost:5000/a"));
        assert!(is_here("localhost/a"));
        assert!(is_here("127.3.2.1:5000/a"));
        assert!(is_here("[::1]:5000/a"));
        assert!(!is_here("registry.example.org/a"));
        assert!(!is_here("10.0.0.1:5000/a"));
    }
}
