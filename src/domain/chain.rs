//! From a cause to what it cost: the step in which something changed, and the dearest step that ran
//! because of it.

use std::fmt;

use super::{
    build::StepStatus,
    dockerfile::shown,
    reason::{Cause, Reason},
    record::{BuildRecord, StepRecord},
    text,
};

/// A cause and what followed from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain<'a> {
    /// The step in which it shows first.
    pub at: &'a StepRecord,
    /// Its place among all steps of the build, from 0.
    pub place: usize,
    /// Why that one ran.
    pub reason: &'a Reason,
    /// The step that took longest of those that ran because of it, itself among them.
    pub dearest: &'a StepRecord,
    /// Seconds that all of them took together.
    pub took_s: f64,
    /// How many they are.
    pub steps: usize,
}

/// Every cause of its own with what it cost, the dearest first.
#[must_use]
pub fn chains(record: &BuildRecord) -> Vec<Chain<'_>> {
    let mut chains: Vec<(usize, Chain<'_>)> = Vec::new();
    for (place, (step, why)) in record.steps.iter().zip(&record.why).enumerate() {
        let Some(why) = why.as_ref().filter(|_| has_worked(step)) else {
            continue;
        };
        let root = why.root.unwrap_or(place);
        let seconds = step.seconds.unwrap_or_default();
        if let Some((_, chain)) = chains.iter_mut().find(|(at, _)| *at == root) {
            chain.took_s += seconds;
            chain.steps += 1;
            if seconds > chain.dearest.seconds.unwrap_or_default() {
                chain.dearest = step;
            }
            continue;
        }
        let cause = record.why.get(root).and_then(Option::as_ref).unwrap_or(why);
        let chain = Chain {
            at: record.steps.get(root).unwrap_or(step),
            place: root,
            reason: &cause.reason,
            dearest: step,
            took_s: seconds,
            steps: 1,
        };
        chains.push((root, chain));
    }
    let mut chains: Vec<Chain<'_>> = chains.into_iter().map(|(_, chain)| chain).collect();
    chains.sort_by(|one, two| two.took_s.total_cmp(&one.took_s));
    chains
}

/// The steps that ran because of the one at this place, itself among them, with their places.
#[must_use]
pub fn members(record: &BuildRecord, place: usize) -> Vec<(usize, &StepRecord)> {
    let pairs = record.steps.iter().zip(&record.why).enumerate();
    let ran = pairs.filter_map(|(at, (step, why))| {
        let root = why.as_ref()?.root.unwrap_or(at);
        (root == place && has_worked(step)).then_some((at, step))
    });
    ran.collect()
}

fn has_worked(step: &StepRecord) -> bool {
    matches!(step.status, StepStatus::Ran | StepStatus::Failed)
}

/// `src/main.rs → COPY . . (builder 4/6) → RUN cargo build (builder 5/6): 14.2 s, of which 2 crates
/// compiled, 63 fresh`
impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason.cause {
            Cause::Files { changes, more } if !changes.is_empty() => {
                f.write_str(shown(&changes[0].path).trim_end_matches(','))?;
                let others = changes.len() - 1 + more;
                if others > 0 {
                    write!(f, " and {others} more")?;
                }
            }
            _ => write!(f, "{}", self.reason)?,
        }
        write!(f, " → {}", named(self.at))?;
        if !std::ptr::eq(self.at, self.dearest) {
            write!(f, " → {}", named(self.dearest))?;
        }
        if let Some(seconds) = self.dearest.seconds {
            write!(f, ": {}", text::seconds_of(seconds))?;
        }
        if let Some(crates) = &self.dearest.crates {
            write!(f, ", of which {crates}")?;
        }
        Ok(())
    }
}

/// `COPY . . (builder 4/6)`
fn named(step: &StepRecord) -> String {
    let gist = gist(&step.instruction);
    format!("{gist} ({} {}/{})", step.stage, step.index, step.of)
}

