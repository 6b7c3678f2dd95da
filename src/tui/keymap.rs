//! The one table of keys: handling, footer, help and the README's list come from it.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Action {
    BuildSelected,
    BuildMarked,
    BuildAll,
    Bench,
    StartBench,
    Choose,
    Pause,
    Skip,
    AddToBench,
    StopAfterRun,
    BreakOff,
    Runs,
    Left,
    Right,
    Cancel,
    Touch,
    Edit,
    Restore,
    ToggleWatch,
    Mark,
    Filter,
    Search,
    NextMatch,
    PreviousMatch,
    Toggle,
    Unfold,
    Fold,
    Follow,
    Wrap,
    NextTab,
    PreviousTab,
    Sort,
    Focus(u8),
    FocusNext,
    FocusPrevious,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    CopyCommand,
    Explain,
    SaveLog,
    ToggleMouse,
    Checklist,
    Engines,
    TakeEngine,
    SetUp,
    Examine,
    Faults,
    Help,
    Back,
    Close,
    Yes,
    No,
    Quit,
    Suspend,
}

/// Title of the chapter of keys that work in every pane.
pub(super) const EVERYWHERE: &str = "everywhere";

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// In every pane, when no dialog is open.
    Anywhere,
    /// In the pane of strategies.
    Strategies,
    /// In the pane of the build.
    Build,
    /// In the pane of results.
    Result,
    /// In the pane of the benchmark.
    Bench,
    /// In every dialog.
    Dialog,
    /// In the checklist.
    Checklist,
    /// In the list of engines.
    Engines,
    /// In the dialog that begins a benchmark.
    BenchForm,
    /// In the question how a benchmark ends.
    Stopping,
    /// In the question before quitting.
    Quitting,
}

impl Scope {
    fn title(self) -> &'static str {
        match self {
            Self::Anywhere => EVERYWHERE,
            Self::Strategies => "1 Strategies",
            Self::Build => "2 Build",
            Self::Result => "3 Result",
            Self::Bench => "4 Bench",
            Self::Dialog => "dialogs",
            Self::Checklist => "checklist",
            Self::Engines => "engines",
            Self::BenchForm => "new benchmark",
            Self::Stopping => "stopping it",
            Self::Quitting => "when quitting",
        }
    }
}

/// A key with its modifiers. Shift is part of the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(pub(super) KeyCode, pub(super) KeyModifiers);

/// One row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) action: Action,
    pub(super) scope: Scope,
    pub(super) keys: &'static [Key],
    /// What it does, for help and README.
    pub(super) help: &'static str,
    /// A word for the footer; rows without one are found in the help only.
    pub(super) hint: Option<&'static str>,
}

const fn plain(code: KeyCode) -> Key {
    Key(code, KeyModifiers::NONE)
}

const fn letter(symbol: char) -> Key {
    plain(KeyCode::Char(symbol))
}

const fn control(symbol: char) -> Key {
    Key(KeyCode::Char(symbol), KeyModifiers::CONTROL)
}

const fn row(
    action: Action,
    scope: Scope,
    keys: &'static [Key],
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding {
        action,
        scope,
        keys,
        help,
        hint,
    }
}

