//! The tests: everything that is written passes, and planted faults do not.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use imgtui::{
    catalog::{App, Catalog, embedded},
    domain::{
        settings::{Known, Settings, SystemPackages},
        strategy::Strategy,
    },
    eject::{AppFacts, File, Order, Upstream, WORKFLOW, pack},
};

use crate::{
    Done, say,
    tools::{Linter, Program},
};

/// One test.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) linter: Linter,
    pub(crate) run: fn(&Program) -> Done,
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "every_dockerfile_passes_hadolint",
        linter: Linter::Hadolint,
        run: dockerfiles,
    },
    Case {
        name: "a_broken_dockerfile_does_not_pass_hadolint",
        linter: Linter::Hadolint,
        run: broken_dockerfiles,
    },
    Case {
        name: "every_workflow_passes_actionlint",
        linter: Linter::Actionlint,
        run: workflows,
    },
    Case {
        name: "a_workflow_with_everything_passes_actionlint_with_its_comments_taken_up",
        linter: Linter::Actionlint,
        run: taken_up,
    },
    Case {
        name: "a_broken_workflow_does_not_pass_actionlint",
        linter: Linter::Actionlint,
        run: broken_workflows,
    },
];

/// Settings that put a part of every kind into the files.
fn unusual() -> Settings {
    let flags = ["--package", "greeting", "--features", "tls,http2"];
    Settings {
        build_flags: flags.map(String::from).to_vec(),
        port: Known::given(8080, 1),
        packages: SystemPackages {
            debian: vec!["libssl-dev".into(), "pkg-config".into()],
            alpine: vec!["openssl-dev".into()],
        },
        env: BTreeMap::from([("GREETING".into(), "it's: ${{ 1 }} \"x\" # y".into())]),
        ..Settings::default()
    }
}

/// sccache and a registry in cache mounts.
const MOUNTS: &str = "\
ARG BASE_IMAGE=docker.io/library/rust:1.96-slim-bookworm
FROM ${BASE_IMAGE}
WORKDIR /app
COPY . .
ARG BIN=x
ARG BUILD_FLAGS
RUN --mount=type=cache,id=x-sccache,target=/sccache \\
    --mount=type=cache,target=/usr/local/cargo/registry \\
    RUSTC_WRAPPER=sccache cargo build --release ${BUILD_FLAGS} --bin \"${BIN}\"
