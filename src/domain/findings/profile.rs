//! By which profile cargo compiled in a build.

use std::{collections::BTreeMap, path::Path};

use super::Known;
use crate::domain::footprint::Ingredient;

/// Settings of each `[profile.NAME]` of a `Cargo.toml`, as words.
pub type Profiles = BTreeMap<String, BTreeMap<String, String>>;

/// Where cargo looks for settings besides; their contents are not kept.
const CONFIGURATION: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

/// The profile of a build: its name, and what is set otherwise than cargo does of itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) settings: BTreeMap<String, String>,
    /// What there is of cargo's own settings, by digest: two builds with the same have the same
    /// profile, whatever is in it.
    configuration: Vec<String>,
}

/// Whether link-time optimisation works across crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lto {
    On,
    Off,
}

impl Profile {
    /// The profile by which this command of a build compiled; `None` where it is not known.
    pub(super) fn of(known: &Known<'_>, command: &str) -> Option<Self> {
        // Settings among the arguments could be anything.
        if command.contains("--config") {
            return None;
        }
        let name = name_in(command);
        let mut settings = known.profiles.as_ref()?.get(&name).cloned();
        let settings_of = settings.get_or_insert_default();
        let prefix = format!("CARGO_PROFILE_{}_", name.to_uppercase().replace('-', "_"));
        for (variable, value) in environment(known) {
            if let Some(key) = variable.strip_prefix(&prefix) {
                settings_of.insert(key.to_lowercase(), value);
            }
        }
        let mut settings = settings?;
        if let Some(lto) = settings.get_mut("lto") {
            *lto = spelt(lto).to_owned();
        }
        if settings.get("lto").is_some_and(|lto| lto == "off") {
            settings.remove("lto");
        }
        let context = known.context.as_ref()?;
        let found = CONFIGURATION.iter().filter_map(|path| {
            let node = context.get(Path::new(path))?;
            Some(format!("{path} {:?}", node.what))
        });
        Some(Self {
            name,
            settings,
            configuration: found.collect(),
        })
    }

    /// Whether link-time optimisation is on; `None` where that may stand in cargo's own settings.
    pub(super) fn lto(&self) -> Option<Lto> {
        match self.settings.get("lto") {
            Some(_) => Some(Lto::On),
            None if self.configuration.is_empty() => Some(Lto::Off),
            None => None,
        }
    }

    /// The settings besides link-time optimisation in which two profiles differ.
    pub(super) fn others(&self, other: &Self) -> Vec<String> {
        let mut keys: Vec<&String> = self.settings.keys().chain(other.settings.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| *key != "lto" && self.settings.get(*key) != other.settings.get(*key));
        keys.into_iter().map(|key| key.replace('_', "-")).collect()
    }
}

/// `--release`, `--profile NAME`, or the one of development.
fn name_in(command: &str) -> String {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "--release" | "-r" => return "release".to_owned(),
            "--profile" => return words.next().unwrap_or_default().to_owned(),
            word => {
                if let Some(name) = word.strip_prefix("--profile=") {
                    return name.to_owned();
                }
            }
        }
    }
    "dev".to_owned()
}

/// `true` and `fat` are one, as are `false`, `off` and their like: `false` is no optimisation
/// across crates (cargo's book, "Profiles").
fn spelt(lto: &str) -> &str {
    match lto {
        "true" | "yes" | "on" | "fat" => "fat",
        "false" | "no" | "off" | "n" => "off",
        other => other,
    }
}

/// Variables that set a profile: those that the engine is known to have compared, and those that
/// instructions name, of `ENV` as of commands.
fn environment(known: &Known<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let stages = known.footprint.iter().flat_map(|one| &one.stages);
    for ingredient in stages
        .flat_map(|stage| &stage.steps)
        .flat_map(|step| &step.ingredients)
    {
        if let Ingredient::Environment { name, value } = ingredient {
            found.push((name.clone(), value.clone()));
        }
    }
    let steps = &known.past.record.steps;
    for word in steps
        .iter()
        .flat_map(|step| step.instruction.split_whitespace())
    {
        if let Some((name, value)) = word.split_once('=') {
            let value = value.trim_matches(['"', '\'']);
            found.push((name.trim_matches(['"', '\'']).to_owned(), value.to_owned()));
        }
    }
    found.retain(|(name, _)| name.starts_with("CARGO_PROFILE_"));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_the_name_that_the_command_gives() {
        let of = |command: &str| name_in(command);
        assert_eq!(of("RUN cargo build --release --locked"), "release");
        assert_eq!(of("RUN cargo build --profile small"), "small");
        assert_eq!(of("RUN cargo build --profile=small"), "small");
        assert_eq!(of("RUN cargo build"), "dev");
    }
}
