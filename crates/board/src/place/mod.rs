//! The placer: decides in which region each storage lives.
//!
//! ```
//! use sostenuto_board::{Board, Kind, Storage, place};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let lowpass = Storage::new("lowpass", Kind::State, 16);
//! let hall = Storage::new("hall", Kind::Delay, 8 << 20);
//! let plan = place(&board, &[lowpass, hall]);
//!
//! assert_eq!(plan.placement("lowpass").unwrap().region, "DTCM");
//! assert_eq!(plan.placement("hall").unwrap().region, "SDRAM");
//! # Ok::<(), sostenuto_board::BoardError>(())
//! ```
//!
//! The memory time is made least: the cycles that the [traffic](crate::Traffic) of all storages takes in the regions where they
//! lie, by the board's [costs](crate::region::Cost). Where a board tells none, an access costs its region's rank. Which storage
//! may be where is told by [`Board::homes`]. The [assignment](crate::assignment) comes with a bound that no plan is below.
//!
//! Within a region, what has the largest alignment comes first, so that hardly anything is lost between two storages. In a
//! cached region large storages are moved apart, so that the heads of equal delay lines do not contend for one set. Scratch
//! storages that live at different times share bytes if they all find room in one region. On a board with
//! [paged](crate::Paged) memory, what has an address in linear memory lies there, in the window or in the store; the rest is
//! placed as everywhere.

mod apart;
mod choose;
mod fill;
mod relief;
mod unit;

use crate::assignment::Solution;
use crate::board::Board;
use crate::plan::{MemoryTime, Plan, Refusal, Rivals, Unplaced};
use crate::region::Start;
use crate::storage::{Kind, Storage};
use choose::{Choice, PER_CYCLE};
use fill::Fill;
use unit::Unit;

/// How the placer searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Search on until no plan can be better, but no further than so many steps; a million take less than a second.
    pub prove: Option<u64>,
}

/// Gives each storage a place on the board. The same storages get the same places, in whatever order they come.
///
/// Storages of zero bytes always have a place: they need none.
pub fn place(board: &Board, storages: &[Storage]) -> Plan {
    place_with(board, storages, Options::default())
}

/// As [`place`], with options.
pub fn place_with(board: &Board, storages: &[Storage], options: Options) -> Plan {
    let (mut plan, solution) = best(board, storages, options);
    if plan.fits() {
        tell_time(&mut plan, board, storages, options, solution);
    } else {
        plan.reliefs = relief::reliefs(board, storages);
        let roomy = board_with_room(&board.name, storages);
        for unplaced in &mut plan.unplaced {
            unplaced.board_with_room.clone_from(&roomy);
        }
    }
    plan
}

/// How a plan is tried.
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// Scratch storages share bytes.
    shares: bool,
    /// The bytes that alignment may lose are counted in.
    aligned: bool,
    /// Large cached regions keep a way of the cache free, for what is moved apart.
    roomy: bool,
}

/// The cheapest plan that leaves nothing out, of those with scratch storages that share bytes and with each for itself; or else
/// the first. With it comes the solution that it is from, if no plan is left out by how that was asked for.
fn best(board: &Board, storages: &[Storage], options: Options) -> (Plan, Option<Solution>) {
    let may_share = storages.iter().any(|storage| unit::may_share(storage, storages));
    let ways: &[bool] = if may_share { &[true, false] } else { &[false] };
    let cycles = |plan: &Plan| plan.placements.iter().filter_map(|placement| placement.cycles).sum::<f64>();
    let mut first = None;
    let mut cheapest: Option<(Plan, Option<Solution>, Manner)> = None;
    for (shares, aligned) in ways.iter().flat_map(|&shares| [(shares, false), (shares, true)]) {
        if aligned && cheapest.as_ref().is_some_and(|(_, _, manner)| manner.shares == shares) {
            continue;
        }
        let manner = Manner { shares, aligned, roomy: false };
        let (plan, solution) = attempt(board, storages, options, manner);
        if !plan.fits() {
            first.get_or_insert(plan);
        } else if cheapest.as_ref().is_none_or(|(other, ..)| cycles(&plan) < cycles(other)) {
            cheapest = Some((plan, solution, manner));
        }
    }
    match cheapest {
        Some((plan, _, manner)) if apart::is_cramped(board, &plan) => {
            let (roomier, _) = attempt(board, storages, options, Manner { roomy: true, ..manner });
            (Some(roomier).filter(Plan::fits).unwrap_or(plan), None)
        }
        Some((plan, solution, _)) => (plan, solution.filter(|_| !may_share)),
        None => (first.expect("one way at least"), None),
    }
}

