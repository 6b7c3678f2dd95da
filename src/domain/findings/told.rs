//! Findings as people read them.

use std::fmt::Write as _;

use super::{Finding, FindingKind, Proof, costs::compiles};
use crate::domain::{reason::Certainty, text};

/// Builds are named up to this many.
const NAMED: usize = 5;
/// Commands are cut to so many characters.
const COMMAND: usize = 60;

/// The findings as people read them, each with what it would have saved, why, what to do, and which
/// strategy does without.
#[must_use]
pub fn told(findings: &[Finding]) -> String {
    let mut out = String::new();
    let mut engines = findings.iter().map(|finding| &finding.engine);
    let first = engines.next();
    let by_one_engine = engines.all(|engine| Some(engine) == first);
    for finding in findings {
        let sign = finding.certainty.sign();
        let by = if by_one_engine {
            String::new()
        } else {
            format!(" by {}", finding.engine)
        };
        let _ = writeln!(out, "{sign}{}{by}: {}", finding.strategy, finding.seen);
        let _ = writeln!(out, "    {}", saved(finding));
        if let Certainty::Likely { because } = &finding.certainty {
            let _ = writeln!(out, "    likely: {because}");
        }
        let _ = writeln!(out, "    to do: {}", finding.remedy);
        if let Some(avoided) = &finding.avoided_by {
            let strategy = &avoided.strategy;
            let _ = match &avoided.proof {
                Proof::Measured { said, .. } => writeln!(out, "    avoided by {strategy}: {said}"),
                Proof::Described { said } => {
                    writeln!(out, "    avoided by {strategy}, not measured here: {said}")
                }
            };
        }
    }
    out
}

/// `would have saved 14.2 s in builds 5, 4`
fn saved(finding: &Finding) -> String {
    let builds = builds_words(&finding.builds);
    match (finding.kind, finding.seconds, finding.bytes) {
        (FindingKind::HiddenBytes, _, Some(bytes)) => {
            format!(
                "would make the image of {builds} {} smaller",
                text::bytes(bytes)
            )
        }
        (_, _, Some(bytes)) => {
            format!(
                "would have saved sending {} in {builds}",
                text::bytes(bytes)
            )
        }
        (_, Some(seconds), None) => {
            format!("would have saved {} in {builds}", text::seconds_of(seconds))
        }
        (_, None, None) => format!(
            "would have saved {} in {builds}: nothing that keeps dependencies was built by the same profile",
            text::NOT_AVAILABLE
        ),
    }
}

/// `build 4`, `builds 5, 4`
pub(super) fn builds_words(builds: &[i64]) -> String {
    let shown: Vec<String> = builds.iter().take(NAMED).map(i64::to_string).collect();
    let more = if builds.len() > NAMED { " …" } else { "" };
    let word = if builds.len() == 1 { "build" } else { "builds" };
    format!("{word} {}{more}", shown.join(", "))
}

/// A command without what people do not know it by, cut to a readable length. Of one that does much
/// before cargo compiles, that part is shown.
pub(super) fn command(instruction: &str) -> String {
    let mut words = instruction.split_whitespace();
    let keyword = words.next().unwrap_or_default();
    let rest = words.skip_while(|word| keyword == "RUN" && word.starts_with("--"));
    let rest = rest.collect::<Vec<_>>().join(" ");
    let parts = rest.split(" && ").enumerate();
    let mut parts = parts.filter(|(_, part)| compiles(&format!("RUN {part}")));
    let shown = match parts.next() {
        Some((at, part)) if keyword == "RUN" && at > 0 => format!("… && {part}"),
        _ => rest,
    };
    text::ellipsis(&format!("{keyword} {shown}"), COMMAND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_what_it_compiles() {
        assert_eq!(command("COPY . ."), "COPY . .");
        assert_eq!(
            command("RUN --mount=type=cache,target=/t cargo build && cp a b"),
            "RUN cargo build && cp a b"
        );
        let long = "RUN find . -path ./target -prune -o -exec touch {} + && cargo build --locked && cp a b";
        assert_eq!(command(long), "RUN … && cargo build --locked");
    }
}
