//! What a build is called with: its bases, and the arguments that its Dockerfile declares.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::{
    Runner,
    bases::{BaseMaker, present_or_upstream},
    host::Host,
    live::LiveBuild,
};
use crate::{
    catalog::app::App,
    domain::{base::ResolvedBase, event::BuildEvent, strategy::Strategy},
    engine::EngineError,
    parse::dockerfile,
};

impl Runner {
    pub(super) async fn resolve_bases(
        &self,
        strategy: &Strategy,
        live: &mut LiveBuild<'_>,
        cancel: &CancellationToken,
    ) -> Result<Vec<(String, ResolvedBase)>, EngineError> {
        let maker = BaseMaker::new(self, strategy.id.clone());
        let mut resolved = Vec::new();
        for (argument, id) in &strategy.bases {
            let base = maker.resolve(id, live, cancel).await?;
            live.take(BuildEvent::BaseResolved { base: base.clone() })
                .await;
            resolved.push((argument.clone(), base));
        }
        Ok(resolved)
    }

    pub(super) fn arguments(
        &self,
        strategy: &Strategy,
        bases: &[(String, ResolvedBase)],
    ) -> BTreeMap<String, String> {
        let bases = bases.iter();
        let references = bases.map(|(argument, base)| (argument.clone(), base.reference.clone()));
        arguments(&self.app, &self.host, strategy, references.collect())
    }

    /// The build arguments of a strategy, with the bases as they are in the engine now; one that
    /// is not there yet is named by its upstream reference.
    ///
    /// # Errors
    /// When the engine does not answer, or a base is not in the catalog.
    pub async fn arguments_by_hand(
        &self,
        strategy: &Strategy,
    ) -> Result<BTreeMap<String, String>, EngineError> {
        let mut resolved = Vec::new();
        for (argument, id) in &strategy.bases {
            resolved.push((argument.clone(), present_or_upstream(self, id).await?));
        }
        Ok(self.arguments(strategy, &resolved))
    }
}

/// Build arguments: bases, the strategy's own, `BIN` where the Dockerfile declares it, and the proxy
/// settings of this machine.
pub(super) fn arguments(
    app: &App,
    host: &Host,
    strategy: &Strategy,
    bases: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut arguments = strategy.args.clone();
    arguments.extend(bases);
    let is_declared =
        |argument: &str| dockerfile::declares_argument(&strategy.dockerfile, argument);
    let own = app.settings.build_args.clone().into_iter();
    arguments.extend(own.filter(|(argument, _)| is_declared(argument)));
    let known = [
        ("BIN", app.bin.clone()),
        ("BUILD_FLAGS", app.settings.build_flags.join(" ")),
        ("PORT", app.settings.port.value.to_string()),
    ];
    let known = known
        .into_iter()
        .filter(|(argument, _)| is_declared(argument));
    arguments.extend(known.map(|(argument, value)| (argument.to_owned(), value)));
    arguments.extend(host.proxies());
    arguments
}
