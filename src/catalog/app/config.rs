//! `imgtui.toml`: what the user says of the app. Whatever cannot be is told with file and line.

mod bench;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Spanned, Value};

use self::bench::BenchTable;
use super::AppError;
use crate::{
    catalog::{
        base_file::package_name,
        check,
        text_file::{TextFile, line_of},
    },
    domain::{
        ids::StrategyId,
        settings::{BenchSettings, Known, Probe, SystemPackages},
        shared_cache::{Repository, SharedCache},
        strategy::CatalogFault,
    },
};

/// Name of the file, in the package's folder or in the workspace's.
pub const FILE_NAME: &str = "imgtui.toml";

const FILE_LIMIT: u64 = 1 << 20;

/// Arguments that imgtui gives itself → the key that sets each.
const OWN_ARGUMENTS: [(&str, &str); 3] = [
    ("BIN", "bin"),
    ("BUILD_FLAGS", "features"),
    ("PORT", "port"),
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    bin: Option<Spanned<String>>,
    #[serde(default)]
    features: Vec<Spanned<String>>,
    default_features: Option<bool>,
    port: Option<Spanned<u16>>,
    probe: Option<Spanned<Value>>,
    edit: Option<Spanned<PathBuf>>,
    #[serde(default)]
    packages: PackagesTable,
    #[serde(default)]
    env: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    build_args: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    cache: CacheTable,
    #[serde(default)]
    leave_out: Vec<Spanned<String>>,
    #[serde(default)]
    bench: BenchTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackagesTable {
    #[serde(default)]
    debian: Vec<Spanned<String>>,
    #[serde(default)]
    alpine: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheTable {
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
}

/// What `imgtui.toml` says; empty where there is none.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The file; `None` where there is none.
    pub(super) path: Option<PathBuf>,
    pub(super) bin: Option<Known<String>>,
    pub(super) features: Vec<Known<String>>,
    pub(super) no_default_features: bool,
    pub(super) port: Option<Known<u16>>,
    pub(super) probe: Option<Known<Probe>>,
    /// As written: relative to the file's folder.
    pub(super) edit: Option<Known<PathBuf>>,
    pub(super) packages: SystemPackages,
    pub(super) env: BTreeMap<String, String>,
    pub(super) build_args: BTreeMap<String, String>,
    pub(super) shared_cache: SharedCache,
    pub(super) leave_out: Vec<Known<StrategyId>>,
    pub(super) bench: BenchSettings,
}

impl Given {
    /// Reads the first file that is there.
    pub(super) fn find<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Result<Self, AppError> {
        for folder in folders {
            let path = folder.join(FILE_NAME);
            match load(&path) {
                Ok(bytes) => return Self::parse(path, &bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(AppError::Fault {
                        path,
                        line: 1,
                        message: format!("cannot be read ({error})"),
                    });
                }
            }
        }
        Ok(Self::default())
    }

    pub(super) fn parse(path: PathBuf, bytes: &[u8]) -> Result<Self, AppError> {
        let reader = TextFile::new(path, bytes).map_err(from_fault)?;
        let file: File = reader.parse().map_err(from_fault)?;
        let reader = Reader(reader);
        Ok(Self {
            bin: file.bin.map(|bin| reader.name(bin)).transpose()?,
            features: reader.each(file.features, feature)?,
            no_default_features: file.default_features == Some(false),
            port: file.port.map(|port| reader.port(&port)).transpose()?,
            probe: file.probe.map(|value| reader.probe(&value)).transpose()?,
            edit: file
                .edit
                .map(|path| Known::given(path.get_ref().clone(), reader.0.line(&path))),
            packages: SystemPackages {
                debian: plain(reader.each(file.packages.debian, package_name)?),
                alpine: plain(reader.each(file.packages.alpine, alpine_name)?),
            },
            env: reader.pairs(file.env, environment_name)?,
            build_args: reader.pairs(file.build_args, build_argument)?,
            shared_cache: SharedCache {
                from: reader.repository(file.cache.from)?,
                to: reader.repository(file.cache.to)?,
            },
            leave_out: reader
                .each(file.leave_out, check::id)?
                .into_iter()
                .map(|id| Known {
                    value: StrategyId(id.value),
                    origin: id.origin,
                })
                .collect(),
            bench: reader.bench(file.bench)?,
            path: Some(reader.0.path),
        })
    }

    /// A fault in the file, on this line.
    pub(super) fn fault(&self, line: usize, message: String) -> AppError {
        AppError::Fault {
            path: self.path.clone().unwrap_or_else(|| FILE_NAME.into()),
            line,
            message,
        }
    }
}

fn load(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(FILE_LIMIT)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn plain(list: Vec<Known<String>>) -> Vec<String> {
    list.into_iter().map(|known| known.value).collect()
}

fn from_fault(fault: CatalogFault) -> AppError {
    AppError::Fault {
        path: fault.file,
        line: fault.line.unwrap_or(1),
        message: fault.message,
    }
}

struct Reader(TextFile);

impl Reader {
    fn fault<T>(&self, value: &Spanned<T>, message: String) -> AppError {
        from_fault(self.0.fault(Some(value.span()), message))
    }

    fn name(&self, value: Spanned<String>) -> Result<Known<String>, AppError> {
        super::package::check_name(value.get_ref()).map_err(|why| self.fault(&value, why))?;
        let line = self.0.line(&value);
        Ok(Known::given(value.into_inner(), line))
    }

    fn each(
        &self,
        list: Vec<Spanned<String>>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Vec<Known<String>>, AppError> {
        let one = |value: Spanned<String>| {
            check(value.get_ref()).map_err(|why| self.fault(&value, why))?;
            let line = self.0.line(&value);
            Ok(Known::given(value.into_inner(), line))
        };
        list.into_iter().map(one).collect()
    }

    fn pairs(
        &self,
        table: BTreeMap<Spanned<String>, Spanned<String>>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<BTreeMap<String, String>, AppError> {
        let one = |(name, value): (Spanned<String>, Spanned<String>)| {
            check(name.get_ref()).map_err(|why| self.fault(&name, why))?;
            if value.get_ref().chars().any(char::is_control) {
                let why = "a value must be one line without control characters";
                return Err(self.fault(&value, why.into()));
            }
            Ok((name.into_inner(), value.into_inner()))
        };
        table.into_iter().map(one).collect()
    }

    fn repository(&self, value: Option<Spanned<String>>) -> Result<Option<Repository>, AppError> {
        let Some(value) = value else {
            return Ok(None);
        };
        match value.get_ref().parse() {
            Ok(repository) => Ok(Some(repository)),
            Err(why) => Err(self.fault(&value, why)),
        }
    }

    fn port(&self, value: &Spanned<u16>) -> Result<Known<u16>, AppError> {
        match *value.get_ref() {
            0 => Err(self.fault(value, "`port` is a number from 1 to 65535".into())),
            port => Ok(Known::given(port, self.0.line(value))),
        }
    }

    fn probe(&self, value: &Spanned<Value>) -> Result<Known<Probe>, AppError> {
        let probe = probe(value.get_ref()).ok_or_else(|| {
            let what = "`probe` is a path such as \"/health\", \"program\" for a program that is no server, or { command = [\"/server\", \"--version\"] }";
            self.fault(value, what.into())
        })?;
        let line = line_of(self.0.text.as_bytes(), value.span().start);
        Ok(Known::given(probe, line))
    }
}

fn probe(value: &Value) -> Option<Probe> {
    match value {
        Value::String(word) if word == "program" => Some(Probe::Program),
        Value::String(path) => {
            let plain = |char: char| char.is_ascii_graphic();
            let is_path = path.starts_with('/') && path.chars().all(plain);
            is_path.then(|| Probe::Http { path: path.clone() })
        }
        Value::Table(table) if table.len() == 1 => {
            let words = table.get("command")?.as_array()?.iter();
            let words: Option<Vec<String>> =
                words.map(|word| word.as_str().map(str::to_owned)).collect();
            let command = words.filter(|words| !words.is_empty())?;
            let odd = command
                .iter()
                .any(|word| word.chars().any(char::is_control));
            (!odd).then_some(Probe::Command { command })
        }
        _ => None,
    }
}

/// Written without quotes into a shell's command, so nothing that a shell reads.
fn feature(name: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-+./".contains(char);
    if name.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '_')
        && name.chars().all(plain)
    {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name of a feature; use letters, digits, `_`, `-`, `+`, `.`",
        name.escape_debug()
    ))
}

/// Names of Alpine's packages may hold `_` and capital letters too.
fn alpine_name(name: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "+-._".contains(char);
    if name.starts_with(|char: char| char.is_ascii_alphanumeric()) && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name of an Alpine package",
        name.escape_debug()
    ))
}

fn environment_name(name: &str) -> Result<(), String> {
    check::argument(name).map_err(|_| {
        format!(
            "`{}` is no name of a variable; use letters, digits and `_`",
            name.escape_debug()
        )
    })
}

fn build_argument(name: &str) -> Result<(), String> {
    check::argument(name)?;
    match OWN_ARGUMENTS.iter().find(|(own, _)| *own == name) {
        Some((_, key)) => Err(format!("`{name}` is set by the key `{key}`")),
        None => Ok(()),
    }
}
