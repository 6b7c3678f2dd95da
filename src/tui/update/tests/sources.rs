//! First run, edits, the watcher, time.

use super::*;

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
fn a_missing_engine_is_told_and_the_machine_looked_at_once() {
    let mut state = ready_state(120, 40);
    start(&mut state, 1, Subject::Strategy(id("basic")));
    let message = "podman went away".to_owned();
    let missing = Msg::Run(RunEvent::EngineMissing { message });
    assert_eq!(update(&mut state, missing.clone()), [Effect::Examine]);
    assert_eq!(notices(&state), "podman went away");
    update(&mut state, Msg::Checklist(checklist()));
    assert_eq!(update(&mut state, missing), []);
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
    assert_eq!(state.edits.made, 1);
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

fn edited_virtually(stamp: u64) -> Msg {
    Msg::EditedVirtually {
        file: "src/main.rs".into(),
        line: Some(14),
        stamp: Stamp(stamp),
    }
}

fn rebuilt(names: &[&str]) -> Effect {
    Effect::Build {
        strategies: names.iter().map(|name| id(name)).collect(),
        trigger: source_edit(),
    }
}

#[test]
fn an_edit_laid_over_the_sources_builds_by_itself_as_no_watcher_tells_of_it() {
    let mut state = ready_state(120, 40);
    update(&mut state, Msg::WatchState { on: false });
    let effects = update(&mut state, edited_virtually(1));
    assert_eq!(effects, [rebuilt(&["basic"])]);
    let told = notices(&state);
    assert!(
        told.contains("edit laid over src/main.rs:14, the disk is untouched"),
        "{told}"
    );
    assert_eq!((state.edits.made, state.edits.stamp), (1, Some(Stamp(1))));
    keys(&mut state, "G k ");
    let effects = update(&mut state, edited_virtually(2));
    assert_eq!(effects, [rebuilt(&["chef-distroless", "chef-scratch"])]);
    assert_eq!(
        press(&mut state, KeyCode::Enter),
        asked(&["chef-distroless"])
    );
    assert_eq!(keys(&mut state, "r"), [Effect::Restore]);
    let restored = Msg::Restored {
        restored: Vec::new(),
        kept: Vec::new(),
    };
    update(&mut state, restored);
    assert_eq!(state.edits.made, 0);
    assert!(notices(&state).contains("builds are sent what is on the disk again"));
}

#[test]
fn an_edit_laid_over_cancels_the_build_of_older_sources_also_while_its_image_is_looked_at() {
    let mut state = ready_state(120, 40);
    start(&mut state, 1, Subject::Strategy(id("basic")));
    let wanted = [Effect::Cancel, rebuilt(&["basic"])];
    assert_eq!(update(&mut state, edited_virtually(1)), wanted);
    let mut state = ready_state(120, 40);
    start(&mut state, 1, Subject::Strategy(id("basic")));
    end(&mut state, 1, Outcome::Built);
    assert_eq!(update(&mut state, edited_virtually(1)), wanted);
    let mut state = ready_state(120, 40);
    start(&mut state, 1, Subject::Strategy(id("scratch")));
    assert_eq!(
        update(&mut state, edited_virtually(1)),
        [rebuilt(&["basic"])]
    );
}

#[test]
fn an_edit_laid_over_before_there_is_an_engine_labels_the_first_build() {
    let mut state = new_state(120, 40, false);
    update(&mut state, Msg::Checklist(checklist()));
    assert_eq!(update(&mut state, edited_virtually(1)), []);
    assert_eq!(state.mode, Mode::Browse);
    press(&mut state, KeyCode::Enter);
    state.waiting.push(id("basic"));
    let ready = RunEvent::EngineReady {
        name: "podman".into(),
        how: "service".into(),
    };
    let effects = update(&mut state, Msg::Run(ready));
    assert!(
        matches!(&effects[..], [Effect::Build { trigger, .. }] if *trigger == source_edit()),
        "{effects:?}"
    );
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
    let edited = Msg::Edited {
        file: "src/main.rs".into(),
        line: None,
        stamp: Stamp(1),
    };
    update(&mut state, edited);
    let kept = vec![("src/lib.rs".into(), "you changed it meanwhile".into())];
    update(
        &mut state,
        Msg::Restored {
            restored: vec!["src/main.rs".into()],
            kept,
        },
    );
    assert_eq!(state.edits.made, 0);
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