/// Tells what the accesses take, and what no plan is below.
fn tell_time(
    plan: &mut Plan,
    board: &Board,
    storages: &[Storage],
    options: Options,
    solution: Option<Solution>,
) {
    if !choose::has_costs(board) {
        return;
    }
    let mut free = ordered(storages);
    free.retain(|storage| !is_settled(board, storage));
    let Some(solution) = solution.or_else(|| choose::relaxed(board, &free, options.prove)) else { return };
    let cycles = plan.placements.iter().filter_map(|placement| placement.cycles).sum::<f64>();
    let ties = choose::most_ties(board, &free);
    let bound = ((solution.bound as f64 - ties) / PER_CYCLE).clamp(0.0, cycles);
    // Each cost was rounded down to a part of a cycle, and says in a few more which of equal places is to be preferred.
    let rounding = (solution.regions.len() as f64 + ties) / PER_CYCLE;
    for (usage, price) in plan.regions.iter_mut().zip(&solution.prices) {
        usage.price = Some(price / PER_CYCLE).filter(|_| usage.free < NEARLY_FULL);
    }
    plan.time = Some(MemoryTime {
        cycles,
        bound,
        dearest: dearest(board, &free),
        proven: cycles - bound <= rounding,
        measured: free.iter().filter(|storage| storage.traffic.is_some()).count(),
    });
}

/// A region with more left has bytes that nothing wants: more of them would save nothing.
const NEARLY_FULL: u64 = 1_024;

/// A plan, and the solution that it is from if all storages are in that and nothing was rounded.
fn attempt(
    board: &Board,
    storages: &[Storage],
    options: Options,
    manner: Manner,
) -> (Plan, Option<Solution>) {
    let Manner { shares, aligned, roomy } = manner;
    let regions = board.by_speed();
    let mut fills: Vec<Fill<'_>> = regions.iter().map(|region| Fill::new(board, region)).collect();
    if roomy {
        fills.iter_mut().for_each(|fill| fill.keep_free(apart::kept(board, fill.region)));
    }
    let (placed, free): (Vec<&Storage>, Vec<&Storage>) =
        ordered(storages).into_iter().partition(|s| is_settled(board, s));

    let mut unplaced = Vec::new();
    for storage in placed {
        let unit = Unit::whole(board, storage);
        let homes = board.homes(storage);
        let takes = |fill: &&mut Fill<'_>| match storage.bytes {
            0 => homes.is_empty() || fill.is_one_of(&homes),
            _ => fill.is_one_of(&homes) && fill.has_room(&unit),
        };
        match fills.iter_mut().find(takes) {
            Some(fill) => fill.take(&unit),
            None => unplaced.push(unit),
        }
    }
    let units = Unit::all(board, &free, shares);
    let Choice { regions: chosen, solution } = choose::choose(board, &fills, &units, options.prove, aligned);
    let is_whole = chosen.iter().all(Option::is_some);
    unplaced.extend(fill_up(board, &mut fills, &units, &chosen));
    fills.iter_mut().for_each(Fill::release);

    let mut unplaced = refusals(board, &fills, &unplaced);
    share(&mut unplaced);
    apart::move_apart(board, &mut fills);
    let plan = Plan {
        board: board.name.clone(),
        paged: board.paged.clone(),
        regions: fills.iter().map(Fill::usage).collect(),
        placements: fills.iter().flat_map(Fill::placements).collect(),
        unplaced,
        reliefs: Vec::new(),
        time: None,
    };
    (plan, solution.filter(|_| is_whole && !aligned))
}

/// Puts the units into the regions chosen, the largest alignment first, and those for which none was chosen, or which lost
/// their room to alignment, wherever there is room. Returns what is left.
///
/// Last comes what must hold a value at start: a linker lays that, and so behind all that it is told the places of.
fn fill_up<'a>(
    board: &'a Board,
    fills: &mut [Fill<'a>],
    units: &[Unit<'a>],
    chosen: &[Option<usize>],
) -> Vec<Unit<'a>> {
    let mut queue: Vec<usize> = (0..units.len()).collect();
    let is_loaded = |unit: &Unit<'_>| unit.storage().needs.start == Some(Start::Loaded);
    queue.sort_by_key(|&at| (is_loaded(&units[at]), std::cmp::Reverse(units[at].align)));
    let mut left: Vec<&Unit<'a>> = Vec::new();
    for at in queue {
        match chosen[at].map(|region| &mut fills[region]).filter(|fill| fill.has_room(&units[at])) {
            Some(fill) => fill.take(&units[at]),
            None => left.push(&units[at]),
        }
    }
    left.sort_by_key(|unit| unit.bytes);
    let mut out = Vec::new();
    // What shares bytes is a fault together, but told storage by storage.
    let members = |unit: &Unit<'a>| match unit.is_part() {
        true => vec![unit.clone()],
        false => unit.members.iter().map(|member| Unit::whole(board, member.storage)).collect(),
    };
    for unit in left.into_iter().flat_map(members) {
        let homes = board.homes(unit.storage());
        match fills.iter_mut().find(|fill| fill.is_one_of(&homes) && fill.has_room(&unit)) {
            Some(fill) => fill.take(&unit),
            None => out.push(unit),
        }
    }
    out
}

