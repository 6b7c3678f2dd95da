//! Fits a strategy's Dockerfile to an app: its system packages, its environment, and cache
//! mounts of its own.
//!
//! Lines are put in behind a `FROM` and nowhere else, and [`Tailored`] knows of each line where
//! it stands in the strategy's own file.

mod look;

use std::{borrow::Cow, collections::BTreeSet, fmt::Write};

use super::{Catalog, app::App};
use crate::{
    domain::{
        settings::{Settings, SystemPackages},
        strategy::Strategy,
    },
    parse::dockerfile::{Instruction, escape_of, instructions},
};

/// A Dockerfile that fits an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tailored {
    /// The text that the engine is given.
    pub text: String,
    /// Lines, from 1, that are not the strategy's.
    inserted: Vec<usize>,
}

impl Tailored {
    /// The line of the strategy's own file that is on this line of the text; both from 1.
    /// `None` for one that was put in.
    #[must_use]
    pub fn own_line(&self, line: usize) -> Option<usize> {
        if self.inserted.contains(&line) {
            return None;
        }
        let before = self.inserted.iter().filter(|inserted| **inserted < line);
        Some(line - before.count())
    }
}

impl Catalog {
    /// The strategy's Dockerfile, fit for this app.
    #[must_use]
    pub fn tailored(&self, strategy: &Strategy, app: &App) -> Tailored {
        self.tailored_apart(strategy, app, None)
    }

    /// The same with cache mounts that no other build has, if `own` names them.
    #[must_use]
    pub fn tailored_apart(&self, strategy: &Strategy, app: &App, own: Option<&str>) -> Tailored {
        let builders = self.builder_arguments(strategy);
        let name = match own {
            Some(own) => format!("{}-{own}", app.name),
            None => app.name.clone(),
        };
        tailor(&strategy.dockerfile, &name, &app.settings, &builders)
    }

    /// The arguments of the strategy that name a base with a compiler.
    #[must_use]
    pub fn builder_arguments<'a>(&self, strategy: &'a Strategy) -> BTreeSet<&'a str> {
        let compiles = |id| {
            self.base(id)
                .is_some_and(|recipe| recipe.base.rust.is_some())
        };
        let arguments = strategy.bases.iter();
        arguments
            .filter(|(_, id)| compiles(id))
            .map(|(argument, _)| argument.as_str())
            .collect()
    }
}

/// Puts system packages and environment behind the `FROM` of each stage that starts from a
/// builder base (one of `builders`, names of build arguments), the environment into the last
/// stage, and the app's name before the id of each cache mount: two apps share no `target`.
#[must_use]
pub fn tailor(
    dockerfile: &str,
    app: &str,
    settings: &Settings,
    builders: &BTreeSet<&str>,
) -> Tailored {
    let instructions = instructions(dockerfile);
    let environment = environment(settings, escape_of(dockerfile));
    let packages = install(&settings.packages);
    let last_from = instructions.iter().rposition(|one| one.is("FROM"));
    let mut tailored = Tailored {
        text: String::with_capacity(dockerfile.len()),
        inserted: Vec::new(),
    };
    let mut next = 0;
    let mut written = 0;
    for (index, line) in dockerfile.split_inclusive('\n').enumerate() {
        let number = index + 1;
        while instructions
            .get(next)
            .is_some_and(|one| one.lines.end < number)
        {
            next += 1;
        }
        let instruction = instructions
            .get(next)
            .filter(|one| one.lines.start < number);
        let is_run = instruction.is_some_and(|one| one.is("RUN"));
        tailored.text += &if is_run {
            with_own_caches(line, app)
        } else {
            Cow::Borrowed(line)
        };
        written += 1;
        let Some(from) = instruction.filter(|one| one.is("FROM") && one.lines.end == number) else {
            continue;
        };
        let compiles = base_argument(from).is_some_and(|argument| builders.contains(argument));
        let is_last = Some(next) == last_from;
        let lines = [
            packages.as_ref().filter(|_| compiles),
            environment.as_ref().filter(|_| compiles || is_last),
        ];
        for inserted in lines.into_iter().flatten() {
            if !tailored.text.ends_with('\n') {
                tailored.text.push('\n');
            }
            tailored.text += inserted;
            written += 1;
            tailored.inserted.push(written);
        }
    }
    tailored
}

