//! What every key, the mouse and the watcher do.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::domain::{
    check::Checklist,
    edit::Stamp,
    event::{BuildEvent, Outcome, RunEvent, Subject, Trigger},
    ids::{BaseId, BuildId, StrategyId},
};
use crate::tui::{
    Effect, Level, Msg, State,
    fixture::*,
    state::{Mode, Overlay, Pane, Sort, Tab, live::Fold, log::Scroll},
    update,
};

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn keys(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|symbol| press(state, KeyCode::Char(symbol)))
        .collect()
}

fn control(state: &mut State, symbol: char) -> Vec<Effect> {
    update(
        state,
        Msg::Key(KeyEvent::new(KeyCode::Char(symbol), KeyModifiers::CONTROL)),
    )
}

fn asked(names: &[&str]) -> Vec<Effect> {
    let strategies = names.iter().map(|name| id(name)).collect();
    vec![Effect::Build {
        strategies,
        trigger: Trigger::Asked,
    }]
}

fn start(state: &mut State, number: u64, subject: Subject) {
    let trigger = Trigger::Asked;
    let build = BuildId(number);
    update(
        state,
        Msg::Run(RunEvent::BuildStarted {
            build,
            subject,
            trigger,
            log: "/log".into(),
        }),
    );
}

fn end(state: &mut State, number: u64, outcome: Outcome) {
    let build = BuildId(number);
    let event = BuildEvent::Ended { outcome };
    update(
        state,
        Msg::Run(RunEvent::BuildProgressed {
            build,
            at: ms(9),
            event,
        }),
    );
}

fn selected(state: &State) -> &str {
    &state.selected().unwrap().id.0
}

fn notices(state: &State) -> String {
    let texts: Vec<&str> = state
        .notices
        .iter()
        .map(|notice| notice.text.as_str())
        .collect();
    texts.join("|")
}

#[test]
fn enter_builds_the_selected_strategy_b_the_marked_ones_a_all_that_are_visible() {
    let mut state = ready_state(120, 40);
    assert_eq!(press(&mut state, KeyCode::Enter), asked(&["basic"]));
    keys(&mut state, "j j ");
    assert_eq!(selected(&state), "min-size");
    assert_eq!(keys(&mut state, "b"), asked(&["multi-stage", "min-size"]));
    keys(&mut state, "  ");
    keys(&mut state, "/chef");
    press(&mut state, KeyCode::Enter);
    assert_eq!(
        keys(&mut state, "a"),
        asked(&["chef-distroless", "chef-scratch"])
    );
}

#[test]
fn motions_move_the_selection_and_stay_in_bounds() {
    let mut state = ready_state(80, 24);
    for (key, wanted) in [
        ('G', "chef-scratch"),
        ('j', "chef-scratch"),
        ('k', "chef-distroless"),
        ('g', "basic"),
        ('k', "basic"),
    ] {
        keys(&mut state, &key.to_string());
        assert_eq!(selected(&state), wanted, "after {key}");
    }
    press(&mut state, KeyCode::PageDown);
    assert_eq!(selected(&state), "chef-scratch");
}

#[test]
fn the_filter_is_live_and_escape_clears_it() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "/qchef-s");
    assert!(
        state.selected().is_none(),
        "letters are text while a prompt is open"
    );
    control(&mut state, 'u');
    keys(&mut state, "CHEF-S");
    assert_eq!(selected(&state), "chef-scratch");
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.list.visible(&state.strategies).len(), 8);
}

#[test]
fn cancel_drops_the_queue_too_and_asks_once_only() {
    let mut state = ready_state(120, 40);
    assert_eq!(keys(&mut state, "x"), []);
    start(&mut state, 1, Subject::Strategy(id("basic")));
    update(
        &mut state,
        Msg::Run(RunEvent::BuildQueued {
            strategy: id("scratch"),
        }),
    );
    assert_eq!(keys(&mut state, "x"), [Effect::DropQueue, Effect::Cancel]);
    update(
        &mut state,
        Msg::Run(RunEvent::BuildDropped {
            strategy: id("scratch"),
        }),
    );
    assert_eq!(keys(&mut state, "x"), []);
    end(&mut state, 1, Outcome::Cancelled);
    start(&mut state, 2, Subject::Setup);
    assert_eq!(keys(&mut state, "x"), [Effect::Cancel]);
}

