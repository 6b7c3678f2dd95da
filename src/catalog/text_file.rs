//! A text file, TOML or not, and the lines of what stands in it.

use std::{ops::Range, path::PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::domain::strategy::CatalogFault;

/// A text with its name.
#[derive(Debug, Clone)]
pub(super) struct TextFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl TextFile {
    pub(super) fn new(path: PathBuf, bytes: &[u8]) -> Result<Self, CatalogFault> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                path,
                text: text.to_owned(),
            }),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                Err(CatalogFault {
                    file: path,
                    line: Some(line_of(before, before.len())),
                    message: "holds bytes that are no UTF-8".into(),
                })
            }
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, CatalogFault> {
        toml::from_str(&self.text)
            .map_err(|error| self.fault(error.span(), error.message().to_owned()))
    }

    /// The line on which a value stands, from 1.
    pub(super) fn line<T>(&self, value: &Spanned<T>) -> usize {
        line_of(self.text.as_bytes(), value.span().start)
    }

    pub(super) fn fault(&self, span: Option<Range<usize>>, message: String) -> CatalogFault {
        CatalogFault {
            file: self.path.clone(),
            line: span.map(|span| line_of(self.text.as_bytes(), span.start)),
            message,
        }
    }
}

pub(super) fn line_of(text: &[u8], offset: usize) -> usize {
    let before = &text[..offset.min(text.len())];
    before.split(|byte| *byte == b'\n').count()
}