/// `X` of `FROM ${X}`, `FROM $X`, `FROM --platform=… ${X:-default} AS name`.
fn base_argument(from: &Instruction) -> Option<&str> {
    let mut words = from.text.split_whitespace().skip(1);
    let reference = words.find(|word| !word.starts_with("--"))?;
    let name = reference.strip_prefix('$')?;
    match name.strip_prefix('{') {
        Some(name) => name.strip_suffix('}')?.split(':').next(),
        None => Some(name),
    }
}

/// One line: the app's variables.
fn environment(settings: &Settings, escape: char) -> Option<String> {
    if settings.env.is_empty() {
        return None;
    }
    let mut line = String::from("ENV");
    for (name, value) in &settings.env {
        // Writing to a string cannot fail.
        let _ = write!(line, " {name}=\"{}\"", quoted(value, escape));
    }
    line.push('\n');
    Some(line)
}

/// For double quotes: engines expand `$` in them.
fn quoted(value: &str, escape: char) -> String {
    let mut quoted = String::new();
    for char in value.chars() {
        if char == escape || char == '"' || char == '$' {
            quoted.push(escape);
        }
        quoted.push(char);
    }
    quoted
}

/// One line: the system's packages, by whichever package manager the base has.
fn install(packages: &SystemPackages) -> Option<String> {
    if packages.debian.is_empty() && packages.alpine.is_empty() {
        return None;
    }
    let apk = match packages.alpine.as_slice() {
        [] => ":".to_owned(),
        names => format!("apk add --no-cache {}", names.join(" ")),
    };
    let apt = match packages.debian.as_slice() {
        [] => ":".to_owned(),
        names => format!(
            "apt-get update && apt-get install -y --no-install-recommends {} && apt-get clean && rm -rf /var/lib/apt/lists/*",
            names.join(" ")
        ),
    };
    Some(format!(
        "RUN if command -v apk >/dev/null; then {apk}; else {apt}; fi\n"
    ))
}

/// A line of a `RUN`, with the app's name before the id of each cache mount in it.
fn with_own_caches<'a>(line: &'a str, app: &str) -> Cow<'a, str> {
    const MOUNT: &str = "--mount=";
    if !line.contains(MOUNT) {
        return Cow::Borrowed(line);
    }
    let mut text = String::new();
    for piece in line.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        match word
            .strip_prefix(MOUNT)
            .and_then(|mount| own_cache(mount, app))
        {
            Some(mount) => {
                text += MOUNT;
                text += &mount;
                text += &piece[word.len()..];
            }
            None => text += piece,
        }
    }
    Cow::Owned(text)
}

/// The mount with an id of this app's; `None` for one that is no cache.
fn own_cache(mount: &str, app: &str) -> Option<String> {
    let mut parts: Vec<String> = mount.split(',').map(str::to_owned).collect();
    if !parts.iter().any(|part| part == "type=cache") {
        return None;
    }
    if let Some(id) = parts.iter_mut().find(|part| part.starts_with("id=")) {
        id.insert_str("id=".len(), &format!("{app}-"));
        return Some(parts.join(","));
    }
    // Engines take the target for the id of a mount that has none.
    let target = parts.iter().find_map(|part| {
        let keys = ["target=", "dst=", "destination="];
        keys.iter().find_map(|key| part.strip_prefix(key))
    })?;
    let id = target.trim_matches('/').replace('/', "-");
    parts.push(format!("id={app}-{id}"));
    Some(parts.join(","))
}

#[cfg(test)]
mod tests;
