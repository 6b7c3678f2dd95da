//! What follows from what was seen of an image.

use super::program::ProgramFile;
use crate::{
    domain::{
        edit::Stamp,
        start::{explain_end, explain_start, is_images_fault},
        verdict::{Proof, Verdict},
    },
    parse::terminal::plain,
};

/// Last lines of a program's output that are told.
const TOLD_LINES: usize = 4;

pub(super) fn invalid(reason: String) -> Verdict {
    Verdict::Invalid { reason }
}

pub(super) fn stale(it: &str, there: Stamp, wanted: Stamp) -> Verdict {
    invalid(format!(
        "{it} {there} and was built from {wanted}: an older program was shipped. Cargo compares \
         times, not bytes: a source with new bytes and an older time leaves the old program in a \
         cached `target`"
    ))
}

/// Why a program that was started never came to life, if that is what happened: a loader that
/// misses something, or an engine whose own process in the container could not become the program
/// (`exec /server: no such file or directory`, runc 1.1.5).
pub(super) fn why_not_alive(file: Option<&ProgramFile>, lines: &[String]) -> Option<String> {
    if let Some(why) = explain_end(lines) {
        return Some(format!("the program cannot start: {why}"));
    }
    let [only] = lines else { return None };
    let program = file.map_or("the program", |file| file.path.as_str());
    let could_not_become = only.contains("exec ") && is_images_fault(only);
    could_not_become.then(|| explain_start(&plain(program), file.map(|file| &file.linkage), only))
}

/// What the program's file proves.
pub(super) fn judge_file(file: Option<ProgramFile>, stamp: Stamp, proof: Proof) -> Verdict {
    let Some(file) = file else {
        return Verdict::Unverified {
            why: "the image names no program whose file could be read".into(),
        };
    };
    if !file.is_program {
        return Verdict::Unverified {
            why: format!(
                "the image starts {}, which is no program but a script: nothing in it proves the source",
                plain(&file.path)
            ),
        };
    }
    if file.stamps.contains(&stamp) {
        return Verdict::Verified { proof };
    }
    match file.stamps.first() {
        Some(other) => stale("its program holds", *other, stamp),
        None => invalid(format!(
            "its program {} holds no stamp, so it was not built from this source",
            plain(&file.path)
        )),
    }
}

/// The last lines of a program's output, for people.
pub(super) fn last_words(lines: &[String]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| plain(line))
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() {
        return "; it printed nothing".into();
    }
    let last = &lines[lines.len().saturating_sub(TOLD_LINES)..];
    format!("; its last words:\n{}", last.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(stamps: &[u64], is_program: bool) -> ProgramFile {
        ProgramFile {
            path: "/server".into(),
            is_program,
            stamps: stamps.iter().copied().map(Stamp).collect(),
            linkage: crate::domain::start::Linkage::default(),
        }
    }

    #[test]
    fn only_the_stamp_of_this_build_proves_anything() {
        let judge = |file| judge_file(file, Stamp(2), Proof::Program);
        let judged = |file| judge(Some(file));
        assert_eq!(
            judged(file(&[1, 2], true)),
            Verdict::Verified {
                proof: Proof::Program
            }
        );
        let old = judged(file(&[1], true));
        assert!(old.sentence().contains("older program"), "{old:?}");
        let stub = judged(file(&[], true));
        assert!(stub.sentence().contains("holds no stamp"), "{stub:?}");
        assert!(!old.counts() && !stub.counts());
        for unknown in [judge(None), judged(file(&[], false))] {
            assert_eq!(unknown.word(), "unverified");
        }
    }

    #[test]
    fn last_words_are_few_and_cannot_steer_a_terminal() {
        let lines: Vec<String> = (0..9).map(|n| format!("\u{1b}]0;x\u{7}line {n}")).collect();
        let told = last_words(&lines);
        assert_eq!(told.lines().count(), 1 + TOLD_LINES);
        assert!(
            told.ends_with("line 8") && !told.contains('\u{1b}'),
            "{told}"
        );
        assert!(last_words(&[" ".into()]).contains("nothing"));
    }
}
