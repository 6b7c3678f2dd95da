//! The build's pane and the mouse.

use super::*;

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
    let at = |state: &State| crate::tui::update::scroll::cursor(state).unwrap();
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

#[test]
fn the_mouse_scrolls_below_the_pointer_and_clicks_tabs_and_steps() {
    let mut state = built(120, 40);
    mouse(&mut state, MouseEventKind::ScrollDown, 5, 5);
    assert_eq!(selected(&state), "multi-stage");
    state.log.live = true;
    let area = crate::tui::areas::Areas::of(&state).pane(Pane::Result);
    click(&mut state, area.x + 25, area.y);
    assert_eq!((state.focus, state.result.tab), (Pane::Result, Tab::Layers));
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
