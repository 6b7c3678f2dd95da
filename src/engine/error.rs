//! What can go wrong at an engine: what happened, where, and what to do next.

use crate::domain::event::StepKey;

/// Every error says in its text what happened and, where we know it, what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// There is nothing that answers.
    #[error("cannot reach the engine at {place}: {reason}\n{remedy}")]
    Unreachable {
        /// Socket or program.
        place: String,
        /// What was tried and seen.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// It answered before and does not any more.
    #[error(
        "the engine stopped answering: {reason}\nBuild again: that connects anew, and starts a service of imgtui's own anew; another engine has to be running first. `imgtui engines` (E on the screen) lists others."
    )]
    Gone {
        /// What was seen.
        reason: String,
    },
    /// A base image is neither there nor to be had.
    #[error(
        "the base image {reference} is not there and cannot be pulled: {reason}\nPull it by hand, or let the strategy name a base of strategies/bases.toml."
    )]
    BaseMissing {
        /// The image.
        reference: String,
        /// The engine's words.
        reason: String,
    },
    /// An instruction failed.
    #[error("{message}")]
    BuildFailed {
        /// The step, where it is known.
        step: Option<StepKey>,
        /// A sentence for people, the engine's own words behind it.
        message: String,
    },
    /// The disk of the engine's store is full.
    #[error(
        "the disk is full: {reason}\nFree some space (`imgtui clean` removes what imgtui made, `podman system df` shows the rest; `docker builder prune` empties BuildKit's cache, which keeps contexts too) and build again."
    )]
    NoSpace {
        /// The engine's words.
        reason: String,
    },
    /// The context could not be sent.
    #[error(
        "the context could not be sent: {reason}\nNothing was built; mend that and build again."
    )]
    Context {
        /// Which file and why.
        reason: String,
    },
    /// Something is known to be wrong with the app; the engine was not asked.
    #[error("{reason}")]
    AppNotReady {
        /// What, and what to put where; a line each.
        reason: String,
    },
    /// The user ended it.
    #[error("cancelled")]
    Cancelled,
    /// Anything else that the engine refused.
    #[error("{doing}: {reason}")]
    Refused {
        /// What was asked for.
        doing: String,
        /// The engine's words.
        reason: String,
    },
}

/// What the system says of a full disk.
const FULL: &str = "no space left on device";

/// Whether an engine's words are about a full disk.
pub(super) fn is_full(words: &str) -> bool {
    words.to_lowercase().contains(FULL)
}

impl EngineError {
    /// Reads an engine's error message of a failed pull.
    #[must_use]
    pub fn from_pull_message(reference: &str, message: &str) -> Self {
        let reason = crate::parse::terminal::plain(message.trim());
        if is_full(&reason) {
            return Self::NoSpace { reason };
        }
        Self::BaseMissing {
            reference: reference.to_owned(),
            reason,
        }
    }

