//! Builds of this process: the one at work, those before it, those that wait.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    time::Duration,
};

use crate::domain::{
    build::{Build, Step, StepStatus},
    event::{BuildEvent, Outcome, StepKey, Subject, Trigger},
    foretold::ForetoldStep,
    ids::{BuildId, StrategyId},
    reason::{Cause, Expected, Reason},
    record::BuildRecord,
};
use crate::tui::widget::sgr;

/// How many builds are remembered.
const BUILDS: usize = 20;
/// How many of them, the newest, keep all their lines.
const WHOLE_LOGS: usize = 3;
/// Lines on the screen of one of the newest builds; the file has all.
const LINES: usize = 4_000;
/// Lines of older builds.
const LINES_OF_OLD: usize = 200;
/// Longest line on the screen in bytes.
const LINE_BYTES: usize = 4_096;

/// The output of one step, or of the build as a whole.
pub(in crate::tui) type Block = Option<StepKey>;

/// How much of a step's output is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Fold {
    /// Nothing.
    Closed,
    /// The last lines, as many as there is room for.
    Tail,
    /// Everything.
    Open,
}

/// A line of a block: its number within the build, and its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Mark {
    pub(in crate::tui) number: u64,
    pub(in crate::tui) columns: usize,
}

/// One build as the screen keeps it.
#[derive(Debug)]
pub(in crate::tui) struct LiveBuild {
    pub(in crate::tui) id: BuildId,
    pub(in crate::tui) subject: Subject,
    pub(in crate::tui) trigger: Trigger,
    pub(in crate::tui) log: PathBuf,
    pub(in crate::tui) build: Build,
    pub(in crate::tui) record: Option<BuildRecord>,
    /// What is expected of its steps; empty until that is known.
    pub(in crate::tui) foretold: Vec<ForetoldStep>,
    /// When it began, in the program's time.
    pub(in crate::tui) began: Duration,
    /// How the user folded, where he did.
    pub(in crate::tui) folds: HashMap<Block, Fold>,
    lines: HashMap<Block, VecDeque<Mark>>,
}

impl LiveBuild {
    /// Takes an event in. A line that no screen could show is cut: the file has it whole.
    pub(in crate::tui) fn apply(&mut self, now: Duration, at: Duration, event: &BuildEvent) {
        self.began = self.began.min(now.saturating_sub(at));
        let BuildEvent::Output { step, line } = event else {
            self.build.apply(at, event);
            return;
        };
        if line.len() > LINE_BYTES {
            let mut end = LINE_BYTES;
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            let line = format!("{}…", &line[..end]);
            let step = *step;
            self.build.apply(at, &BuildEvent::Output { step, line });
        } else {
            self.build.apply(at, event);
        }
        let text = self.build.log.back().map_or("", |line| &line.text);
        let mark = Mark {
            number: self.build.lines.saturating_sub(1),
            columns: sgr::columns(text, LINE_BYTES),
        };
        self.lines.entry(*step).or_default().push_back(mark);
        self.forget_lines();
    }

    /// Why a step came from the cache, or did not, where that is not plain. While the build is at
    /// work it is what was foretold of a step that came so.
    pub(in crate::tui) fn why(&self, key: StepKey) -> Option<&Reason> {
        let reason = match &self.record {
            Some(record) => {
                let place = self.build.steps().position(|(other, _)| other == key)?;
                &record.why.get(place)?.as_ref()?.reason
            }
            None => self.foretold(key)?,
        };
        (reason.cause != Cause::Unchanged).then_some(reason)
    }

    fn foretold(&self, key: StepKey) -> Option<&Reason> {
        let stage = &self.build.stages.get(key.stage)?.name;
        let came = match self.build.step(key)?.status {
            StepStatus::Cached => Expected::Hit,
            StepStatus::Ran | StepStatus::Failed => Expected::Miss,
            _ => return None,
        };
        let mut steps = self.foretold.iter();
        let found = steps.find(|step| step.stage == *stage && step.index == key.index)?;
        (found.expected == came).then_some(&found.reason)
    }

    /// Keeps the newest lines only.
    fn shorten(&mut self, limit: usize) {
        let surplus = self.build.log.len().saturating_sub(limit);
        self.build.log.drain(..surplus);
        self.build.log.shrink_to_fit();
        self.forget_lines();
    }

    fn forget_lines(&mut self) {
        let first = self.first_line();
        for marks in self.lines.values_mut() {
            while marks.front().is_some_and(|mark| mark.number < first) {
                marks.pop_front();
            }
        }
    }

    /// Number of the oldest line that is still here.
    pub(in crate::tui) fn first_line(&self) -> u64 {
        self.build.lines - self.build.log.len() as u64
    }

    /// Text of the line with this number.
    pub(in crate::tui) fn text(&self, number: u64) -> Option<&str> {
        let at = usize::try_from(number.checked_sub(self.first_line())?).ok()?;
        self.build.log.get(at).map(|line| line.text.as_str())
    }

