//! The reports of plans and inspected images for programs.

use serde::Serialize;

use crate::inspect::Inspection;
use crate::paged::Paged;
use crate::plan::{MemoryTime, Placement, Plan, Relief, Unplaced, Usage};

/// The number in a report's `format` field; it rises when a field changes its meaning or goes away. New fields
/// may come without a rise.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
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

#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    unplaced: &'a Unplaced,
    shrink: Option<u64>,
    message: String,
    help: String,
}

/// The plan as JSON, over several lines and with a newline at its end. The fields are told in
/// `docs/plan.md`.
pub fn json(plan: &Plan) -> String {
    let report = Report {
        format: FORMAT,
        board: &plan.board,
        fits: plan.fits(),
        paged: plan.paged.as_ref(),
        regions: &plan.regions,
        placements: &plan.placements,
        unplaced: plan
            .unplaced
            .iter()
            .map(|unplaced| Explained {
                unplaced,
                shrink: unplaced.shrink(),
                message: unplaced.to_string(),
                help: unplaced.remedy(),
            })
            .collect(),
        reliefs: &plan.reliefs,
        time: plan.time.as_ref(),
    };
    pretty(&report)
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
