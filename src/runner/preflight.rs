//! Looks at the app before the engine is asked: what is known to go wrong stops the build, notes
//! are told once.

use std::{collections::HashSet, sync::Mutex};

use super::{Runner, ignore_rules, live::LiveBuild};
use crate::{
    catalog::app::preflight::look_for,
    domain::{event::BuildEvent, preflight::Finding, strategy::Strategy},
    engine::EngineError,
};

/// Notes that were told already.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashSet<Finding>>);

impl Told {
    /// Whether this is told for the first time.
    fn is_new(&self, finding: &Finding) -> bool {
        // A panic elsewhere leaves the set whole.
        let mut told = match self.0.lock() {
            Ok(told) => told,
            Err(poisoned) => poisoned.into_inner(),
        };
        told.insert(finding.clone())
    }
}

impl Runner {
    /// Errors of the app for this strategy stop the build; notes go out as lines of it.
    pub(super) async fn check_app(
        &self,
        strategy: &Strategy,
        live: &mut LiveBuild<'_>,
    ) -> Result<(), EngineError> {
        let (app, catalog) = (self.app.clone(), self.catalog.clone());
        let chosen = strategy.clone();
        let looking = tokio::task::spawn_blocking(move || {
            look_for(&app, &catalog, &chosen, &ignore_rules(&chosen))
        });
        // A panic there has reported itself, and the engine will say what is wrong.
        let findings = looking.await.unwrap_or_default();
        let errors: Vec<String> = findings
            .iter()
            .filter(|finding| finding.is_error())
            .map(ToString::to_string)
            .collect();
        if !errors.is_empty() {
            let reason = errors.join("\n");
            return Err(EngineError::AppNotReady { reason });
        }
        for note in findings.iter().filter(|note| self.told.is_new(note)) {
            let line = format!("note: {note}");
            live.take(BuildEvent::Output { step: None, line }).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_once() {
        let told = Told::default();
        let (one, two) = (Finding::note("a", "b"), Finding::note("a", "c"));
        assert!(told.is_new(&one) && told.is_new(&two));
        assert!(!told.is_new(&one));
    }
}
