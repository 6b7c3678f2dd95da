//! What a build is made for.

use serde::{Deserialize, Serialize};

/// What a build is made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Its image, and figures to compare.
    #[default]
    Image,
    /// A look at cargo: it is told to say which crates it compiles and why. The command is another
    /// one then, so it runs where it need not, and says more than it would: no figures.
    Look,
}

impl Purpose {
    /// Whether it is a look at cargo.
    #[must_use]
    pub fn is_look(self) -> bool {
        self == Self::Look
    }

    /// Whether it is the image, as nearly always.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(super) fn is_image(&self) -> bool {
        *self == Self::Image
    }
}
