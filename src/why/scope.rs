//! What is in force at a place of a Dockerfile: arguments, environment, folder, user, shell.

use std::collections::BTreeMap;

use super::rules::Rules;
use crate::{
    domain::{
        dockerfile::{Argument, Dockerfile, Kind},
        footprint::Ingredient,
    },
    parse::dockerfile::{expand, expand_body},
};

/// What is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    escape: char,
    arguments: BTreeMap<String, Option<String>>,
    environment: BTreeMap<String, String>,
    /// Keyword and value, e.g. `WORKDIR` and `/app`.
    settings: BTreeMap<&'static str, String>,
}

impl Scope {
    pub(super) fn empty(escape: char) -> Self {
        Self {
            escape,
            arguments: BTreeMap::new(),
            environment: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    /// Before the first `FROM`.
    pub(super) fn global(dockerfile: &Dockerfile, given: &BTreeMap<String, String>) -> Self {
        let mut scope = Self::empty(dockerfile.escape);
        let nothing = Self::empty(dockerfile.escape);
        scope.declare(&dockerfile.global, given, &nothing);
        scope
    }

    /// At the beginning of a stage that starts from this one.
    pub(super) fn inherited(&self, rules: Rules) -> Self {
        let mut scope = self.clone();
        if !rules.arguments_are_inherited {
            scope.arguments.clear();
        }
        scope
    }

    /// A word with arguments and environment put in; as it is where it cannot be read.
    pub(super) fn expand(&self, word: &str) -> String {
        let lookup = |name: &str| self.value(name);
        expand(word, self.escape, &lookup).unwrap_or_else(|_| word.to_owned())
    }

    /// The same of what a heredoc holds: quotes stay.
    pub(super) fn expand_body(&self, body: &str) -> String {
        let lookup = |name: &str| self.value(name);
        expand_body(body, &lookup).unwrap_or_else(|_| body.to_owned())
    }

    fn value(&self, name: &str) -> Option<String> {
        let variable = self.environment.get(name).cloned();
        variable.or_else(|| self.arguments.get(name).cloned().flatten())
    }

    /// Takes an instruction in. `global` holds what was declared before the first `FROM`.
    pub(super) fn apply(
        &mut self,
        instruction: &Kind,
        given: &BTreeMap<String, String>,
        global: &Self,
    ) {
        match instruction {
            Kind::Argument(arguments) => self.declare(arguments, given, global),
            Kind::Environment(variables) => {
                let expanded: Vec<(String, String)> = variables
                    .iter()
                    .map(|(name, value)| (self.expand(name), self.expand(value)))
                    .collect();
                self.environment.extend(expanded);
            }
            Kind::WorkingFolder(folder) => {
                let folder = self.working_folder(self.expand(folder));
                self.settings.insert("WORKDIR", folder);
            }
            Kind::User(user) => {
                let user = self.expand(user);
                self.settings.insert("USER", user);
            }
            Kind::Shell(words) => {
                self.settings.insert("SHELL", words.join(" "));
            }
            _ => {}
        }
    }

    fn declare(&mut self, arguments: &[Argument], given: &BTreeMap<String, String>, global: &Self) {
        for argument in arguments {
            let default = argument.default.as_deref().map(|word| self.expand(word));
            let value = given
                .get(&argument.name)
                .cloned()
                .or(default)
                .or_else(|| global.arguments.get(&argument.name).cloned().flatten());
            self.arguments.insert(argument.name.clone(), value);
        }
    }

    /// All arguments that are declared, sorted, with their values where they have one.
    pub(super) fn arguments(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let all = self.arguments.iter();
        all.map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// The value of a variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    pub(super) fn environment(&self) -> impl Iterator<Item = Ingredient> {
        let variables = self.environment.iter();
        variables.map(|(name, value)| Ingredient::Environment {
            name: name.clone(),
            value: value.clone(),
        })
    }

    pub(super) fn settings(&self) -> impl Iterator<Item = Ingredient> {
        self.settings
            .iter()
            .map(|(keyword, value)| Ingredient::Setting {
                keyword: (*keyword).to_owned(),
                value: value.clone(),
            })
    }

    /// The folder that relative paths start from.
    pub(super) fn folder(&self) -> &str {
        self.settings.get("WORKDIR").map_or("/", String::as_str)
    }

    /// The folder that a `WORKDIR` sets. Engines leave one from the root on as it is written, and
    /// put another together with the one before (docker 20.10, podman 4.3).
    fn working_folder(&self, written: String) -> String {
        if written.starts_with('/') {
            written
        } else {
            resolved(&self.in_folder(&written))
        }
    }

    /// A path, from the root on.
    pub(super) fn in_folder(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.folder().trim_end_matches('/'))
        }
    }
}

/// An absolute path without `.`, `..` and needless `/`.
fn resolved(path: &str) -> String {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => _ = names.pop(),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}