/// All keys, in the order of footer and help.
#[rustfmt::skip]
pub(super) const BINDINGS: &[Binding] = {
    use Action as A;
    use KeyCode as K;
    use Scope as S;
    &[
        row(A::Yes, S::Quitting, &[letter('y'), plain(K::Enter), control('c')], "cancel the build and quit", Some("yes, quit")),
        row(A::No, S::Quitting, &[letter('n'), plain(K::Esc), letter('q')], "stay", Some("no, stay")),
        row(A::StopAfterRun, S::Stopping, &[letter('s'), plain(K::Enter)], "let the run at work end, begin no other", Some("after this run")),
        row(A::BreakOff, S::Stopping, &[letter('x')], "break off now: only the run at work is lost", Some("now")),
        row(A::No, S::Stopping, &[plain(K::Esc), letter('n'), letter('q'), control('c')], "go on", Some("go on")),
        row(A::StartBench, S::BenchForm, &[plain(K::Enter)], "begin it", Some("begin")),
        row(A::Choose, S::BenchForm, &[letter(' ')], "scenario in or out; resume or begin anew", Some("choose")),
        row(A::Left, S::BenchForm, &[plain(K::Left), letter('h')], "fewer rounds", None),
        row(A::Right, S::BenchForm, &[plain(K::Right), letter('l')], "more rounds", Some("rounds")),
        row(A::Up, S::BenchForm, &[letter('k'), plain(K::Up)], "up", None),
        row(A::Down, S::BenchForm, &[letter('j'), plain(K::Down)], "down", None),
        row(A::Close, S::BenchForm, &[plain(K::Esc), letter('q'), control('c')], "measure nothing", Some("close")),
        row(A::TakeEngine, S::Engines, &[plain(K::Enter)], "build by this engine from now on", Some("take")),
        row(A::SetUp, S::Checklist, &[plain(K::Enter), letter('i')], "run the set-up's commands", Some("set up")),
        row(A::Examine, S::Checklist, &[letter('r')], "look at the machine again", Some("look again")),
        row(A::Close, S::Dialog, &[plain(K::Esc), letter('q'), letter('?'), control('c')], "close the dialog", Some("close")),
        row(A::Up, S::Dialog, &[letter('k'), plain(K::Up)], "scroll up", None),
        row(A::Down, S::Dialog, &[letter('j'), plain(K::Down)], "scroll down", None),
        row(A::PageUp, S::Dialog, &[plain(K::PageUp)], "a page up", None),
        row(A::PageDown, S::Dialog, &[plain(K::PageDown), letter(' ')], "a page down", None),
        row(A::Top, S::Dialog, &[letter('g'), plain(K::Home)], "to the top", None),
        row(A::Bottom, S::Dialog, &[letter('G'), plain(K::End)], "to the end", None),
        row(A::Suspend, S::Dialog, &[control('z')], "to the background; `fg` comes back", None),
        row(A::BuildSelected, S::Strategies, &[plain(K::Enter)], "build the selected strategy", Some("build")),
        row(A::Mark, S::Strategies, &[letter(' ')], "mark, for `b` and the watcher", Some("mark")),
        row(A::Runs, S::Bench, &[plain(K::Enter)], "the runs of the cell; esc goes back", Some("runs")),
        row(A::Left, S::Bench, &[plain(K::Left), letter('h')], "scenario to the left", None),
        row(A::Right, S::Bench, &[plain(K::Right), letter('l')], "scenario to the right", None),
        row(A::Skip, S::Bench, &[letter('s')], "skip the run at work", Some("skip")),
        row(A::Back, S::Anywhere, &[plain(K::Esc)], "back; clear filter, search and notices", Some("back")),
        row(A::BuildMarked, S::Anywhere, &[letter('b')], "build the marked ones, or the selected", Some("build marked")),
        row(A::BuildAll, S::Anywhere, &[letter('a')], "build all that the filter shows", Some("all")),
        row(A::Bench, S::Anywhere, &[letter('B')], "measure the marked ones in rounds", Some("bench")),
        row(A::Pause, S::Anywhere, &[letter('p')], "pause the benchmark, or let it go on", Some("pause")),
        row(A::AddToBench, S::Anywhere, &[letter('+')], "measure the selected strategy too", Some("add")),
        row(A::Cancel, S::Anywhere, &[letter('x')], "cancel builds, or stop the benchmark", Some("cancel")),
        row(A::Edit, S::Anywhere, &[letter('e')], "edit a source: same length, new bytes", Some("edit")),
        row(A::Touch, S::Anywhere, &[letter('t')], "touch a source: new time, same bytes", Some("touch")),
        row(A::Restore, S::Anywhere, &[letter('r')], "take imgtui's edits back", Some("restore")),
        row(A::ToggleWatch, S::Anywhere, &[letter('w')], "rebuild when sources change, on or off", Some("watch")),
        row(A::Toggle, S::Build, &[plain(K::Enter), letter(' ')], "unfold or fold the step's output", Some("unfold")),
        row(A::Unfold, S::Build, &[plain(K::Right), letter('l')], "unfold", None),
        row(A::Fold, S::Build, &[plain(K::Left), letter('h')], "fold", None),
        row(A::Follow, S::Build, &[letter('f')], "follow the build again", Some("follow")),
        row(A::Search, S::Build, &[letter('/')], "search the log", Some("search")),
        row(A::NextMatch, S::Build, &[letter('n')], "next match", Some("next")),
        row(A::PreviousMatch, S::Build, &[letter('N')], "previous match", None),
        row(A::Wrap, S::Build, &[letter('z')], "wrap long lines, or cut them", Some("wrap")),
        row(A::Filter, S::Strategies, &[letter('/')], "filter the strategies", Some("filter")),
        row(A::NextTab, S::Anywhere, &[letter(']')], "next tab, of results or plots", Some("tab")),
        row(A::PreviousTab, S::Anywhere, &[letter('[')], "previous tab", None),
        row(A::Sort, S::Result, &[letter('s')], "sort by size, time or name", Some("sort")),
        row(A::Runs, S::Result, &[plain(K::Enter)], "the runs of the matrix' cell", Some("runs")),
        row(A::Left, S::Result, &[plain(K::Left), letter('h')], "scenario to the left", None),
        row(A::Right, S::Result, &[plain(K::Right), letter('l')], "scenario to the right", None),
        row(A::Explain, S::Anywhere, &[letter('y')], "why each step of the build was cached, or ran", Some("why")),
        row(A::CopyCommand, S::Anywhere, &[letter('Y')], "copy the exact build command", Some("copy command")),
        row(A::SaveLog, S::Anywhere, &[letter('S')], "save the whole log of the shown build", Some("save log")),
        row(A::Focus(1), S::Anywhere, &[letter('1')], "go to the strategies", None),
        row(A::Focus(2), S::Anywhere, &[letter('2')], "go to the build", Some("log")),
        row(A::Focus(3), S::Anywhere, &[letter('3')], "go to the result", None),
        row(A::Focus(4), S::Anywhere, &[letter('4')], "go to the benchmark", Some("bench")),
        row(A::FocusNext, S::Anywhere, &[plain(K::Tab)], "next pane", Some("pane")),
        row(A::FocusPrevious, S::Anywhere, &[plain(K::BackTab)], "previous pane", None),
        row(A::Up, S::Anywhere, &[letter('k'), plain(K::Up)], "up", None),
        row(A::Down, S::Anywhere, &[letter('j'), plain(K::Down)], "down", None),
        row(A::PageUp, S::Anywhere, &[plain(K::PageUp), control('u')], "a page up", None),
        row(A::PageDown, S::Anywhere, &[plain(K::PageDown), control('d')], "a page down", None),
        row(A::Top, S::Anywhere, &[letter('g'), plain(K::Home)], "to the top", None),
        row(A::Bottom, S::Anywhere, &[letter('G'), plain(K::End)], "to the end", None),
        row(A::Engines, S::Anywhere, &[letter('E')], "engines: list them, take another one", None),
        row(A::Checklist, S::Anywhere, &[letter('D')], "the checklist of `imgtui doctor`", None),
        row(A::Faults, S::Anywhere, &[letter('F')], "faults in strategies' folders", None),
        row(A::ToggleMouse, S::Anywhere, &[letter('m')], "mouse off, to select text, or on", None),
        row(A::Suspend, S::Anywhere, &[control('z')], "to the background; `fg` comes back", None),
        row(A::Help, S::Anywhere, &[letter('?'), plain(K::F(1))], "this help", Some("help")),
        row(A::Quit, S::Anywhere, &[letter('q'), control('c')], "quit; asks once during a build", None),
    ]
};

