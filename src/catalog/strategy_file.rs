//! `strategies/NN-id/`: `strategy.toml`, `Dockerfile`, own ignore file and overlay.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::Deserialize;
use toml::Spanned;

use super::{
    check,
    contents::{Contents, fault},
    shelf::Shelf,
    text_file::TextFile,
};
use crate::domain::{
    ids::{BaseId, StrategyId},
    strategy::{CatalogFault, Lesson, Needs, Published, Strategy},
};
use crate::parse::dockerfile::declares_argument;

const TOML: &str = "strategy.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    title: Spanned<String>,
    group: Spanned<String>,
    summary: Spanned<String>,
    look_at: Spanned<String>,
    #[serde(default)]
    use_when: Option<Spanned<String>>,
    #[serde(default)]
    avoid_when: Option<Spanned<String>>,
    #[serde(default)]
    measured: Option<Spanned<String>>,
    #[serde(default)]
    check: Option<Spanned<Vec<String>>>,
    published: Option<Spanned<Published>>,
    #[serde(default)]
    needs: NeedsTable,
    #[serde(default)]
    bases: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    args: BTreeMap<Spanned<String>, String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedsTable {
    #[serde(default)]
    abilities: Vec<Spanned<String>>,
    #[serde(default)]
    tools: Vec<Spanned<String>>,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    #[serde(default)]
    shared_cache: bool,
    #[serde(default)]
    args: Vec<Spanned<String>>,
    app: Option<Spanned<String>>,
}

impl NeedsTable {
    fn into_needs(self) -> Needs {
        let plain = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner);
        Needs {
            abilities: plain(self.abilities).collect(),
            tools: plain(self.tools).collect(),
            hosts: plain(self.hosts).collect(),
            shared_cache: self.shared_cache,
            args: plain(self.args).collect(),
            app: self.app.map(Spanned::into_inner),
        }
    }
}

/// A strategy, before its bases are known to exist.
pub(super) struct Draft {
    pub(super) strategy: Strategy,
    file: PathBuf,
    id_line: usize,
    /// With the line on which each is asked for.
    bases: Vec<(BaseId, usize)>,
}

impl Draft {
    pub(super) fn id_fault(&self, message: String) -> CatalogFault {
        CatalogFault {
            file: self.file.clone(),
            line: Some(self.id_line),
            message,
        }
    }

    /// Whether all bases are there; a fault for each that is not.
    pub(super) fn check_bases(
        &self,
        known: &BTreeSet<&BaseId>,
        faults: &mut Vec<CatalogFault>,
    ) -> bool {
        let unknown = self.bases.iter().filter(|(base, _)| !known.contains(base));
        let before = faults.len();
        faults.extend(unknown.map(|(base, line)| CatalogFault {
            file: self.file.clone(),
            line: Some(*line),
            message: format!("`{base}` is no base in bases.toml, or has a fault there"),
        }));
        faults.len() == before
    }
}

/// Reads every strategy of a shelf.
pub(super) fn parse_all(shelf: &Shelf, faults: &mut Vec<CatalogFault>) -> Vec<Draft> {
    if shelf.files.contains_key(TOML) {
        faults.push(fault(
            shelf,
            TOML,
            "this is one strategy; give the folder above it".into(),
        ));
    }
    let folders: BTreeSet<&str> = shelf
        .files
        .keys()
        .filter_map(|path| Some(path.split_once('/')?.0))
        .collect();
    let mut drafts = Vec::new();
    for folder in folders {
        let manifest = format!("{folder}/{TOML}");
        match (shelf.files.get(&manifest), name_parts(folder)) {
            (Some(bytes), Some((order, id))) => {
                drafts.extend(parse(shelf, folder, order, id, bytes, faults));
            }
            (Some(_), None) => {
                let message = "a strategy's folder is named by its place in the list and its id, such as `10-basic`";
                faults.push(fault(shelf, folder, message.into()));
            }
            // Too large or unreadable, and told already.
            (None, _)
                if shelf
                    .faults
                    .iter()
                    .any(|known| known.file == shelf.path(&manifest)) => {}
            (None, Some(_)) => faults.push(fault(shelf, folder, format!("`{TOML}` is missing"))),
            (None, None) => {}
        }
    }
    drafts
}

/// `10-basic` → 10 and `basic`.
fn name_parts(folder: &str) -> Option<(u32, &str)> {
    let (order, id) = folder.split_once('-')?;
    let digits = !order.is_empty() && order.bytes().all(|byte| byte.is_ascii_digit());
    Some((order.parse().ok().filter(|_| digits)?, id))
}

