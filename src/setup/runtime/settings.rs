//! How a configuration becomes a settings file that leaves the user's settings in force.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{Runtime, candidates::Candidate};
use crate::setup::host::Host;

/// The variable that hands a settings file to this version of podman. The override, which
/// leaves the user's files in force, came with podman 4.5; before, our file has to repeat them.
pub(super) fn variable(version: &str) -> &'static str {
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let major = numbers.next().unwrap_or(0);
    let minor = numbers.next().unwrap_or(0);
    if (major, minor) >= (4, 5) {
        "CONTAINERS_CONF_OVERRIDE"
    } else {
        "CONTAINERS_CONF"
    }
}

/// The text of the settings file: what the user set, where podman would not read it any more,
/// and our changes over it.
pub(super) fn render(host: &Host, version: &str, candidate: &Candidate) -> Result<String, String> {
    let effective = effective_settings(host)?;
    let mut settings = match variable(version) {
        "CONTAINERS_CONF" => effective.clone(),
        name => host
            .variable(name)
            .map_or_else(|| Ok(Table::new()), |file| read(Path::new(file)))?,
    };
    if let Some(runtime) = candidate.runtime() {
        set(
            &mut settings,
            "engine",
            "runtime",
            Value::String(runtime.to_owned()),
        );
    }
    if let Some(limits) = candidate.limits() {
        let kept = ulimits_besides(&effective, limits);
        set(
            &mut settings,
            "containers",
            "default_ulimits",
            Value::Array(kept),
        );
    }
    if candidate.is_without_systemd() {
        set(
            &mut settings,
            "engine",
            "cgroup_manager",
            Value::String("cgroupfs".into()),
        );
        set(
            &mut settings,
            "engine",
            "events_logger",
            Value::String("file".into()),
        );
    }
    let text = toml::to_string(&settings).map_err(|error| error.to_string())?;
    Ok(format!(
        "# Written by imgtui, which hands it to podman by {}; your own files are not changed.\n# Changed here: {}.\n{text}",
        variable(version),
        candidate.title(),
    ))
}

/// The text of a settings file for builds: what holds anyway, and these volumes
/// (`HOST:INSIDE:ro`) mounted while instructions run.
///
/// The build call of podman 4.3.1 has no parameter for volumes (measured: it is passed over);
/// the settings' own `volumes` are mounted in builds through the API too.
pub(super) fn render_for_builds(
    host: &Host,
    found: &Runtime,
    volumes: &[String],
) -> Result<String, String> {
    let variable = variable(&found.version);
    let effective = effective_settings(host)?;
    let mut settings = match (&found.settings, host.variable(variable)) {
        (Some(file), _) => read(&file.path)?,
        (None, Some(file)) => read(Path::new(file))?,
        (None, None) if variable == "CONTAINERS_CONF" => effective.clone(),
        (None, None) => Table::new(),
    };
    let mut all: Vec<Value> = effective
        .get("containers")
        .and_then(|section| section.get("volumes"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    all.extend(volumes.iter().cloned().map(Value::String));
    set(&mut settings, "containers", "volumes", Value::Array(all));
    let text = toml::to_string(&settings).map_err(|error| error.to_string())?;
    Ok(format!(
        "# Written by imgtui, which hands it to podman by {variable} for builds only; your own files are not changed.\n{text}"
    ))
}

/// The user's ulimits without those that we set, and ours.
fn ulimits_besides(effective: &Table, (nofile, nproc): (u64, u64)) -> Vec<Value> {
    let mut all: Vec<Value> = effective
        .get("containers")
        .and_then(|section| section.get("default_ulimits"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|value| {
            value
                .as_str()
                .is_none_or(|text| !text.starts_with("nofile=") && !text.starts_with("nproc="))
        })
        .cloned()
        .collect();
    all.push(Value::String(format!("nofile={nofile}:{nofile}")));
    all.push(Value::String(format!("nproc={nproc}:{nproc}")));
    all
}

/// The files that podman reads, later ones over earlier ones (containers.conf(5)).
pub(super) fn files(host: &Host) -> Vec<PathBuf> {
    if let Some(only) = host.variable("CONTAINERS_CONF") {
        return vec![PathBuf::from(only)];
    }
    let mut files = vec![host.system("/usr/share/containers/containers.conf")];
    let mut add = |main: PathBuf| {
        let mut folder = main.clone().into_os_string();
        folder.push(".d");
        files.push(main);
        let mut extra: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "conf")
            })
            .collect();
        extra.sort();
        files.extend(extra);
    };
    add(host.system("/etc/containers/containers.conf"));
    if !host.is_root() {
        add(host.config_home().join("containers/containers.conf"));
    }
    files.retain(|file| file.is_file());
    files
}

fn effective_settings(host: &Host) -> Result<Table, String> {
    let mut all = Table::new();
    for file in files(host) {
        lay_over(&mut all, read(&file)?);
    }
    Ok(all)
}

fn read(file: &Path) -> Result<Table, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    text.parse().map_err(|error| named(&error))
}

/// Tables are merged, everything else is replaced, as podman does it.
fn lay_over(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn set(settings: &mut Table, section: &str, key: &str, value: Value) {
    let entry = settings
        .entry(section.to_owned())
        .or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(table) = entry {
        table.insert(key.to_owned(), value);
    }
}

/// Writes the file whole or not at all: another podman of ours may be reading it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| named(&error))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| named(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| named(&error))?;
    file.persist(path).map_err(|error| named(&error))?;
    Ok(())
}

#[cfg(test)]
mod tests;
