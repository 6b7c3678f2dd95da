//! The context as a folder: for what is built on this machine and not by an engine.
//!
//! A file is written only when its bytes differ, so that it gets a new time exactly when it is
//! new: cargo, which compares times, then compiles what changed and nothing else.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
};

use super::{
    error::ContextError,
    layout::{Content, Layout, Part, Parts, parts},
    listing::Context,
};

/// Makes `folder` hold what the tar of `context` and `layout` would, the Dockerfile left out, and
/// nothing else.
///
/// # Errors
/// When a file cannot be read or written, or something of the layout has no place.
pub fn stage(context: &Context, layout: &Layout, folder: &Path) -> Result<(), ContextError> {
    let parts = parts(context, layout)?;
    fs::create_dir_all(folder).map_err(at(folder))?;
    remove_others(folder, folder, &parts)?;
    for (path, part) in &parts {
        let place = folder.join(std::ffi::OsStr::from_bytes(path));
        let source = context.root.join(std::ffi::OsStr::from_bytes(path));
        put(&source, part, &place).map_err(at(&place))?;
    }
    Ok(())
}

fn put(source: &Path, part: &Part<'_>, place: &Path) -> io::Result<()> {
    match part.content {
        Content::Folder => fs::create_dir_all(place)?,
        Content::Link(target) => {
            if fs::read_link(place).ok().as_deref() != Some(target) {
                remove(place)?;
                symlink(target, place)?;
            }
            return Ok(());
        }
        Content::Memory(bytes) => write_if_new(place, bytes)?,
        Content::Disk => write_if_new(place, &fs::read(source)?)?,
    }
    fs::set_permissions(place, fs::Permissions::from_mode(part.mode | 0o200))
}

fn write_if_new(place: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    let is_file = fs::symlink_metadata(place).is_ok_and(|meta| meta.is_file());
    if is_file && fs::read(place)? == bytes {
        return Ok(());
    }
    remove(place)?;
    fs::write(place, bytes)
}

/// Takes away what the parts do not have, or have as something else.
fn remove_others(root: &Path, folder: &Path, parts: &Parts<'_>) -> Result<(), ContextError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let place = entry.map_err(at(folder))?.path();
        let name = place.strip_prefix(root).unwrap_or(&place);
        let is_folder = fs::symlink_metadata(&place).is_ok_and(|meta| meta.is_dir());
        let known = parts.get(name.as_os_str().as_bytes());
        let stays = known.is_some_and(|part| (part.content == Content::Folder) == is_folder);
        match (stays, is_folder) {
            (true, true) => remove_others(root, &place, parts)?,
            (true, false) => {}
            (false, _) => remove(&place).map_err(at(&place))?,
        }
    }
    Ok(())
}

fn remove(place: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(place) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn at(place: &Path) -> impl FnOnce(io::Error) -> ContextError + use<> {
    let path = PathBuf::from(place);
    move |source| ContextError::Unwritable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{IgnoreRules, VirtualEdit, walk};

    #[test]
    fn only_what_differs_is_written_and_nothing_else_stays() {
        let (app, staged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |path: &str, text: &str| {
            let path = app.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/main.rs", "one");
        write("src/lib.rs", "two");
        symlink("main.rs", app.path().join("src/link.rs")).unwrap();
        let folder = staged.path().join("app");
        let stage_now = |layout: &Layout| {
            let context = walk(app.path(), &IgnoreRules::App).unwrap();
            stage(&context, layout, &folder).unwrap();
        };
        stage_now(&Layout::default());
        let times = |path: &str| fs::metadata(folder.join(path)).unwrap().modified().unwrap();
        let (main, lib) = (times("src/main.rs"), times("src/lib.rs"));
        fs::write(folder.join("stranger"), "x").unwrap();
        fs::create_dir_all(folder.join("strange/folder")).unwrap();
        let edit = VirtualEdit {
            path: "src/main.rs".into(),
            bytes: b"new".to_vec(),
        };
        stage_now(&Layout {
            edit: Some(edit),
            ..Layout::default()
        });
        assert_eq!(fs::read(folder.join("src/main.rs")).unwrap(), b"new");
        assert!(times("src/main.rs") > main);
        assert_eq!(times("src/lib.rs"), lib);
        assert!(!folder.join("stranger").exists() && !folder.join("strange").exists());
        let link = fs::read_link(folder.join("src/link.rs")).unwrap();
        assert_eq!(link, Path::new("main.rs"));
        fs::remove_file(app.path().join("src/lib.rs")).unwrap();
        stage_now(&Layout::default());
        assert!(!folder.join("src/lib.rs").exists());
    }
}