/// Reads one strategy; `None` when anything is wrong with it.
fn parse(
    shelf: &Shelf,
    folder: &str,
    order: u32,
    id: &str,
    bytes: &[u8],
    faults: &mut Vec<CatalogFault>,
) -> Option<Draft> {
    let path = shelf.path(&format!("{folder}/{TOML}"));
    let read = TextFile::new(path, bytes).and_then(|file| Ok((file.parse::<File>()?, file)));
    let before = faults.len();
    let contents = Contents::read(shelf, folder, faults);
    let (parsed, file) = match read {
        Ok(read) => read,
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    check_fields(&parsed, &file, id, faults);
    if let Some(dockerfile) = &contents.dockerfile {
        check_arguments(&parsed, &file, dockerfile, faults);
    }
    if faults.len() > before {
        return None;
    }
    let id_line = file.line(&parsed.id);
    let asked: Vec<(String, BaseId, usize)> = parsed
        .bases
        .into_iter()
        .map(|(argument, base)| {
            let line = file.line(&base);
            (argument.into_inner(), BaseId(base.into_inner()), line)
        })
        .collect();
    Some(Draft {
        bases: asked
            .iter()
            .map(|(_, base, line)| (base.clone(), *line))
            .collect(),
        id_line,
        strategy: Strategy {
            id: StrategyId(parsed.id.into_inner()),
            order,
            title: parsed.title.into_inner(),
            group: parsed.group.into_inner(),
            summary: parsed.summary.into_inner(),
            lesson: Lesson {
                look_at: parsed.look_at.into_inner(),
                use_when: text(parsed.use_when),
                avoid_when: text(parsed.avoid_when),
                measured: text(parsed.measured),
            },
            published: parsed.published.map(Spanned::into_inner),
            needs: parsed.needs.into_needs(),
            check: parsed.check.map(Spanned::into_inner),
            prepare: contents.prepare,
            bases: asked
                .into_iter()
                .map(|(argument, base, _)| (argument, base))
                .collect(),
            args: parsed
                .args
                .into_iter()
                .map(|(argument, value)| (argument.into_inner(), value))
                .collect(),
            dockerfile: contents.dockerfile?,
            ignore: contents.ignore,
            overlay: contents.overlay,
            folder: shelf.folder.as_ref().map(|shelf| shelf.join(folder)),
        },
        file: file.path,
    })
}

fn text(given: Option<Spanned<String>>) -> String {
    given.map(Spanned::into_inner).unwrap_or_default()
}

fn check_fields(parsed: &File, file: &TextFile, id: &str, faults: &mut Vec<CatalogFault>) {
    let same = if parsed.id.get_ref() == id {
        check::id(id)
    } else {
        Err(format!(
            "`id` is `{}` and the folder says `{id}`",
            parsed.id.get_ref().escape_debug()
        ))
    };
    let mut checks = vec![
        (parsed.id.span(), same),
        (
            parsed.title.span(),
            check::line("title", parsed.title.get_ref(), 60),
        ),
        (
            parsed.group.span(),
            check::line("group", parsed.group.get_ref(), 40),
        ),
        (
            parsed.summary.span(),
            check::line("summary", parsed.summary.get_ref(), 160),
        ),
        (
            parsed.look_at.span(),
            check::line("look_at", parsed.look_at.get_ref(), 600),
        ),
    ];
    for (name, text) in [
        ("use_when", &parsed.use_when),
        ("avoid_when", &parsed.avoid_when),
        ("measured", &parsed.measured),
    ] {
        checks.extend(
            text.as_ref()
                .map(|text| (text.span(), check::line(name, text.get_ref(), 600))),
        );
    }
    if let Some(command) = &parsed.check {
        let program = command.get_ref().first().map_or("", String::as_str);
        checks.push((command.span(), check::line("check", program, 200)));
    }
    let needs = &parsed.needs;
    for ability in &needs.abilities {
        checks.push((ability.span(), check::id(ability.get_ref())));
    }
    for (what, word) in (needs.tools.iter().map(|tool| ("tools", tool)))
        .chain(needs.hosts.iter().map(|host| ("hosts", host)))
        .chain(needs.app.iter().map(|app| ("app", app)))
    {
        checks.push((word.span(), check::line(what, word.get_ref(), 100)));
    }
    if let Some(published) = &parsed.published {
        let figures = published.get_ref();
        checks.push((
            published.span(),
            check::line("source", &figures.source, 200),
        ));
        let seconds = [
            figures.build_seconds,
            figures.user_seconds,
            figures.system_seconds,
        ];
        if seconds
            .into_iter()
            .flatten()
            .any(|value| !value.is_finite() || value < 0.0)
        {
            let message = "published seconds must be 0 or more".to_owned();
            checks.push((published.span(), Err(message)));
        }
    }
    let wrong = checks
        .into_iter()
        .filter_map(|(span, check)| Some((span, check.err()?)));
    faults.extend(wrong.map(|(span, message)| file.fault(Some(span), message)));
}

fn check_arguments(
    parsed: &File,
    file: &TextFile,
    dockerfile: &str,
    faults: &mut Vec<CatalogFault>,
) {
    let needed = parsed.needs.args.iter();
    for name in (parsed.bases.keys())
        .chain(parsed.args.keys())
        .chain(needed)
    {
        let text = name.get_ref();
        let checked = check::argument(text).and_then(|()| {
            if declares_argument(dockerfile, text) {
                Ok(())
            } else {
                Err(format!("the Dockerfile has no `ARG {text}`"))
            }
        });
        faults.extend(
            checked
                .err()
                .map(|message| file.fault(Some(name.span()), message)),
        );
    }
    for (name, _) in parsed
        .args
        .iter()
        .filter(|(name, _)| parsed.bases.contains_key(*name))
    {
        let message = format!("`{}` stands under `[bases]` too", name.get_ref());
        faults.push(file.fault(Some(name.span()), message));
    }
}
