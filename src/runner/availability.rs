//! Why a strategy cannot be built here: what it needs and this machine, engine or app lacks.

use std::{collections::BTreeMap, env, path::Path, time::Duration};

use tokio::net::TcpStream;

use crate::{
    catalog::app::App,
    domain::{ids::StrategyId, strategy::Strategy},
};

/// A host that does not accept a connection by then is not reachable.
const REACH_LIMIT: Duration = Duration::from_secs(3);
/// Where hosts that strategies need listen, unless they say otherwise: HTTPS.
const HTTPS: u16 = 443;

/// The reason, in a few words; `None` for a strategy that can be built. `abilities` are those of
/// the engine, where it is known already.
pub async fn unavailable(
    strategy: &Strategy,
    app: &App,
    abilities: Option<&[&str]>,
) -> Option<String> {
    if let Some(reason) = without_looking(strategy, app, abilities) {
        return Some(reason);
    }
    let needs = &strategy.needs;
    if let Some(tool) = needs.tools.iter().find(|tool| !is_on_path(tool)) {
        return Some(format!("there is no program `{tool}` on this machine"));
    }
    for host in &needs.hosts {
        if !is_reachable(host).await {
            return Some(format!("not reachable: {host}"));
        }
    }
    None
}

/// Every strategy that cannot be built here, with its reason.
pub async fn all_unavailable(
    strategies: &[Strategy],
    app: &App,
    abilities: Option<&[&str]>,
) -> BTreeMap<StrategyId, String> {
    let mut reasons = BTreeMap::new();
    for strategy in strategies {
        if let Some(reason) = unavailable(strategy, app, abilities).await {
            reasons.insert(strategy.id.clone(), reason);
        }
    }
    reasons
}

/// What needs neither disk nor network to be known.
fn without_looking(strategy: &Strategy, app: &App, abilities: Option<&[&str]>) -> Option<String> {
    let needs = &strategy.needs;
    if app.leaves_out(&strategy.id) {
        return Some("left out by the app's imgtui.toml".into());
    }
    if let Some(only) = needs.app.as_ref().filter(|only| **only != app.name) {
        return Some(format!("made for the app `{only}` alone"));
    }
    if needs.shared_cache && app.settings.shared_cache.is_none() {
        return Some("needs a repository: `[cache] from` and `to` in imgtui.toml".into());
    }
    let given = |argument: &&String| app.settings.build_args.contains_key(*argument);
    if let Some(argument) = needs.args.iter().find(|argument| !given(argument)) {
        return Some(format!("needs `[build-args] {argument}` in imgtui.toml"));
    }
    let able = abilities?;
    let lacks = |ability: &&String| !able.contains(&ability.as_str());
    let missing = needs.abilities.iter().find(lacks)?;
    Some(format!("this engine has no `{missing}`"))
}

fn is_on_path(tool: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(Path::new(tool)).is_file())
}

pub(super) async fn is_reachable(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().unwrap_or(HTTPS)),
        None => (host, HTTPS),
    };
    let connecting = TcpStream::connect((name, port));
    matches!(
        tokio::time::timeout(REACH_LIMIT, connecting).await,
        Ok(Ok(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Catalog, embedded},
        domain::settings::Known,
    };

    fn strategy() -> Strategy {
        let catalog = Catalog::parse(&[embedded()]);
        catalog.strategies.first().unwrap().clone()
    }

    fn app() -> (tempfile::TempDir, App) {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "[package]\nname = \"mine\"\nversion = \"1.0.0\"\n";
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/main.rs"), "fn main() {}").unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let app = App::load(folder.path()).unwrap();
        (folder, app)
    }

    #[tokio::test]
    async fn each_need_has_its_reason() {
        let (_folder, app) = app();
        let mut needing = strategy();
        assert_eq!(unavailable(&needing, &app, Some(&[])).await, None);
        needing.needs.abilities = vec!["cache-mounts".into()];
        assert_eq!(unavailable(&needing, &app, None).await, None);
        let told = unavailable(&needing, &app, Some(&["docker"]))
            .await
            .unwrap();
        assert!(told.contains("`cache-mounts`"), "{told}");
        assert_eq!(
            unavailable(&needing, &app, Some(&["cache-mounts"])).await,
            None
        );
        needing.needs.tools = vec!["no-such-program-here".into()];
        let told = unavailable(&needing, &app, None).await.unwrap();
        assert!(told.contains("no-such-program-here"), "{told}");
        needing.needs.app = Some("sample-app".into());
        let told = unavailable(&needing, &app, None).await.unwrap();
        assert!(told.contains("`sample-app` alone"), "{told}");
        let mut picky = app.clone();
        picky.settings.leave_out = vec![Known::given(needing.id.clone(), 1)];
        let told = unavailable(&needing, &picky, None).await.unwrap();
        assert!(told.contains("imgtui.toml"), "{told}");
    }

    #[tokio::test]
    async fn a_host_is_reached_or_not() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let (_folder, app) = app();
        let mut needing = strategy();
        needing.needs.hosts = vec![place.clone()];
        assert_eq!(unavailable(&needing, &app, None).await, None);
        drop(listener);
        let told = unavailable(&needing, &app, None).await.unwrap();
        assert_eq!(told, format!("not reachable: {place}"));
    }
}
