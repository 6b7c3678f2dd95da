//! `imgtui predict`: what a build would cost if it were started now.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{history::kind, json, note, out};
use crate::{
    app::{Ground, UsageError},
    cli::{Exit, PredictArguments},
    domain::{
        edit::{Stamp, find_stamp, replace_stamp},
        foreseen::Foreseen,
    },
    report,
    runner::foresee::{Foresight, NotForeseen, Sight, Supposed},
};

/// A version that nobody locks.
const OTHER_VERSION: &str = "another";

pub(super) async fn predict(ground: &Ground, arguments: &PredictArguments) -> anyhow::Result<Exit> {
    for id in &arguments.ids {
        ground.strategy(id)?;
    }
    let supposed = supposed(ground, arguments)?;
    let mut engine = None;
    let meant = if arguments.ask {
        match ground.connect().await {
            Ok(connected) => Some(engine.insert(connected).info().kind.clone()),
            Err(error) => {
                note(&error.to_string());
                return Ok(Exit::NoEngine);
            }
        }
    } else {
        match kind(ground).await {
            Ok(kind) => kind,
            Err(exit) => return Ok(exit),
        }
    };
    let root = &ground.app.root;
    let Some(mut foresight) = Foresight::load(&ground.state, root, meant.as_deref())? else {
        note("nothing was built here yet: `imgtui build ID` makes the first build to go by");
        return Ok(Exit::Failed);
    };
    let mut sight = Sight::of(&ground.app, &ground.state);
    let mut look = |foresight: &Foresight| all(ground, arguments, foresight, &mut sight, &supposed);
    let mut found = look(&foresight);
    if let Some(engine) = &engine {
        let foreseen = found
            .iter()
            .filter_map(|(id, found)| Some((id.as_str(), found.as_ref().ok()?)));
        if !foresight.ask(engine.as_ref(), foreseen).await.is_empty() {
            found = look(&foresight);
        }
    }
    sight.keep();
    let rows = report::predict::rows(&found);
    if arguments.json {
        json(&report::predict::Prediction {
            engine: foresight.engine(),
            strategies: rows,
        })?;
    } else {
        let text = report::predict::text(foresight.engine(), &rows, arguments.steps);
        out(text.trim_end());
        if engine.is_none() {
            note(
                "from the history alone: with --ask the engine is asked whether it still has the results",
            );
        }
    }
    Ok(Exit::Ok)
}

/// The strategies that were asked for; without a list, what was built here is meant.
fn all(
    ground: &Ground,
    arguments: &PredictArguments,
    foresight: &Foresight,
    sight: &mut Sight,
    supposed: &Supposed,
) -> Vec<(String, Result<Foreseen, NotForeseen>)> {
    let mut found = Vec::new();
    for strategy in &ground.catalog.strategies {
        let is_named = arguments.ids.contains(&strategy.id.0);
        if !arguments.ids.is_empty() && !is_named {
            continue;
        }
        let foreseen = foresight.foresee(sight, &ground.catalog, strategy, supposed);
        if is_named || !matches!(foreseen, Err(NotForeseen::NeverBuilt(_))) {
            found.push((strategy.id.0.clone(), foreseen));
        }
    }
    found
}

fn supposed(ground: &Ground, arguments: &PredictArguments) -> anyhow::Result<Supposed> {
    let mut supposed = Supposed::default();
    for file in &arguments.edit {
        let bytes = read(ground, file)?;
        put(&mut supposed.files, file, edited(&bytes))?;
        supposed.changed.push(file.clone());
    }
    for file in &arguments.touch {
        let bytes = read(ground, file)?;
        put(&mut supposed.files, file, bytes)?;
        supposed.changed.push(file.clone());
    }
    for word in &arguments.set_arg {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| UsageError::new(format!("`--set-arg {word}` has no `=`")))?;
        supposed.arguments.insert(name.to_owned(), value.to_owned());
    }
    for name in &arguments.bump {
        let lock = PathBuf::from("Cargo.lock");
        let known = supposed.files.get("Cargo.lock").cloned();
        let bytes = known.map_or_else(|| read(ground, &lock), Ok)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let bumped = bumped(&text, name)
            .ok_or_else(|| UsageError::new(format!("no `{name}` is locked in Cargo.lock")))?;
        put(&mut supposed.files, &lock, bumped.into_bytes())?;
        supposed.changed.push(lock);
    }
    Ok(supposed)
}

fn read(ground: &Ground, file: &Path) -> anyhow::Result<Vec<u8>> {
    let path = ground.app.root.join(file);
    std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))
}

fn put(files: &mut BTreeMap<String, Vec<u8>>, file: &Path, bytes: Vec<u8>) -> anyhow::Result<()> {
    let name = file
        .to_str()
        .ok_or_else(|| UsageError::new(format!("{} is no text", file.display())))?;
    files.insert(name.to_owned(), bytes);
    Ok(())
}

/// As an edit of ours would do it: another stamp, else a line more.
fn edited(bytes: &[u8]) -> Vec<u8> {
    match find_stamp(bytes) {
        Some(place) => replace_stamp(bytes, place, Stamp(!place.stamp.0)),
        None => [bytes, b"\n"].concat(),
    }
}

/// The lock file with another version of this crate.
fn bumped(lock: &str, name: &str) -> Option<String> {
    let wanted = format!("name = \"{name}\"");
    let mut lines: Vec<String> = lock.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| *line == wanted)?;
    let version = lines.get_mut(at + 1)?;
    *version = format!("version = \"{OTHER_VERSION}\"");
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_put_in_for_the_crate_alone() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"ab\"\nversion = \"2.0.0\"\n";
        let found = bumped(lock, "ab").unwrap();
        assert!(found.contains("name = \"ab\"\nversion = \"another\"\n"));
        assert!(found.contains("version = \"1.0.0\""));
        assert_eq!(bumped(lock, "b"), None);
    }

    #[test]
    fn an_edit_changes_the_stamp_or_adds_a_line() {
        let stamped = b"const S: &str = \"imgtui:0000000000000001\";\n";
        assert_eq!(edited(stamped).len(), stamped.len());
        assert_ne!(edited(stamped), stamped);
        assert_eq!(edited(b"a"), b"a\n");
    }
}