/// What the key asks for in the first of these scopes that knows it.
pub(super) fn action(key: KeyEvent, scopes: &[Scope]) -> Option<Action> {
    let modifiers = key.modifiers.difference(KeyModifiers::SHIFT);
    let pressed = Key(key.code, modifiers);
    scopes.iter().find_map(|scope| {
        let mut rows = BINDINGS.iter().filter(|binding| binding.scope == *scope);
        rows.find(|binding| binding.keys.contains(&pressed))
            .map(|binding| binding.action)
    })
}

/// How a key is written.
pub(super) fn name(key: Key) -> String {
    let code = match key.0 {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(symbol) => symbol.to_string(),
        KeyCode::Enter => "⏎".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "shift-tab".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::PageUp => "pgup".to_owned(),
        KeyCode::PageDown => "pgdn".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::F(number) => format!("F{number}"),
        other => format!("{other:?}"),
    };
    if key.1.contains(KeyModifiers::CONTROL) {
        format!("ctrl-{code}")
    } else {
        code
    }
}

/// All keys of a binding, as people read them.
pub(super) fn names(binding: &Binding) -> String {
    let names: Vec<String> = binding.keys.iter().map(|key| name(*key)).collect();
    names.join(" ")
}

/// The scopes in the order of help and README, each with its title.
pub(super) fn chapters() -> impl Iterator<Item = (&'static str, Vec<&'static Binding>)> {
    const ORDER: [Scope; 11] = [
        Scope::Strategies,
        Scope::Build,
        Scope::Result,
        Scope::Bench,
        Scope::Anywhere,
        Scope::Checklist,
        Scope::Engines,
        Scope::BenchForm,
        Scope::Stopping,
        Scope::Dialog,
        Scope::Quitting,
    ];
    ORDER.into_iter().map(|scope| {
        let rows = BINDINGS.iter().filter(|binding| binding.scope == scope);
        (scope.title(), rows.collect())
    })
}

