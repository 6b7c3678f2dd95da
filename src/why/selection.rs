//! Which files of the context a `COPY` takes: paths and patterns as Go's `filepath.Match` reads
//! them, which all three engines use (buildah, moby, BuildKit).

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use crate::{
    context::{glob::Glob, ignore_file::IgnoreFile},
    domain::{
        digest::{ContentDigest, Digesting},
        manifest::{Folder, Manifest, Node, What},
    },
};

/// How often a link to a link is followed.
const LINKS: usize = 16;

/// What a `COPY` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    sources: Vec<Source>,
    excluded: IgnoreFile,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// A file or a folder; empty for the whole context.
    Path(Vec<u8>),
    /// Whatever matches, at the depth of the pattern.
    Pattern { glob: Glob, depth: usize },
    /// A pattern that cannot be read, or what is no path of the context.
    Nothing,
}

/// What of a file an engine compares besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The permission bits of a folder that is named itself; those of all beneath it count always.
    pub mode_of_named_folder: bool,
    /// How much of the name of a file that is named itself.
    pub name_of_named_file: NameOfFile,
}

/// How much of a file's name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameOfFile {
    /// A file of another name and the same bytes is the same.
    DoesNotCount,
    /// What follows the last `/`.
    LastPart,
    /// The path in the context.
    WholePath,
}

impl Selection {
    /// Paths and patterns, arguments put in; `excluded` are patterns of `--exclude`.
    #[must_use]
    pub fn new(sources: &[String], excluded: &[String]) -> Self {
        let text = excluded.join("\n");
        Self {
            sources: sources.iter().map(|source| Source::read(source)).collect(),
            // A pattern that the engine refuses fails the build.
            excluded: IgnoreFile::parse("--exclude", text.as_bytes()).unwrap_or_default(),
        }
    }

    /// Whether it takes this path of the context, by itself or with a folder above it.
    #[must_use]
    pub fn takes(&self, path: &[u8]) -> bool {
        let is_named = self.sources.iter().any(|source| source.takes(path));
        is_named && !self.is_excluded(path)
    }

    fn is_excluded(&self, path: &[u8]) -> bool {
        !self.excluded.patterns.is_empty() && self.excluded.judge_path(path).ignored_by.is_some()
    }

    /// Digest of all that it takes.
    #[must_use]
    pub fn digest(&self, manifest: &Manifest, compared: Compared) -> ContentDigest {
        let mut taking = Taking {
            selection: self,
            manifest,
            compared,
            digesting: Digesting::default(),
        };
        for source in &self.sources {
            match source {
                Source::Path(path) => taking.named(path, Name::Written),
                Source::Pattern { depth, .. } => {
                    for path in of_depth(manifest, *depth) {
                        if source.takes(&path) {
                            taking.named(&path, Name::Matched);
                        }
                    }
                }
                Source::Nothing => {}
            }
            taking.digesting.add(&[0]);
        }
        taking.digesting.end()
    }
}

/// How a path came to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// The instruction names it.
    Written,
    /// It matches a pattern.
    Matched,
}

/// A digest under way.
struct Taking<'a> {
    selection: &'a Selection,
    manifest: &'a Manifest,
    compared: Compared,
    digesting: Digesting,
}

