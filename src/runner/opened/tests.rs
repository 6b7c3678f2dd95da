use super::*;
use crate::runner::saved::archive;

const SETTINGS: &[u8] = br#"{"history":[{"created_by":"base"},{"created_by":"ENV a=b","empty_layer":true},{"created_by":"RUN /bin/sh -c rm /a # buildkit"}]}"#;

fn file(path: &str, bytes: u64) -> LayerEntry {
    LayerEntry::File {
        path: path.into(),
        bytes,
    }
}

/// Names as podman 4.3.1, docker 20.10 and docker since 25 have them.
#[test]
fn layers_are_found_in_the_order_of_the_manifest() {
    let lower = archive(&[("./a", b"12345"), ("b/c", b"1")]);
    let upper = archive(&[
        (".wh.a", b""),
        ("b/.wh..wh..opq", b""),
        (".wh..wh.plnk", b""),
    ]);
    for (one, two) in [
        ("00.tar", "11.tar"),
        ("00/layer.tar", "11/layer.tar"),
        ("blobs/sha256/00", "blobs/sha256/11"),
    ] {
        let manifest = format!(r#"[{{"Config":"ff","Layers":["{one}","{two}"]}}]"#);
        let bytes = archive(&[
            (two, &upper),
            (one, &lower),
            ("ff", SETTINGS),
            ("VERSION", b"1.0"),
            ("manifest.json", manifest.as_bytes()),
        ]);
        let saved = saved(bytes.as_slice()).unwrap().unwrap();
        assert_eq!(saved.layers[0], [file("a", 5), file("b/c", 1)]);
        assert_eq!(
            saved.layers[1],
            [
                LayerEntry::Removed { path: b"a".into() },
                LayerEntry::Emptied { path: b"b".into() }
            ]
        );
    }
    let cut = archive(&[
        ("00.tar", &lower),
        ("manifest.json", br#"[{"Config":"ff","Layers":["00.tar"]}]"#),
    ]);
    assert!(saved(cut.as_slice()).unwrap().is_none());
}

#[test]
fn a_layer_is_named_by_its_step_where_both_agree() {
    let history = || {
        serde_json::from_slice::<Settings>(SETTINGS)
            .unwrap()
            .history
    };
    let saved = Saved {
        history: history(),
        layers: vec![Vec::new(), Vec::new()],
    };
    let mut record = crate::domain::record::sample("basic", 1.0);
    let step = |index: usize, instruction: &str| StepRecord {
        stage: "0".into(),
        index,
        of: 3,
        instruction: instruction.into(),
        status: crate::domain::build::StepStatus::Ran,
        seconds: None,
        started_s: None,
        image: None,
        crates: None,
    };
    record.steps = vec![
        step(1, "FROM x"),
        step(2, "ENV a=b"),
        step(3, "RUN rm /a && true"),
    ];
    assert_eq!(
        instructions(&saved, 1, &record),
        ["base", "RUN rm /a && true"]
    );
    // The base is not known: then steps could be given to layers that are not theirs.
    assert_eq!(instructions(&saved, 0, &record), ["base", "RUN rm /a"]);
}
