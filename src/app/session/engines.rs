//! Engines while the screen is open: listed, and another one taken.

use std::sync::Arc;

use super::{Session, notice};
use crate::{
    app::{EngineChoice, of_engine},
    domain::record::BuildRecord,
    tui::{Level, Msg},
};

impl Session {
    /// Asks every engine that was found, beside everything else.
    pub(super) fn tell_engines(&self) {
        let (ground, messages) = (self.ground.clone(), self.messages.clone());
        tokio::spawn(async move {
            let engines = ground.engines().await;
            let _ = messages.send(Msg::Engines(engines)).await;
        });
    }

    /// Builds go to another engine from now on; the one at work is built to its end where it is.
    pub(super) async fn take_engine(&mut self, name: &str) {
        if self.preparing.is_some() {
            let busy =
                "an engine is being started, or the machine looked at: try again in a moment";
            return self.tell(notice(Level::Warning, &busy)).await;
        }
        match EngineChoice::parse(Some(name)) {
            Ok(choice) => {
                self.ground.engine = choice;
                // What it has of base images need not be made a second time.
                if let Some(former) = self.runner.take() {
                    self.former = Some(Arc::clone(&former.engine));
                }
                self.connect();
            }
            Err(error) => self.tell(notice(Level::Error, &error)).await,
        }
    }

    /// What was built of this app by one kind of engine: figures of several are not one figure.
    pub(super) async fn tell_records(&self, kind: Option<&str>) {
        let history = self.ground.state.history();
        let records = tokio::task::spawn_blocking(move || history.load()).await;
        let app = &self.ground.app.root;
        if let Ok(Ok(records)) = records {
            let ours = records.into_iter().filter(|record| record.app == *app);
            let ours: Vec<BuildRecord> = ours.collect();
            match kind {
                Some(_) => self.tell(Msg::RecordsForgotten).await,
                None => self.tell(Msg::RecordsOfAll(ours.clone())).await,
            }
            let records = of_engine(ours, kind);
            self.tell(Msg::Records(records)).await;
        }
    }
}