    /// Reads docker's error message of a failed build; `failed` is the step and its instruction.
    #[must_use]
    pub fn from_docker_message(message: &str, failed: Option<(StepKey, String)>) -> Self {
        let reason = crate::parse::terminal::plain(message.trim());
        let lower = reason.to_lowercase();
        let Some((step, instruction)) = failed else {
            return match () {
                () if lower.contains(FULL) => Self::NoSpace { reason },
                () if NO_BASE.iter().any(|sign| lower.contains(sign)) => Self::BaseMissing {
                    reference: quoted_reference(&reason)
                        .unwrap_or_else(|| "of the FROM instruction".into()),
                    reason: reason.clone(),
                },
                () => Self::BuildFailed {
                    step: None,
                    message: format!("the build failed: {reason}"),
                },
            };
        };
        let instruction = crate::parse::terminal::plain(&instruction);
        let mut words = instruction.split_whitespace();
        let is_from = words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("FROM"));
        // Whatever a registry answers, or whether it does.
        if is_from && !lower.contains(FULL) {
            return Self::BaseMissing {
                reference: words.next().unwrap_or_default().to_owned(),
                reason,
            };
        }
        // The message quotes the instruction, which can hold any words; its end is docker's own.
        if lower.ends_with(FULL) {
            return Self::NoSpace { reason };
        }
        let message = match exit_status(&reason) {
            Some(status) => {
                format!("`{instruction}` ended with status {status}; its last lines above say why")
            }
            None => format!("`{instruction}` failed: {reason}"),
        };
        Self::BuildFailed {
            step: Some(step),
            message,
        }
    }

    /// Reads podman's error message of a failed build.
    #[must_use]
    pub fn from_build_message(message: &str, step: Option<StepKey>) -> Self {
        let message = crate::parse::terminal::plain(message.trim());
        // The instruction that the message quotes can hold any words.
        let lower = quoted_step(&message)
            .map_or(message.as_str(), |(_, reason)| reason)
            .to_lowercase();
        if lower.contains(FULL) {
            return Self::NoSpace { reason: message };
        }
        // Podman compares with every image there is (4.3.1).
        if lower.contains("checking if cached image exists") && lower.contains("not known") {
            return Self::BuildFailed {
                step,
                message: format!(
                    "an image was removed while podman looked for cached steps; build again ({message})"
                ),
            };
        }
        let missing = [
            "manifest unknown",
            "name unknown",
            "unable to find a name and tag match",
            "short-name",
            "initializing source docker://",
            "no such image",
            "image not known",
        ];
        if missing.iter().any(|sign| lower.contains(sign)) {
            return Self::BaseMissing {
                reference: quoted_reference(&message)
                    .unwrap_or_else(|| "of the FROM instruction".into()),
                reason: message.clone(),
            };
        }
        Self::BuildFailed {
            step,
            message: explain(&message),
        }
    }
}

/// What docker says of a base that it cannot get (20.10.24 to 28).
const NO_BASE: [&str; 6] = [
    "pull access denied",
    "repository does not exist",
    "manifest unknown",
    "failed to resolve source metadata",
    "failed to do request",
    "no such image",
];

/// The exit status in docker's words: `… exit code: 7`, `… returned a non-zero code: 7`.
fn exit_status(message: &str) -> Option<&str> {
    let (_, status) = message.trim_end().rsplit_once("code: ")?;
    status
        .bytes()
        .all(|sign| sign.is_ascii_digit())
        .then_some(status)
}

/// The reference in `initializing source docker://REF: …`, in `source metadata for REF: …`
/// (BuildKit of docker 26.1.5 and 28.5.2), or in quotes. What docker quotes can be the address
/// that it asked instead.
fn quoted_reference(message: &str) -> Option<String> {
    for sign in ["docker://", "source metadata for "] {
        if let Some((_, rest)) = message.split_once(sign) {
            return rest.split(": ").next().map(str::to_owned);
        }
    }
    let quoted = message.split('"').nth(1)?;
    match quoted.split_once("://") {
        Some((_, address)) => asked_for(address),
        None => Some(quoted.to_owned()),
    }
}

/// `HOST/v2/NAME/manifests/TAG`, as a registry is asked (OCI distribution specification) →
/// `HOST/NAME:TAG`.
fn asked_for(address: &str) -> Option<String> {
    let (host, rest) = address.split_once("/v2/")?;
    let (name, tag) = rest.split_once("/manifests/")?;
    let sign = if tag.contains(':') { '@' } else { ':' };
    Some(format!("{host}/{name}{sign}{tag}"))
}

/// The instruction that podman's message quotes, and the reason behind it. A RUN can hold the
/// closing sign itself; the reason of a COPY quotes paths (podman 4.3.1 to 5.8.6).
fn quoted_step(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("STEP \"")?;
    let end = rest
        .rfind("\": while running runtime")
        .or_else(|| rest.find("\": "))?;
    Some((&rest[..end], &rest[end + "\": ".len()..]))
}

