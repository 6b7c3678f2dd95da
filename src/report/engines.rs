//! The list of engines as text.

use std::fmt::Write;

use super::plain;
use crate::domain::engines::{EngineEntry, EngineState};

/// A line an engine, what it can do below it or why it cannot be used; `*` marks the one that
/// would be taken.
#[must_use]
pub fn engines(entries: &[EngineEntry]) -> String {
    let width = entries.iter().map(|entry| entry.name.chars().count()).max();
    let width = width.unwrap_or_default();
    let kinds = entries
        .iter()
        .map(|entry| kind(entry).chars().count())
        .max();
    let kinds = kinds.unwrap_or_default().max(26);
    let mut text = String::new();
    for entry in entries {
        let mark = if entry.first_choice { '*' } else { ' ' };
        let what = kind(entry);
        let place = [entry.place.as_str(), entry.origin.as_str()];
        let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(
            text,
            "{mark} {:<width$}  {what:<kinds$}  {}",
            entry.name,
            place.join(", ")
        );
        let indent = " ".repeat(width + 4);
        match &entry.state {
            EngineState::Usable { facts } => {
                let _ = writeln!(text, "{indent}{}", facts.words());
            }
            EngineState::Unusable { why } => {
                for line in why.lines() {
                    let _ = writeln!(text, "{indent}{}", plain(line));
                }
            }
        }
    }
    text
}

fn kind(entry: &EngineEntry) -> String {
    match &entry.state {
        EngineState::Usable { facts } => format!("{} {}", facts.kind, facts.version),
        EngineState::Unusable { .. } => "not usable".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::engines::{EngineFacts, ImageFormat};

    #[test]
    fn each_engine_says_what_it_can_or_why_not() {
        let entry = |name: &str, state: EngineState, first_choice: bool| EngineEntry {
            name: name.into(),
            place: "unix:///run/x.sock".into(),
            origin: "a known socket".into(),
            state,
            first_choice,
        };
        let facts = EngineFacts {
            kind: "docker-buildkit".into(),
            version: "28.5.2".into(),
            cache_mounts: true,
            rootless: Some(false),
            cgroups: Some("2".into()),
            cpu_time: true,
            containerd_images: false,
            image_format: ImageFormat::Docker,
            store: None,
        };
        let text = engines(&[
            entry("docker-socket", EngineState::Usable { facts }, true),
            entry(
                "old",
                EngineState::Unusable {
                    why: "nobody listens\nstart it".into(),
                },
                false,
            ),
        ]);
        assert_eq!(
            text,
            "* docker-socket  docker-buildkit 28.5.2      unix:///run/x.sock, a known socket\n                 \
             cache mounts · as root · cgroups v2 · CPU time · docker images\n  \
             old            not usable                  unix:///run/x.sock, a known socket\n                 \
             nobody listens\n                 start it\n"
        );
    }
}
