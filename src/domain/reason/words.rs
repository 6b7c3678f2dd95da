//! Reasons as people read them, each on one line.

use std::{
    fmt::{self, Display},
    path::PathBuf,
};

use super::{Cause, Certainty, FileChange, FileEvent, Reason};
use crate::domain::{dockerfile::shown, text};

/// Longer values are cut in the middle of a line.
const VALUE_LENGTH: usize = 48;

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.certainty {
            Certainty::Sure => write!(f, "{}", self.cause),
            Certainty::Likely { because } => write!(f, "likely {} ({because})", self.cause),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverBuilt => f.write_str("never built on this engine"),
            Self::CacheOff => f.write_str("the cache is off (--no-cache)"),
            Self::Image {
                reference,
                before,
                after,
            } => write!(f, "{reference} is now {} (was {})", id(after), id(before)),
            Self::Files { changes, more } => list(f, changes, *more),
            Self::Instruction { before, .. } => {
                write!(f, "the instruction is another: it was `{}`", cut(before))
            }
            Self::Argument {
                name,
                before,
                after,
            } => changed(f, "ARG", name, before.as_deref(), after.as_deref()),
            Self::Environment {
                name,
                before,
                after,
            } => changed(f, "ENV", name, before.as_deref(), after.as_deref()),
            Self::Setting {
                keyword,
                before,
                after,
            } => changed(f, keyword, "", before.as_deref(), after.as_deref()),
            Self::Parent { index, .. } => write!(f, "step {index} before it has a new result"),
            Self::Upstream {
                stage,
                index: Some(index),
            } => write!(f, "what it takes from {stage} is new: its step {index} ran"),
            Self::Upstream { stage, index: None } => write!(f, "what it takes from {stage} is new"),
            Self::Gone => f.write_str("evicted: the engine no longer has this result"),
            Self::Unchanged => f.write_str("nothing that it depends on changed"),
            Self::OnlyTimes { files, more } => {
                names(f, files, *more)?;
                f.write_str(": only the time changed")
            }
            Self::NotCopied { files, more } => {
                names(f, files, *more)?;
                f.write_str(" changed, which it does not copy")
            }
            Self::Ignored { path, file, line } => {
                write!(f, "{} is ignored by {file}:{line}", path.display())
            }
            Self::SameContent {
                stage,
                recipe: true,
            } => write!(
                f,
                "the recipe from {stage} came out the same: no dependency changed"
            ),
            Self::SameContent { stage, .. } => {
                write!(f, "what it takes from {stage} came out the same")
            }
            Self::SameStep { stage, index } => {
                write!(f, "step {index} of {stage} makes the same")
            }
            Self::Earlier => f.write_str("all is as in an earlier build"),
            Self::Shared { strategy } => write!(f, "{strategy} made the same result"),
            Self::Unexplained => f.write_str("not explained by what is known of the engine"),
            Self::NotNeeded => f.write_str("the build does not need it"),
        }
    }
}

impl Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown(&self.path);
        match &self.what {
            FileEvent::Added => write!(f, "{path} is new"),
            FileEvent::Removed => write!(f, "{path} is gone"),
            FileEvent::Mode { before, after } => {
                write!(f, "mode of {path} {before:o} → {after:o}")
            }
            FileEvent::Target { before, after } => {
                write!(f, "link {path} {} → {}", before.display(), after.display())
            }
            FileEvent::Kind => write!(f, "{path} is of another kind"),
            FileEvent::Renamed { from } => write!(f, "{} is now {path}", from.display()),
            FileEvent::Content { before, after } => match &self.detail {
                Some(detail) => write!(f, "{path} changed ({detail})"),
                None if before == after => {
                    write!(f, "{path} changed ({} as before)", text::bytes(*after))
                }
                None => write!(
                    f,
                    "{path} changed ({} → {})",
                    text::bytes(*before),
                    text::bytes(*after)
                ),
            },
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, changes: &[FileChange], more: usize) -> fmt::Result {
    for (position, change) in changes.iter().enumerate() {
        let separator = if position > 0 { ", " } else { "" };
        write!(f, "{separator}{change}")?;
    }
    and_more(f, more)
}

fn names(f: &mut fmt::Formatter<'_>, files: &[PathBuf], more: usize) -> fmt::Result {
    for (position, file) in files.iter().enumerate() {
        let separator = if position > 0 { ", " } else { "" };
        write!(f, "{separator}{}", shown(file))?;
    }
    and_more(f, more)
}

fn and_more(f: &mut fmt::Formatter<'_>, more: usize) -> fmt::Result {
    match more {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

fn changed(
    f: &mut fmt::Formatter<'_>,
    keyword: &str,
    name: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> fmt::Result {
    let space = if name.is_empty() { "" } else { " " };
    write!(f, "{keyword}{space}{name}")?;
    match (before, after) {
        (Some(before), Some(after)) => write!(f, ": {} → {}", cut(before), cut(after)),
        (None, Some(after)) => write!(f, " is new: {}", cut(after)),
        (Some(before), None) => write!(f, " is gone: it was {}", cut(before)),
        (None, None) => f.write_str(" is without a value"),
    }
}

/// The beginning of a digest; other names as they are.
fn id(text: &str) -> &str {
    let is_digest = |hex: &str| hex.len() >= 40 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.strip_prefix("sha256:") {
        Some(hex) if is_digest(hex) => &text[..19],
        _ if is_digest(text) => &text[..12],
        _ => text,
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(VALUE_LENGTH).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
