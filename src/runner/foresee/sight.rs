//! The app on the disk, as builds would be sent it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    catalog::app::App,
    context::{
        Context, ContextError, EntryKind, IgnoreRules, Index, VirtualEdit, manifest_of_app,
        refresh, walk,
    },
    domain::{
        manifest::{Manifest, What},
        strategy::Strategy,
    },
    runner::{
        ignore_rules,
        stamp::{Change, stamp},
        trace::index_of,
    },
    store::StateFolder,
};

/// The folders of an app as strategies see them: those with the same rules see the same.
pub struct Sight {
    app: App,
    /// `None` until it is looked at.
    index: Option<Index>,
    file: PathBuf,
    seen: Vec<(IgnoreRules, Seen)>,
}

/// An app's folder as one set of ignore rules sees it.
pub(super) struct Seen {
    pub(super) context: Context,
    pub(super) manifest: Manifest,
    /// The source that gets a stamp where nothing is laid over the app: it is looked for in all
    /// sources.
    pub(super) stamped: Option<VirtualEdit>,
}

impl Sight {
    /// Of an app on the disk.
    #[must_use]
    pub fn of(app: &App, state: &StateFolder) -> Self {
        Self {
            app: app.clone(),
            index: None,
            file: index_of(state, &app.root),
            seen: Vec::new(),
        }
    }

    /// The app, and what is seen of it by this strategy.
    pub(super) fn look(&mut self, strategy: &Strategy) -> Result<(&App, &Seen), ContextError> {
        let rules = ignore_rules(strategy);
        let known = self.seen.iter().position(|(other, _)| *other == rules);
        let at = if let Some(at) = known {
            at
        } else {
            let context = walk(&self.app.root, &rules)?;
            let index = self.index.get_or_insert_with(|| Index::load(&self.file));
            let manifest = manifest_of_app(&context, index, SystemTime::now())?;
            let stamped = put_in(&context, &BTreeMap::new(), &self.app, Change::Nothing);
            let seen = Seen {
                context,
                manifest,
                stamped,
            };
            self.seen.push((rules, seen));
            self.seen.len() - 1
        };
        Ok((&self.app, &self.seen[at].1))
    }

    /// Nothing but these files, as the watcher names them, changed since it was looked at. What
    /// that says too little of is looked at anew.
    pub fn follow(&mut self, changed: &[PathBuf]) {
        let Self {
            app, index, seen, ..
        } = self;
        // Without one nothing was looked at.
        let Some(index) = index else { return };
        seen.retain_mut(|(rules, seen)| {
            // What cannot be read now is told when it is looked at.
            seen.follow(app, rules, index, changed).unwrap_or(false)
        });
    }

    /// Anything may have changed.
    pub fn forget(&mut self) {
        self.seen.clear();
    }

    /// Keeps what was found out about files for the next time.
    pub fn keep(&mut self) {
        // It is nothing but time saved.
        let _ = self.index.as_mut().map(|index| index.save_news(&self.file));
    }
}

impl Seen {
    /// Whether the list of files is still right; then their contents are, too.
    fn follow(
        &mut self,
        app: &App,
        rules: &IgnoreRules,
        index: &mut Index,
        changed: &[PathBuf],
    ) -> Result<bool, ContextError> {
        let was_file = |path: &PathBuf| {
            let entry = self.context.entry(path);
            entry.is_some_and(|entry| matches!(entry.kind, EntryKind::File { .. }))
        };
        if !changed.iter().all(was_file) {
            return Ok(false);
        }
        let now = SystemTime::now();
        self.manifest = refresh(&self.manifest, &app.root, rules, changed, index, now)?;
        let is_file = |path: &PathBuf| {
            let node = self.manifest.get(path);
            node.is_some_and(|node| matches!(node.what, What::File { .. }))
        };
        if !changed.iter().all(is_file) {
            return Ok(false);
        }
        if changed.iter().any(|path| is_source(path)) {
            self.stamped = put_in(&self.context, &BTreeMap::new(), app, Change::Nothing);
        }
        Ok(true)
    }
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs")
}

/// As a build does: the change, and sources without a stamp get one.
pub(super) fn put_in(
    context: &Context,
    overlay: &BTreeMap<String, Vec<u8>>,
    app: &App,
    change: Change,
) -> Option<VirtualEdit> {
    let stamped = stamp(context, overlay, app, None, change).ok()?;
    let is_laid_over = stamped.differs || change == Change::Touch;
    is_laid_over.then(|| stamped.laid_over())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{catalog::Catalog, catalog::embedded, context::test_folder::lay};

    const MAIN: &str = "const STAMP: &str = \"imgtui:0000000000000000\";\nfn main() {}\n";

    /// What is seen after `change`, followed by `named`, and what a fresh look sees.
    fn seen_after(named: &[&str], change: impl FnOnce(&Path)) -> (Manifest, Manifest, bool) {
        let folder = lay(&[
            ("Cargo.toml", "[package]\nname = \"app\"\n"),
            ("src/main.rs", MAIN),
            ("data/a.txt", "a"),
        ]);
        let root = folder.path().canonicalize().unwrap();
        let state = StateFolder::at(&root.join("target")).unwrap();
        let app = App::load(&root).unwrap();
        let strategies = Catalog::parse(&[embedded()]).strategies;
        let mut sight = Sight::of(&app, &state);
        sight.look(&strategies[0]).unwrap();
        change(&root);
        let named: Vec<PathBuf> = named.iter().map(PathBuf::from).collect();
        sight.follow(&named);
        let is_followed = !sight.seen.is_empty();
        let followed = sight.look(&strategies[0]).unwrap().1.manifest.clone();
        let mut fresh = Sight::of(&app, &state);
        let fresh = fresh.look(&strategies[0]).unwrap().1.manifest.clone();
        (followed, fresh, is_followed)
    }

    #[test]
    fn an_edited_file_is_followed_without_a_walk() {
        let edit = |root: &Path| fs::write(root.join("data/a.txt"), "other").unwrap();
        let (followed, fresh, is_followed) = seen_after(&["data/a.txt"], edit);
        assert!(is_followed);
        assert_eq!(followed, fresh);
    }

    #[test]
    fn what_is_not_named_is_not_looked_at() {
        let edit = |root: &Path| fs::write(root.join("data/a.txt"), "other").unwrap();
        let (followed, fresh, _) = seen_after(&["src/main.rs"], edit);
        assert_ne!(followed, fresh);
    }

    #[test]
    fn files_that_come_and_go_are_looked_for_anew() {
        let come = |root: &Path| fs::write(root.join("data/b.txt"), "b").unwrap();
        let go = |root: &Path| fs::remove_file(root.join("data/a.txt")).unwrap();
        for (file, change) in [("data/b.txt", &come as &dyn Fn(&Path)), ("data/a.txt", &go)] {
            let (followed, fresh, is_followed) = seen_after(&[file], change);
            assert!(!is_followed, "{file}");
            assert_eq!(followed, fresh);
        }
    }
}