/// The list of keys as a Markdown table, for the README.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| where | key | what it does |\n| --- | --- | --- |\n");
    for (title, rows) in chapters() {
        let mut place = title;
        for binding in rows {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", name(*key)))
                .collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {place} | {} | {} |", keys.join(" "), binding.help);
            place = "";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_pane(scope: Scope) -> bool {
        matches!(
            scope,
            Scope::Strategies | Scope::Build | Scope::Result | Scope::Bench
        )
    }

    /// Whether one key press could mean a binding of either scope.
    fn meet(one: Scope, other: Scope) -> bool {
        let special = |scope| matches!(scope, Scope::Checklist | Scope::Engines);
        one == other
            || (one == Scope::Anywhere && is_pane(other))
            || (other == Scope::Anywhere && is_pane(one))
            || (one == Scope::Dialog && special(other))
            || (other == Scope::Dialog && special(one))
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (position, one) in BINDINGS.iter().enumerate() {
            for other in &BINDINGS[position + 1..] {
                let clash = one.keys.iter().find(|key| other.keys.contains(key));
                assert!(
                    !(meet(one.scope, other.scope) && clash.is_some()),
                    "{:?} means {:?} and {:?}",
                    clash.map(|key| name(*key)),
                    one.action,
                    other.action
                );
            }
        }
    }

    #[test]
    fn every_binding_has_a_key_that_leads_to_it() {
        for binding in BINDINGS {
            assert!(!binding.keys.is_empty(), "{:?}", binding.action);
            for key in binding.keys {
                let event = KeyEvent::new(key.0, key.1);
                assert_eq!(action(event, &[binding.scope]), Some(binding.action));
            }
        }
    }

    #[test]
    fn shifted_letters_are_found_however_the_terminal_reports_them() {
        let shifted = KeyEvent::new(KeyCode::Char('S'), KeyModifiers::SHIFT);
        assert_eq!(action(shifted, &[Scope::Anywhere]), Some(Action::SaveLog));
    }

    #[test]
    fn the_readme_list_holds_every_row() {
        let text = markdown();
        assert_eq!(text.lines().count(), BINDINGS.len() + 2);
        assert!(text.contains("| `ctrl-z` | to the background; `fg` comes back |"));
    }
}
