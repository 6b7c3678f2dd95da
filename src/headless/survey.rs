//! `imgtui app`: what was found out about the app, where each value comes from, and what is known
//! to go wrong.

use std::{fmt::Write, path::PathBuf};

use serde::Serialize;

use super::{json, out};
use crate::{
    app::Ground,
    catalog::app::{App, preflight::look_for_all},
    cli::Exit,
    domain::{
        preflight::{Finding, Weight},
        settings::{Known, Settings},
    },
    parse::terminal::plain,
};

/// What `imgtui app --json` prints.
#[derive(Serialize)]
struct Survey<'a> {
    schema: u32,
    root: &'a PathBuf,
    package: &'a str,
    version: &'a str,
    folder: &'a PathBuf,
    bin: Known<&'a str>,
    main: Option<&'a PathBuf>,
    features: Vec<&'a String>,
    rust_version: Option<&'a String>,
    builders_rust: Vec<&'a str>,
    packages_in_workspace: Vec<&'a str>,
    config: Option<&'a PathBuf>,
    settings: &'a Settings,
    unknown: &'a [String],
    findings: &'a [Finding],
}

pub(super) fn app(ground: &Ground, as_json: bool) -> anyhow::Result<Exit> {
    let app = &ground.app;
    let findings = look_for_all(app, &ground.catalog);
    let survey = Survey {
        schema: 1,
        root: &app.root,
        package: &app.name,
        version: &app.version,
        folder: &app.package.folder,
        bin: Known {
            value: &app.bin,
            origin: app.bin_origin.clone(),
        },
        main: app.main.as_ref(),
        features: app.package.features.keys().collect(),
        rust_version: app.package.rust_version.as_ref(),
        builders_rust: builders_rust(ground),
        packages_in_workspace: app
            .workspace
            .packages
            .iter()
            .map(|one| one.name.as_str())
            .collect(),
        config: app.config.as_ref(),
        settings: &app.settings,
        unknown: &app.unknown,
        findings: &findings,
    };
    if as_json {
        json(&survey)?;
    } else {
        out(text(app, &survey).trim_end());
    }
    let has_errors = findings.iter().any(Finding::is_error);
    Ok(if has_errors { Exit::Failed } else { Exit::Ok })
}

/// The versions of Rust that bases compile with, each once.
fn builders_rust(ground: &Ground) -> Vec<&str> {
    let bases = ground.catalog.bases.iter();
    let mut versions: Vec<&str> = bases
        .filter_map(|recipe| recipe.base.rust.as_deref())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

fn text(app: &App, survey: &Survey<'_>) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: &str, from: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<10} {:<36}  {}", plain(value), plain(from));
    };
    let name = format!("{} {}", app.name, app.version);
    row("package", &name, &app.package.folder.display().to_string());
    row("program", &app.bin, &app.bin_origin.to_string());
    if app.package.folder != app.root {
        let packages = format!("{} packages", survey.packages_in_workspace.len());
        row("workspace", &packages, &app.root.display().to_string());
    }
    let rust = survey.rust_version.map_or("not said", String::as_str);
    let bases = format!("builders have {}", survey.builders_rust.join(", "));
    row("rust", rust, &bases);
    let settings = survey.settings;
    let port = &settings.port;
    row("port", &port.value.to_string(), &port.origin.to_string());
    let probe = &settings.probe;
    row("probe", &probe.value.to_string(), &probe.origin.to_string());
    match &settings.edit {
        Some(edit) => row(
            "edit",
            &edit.value.display().to_string(),
            &edit.origin.to_string(),
        ),
        None => row(
            "edit",
            "none",
            "the program has no source in the folder that is sent",
        ),
    }
    for (name, value) in given(app, survey) {
        row(name, &value, "");
    }
    for unknown in survey.unknown {
        let _ = writeln!(text, "\nnot known: {}", plain(unknown));
    }
    for finding in survey.findings {
        let word = match finding.weight {
            Weight::Error => "error",
            Weight::Note => "note",
        };
        let _ = writeln!(text, "\n{word}: {}", plain(&finding.to_string()));
    }
    text
}

/// What has no origin worth a column: there, or not.
fn given(app: &App, survey: &Survey<'_>) -> Vec<(&'static str, String)> {
    let settings = survey.settings;
    let names = |list: &[String]| list.join(", ");
    let features: Vec<String> = survey.features.iter().map(|name| (*name).clone()).collect();
    let pairs = |table: &std::collections::BTreeMap<String, String>| {
        let pairs: Vec<String> = table
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(" ")
    };
    let left_out: Vec<String> = settings
        .leave_out
        .iter()
        .map(|id| id.value.to_string())
        .collect();
    let rules = settings.bench.fail_if.iter();
    let rules: Vec<String> = rules.map(|rule| rule.value.to_string()).collect();
    let config = app.config.as_ref().map(|path| path.display().to_string());
    let rows = [
        ("features", names(&features)),
        ("cargo", settings.build_flags.join(" ")),
        ("debian", names(&settings.packages.debian)),
        ("alpine", names(&settings.packages.alpine)),
        ("env", pairs(&settings.env)),
        ("build-args", pairs(&settings.build_args)),
        ("leave-out", names(&left_out)),
        ("fail-if", names(&rules)),
        ("config", config.unwrap_or_default()),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}
