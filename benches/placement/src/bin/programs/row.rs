//! What the ways of placing make of one program.

use sostenuto_board::{Board, MemoryTime, Storage};

use crate::BLOCK;
use crate::policies::{Places, Policy, cycles, ours};
use crate::program::Program;
use crate::replay::{recosted, replay};

/// Cycles a block everywhere; `None` where not all finds a place.
pub struct Row {
    pub program: Program,
    /// By [`Policy::ALL`].
    pub simple: Vec<Option<Cycles>>,
    /// The placer with what was measured.
    pub ours: Option<Cycles>,
    /// The placer with what the compiler tells, for those programs of which it tells anything.
    pub by_told: Option<Cycles>,
    /// The least by the library, and whether it says so.
    pub exact: Option<(f64, bool)>,
    /// The placer again, once and twice, with the lines that the replay before it has counted.
    pub again: [Option<Cycles>; 2],
    /// What no plan is below.
    pub bound: Option<f64>,
    /// The best plan that was found when it was tried to prove one, if it was proven.
    pub proven: Option<f64>,
}

/// What a plan takes.
#[derive(Debug, Clone, Copy)]
pub struct Cycles {
    /// By the model that the placer uses.
    pub model: f64,
    /// In the replay.
    pub replay: f64,
}

impl Row {
    pub fn new(board: &Board, program: Program) -> Row {
        let storages = &program.storages;
        let simple: Vec<Option<Places>> =
            Policy::ALL.iter().map(|policy| policy.places(board, storages)).collect();
        let placed = ours(board, storages, false);
        let proved = ours(board, storages, true).map(|(_, time)| time);
        let by_told = program.told.as_ref().and_then(|told| ours(board, told, false));
        let cost = |places: &Places| cost(board, &program, places);
        let again = placed.as_ref().map(|(places, _)| again(board, &program, places));
        let bounds = placed.as_ref().map(|(_, time)| *time).into_iter().chain(proved).map(|time| time.bound);
        Row {
            simple: simple.iter().map(|places| places.as_ref().map(cost)).collect(),
            ours: placed.as_ref().map(|(places, _)| cost(places)),
            by_told: by_told.as_ref().map(|(places, _)| cost(places)),
            exact: exact(board, storages),
            again: again.unwrap_or_default(),
            bound: bounds.reduce(f64::max).map(a_block),
            proven: proved.filter(|time: &MemoryTime| time.proven).map(|time| a_block(time.cycles)),
            program,
        }
    }
}

/// What the library finds in ten seconds.
#[cfg(feature = "exact")]
fn exact(board: &Board, storages: &[Storage]) -> Option<(f64, bool)> {
    /// Larger problems take too long.
    const MOST: usize = 200;
    let time = std::time::Duration::from_secs(10);
    let problem = crate::policies::problem(board, storages);
    let exact = (storages.len() <= MOST).then(|| crate::exact::solve(&problem, time))??;
    Some((a_block(exact.cost as f64 / crate::policies::PARTS), exact.is_optimal))
}

#[cfg(not(feature = "exact"))]
fn exact(_: &Board, _: &[Storage]) -> Option<(f64, bool)> {
    None
}

/// Places with what the replay of the places before has counted, twice.
fn again(board: &Board, program: &Program, places: &Places) -> [Option<Cycles>; 2] {
    let mut storages: Vec<Storage> = program.storages.clone();
    let mut places = places.clone();
    [(), ()].map(|()| {
        let played = replay(board, program, &places);
        storages = recosted(board, &storages, &places, &played);
        places = ours(board, &storages, false)?.0;
        Some(cost(board, program, &places))
    })
}

fn cost(board: &Board, program: &Program, places: &Places) -> Cycles {
    Cycles {
        model: a_block(cycles(board, &program.storages, places)),
        replay: a_block(replay(board, program, places).cycles),
    }
}

fn a_block(cycles: f64) -> f64 {
    cycles * BLOCK as f64
}