RUN apt-get update \\
    && apt-get install -y --no-install-recommends mold \\
    && rm -rf /var/lib/apt/lists/*
";

/// The files of one strategy, with the settings given; `None` when it cannot be left with.
fn files(
    strategy: &Strategy,
    settings: &Settings,
    folder: Option<&str>,
) -> anyhow::Result<Option<Vec<File>>> {
    let app = App::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app"))?;
    let catalog = Catalog::parse(&[embedded()]);
    let mut bases = BTreeMap::new();
    for (argument, id) in &strategy.bases {
        let base = catalog.base(id).context("no such base")?;
        let upstream = Upstream {
            reference: base.base.upstream.clone(),
            digest: Some(format!("sha256:{}", "0123456789abcdef".repeat(4))),
        };
        bases.insert(argument.clone(), upstream);
    }
    let order = Order {
        strategy,
        sent: &strategy.dockerfile,
        app: AppFacts {
            name: &app.name,
            bin: &app.bin,
            settings,
            folder,
        },
        bases,
        app_ignore: None,
    };
    match pack(&order) {
        Ok(files) => Ok(Some(files)),
        Err(refusal) => {
            say(&format!("not left with: {refusal}"));
            Ok(None)
        }
    }
}

fn text(files: &[File], path: &str) -> anyhow::Result<String> {
    let mut found = files.iter().filter(|file| file.path == path);
    let file = found.next().context("no such file")?;
    Ok(String::from_utf8(file.content.clone())?)
}

/// Every strategy, with usual settings and with unusual ones.
fn each(path: &str, mut look: impl FnMut(&str) -> Done) -> Done {
    let mut strategies = Catalog::parse(&[embedded()]).strategies;
    ensure!(strategies.len() >= 8, "the strategies were not found");
    strategies.push(mounts()?);
    let mut seen = 0;
    for strategy in &strategies {
        for (settings, folder) in [(Settings::default(), None), (unusual(), Some("a b/c"))] {
            let Some(files) = files(strategy, &settings, folder)? else {
                continue;
            };
            look(&text(&files, path)?).with_context(|| strategy.id.to_string())?;
            seen += 1;
        }
    }
    ensure!(seen >= 18, "only {seen} files were looked at");
    say(&format!("{seen} files looked at"));
    Ok(())
}

fn mounts() -> anyhow::Result<Strategy> {
    let mut strategies = Catalog::parse(&[embedded()]).strategies.into_iter();
    let strategy = strategies.next().context("no strategy")?;
    Ok(Strategy {
        dockerfile: MOUNTS.into(),
        ..strategy
    })
}

/// A file of its own for one text.
struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn write(name: &str, text: &str) -> anyhow::Result<Written> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = folder.path().join(name);
    fs::write(&path, text)?;
    Ok(Written {
        _folder: folder,
        path,
    })
}

fn dockerfiles(hadolint: &Program) -> Done {
    each("Dockerfile", |text| {
        hadolint.passes(&write("Dockerfile", text)?.path)
    })
}

fn workflows(actionlint: &Program) -> Done {
    each(WORKFLOW, |text| {
        actionlint.passes(&write("image.yml", text)?.path)
    })
}

fn broken_dockerfiles(hadolint: &Program) -> Done {
    let files = files(&mounts()?, &Settings::default(), None)?.context("no files")?;
    let good = text(&files, "Dockerfile")?;
    let told = "# hadolint ignore=DL3008\n";
    for (from, to, about) in [
        (told, "", "DL3008"),
        ("WORKDIR /app", "WORKDIR app", "DL3000"),
        ("COPY . .", "COPPY . .", "unexpected"),
    ] {
        let broken = planted(&good, from, to)?;
        hadolint.complains(&write("Dockerfile", &broken)?.path, about)?;
    }
    Ok(())
}

fn broken_workflows(actionlint: &Program) -> Done {
    let files = files(&mounts()?, &Settings::default(), None)?.context("no files")?;
    let good = text(&files, WORKFLOW)?;
    for (from, to, about) in [
        ("needs: test", "needs: tests", "tests"),
        ("steps.meta.outputs.tags", "steps.mata.outputs.tags", "mata"),
        (
            "runs-on: ubuntu-latest",
            "runs_on: ubuntu-latest",
            "runs_on",
        ),
        ("          tool: nextest", "         tool: nextest\n  x", ""),
        ("          context: .", "          contekst: .", "contekst"),
    ] {
        let broken = planted(&good, from, to)?;
        actionlint.complains(&write("image.yml", &broken)?.path, about)?;
    }
    Ok(())
}

fn planted(good: &str, from: &str, to: &str) -> anyhow::Result<String> {
    ensure!(good.contains(from), "no place for a fault: {from}");
    Ok(good.replacen(from, to, 1))
}

/// What stands there as a comment, to be taken up by whoever needs it, is right too.
fn taken_up(actionlint: &Program) -> Done {
    let files = files(&mounts()?, &unusual(), Some("a b/c"))?.context("no files")?;
    let mut taken_up = String::new();
    let mut count = 0;
    for line in text(&files, WORKFLOW)?.lines() {
        if line.contains("type=gha") && !line.contains('#') {
            continue;
        }
        let body = line.trim_start().strip_prefix("# ");
        // Words are a comment; steps are in the shape of YAML.
        let is_words = body.is_none_or(|body| body.starts_with(char::is_uppercase) || prose(body));
        match body {
            Some(body) if !is_words => {
                let indent = line.len() - line.trim_start().len();
                taken_up.push_str(&" ".repeat(indent));
                taken_up.push_str(body);
                count += 1;
            }
            _ => taken_up.push_str(line),
        }
        taken_up.push('\n');
    }
    ensure!(count == 18, "{count} lines taken up: {taken_up}");
    actionlint.passes(&write("image.yml", &taken_up)?.path)?;
    let broken = planted(&taken_up, "steps.mounts.outputs", "steps.mount.outputs")?;
    actionlint.complains(&write("image.yml", &broken)?.path, "mount")
}

/// A line of a comment's sentence that goes on from the line above.
fn prose(body: &str) -> bool {
    let is_step = ["- uses: ", " ", "cache-from: ", "cache-to: "];
    !is_step.iter().any(|start| body.starts_with(start))
}