#[test]
fn what_waits_already_is_not_queued_twice() {
    let mut state = ready_state(120, 40);
    update(
        &mut state,
        Msg::Run(RunEvent::BuildQueued {
            strategy: id("basic"),
        }),
    );
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(notices(&state).contains("queue already"));
}

#[test]
fn quitting_during_a_build_asks_once() {
    let mut state = ready_state(120, 40);
    assert_eq!(keys(&mut state, "q"), [Effect::Quit]);
    assert_eq!(control(&mut state, 'c'), [Effect::Quit]);
    start(&mut state, 1, Subject::Strategy(id("basic")));
    assert_eq!(keys(&mut state, "q"), []);
    assert_eq!(keys(&mut state, "n"), []);
    assert_eq!(state.mode, Mode::Browse);
    control(&mut state, 'c');
    assert_eq!(keys(&mut state, "y"), [Effect::Cancel, Effect::Quit]);
    assert_eq!(
        update(&mut state, Msg::Terminated),
        [Effect::Quit],
        "cancelled already"
    );
}

#[test]
fn simple_keys_ask_for_their_effects() {
    let mut state = ready_state(120, 40);
    let wanted = [
        ("t", Effect::Touch),
        ("e", Effect::Edit),
        ("r", Effect::Restore),
        ("w", Effect::SetWatch(false)),
        ("y", Effect::CopyCommand(id("basic"))),
        ("m", Effect::MouseCapture(false)),
    ];
    for (key, effect) in wanted {
        assert_eq!(keys(&mut state, key), [effect], "{key}");
    }
    assert_eq!(keys(&mut state, "m"), [Effect::MouseCapture(true)]);
    assert_eq!(control(&mut state, 'z'), [Effect::Suspend]);
    assert_eq!(keys(&mut state, "S"), []);
    start(&mut state, 4, Subject::Strategy(id("basic")));
    assert_eq!(
        keys(&mut state, "S"),
        [Effect::SaveLog {
            build: BuildId(4),
            log: "/log".into()
        }]
    );
}

#[test]
fn the_copied_command_is_shown_as_well() {
    let mut state = ready_state(120, 40);
    let text = "podman build .".to_owned();
    let effects = update(
        &mut state,
        Msg::Commands {
            strategy: id("basic"),
            text: text.clone(),
        },
    );
    assert_eq!(effects, [Effect::CopyText(text)]);
    assert!(matches!(
        state.mode,
        Mode::Overlay {
            overlay: Overlay::Command { .. },
            ..
        }
    ));
}

#[test]
fn focus_goes_by_number_tab_and_click() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "2");
    assert_eq!(state.focus, Pane::Build);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.focus, Pane::Result);
    press(&mut state, KeyCode::Tab);
    assert_eq!(state.focus, Pane::Strategies);
    press(&mut state, KeyCode::BackTab);
    assert_eq!(state.focus, Pane::Result);
    click(&mut state, 5, 6);
    assert_eq!(
        (state.focus, selected(&state)),
        (Pane::Strategies, "min-size")
    );
}

#[test]
fn tabs_and_order_go_round() {
    let mut state = ready_state(120, 40);
    for wanted in [Tab::Timings, Tab::Compare, Tab::Layers] {
        keys(&mut state, "]");
        assert_eq!(state.result.tab, wanted);
    }
    keys(&mut state, "[3");
    assert_eq!(state.result.tab, Tab::Compare);
    for wanted in [Sort::Size, Sort::Time, Sort::Name, Sort::List] {
        keys(&mut state, "s");
        assert_eq!(state.result.sort, wanted);
    }
}

