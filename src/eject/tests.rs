//! What is written for the embedded strategies, and for settings that few apps have.

use std::collections::BTreeMap;

use super::*;
use crate::{
    catalog::{Catalog, embedded},
    domain::{
        ids::StrategyId,
        settings::{Known, SystemPackages},
        strategy::Strategy,
    },
};

fn strategy(id: &str) -> Strategy {
    let catalog = Catalog::parse(&[embedded()]);
    catalog.strategy(&StrategyId(id.into())).unwrap().clone()
}

/// A strategy with this Dockerfile.
fn with_dockerfile(dockerfile: &str) -> Strategy {
    Strategy {
        dockerfile: dockerfile.into(),
        bases: BTreeMap::new(),
        args: BTreeMap::new(),
        ..strategy("basic")
    }
}

fn order<'a>(strategy: &'a Strategy, settings: &'a Settings) -> Order<'a> {
    let catalog = Catalog::parse(&[embedded()]);
    let base = |id| catalog.base(id).unwrap().base.upstream.clone();
    let bases = strategy.bases.iter().map(|(argument, id)| {
        let upstream = Upstream {
            reference: base(id),
            digest: None,
        };
        (argument.clone(), upstream)
    });
    Order {
        strategy,
        sent: &strategy.dockerfile,
        app: AppFacts {
            name: "shop",
            bin: "shop-server",
            settings,
            folder: None,
        },
        bases: bases.collect(),
        app_ignore: None,
    }
}

fn text(files: &[File], path: &str) -> String {
    let file = files.iter().find(|file| file.path == path).unwrap();
    String::from_utf8(file.content.clone()).unwrap()
}

fn unusual() -> Settings {
    Settings {
        build_flags: ["--package", "shop", "--features", "tls,http2"]
            .map(String::from)
            .to_vec(),
        port: Known::given(8080, 1),
        packages: SystemPackages {
            debian: vec!["libssl-dev".into()],
            alpine: vec!["openssl-dev".into()],
        },
        env: BTreeMap::from([("GREETING".into(), "it's: ${{ 1 }} \"x\"".into())]),
        ..Settings::default()
    }
}

#[test]
fn dockerfiles_of_the_embedded_strategies() {
    for id in ["basic", "multi-stage", "scratch", "chef-distroless"] {
        let (strategy, settings) = (strategy(id), Settings::default());
        let files = pack(&order(&strategy, &settings)).unwrap();
        insta::assert_snapshot!(format!("dockerfile_{id}"), text(&files, "Dockerfile"));
    }
}

#[test]
fn no_embedded_strategy_leaves_with_what_is_imgtuis_own() {
    for strategy in Catalog::parse(&[embedded()]).strategies {
        let settings = Settings::default();
        let Ok(files) = pack(&order(&strategy, &settings)) else {
            assert!(!strategy.is_hermetic() || strategy.needs.app.is_some());
            continue;
        };
        let dockerfile = text(&files, "Dockerfile");
        for word in ["LABEL strategy", "BUILD_FLAGS", "sample-app", "equivalent"] {
            assert!(!dockerfile.contains(word), "{}: {dockerfile}", strategy.id);
        }
        for upstream in order(&strategy, &settings).bases.values() {
            assert!(dockerfile.contains(&upstream.reference), "{dockerfile}");
        }
    }
}

#[test]
fn a_workflow_as_it_mostly_is() {
    let (strategy, settings) = (strategy("chef-scratch"), Settings::default());
    let files = pack(&order(&strategy, &settings)).unwrap();
    insta::assert_snapshot!(text(&files, WORKFLOW));
}

/// sccache in a cache mount, packages, features and a variable; the app is not the root.
#[test]
fn a_workflow_with_everything() {
    let strategy = with_dockerfile(
        "FROM rust:1\nRUN --mount=type=cache,id=shop-sccache,target=/sccache \\\n    --mount=type=cache,target=/usr/local/cargo/registry \\\n    RUSTC_WRAPPER=sccache cargo build\n",
    );
    let settings = unusual();
    let mut order = order(&strategy, &settings);
    order.app.folder = Some("services/shop");
    let files = pack(&order).unwrap();
    insta::assert_snapshot!(text(&files, WORKFLOW));
}

