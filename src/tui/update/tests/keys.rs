//! Keys.

use std::collections::BTreeMap;

use super::*;

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
        ("Y", Effect::CopyCommand(id("basic"))),
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
    for wanted in Tab::ALL.into_iter().skip(1).chain([Tab::Lesson]) {
        keys(&mut state, "]");
        assert_eq!(state.result.tab, wanted);
    }
    keys(&mut state, "[[3");
    assert_eq!(state.result.tab, Tab::Compare);
    for wanted in [Sort::Size, Sort::Time, Sort::Name, Sort::List] {
        keys(&mut state, "s");
        assert_eq!(state.result.sort, wanted);
    }
}

#[test]
fn a_click_opens_the_tab_whose_title_it_hits_however_much_room_there_is() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut state = ready_state(width, height);
        keys(&mut state, "3");
        for tab in Tab::ALL.into_iter().rev() {
            let area = Areas::of(&state).pane(Pane::Result);
            let buffer = crate::tui::picture::buffer(&state);
            let row: Vec<&str> = (0..width).map(|x| buffer[(x, area.y)].symbol()).collect();
            let title: Vec<String> = tab.title().chars().map(String::from).collect();
            let column = row.windows(title.len()).position(|part| part == title);
            let column = u16::try_from(column.unwrap()).unwrap();
            click(&mut state, column + 1, area.y);
            assert_eq!(state.result.tab, tab, "{width}");
        }
    }
}

#[test]
fn what_is_not_available_is_not_built_and_the_reason_told() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "j ");
    let reason = "sccache is not installed".to_owned();
    let unavailable = [(id("multi-stage"), reason.clone()), (id("scratch"), reason)];
    update(&mut state, Msg::Availability(unavailable.into()));
    assert!(state.list.marked.is_empty(), "its mark goes");
    for key in [KeyCode::Enter, KeyCode::Char(' '), KeyCode::Char('b')] {
        press(&mut state, KeyCode::Esc);
        assert_eq!(press(&mut state, key), []);
        let told = notices(&state);
        assert_eq!(
            told, "multi-stage is not available: sccache is not installed",
            "{key:?}"
        );
    }
    assert!(state.list.marked.is_empty());
    press(&mut state, KeyCode::Esc);
    let others = [
        "basic",
        "min-size",
        "alpine",
        "distroless",
        "chef-distroless",
        "chef-scratch",
    ];
    assert_eq!(keys(&mut state, "a"), asked(&others));
    assert_eq!(
        notices(&state),
        "not available here, left out: multi-stage, scratch"
    );
    update(&mut state, Msg::Availability(BTreeMap::new()));
    assert_eq!(press(&mut state, KeyCode::Enter), asked(&["multi-stage"]));
}

#[test]
fn the_look_at_an_image_is_cancelled_and_asked_about_like_a_build() {
    let mut state = built(120, 40);
    assert_eq!(state.next_tick(), Some(ms(100)), "something moves");
    keys(&mut state, "q");
    assert!(matches!(
        state.mode,
        Mode::Overlay {
            overlay: Overlay::Quit,
            ..
        }
    ));
    keys(&mut state, "n");
    assert_eq!(keys(&mut state, "x"), [Effect::Cancel]);
    assert_eq!(keys(&mut state, "x"), [], "once");
    let record = record("chef-scratch", &script(true), None, 1);
    update(&mut state, recorded(7, record));
    assert_eq!((state.runs.cancelling, state.next_tick()), (None, None));
    assert_eq!(keys(&mut state, "q"), [Effect::Quit]);
}

#[test]
fn a_wrong_image_out_of_view_is_told() {
    let mut state = built(120, 40);
    keys(&mut state, "1gj");
    let record = judged(record("chef-scratch", &script(true), None, 1), stale());
    update(&mut state, recorded(7, record));
    assert!(notices(&state).starts_with("chef-scratch is INVALID: The image answers"));
}
