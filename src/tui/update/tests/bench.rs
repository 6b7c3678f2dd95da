//! A benchmark: keys, and what they lead to.

use super::*;
use crate::{
    domain::bench::{BenchCommand, BenchEvent, Ending, Prior},
    tui::state::bench::Plot,
};

fn bench(state: &mut State, event: BenchEvent) {
    update(state, Msg::Bench(event));
}

fn wanted(names: &[&str]) -> Vec<StrategyId> {
    names.iter().map(|name| id(name)).collect()
}

#[test]
fn the_marked_ones_are_measured_in_the_chosen_scenarios() {
    let mut state = ready_state(120, 40);
    keys(&mut state, "jj ");
    assert_eq!(selected(&state), "min-size");
    let asked = keys(&mut state, "B");
    let priors = vec![Prior::Unchanged, Prior::Touch, Prior::Source];
    let look = |priors: &[Prior], rounds| Effect::LookForBench {
        strategies: wanted(&["min-size"]),
        priors: priors.to_vec(),
        rounds,
    };
    assert_eq!(asked, [look(&priors, None)]);
    // The cursor is on the scenario of an edit; below it are those of crates and dependencies.
    let only = [Prior::Unchanged, Prior::Touch];
    assert_eq!(keys(&mut state, " "), [look(&only, None)]);
    assert_eq!(keys(&mut state, "l"), [look(&only, Some(1))]);
    let answer = Msg::Unfinished {
        strategies: wanted(&["min-size"]),
        priors: only.to_vec(),
        runs: Some(3),
    };
    update(&mut state, answer);
    let begun = press(&mut state, KeyCode::Enter);
    let start = |resume| Effect::StartBench {
        strategies: wanted(&["min-size"]),
        priors: only.to_vec(),
        rounds: Some(1),
        resume,
    };
    assert_eq!(begun, [start(true)]);
    assert_eq!(state.focus, Pane::Bench);
    assert_eq!(keys(&mut state, "x"), [Effect::CancelBench], "it waits");
    assert_eq!(keys(&mut state, "x"), []);
}

#[test]
fn without_marks_it_is_the_articles_rows_and_not_without_an_engine() {
    let mut state = ready_state(120, 40);
    let rows = [
        "basic",
        "multi-stage",
        "min-size",
        "scratch",
        "alpine",
        "distroless",
    ];
    let asked = keys(&mut state, "B");
    let [Effect::LookForBench { strategies, .. }] = asked.as_slice() else {
        panic!("{asked:?}");
    };
    assert_eq!(*strategies, wanted(&rows));
    let mut state = first_run(120, 40);
    assert_eq!(keys(&mut state, "B"), []);
    assert!(notices(&state).contains("needs an engine"));
}

#[test]
fn nothing_else_is_built_or_edited_while_it_is_under_way() {
    let mut state = benching(120, 40);
    keys(&mut state, "1");
    for key in ["e", "t", "a", "b"] {
        assert_eq!(keys(&mut state, key), [], "{key}");
        assert!(notices(&state).contains("with the benchmark at work"));
    }
    assert_eq!(press(&mut state, KeyCode::Enter), []);
    let files = vec!["src/main.rs".into()];
    assert_eq!(update(&mut state, Msg::SourcesChanged { files }), []);
    assert!(notices(&state).contains("runs of the benchmark are of other sources"));
    bench(&mut state, BenchEvent::Ended(Ending::Stopped));
    assert_eq!(keys(&mut state, "e"), [Effect::Edit]);
}

#[test]
fn it_is_paused_skipped_added_to_and_stopped() {
    let mut state = benching(120, 40);
    let ask = |command| vec![Effect::AskBench(command)];
    assert_eq!(keys(&mut state, "p"), ask(BenchCommand::Pause));
    bench(&mut state, BenchEvent::Paused);
    assert_eq!(keys(&mut state, "p"), ask(BenchCommand::GoOn));
    assert_eq!(keys(&mut state, "s"), ask(BenchCommand::Skip));
    assert_eq!(keys(&mut state, "+"), [], "it is there already");
    keys(&mut state, "1j");
    let add = BenchCommand::Add(id("multi-stage"));
    assert_eq!(keys(&mut state, "+"), ask(add));
    assert_eq!(keys(&mut state, "x"), [], "it asks how");
    assert_eq!(keys(&mut state, "s"), ask(BenchCommand::StopAfterRun));
    assert_eq!(keys(&mut state, "xx"), [Effect::CancelBench]);
    assert_eq!(keys(&mut state, "x"), []);
    bench(&mut state, BenchEvent::Ended(Ending::Cancelled));
    assert!(notices(&state).contains("its 51 runs are kept"));
    assert_eq!(keys(&mut state, "ps+"), []);
}

#[test]
fn quitting_asks_and_breaks_it_off() {
    let mut state = bench_paused(120, 40);
    assert_eq!(keys(&mut state, "q"), []);
    assert_eq!(
        keys(&mut state, "y"),
        [Effect::CancelBench, Effect::Quit],
        "between two runs too"
    );
}

#[test]
fn cursor_runs_and_plots_have_their_keys() {
    let mut state = benching(120, 34);
    let pane = |state: &State| {
        let pane = state.bench.pane.as_ref().unwrap();
        (pane.row, pane.column, pane.run, pane.plot)
    };
    assert_eq!(pane(&state), (0, 2, None, Plot::Strips), "on the edit");
    keys(&mut state, "jjhlll]");
    assert_eq!(pane(&state), (2, 3, None, Plot::Bars));
    press(&mut state, KeyCode::Left);
    press(&mut state, KeyCode::Enter);
    assert_eq!(pane(&state), (2, 2, Some(2), Plot::Bars));
    keys(&mut state, "kkk");
    assert_eq!(pane(&state).2, Some(0));
    press(&mut state, KeyCode::Esc);
    assert_eq!(pane(&state), (2, 2, None, Plot::Bars));
    keys(&mut state, "2");
    assert_eq!(state.shown().map(|live| live.id), Some(BuildId(7)));
    assert!(Areas::of(&state).build.area() > 0, "the log, one key away");
    assert_eq!(Areas::of(&state).bench.area(), 0);
    keys(&mut state, "4");
    assert!(Areas::of(&state).bench.area() > 0);
    // The second row of the grid, the last scenario.
    let bench = Areas::of(&state).inside(Pane::Bench);
    click(&mut state, bench.right() - 6, bench.y + 4);
    assert_eq!((pane(&state).0, pane(&state).1), (1, 3));
}

#[test]
fn the_kept_one_gives_way_to_that_under_way() {
    let mut state = ready_state(120, 40);
    let kept = bench_ended(1, 1).bench.pane.unwrap().matrix;
    let kept = || Msg::LastBench(Some(Box::new(kept.clone())));
    update(&mut state, kept());
    assert!(state.bench.pane.is_some() && state.bench.live().is_none());
    update(&mut state, Msg::LastBench(None));
    assert!(state.bench.pane.is_none());
    let mut state = benching(120, 40);
    update(&mut state, kept());
    assert!(state.bench.live().is_some());
}
