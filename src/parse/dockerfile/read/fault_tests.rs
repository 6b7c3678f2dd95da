use super::*;

fn reason(instruction: &str) -> String {
    match read(&format!("FROM a\n{instruction}")) {
        Err(Fault::Instruction { line: 2, reason }) => reason,
        other => panic!("{instruction}: {other:?}"),
    }
}

#[test]
fn faults_have_lines() {
    assert_eq!(read(""), Err(Fault::NoStage));
    assert_eq!(read("ARG A\n# b\n"), Err(Fault::NoStage));
    assert_eq!(
        read("\n\nRUN a\nFROM b"),
        Err(Fault::BeforeFrom { line: 3 })
    );
    let escape = read("#syntax=a\n# escape=x\nFROM a").unwrap_err();
    assert_eq!(escape.line(), Some(2));
    let open = read("FROM a\nRUN \\\n  <<EOF\nb\n").unwrap_err();
    assert_eq!(open.to_string(), "line 2: the heredoc EOF never ends");
    let unknown = read("FROM a\n\nRUNN a\n").unwrap_err();
    assert_eq!(unknown.to_string(), "line 3: unknown instruction 'RUNN'");
}

#[test]
fn faults_say_what_is_wrong() {
    let faults = [
        ("COPY a", "COPY instruction requires at least two arguments"),
        ("COPY --from a b", "--from has no value"),
        ("COPY --link=maybe a b", "--link is neither true nor false"),
        ("COPY a <<E\nE", "the target cannot be a heredoc"),
        ("COPY [\"<<E\", \"a\"]", "a heredoc in JSON has no body"),
        ("ENV A=b C", "there is no `=` in C"),
        ("ENV A", "A has no value"),
        ("ENV --a B=c", "--a is no flag of it"),
        ("ARG =a", "a name is empty"),
        ("FROM --x=y b", "--x is no flag of it"),
        ("FROM a b", "expected AS"),
        (
            "RUN --mount=type=x,target=/a b",
            "type=x of a mount is not known",
        ),
        ("RUN --mount b", "--mount has no value"),
        ("SHELL a", "expected JSON array"),
        ("ONBUILD FROM b", "FROM cannot stand behind ONBUILD"),
        (
            "ONBUILD onbuild RUN b",
            "ONBUILD cannot stand behind ONBUILD",
        ),
        ("ONBUILD", "no instruction follows"),
    ];
    for (instruction, expected) in faults {
        assert_eq!(reason(instruction), expected, "{instruction}");
    }
}
