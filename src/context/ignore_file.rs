//! An ignore file with docker's semantics: anchored at the context, the last match wins, and
//! what matches a folder matches everything beneath it.

use super::glob::{Glob, PatternProblem};

/// One pattern of the file and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Line in the file, from 1.
    pub line: usize,
    /// The text as it stands there, trimmed.
    pub text: String,
    /// `!`: takes back what an earlier pattern ignored.
    pub exception: bool,
    glob: Glob,
}

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: `{text}`: {problem}")]
pub struct IgnoreFault {
    /// Name of the ignore file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The pattern.
    pub text: String,
    /// What is wrong with it.
    pub problem: PatternProblem,
}

/// All patterns of one ignore file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoreFile {
    /// The file's name, for messages.
    pub name: String,
    /// In the file's order.
    pub patterns: Vec<Pattern>,
}

/// Which patterns matched a folder or one above it, up to the last that did. What is inside
/// inherits the matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inherited(Vec<bool>);

/// What the file says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The pattern that ignores the path; `None` when the path is sent.
    pub ignored_by: Option<&'a Pattern>,
    /// To be handed on to what is inside, where the path is a folder.
    pub inherited: Inherited,
}

impl IgnoreFile {
    /// Reads an ignore file.
    ///
    /// # Errors
    /// The first pattern that cannot be read, with its line.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, IgnoreFault> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let parsed = parse_line(line).map_err(|problem| IgnoreFault {
                file: name.to_owned(),
                line: index + 1,
                text: shown(line),
                problem,
            })?;
            patterns.extend(parsed.map(|(exception, glob)| Pattern {
                line: index + 1,
                text: shown(line),
                exception,
                glob,
            }));
        }
        Ok(Self {
            name: name.to_owned(),
            patterns,
        })
    }

    /// What the file says of `path`, a name directly inside the folder that `above` comes from
    /// (the default at the top).
    ///
    /// A pattern that could not have changed anything is not tried, not even for the benefit
    /// of what is inside: docker does the same, and it can be told from outside. With `a/b`
    /// before `!a`, the file `a/b` stays ignored.
    #[must_use]
    pub fn judge(&self, path: &[u8], above: &Inherited) -> Verdict<'_> {
        let mut ignored_by = None;
        let mut inherited = Vec::new();
        for (index, pattern) in self.patterns.iter().enumerate() {
            let from_above = above.0.get(index).copied().unwrap_or(false);
            if !from_above && pattern.exception != ignored_by.is_some() {
                continue;
            }
            if from_above || pattern.glob.matches(path) {
                inherited.resize(index, false);
                inherited.push(true);
                ignored_by = (!pattern.exception).then_some(pattern);
            }
        }
        Verdict {
            ignored_by,
            inherited: Inherited(inherited),
        }
    }

    /// What the file says of a path anywhere, its parents considered.
    #[must_use]
    pub fn judge_path(&self, path: &[u8]) -> Verdict<'_> {
        let mut above = Inherited::default();
        for (end, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            above = self.judge(&path[..end], &above).inherited;
        }
        self.judge(path, &above)
    }

    /// Whether an exception could take back something beneath this ignored folder.
    #[must_use]
    pub fn may_take_back_beneath(&self, folder: &[u8]) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.exception && pattern.glob.may_match_beneath(folder))
    }
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(trim(line)).into_owned()
}

fn parse_line(line: &[u8]) -> Result<Option<(bool, Glob)>, PatternProblem> {
    // A `#` behind blanks is a pattern; docker looks before it trims.
    if line.first() == Some(&b'#') {
        return Ok(None);
    }
    let text = trim(line);
    if text.is_empty() {
        return Ok(None);
    }
    let (exception, text) = match text.strip_prefix(b"!") {
        Some(behind) => (true, trim(behind)),
        None => (false, text),
    };
    if text.is_empty() {
        return Err(PatternProblem::LoneException);
    }
    let cleaned = clean(text);
    // Docker puts the `!` back before it cleans again, and then nothing is behind it.
    if exception && cleaned == b"/" {
        return Err(PatternProblem::LoneException);
    }
    let anchored = match cleaned.strip_prefix(b"/") {
        Some(relative) if !relative.is_empty() => relative,
        _ => &cleaned,
    };
    Glob::parse(anchored).map(|glob| Some((exception, glob)))
}

fn trim(text: &[u8]) -> &[u8] {
    match std::str::from_utf8(text) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => text.trim_ascii(),
    }
}

/// The shortest path with the same meaning, as Go's `filepath.Clean`: no `.`, no doubled or
/// trailing `/`, `..` resolved as far as there is something to resolve.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.first() == Some(&b'/');
    let mut names: Vec<&[u8]> = Vec::new();
    for name in path.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." if names.last().is_some_and(|last| *last != b"..") => {
                names.pop();
            }
            b".." if rooted => {}
            other => names.push(other),
        }
    }
    let mut cleaned = if rooted { b"/".to_vec() } else { Vec::new() };
    cleaned.extend(names.join(&b'/'));
    if cleaned.is_empty() {
        cleaned.push(b'.');
    }
    cleaned
}

#[cfg(test)]
mod tests;
