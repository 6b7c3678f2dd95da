use super::{footprints::Kept, *};
use crate::domain::{
    footprint::{FOOTPRINT_SCHEMA, Footprint},
    manifest::Manifest,
    record::{BuildRecord, RECORD_SCHEMA, sample},
};
use rusqlite::Connection;

mod exchange;
mod versions;

/// A state folder that goes when it is dropped.
struct Ground {
    state: StateFolder,
    _folder: tempfile::TempDir,
}

fn ground() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::at(&folder.path().join("state")).unwrap();
    Ground {
        state,
        _folder: folder,
    }
}

/// A build at a second of its own.
fn build(strategy: &str, second: u32) -> BuildRecord {
    let mut record = sample(strategy, f64::from(second));
    let (minutes, seconds) = (second / 60, second % 60);
    record.started = format!("2026-01-02T03:{minutes:02}:{seconds:02}Z");
    record
}

fn inside(state: &StateFolder) -> Connection {
    Connection::open(state.history().path()).unwrap()
}

#[test]
fn records_come_back_and_torn_or_newer_ones_are_passed_over() {
    let ground = ground();
    let history = ground.state.history();
    assert_eq!(history.load().unwrap(), []);
    let record = sample("basic", 12.5);
    history.append(&record).unwrap();
    let mut newer = sample("basic", 1.0);
    newer.schema = RECORD_SCHEMA + 1;
    history.append(&newer).unwrap();
    history.append(&sample("torn", 1.0)).unwrap();
    inside(&ground.state)
        .execute(
            "UPDATE builds SET record = substr(record, 1, 40) WHERE strategy = 'torn'",
            [],
        )
        .unwrap();
    history.append(&record).unwrap();
    assert_eq!(history.load().unwrap(), [record.clone(), record]);
}

#[test]
fn the_file_is_safe_against_a_loss_of_power_and_two_at_once() {
    let ground = ground();
    ground.state.history().append(&sample("a", 1.0)).unwrap();
    let connection = Database::of(ground.state.path()).open().unwrap();
    let pragma = |name: &str| -> String {
        connection
            .pragma_query_value(None, name, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    text => text.as_str()?.to_owned(),
                })
            })
            .unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("synchronous"), "2");
    assert_eq!(pragma("foreign_keys"), "1");
}

#[test]
fn four_at_once_lose_nothing_even_where_all_of_them_begin_the_file() {
    let ground = ground();
    let strategies = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        for strategy in strategies {
            let history = ground.state.history();
            scope.spawn(move || {
                for second in 0..50 {
                    history.append(&build(strategy, second)).unwrap();
                }
            });
        }
    });
    let records = ground.state.history().load().unwrap();
    assert_eq!(records.len(), 200);
    for strategy in strategies {
        let ours = records.iter().filter(|record| record.strategy == strategy);
        let seconds: Vec<f64> = ours.map(|record| record.wall_s).collect();
        let wanted: Vec<f64> = (0..50).map(f64::from).collect();
        assert_eq!(seconds, wanted, "{strategy}");
    }
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let ground = ground();
    let history = ground.state.history();
    let mut other_app = build("basic", 1);
    other_app.app = "/other".into();
    let mut other_engine = build("basic", 2);
    other_engine.engine.kind = "docker-buildkit".into();
    let all = [
        build("basic", 0),
        other_app,
        other_engine,
        build("scratch", 3),
    ];
    for record in &all {
        history.append(record).unwrap();
    }
    let seconds = |filter: &Filter| -> Vec<f64> {
        let found = history.query(filter).unwrap();
        found.iter().map(|past| past.record.wall_s).collect()
    };
    let any = Filter::default();
    assert_eq!(seconds(&any), [0.0, 1.0, 2.0, 3.0]);
    let of_app = Filter {
        app: Some("/app".into()),
        ..Filter::default()
    };
    assert_eq!(seconds(&of_app), [0.0, 2.0, 3.0]);
    let of_strategy = Filter {
        strategy: Some(crate::domain::ids::StrategyId("basic".into())),
        engine: Some("podman".into()),
        ..Filter::default()
    };
    assert_eq!(seconds(&of_strategy), [0.0, 1.0]);
    let of_nobody = Filter {
        whose: Whose::Named("elsewhere".into()),
        ..Filter::default()
    };
    assert!(seconds(&of_nobody).is_empty());
    let last = history.query(&any).unwrap().pop().unwrap();
    assert_eq!(history.build(last.id).unwrap(), Some(last));
    assert_eq!(history.build(99).unwrap(), None);
}

#[test]
fn this_machine_keeps_its_number() {
    let ground = ground();
    let history = ground.state.history();
    let (id, machine) = history.machine().unwrap();
    assert_eq!(id.len(), 32);
    assert!(machine.processors.is_some_and(|processors| processors > 0));
    history.append(&sample("a", 1.0)).unwrap();
    assert_eq!(ground.state.history().machine().unwrap().0, id);
    let owner = history.query(&Filter::default()).unwrap().remove(0).machine;
    assert_eq!((owner.id, owner.is_own), (id, true));
}

#[test]
fn what_steps_depended_on_is_found_by_the_builds_number() {
    let ground = ground();
    let history = ground.state.history();
    let manifest = Manifest::default();
    let kept = |schema: u32| Kept {
        footprint: Footprint {
            schema,
            store: "here".into(),
            context: manifest.whole(),
            arguments: std::collections::BTreeMap::new(),
            skips_stages: true,
            stages: Vec::new(),
        },
        manifest: manifest.clone(),
        contents: Vec::new(),
    };
    let known = kept(FOOTPRINT_SCHEMA);
    let first = history.append_traced(&build("basic", 0), &known).unwrap();
    history.append(&build("basic", 1)).unwrap();
    let of_another_version = kept(FOOTPRINT_SCHEMA + 1);
    history
        .append_traced(&build("basic", 2), &of_another_version)
        .unwrap();
    let last = history.append_traced(&build("scratch", 3), &known).unwrap();
    let found = |most: usize| -> Vec<i64> {
        let found = history.footprints("/app".as_ref(), most).unwrap();
        assert!(
            found
                .values()
                .all(|footprint| *footprint == known.footprint)
        );
        found.into_keys().collect()
    };
    assert_eq!(found(10), [first, last]);
    assert_eq!(found(1), [last]);
    assert!(
        history
            .footprints("/other".as_ref(), 10)
            .unwrap()
            .is_empty()
    );
}