/// What people know an instruction by: without mounts and the like, and where its beginning does not
/// tell that it calls cargo, from there on.
fn gist(instruction: &str) -> String {
    let mut words = instruction.split_whitespace();
    let keyword = words.next().unwrap_or_default();
    let words: Vec<&str> = words
        .skip_while(|word| keyword == "RUN" && word.starts_with("--"))
        .collect();
    let short = cut(keyword, &words);
    let cargo = words.iter().position(|word| *word == "cargo");
    match cargo {
        Some(at) if keyword == "RUN" && !short.contains(" cargo") => cut("RUN …", &words[at..]),
        _ => short,
    }
}

fn cut(begin: &str, words: &[&str]) -> String {
    let mut short = begin.to_owned();
    for word in words {
        if short.chars().count() + word.chars().count() > 40 {
            short.push('…');
            break;
        }
        short.push(' ');
        short.push_str(word);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_its_cargo() {
        assert_eq!(gist("COPY . ."), "COPY . .");
        assert_eq!(
            gist("RUN --mount=type=cache,target=/x cargo build --release --locked --bin a"),
            "RUN cargo build --release --locked --bin…"
        );
        assert_eq!(
            gist(
                "RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + && cargo build --release"
            ),
            "RUN … cargo build --release"
        );
        assert_eq!(
            gist("RUN echo this is long and has nothing to do with anything else"),
            "RUN echo this is long and has nothing to…"
        );
    }

    use crate::domain::{
        crates::Crates,
        reason::{Expected, FileChange, FileEvent, StepWhy},
        record::sample,
    };

    fn record() -> BuildRecord {
        let mut record = sample("basic", 20.0);
        let steps = [
            ("FROM rust", StepStatus::Cached, 0.0, None),
            ("COPY . .", StepStatus::Ran, 0.5, Some(edited())),
            (
                "RUN --mount=type=cache,id=a-rather-long-name-of-a-cache,target=/t cargo build",
                StepStatus::Ran,
                14.2,
                Some(parent()),
            ),
            ("RUN strip", StepStatus::Ran, 0.2, Some(parent())),
        ];
        for (place, (instruction, status, seconds, why)) in steps.into_iter().enumerate() {
            record.steps.push(StepRecord {
                stage: "builder".into(),
                index: place + 1,
                of: 4,
                instruction: instruction.into(),
                status,
                seconds: Some(seconds),
                started_s: None,
                image: None,
                crates: None,
            });
            record.why.push(why);
        }
        record
    }

    fn edited() -> StepWhy {
        StepWhy {
            expected: Expected::Miss,
            reason: Reason::sure(Cause::Files {
                changes: vec![FileChange {
                    path: "src/main.rs".into(),
                    what: FileEvent::Added,
                    detail: None,
                }],
                more: 0,
            }),
            root: None,
        }
    }

    fn parent() -> StepWhy {
        StepWhy {
            expected: Expected::Miss,
            reason: Reason::sure(Cause::Parent {
                stage: "builder".into(),
                index: 2,
            }),
            root: Some(1),
        }
    }

    #[test]
    fn a_chain_leads_from_the_file_to_the_dearest_step() {
        let record = record();
        let chains = chains(&record);
        assert_eq!(chains.len(), 1);
        assert_eq!(
            chains[0].to_string(),
            "src/main.rs → COPY . . (builder 2/4) → RUN cargo build (builder 3/4): 14.2 s"
        );
        assert_eq!(chains[0].steps, 3);
        let members = members(&record, chains[0].place);
        let places: Vec<usize> = members.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [1, 2, 3]);
        assert!((chains[0].took_s - 14.9).abs() < 1e-9);
    }

    #[test]
    fn what_cargo_said_of_the_dearest_step_is_told() {
        let mut record = record();
        record.steps[2].crates = Some(Crates {
            compiled: 2,
            fresh: Some(63),
            looked_at: Vec::new(),
        });
        let told = chains(&record)[0].to_string();
        assert!(
            told.ends_with(": 14.2 s, of which 2 crates compiled, 63 fresh"),
            "{told}"
        );
    }

    #[test]
    fn nothing_ran_and_nothing_is_told() {
        let mut record = record();
        for step in &mut record.steps {
            step.status = StepStatus::Cached;
        }
        assert!(chains(&record).is_empty());
    }
}