#[test]
fn first_run_sets_up_with_enter_and_then_builds() {
    let mut state = new_state(120, 40, false);
    assert_eq!(
        press(&mut state, KeyCode::Enter),
        [Effect::Examine],
        "nothing is installed unseen"
    );
    update(&mut state, Msg::Checklist(checklist()));
    assert_eq!(
        keys(&mut state, "b"),
        [],
        "only the key that says so sets up"
    );
    press(&mut state, KeyCode::Esc);
    assert_eq!(press(&mut state, KeyCode::Enter), [Effect::SetUp]);
    start(&mut state, 1, Subject::Setup);
    assert_eq!(press(&mut state, KeyCode::Enter), [], "it is under way");
    end(&mut state, 1, Outcome::Built);
    let ready = RunEvent::EngineReady {
        name: "podman".into(),
        how: "service".into(),
    };
    assert_eq!(update(&mut state, Msg::Run(ready)), asked(&["basic"]));
}

#[test]
fn the_checklist_s_own_key_sets_up_where_the_pane_is_out_of_view() {
    let mut state = new_state(40, 12, false);
    update(&mut state, Msg::Checklist(checklist()));
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    assert!(matches!(
        state.mode,
        Mode::Overlay {
            overlay: Overlay::Checklist,
            ..
        }
    ));
    assert_eq!(keys(&mut state, "i"), [Effect::SetUp]);
}

#[test]
fn a_machine_that_is_ready_builds_what_was_asked_for_meanwhile() {
    let mut state = new_state(120, 40, false);
    press(&mut state, KeyCode::Enter);
    assert_eq!(
        update(&mut state, Msg::Checklist(Checklist::default())),
        asked(&["basic"])
    );
}

#[test]
fn a_change_rebuilds_the_marked_ones_and_cancels_what_is_stale() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "G ");
    let files = vec!["src/main.rs".into()];
    let trigger = Trigger::Changed {
        files: files.clone(),
    };
    let build = Effect::Build {
        strategies: vec![id("chef-scratch")],
        trigger,
    };
    let changed = Msg::SourcesChanged { files };
    assert_eq!(
        update(&mut state, changed.clone()),
        std::slice::from_ref(&build)
    );
    start(&mut state, 1, Subject::Strategy(id("chef-scratch")));
    assert_eq!(update(&mut state, changed.clone()), [Effect::Cancel, build]);
    update(
        &mut state,
        Msg::Run(RunEvent::BuildQueued {
            strategy: id("chef-scratch"),
        }),
    );
    assert_eq!(update(&mut state, changed), [], "a burst makes one build");
}

#[test]
fn bases_and_other_strategies_go_on_when_sources_change() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "G ");
    for (number, subject) in [
        Subject::Base(BaseId("rust".into())),
        Subject::Strategy(id("basic")),
    ]
    .into_iter()
    .enumerate()
    {
        start(&mut state, number as u64, subject);
        let effects = update(
            &mut state,
            Msg::SourcesChanged {
                files: vec!["a".into()],
            },
        );
        assert!(!effects.contains(&Effect::Cancel), "{effects:?}");
        end(&mut state, number as u64, Outcome::Built);
    }
}

#[test]
fn our_own_edit_labels_the_next_build_once() {
    let mut state = ready_state(120, 40);
    let edited = Msg::Edited {
        file: "src/main.rs".into(),
        line: Some(14),
        stamp: Stamp(1),
    };
    update(&mut state, edited.clone());
    assert_eq!(state.edits.on_disk(), 1);
    let changed = Msg::SourcesChanged {
        files: vec!["src/main.rs".into()],
    };
    let trigger = |effects: Vec<Effect>| match effects.into_iter().next() {
        Some(Effect::Build { trigger, .. }) => trigger,
        other => panic!("{other:?}"),
    };
    assert_eq!(trigger(update(&mut state, changed.clone())), source_edit());
    assert!(matches!(
        trigger(update(&mut state, changed)),
        Trigger::Changed { .. }
    ));
    update(&mut state, Msg::WatchState { on: false });
    update(&mut state, edited);
    assert_eq!(trigger(press(&mut state, KeyCode::Enter)), source_edit());
    assert_eq!(trigger(press(&mut state, KeyCode::Enter)), Trigger::Asked);
}

