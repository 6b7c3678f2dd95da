//! What is changed before a measured build, in what is sent alone: the disk is not touched, and
//! the bytes are new each time, so that no cache has seen them.

mod base;
mod leftovers;
mod lock;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use tokio_util::sync::CancellationToken;

use self::{
    base::{SmallBuild, base},
    lock::{bump, locked_version},
};
use super::{Order, Runner, ignore_rules, stamp::Change};
use crate::{
    context::{Context, Layout, stage},
    domain::{bench::Prior, edit::Stamp, event::Trigger, statistics::Random, strategy::Strategy},
    parse::dockerfile::declares_argument,
};

/// What people read, and no image is built from.
const README: &str = "README.md";
/// The argument whose value is changed: every strategy that opens a port has it.
const ARGUMENT: &str = "PORT";
/// Dependencies with many releases that fit the same requirement, those first that much else needs.
const BUMPED: [&str; 8] = [
    "libc",
    "syn",
    "serde_json",
    "memchr",
    "proc-macro2",
    "quote",
    "tokio",
    "serde",
];
/// So many dependencies are bumped at once.
const MOST_BUMPED: usize = 2;

/// A build that is different in one respect.
#[derive(Debug)]
pub struct Altered {
    /// What to build.
    pub order: Order,
    /// What is different, in words.
    pub change: String,
    /// An image that was made for it alone.
    base: Option<String>,
}

/// The order of a build after this change; `salt` makes its bytes unlike those of any other.
///
/// # Errors
/// Why this change cannot be made to this app and strategy, in words.
pub async fn altered(
    runner: &Runner,
    strategy: &Strategy,
    prior: Prior,
    salt: u64,
    cancel: &CancellationToken,
) -> Result<Altered, String> {
    let mut order = Order {
        prior: Some(prior),
        ..Order::of(strategy.clone())
    };
    let change = match prior {
        Prior::Unchanged => "nothing".to_owned(),
        Prior::Touch => {
            order.change = Change::Touch;
            "the time of a source".to_owned()
        }
        Prior::Source => {
            order.change = Change::Stamp(Stamp(salt));
            "a source".to_owned()
        }
        Prior::Cold => {
            order.no_cache = true;
            order.own_mounts = Some(format!("{salt:016x}"));
            "no layer is taken, cache mounts are empty".to_owned()
        }
        Prior::Shared => {
            let from = runner.app.settings.shared_cache.from.clone();
            order.shared_cache.from =
                Some(from.ok_or(
                    "no shared cache is configured: `[cache]` in imgtui.toml has no `from`",
                )?);
            "a fresh machine, steps are taken from the shared cache".to_owned()
        }
        Prior::Argument => argument(&mut order, salt)?,
        Prior::Base => base(runner, &mut order, salt, cancel).await?,
        Prior::Readme | Prior::Metadata | Prior::Crate | Prior::Dependency => {
            let context = runner.walk(runner.app.root.clone(), ignore_rules(strategy));
            let context = context.await.map_err(|error| error.to_string())?;
            let sources = Sources { runner, context };
            match prior {
                Prior::Readme => sources.readme(&mut order, salt),
                Prior::Metadata => sources.metadata(&mut order, salt)?,
                Prior::Crate => sources.of_crate(&mut order, salt)?,
                _ => sources.dependency(&mut order, salt).await?,
            }
        }
    };
    Ok(Altered {
        base: order.bases.values().next().cloned(),
        order,
        change,
    })
}

fn argument(order: &mut Order, salt: u64) -> Result<String, String> {
    if !declares_argument(&order.strategy.dockerfile, ARGUMENT) {
        return Err(format!("its Dockerfile has no `ARG {ARGUMENT}`"));
    }
    let value = (20_000 + salt % 40_000).to_string();
    order.trigger = changed(&[]);
    let words = format!("{ARGUMENT}={value}");
    order.args.insert(ARGUMENT.to_owned(), value);
    Ok(words)
}

/// What a watcher would have told.
fn changed(files: &[&Path]) -> Trigger {
    Trigger::Changed {
        files: files.iter().map(|file| (*file).to_owned()).collect(),
    }
}

/// The files of a build, and what is laid over them.
struct Sources<'a> {
    runner: &'a Runner,
    context: Context,
}

