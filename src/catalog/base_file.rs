//! `bases.toml` and the recipes beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{check, shelf::Shelf, text_file::TextFile};
use crate::domain::{
    base::{Base, BaseRecipe},
    ids::BaseId,
    strategy::CatalogFault,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    base: Vec<Spanned<Base>>,
}

/// A base, before its parents are known to exist.
pub(super) struct Draft {
    pub(super) recipe: BaseRecipe,
    /// Where it is written, for faults found later.
    place: CatalogFault,
    order: usize,
}

/// Reads the file of this shelf, if it has one.
pub(super) fn parse(shelf: &Shelf, faults: &mut Vec<CatalogFault>) -> Vec<Draft> {
    let Some(bytes) = shelf.files.get("bases.toml") else {
        return Vec::new();
    };
    let read = TextFile::new(shelf.path("bases.toml"), bytes)
        .and_then(|file| Ok((file.parse::<File>()?, file)));
    let (parsed, file) = match read {
        Ok(read) => read,
        Err(fault) => {
            faults.push(fault);
            return Vec::new();
        }
    };
    let mut seen = BTreeSet::new();
    let mut drafts = Vec::new();
    for (order, base) in parsed.base.into_iter().enumerate() {
        let place = file.fault(Some(base.span()), String::new());
        let base = base.into_inner();
        let mut problems = problems(&base);
        if !seen.insert(base.id.clone()) {
            problems.push(format!(
                "`{}` stands here twice; ids must be unique",
                base.id
            ));
        }
        let files: BTreeMap<String, Vec<u8>> = shelf
            .beneath(&base.recipe)
            .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
            .collect();
        if !files.contains_key("Dockerfile") {
            problems.push(format!(
                "the recipe of `{}` has no `{}/Dockerfile`",
                base.id, base.recipe
            ));
        }
        if problems.is_empty() {
            let recipe = BaseRecipe { base, files };
            drafts.push(Draft {
                recipe,
                place,
                order,
            });
        } else {
            faults.extend(problems.into_iter().map(|message| CatalogFault {
                message,
                ..place.clone()
            }));
        }
    }
    drafts
}

fn problems(base: &Base) -> Vec<String> {
    let mut checks = vec![
        check::id(&base.id.0),
        check::line("title", &base.title, 60),
        check::line("upstream", &base.upstream, 255),
        check::line("equivalent_summary", &base.equivalent_summary, 400),
    ];
    if base
        .recipe
        .split('/')
        .any(|name| matches!(name, "" | "." | ".."))
    {
        checks.push(Err(format!(
            "`recipe` must be a folder beside bases.toml, such as `bases/{}`",
            base.id
        )));
    }
    checks.extend(
        base.parents
            .keys()
            .map(|argument| check::argument(argument)),
    );
    // Handed to a package manager: nothing that it could take for an option.
    checks.extend(
        base.host_packages
            .iter()
            .map(|package| package_name(package)),
    );
    checks.into_iter().filter_map(Result::err).collect()
}

pub(super) fn package_name(name: &str) -> Result<(), String> {
    let plain =
        |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "+-.".contains(char);
    if name.starts_with(|char: char| char.is_ascii_alphanumeric()) && name.chars().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "`{}` is no name of a Debian package",
            name.escape_debug()
        ))
    }
}

/// Puts parents before children. A base whose parents are missing, or that is its own ancestor,
/// is left out with a fault.
pub(super) fn parents_first(
    mut drafts: BTreeMap<BaseId, Draft>,
    faults: &mut Vec<CatalogFault>,
) -> Vec<BaseRecipe> {
    let all: BTreeSet<BaseId> = drafts.keys().cloned().collect();
    let mut done = BTreeSet::new();
    let mut sorted = Vec::new();
    loop {
        let ready = drafts
            .values()
            .filter(|draft| {
                draft
                    .recipe
                    .base
                    .parents
                    .values()
                    .all(|parent| done.contains(parent))
            })
            .min_by_key(|draft| draft.order)
            .map(|draft| draft.recipe.base.id.clone());
        let Some(draft) = ready.and_then(|id| drafts.remove(&id)) else {
            break;
        };
        done.insert(draft.recipe.base.id.clone());
        sorted.push(draft.recipe);
    }
    for (id, draft) in drafts {
        let missing = draft
            .recipe
            .base
            .parents
            .values()
            .find(|parent| !all.contains(parent));
        let message = match missing {
            Some(parent) => {
                format!("the parent `{parent}` of `{id}` is no base, or has a fault itself")
            }
            None => format!("`{id}` is made from itself, or from a base that cannot be made"),
        };
        faults.push(CatalogFault {
            message,
            ..draft.place
        });
    }
    sorted
}