#[test]
fn nothing_is_rebuilt_when_not_watching_or_only_times_changed() {
    let mut state = ready_state(120, 40);
    assert_eq!(
        update(
            &mut state,
            Msg::SourcesTouched {
                files: vec!["src/main.rs".into()]
            }
        ),
        []
    );
    assert!(notices(&state).contains("only times changed"));
    update(&mut state, Msg::WatchState { on: false });
    assert_eq!(
        update(
            &mut state,
            Msg::SourcesChanged {
                files: vec!["a".into()]
            }
        ),
        []
    );
}

#[test]
fn restored_and_kept_files_are_told() {
    let mut state = ready_state(120, 40);
    update(&mut state, Msg::EditsOnDisk { files: 2 });
    assert_eq!(state.edits.on_disk(), 2);
    let kept = vec![("src/lib.rs".into(), "you changed it meanwhile".into())];
    update(
        &mut state,
        Msg::Restored {
            restored: vec!["src/main.rs".into()],
            kept,
        },
    );
    assert_eq!(state.edits.on_disk(), 0);
    assert!(notices(&state).contains("src/main.rs|src/lib.rs was left alone: you changed"));
}

#[test]
fn notices_go_after_six_seconds_and_only_then_is_there_something_to_draw() {
    let mut state = ready_state(120, 40);
    update(
        &mut state,
        Msg::Notice {
            level: Level::Info,
            text: "hello".into(),
        },
    );
    state.take_dirty();
    assert_eq!(state.next_tick(), Some(Duration::from_secs(6)));
    update(&mut state, Msg::Tick { now: ms(5_900) });
    assert!(!state.take_dirty());
    update(&mut state, Msg::Tick { now: ms(6_000) });
    assert!(state.take_dirty());
    assert_eq!((notices(&state).as_str(), state.next_tick()), ("", None));
}

#[test]
fn the_spinner_moves_ten_times_a_second_while_something_runs() {
    let mut state = ready_state(120, 40);
    start(&mut state, 1, Subject::Setup);
    state.take_dirty();
    assert_eq!(state.next_tick(), Some(ms(100)));
    update(&mut state, Msg::Tick { now: ms(50) });
    assert!(!state.take_dirty());
    update(&mut state, Msg::Tick { now: ms(110) });
    assert!(state.take_dirty());
}

fn built(width: u16, height: u16) -> State {
    let mut state = ready_state(width, height);
    play(
        &mut state,
        &messages(7, "chef-scratch", source_edit(), &script(true)),
        ms(60_000),
    );
    keys(&mut state, "2");
    state
}

#[test]
fn steps_unfold_and_fold_and_follow_comes_back() {
    let mut state = built(120, 40);
    let step = Some(key(2, 5));
    keys(&mut state, "g");
    assert_ne!(state.log.scroll, Scroll::Follow);
    // Four headings and ten steps stand above the build step.
    keys(&mut state, "jjjjjjjjjjjj");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.shown().unwrap().fold(step), Fold::Open);
    keys(&mut state, "jjj");
    press(&mut state, KeyCode::Left);
    assert_eq!(state.shown().unwrap().fold(step), Fold::Closed);
    press(&mut state, KeyCode::Right);
    assert_eq!(state.shown().unwrap().fold(step), Fold::Open);
    keys(&mut state, "f");
    assert_eq!(state.log.scroll, Scroll::Follow);
}

