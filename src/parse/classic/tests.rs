//! Forged lines and odd ends; recorded streams are read beside the adapter.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    domain::build::{Build, StepStatus},
    parse::dockerfile,
};

const DOCKERFILE: &str = "ARG BASE=x\nFROM ${BASE} AS one\nENV A=\"b c\"\nRUN make &&   test\nFROM scratch\nCOPY --from=one /a /a\n";

fn plan() -> Vec<StagePlan> {
    let mut plan = dockerfile::outline(DOCKERFILE);
    plan[1].instructions.push("LABEL io.imgtui.made".into());
    plan
}

fn fold(text: &str) -> Build {
    let mut stream = ClassicStream::new(plan());
    let mut build = Build::new(100);
    let mut apply = |event: BuildEvent| build.apply(Duration::ZERO, &event);
    stream.push(text, &mut apply);
    stream.finish(&mut apply);
    build
}

fn statuses(build: &Build) -> Vec<Vec<StepStatus>> {
    let stages = build.stages.iter();
    let of = |stage: &crate::domain::build::Stage| stage.steps.iter().map(|s| s.status).collect();
    stages.map(of).collect()
}

const WHOLE: &str = "Step 1/7 : ARG BASE=x\nStep 2/7 : FROM ${BASE} AS one\n ---> 0123456789ab\n\
    Step 3/7 : ENV A=\"b c\"\n ---> Using cache\n ---> 1123456789ab\nStep 4/7 : RUN make &&   test\n \
    ---> Running in aaaaaaaaaaaa\nbuilt\nRemoving intermediate container aaaaaaaaaaaa\n ---> 2123456789ab\n\
    Step 5/7 : FROM scratch\n ---> \nStep 6/7 : COPY --from=one /a /a\n ---> 3123456789ab\nStep 7/7 : LABEL \
    io.imgtui.made=image\n ---> Running in bbbbbbbbbbbb\n ---> 4123456789ab\nSuccessfully built 4123456789ab\n";

#[test]
fn a_build_is_read_step_by_step() {
    use StepStatus::{Cached, Ran};
    let build = fold(WHOLE);
    assert_eq!(
        statuses(&build),
        [vec![Cached, Cached, Ran], vec![Cached, Ran, Ran]]
    );
    let printed: Vec<_> = build
        .log
        .iter()
        .filter(|line| line.step.is_some())
        .collect();
    assert_eq!(printed.len(), 1);
    assert_eq!(printed[0].text, "built");
    assert_eq!(printed[0].step, Some(StepKey { stage: 0, index: 3 }));
    let named = build.steps().filter(|(_, step)| step.image.is_some());
    assert_eq!(named.count(), 4, "every result but those of the two FROMs");
}

#[test]
fn what_a_run_prints_is_no_step() {
    use StepStatus::Cached;
    let forged = WHOLE.replace(
        "built\n",
        "Step 5/7 : RUN rm -rf /\n ---> Using cache\nStep 9/7 : FROM scratch\n",
    );
    let build = fold(&forged);
    assert_ne!(statuses(&build)[0][2], Cached, "it had printed already");
    assert_eq!(
        build.log.iter().filter(|line| line.step.is_some()).count(),
        3
    );
    assert_eq!(statuses(&build), statuses(&fold(WHOLE)));
}

#[test]
fn the_step_at_work_is_the_one_that_failed() {
    let mut stream = ClassicStream::new(plan());
    let (before, _) = WHOLE.split_once("built").unwrap();
    stream.push(before, |_| {});
    let (step, instruction) = stream.failed().unwrap();
    assert_eq!(step, StepKey { stage: 0, index: 3 });
    assert_eq!(instruction, "RUN make && test");
}

proptest! {
    #[test]
    fn chunks_do_not_matter(cut in 0..WHOLE.len()) {
        let mut stream = ClassicStream::new(plan());
        let mut build = Build::new(100);
        let mut apply = |event: BuildEvent| build.apply(Duration::ZERO, &event);
        stream.push(&WHOLE[..cut], &mut apply);
        stream.push(&WHOLE[cut..], &mut apply);
        stream.finish(&mut apply);
        prop_assert_eq!(build, fold(WHOLE));
    }

    #[test]
    fn nothing_makes_it_panic(text in "(Step [0-9]{1,3}/[0-9]{1,2} : (ARG BASE=x|FROM scratch|.{0,9})\n| ---> (Using cache|[0-9a-f]{12}|)\n|.{0,20}\n){0,30}") {
        let build = fold(&text);
        prop_assert!(build.stages.len() <= 2);
    }
}
