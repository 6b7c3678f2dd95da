//! Changes of Dockerfiles and of what they are given, and some that are no change to any engine.

use super::changes::Change;
use crate::contract::Kind;

const COMMAND: &str = "RUN echo {} > /{}\n";
const TWO_FILES: &str = "COPY {}/a.txt /{}/a.txt\nCOPY {}/b.txt /{}/b.txt\n";
const IS_ANOTHER: &str = "the instruction is another: it was ";

/// All that make a step run on this engine, and one whose stages need steps that do.
pub(super) fn all_that_run(kind: Kind) -> Vec<Change> {
    let mut all = INSTRUCTIONS.to_vec();
    all.extend(STAGES);
    all.extend(SETTINGS);
    all.extend(differing(kind));
    all
}

/// No engine sees any of these.
pub(super) fn quiet() -> Vec<Change> {
    let all = QUIET.iter().copied();
    all.map(|change| change.saying(&["nothing that it depends on changed"]))
        .collect()
}

const QUIET: [Change; 9] = [
    Change::hits("nothing at all", |_| Ok(())),
    Change::hits("owner of a file", |site| site.give_away("a.txt")),
    Change::hits("an ignored file", |site| {
        site.write("ignored.md", "nobody is sent this either\n")
    }),
    Change::hits("a comment in the ignore file", |site| {
        site.ignore("# another")
    }),
    Change::hits("a comment in the Dockerfile", |site| {
        site.reword("COPY", "# a comment\nCOPY")
    }),
    Change::hits("empty lines in the Dockerfile", |site| {
        site.reword("COPY", "\n\nCOPY")
    }),
    Change::hits("a comment inside of a command", |site| {
        site.reword("\\\n", "\\\n# of course\n")
    })
    .of("RUN echo {} \\\n  > /{}\n", "RUN echo {}"),
    Change::hits("a keyword in small letters", |site| {
        site.reword("COPY", "copy")
    })
    .of("COPY {}/a.txt /{}\n", ""),
    Change::hits("stages in another order", |site| {
        site.reword(THIS_ONE, "")?;
        site.reword(THAT_ONE, &format!("{THAT_ONE}{THIS_ONE}"))
    })
    .of(IN_ORDER, "COPY {}/a.txt"),
];

const THIS_ONE: &str = "FROM ${BASE_IMAGE} AS {}-this\nCOPY {}/a.txt /this\n";
const THAT_ONE: &str = "FROM ${BASE_IMAGE} AS {}-that\nCOPY {}/b.txt /that\n";
const IN_ORDER: &str = "FROM ${BASE_IMAGE} AS {}-this
COPY {}/a.txt /this
FROM ${BASE_IMAGE} AS {}-that
COPY {}/b.txt /that
FROM ${BASE_IMAGE} AS {}
COPY --from={}-this /this /{}/
COPY --from={}-that /that /{}/
";

const INSTRUCTIONS: [Change; 7] = [
    Change::runs("another command", |site| {
        site.reword("echo {}", "echo not {}")
    })
    .of(COMMAND, "RUN echo")
    .saying(&[IS_ANOTHER, "`RUN echo {} > /{}`"]),
    Change::runs("white space in a command", |site| {
        site.reword("echo {}", "echo  {}")
    })
    .of(COMMAND, "RUN echo")
    .saying(&[IS_ANOTHER, "`RUN echo {} > /{}`"]),
    Change::runs("another target of a copy", |site| {
        site.reword(" /{}", " /{}/inside")
    })
    .saying(&[IS_ANOTHER, "`COPY {} /{}`"]),
    Change::runs("another owner in the image", |site| {
        site.reword("COPY {}", "COPY --chown=1:1 {}")
    })
    .of("COPY {} /{}\n", "COPY --chown")
    .saying(&[IS_ANOTHER, "`COPY {} /{}`"]),
    Change::runs("an instruction more", |site| {
        site.reword("COPY {}/b.txt", "COPY {}/run.sh /{}/run.sh\nCOPY {}/b.txt")
    })
    .of(TWO_FILES, "COPY {}/run.sh")
    .saying(&[IS_ANOTHER, "`COPY {}/b.txt /{}/b.txt`"]),
    Change::runs("an instruction less", |site| {
        site.reword("COPY {}/a.txt /{}/a.txt\n", "")
    })
    .of(TWO_FILES, "COPY {}/b.txt")
    .saying(&[IS_ANOTHER, "`COPY {}/a.txt /{}/a.txt`"]),
    Change::runs("instructions in another order", |site| {
        site.reword(
            "COPY {}/a.txt /{}/a.txt\nCOPY {}/b.txt /{}/b.txt\n",
            "COPY {}/b.txt /{}/b.txt\nCOPY {}/a.txt /{}/a.txt\n",
        )
    })
    .of(TWO_FILES, "COPY {}/b.txt")
    .saying(&[IS_ANOTHER, "`COPY {}/a.txt /{}/a.txt`"]),
];

