//! The files of `--export`.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::report::bench::Bench as Report;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Hyperfine,
    Csv,
    Markdown,
    Html,
    Svg,
}

/// The endings of names; a longer one stands before the one that it ends with.
const FORMS: [(&str, Form); 6] = [
    (".hyperfine.json", Form::Hyperfine),
    (".json", Form::Json),
    (".csv", Form::Csv),
    (".md", Form::Markdown),
    (".html", Form::Html),
    (".svg", Form::Svg),
];

impl Form {
    fn of(path: &Path) -> Result<Self, String> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Before the ending there is a name: `.json` has none.
        let is_it = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
        let found = FORMS.into_iter().find(|(ending, _)| is_it(ending));
        found.map(|(_, form)| form).ok_or_else(|| {
            let endings = FORMS.map(|(ending, _)| ending).join(", ");
            format!(
                "--export {}: the name has to end with one of {endings}",
                path.display()
            )
        })
    }

    fn text(self, report: &Report<'_>) -> serde_json::Result<String> {
        match self {
            Self::Json => report.json(),
            Self::Hyperfine => report.hyperfine(),
            Self::Csv => Ok(report.csv()),
            Self::Markdown => Ok(report.markdown()),
            Self::Html => Ok(report.html()),
            Self::Svg => Ok(report.svg()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_form() {
        let form = |name: &str| Form::of(Path::new(name));
        assert_eq!(form("a/b.json"), Ok(Form::Json));
        assert_eq!(form("b.hyperfine.json"), Ok(Form::Hyperfine));
        assert_eq!(form("b.svg"), Ok(Form::Svg));
        for wrong in ["b.txt", "b", ".json", "json/", ""] {
            let fault = form(wrong).unwrap_err();
            assert!(fault.contains(".hyperfine.json, .json"), "{fault}");
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.csv");
        write_whole(&path, "first\n").unwrap();
        write_whole(&path, "second\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
