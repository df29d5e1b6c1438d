//! A module for a board.

use sostenuto_board::{Board, DoesNotFit, Kind, Plan, place};

use super::{Module, RustError, RustOptions, module};

/// Why there is no module for a board.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The module cannot be written.
    #[error(transparent)]
    Rust(#[from] RustError),
    /// The board is too small.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
}

/// As [`module`], placed on a board, and the plan of its storages. What that puts elsewhere than the instance is placed by itself,
/// however small it is. The module ends with the table of the places.
///
/// # Errors
///
/// As [`module`], and when it does not fit.
pub fn planned_module(
    source: &str,
    options: &RustOptions,
    board: &Board,
) -> Result<(Module, Plan), PlanError> {
    // What is not there is told before a board is found too small.
    module(source, options)?;
    let of_each = module(source, &RustOptions { threshold: 0, ..options.clone() })?;
    let plan = place(board, &of_each.storages);
    plan.check()?;
    let home = region(&plan, &of_each.instance);
    let arrays = of_each.storages.iter().filter(|storage| storage.kind != Kind::Scratch);
    let apart = arrays.filter(|storage| region(&plan, &storage.name) != home);
    let mut options = options.clone();
    options.placed.extend(apart.map(|storage| storage.name.clone()));
    let mut module = module(source, &options)?;
    module.add_places(&board.name, |zone| region(&plan, zone));
    Ok((module, plan))
}

/// All storages of a plan that fits have a place.
fn region<'p>(plan: &'p Plan, storage: &str) -> &'p str {
    plan.placement(storage).map(|placement| placement.region.as_str()).unwrap_or_default()
}
