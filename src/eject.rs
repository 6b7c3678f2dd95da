//! Leaving with the result: the files that build one app's image without imgtui.
//!
//! Everything here is text out of text. Who reads the app's folder, asks the engine for digests
//! and writes the files is [`headless`](crate::headless).

mod arguments;
mod dockerfile;
mod ignore;
mod inline;
mod mounts;
mod quote;
mod workflow;

use std::collections::BTreeMap;

pub use self::{ignore::TUNED_IGNORE_FILE, mounts::CacheMount, quote::shell_word};
use crate::domain::{settings::Settings, strategy::Strategy};

/// Path of the workflow, from the folder that is written to.
pub const WORKFLOW: &str = ".github/workflows/image.yml";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// How the image is built.
    pub strategy: &'a Strategy,
    /// The Dockerfile as it is sent to the engine: with everything that the app needs put in.
    pub sent: &'a str,
    /// The app.
    pub app: AppFacts<'a>,
    /// Build argument → the base image that it names.
    pub bases: BTreeMap<String, Upstream>,
    /// The app's own ignore file, if it has one.
    pub app_ignore: Option<&'a [u8]>,
}

/// What of the app the files depend on.
#[derive(Debug, Clone)]
pub struct AppFacts<'a> {
    /// The package.
    pub name: &'a str,
    /// The program.
    pub bin: &'a str,
    /// How it is built, run and asked.
    pub settings: &'a Settings,
    /// The app's folder from the root of the repository that it is in, `/` between names; `None`
    /// where it is the root, or in no repository.
    pub folder: Option<&'a str>,
}

/// A base image as its registry knows it; never a local equivalent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Full reference with a tag.
    pub reference: String,
    /// `sha256:…` of the image that the engine has by this reference; `None` where it has none.
    pub digest: Option<String>,
}

/// One file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path from the folder that is written to, `/` between names.
    pub path: String,
    /// The whole content.
    pub content: Vec<u8>,
}

/// Why there is nothing to leave with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A script on the host makes a part of the image.
    #[error(
        "`{id}` is not hermetic: a script on this machine runs before its Dockerfile is built, so the Dockerfile alone does not make its image; eject a strategy without a prepare.sh, such as `chef-scratch`"
    )]
    NotHermetic {
        /// The strategy.
        id: String,
    },
    /// The strategy was written for one app.
    #[error(
        "`{id}` works on the app `{needs}` only, and this is `{app}`; eject a strategy that is for any app"
    )]
    OtherApp {
        /// The strategy.
        id: String,
        /// The app that it is for.
        needs: String,
        /// The app that there is.
        app: String,
    },
    /// A value that no Dockerfile can hold.
    #[error(
        "the build argument {argument} has a value of several lines, which no Dockerfile can hold; change it in imgtui.toml"
    )]
    LineEnd {
        /// The build argument.
        argument: String,
    },
}

/// The files, `Dockerfile` first.
///
/// # Errors
/// When the strategy cannot be left with.
pub fn pack(order: &Order<'_>) -> Result<Vec<File>, Refusal> {
    check(order)?;
    let values = values(order)?;
    let text = dockerfile::render(order, &values);
    let workflow = workflow::render(order, &text);
    let mut files = vec![file("Dockerfile", text)];
    files.push(File {
        path: ".dockerignore".into(),
        content: ignore_file(order),
    });
    files.push(file(WORKFLOW, workflow));
    let overlay = order.strategy.overlay.iter();
    files.extend(overlay.map(|(path, content)| File {
        path: path.clone(),
        content: content.clone(),
    }));
    Ok(files)
}

fn check(order: &Order<'_>) -> Result<(), Refusal> {
    let id = order.strategy.id.to_string();
    if !order.strategy.is_hermetic() {
        return Err(Refusal::NotHermetic { id });
    }
    match &order.strategy.needs.app {
        Some(needs) if needs != order.app.name => Err(Refusal::OtherApp {
            id,
            needs: needs.clone(),
            app: order.app.name.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Build arguments that become defaults, in the order in which a build would let them win.
fn values(order: &Order<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let settings = order.app.settings;
    let mut values = order.strategy.args.clone();
    values.extend(order.bases.iter().map(|(argument, base)| {
        let reference = match &base.digest {
            None => base.reference.clone(),
            Some(digest) => format!("{}@{digest}", base.reference),
        };
        (argument.clone(), reference)
    }));
    values.extend(settings.build_args.clone());
    values.insert("BIN".into(), order.app.bin.to_owned());
    values.insert("BUILD_FLAGS".into(), settings.build_flags.join(" "));
    values.insert("PORT".into(), settings.port.value.to_string());
    match values.iter().find(|(_, value)| value.contains('\n')) {
        None => Ok(values),
        Some((argument, _)) => Err(Refusal::LineEnd {
            argument: argument.clone(),
        }),
    }
}

/// The strategy's own, else the app's, else one that fits most.
fn ignore_file(order: &Order<'_>) -> Vec<u8> {
    match (&order.strategy.ignore, order.app_ignore) {
        (Some(own), _) => own.clone().into_bytes(),
        (None, Some(of_app)) => of_app.to_vec(),
        (None, None) => TUNED_IGNORE_FILE.into(),
    }
}

fn file(path: &str, content: String) -> File {
    File {
        path: path.into(),
        content: content.into_bytes(),
    }
}

#[cfg(test)]
mod tests;