impl Sources<'_> {
    /// A file's bytes as they would be sent; `None` for one that is not.
    fn read(&self, order: &Order, file: &Path) -> Option<Vec<u8>> {
        self.context.bytes_of(&order.strategy.overlay, file)
    }

    fn text(&self, order: &Order, file: &Path) -> Result<String, String> {
        let shown = file.display();
        let bytes = self
            .read(order, file)
            .ok_or_else(|| format!("{shown} is not sent"))?;
        String::from_utf8(bytes).map_err(|_| format!("{shown} is no text"))
    }

    fn readme(&self, order: &mut Order, salt: u64) -> String {
        order.trigger = changed(&[Path::new(README)]);
        let Ok(text) = self.text(order, Path::new(README)) else {
            return format!("{README}, which is not sent");
        };
        lay_over(
            order,
            Path::new(README),
            format!("{text}\n<!-- {salt:016x} -->\n"),
        );
        README.to_owned()
    }

    fn metadata(&self, order: &mut Order, salt: u64) -> Result<String, String> {
        let manifest = self.runner.app.package.manifest();
        let file = relative(&self.context.root, &manifest)?;
        let text = self.text(order, &file)?;
        let text = described(&text, salt).ok_or("its manifest has no `[package]`")?;
        order.trigger = changed(&[&file]);
        lay_over(order, &file, text);
        Ok(format!("the description in {}", file.display()))
    }

    /// A comment in a crate, and the stamp in the program: that proves that it was built anew.
    fn of_crate(&self, order: &mut Order, salt: u64) -> Result<String, String> {
        let dependencies = self.runner.app.package.dependencies.iter();
        let folders = dependencies
            .filter(|one| !one.development)
            .filter_map(|one| one.path.as_ref());
        let mut sources = folders.filter_map(|folder| {
            let file = relative(&self.context.root, &folder.join("src/lib.rs")).ok()?;
            let text = self.text(order, &file).ok()?;
            Some((file, text))
        });
        let (file, text) = sources
            .next()
            .ok_or("the program has no path dependency that is sent")?;
        lay_over(order, &file, format!("{text}\n// {salt:016x}\n"));
        order.change = Change::Stamp(Stamp(salt));
        Ok(file.display().to_string())
    }

    /// Two dependencies, where two are known: of one alone there may be few releases that fit, and
    /// a benchmark needs another lock file for each run.
    async fn dependency(&self, order: &mut Order, salt: u64) -> Result<String, String> {
        let lock = Path::new("Cargo.lock");
        let text = self.text(order, lock)?;
        let locked = BUMPED
            .iter()
            .filter_map(|name| Some((*name, locked_version(&text, name)?)));
        let locked: Vec<(&str, String)> = locked.collect();
        if locked.is_empty() {
            return Err("none of the dependencies that this knows is locked".to_owned());
        }
        let folder = self.stage(order).await?;
        let mut random = Random(salt);
        let mut bumped = Vec::new();
        for (name, version) in &locked {
            if let Some(other) = bump(folder.path(), name, version, &mut random).await? {
                bumped.push(format!("{name} {version} → {other}"));
            }
            if bumped.len() == MOST_BUMPED {
                break;
            }
        }
        if bumped.is_empty() {
            let names: Vec<&str> = locked.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "no other version that fits was found of {}",
                names.join(", ")
            ));
        }
        let text = std::fs::read_to_string(folder.path().join(lock));
        lay_over(order, lock, text.map_err(|error| error.to_string())?);
        order.trigger = changed(&[lock]);
        Ok(bumped.join(", "))
    }

    /// What is sent, as a folder in which cargo can lock versions.
    async fn stage(&self, order: &Order) -> Result<tempfile::TempDir, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let layout = Layout {
            overlay: order.strategy.overlay.clone(),
            ..Layout::default()
        };
        let (context, to) = (self.context.clone(), folder.path().to_owned());
        let staged = tokio::task::spawn_blocking(move || stage(&context, &layout, &to)).await;
        staged
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        Ok(folder)
    }
}

fn lay_over(order: &mut Order, file: &Path, text: String) {
    let path = file.to_string_lossy().into_owned();
    order.strategy.overlay.insert(path, text.into_bytes());
}

fn relative(root: &Path, file: &Path) -> Result<PathBuf, String> {
    let found = file.strip_prefix(root).map(Path::to_path_buf);
    found.map_err(|_| format!("{} is not in the folder that is sent", file.display()))
}

/// The manifest with another description of its package.
fn described(manifest: &str, salt: u64) -> Option<String> {
    let mut text = String::with_capacity(manifest.len() + 64);
    let mut is_package = false;
    let mut done = false;
    for line in manifest.split_inclusive('\n') {
        let bare = line.trim();
        if bare.starts_with('[') {
            is_package = bare == "[package]";
        }
        let is_description = is_package && bare.starts_with("description");
        if !is_description {
            text.push_str(line);
        }
        if is_package && bare == "[package]" {
            done = true;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "description = \"imgtui {salt:016x}\"");
        }
    }
    done.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_put_in_or_replaced() {
        let bare = "[package]\nname = \"a\"\n\n[features]\ndescription = []\n";
        let found = described(bare, 1).unwrap();
        assert!(found.starts_with("[package]\ndescription = \"imgtui 0000000000000001\"\nname"));
        assert!(found.contains("[features]\ndescription = []"), "{found}");
        let own = "[package]\nname = \"a\"\ndescription = \"mine\"\n";
        let found = described(own, 1).unwrap();
        assert!(!found.contains("mine"), "{found}");
        assert_eq!(described("[workspace]\n", 1), None);
    }
}
