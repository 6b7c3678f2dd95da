//! A whole Dockerfile → its stages, and what each of their instructions takes.

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;

use super::{
    grammar::{Part, part},
    instructions::{Instructions, escape_directive},
};
use crate::domain::dockerfile::{Dockerfile, Instruction, Kind, Stage};

/// Why a Dockerfile cannot be read. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no `FROM`.
    #[error("there is no FROM")]
    NoStage,
    /// The `escape` directive names another character than the two that can escape.
    #[error("line {line}: `{value}` cannot escape: only `\\` and `` ` `` can")]
    Escape {
        /// The directive's line.
        line: usize,
        /// What it says.
        value: String,
    },
    /// An instruction other than `ARG` comes before the first `FROM`.
    #[error("line {line}: only ARG can stand before the first FROM")]
    BeforeFrom {
        /// The instruction's line.
        line: usize,
    },
    /// The file ends in a heredoc.
    #[error("line {line}: the heredoc {name} never ends")]
    OpenHeredoc {
        /// The line of the instruction that opens it.
        line: usize,
        /// The word that would end it.
        name: String,
    },
    /// An instruction is none, or takes something else.
    #[error("line {line}: {reason}")]
    Instruction {
        /// The instruction's line.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Fault {
    /// The line on which it is, from 1; none where something is missing from the whole file.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NoStage => None,
            Self::Escape { line, .. }
            | Self::BeforeFrom { line }
            | Self::OpenHeredoc { line, .. }
            | Self::Instruction { line, .. } => Some(*line),
        }
    }
}

/// Reads a Dockerfile by BuildKit's grammar. Stages and instructions are those of
/// [`outline`](super::outline), one by one, without the `FROM`s.
///
/// What an engine refuses later is no fault here: stages that are not there or have a name twice,
/// keys that a mount of that kind does not take, paths that lead nowhere.
///
/// # Errors
/// At the first line that is not of the grammar.
pub fn read(text: &str) -> Result<Dockerfile, Fault> {
    let instructions = Instructions::new(text);
    let escape = instructions.escape();
    check_directive(text, escape)?;
    let mut global = Vec::new();
    let mut stages: Vec<Stage> = Vec::new();
    for written in instructions {
        let line = written.instruction.lines.start + 1;
        if let Some(name) = written.open {
            return Err(Fault::OpenHeredoc { line, name });
        }
        let part = part(&written.line, written.heredocs, escape)
            .map_err(|reason| Fault::Instruction { line, reason })?;
        match (part, stages.last_mut()) {
            (
                Part::From {
                    name,
                    platform,
                    image,
                },
                _,
            ) => stages.push(Stage {
                name,
                platform,
                image,
                line,
                instructions: Vec::new(),
            }),
            (Part::Kind(kind), Some(stage)) => stage.instructions.push(Instruction {
                line,
                text: written.instruction.text,
                written: written.line,
                kind,
            }),
            (Part::Kind(Kind::Argument(arguments)), None) => global.extend(arguments),
            (Part::Kind(_), None) => return Err(Fault::BeforeFrom { line }),
        }
    }
    if stages.is_empty() {
        return Err(Fault::NoStage);
    }
    Ok(Dockerfile {
        escape,
        global,
        stages,
    })
}

/// Whether the directive, if there is one, says what is taken for the escape.
fn check_directive(text: &str, escape: char) -> Result<(), Fault> {
    match escape_directive(text) {
        Some((line, value)) if value.chars().ne([escape]) => Err(Fault::Escape {
            line,
            value: value.to_owned(),
        }),
        _ => Ok(()),
    }
}
