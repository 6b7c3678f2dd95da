//! What every key, the mouse and the watcher do.

mod bench;
mod engines;
mod keys;
mod log;
mod sources;

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
    areas::Areas,
    fixture::*,
    state::{
        Mode, Overlay, Pane,
        live::Fold,
        log::Scroll,
        result::{Sort, Tab},
    },
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