    /// The lines of a block, oldest first.
    pub(in crate::tui) fn marks(&self, block: Block) -> Option<&VecDeque<Mark>> {
        self.lines.get(&block).filter(|marks| !marks.is_empty())
    }

    /// How much of the block is shown: as the user wants; else a step at work and a failed one
    /// show their last lines.
    pub(in crate::tui) fn fold(&self, block: Block) -> Fold {
        if let Some(fold) = self.folds.get(&block) {
            return *fold;
        }
        let status = block
            .and_then(|key| self.build.step(key))
            .map(|step| step.status);
        match status {
            Some(StepStatus::Running | StepStatus::Failed | StepStatus::Cancelled) => Fold::Tail,
            None if self.build.stages.is_empty() || self.failed_outside() => Fold::Tail,
            _ => Fold::Closed,
        }
    }

    /// Whether the build failed without any step having failed.
    fn failed_outside(&self) -> bool {
        matches!(self.build.outcome, Some(Outcome::Failed { .. }))
            && self.build.count(StepStatus::Failed) == 0
    }

    /// Whether it is at work.
    pub(in crate::tui) fn is_running(&self) -> bool {
        self.build.outcome.is_none()
    }

    /// Whether its image is made and the gate looks whether that is right: of strategies the
    /// record comes after that.
    pub(in crate::tui) fn is_checking(&self) -> bool {
        self.build.outcome == Some(Outcome::Built)
            && self.record.is_none()
            && matches!(self.subject, Subject::Strategy(_))
    }

    /// How long it has been at work, or how long it took.
    pub(in crate::tui) fn elapsed(&self, now: Duration) -> Duration {
        if self.is_running() {
            self.build.at.max(now.saturating_sub(self.began))
        } else {
            self.build.at
        }
    }

    /// How long the step has been at work, or how long it took.
    pub(in crate::tui) fn step_time(&self, step: &Step, now: Duration) -> Option<Duration> {
        let started = step.started?;
        let ended = step.ended.unwrap_or_else(|| self.elapsed(now));
        Some(ended.saturating_sub(started))
    }

    /// The name under which figures of its steps are known.
    pub(in crate::tui) fn key(&self) -> String {
        self.subject.to_string()
    }
}

/// All builds.
#[derive(Debug, Default)]
pub(in crate::tui) struct Runs {
    /// The newest last.
    pub(in crate::tui) builds: VecDeque<LiveBuild>,
    /// Waiting strategies, the next one first.
    pub(in crate::tui) queue: Vec<StrategyId>,
    /// A cancel was asked for and the build is not over yet.
    pub(in crate::tui) cancelling: Option<BuildId>,
}

impl Runs {
    /// The build at work.
    pub(in crate::tui) fn current(&self) -> Option<&LiveBuild> {
        self.builds.iter().rev().find(|live| live.is_running())
    }

    /// The build at work, or the one whose image is looked at.
    pub(in crate::tui) fn at_work(&self) -> Option<&LiveBuild> {
        let mut builds = self.builds.iter().rev();
        self.current()
            .or_else(|| builds.find(|live| live.is_checking()))
    }

    /// The build at work, else the one that ended last: a build that had to wait for its bases
    /// began before them.
    pub(in crate::tui) fn newest(&self) -> Option<&LiveBuild> {
        let ended = |live: &&LiveBuild| live.began + live.build.at;
        self.current()
            .or_else(|| self.builds.iter().max_by_key(ended))
    }

    pub(in crate::tui) fn find(&self, id: BuildId) -> Option<&LiveBuild> {
        self.builds.iter().rev().find(|live| live.id == id)
    }

    pub(in crate::tui) fn find_mut(&mut self, id: BuildId) -> Option<&mut LiveBuild> {
        self.builds.iter_mut().rev().find(|live| live.id == id)
    }

    /// The newest build of this strategy.
    pub(in crate::tui) fn latest(&self, strategy: &StrategyId) -> Option<&LiveBuild> {
        let wanted = Subject::Strategy(strategy.clone());
        self.builds.iter().rev().find(|live| live.subject == wanted)
    }

    /// A build began.
    pub(in crate::tui) fn begin(
        &mut self,
        id: BuildId,
        subject: Subject,
        trigger: Trigger,
        log: PathBuf,
        now: Duration,
    ) {
        if let Subject::Strategy(strategy) = &subject {
            self.unqueue(strategy);
        }
        self.builds.push_back(LiveBuild {
            id,
            subject,
            trigger,
            log,
            build: Build::new(LINES),
            record: None,
            foretold: Vec::new(),
            began: now,
            folds: HashMap::new(),
            lines: HashMap::new(),
        });
        if self.builds.len() > BUILDS {
            self.builds.pop_front();
        }
        let old = self.builds.len().saturating_sub(WHOLE_LOGS);
        for live in self.builds.iter_mut().take(old) {
            live.shorten(LINES_OF_OLD);
        }
    }

    /// Takes the first waiting build of this strategy out.
    pub(in crate::tui) fn unqueue(&mut self, strategy: &StrategyId) {
        if let Some(at) = self.queue.iter().position(|one| one == strategy) {
            self.queue.remove(at);
        }
    }
}
