use super::*;
use crate::domain::findings::layers::{LayerEntry, OpenedLayer, hidden_in};

fn file(path: &str, bytes: u64) -> LayerEntry {
    LayerEntry::File {
        path: path.into(),
        bytes,
    }
}

fn gone(path: &str) -> LayerEntry {
    LayerEntry::Removed { path: path.into() }
}

fn layer(instruction: &str, entries: Vec<LayerEntry>) -> OpenedLayer {
    OpenedLayer {
        instruction: instruction.into(),
        entries,
    }
}

/// What each layer hides: by which it is held, by which it is hidden, removed or not, bytes.
fn hidden(layers: Vec<Vec<LayerEntry>>) -> Vec<(usize, usize, bool, u64)> {
    let layers: Vec<OpenedLayer> = layers.into_iter().map(|one| layer("RUN x", one)).collect();
    let found = hidden_in(&layers).into_iter();
    found
        .map(|one| (one.held_by, one.hidden_by, one.removed, one.bytes.0))
        .collect()
}

#[test]
fn removed_and_replaced_files_stay_in_their_layer() {
    let lower = || vec![file("var/a", 10), file("var/b/c", 5), file("variant", 3)];
    assert_eq!(hidden(vec![lower(), vec![gone("var")]]), [(0, 1, true, 15)]);
    assert_eq!(
        hidden(vec![lower(), vec![file("var/a", 1)]]),
        [(0, 1, false, 10)]
    );
    let emptied = LayerEntry::Emptied {
        path: "var/b".into(),
    };
    // What the same layer puts there stays, wherever the removal stands in it.
    let upper = vec![file("var/b/new", 9), emptied];
    assert_eq!(hidden(vec![lower(), upper]), [(0, 1, true, 5)]);
    // A file in the place of a folder.
    assert_eq!(
        hidden(vec![lower(), vec![file("var", 0)]]),
        [(0, 1, false, 15)]
    );
}

#[test]
fn nothing_is_hidden_where_nothing_is_lost() {
    let lower = || vec![file("a", 10), file("b", 5)];
    assert_eq!(hidden(vec![lower(), vec![file("c", 1), gone("d")]]), []);
    assert_eq!(
        hidden(vec![lower(), vec![LayerEntry::Folder { path: "e".into() }]]),
        []
    );
    // What was removed cannot be removed again.
    assert_eq!(
        hidden(vec![lower(), vec![gone("a")], vec![gone("a")]]),
        [(0, 1, true, 10)]
    );
    assert_eq!(hidden(vec![vec![file("a", 10), file("a", 10)]]), []);
}

fn opened(strategy: &str, of_base: usize, layers: Vec<OpenedLayer>) -> Opened {
    Opened {
        strategy: strategy.into(),
        engine: "podman".into(),
        build: 7,
        layers,
        of_base,
    }
}

#[test]
fn the_instructions_and_the_bytes_are_named() {
    let big = || layer("RUN make-big", vec![file("big", 5_000_000)]);
    let rm = || layer("RUN rm /big", vec![gone("big")]);
    let wasteful = || opened("mine", 0, vec![big(), rm()]);
    let history = History::default();
    let found = history.found_with(&[wasteful()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].bytes, Some(Bytes(5_000_000)));
    assert!(
        found[0]
            .seen
            .contains("`RUN rm /big` removes what `RUN make-big` put there")
    );
    assert!(found[0].remedy.contains("RUN … && rm"));
    assert!(described(&found[0]).is_some());
    let clean = opened("clean", 0, vec![layer("COPY a /", vec![file("a", 10)])]);
    assert_eq!(
        measured(&history.found_with(&[wasteful(), clean])[0]),
        Some("clean")
    );
    // The base's own affair, and what is not worth a word.
    assert_eq!(
        history.found_with(&[opened("mine", 2, vec![big(), rm()])]),
        []
    );
    let small = layer("RUN x", vec![file("big", 99_999)]);
    assert_eq!(
        history.found_with(&[opened("mine", 0, vec![small, rm()])]),
        []
    );
    let of_base = history.found_with(&[opened("mine", 1, vec![big(), rm()])]);
    assert!(of_base[0].remedy.contains("base"));
}
