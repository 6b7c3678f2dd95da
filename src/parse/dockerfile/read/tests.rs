use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;
use crate::{
    domain::dockerfile::{
        Access, Argument, Command, Copy, Heredoc, MountKind, Run, Setting, SettingName, Sharing,
        Source, Tabs,
    },
    parse::dockerfile::outline,
};

/// The instructions of the only stage.
fn kinds(instructions: &str) -> Vec<Kind> {
    let text = format!("FROM a\n{instructions}");
    let mut found = read(&text).unwrap();
    assert_aligned(&text, &found);
    let stage = found.stages.remove(0);
    stage
        .instructions
        .into_iter()
        .map(|found| found.kind)
        .collect()
}

fn kind(instruction: &str) -> Kind {
    kinds(instruction).remove(0)
}

fn run(instruction: &str) -> Run {
    match kind(instruction) {
        Kind::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

fn copy(instruction: &str) -> Copy {
    match kind(instruction) {
        Kind::Copy(copy) | Kind::Add(copy) => copy,
        other => panic!("{other:?}"),
    }
}

/// What [`outline`] shows and what was read are the same steps.
fn assert_aligned(text: &str, found: &Dockerfile) {
    let plans = outline(text);
    assert_eq!(plans.len(), found.stages.len());
    for (plan, stage) in plans.iter().zip(&found.stages) {
        let texts: Vec<&String> = stage.instructions.iter().map(|found| &found.text).collect();
        let planned: Vec<&String> = plan.instructions.iter().skip(1).collect();
        assert_eq!(texts, planned);
        if let Some(name) = &stage.name {
            assert_eq!(&plan.name, name);
        }
    }
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn paths(copy: &Copy) -> Vec<&str> {
    let sources = copy.sources.iter();
    sources
        .map(|source| match source {
            Source::Path(path) => path.as_str(),
            Source::Heredoc(heredoc) => heredoc.name.as_str(),
        })
        .collect()
}

#[test]
fn stages_and_global_arguments_are_told() {
    let text = "\
# syntax=docker/dockerfile:1
ARG A=1 B
arg C=\"d e\"

FROM --platform=$BUILDPLATFORM ${A} AS Build
RUN x
from build
";
    let found = read(text).unwrap();
    assert_aligned(text, &found);
    let argument = |name: &str, default: Option<&str>| Argument {
        name: name.to_owned(),
        default: default.map(str::to_owned),
    };
    let global = [
        argument("A", Some("1")),
        argument("B", None),
        argument("C", Some("\"d e\"")),
    ];
    assert_eq!(found.global, global);
    assert_eq!(found.escape, '\\');
    let [build, last] = found.stages.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(build.name.as_deref(), Some("Build"));
    assert_eq!(build.platform.as_deref(), Some("$BUILDPLATFORM"));
    assert_eq!((build.image.as_str(), build.line), ("${A}", 5));
    assert_eq!(build.instructions[0].line, 6);
    assert_eq!(
        (last.image.as_str(), &last.name, last.line),
        ("build", &None, 7)
    );
}

#[test]
fn what_runs_is_joined_and_otherwise_as_written() {
    let text = "RUN --network=none --mount=type=cache,id=a,target=\"/b\",sharing=locked \\\n  # no\n\n  --mount=target=/c   a  \"b\\\"\" && \\\n    c d\\\n  | e  \n";
    let found = run(text);
    let command = "a  \"b\\\"\" &&     c d  | e";
    assert_eq!(found.command, Command::Shell(command.to_owned()));
    assert_eq!(
        found.flags,
        [("network".to_owned(), Some("none".to_owned()))]
    );
    let [cache, bind] = found.mounts.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (cache.kind, cache.access),
        (MountKind::Cache, Access::ReadWrite)
    );
    assert_eq!(cache.id.as_deref(), Some("a"));
    assert_eq!(cache.target.as_deref(), Some("/b"));
    assert_eq!(cache.sharing, Some(Sharing::Locked));
    assert_eq!(cache.text, "type=cache,id=a,target=/b,sharing=locked");
    assert_eq!(
        (bind.kind, bind.target.as_deref()),
        (MountKind::Bind, Some("/c"))
    );
}

#[test]
fn a_program_is_read_from_json() {
    let found = run("run [ \"a\\tb\", \\\n \"$C\" ]\n");
    assert_eq!(
        found.command,
        Command::Exec(vec!["a\tb".to_owned(), "$C".to_owned()])
    );
    let shell = run("RUN [ -e /a ] && b");
    assert_eq!(shell.command, Command::Shell("[ -e /a ] && b".to_owned()));
    let shell = kind("SHELL [\"/bin/bash\", \"-c\"]");
    assert_eq!(
        shell,
        Kind::Shell(vec!["/bin/bash".to_owned(), "-c".to_owned()])
    );
}

#[test]
fn heredocs_of_a_run_are_kept_beside_it() {
    let text = "RUN <<A cat - <<-'B' > /x # c\n  $a # b\nFROM c\nA\n\t\"d\"\n\tB\nRUN cat <<EOF\n\\\nEOF\nUSER x\n";
    let found = kinds(text);
    let Kind::Run(first) = &found[0] else {
        panic!("{found:?}");
    };
    let command = "<<A cat - <<-'B' > /x # c";
    assert_eq!(first.command, Command::Shell(command.to_owned()));
    let heredoc = |name: &str, expand, tabs, written: &str| Heredoc {
        name: name.to_owned(),
        expand,
        tabs,
        written: written.to_owned(),
    };
    let expected = [
        heredoc("A", true, Tabs::Kept, "  $a # b\nFROM c\n"),
        heredoc("B", false, Tabs::Dropped, "\t\"d\"\n"),
    ];
    assert_eq!(first.heredocs, expected);
    let Kind::Run(second) = &found[1] else {
        panic!("{found:?}");
    };
    assert_eq!(second.heredocs, [heredoc("EOF", true, Tabs::Kept, "\\\n")]);
    assert_eq!(found[2], Kind::User("x".to_owned()));
}

#[test]
fn files_are_copied_from_paths_and_heredocs() {
    let found = copy(
        "COPY --from=build --chown=$U:$G --chmod=755 --link --parents=false --exclude=*.md --exclude=a a  $B/* /c/",
    );
    assert_eq!(paths(&found), ["a", "$B/*"]);
    assert_eq!(found.target, "/c/");
    assert_eq!(found.from.as_deref(), Some("build"));
    assert_eq!(found.owner.as_deref(), Some("$U:$G"));
    assert_eq!(found.mode.as_deref(), Some("755"));
    assert_eq!((found.link, found.parents), (true, false));
    assert_eq!(found.exclude, ["*.md", "a"]);

    let json = copy("COPY [\"a b\", \"/c\"]");
    assert_eq!((paths(&json), json.target.as_str()), (vec!["a b"], "/c"));
    assert!(!json.link);

    let text = "COPY <<a.txt b <<-\"C\" 3<<D /e\n1\na.txt\n\t2\n\tC\nD\n";
    let heredocs = copy(text);
    assert_eq!(paths(&heredocs), ["a.txt", "b", "C", "D"]);
    assert!(matches!(
        &heredocs.sources[2],
        Source::Heredoc(found) if found.body() == "2\n" && !found.expand
    ));

    let added = kind("ADD --checksum=sha256:0 --keep-git-dir https://a/b /c");
    let Kind::Add(added) = added else {
        panic!("{added:?}");
    };
    let flags = [
        ("checksum".to_owned(), Some("sha256:0".to_owned())),
        ("keep-git-dir".to_owned(), None),
    ];
    assert_eq!(added.flags, flags);
}

#[test]
fn other_instructions_are_told_by_their_words() {
    let found = kinds(
        "ENV A=b\\ c D=\"e $f\"\nENV a  b c\nLABEL \"x y\"=z\nARG A B=$A\nWORKDIR /a b/$c\nUSER \"$u\":1\nEXPOSE  80 \\\n 81\nHEALTHCHECK --interval=5s CMD [\"a\"]\nONBUILD COPY <<E /a\n1\nE\nonbuild ENV a=b\nCMD a  'b'\n",
    );
    let setting = |name, text: &str| {
        Kind::Setting(Setting {
            name,
            text: text.to_owned(),
        })
    };
    assert_eq!(
        found[0],
        Kind::Environment(pairs([("A", "b\\ c"), ("D", "\"e $f\"")]))
    );
    assert_eq!(found[1], Kind::Environment(pairs([("a", "b c")])));
    assert_eq!(found[2], Kind::Label(pairs([("\"x y\"", "z")])));
    assert!(matches!(&found[3], Kind::Argument(declared) if declared.len() == 2));
    assert_eq!(found[4], Kind::WorkingFolder("/a b/$c".to_owned()));
    assert_eq!(found[5], Kind::User("\"$u\":1".to_owned()));
    assert_eq!(found[6], setting(SettingName::Expose, "80  81"));
    assert_eq!(
        found[7],
        setting(SettingName::HealthCheck, "--interval=5s CMD [\"a\"]")
    );
    let Kind::OnBuild(later) = &found[8] else {
        panic!("{found:?}");
    };
    assert!(matches!(&**later, Kind::Copy(copy) if paths(copy) == ["E"]));
    let later = Kind::Environment(pairs([("a", "b")]));
    assert_eq!(found[9], Kind::OnBuild(Box::new(later)));
    assert_eq!(found[10], setting(SettingName::Command, "a  'b'"));
}

#[test]
fn another_escape_continues_lines_and_leaves_this_one_alone() {
    let text = "# escape=`\nFROM a\nENV A=b` c `\n  D=\\\nCOPY a `\n  C:\\b\\\nRUN <<`\n";
    let found = read(text).unwrap();
    assert_aligned(text, &found);
    assert_eq!(found.escape, '`');
    let kinds: Vec<&Kind> = found.stages[0]
        .instructions
        .iter()
        .map(|found| &found.kind)
        .collect();
    assert_eq!(
        kinds[0],
        &Kind::Environment(pairs([("A", "b` c"), ("D", "\\")]))
    );
    assert!(matches!(kinds[1], Kind::Copy(copy) if copy.target == "C:\\b\\"));
}

#[test]
fn every_dockerfile_of_ours_is_read_as_it_is_outlined() {
    let strategies = Path::new(env!("CARGO_MANIFEST_DIR")).join("strategies");
    let mut count = 0;
    for folder in fs::read_dir(strategies).unwrap() {
        let path = folder.unwrap().path().join("Dockerfile");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let found = read(&text).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        assert_aligned(&text, &found);
        count += 1;
    }
    assert!(count > 30, "the strategies were not found");
}

proptest! {
    #[test]
    fn no_text_breaks_it(
        text in "(FROM a\n|\n(RUN|COPY|ADD|ENV|ARG|LABEL|SHELL|ONBUILD|HEALTHCHECK|VOLUME|CMD) ?|<<-?'?E|\nE\n|# escape=`\n|AS|CMD|NONE|--mount=|--|type=cache|\\[\"|\"\\]|\",\"|\\\\|\\\\u|`|#|\r|\n| |\t|,|=|\\$\\{?|['\"<a한]){0,40}",
    ) {
        if let Ok(found) = read(&text) {
            assert_aligned(&text, &found);
        }
        if let Ok(found) = read(&format!("FROM a{text}")) {
            assert_aligned(&format!("FROM a{text}"), &found);
        }
    }

    #[test]
    fn no_characters_break_it(text in any::<String>(), keyword in "RUN|COPY|ENV|ARG|FROM|EXPOSE") {
        let _ = read(&text);
        let _ = read(&format!("FROM a\n{keyword} {text}"));
    }
}
