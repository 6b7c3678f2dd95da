//! Every engine that could be meant, each asked: what `imgtui engines` prints and the picker shows.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{EngineChoice, Ground, engines::at};
use crate::{
    domain::engines::{EngineEntry, EngineState},
    engine::{
        Engine, EngineError,
        find::{self, Found, Surroundings},
    },
    parse::terminal::plain,
};

impl Ground {
    /// Engines of our own first, then those that clients would find, in their order.
    pub async fn engines(&self) -> Vec<EngineEntry> {
        let found = find::find(&Surroundings::current());
        let (podman, docker, others) = tokio::join!(
            self.own_podman(),
            self.own_docker(),
            join_all(found.iter().map(entry_of))
        );
        let mut entries = vec![podman, docker];
        entries.extend(others);
        match self.given().await {
            Some(given) => entries.insert(0, given),
            None => mark_first_choice(&mut entries),
        }
        entries
    }

    /// The one that the user names; then no other is chosen.
    async fn given(&self) -> Option<EngineEntry> {
        let EngineChoice::At(address, _) = &self.engine else {
            return None;
        };
        Some(EngineEntry {
            name: address.to_string(),
            place: address.to_string(),
            origin: "given".into(),
            state: state_of(self.connect().await).await,
            first_choice: true,
        })
    }

    async fn own_podman(&self) -> EngineEntry {
        let program = self.host().find("podman");
        EngineEntry {
            name: "podman".into(),
            place: program.map_or_else(String::new, |program| program.display().to_string()),
            origin: "a service of our own".into(),
            state: state_of(self.podman().await).await,
            first_choice: false,
        }
    }

    async fn own_docker(&self) -> EngineEntry {
        let program = self.host().find("dockerd");
        EngineEntry {
            name: "docker".into(),
            place: program.map_or_else(String::new, |program| program.display().to_string()),
            origin: "a daemon of our own, where no docker answers".into(),
            state: state_of(self.private_docker(None).await).await,
            first_choice: false,
        }
    }
}

async fn entry_of(found: &Found) -> EngineEntry {
    let (place, state) = match &found.result {
        Ok(address) => {
            let engine = at(address, None).await;
            (address.to_string(), state_of(engine).await)
        }
        Err(why) => (String::new(), EngineState::Unusable { why: plain(why) }),
    };
    EngineEntry {
        name: plain(&found.name),
        place: plain(&place),
        origin: plain(&found.origin.to_string()),
        state,
        first_choice: false,
    }
}

async fn state_of(engine: Result<Arc<dyn Engine>, EngineError>) -> EngineState {
    let facts = match &engine {
        Ok(engine) => engine.facts().await,
        Err(error) => Err(error.clone()),
    };
    match facts {
        Ok(facts) => EngineState::Usable { facts },
        Err(error) => EngineState::Unusable {
            why: error.to_string(),
        },
    }
}

/// Our podman; without one the first docker that answers, as [`Ground::connect`] does.
fn mark_first_choice(entries: &mut [EngineEntry]) {
    let usable = |entry: &EngineEntry, kind: &str| {
        let facts = entry.facts();
        facts.is_some_and(|facts| facts.kind.starts_with(kind))
    };
    let own_podman = entries
        .iter()
        .position(|entry| entry.name == "podman" && usable(entry, "podman"));
    let other_docker = || {
        let others = entries.iter().enumerate().skip(2);
        others
            .into_iter()
            .find(|(_, entry)| usable(entry, "docker"))
            .map(|(at, _)| at)
    };
    if let Some(at) = own_podman.or_else(other_docker)
        && let Some(entry) = entries.get_mut(at)
    {
        entry.first_choice = true;
    }
}
