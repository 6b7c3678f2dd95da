//! A benchmark's plots, and one picture of it for a README.

use super::{Bench, cells::word};
use crate::{
    domain::{
        bench::{
            CellResult, Prior, Protocol,
            pareto::{Costs, costs, edit_scenario},
        },
        record::BuildRecord,
    },
    report::plot::{Lane, Mark, MarkKind, Panel, Plot, Sheet, bars, pareto, strips, timeline},
};

/// Width of the picture's content: about that of a README's column.
const WIDTH: f64 = 800.0;

impl Bench<'_> {
    /// One picture of it all: medians with intervals (of a single scenario every run), image size
    /// against edit time, and in words what was measured and what could not be.
    #[must_use]
    pub fn svg(&self) -> String {
        let results = self.results();
        let mut sheet = Sheet::of_width(WIDTH);
        sheet.words("title", &self.title());
        sheet.words("dim", &self.caption());
        sheet.space();
        match self.panels(&results).as_slice() {
            [only] => sheet.row(&[strips(only, WIDTH)]),
            panels => sheet.row(&[bars(panels, &self.names(), WIDTH)]),
        }
        sheet.row(self.pareto(&results, WIDTH).as_slice());
        for remark in self.remarks(&results) {
            sheet.words("small", &remark);
        }
        sheet.plot(&self.title()).standalone()
    }

    /// What it is called.
    pub(super) fn title(&self) -> String {
        let app = self.header.app.file_name();
        let app = app.map_or_else(
            || self.header.app.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        format!("Builds of {app}, measured")
    }

    /// Where, when and how.
    pub(super) fn caption(&self) -> String {
        let header = self.header;
        let protocol = match header.plan.protocol {
            Protocol::Article => "the article's protocol",
            Protocol::Interleaved => "interleaved rounds",
        };
        format!(
            "Median seconds with their intervals. {} on {} processors, {}, {protocol}, seed {}, {} runs.",
            header.engine,
            header.processors,
            header.started.get(..10).unwrap_or_default(),
            header.plan.seed,
            self.runs.len()
        )
    }

    pub(super) fn names(&self) -> Vec<String> {
        let plan = &self.header.plan;
        (0..plan.strategies.len())
            .map(|place| plan.name(place))
            .collect()
    }

    /// A panel a scenario.
    pub(super) fn panels(&self, results: &[CellResult]) -> Vec<Panel> {
        let priors = self.header.plan.priors.iter();
        priors.map(|prior| self.panel(results, *prior)).collect()
    }

    fn panel(&self, results: &[CellResult], prior: Prior) -> Panel {
        let of_prior = results.iter().filter(|result| result.cell.prior == prior);
        let mut results: Vec<&CellResult> = of_prior.collect();
        let median = |result: &CellResult| {
            result
                .wall
                .as_ref()
                .map_or(f64::INFINITY, |wall| wall.median)
        };
        results.sort_by(|one, other| median(one).total_cmp(&median(other)));
        let lane = |result: &&CellResult| Lane {
            name: self.name(result.cell),
            runs: result.seconds.clone(),
            outliers: result
                .outliers
                .iter()
                .map(|outlier| outlier.seconds)
                .collect(),
            summary: result.wall.clone(),
            word: word(result),
        };
        Panel {
            title: prior.to_string(),
            lanes: results.iter().map(lane).collect(),
        }
    }

    /// Image size against edit time; `None` where no edit was measured.
    pub(super) fn pareto(&self, results: &[CellResult], width: f64) -> Option<Plot> {
        let plan = &self.header.plan;
        let edit = edit_scenario(plan)?;
        let measured = costs(plan, edit, results, self.runs).into_iter();
        let mut marks: Vec<Mark> = measured
            .map(|(place, costs)| Mark {
                name: plan.name(place),
                costs,
                kind: MarkKind::Measured,
            })
            .collect();
        if marks.is_empty() {
            return None;
        }
        let mut seen = std::collections::BTreeSet::new();
        let once = plan.strategies.iter().enumerate();
        let once = once.filter(|(_, id)| seen.insert(*id));
        marks.extend(once.filter_map(|(place, id)| {
            let published = self.published(place)?;
            Some(Mark {
                name: id.to_string(),
                costs: Costs {
                    image: published.image()?,
                    seconds: published.build()?.as_secs_f64(),
                },
                kind: MarkKind::Published,
            })
        }));
        pareto(&marks, edit.word(), width)
    }

    /// The steps of two runs of a strategy: of its slowest scenario and of an edit, or of its first
    /// and last run where there is one scenario only.
    pub(super) fn timeline(
        &self,
        results: &[CellResult],
        place: usize,
        width: f64,
    ) -> Option<Plot> {
        let record = |prior: Prior, from_last: bool| -> Option<(String, &BuildRecord)> {
            let cell = Self::cell(results, place, prior)?.cell;
            let mut runs = self.runs_of(cell).filter(|run| run.counts());
            let run = if from_last {
                runs.last()?
            } else {
                runs.next()?
            };
            Some((format!("{prior}, round {}", run.round + 1), &run.record))
        };
        let of_place = results.iter().filter(|result| result.cell.place == place);
        let measured =
            of_place.filter_map(|result| Some((result.cell.prior, result.wall.as_ref()?.median)));
        let measured: Vec<(Prior, f64)> = measured.collect();
        let slowest = measured
            .iter()
            .max_by(|one, other| one.1.total_cmp(&other.1))?
            .0;
        let edit = edit_scenario(&self.header.plan).filter(|edit| *edit != slowest);
        let other = edit.or_else(|| {
            measured
                .iter()
                .map(|(prior, _)| *prior)
                .find(|prior| *prior != slowest)
        });
        let one = record(slowest, false)?;
        let other = record(other.unwrap_or(slowest), true)?;
        timeline([(&one.0, one.1), (&other.0, other.1)], width)
    }
}