impl Taking<'_> {
    fn named(&mut self, path: &[u8], name: Name) {
        if path.is_empty() {
            return self.folder(path, self.manifest.root());
        }
        let Some((path, node)) = followed(self.manifest, path) else {
            return;
        };
        let matched = name == Name::Matched;
        match &node.what {
            What::Folder(folder) => {
                if matched || self.compared.mode_of_named_folder {
                    self.digesting.add(&node.mode.to_le_bytes());
                }
                self.folder(&path, folder);
            }
            What::File { content, .. } => {
                match self.compared.name_of_named_file {
                    NameOfFile::WholePath => self.bytes(&path),
                    NameOfFile::LastPart => self.bytes(name_of(&path)),
                    NameOfFile::DoesNotCount if matched => self.bytes(name_of(&path)),
                    NameOfFile::DoesNotCount => {}
                }
                self.digesting.add(&node.mode.to_le_bytes());
                self.digesting.add(content.as_bytes());
            }
            What::Link { target } => self.bytes(target.as_os_str().as_bytes()),
        }
    }

    /// A folder's contents: by the digest that it has anyway, unless something of it is left out.
    fn folder(&mut self, path: &[u8], folder: &Folder) {
        if self.selection.excluded.patterns.is_empty() {
            self.digesting.add(folder.content().as_bytes());
            return;
        }
        for (name, node) in folder.iter() {
            let path = joined(path, name);
            if self.selection.is_excluded(&path) {
                continue;
            }
            self.bytes(&path);
            self.digesting.add(&node.mode.to_le_bytes());
            match &node.what {
                What::File { content, .. } => self.digesting.add(content.as_bytes()),
                What::Link { target } => self.bytes(target.as_os_str().as_bytes()),
                What::Folder(inner) => self.folder(&path, inner),
            }
        }
    }

    /// With their number, so that `ab` and `c` are not `a` and `bc`.
    fn bytes(&mut self, bytes: &[u8]) {
        self.digesting.add(&(bytes.len() as u64).to_le_bytes());
        self.digesting.add(bytes);
    }
}

/// Everything with so many names in its path.
fn of_depth(manifest: &Manifest, depth: usize) -> Vec<Vec<u8>> {
    let mut level: Vec<(Vec<u8>, &Folder)> = vec![(Vec::new(), manifest.root())];
    for _ in 1..depth {
        let inside = level.into_iter().flat_map(|(path, folder)| {
            let folders = folder
                .iter()
                .filter_map(move |(name, node)| Some((joined(&path, name), node.folder()?)));
            folders.collect::<Vec<_>>()
        });
        level = inside.collect();
    }
    let names = level
        .iter()
        .flat_map(|(path, folder)| folder.iter().map(|(name, _)| joined(path, name)));
    names.collect()
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    match folder {
        [] => name.to_vec(),
        folder => [folder, name].join(&b'/'),
    }
}

impl Source {
    fn read(text: &str) -> Self {
        let Some(clean) = clean(text) else {
            return Self::Nothing;
        };
        if !clean.iter().any(|byte| b"*?[\\".contains(byte)) {
            return Self::Path(clean);
        }
        let depth = clean.split(|byte| *byte == b'/').count();
        match Glob::parse(&clean) {
            Ok(glob) => Self::Pattern { glob, depth },
            Err(_) => Self::Nothing,
        }
    }

    fn takes(&self, path: &[u8]) -> bool {
        match self {
            Self::Path(named) => {
                named.is_empty()
                    || path == named
                    || (path.starts_with(named) && path.get(named.len()) == Some(&b'/'))
            }
            Self::Pattern { glob, depth } => {
                let mut ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
                let end = ends.nth(depth - 1).map_or(path.len(), |(end, _)| end);
                glob.matches(&path[..end])
            }
            Self::Nothing => false,
        }
    }
}

/// `./src//a/../b/` → `src/b`; `None` for what leads out of the context.
fn clean(text: &str) -> Option<Vec<u8>> {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            // Engines do not let anybody out of the context: `/..` is `/`.
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_path = !text.contains('\0') && !text.contains("://");
    is_path.then(|| parts.join("/").into_bytes())
}

/// What a named path leads to: a link that is named is followed, within the context.
fn followed<'a>(manifest: &'a Manifest, path: &[u8]) -> Option<(Vec<u8>, &'a Node)> {
    let mut path = path.to_vec();
    for _ in 0..LINKS {
        let node = manifest.get(Path::new(OsStr::from_bytes(&path)))?;
        let What::Link { target } = &node.what else {
            return Some((path, node));
        };
        let target = target.to_str()?;
        let above = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let above = std::str::from_utf8(&path[..above]).ok()?;
        let led = if target.starts_with('/') {
            target.to_owned()
        } else {
            format!("{above}/{target}")
        };
        path = clean(&led)?;
    }
    None
}

