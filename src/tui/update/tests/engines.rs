//! The list of engines.

use super::*;
use crate::domain::engines::{EngineEntry, EngineFacts, EngineState, ImageFormat};

#[test]
fn an_engine_is_taken_out_of_the_list_unless_it_cannot_be_used() {
    let entry = |name: &str, state: EngineState| EngineEntry {
        name: name.into(),
        place: format!("unix:///run/{name}.sock"),
        origin: "a known socket".into(),
        state,
        first_choice: false,
    };
    let facts = EngineFacts {
        kind: "docker-buildkit".into(),
        version: "28.5.2".into(),
        cache_mounts: true,
        rootless: None,
        cgroups: None,
        cpu_time: false,
        containerd_images: false,
        image_format: ImageFormat::Docker,
        store: None,
    };
    let why = "nobody listens".to_owned();
    let mut state = ready_state(120, 40);
    assert_eq!(keys(&mut state, "E"), [Effect::ListEngines]);
    update(
        &mut state,
        Msg::Engines(vec![
            entry("old", EngineState::Unusable { why }),
            entry("new", EngineState::Usable { facts }),
        ]),
    );
    assert_eq!(press(&mut state, KeyCode::Enter), [], "it cannot be used");
    keys(&mut state, "j");
    assert_eq!(
        press(&mut state, KeyCode::Enter),
        [Effect::TakeEngine("new".into())]
    );
    assert_eq!(state.mode, Mode::Browse);
}