#[test]
fn the_view_stays_where_the_user_scrolled_while_lines_come() {
    let mut state = ready_state(80, 24);
    let messages = messages(7, "chef-scratch", source_edit(), &script(false));
    play(&mut state, &messages, ms(20_000));
    keys(&mut state, "2gj");
    let before = crate::tui::picture::buffer(&state);
    let row = |buffer: &ratatui::buffer::Buffer, y: u16| -> String {
        (32..70)
            .map(|x| buffer[(x, y)].symbol().to_owned())
            .collect()
    };
    play(&mut state, &messages, ms(35_000));
    let after = crate::tui::picture::buffer(&state);
    for y in 3..8 {
        assert_eq!(row(&before, y), row(&after, y));
    }
}

#[test]
fn search_unfolds_what_it_finds_and_goes_round() {
    let mut state = built(120, 40);
    keys(&mut state, "g/AXUM");
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.log.found, Some(5));
    let at = |state: &State| super::scroll::cursor(state).unwrap();
    let first = at(&state);
    for _ in 0..4 {
        keys(&mut state, "n");
        assert_ne!(at(&state), first);
    }
    keys(&mut state, "n");
    assert_eq!(at(&state), first, "around the end");
    keys(&mut state, "N");
    assert_ne!(at(&state), first);
    press(&mut state, KeyCode::Esc);
    assert_eq!(state.log.search, "");
}

#[test]
fn a_new_build_comes_into_view_unless_the_user_reads() {
    let mut state = built(120, 40);
    keys(&mut state, "k");
    start(&mut state, 8, Subject::Strategy(id("chef-scratch")));
    assert_eq!(
        state.shown().unwrap().id,
        BuildId(8),
        "the live view goes on"
    );
    keys(&mut state, "1k2k");
    start(&mut state, 9, Subject::Strategy(id("basic")));
    keys(&mut state, "f");
    assert_eq!(state.shown().unwrap().id, BuildId(9));
}

#[test]
fn only_recent_builds_keep_their_lines() {
    let mut state = ready_state(120, 40);
    for number in 1..=25 {
        start(
            &mut state,
            number,
            Subject::Strategy(StrategyId(format!("s{number}"))),
        );
        for line in 0..300 {
            let event = BuildEvent::Output {
                step: None,
                line: format!("{line}"),
            };
            let build = BuildId(number);
            update(
                &mut state,
                Msg::Run(RunEvent::BuildProgressed {
                    build,
                    at: ms(1),
                    event,
                }),
            );
        }
        end(&mut state, number, Outcome::Built);
    }
    let kept: Vec<usize> = state
        .runs
        .builds
        .iter()
        .map(|live| live.build.log.len())
        .collect();
    assert_eq!(kept.len(), 20);
    assert_eq!(kept[15..], [200, 200, 300, 300, 300]);
    let live = state.runs.builds.front().unwrap();
    assert_eq!(live.marks(None).unwrap().len(), 200);
    assert_eq!(live.text(299), Some("299"));
}

fn mouse(state: &mut State, kind: MouseEventKind, column: u16, row: u16) {
    let modifiers = KeyModifiers::NONE;
    update(
        state,
        Msg::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers,
        }),
    );
}

fn click(state: &mut State, column: u16, row: u16) {
    mouse(state, MouseEventKind::Down(MouseButton::Left), column, row);
}

#[test]
fn the_mouse_scrolls_below_the_pointer_and_clicks_tabs_and_steps() {
    let mut state = built(120, 40);
    mouse(&mut state, MouseEventKind::ScrollDown, 5, 5);
    assert_eq!(selected(&state), "multi-stage");
    state.log.live = true;
    let area = super::Areas::of(&state).pane(Pane::Result);
    click(&mut state, area.x + 25, area.y);
    assert_eq!(
        (state.focus, state.result.tab),
        (Pane::Result, Tab::Timings)
    );
    let buffer = crate::tui::picture::buffer(&state);
    let row = |y: u16| {
        (44..119)
            .map(|x| buffer[(x, y)].symbol().to_owned())
            .collect::<String>()
    };
    let y = (2..28).find(|y| row(*y).contains("26 lines")).unwrap();
    click(&mut state, 60, y);
    assert_eq!(state.shown().unwrap().fold(Some(key(2, 5))), Fold::Open);
}
