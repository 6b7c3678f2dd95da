//! A base with one layer more, and small builds that go with measured ones.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::changed;
use crate::{
    context::{Context, Layout, stream_tar},
    domain::ids::BaseId,
    engine::{BuildRequest, EngineError, IMAGE, LABEL},
    runner::{Order, Runner, bases, names},
};

/// The base with one layer more, as a newer one of the same tag would be another one.
pub(super) async fn base(
    runner: &Runner,
    order: &mut Order,
    salt: u64,
    cancel: &CancellationToken,
) -> Result<String, String> {
    let builders = runner.catalog.builder_arguments(&order.strategy);
    let mut bases = order.strategy.bases.iter();
    let (argument, id) = bases
        .find(|(argument, _)| builders.contains(argument.as_str()))
        .or_else(|| order.strategy.bases.iter().next())
        .ok_or("it has no base")?;
    let (argument, id) = (argument.clone(), id.clone());
    let made = derived(runner, &id, salt, cancel).await;
    let reference = made.map_err(|error| error.to_string())?;
    order.bases.insert(argument, reference);
    order.trigger = changed(&[]);
    Ok(format!("the base {id} has one layer more"))
}

async fn derived(
    runner: &Runner,
    id: &BaseId,
    salt: u64,
    cancel: &CancellationToken,
) -> Result<String, EngineError> {
    let found = bases::present_or_upstream(runner, id).await?;
    let small = SmallBuild {
        dockerfile: "ARG BASE=none\nFROM ${BASE}\nCOPY salt /imgtui-bench-salt\n".to_owned(),
        files: [("salt".to_owned(), format!("{salt:016x}").into_bytes())].into(),
        base: found.reference,
        tag: names::bench_base_of(id, salt),
    };
    small.build(runner, cancel).await
}

/// A build of one step, of which there is nothing to tell.
pub(super) struct SmallBuild {
    /// Starts `FROM ${BASE}`.
    pub(super) dockerfile: String,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) base: String,
    pub(super) tag: String,
}

impl SmallBuild {
    /// Builds; the tag.
    pub(super) async fn build(
        self,
        runner: &Runner,
        cancel: &CancellationToken,
    ) -> Result<String, EngineError> {
        let steps = runner.plan(&self.dockerfile);
        let layout = Layout {
            dockerfile: self.dockerfile,
            overlay: self.files,
            ..Layout::default()
        };
        let sending = stream_tar(Arc::new(Context::default()), Arc::new(layout));
        let request = BuildRequest {
            tag: self.tag.clone(),
            args: [("BASE".to_owned(), self.base)].into(),
            labels: [(LABEL.to_owned(), IMAGE.to_owned())].into(),
            no_cache: true,
            steps,
            ..BuildRequest::of(sending.chunks)
        };
        let (events, mut told) = mpsc::channel(64);
        let quiet = tokio::spawn(async move { while told.recv().await.is_some() {} });
        let built = runner.engine.build(request, events, cancel.clone()).await;
        let _ = quiet.await;
        built.map(|_| self.tag)
    }
}
