//! Whole screens, as a user sees them.

mod benches;

use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend};

use super::{fixture::*, *};
use crate::domain::{
    build::StepStatus,
    edit::EditKind,
    event::{BuildEvent, Outcome, RunEvent, Subject, Trigger},
    foretold::ForetoldStep,
    ids::BuildId,
    reason::{Cause, Certainty, Expected, Reason},
    strategy::CatalogFault,
};
use crossterm::event::KeyCode;

use figures::Figures;
use state::result::Tab;

fn screen(state: &State) -> String {
    let (width, height) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(state, frame)).unwrap();
    let shown = terminal.backend().to_string();
    // The backend prints each row in quotes.
    let rows = shown.lines().map(|row| row.trim_matches('"').trim_end());
    rows.collect::<Vec<_>>().join("\n")
}

fn open(state: &mut State, tab: Tab) {
    press(state, KeyCode::Char('3'));
    for _ in Tab::ALL {
        if state.result.tab != tab {
            press(state, KeyCode::Char(']'));
        }
    }
    assert_eq!(state.result.tab, tab);
}

fn failed(width: u16, height: u16) -> State {
    let mut state = ready_state(width, height);
    let messages = messages(7, "chef-scratch", source_edit(), &failing_script());
    play(&mut state, &messages, ms(60_000));
    state
}

fn snapshot(name: &str, make: impl Fn(u16, u16) -> State) {
    for (width, height) in [(80, 24), (120, 40), (34, 9)] {
        let state = make(width, height);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), screen(&state));
        });
    }
}

#[test]
fn first_run_shows_the_checklist_and_what_enter_will_do() {
    snapshot("first-run", first_run);
    assert!(
        screen(&first_run(120, 40)).contains("⏎ runs the 2 commands above, then builds basic.")
    );
}

#[test]
fn a_running_build() {
    snapshot("running", running);
}

#[test]
fn while_a_build_runs_what_was_foretold_of_its_steps_is_shown_where_it_came_so() {
    let mut state = running(120, 40);
    let live = state.runs.current().unwrap();
    let build = live.id;
    let over: Vec<_> = live
        .build
        .steps()
        .filter(|(_, step)| matches!(step.status, StepStatus::Cached | StepStatus::Ran))
        .map(|(key, step)| (key, step.status == StepStatus::Cached))
        .collect();
    assert!(over.len() > 2 && over.iter().any(|(_, cached)| *cached));
    let foretold = |agrees: bool| {
        let steps = over.iter().map(|(key, cached)| ForetoldStep {
            stage: live.build.stages[key.stage].name.clone(),
            index: key.index,
            expected: if *cached == agrees {
                Expected::Hit
            } else {
                Expected::Miss
            },
            reason: Reason {
                cause: Cause::Earlier,
                certainty: Certainty::Sure,
                compared_with: None,
            },
        });
        steps.collect::<Vec<_>>()
    };
    let (right, wrong) = (foretold(true), foretold(false));
    let keys: Vec<_> = over.iter().map(|(key, _)| *key).collect();
    let told = Cause::Earlier.to_string();
    let mut told_after = |steps| {
        let event = RunEvent::BuildForetold { build, steps };
        update(&mut state, Msg::Run(event));
        let live = state.runs.current().unwrap();
        let reasons = keys.iter().filter(|key| live.why(**key).is_some()).count();
        (reasons, screen(&state).contains(&format!("· {told}")))
    };
    assert_eq!(told_after(right), (over.len(), true));
    assert_eq!(told_after(wrong), (0, false));
}

#[test]
fn a_finished_build() {
    snapshot("finished", finished);
}

#[test]
fn a_failed_build() {
    snapshot("failed", failed);
    let shown = screen(&failed(80, 24));
    assert!(shown.contains("could not compile `sample-app`"), "{shown}");
}

#[test]
fn help() {
    snapshot("help", |width, height| {
        let mut state = running(width, height);
        press(&mut state, KeyCode::Char('?'));
        state
    });
}

#[test]
fn timings_and_comparison() {
    snapshot("timings", |width, height| {
        let mut state = finished(width, height);
        open(&mut state, Tab::Timings);
        state
    });
    snapshot("compare", |width, height| {
        let mut state = finished(width, height);
        open(&mut state, Tab::Compare);
        press(&mut state, KeyCode::Char('s'));
        state
    });
}

#[test]
fn builds_after_an_edit_show_how_they_went() {
    let tried = |width, height| {
        let mut state = finished(width, height);
        let records = [17.0, 15.5, 21.0, 9.0, 9.4].map(|wall_s| {
            let edit = Some(EditKind::Source);
            let mut record = record("chef-scratch", &script(true), edit, 878_000);
            record.wall_s = wall_s;
            record
        });
        update(&mut state, Msg::Records(records.into()));
        state
    };
    snapshot("timings-of-many", |width, height| {
        let mut state = tried(width, height);
        open(&mut state, Tab::Timings);
        state
    });
    let mut state = tried(150, 40);
    open(&mut state, Tab::Compare);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("compare-of-many-150x40", screen(&state));
    });
}

