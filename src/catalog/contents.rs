//! What stands in a strategy's folder beside `strategy.toml`.

use std::collections::BTreeMap;

use super::{shelf::Shelf, text_file::TextFile};
use crate::{
    context::{ignore_file::IgnoreFile, layout::check_overlay_path},
    domain::strategy::CatalogFault,
};

const IGNORE: &str = "Dockerfile.dockerignore";
const PREPARE: &str = "prepare.sh";

/// Dockerfile, own ignore file, script for this machine and overlay.
pub(super) struct Contents {
    pub(super) dockerfile: Option<String>,
    pub(super) ignore: Option<String>,
    pub(super) prepare: Option<String>,
    pub(super) overlay: BTreeMap<String, Vec<u8>>,
}

impl Contents {
    pub(super) fn read(shelf: &Shelf, folder: &str, faults: &mut Vec<CatalogFault>) -> Self {
        let inside = format!("{}/", shelf.path(folder).display());
        // A file that could not be read is a fault of the shelf; the strategy lacks it.
        if shelf
            .faults
            .iter()
            .any(|known| known.file.display().to_string().starts_with(&inside))
        {
            faults.push(fault(
                shelf,
                folder,
                "left out, as not all of its files could be read".into(),
            ));
        }
        let dockerfile = text(shelf, &format!("{folder}/Dockerfile"), faults);
        if dockerfile.is_none() && !shelf.files.contains_key(&format!("{folder}/Dockerfile")) {
            faults.push(fault(shelf, folder, "`Dockerfile` is missing".into()));
        }
        let ignore_path = format!("{folder}/{IGNORE}");
        let ignore = text(shelf, &ignore_path, faults);
        if let Some(Err(wrong)) = ignore
            .as_ref()
            .map(|text| IgnoreFile::parse(IGNORE, text.as_bytes()))
        {
            faults.push(CatalogFault {
                file: shelf.path(&ignore_path),
                line: Some(wrong.line),
                message: format!("`{}`: {}", wrong.text.escape_debug(), wrong.problem),
            });
        }
        let prepare = text(shelf, &format!("{folder}/{PREPARE}"), faults);
        let mut overlay = BTreeMap::new();
        for (path, bytes) in shelf.beneath(&format!("{folder}/overlay")) {
            match check_overlay_path(path) {
                Ok(()) => drop(overlay.insert(path.to_owned(), bytes.to_vec())),
                Err(problem) => faults.push(fault(
                    shelf,
                    &format!("{folder}/overlay/{path}"),
                    problem.into(),
                )),
            }
        }
        Self {
            dockerfile,
            ignore,
            prepare,
            overlay,
        }
    }
}

/// The text of a file that is there.
fn text(shelf: &Shelf, path: &str, faults: &mut Vec<CatalogFault>) -> Option<String> {
    let bytes = shelf.files.get(path)?;
    match TextFile::new(shelf.path(path), bytes) {
        Ok(file) => Some(file.text),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

/// A fault of a file or folder as a whole.
pub(super) fn fault(shelf: &Shelf, path: &str, message: String) -> CatalogFault {
    CatalogFault {
        file: shelf.path(path),
        line: None,
        message,
    }
}