/// Why the units have no place, the largest first.
fn refusals(board: &Board, fills: &[Fill<'_>], units: &[Unit<'_>]) -> Vec<Unplaced> {
    let mut unplaced: Vec<Unplaced> = Vec::new();
    for unit in units {
        let storage = unit.storage();
        if unit.is_part() && unplaced.iter().any(|other| other.storage == *storage) {
            continue;
        }
        let whole = Unit::whole(board, storage);
        let homes = board.homes(storage);
        let mut refusals: Vec<Refusal> =
            fills.iter().filter(|fill| fill.is_one_of(&homes)).map(|fill| fill.refuse(&whole)).collect();
        refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.free));
        let why = board.why_homeless(storage);
        unplaced.push(Unplaced {
            storage: storage.clone(),
            refusals,
            why,
            rivals: None,
            board_with_room: None,
        });
    }
    unplaced.sort_by_key(|unplaced| std::cmp::Reverse(unplaced.storage.bytes));
    unplaced
}

/// Tells storages that want the same room what they need together.
fn share(unplaced: &mut [Unplaced]) {
    let wanted = |unplaced: &Unplaced| unplaced.refusals.first().map(|refusal| refusal.region.clone());
    let regions: Vec<Option<String>> = unplaced.iter().map(wanted).collect();
    let bytes: Vec<u64> = unplaced.iter().map(|unplaced| unplaced.storage.bytes.into()).collect();
    for (at, unplaced) in unplaced.iter_mut().enumerate() {
        let rivals = || regions.iter().zip(&bytes).filter(|(region, _)| **region == regions[at]);
        if regions[at].is_some() && rivals().count() > 1 {
            unplaced.rivals =
                Some(Rivals { storages: rivals().count(), bytes: rivals().map(|(_, bytes)| bytes).sum() });
        }
    }
}

/// The cycles a sample if each storage were where it costs most.
fn dearest(board: &Board, storages: &[&Storage]) -> f64 {
    let most = |storage: &&Storage| {
        let homes = board.homes(storage);
        let costs = homes.iter().filter(|region| u64::from(storage.bytes) <= region.capacity());
        costs.filter_map(|region| region.cycles(&storage.traffic())).fold(0.0, f64::max)
    };
    storages.iter().map(most).sum()
}

/// Whether there is nothing to choose: no bytes, or an address that is the place.
fn is_settled(board: &Board, storage: &Storage) -> bool {
    storage.bytes == 0 || (board.paged.is_some() && storage.address.is_some())
}

/// The storages in an order that does not depend on that in which they come.
fn ordered(storages: &[Storage]) -> Vec<&Storage> {
    let mut ordered: Vec<&Storage> = storages.iter().collect();
    ordered.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| text(one).cmp(&text(other))));
    ordered
}

/// The order of the storages: what the audio path touches most comes first, and the small before the large.
fn order(storage: &Storage) -> (u8, u32, &str, Option<u32>, Option<u32>, u32) {
    let urgency = match storage.kind {
        Kind::Stack => 0,
        Kind::State => 1,
        Kind::Audio => 2,
        Kind::Parameters => 3,
        Kind::Scratch => 4,
        Kind::Code => 5,
        Kind::Table => 6,
        Kind::Display => 7,
        Kind::Delay => 8,
    };
    (urgency, storage.bytes, &storage.name, storage.line, storage.address, storage.align)
}

/// Everything else of a storage that could tell two apart.
fn text(storage: &Storage) -> String {
    format!("{:?} {:?}", storage.needs, storage.traffic)
}

/// The first built-in board, other than the one tried, that holds all of it.
fn board_with_room(tried: &str, storages: &[Storage]) -> Option<String> {
    let manner = Manner { shares: true, aligned: true, roomy: false };
    Board::builtin_names()
        .filter(|name| *name != tried)
        .filter_map(|name| Board::builtin(name).ok())
        .find(|board| attempt(board, storages, Options::default(), manner).0.fits())
        .map(|board| board.name)
}
