//! The files of `--export`.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::report::bench::Bench as Report;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Json,
    Csv,
    Markdown,
}

impl Form {
    fn of(path: &Path) -> Result<Self, String> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("md") => Ok(Self::Markdown),
            _ => Err(format!(
                "--export {}: the name has to end with .json, .csv or .md",
                path.display()
            )),
        }
    }

    fn text(self, report: &Report<'_>) -> serde_json::Result<String> {
        match self {
            Self::Json => report.json(),
            Self::Csv => Ok(report.csv()),
            Self::Markdown => Ok(report.markdown()),
        }
    }
}

/// Files that are written anew after every run.
#[derive(Debug)]
pub(super) struct Exports(Vec<(PathBuf, Form)>);

impl Exports {
    /// The form follows from the name.
    ///
    /// # Errors
    /// Of a name that tells no form, in words.
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self, String> {
        let forms = paths.iter();
        let forms = forms.map(|path| Ok((path.clone(), Form::of(path)?)));
        forms.collect::<Result<_, String>>().map(Self)
    }

    /// Every file is whole at every moment.
    pub(super) fn write(&self, report: &Report<'_>) -> anyhow::Result<()> {
        for (path, form) in &self.0 {
            let text = form.text(report)?;
            write_whole(path, &text).with_context(|| format!("--export {}", path.display()))?;
        }
        Ok(())
    }
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    // As any other file that a program writes.
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}