#[test]
fn the_same_strategies_on_several_engines() {
    snapshot("engines-compared", |width, height| {
        let mut state = finished(width, height);
        let edit = Some(EditKind::Source);
        let mut records = Vec::new();
        for (kind, seconds) in [
            ("podman", 17.0),
            ("docker-buildkit", 15.5),
            ("docker-classic", 21.0),
        ] {
            for wall_s in [60.0, seconds] {
                let mut record = record("chef-scratch", &script(true), edit, 878_000);
                record.engine.kind = kind.into();
                record.wall_s = wall_s;
                records.push(record);
            }
        }
        update(&mut state, Msg::RecordsOfAll(records));
        open(&mut state, Tab::Compare);
        press(&mut state, KeyCode::Char('3'));
        press(&mut state, KeyCode::Char('G'));
        state
    });
}

#[test]
fn layers_of_the_image() {
    snapshot("layers", |width, height| {
        let mut state = finished(width, height);
        open(&mut state, Tab::Layers);
        state
    });
}

#[test]
fn the_gate_at_work() {
    snapshot("checking", checking);
    let shown = screen(&checking(80, 24));
    assert!(shown.contains("checking the image…"), "{shown}");
    assert!(!screen(&finished(80, 24)).contains("checking"));
}

#[test]
fn a_wrong_image_gives_no_figures_and_says_why() {
    snapshot("invalid", invalid);
    for (tab, name) in [
        (Tab::Timings, "invalid-timings"),
        (Tab::Compare, "invalid-compare"),
    ] {
        snapshot(name, |width, height| {
            let mut state = invalid(width, height);
            open(&mut state, tab);
            state
        });
    }
    let mut state = invalid(120, 40);
    open(&mut state, Tab::Layers);
    assert!(screen(&state).contains("its layers count for nothing"));
}

