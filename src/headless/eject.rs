//! `imgtui eject`: the files that build a strategy's image of this app without imgtui.

mod place;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use self::place::Kept;
use super::{note, out};
use crate::{
    app::Ground,
    cli::{EjectArguments, Exit},
    context::IGNORE_FILES,
    domain::{settings::Probe, strategy::Strategy},
    eject::{AppFacts, File, Order, Upstream, pack, shell_word},
    parse::terminal::plain,
    runner::names,
};

pub(super) async fn eject(ground: &Ground, arguments: &EjectArguments) -> anyhow::Result<Exit> {
    let strategy = ground.strategy(&arguments.id)?;
    let to = match &arguments.to {
        // As the app's root is: without links, so that the two can be told apart.
        Some(folder) => match folder.canonicalize() {
            Ok(folder) => folder,
            Err(_) => std::path::absolute(folder)?,
        },
        None => ground.app.root.clone(),
    };
    let repository = repository_of(&ground.app.root);
    let folder = repository.as_deref().and_then(|root| below(root, ground));
    let app_ignore = read_ignore_file(&ground.app.root)?;
    let order = Order {
        strategy,
        sent: &ground.catalog.tailored(strategy, &ground.app).text,
        app: AppFacts {
            name: &ground.app.name,
            bin: &ground.app.bin,
            settings: &ground.app.settings,
            folder: folder.as_deref(),
        },
        bases: bases(ground, strategy).await,
        app_ignore: app_ignore.as_deref(),
    };
    let files = match pack(&order) {
        Ok(files) => files,
        Err(refusal) => {
            note(&refusal.to_string());
            return Ok(Exit::Failed);
        }
    };
    let kept = match place::write(&to, &files, arguments.force) {
        Ok(kept) => kept,
        Err(fault) => {
            note(&plain(&fault.to_string()));
            return Ok(Exit::Failed);
        }
    };
    tell(&to, &files, &kept);
    tell_bases(&order.bases);
    if let (Some(_), Some(root)) = (&folder, &repository) {
        note(&format!(
            "the app is a part of the repository {}: GitHub reads workflows at its root only, so move image.yml to .github/workflows there",
            shown(root)
        ));
    }
    tell_commands(ground, strategy, &to);
    Ok(Exit::Ok)
}

/// Upstream's names, and the digests that the engine knows. Without an engine there are none.
async fn bases(ground: &Ground, strategy: &Strategy) -> BTreeMap<String, Upstream> {
    let engine = if strategy.bases.is_empty() {
        None
    } else {
        ground.connect().await.ok()
    };
    let mut bases = BTreeMap::new();
    for (argument, id) in &strategy.bases {
        let Some(recipe) = ground.catalog.base(id) else {
            continue;
        };
        let reference = recipe.base.upstream.clone();
        let digest = match &engine {
            None => None,
            Some(engine) => engine.digest(&reference).await.ok().flatten(),
        };
        bases.insert(argument.clone(), Upstream { reference, digest });
    }
    bases
}

/// The ignore file that a build of the app goes by.
fn read_ignore_file(root: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    for name in IGNORE_FILES {
        match std::fs::read(root.join(name)) {
            Ok(bytes) => return Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{name} cannot be read")),
        }
    }
    Ok(None)
}

/// The nearest folder above, or the app's own, that git or the like calls a repository.
fn repository_of(root: &Path) -> Option<PathBuf> {
    let found = root.ancestors().find(|folder| folder.join(".git").exists());
    found.map(Path::to_path_buf)
}

/// The app's folder from the repository's root; `None` where they are the same, or where no
/// workflow could name it.
fn below(repository: &Path, ground: &Ground) -> Option<String> {
    let inside = ground.app.root.strip_prefix(repository).ok()?;
    let text = inside.to_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn tell(to: &Path, files: &[File], kept: &Kept) {
    for file in files {
        let path = shown(&to.join(&file.path));
        let what = if kept.contains(&file.path) {
            "as it is"
        } else {
            "wrote"
        };
        out(&format!("{what:>9}  {path}"));
    }
}

fn tell_bases(bases: &BTreeMap<String, Upstream>) {
    for (argument, base) in bases {
        let reference = &base.reference;
        let line = match &base.digest {
            Some(digest) => format!("{argument}: {reference}, pinned to {digest}"),
            None => format!(
                "{argument}: {reference}, by its tag: this engine does not have that very image, so its digest is not known"
            ),
        };
        out(&line);
    }
}

fn tell_commands(ground: &Ground, strategy: &Strategy, to: &Path) {
    let app = &ground.app;
    let is_elsewhere = to != app.root;
    if is_elsewhere && !strategy.overlay.is_empty() {
        let line = "first copy the strategy's own files over the app: they are a part of it";
        out(line);
    }
    let image = names::image_of(app, &strategy.id);
    let image = image.trim_start_matches("localhost/imgtui/");
    let mut build = vec!["podman build".to_owned()];
    if is_elsewhere {
        let beside = |name: &str| shell_word(&to.join(name).display().to_string());
        build.push(format!("--file {}", beside("Dockerfile")));
        build.push(format!("--ignorefile {}", beside(".dockerignore")));
    }
    let root = shell_word(&app.root.display().to_string());
    build.push(format!("--tag {image} {root}"));
    let port = app.settings.port.value;
    let publish = match app.settings.probe.value {
        Probe::Http { .. } => format!("--publish 127.0.0.1:{port}:{port} "),
        Probe::Command { .. } | Probe::Program => String::new(),
    };
    // Docker has no such option: it goes by the .dockerignore of the folder it is given.
    out(if is_elsewhere {
        "try it:"
    } else {
        "try it, with podman or docker:"
    });
    out(&format!("  {}", plain(&build.join(" "))));
    out(&format!("  podman run --rm {publish}{image}"));
}

fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}
