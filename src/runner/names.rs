//! Names of images, and the command that builds the same by hand.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::host::Host;
use crate::{
    catalog::app::App,
    domain::{
        ids::{BaseId, StrategyId},
        shared_cache::Repository,
        strategy::Strategy,
    },
    engine::{IMAGE, LABEL},
};

/// `localhost/imgtui/APP:STRATEGY`.
#[must_use]
pub fn image_of(app: &App, strategy: &StrategyId) -> String {
    format!("localhost/imgtui/{}:{strategy}", reference_part(&app.name))
}

/// `localhost/imgtui-equivalent/BASE:DIGEST`: never the upstream's name.
#[must_use]
pub fn equivalent_of(base: &BaseId, digest: &str) -> String {
    format!("localhost/imgtui-equivalent/{base}:{digest}")
}

/// `localhost/imgtui-trusting/BASE:DIGEST`: a base with the host's own certificates.
#[must_use]
pub fn trusting_of(base: &BaseId, digest: &str) -> String {
    format!("localhost/imgtui-trusting/{base}:{digest}")
}

/// `localhost/imgtui-bench/BASE:SALT`: a base with one layer more.
#[must_use]
pub fn bench_base_of(base: &BaseId, salt: u64) -> String {
    format!("localhost/imgtui-bench/{base}:{salt:016x}")
}

/// The reference under which a stage's steps are shared; that of the last stage has no name.
#[must_use]
pub fn shared_of(repository: &Repository, strategy: &StrategyId, stage: Option<&str>) -> String {
    match stage {
        Some(stage) => repository.tagged(&format!("{strategy}-{}", reference_part(stage))),
        None => repository.tagged(&strategy.0),
    }
}

/// Whether a name is one that this program gave a base image.
#[must_use]
pub fn is_base(name: &str) -> bool {
    ["localhost/imgtui-equivalent/", "localhost/imgtui-trusting/"]
        .iter()
        .any(|ours| name.starts_with(ours))
}

/// Repository names are lower case, with few signs (OCI distribution specification).
fn reference_part(name: &str) -> String {
    let part: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let part = part.trim_matches('-').to_owned();
    if part.is_empty() { "app".into() } else { part }
}

/// The client that a command by hand is written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// podman, with the settings that make it work on this machine.
    Podman {
        /// Environment variable and file.
        settings: Option<(String, PathBuf)>,
    },
    /// docker's own.
    Docker {
        /// By `BuildKit`, or by the classic builder.
        buildkit: bool,
        /// Where the daemon listens, as docker's client wants it.
        host: String,
    },
}

/// The command that builds the strategy by hand, quoted for a POSIX shell.
#[must_use]
pub fn build_command(
    app: &App,
    strategy: &Strategy,
    dockerfile: &Path,
    arguments: &BTreeMap<String, String>,
    host: &Host,
    client: &Client,
) -> String {
    let mut words: Vec<String> = match client {
        Client::Podman { settings: None } => Vec::new(),
        Client::Podman {
            settings: Some((variable, file)),
        } => vec![format!("{variable}={}", quote(&file.display().to_string()))],
        Client::Docker { buildkit, host } => vec![
            format!("DOCKER_HOST={}", quote(host)),
            format!("DOCKER_BUILDKIT={}", u8::from(*buildkit)),
        ],
    };
    let is_podman = matches!(client, Client::Podman { .. });
    let mut push = |parts: &[&str]| words.extend(parts.iter().map(|part| quote(part)));
    if is_podman {
        push(&["podman", "build", "--format", "docker", "--network", "host"]);
        for mount in host.mounts() {
            push(&["--volume", &mount.to_string()]);
        }
    } else {
        push(&["docker", "build", "--network", "host"]);
    }
    for (name, value) in arguments {
        push(&["--build-arg", &format!("{name}={value}")]);
    }
    // The label is a step of its own: without it this would be another image.
    push(&["--label", &format!("{LABEL}={IMAGE}")]);
    // docker takes the file beside the Dockerfile by itself.
    if strategy.ignore.is_some() && is_podman {
        let ignore = dockerfile.with_file_name("Dockerfile.dockerignore");
        push(&["--ignorefile", &ignore.display().to_string()]);
    }
    push(&["--file", &dockerfile.display().to_string()]);
    push(&["--tag", &image_of(app, &strategy.id)]);
    push(&[&app.root.display().to_string()]);
    words.join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_valid_repository() {
        assert_eq!(reference_part("My_App"), "my-app");
        assert_eq!(reference_part("__"), "app");
    }

    #[test]
    fn a_word_is_quoted_where_the_shell_would_read_it() {
        assert_eq!(quote("--tag=a:b"), "--tag=a:b");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quote(""), "''");
    }
}
