//! Any manifest, before a model that is a plain map.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use proptest::prelude::*;

use super::*;

/// Path → mode, time and what there is; no folder holds anything but through the paths.
type Model = BTreeMap<PathBuf, (u32, u64, Plain)>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Plain {
    File(Vec<u8>),
    Folder,
    Link(PathBuf),
}

#[derive(Debug, Clone)]
enum Op {
    Put(PathBuf, u32, u64, Plain),
    Take(PathBuf),
}

fn path() -> impl Strategy<Value = PathBuf> {
    let name = prop_oneof![Just("a"), Just("b"), Just("a-b")];
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/").into())
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        prop::collection::vec(0_u8..2, 0..3).prop_map(Plain::File),
        Just(Plain::Folder),
        prop_oneof![Just("a"), Just("b")].prop_map(|target| Plain::Link(target.into())),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let mode = prop_oneof![Just(0o644), Just(0o755)];
    prop_oneof![
        3 => (path(), mode, 0_u64..2, plain()).prop_map(|(path, mode, mtime_s, plain)| {
            Op::Put(path, mode, mtime_s, plain)
        }),
        1 => path().prop_map(Op::Take),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..12)
}

fn node((mode, mtime_s, plain): &(u32, u64, Plain)) -> Node {
    let what = match plain {
        Plain::File(bytes) => return Node::file(bytes, *mode, *mtime_s),
        Plain::Folder => What::Folder(Arc::default()),
        Plain::Link(target) => What::Link {
            target: target.clone(),
        },
    };
    Node {
        mode: *mode,
        mtime_s: *mtime_s,
        what,
    }
}

fn perform(model: &mut Model, op: &Op) {
    let (Op::Put(path, ..) | Op::Take(path)) = op;
    if let Op::Put(path, mode, mtime_s, plain) = op {
        for above in path
            .ancestors()
            .skip(1)
            .filter(|above| *above != Path::new(""))
        {
            let there = model.get(above).map(|(.., plain)| plain);
            if there != Some(&Plain::Folder) {
                model.insert(above.to_owned(), (0o755, *mtime_s, Plain::Folder));
            }
        }
        model.retain(|other, _| !other.starts_with(path));
        model.insert(path.clone(), (*mode, *mtime_s, plain.clone()));
    } else {
        model.retain(|other, _| !other.starts_with(path));
    }
}

fn performed(mut model: Model, ops: &[Op]) -> Model {
    for op in ops {
        perform(&mut model, op);
    }
    model
}

fn perform_on(manifest: &Manifest, op: &Op) -> Manifest {
    match op {
        Op::Put(path, mode, mtime_s, plain) => {
            manifest.with(path, node(&(*mode, *mtime_s, plain.clone())))
        }
        Op::Take(path) => manifest.without(path),
    }
}

fn made_of(model: &Model) -> Manifest {
    made_like(model, &Manifest::default())
}

fn made_like(model: &Model, like: &Manifest) -> Manifest {
    let nodes = model
        .iter()
        .map(|(path, plain)| (path.as_path(), node(plain)));
    Manifest::of_like(nodes, like)
}

/// What a node is without what is in it.
fn flat(node: &Node) -> (u32, u64, What) {
    let what = match &node.what {
        What::Folder(_) => What::Folder(Arc::default()),
        other => other.clone(),
    };
    (node.mode, node.mtime_s, what)
}

proptest! {
    #[test]
    fn a_manifest_is_a_map(ops in ops()) {
        let (mut model, mut manifest) = (Model::new(), Manifest::default());
        for op in &ops {
            perform(&mut model, op);
            manifest = perform_on(&manifest, op);
        }
        let listed: Vec<_> = manifest.iter().map(|(path, node)| (path, flat(node))).collect();
        let expected: Vec<_> = model
            .iter()
            .map(|(path, plain)| (path.clone(), flat(&node(plain))))
            .collect();
        prop_assert_eq!(listed, expected);
        prop_assert_eq!(manifest.len(), model.len() as u64);
        for (path, plain) in &model {
            prop_assert_eq!(manifest.get(path).map(flat), Some(flat(&node(plain))));
        }
        // However it came to be, the same is the same.
        prop_assert_eq!(&manifest, &made_of(&model));
        prop_assert_eq!(manifest.content(), made_of(&model).content());
    }

    #[test]
    fn changes_are_what_differs_between_the_maps(first in ops(), second in ops()) {
        let old = performed(Model::new(), &first);
        let new = performed(old.clone(), &second);
        let (before, after) = (made_of(&old), made_of(&new));
        let found: Vec<PathBuf> =
            changes(&before, &after).into_iter().map(|change| change.path).collect();
        let mut paths: Vec<&PathBuf> = old.keys().chain(new.keys()).collect();
        paths.sort();
        paths.dedup();
        let expected: Vec<PathBuf> = paths
            .into_iter()
            .filter(|path| old.get(*path) != new.get(*path))
            .cloned()
            .collect();
        prop_assert_eq!(found.is_empty(), before.whole() == after.whole());
        prop_assert_eq!(found, expected);
        let like = made_like(&new, &before);
        prop_assert_eq!(like.iter().collect::<Vec<_>>(), after.iter().collect::<Vec<_>>());
        prop_assert_eq!((like.whole(), like.content()), (after.whole(), after.content()));
        let lasting = changes_but_times(&before, &after);
        prop_assert_eq!(lasting.is_empty(), before.content() == after.content());
        let no_time = |change: &Change| !matches!(change.kind, ChangeKind::Time { .. });
        let without: Vec<Change> =
            changes(&before, &after).into_iter().filter(no_time).collect();
        prop_assert_eq!(lasting, without);
    }

    #[test]
    fn a_store_gives_back_what_it_got(ops in ops()) {
        let model = performed(Model::new(), &ops);
        let manifest = made_of(&model);
        let store: HashMap<ContentDigest, Vec<u8>> = manifest
            .unknown_folders(|_| false)
            .into_iter()
            .map(|folder| (folder.whole(), folder.listing()))
            .collect();
        let loaded = Manifest::load(manifest.whole(), |digest| store.get(digest).cloned());
        let loaded = loaded.unwrap();
        prop_assert_eq!(loaded.iter().collect::<Vec<_>>(), manifest.iter().collect::<Vec<_>>());
        prop_assert_eq!(loaded.content(), manifest.content());
        prop_assert_eq!(changes(&manifest, &loaded), []);
    }

    #[test]
    fn hostile_listings_do_not_panic(
        ops in ops(),
        noise in prop::collection::vec(any::<u8>(), 0..40),
        at in any::<prop::sample::Index>(),
    ) {
        let model = performed(Model::new(), &ops);
        let listing = made_of(&model).root().listing();
        let mut altered = listing.clone();
        let place = at.index(listing.len());
        altered.splice(place..(place + noise.len() / 2).min(listing.len()), noise.clone());
        for bytes in [altered, [&[1], noise.as_slice()].concat(), noise, listing[..place].to_vec()] {
            // Every digest leads to the same bytes, or only the right one.
            let _ = Manifest::load(ContentDigest::of(&listing), |_| Some(bytes.clone()));
            let digest = ContentDigest::of(&bytes);
            let only = |asked: &ContentDigest| (*asked == digest).then(|| bytes.clone());
            if let Ok(manifest) = Manifest::load(digest, only) {
                prop_assert_eq!(manifest.root().listing(), bytes);
            }
        }
    }
}