fn name_of(path: &[u8]) -> &[u8] {
    let start = path.iter().rposition(|byte| *byte == b'/');
    &path[start.map_or(0, |slash| slash + 1)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPARED: Compared = Compared {
        mode_of_named_folder: true,
        name_of_named_file: NameOfFile::LastPart,
    };

    fn selection(sources: &[&str]) -> Selection {
        let sources: Vec<String> = sources.iter().map(|one| (*one).to_owned()).collect();
        Selection::new(&sources, &[])
    }

    fn manifest(files: &[(&str, &str)]) -> Manifest {
        let nodes = files
            .iter()
            .map(|(path, text)| (Path::new(*path), Node::file(text.as_bytes(), 0o644, 0)));
        Manifest::of(nodes)
    }

    #[test]
    fn a_path_takes_what_is_beneath_it_and_nothing_beside() {
        for (source, path, takes) in [
            ("src", "src/a/b.rs", true),
            ("./src/", "src/a", true),
            ("src", "srcs", false),
            (".", "anything", true),
            ("/", "any/thing", true),
            ("src/../lib", "lib/x", true),
            ("*.sh", "a.sh", true),
            ("*.sh", "in/a.sh", false),
            ("in/*", "in/deep/er", true),
            ("in/?.txt", "in/a.txt", true),
            ("https://example.org/x", "https:", false),
        ] {
            let found = selection(&[source]).takes(path.as_bytes());
            assert_eq!(found, takes, "{source} {path}");
        }
    }

    #[test]
    fn only_what_is_taken_changes_the_digest() {
        let before = manifest(&[("src/a", "1"), ("b", "1"), ("x.sh", "1")]);
        let after = manifest(&[("src/a", "2"), ("b", "1"), ("x.sh", "1")]);
        let differs = |sources: &[&str]| {
            let selection = selection(sources);
            selection.digest(&before, COMPARED) != selection.digest(&after, COMPARED)
        };
        assert!(differs(&["src"]) && differs(&["."]) && differs(&["b", "src/a"]));
        assert!(differs(&["src/*"]) && differs(&["sr?"]));
        assert!(!differs(&["b"]) && !differs(&["*.sh"]) && !differs(&["none"]));
    }

    #[test]
    fn what_is_excluded_does_not_count() {
        let before = manifest(&[("src/a", "1"), ("src/b.md", "1")]);
        let after = manifest(&[("src/a", "1"), ("src/b.md", "2")]);
        let selection = Selection::new(&["src".to_owned()], &["**/*.md".to_owned()]);
        assert_eq!(
            selection.digest(&before, COMPARED),
            selection.digest(&after, COMPARED)
        );
        assert!(!selection.takes(b"src/b.md") && selection.takes(b"src/a"));
    }

    #[test]
    fn a_name_counts_as_the_engine_has_it() {
        let one = manifest(&[("a/x", "1")]);
        let other = manifest(&[("b/x", "1")]);
        let same = |name| {
            let compared = Compared {
                name_of_named_file: name,
                ..COMPARED
            };
            selection(&["a/x"]).digest(&one, compared)
                == selection(&["b/x"]).digest(&other, compared)
        };
        assert!(same(NameOfFile::DoesNotCount) && same(NameOfFile::LastPart));
        assert!(!same(NameOfFile::WholePath));
    }

    #[test]
    fn a_link_that_is_named_is_followed() {
        let link = Node {
            mode: 0o777,
            mtime_s: 0,
            what: What::Link {
                target: "real".into(),
            },
        };
        let of =
            |text: &str| manifest(&[("dir/real", text)]).with(Path::new("dir/link"), link.clone());
        let selection = selection(&["dir/link"]);
        assert_ne!(
            selection.digest(&of("1"), COMPARED),
            selection.digest(&of("2"), COMPARED)
        );
        // One that leads to itself ends.
        let circle = Node {
            what: What::Link {
                target: "link".into(),
            },
            ..link.clone()
        };
        let circle = Manifest::default().with(Path::new("dir/link"), circle);
        let _ = selection.digest(&circle, COMPARED);
    }
}
