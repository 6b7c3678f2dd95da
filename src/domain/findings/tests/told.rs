use super::*;

pub(super) fn lines(findings: &[Finding]) -> String {
    super::super::told(findings)
}

fn finding() -> Finding {
    let mut history = History::default();
    let argument = super::arguments::argument("VERSION");
    history.add(
        "mine",
        &APP,
        vec![("0", "RUN apt-get update", Was::Ran(4.0, argument))],
    );
    history.found().remove(0)
}

#[test]
fn a_finding_says_what_it_saves_why_and_what_to_do() {
    let mut found = finding();
    assert_eq!(
        lines(&[found.clone()]),
        "≈ mine: ARG VERSION stands before `RUN apt-get update`, which does not name it and ran again for another value
    would have saved 4.00 s in build 1
    likely: a program that it starts could still read it from its environment
    to do: move ARG VERSION to the end of its stage: none of the steps that ran again names it
"
    );
    found.seconds = None;
    assert!(lines(&[found.clone()]).contains("would have saved n/a in build 1"));
    found.builds = vec![6, 5, 4, 3, 2, 1];
    found.bytes = Some(Bytes(1000));
    assert!(lines(&[found]).contains("1.00 kB in builds 6, 5, 4, 3, 2 …"));
}

#[test]
fn who_avoids_it_is_told_with_how_that_is_known() {
    let mut found = finding();
    let mut with = |proof: Proof| {
        found.avoided_by = Some(super::super::Avoided {
            strategy: "late".into(),
            proof,
        });
        (
            lines(&[found.clone()]),
            serde_json::to_value(&found).unwrap(),
        )
    };
    let (told, json) = with(Proof::Measured {
        said: "it cost less".into(),
        builds: vec![2],
    });
    assert!(told.ends_with("    avoided by late: it cost less\n"));
    assert_eq!(json["avoided_by"]["proof"], "measured");
    assert_eq!(json["certainty"], "likely");
    let (told, json) = with(Proof::Described {
        said: "arguments come last".into(),
    });
    assert!(told.ends_with("    avoided by late, not measured here: arguments come last\n"));
    assert_eq!(json["avoided_by"]["proof"], "described");
}
