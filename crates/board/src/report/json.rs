//! The reports of plans and inspected images for programs.

use serde::Serialize;

use crate::inspect::Inspection;
use crate::paged::Paged;
use crate::plan::{MemoryTime, Placement, Plan, Relief, Unplaced, Usage};

/// The number in a report's `format` field; it rises when a field changes its meaning or goes away. New fields
/// may come without a rise.
pub const FORMAT: u32 = 1;

/// What a plan's report for programs holds, to write it by itself or within another. The fields are told in `docs/plan.md`.
#[derive(Debug, Serialize)]
pub struct PlanReport<'a> {
    format: u32,
    board: &'a str,
    fits: bool,
    paged: Option<&'a Paged>,
    regions: &'a [Usage],
    placements: &'a [Placement],
    unplaced: Vec<Explained<'a>>,
    reliefs: &'a [Relief],
    time: Option<&'a MemoryTime>,
}

#[derive(Debug, Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    unplaced: &'a Unplaced,
    shrink: Option<u64>,
    message: String,
    help: String,
}

impl<'p> PlanReport<'p> {
    /// The report of a plan.
    pub fn new(plan: &'p Plan) -> PlanReport<'p> {
        let explained = |unplaced: &'p Unplaced| Explained {
            unplaced,
            shrink: unplaced.shrink(),
            message: unplaced.to_string(),
            help: unplaced.remedy(),
        };
        PlanReport {
            format: FORMAT,
            board: &plan.board,
            fits: plan.fits(),
            paged: plan.paged.as_ref(),
            regions: &plan.regions,
            placements: &plan.placements,
            unplaced: plan.unplaced.iter().map(explained).collect(),
            reliefs: &plan.reliefs,
            time: plan.time.as_ref(),
        }
    }
}

/// The plan as JSON, over several lines and with a newline at its end.
pub fn json(plan: &Plan) -> String {
    pretty(&PlanReport::new(plan))
}

/// An inspected image as JSON, over several lines and with a newline at its end. The fields are told in
/// `docs/inspect.md`.
pub fn inspection_json(found: &Inspection) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        format: u32,
        errors: usize,
        #[serde(flatten)]
        found: &'a Inspection,
    }
    pretty(&Report { format: FORMAT, errors: found.errors(), found })
}

fn pretty(report: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(report).expect("texts, numbers and lists always have a JSON form");
    text.push('\n');
    text
}