/// One plain sentence in front of the engine's words, where we can say it.
fn explain(message: &str) -> String {
    // buildah prints its own structure behind the words (1.28.2).
    let message = message
        .split_once(" &imagebuilder.Step")
        .map_or(message, |(words, _)| words);
    let Some((instruction, reason)) = quoted_step(message) else {
        return format!("the build failed: {message}");
    };
    match reason.rsplit_once("exit status ") {
        Some((_, status)) => {
            format!("`{instruction}` ended with status {status}; its last lines above say why")
        }
        None => format!("`{instruction}` failed: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages of podman 4.3.1.
    #[test]
    fn the_engines_words_become_a_sentence() {
        let failed =
            "building at STEP \"RUN echo built; exit 7\": while running runtime: exit status 7\n";
        let EngineError::BuildFailed { message, .. } =
            EngineError::from_build_message(failed, None)
        else {
            panic!("not a failed build");
        };
        assert_eq!(
            message,
            "`RUN echo built; exit 7` ended with status 7; its last lines above say why"
        );
        let missing = "initializing source docker://localhost/none:x: reading manifest x in localhost/none: manifest unknown";
        assert!(matches!(
            EngineError::from_build_message(missing, None),
            EngineError::BaseMissing { reference, .. } if reference == "localhost/none:x"
        ));
        let fault = "building at STEP \"RUM \": Build error: Unknown instruction: \"RUM\" &imagebuilder.Step{Env:[]string{\"PATH=/bin\"}}";
        let EngineError::BuildFailed { message, .. } = EngineError::from_build_message(fault, None)
        else {
            panic!("not a failed build");
        };
        assert_eq!(
            message,
            "`RUM ` failed: Build error: Unknown instruction: \"RUM\""
        );
        let no_answer = "creating build container: initializing source docker://localhost/none:x: pinging container registry localhost: Get \"https://localhost/v2/\": dial tcp 127.0.0.1:443: connect: connection refused";
        assert!(matches!(
            EngineError::from_build_message(no_answer, None),
            EngineError::BaseMissing { reference, .. } if reference == "localhost/none:x"
        ));
        let removed = "checking if cached image exists from a previous build: getting top layer info: layer not known";
        let told = EngineError::from_build_message(removed, None).to_string();
        assert!(told.contains("build again"), "{told}");
        let full = "write /var/lib/x: no space left on device";
        assert!(matches!(
            EngineError::from_build_message(full, None),
            EngineError::NoSpace { .. }
        ));
    }

    /// The reason quotes paths, what runs can hold quotes and colons (podman 4.3.1 and 5.8.6).
    #[test]
    fn quotes_do_not_hide_where_the_reason_begins() {
        let told = |message| EngineError::from_build_message(message, None).to_string();
        assert_eq!(
            told(
                "building at STEP \"COPY none /x\": checking on sources under \"/var/tmp/build\": copier: stat: \"/none\": no such file or directory"
            ),
            "`COPY none /x` failed: checking on sources under \"/var/tmp/build\": copier: stat: \"/none\": no such file or directory"
        );
        assert_eq!(
            told("building at STEP \"RUN echo \"a\": b\": while running runtime: exit status 7"),
            "`RUN echo \"a\": b` ended with status 7; its last lines above say why"
        );
    }

    /// BuildKit of docker 26.1.5 and of 20.10.24.
    #[test]
    fn a_base_that_is_missing_is_named_and_not_the_address_that_was_asked() {
        let asked = "failed to do request: Head \"https://localhost/v2/none/manifests/x\": dial tcp [::1]:443: connect: connection refused";
        let newer = format!(
            "localhost/none:x: failed to resolve source metadata for localhost/none:x: {asked}"
        );
        for (message, named) in [
            (newer.as_str(), "localhost/none:x"),
            (asked, "localhost/none:x"),
        ] {
            assert!(matches!(
                EngineError::from_docker_message(message, None),
                EngineError::BaseMissing { reference, .. } if reference == named
            ));
        }
    }

    #[test]
    fn an_error_cannot_carry_what_a_terminal_obeys() {
        let error = EngineError::from_build_message("\u{1b}]0;x\u{7}bad", None);
        assert_eq!(error.to_string(), "the build failed: bad");
    }
}
