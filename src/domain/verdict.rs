//! Whether an image is right: what the gate says of a build that made one.
//!
//! A build counts only if its image holds the very source that it was built from. A fast build
//! that ships yesterday's program would otherwise win every comparison.

use serde::{Deserialize, Serialize};

/// What the gate says of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Verdict {
    /// The image was built from this build's source, and works as far as it was asked to.
    Verified {
        /// What proved it.
        proof: Proof,
    },
    /// The image is wrong: no figure of this build may be compared with others.
    Invalid {
        /// What is wrong and, where we know it, what to do; readable, several lines at most.
        reason: String,
    },
    /// Nobody looked, or nobody could.
    Unverified {
        /// Why not.
        why: String,
    },
}

/// What proved that an image is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The running program answered with this build's stamp.
    Answer,
    /// The running program answered, and its file in the image holds this build's stamp.
    AnswerAndProgram,
    /// The program could be started, and its file in the image holds this build's stamp.
    Program,
    /// The command of the app's settings ended well, and the program's file holds the stamp.
    CommandAndProgram,
    /// The strategy's own check ended well: its image is not the app's and holds no stamp.
    Check,
}

impl Verdict {
    /// Whether figures of this build may be compared and may win.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Invalid { .. })
    }

    /// The word that stands in tables.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified { .. } => "verified",
            Self::Invalid { .. } => "INVALID",
            Self::Unverified { .. } => "unverified",
        }
    }

    /// One readable line, or several: the word and what it rests on.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Verified { proof } => format!("verified: {}", proof.words()),
            Self::Invalid { reason } => format!("INVALID: {reason}"),
            Self::Unverified { why } => format!("unverified: {why}"),
        }
    }
}

impl Proof {
    /// What was seen, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Answer => "the running image answered with this build's stamp",
            Self::AnswerAndProgram => {
                "the running image answered, and its program holds this build's stamp"
            }
            Self::Program => "the program starts, and holds this build's stamp",
            Self::CommandAndProgram => {
                "the command ended well, and the program holds this build's stamp"
            }
            Self::Check => "the strategy's own check of its image ended well",
        }
    }
}