#[test]
fn an_image_that_nobody_asked_is_marked_and_keeps_its_figures() {
    let mut state = checking(120, 40);
    let found = record(
        "chef-scratch",
        &script(true),
        Some(EditKind::Source),
        878_000,
    );
    update(&mut state, recorded(7, judged(found, not_asked())));
    let shown = screen(&state);
    for wanted in [
        " ? done in 13.7 s · unverified",
        " --no-verify was given",
        " ? chef-scratch   ≈?  878 kB  13.7 s     n/a",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
}

#[test]
fn a_newer_right_image_gives_figures_again_and_a_failed_build_takes_none() {
    let mut state = invalid(120, 40);
    let right = record(
        "chef-scratch",
        &script(true),
        Some(EditKind::Source),
        878_000,
    );
    let mut failed = right.clone();
    failed.outcome = Outcome::Cancelled;
    update(&mut state, Msg::Records(vec![failed.clone()]));
    assert_eq!(state.figures(&id("chef-scratch")), Figures::default());
    update(&mut state, Msg::Records(vec![right, failed]));
    let figures = state.figures(&id("chef-scratch"));
    assert_eq!(figures.edit.map(|time| time.as_secs()), Some(13));
    assert_eq!(figures.cold.map(|time| time.as_secs()), Some(55));
}

#[test]
fn the_lesson_beside_the_log_and_before_the_first_build() {
    snapshot("lesson", |width, height| {
        let mut state = finished(width, height);
        open(&mut state, Tab::Lesson);
        state
    });
    snapshot("not-built", |width, height| {
        let mut state = ready_state(width, height);
        press(&mut state, KeyCode::Char('j'));
        press(&mut state, KeyCode::Char('2'));
        state
    });
}

#[test]
fn what_cannot_be_built_here() {
    snapshot("not-available", not_available);
    let mut state = not_available(120, 40);
    open(&mut state, Tab::Layers);
    assert!(screen(&state).contains("min-size is not available here: github.com:443"));
}

#[test]
fn what_the_measurements_recommend() {
    snapshot("recommend", |width, height| {
        let mut state = measured(width, height);
        open(&mut state, Tab::Recommend);
        state
    });
    snapshot("recommend-table", |width, height| {
        let mut state = measured(width, height);
        open(&mut state, Tab::Recommend);
        press(&mut state, KeyCode::Char('G'));
        state
    });
}

#[test]
fn without_a_measurement_the_advice_is_to_measure() {
    let mut state = new_state(120, 40, true);
    open(&mut state, Tab::Recommend);
    let shown = screen(&state);
    assert!(
        shown.contains("0 of 8 strategies measured; run `imgtui build --all"),
        "{shown}"
    );
}

#[test]
fn every_size_is_drawn_without_a_panic_in_every_state() {
    let sizes = (1..=8).flat_map(|width| (1..=8).map(move |height| (width, height)));
    let more = [
        (20, 5),
        (59, 15),
        (60, 16),
        (61, 40),
        (99, 28),
        (100, 27),
        (100, 28),
        (250, 3),
        (3, 90),
        (300, 100),
    ];
    for (width, height) in sizes.chain(more) {
        for make in [
            first_run,
            running,
            finished,
            failed,
            invalid,
            measured,
            benching,
            bench_ended,
        ] {
            let mut state = make(width, height);
            update(
                &mut state,
                Msg::Notice {
                    level: Level::Error,
                    text: "something long that happened".into(),
                },
            );
            for code in ['2', 'G', 'z', 'g', '3', ']', ']', ']', 'G', ']', '1', '?'] {
                press(&mut state, KeyCode::Char(code));
                screen(&state);
            }
            press(&mut state, KeyCode::Esc);
            for code in "4jl]]]]x".chars() {
                press(&mut state, KeyCode::Char(code));
                screen(&state);
            }
            press(&mut state, KeyCode::Esc);
            press(&mut state, KeyCode::Enter);
            for code in "]]]]jGBjjlqD".chars() {
                press(&mut state, KeyCode::Char(code));
                screen(&state);
            }
            for code in ['q', 'F', 'q', '/', 'b'] {
                press(&mut state, KeyCode::Char(code));
                screen(&state);
            }
        }
    }
}

#[test]
fn without_colour_no_cell_has_one() {
    let mut state = failed(120, 40);
    state.theme.colour = Colour::Off;
    let buffer = picture::buffer(&state);
    let coloured = buffer.content.iter().filter(|cell| {
        cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
    });
    assert_eq!(coloured.count(), 0);
    state.theme.colour = Colour::On;
    let buffer = picture::buffer(&state);
    assert!(
        buffer
            .content
            .iter()
            .any(|cell| cell.fg == ratatui::style::Color::Red)
    );
}

#[test]
fn faults_are_counted_below_the_list_and_shown_with_their_place() {
    let mut state = ready_state(120, 40);
    state.faults.push(CatalogFault {
        file: "strategies/09-new/strategy.toml".into(),
        line: Some(3),
        message: "unknown key `titel`; did you mean `title`?".into(),
    });
    assert!(screen(&state).contains("! 1 fault: F shows"));
    press(&mut state, KeyCode::Char('F'));
    assert!(screen(&state).contains("strategies/09-new/strategy.toml:3"));
}

#[test]
fn the_set_up_and_bases_are_shown_like_builds() {
    let mut state = ready_state(120, 40);
    let subject = Subject::Base(crate::domain::ids::BaseId("rust".into()));
    let trigger = Trigger::NeededBy {
        strategy: id("chef-scratch"),
    };
    let build = BuildId(1);
    update(
        &mut state,
        Msg::Run(RunEvent::BuildStarted {
            build,
            subject,
            trigger,
            log: "/l".into(),
        }),
    );
    assert!(screen(&state).contains("making base rust (equivalent) for chef-scratch first"));
    let step = key(0, 1);
    let event = BuildEvent::StepStarted {
        step,
        of: 1,
        instruction: "RUN mmdebstrap".into(),
    };
    update(
        &mut state,
        Msg::Run(RunEvent::BuildProgressed {
            build,
            at: ms(5),
            event,
        }),
    );
    assert!(screen(&state).contains("RUN mmdebstrap"));
}

#[test]
fn a_long_log_costs_no_more_than_its_visible_part() {
    let mut state = ready_state(120, 40);
    let messages = messages(1, "basic", Trigger::Asked, &script(false));
    play(&mut state, &messages, ms(2_000));
    let step = Some(key(2, 3));
    for number in 0..9_000_u64 {
        let line = if number % 1_000 == 0 {
            "x".repeat(90_000)
        } else {
            format!("line {number}")
        };
        let event = BuildEvent::Output { step, line };
        update(
            &mut state,
            Msg::Run(RunEvent::BuildProgressed {
                build: BuildId(1),
                at: ms(3_000),
                event,
            }),
        );
    }
    let live = state.shown().unwrap();
    assert_eq!(live.build.log.len(), 4_000);
    assert!(live.build.log.iter().all(|line| line.text.len() < 5_000));
    press(&mut state, KeyCode::Char('2'));
    press(&mut state, KeyCode::Char('z'));
    press(&mut state, KeyCode::Enter);
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        press(&mut state, KeyCode::PageUp);
        screen(&state);
    }
    // A debug build on a busy machine needs some milliseconds a frame; work that grew with the
    // log's bytes would need seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn advice_over_many_builds_is_drawn_at_once() {
    let mut state = ready_state(120, 40);
    let edit = Some(EditKind::Source);
    for number in 0..40 {
        let name = format!("way-{number}");
        state.strategies.push(strategy(9, &name, "many", 1, 1.0));
        let records = vec![record(&name, &script(true), edit, 878_000); 50];
        update(&mut state, Msg::Records(records));
    }
    open(&mut state, Tab::Recommend);
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        press(&mut state, KeyCode::Char('j'));
        screen(&state);
    }
    // Some milliseconds a frame in a debug build on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(6));
}