#[test]
fn arguments_that_imgtui_sets_are_written_out() {
    let strategy = with_dockerfile(
        "# syntax=docker/dockerfile:1\nARG BASE_IMAGE=rust:1\nFROM ${BASE_IMAGE} AS builder\n\
         ARG BIN=sample-app\n# Words for cargo.\nARG BUILD_FLAGS\n\n# Builds.\n\
         RUN cargo build ${BUILD_FLAGS} \\\n    # the program\n    --bin \"${BIN}\"\n\n\
         FROM scratch\n# Where it listens.\nARG PORT=7000\nEXPOSE ${PORT}\nCMD [\"/server\", \"$PORT\"]\n",
    );
    let settings = unusual();
    let files = pack(&order(&strategy, &settings)).unwrap();
    insta::assert_snapshot!(text(&files, "Dockerfile"));
    let plain = Settings::default();
    let files = pack(&order(&strategy, &plain)).unwrap();
    let dockerfile = text(&files, "Dockerfile");
    assert!(
        dockerfile.contains("RUN cargo build \\\n    # the program\n    --bin \"${BIN}\"\n"),
        "{dockerfile}"
    );
}

#[test]
fn a_known_digest_is_pinned_and_packages_are_told_to_hadolint() {
    let strategy = with_dockerfile(
        "ARG BASE_IMAGE=rust:1\nFROM ${BASE_IMAGE}\nRUN apt-get update \\\n    && apt-get install -y mold\n",
    );
    let settings = Settings::default();
    let mut order = order(&strategy, &settings);
    let base = Upstream {
        reference: "docker.io/library/rust:1.96".into(),
        digest: Some(format!("sha256:{}", "a".repeat(64))),
    };
    order.bases = BTreeMap::from([("BASE_IMAGE".into(), base)]);
    let files = pack(&order).unwrap();
    insta::assert_snapshot!(text(&files, "Dockerfile"));
}

#[test]
fn the_ignore_file_is_the_strategys_then_the_apps_then_a_tuned_one() {
    let settings = Settings::default();
    let mut own = strategy("basic");
    let ignored = |strategy: &Strategy, of_app: Option<&[u8]>| {
        let mut order = order(strategy, &settings);
        order.app_ignore = of_app;
        text(&pack(&order).unwrap(), ".dockerignore")
    };
    assert_eq!(ignored(&own, None), TUNED_IGNORE_FILE);
    assert_eq!(ignored(&own, Some(b"target\n")), "target\n");
    own.ignore = Some("docs\n".into());
    assert_eq!(ignored(&own, Some(b"target\n")), "docs\n");
}

#[test]
fn overlay_files_come_along() {
    let settings = Settings::default();
    let mut strategy = strategy("basic");
    let path = "crates/a/src/lib.rs";
    strategy.overlay = BTreeMap::from([(path.into(), b"// a\n".to_vec())]);
    let files = pack(&order(&strategy, &settings)).unwrap();
    assert_eq!(text(&files, path), "// a\n");
}

#[test]
fn what_no_dockerfile_alone_can_make_is_refused() {
    let settings = Settings::default();
    let mut of_host = strategy("basic");
    of_host.prepare = Some("#!/bin/sh\n".into());
    let refusal = pack(&order(&of_host, &settings)).unwrap_err();
    assert!(refusal.to_string().contains("not hermetic"), "{refusal}");

    let mut of_other = strategy("basic");
    of_other.needs.app = Some("sample-app".into());
    let refusal = pack(&order(&of_other, &settings)).unwrap_err();
    assert!(matches!(refusal, Refusal::OtherApp { .. }), "{refusal}");

    let mut settings = Settings::default();
    settings.build_args.insert("A".into(), "x\nRUN evil".into());
    let refusal = pack(&order(&strategy("basic"), &settings)).unwrap_err();
    assert!(matches!(refusal, Refusal::LineEnd { .. }), "{refusal}");
}
