//! What the runner told.

use crate::domain::{
    event::{BuildEvent, Outcome, RunEvent, Subject},
    ids::BuildId,
    mounts::left_half_done,
    record::BuildRecord,
    verdict::Verdict,
};
use crate::tui::{
    effect::Effect,
    msg::Level,
    state::{Engine, State, live::LiveBuild, log::Scroll},
};

pub(super) fn take_in(state: &mut State, event: RunEvent) -> Vec<Effect> {
    match event {
        RunEvent::BuildQueued { strategy } => state.runs.queue.push(strategy),
        RunEvent::BuildDropped { strategy } => state.runs.unqueue(&strategy),
        RunEvent::BuildStarted {
            build,
            subject,
            trigger,
            log,
        } => {
            state.runs.begin(build, subject, trigger, log, state.now);
            // Who scrolled is reading: the new build does not push the old one away.
            if state.log.scroll == Scroll::Follow {
                state.log.live = true;
            }
        }
        RunEvent::BuildProgressed { build, at, event } => {
            let now = state.now;
            if let Some(live) = state.runs.find_mut(build) {
                live.apply(now, at, &event);
            }
            if let BuildEvent::Ended { outcome } = &event {
                ended(state, build, outcome);
            }
        }
        RunEvent::BuildForetold { build, steps } => {
            if let Some(live) = state.runs.find_mut(build) {
                live.foretold = steps;
            }
        }
        RunEvent::BuildRecorded { build, record } => recorded(state, build, record),
        RunEvent::EngineReady { name, how } => {
            state.engine = Engine::Ready { name, how };
            return super::build::flush_waiting(state);
        }
        RunEvent::EngineMissing { message } => {
            return engine_missing(state, message);
        }
    }
    Vec::new()
}

/// Says so, and has the machine looked at, so that there is a checklist to show.
fn engine_missing(state: &mut State, message: String) -> Vec<Effect> {
    if state.shown().is_some() {
        let first = message.lines().next().unwrap_or_default().to_owned();
        state.notify(Level::Error, first);
    }
    state.engine = Engine::Missing { message };
    match state.checklist {
        Some(_) => Vec::new(),
        None => vec![Effect::Examine],
    }
}

fn ended(state: &mut State, build: BuildId, outcome: &Outcome) {
    // While the gate looks at the image, that is what is being cancelled.
    let checks = state.runs.find(build).is_some_and(LiveBuild::is_checking);
    if state.runs.cancelling == Some(build) && !checks {
        state.runs.cancelling = None;
    }
    let in_view = state.shown().is_some_and(|live| live.id == build);
    let Some(live) = state.runs.find(build) else {
        return;
    };
    let subject = live.subject.clone();
    if let Outcome::Failed { message } = outcome
        && !in_view
    {
        let first = message.lines().next().unwrap_or_default();
        state.notify(Level::Error, format!("{subject} failed: {first}"));
    }
    if subject == Subject::Setup && *outcome != Outcome::Built {
        state.waiting.clear();
    }
}

fn recorded(state: &mut State, build: BuildId, record: Option<Box<BuildRecord>>) {
    if state.runs.cancelling == Some(build) {
        state.runs.cancelling = None;
    }
    let Some(record) = record else {
        return;
    };
    tell_invalid(state, build, &record);
    tell_half_done(state, &record);
    if let Some(live) = state.runs.find_mut(build) {
        live.record = Some((*record).clone());
    }
    state.learn_everywhere((*record).clone());
    state.history.learn(*record);
    state.weigh();
}

/// What a build that was ended before its time left in cache mounts.
fn tell_half_done(state: &mut State, record: &BuildRecord) {
    let mounts = left_half_done(record);
    if !mounts.is_empty() {
        let mounts = mounts.join(", ");
        state.notify(
            Level::Warning,
            format!("half done in cache mounts: {mounts}; the next build's time is not counted"),
        );
    }
}

/// The build's pane says it too, where it is in view.
fn tell_invalid(state: &mut State, build: BuildId, record: &BuildRecord) {
    let in_view = state.shown().is_some_and(|live| live.id == build);
    if let (Some(Verdict::Invalid { reason }), false) = (&record.verdict, in_view) {
        let first = reason.lines().next().unwrap_or_default();
        state.notify(
            Level::Error,
            format!("{} is INVALID: {first}", record.subject),
        );
    }
}
