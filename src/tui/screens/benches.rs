//! The screens of a benchmark.

use super::*;

fn at_all_sizes(name: &str, make: impl Fn(u16, u16) -> State) {
    for (width, height) in [(120, 34), (80, 24), (60, 16), (34, 9)] {
        let state = make(width, height);
        let shown = screen(&state);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), shown);
        });
    }
}

fn one(name: &str, state: &State) {
    let shown = screen(state);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, shown);
    });
}

fn with_plot(mut state: State, turns: usize) -> State {
    for _ in 0..turns {
        press(&mut state, KeyCode::Char(']'));
    }
    state
}

#[test]
fn a_benchmark_at_work() {
    at_all_sizes("bench", benching);
}

#[test]
fn a_paused_one() {
    one("bench-paused", &bench_paused(120, 34));
    one("bench-paused-80x24", &bench_paused(80, 24));
}

#[test]
fn one_that_is_over_with_what_is_wrong_in_words() {
    at_all_sizes("bench-ended", |width, height| {
        let mut state = bench_ended(width, height);
        for _ in 0..4 {
            press(&mut state, KeyCode::Char('j'));
        }
        state
    });
    let shown = screen(&bench_ended(120, 34));
    for wanted in ["INVALID", "left out", "✓ done"] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
}

#[test]
fn the_runs_of_a_cell() {
    at_all_sizes("bench-runs", bench_runs);
    let mut state = bench_runs(120, 34);
    press(&mut state, KeyCode::Char('k'));
    let shown = screen(&state);
    let cause = "lies far from the others: other programs used 62 % of the processors";
    assert!(shown.contains(cause), "{shown}");
    press(&mut state, KeyCode::Esc);
    assert!(screen(&state).contains("strategy"), "the grid is back");
}

#[test]
fn each_plot() {
    for (turns, name) in [(1, "bars"), (2, "pareto"), (3, "timeline")] {
        at_all_sizes(&format!("bench-{name}"), |width, height| {
            with_plot(bench_runs(width, height), turns)
        });
    }
}

#[test]
fn the_matrix_is_the_centre_of_the_comparison() {
    at_all_sizes("bench-compare", |width, height| {
        let mut state = bench_ended(width, height);
        open(&mut state, Tab::Compare);
        state
    });
}

#[test]
fn the_dialogs() {
    at_all_sizes("bench-form", |width, height| {
        let mut state = ready_state(width, height);
        press(&mut state, KeyCode::Char('B'));
        let found = Msg::Unfinished {
            strategies: [
                "basic",
                "multi-stage",
                "min-size",
                "scratch",
                "alpine",
                "distroless",
            ]
            .map(id)
            .to_vec(),
            priors: vec![
                crate::domain::bench::Prior::Unchanged,
                crate::domain::bench::Prior::Touch,
                crate::domain::bench::Prior::Source,
            ],
            runs: Some(17),
        };
        update(&mut state, found);
        state
    });
    let mut state = benching(80, 24);
    press(&mut state, KeyCode::Char('x'));
    one("bench-stop-80x24", &state);
}

#[test]
fn without_colour_nothing_is_lost() {
    let mut state = bench_ended(120, 34);
    let shown = screen(&state);
    state.theme.colour = Colour::Off;
    assert_eq!(screen(&state), shown, "signs and words say it all");
    let buffer = picture::buffer(&state);
    let has_colour = |cell: &&ratatui::buffer::Cell| cell.fg != ratatui::style::Color::Reset;
    assert_eq!(buffer.content.iter().filter(has_colour).count(), 0);
}

#[test]
fn a_large_benchmark_is_drawn_at_once() {
    use crate::domain::bench::{BenchEvent, Matrix, Prior, Progress, sample_header, sample_run};
    let names: Vec<String> = (0..40).map(|number| format!("way-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let header = sample_header(&names, &Prior::ALL);
    let mut runs = Vec::new();
    for cell in header.plan.cells() {
        let wall_s = 10.0 + f64::from(u32::try_from(cell.place).unwrap());
        // Few different rounds: their intervals are not what is looked at here.
        for round in 0..5 {
            runs.push(sample_run(
                cell.place,
                cell.prior,
                round,
                names[cell.place],
                wall_s,
            ));
        }
    }
    let mut state = ready_state(120, 34);
    let measured = Matrix::new(Progress::of(header, runs));
    update(&mut state, Msg::LastBench(Some(Box::new(measured))));
    press(&mut state, KeyCode::Char('4'));
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        for key in ['j', 'l', ']'] {
            press(&mut state, KeyCode::Char(key));
            screen(&state);
        }
    }
    // Some milliseconds a frame in a debug build on a busy machine.
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        screen(&state).contains('›'),
        "more scenarios than there is room for"
    );
    let event = BenchEvent::Paused;
    update(&mut state, Msg::Bench(event));
    assert!(
        !screen(&state).contains("paused"),
        "a kept one hears nothing"
    );
}
