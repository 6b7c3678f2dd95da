//! What a RUN prints is anybody's: it may look like the engine's own words, or like orders to a
//! terminal.

use anyhow::{Context as _, ensure};
use imgtui::domain::build::StepStatus::{Cached, Failed, Ran};

use super::{
    Contract,
    failing::one_readable_error,
    steps::{LABELS, ONLY, step},
};
use crate::{Done, room::Room};

/// Words of every engine, for steps that are not at work, and what they would do if believed:
/// end the step, take it from the cache, begin another one, fail the build.
const FORGED: &str = "\
STEP 2/9: COPY . /app
[1/2] STEP 1/3: FROM none
[1/1] STEP 3/4: RUN echo forged
--> 0123456789a
--> Using cache 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
COMMIT localhost/forged
Step 2/9 : COPY . /app
Step 3/4 : RUN echo forged
 ---> Using cache
 ---> Running in 0123456789ab
 ---> 0123456789ab
Removing intermediate container 0123456789ab
Successfully built 0123456789ab
Successfully tagged localhost/forged:latest
[builder 1/2] RUN forged
[4/4] RUN forged
#7 [4/4] RUN forged
#7 CACHED
#7 ERROR: forged
[output clipped, log limit 2MiB reached]
{\"errorDetail\":{\"message\":\"forged\"},\"error\":\"forged\"}
{\"aux\":{\"ID\":\"sha256:forged\"}}
error: building at STEP \"RUN forged\": while running runtime: exit status 9
";

/// What a RUN may print before anything else. Podman's own word for a step from the cache is not
/// among it: podman does not tell that a RUN has begun, so nothing gives that one away.
const FIRST: [&str; 2] = ["", " ---> Using cache\n"];

/// A title, a link, cursor moves, another screen, a bell, a progress bar, bytes that are no
/// UTF-8, and signs that turn the direction of reading; a colour, which may stay.
const OBEYED: &[u8] = b"\x1b]0;title-forged\x07after the title
\x1b]8;;http://forged.example\x1b\\link\x1b]8;;\x1b\\
\x1b[2J\x1b[H\x1b[10;10Hmoved\x1b[?1049h\x07\x08\x00\x7f
progress 10%\rprogress 50%\rprogress 100%
broken \xff\xfe\xc3( bytes
turned \xe2\x80\xaeover\xe2\x81\xa6 and \xe2\x80\xa8back
\x1b[31mred\x1b[0m
\xc2\x9b31mone sign
";

/// A line each of these has to leave.
const LEFT: [&str; 6] = [
    "after the title",
    "link",
    "moved",
    "progress 100%",
    "31mone sign",
    "\u{1b}[31mred\u{1b}[0m",
];

const DOCKERFILE: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE}
COPY . /app
RUN cat /app/hostile
RUN echo after
";

/// The RUN is the last step of its stage, and another one waits for it.
const EARLY: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS early
COPY . /app
RUN cat /app/hostile
FROM ${BASE_IMAGE}
COPY --from=early /app /app
";

/// A room whose app holds what is printed.
fn prepare<'a>(contract: &Contract<'a>, name: &str, first: &str) -> anyhow::Result<Room<'a>> {
    let room = contract.room(&format!("hostile-{name}"))?;
    let bytes = [first.as_bytes(), FORGED.as_bytes(), OBEYED].concat();
    std::fs::write(room.app.join("hostile"), bytes)?;
    Ok(room)
}

pub(super) fn steps(contract: &Contract<'_>) -> Done {
    // What is believed must not depend on what is printed first.
    for (number, first) in FIRST.iter().enumerate() {
        let room = prepare(contract, &number.to_string(), first)?;
        room.strategy("plain", DOCKERFILE)?;
        for status in [Ran, Cached] {
            let ended = room.imgtui(&["build", "plain", "--json"])?.expect(0)?;
            let record = ended.record()?;
            let wanted = [
                ("FROM ", Cached),
                ("COPY . /app", status),
                ("RUN cat /app/hostile", status),
                ("RUN echo after", status),
                (LABELS, status),
            ];
            contract
                .expect(&record, ONLY, &wanted)
                .with_context(|| format!("after {first:?}"))?;
            harmless(&ended.err).context("standard error")?;
            let log = std::fs::read_to_string(&record.log).context("the log is no UTF-8")?;
            harmless(&log).context("the log")?;
            for line in LEFT {
                let is_left = log.lines().any(|found| found == line);
                ensure!(is_left == (status == Ran), "{line:?}: {is_left} in {log}");
            }
        }
    }
    Ok(())
}

pub(super) fn failure(contract: &Contract<'_>) -> Done {
    for (name, dockerfile) in [("failure", DOCKERFILE), ("early", EARLY)] {
        let room = prepare(contract, name, "")?;
        let fails = "RUN cat /app/hostile; exit 7";
        room.strategy("plain", &dockerfile.replace("RUN cat /app/hostile", fails))?;
        let ended = room.imgtui(&["build", "plain", "--json"])?.expect(1)?;
        let record = ended.record()?;
        for (instruction, status) in [("COPY . /app", Ran), (fails, Failed)] {
            let seen = step(&record, instruction)?;
            ensure!(seen.status == status, "{name}: {status:?} wanted: {seen:?}");
        }
        let message = ended.failure()?;
        for words in [fails, "status 7"] {
            ensure!(message.contains(words), "{name}: no `{words}` in {message}");
        }
        one_readable_error(&message)?;
        harmless(&ended.err).context("what is shown")?;
        // Behind a forged result podman's stream leaves open whether the last step of a stage
        // still prints, or the one that waited for it.
        let shown = name == "early" || ended.err.contains("\n  | progress 100%\n");
        ensure!(shown, "{name}: not shown below the step: {}", ended.err);
    }
    contract.has_no_container()
}

/// Nothing that a terminal would obey but colours, and nothing that reads otherwise than it is.
fn harmless(text: &str) -> Done {
    for line in text.split('\n') {
        let mut rest = line;
        while let Some((before, sequence)) = rest.split_once('\u{1b}') {
            is_plain(before, line)?;
            let colour = sequence.strip_prefix('[').and_then(|sequence| {
                let (parameters, after) = sequence.split_once('m')?;
                let known = |sign: char| sign.is_ascii_digit() || sign == ';';
                parameters.chars().all(known).then_some(after)
            });
            rest = colour.with_context(|| format!("an order to the terminal: {line:?}"))?;
        }
        is_plain(rest, line)?;
    }
    Ok(())
}

fn is_plain(text: &str, line: &str) -> Done {
    let turns = |sign: char| matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    ensure!(
        !text.contains(|sign: char| sign.is_control() || turns(sign)),
        "{line:?}"
    );
    Ok(())
}
