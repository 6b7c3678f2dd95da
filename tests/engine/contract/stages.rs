//! Stages that interleave, run side by side, or are not needed.

use anyhow::ensure;
use imgtui::domain::{
    build::StepStatus::{self, Cached, Failed, NotReached, Ran},
    record::BuildRecord,
};

use super::{
    Contract, Way,
    steps::{LABELS, step},
};
use crate::Done;

const STAGES: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS build
RUN echo of-build
RUN echo build > /made

FROM ${BASE_IMAGE} AS unused
RUN echo of-unused

FROM ${BASE_IMAGE} AS final
RUN echo of-final
COPY --from=build /made /made
RUN echo last
";

/// Both stages talk for a while: where they run side by side, their lines are mixed.
const TALKING: &str = "ARG BASE_IMAGE=none
FROM ${BASE_IMAGE} AS left
RUN for i in 1 2 3 4 5 6 7 8; do echo of-left; sleep 0.1; done

FROM ${BASE_IMAGE} AS final
RUN for i in 1 2 3 4 5 6 7 8; do echo of-final; sleep 0.1; done; exit 7
COPY --from=left /etc/debian_version /left
";

pub(super) fn apart(contract: &Contract<'_>) -> Done {
    let room = contract.room("stages")?;
    room.strategy("plain", STAGES)?;
    room.strategy("talking", TALKING)?;
    for status in [Ran, Cached] {
        let record = room
            .imgtui(&["build", "plain", "--json"])?
            .expect(0)?
            .record()?;
        statuses(contract, &record, status)?;
        let log = std::fs::read_to_string(&record.log)?;
        let is_printed = |line: &str| log.lines().any(|found| found == line);
        let ran = status == Ran;
        let unused = ran && contract.has(Way::UnusedStagesAreBuilt);
        for (line, wanted) in [("of-build", ran), ("of-final", ran), ("of-unused", unused)] {
            ensure!(
                is_printed(line) == wanted,
                "{line}: {wanted} wanted in {log}"
            );
        }
    }
    let ended = room.imgtui(&["build", "talking", "--json"])?.expect(1)?;
    let record = ended.record()?;
    ensure!(step(&record, "RUN for i in 1 2 3 4 5 6 7 8; do echo of-final")?.status == Failed);
    ensure!(step(&record, "COPY --from=left")?.status == NotReached);
    // What a step that failed printed is shown below it: no line of the other stage's.
    let shown = ended
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("  | "));
    let shown: Vec<&str> = shown.collect();
    ensure!(shown == ["of-final"; 8], "shown: {shown:#?}");
    contract.has_no_container()
}

fn statuses(contract: &Contract<'_>, record: &BuildRecord, status: StepStatus) -> Done {
    let build = [
        ("FROM ", Cached),
        ("RUN echo of-build", status),
        ("RUN echo build", status),
    ];
    contract.expect(record, "build", &build)?;
    let (from, run) = if contract.has(Way::UnusedStagesAreBuilt) {
        (Cached, status)
    } else {
        (NotReached, NotReached)
    };
    let unused = [("FROM ", from), ("RUN echo of-unused", run)];
    contract.expect(record, "unused", &unused)?;
    let last = [
        ("FROM ", Cached),
        ("RUN echo of-final", status),
        ("COPY --from=build", status),
        ("RUN echo last", status),
        (LABELS, status),
    ];
    contract.expect(record, "final", &last)
}