const TAKING: &str = "FROM ${BASE_IMAGE} AS {}-made
COPY {}/lib.rs /lib.rs
FROM ${BASE_IMAGE} AS {}
COPY --from={}-made /lib.rs /{}
";
const MAKING_THE_SAME: &str = "FROM ${BASE_IMAGE} AS {}-made
COPY {}/lib.rs /lib.rs
RUN echo the same > /same
FROM ${BASE_IMAGE} AS {}
COPY --from={}-made /same /{}
";
const GOING_ON: &str = "FROM ${BASE_IMAGE} AS {}-made
COPY {}/lib.rs /lib.rs
FROM {}-made AS {}
COPY {}/a.txt /{}
";

const STAGES: [Change; 3] = [
    Change::runs("copied from a stage, changed", |site| {
        site.write("lib.rs", "// {}\n")
    })
    .of(TAKING, "COPY --from={}-made")
    .saying(&["what it takes from {}-made is new: its step 2 ran"]),
    Change::hits("copied from a stage, the same", |site| {
        site.write("lib.rs", "// {}\n")
    })
    .of(MAKING_THE_SAME, "COPY --from={}-made")
    .saying(&["what it takes from {}-made came out the same"]),
    Change::runs("begun with a stage, changed", |site| {
        site.write("lib.rs", "// {}\n")
    })
    .of(GOING_ON, "COPY {}/a.txt")
    .saying(&["what it takes from {}-made is new: its step 2 ran"]),
];

const SETTINGS: [Change; 4] = [
    Change::runs("an argument that is used", |site| {
        site.argument("VERSION", "1.1")
    })
    .of("ARG VERSION=1.0\nRUN echo ${VERSION} > /{}\n", "RUN echo")
    .saying(&["ARG VERSION: 1.0 → 1.1"]),
    Change::runs("an argument that nothing uses", |site| {
        site.argument("UNUSED", "y")
    })
    .of("ARG UNUSED=x\nRUN echo {} > /{}\n", "RUN echo")
    .saying(&["ARG UNUSED: x → y"]),
    Change::hits("an argument that no command follows", |site| {
        site.argument("LATE", "y")
    })
    .of(
        "COPY {}/a.txt /{}\nARG LATE=x\nCOPY {}/b.txt /b\n",
        "COPY {}/b.txt",
    )
    .saying(&["changed, which it does not copy"]),
    Change::runs("the working folder", |site| {
        site.reword("WORKDIR /{}", "WORKDIR /{}/inner")
    })
    .of("WORKDIR /{}\nCOPY {}/a.txt ./\n", "WORKDIR")
    .saying(&[IS_ANOTHER, "`WORKDIR /{}`"]),
];

/// Instructions that are steps for some.
fn differing(kind: Kind) -> Vec<Change> {
    let default = Change::runs("the default of an argument", |site| {
        site.reword("OWN=1.0", "OWN=1.2")
    });
    let default = match kind {
        Kind::DockerClassic => default
            .of(DEFAULT, "ARG OWN")
            .saying(&[IS_ANOTHER, "`ARG OWN=1.0`"]),
        _ => default
            .of(DEFAULT, "RUN echo")
            .saying(&["ARG OWN: 1.0 → 1.2"]),
    };
    let environment = Change::runs("the environment", |site| site.reword("fast", "slow"));
    let user = Change::runs("another user", |site| site.reword("USER 1", "USER 2"));
    let command = |change: Change| change.of("COPY {}/a.txt /{}\nCMD [\"none\"]\n", "CMD");
    let name = "the command of the image";
    if kind == Kind::DockerBuildKit {
        return vec![
            default,
            environment
                .of(ENVIRONMENT, "RUN echo")
                .saying(&["ENV MODE: fast → slow"]),
            user.of(USER, "RUN true").saying(&["USER: 1 → 2"]),
            Change::hits(name, |site| site.reword("none", "other"))
                .of("COPY {}/a.txt /{}\nCMD [\"none\"]\n", "COPY {}/a.txt")
                .saying(&["changed, which it does not copy"]),
        ];
    }
    vec![
        default,
        environment
            .of(ENVIRONMENT, "ENV MODE")
            .saying(&[IS_ANOTHER, "`ENV MODE=fast`"]),
        user.of(USER, "USER").saying(&[IS_ANOTHER, "`USER 1`"]),
        command(Change::runs(name, |site| site.reword("none", "other")))
            .saying(&[IS_ANOTHER, "`CMD [\"none\"]`"]),
    ]
}

const DEFAULT: &str = "ARG OWN=1.0\nRUN echo ${OWN} > /{}\n";
const ENVIRONMENT: &str = "ENV MODE=fast\nRUN echo ${MODE} > /{}\n";
const USER: &str = "COPY {}/a.txt /{}\nUSER 1\nRUN true\n";
