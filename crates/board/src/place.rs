//! The placer: decides in which region each storage lives.
//!
//! ```
//! use sostenuto_board::{Board, Kind, Storage, place};
//!
//! let storage = |name: &str, kind, bytes| Storage {
//!     name: name.into(), kind, bytes, align: 4, line: None, address: None,
//! };
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let plan = place(&board, &[storage("lowpass", Kind::State, 16), storage("hall", Kind::Delay, 8 << 20)]);
//!
//! assert_eq!(plan.placement("lowpass").unwrap().region, "DTCM");
//! assert_eq!(plan.placement("hall").unwrap().region, "SDRAM");
//! # Ok::<(), sostenuto_board::BoardError>(())
//! ```
//!
//! Each storage takes the fastest region that accepts it and has the room. What has only one home comes first,
//! since nothing else can give way to it; then the small before the large, for a few bytes of state are read
//! every sample and a long delay line mostly sleeps; then stack and state before tables and delays. When that leaves
//! something out, the large come before the small.
//!
//! On a board with [paged](crate::Paged) memory, what has an address in linear memory lies there, in the window or in the
//! store; the rest is placed as everywhere.

use crate::board::Board;
use crate::plan::{Placement, Plan, Refusal, Rivals, Unplaced, Usage};
use crate::region::{End, Region};
use crate::storage::{Kind, Storage};

/// Gives each storage a place on the board. The same storages get the same places, in whatever order they come.
///
/// Storages of zero bytes always have a place: they need none.
pub fn place(board: &Board, storages: &[Storage]) -> Plan {
    let mut plan = best(board, storages);
    if !plan.fits() {
        let roomy = board_with_room(&board.name, storages);
        for unplaced in &mut plan.unplaced {
            unplaced.board_with_room.clone_from(&roomy);
        }
    }
    plan
}

/// The plan of the first order that leaves nothing out, or else that of the first order.
fn best(board: &Board, storages: &[Storage]) -> Plan {
    let plan = pack(board, storages, Order::SmallFirst);
    if plan.fits() {
        return plan;
    }
    Some(pack(board, storages, Order::LargeFirst)).filter(Plan::fits).unwrap_or(plan)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    SmallFirst,
    LargeFirst,
}

fn pack(board: &Board, storages: &[Storage], order: Order) -> Plan {
    let regions = board.by_speed();
    let mut fills: Vec<Fill<'_>> = regions.iter().map(|region| Fill::new(board, region)).collect();
    let mut unplaced = Vec::new();

    let mut queue: Vec<(bool, &Storage)> =
        storages.iter().map(|storage| (board.homes(storage).len() > 1, storage)).collect();
    queue.sort_by_key(|(choice, storage)| {
        (
            *choice,
            if order == Order::SmallFirst { storage.bytes } else { u32::MAX - storage.bytes },
            urgency(storage.kind),
            &storage.name,
            storage.line,
            storage.address,
            storage.align,
        )
    });
    for (_, storage) in queue {
        let homes = board.homes(storage);
        let mut fills = fills.iter_mut();
        let placed = if storage.bytes == 0 {
            fills.find(|fill| homes.is_empty() || fill.is_one_of(&homes)).map(|fill| fill.take(storage))
        } else {
            fills.find(|fill| fill.is_one_of(&homes) && fill.has_room(storage)).map(|fill| fill.take(storage))
        };
        if placed.is_none() {
            unplaced.push((storage, homes));
        }
    }

    let mut unplaced: Vec<Unplaced> = unplaced
        .into_iter()
        .map(|(storage, homes)| {
            let mut refusals: Vec<Refusal> =
                fills.iter().filter(|fill| fill.is_one_of(&homes)).map(|fill| fill.refuse(storage)).collect();
            refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.free));
            Unplaced { storage: storage.clone(), refusals, rivals: None, board_with_room: None }
        })
        .collect();
    unplaced.sort_by_key(|unplaced| std::cmp::Reverse(unplaced.storage.bytes));
    share(&mut unplaced);
    let regions = fills.iter().map(Fill::usage).collect();
    let placements = fills.into_iter().flat_map(|fill| fill.placements).collect();
    Plan { board: board.name.clone(), paged: board.paged.clone(), placements, regions, unplaced }
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

/// The order among storages of one size: what the audio path touches most comes first.
fn urgency(kind: Kind) -> u8 {
    match kind {
        Kind::Stack => 0,
        Kind::State => 1,
        Kind::Audio => 2,
        Kind::Parameters => 3,
        Kind::Scratch => 4,
        Kind::Code => 5,
        Kind::Table => 6,
        Kind::Display => 7,
        Kind::Delay => 8,
    }
}

/// The first built-in board, other than the one tried, that holds all of it.
fn board_with_room(tried: &str, storages: &[Storage]) -> Option<String> {
    Board::builtin_names()
        .filter(|name| *name != tried)
        .filter_map(|name| Board::builtin(name).ok())
        .find(|board| best(board, storages).fits())
        .map(|board| board.name)
}

/// A region while it is filled from its lower end.
struct Fill<'a> {
    region: &'a Region,
    /// The first free byte, as an offset.
    next: u64,
    /// The end of what may be filled, as an offset.
    end: u64,
    used: u64,
    /// Whether the address in linear memory is the place.
    is_paged: bool,
    placements: Vec<Placement>,
}

impl<'a> Fill<'a> {
    fn new(board: &Board, region: &'a Region) -> Fill<'a> {
        let next = region.reserved_at(End::Start).min(region.bytes);
        let end = region.bytes.saturating_sub(region.reserved_at(End::End)).max(next);
        let is_paged = board.paged.as_ref().is_some_and(|paged| paged.has(&region.name));
        Fill { region, next, end, used: 0, is_paged, placements: Vec::new() }
    }

    fn is_one_of(&self, regions: &[&Region]) -> bool {
        regions.iter().any(|region| std::ptr::eq(*region, self.region))
    }

    /// The first free offset whose address has the storage's alignment. An alignment of zero is none.
    fn aligned(&self, storage: &Storage) -> u64 {
        if let Some(address) = storage.address.filter(|_| self.is_paged) {
            return address.into();
        }
        let origin = self.region.origin.map_or(0, u64::from);
        let align = u64::from(storage.align.max(1));
        let address = origin.saturating_add(self.next);
        address.checked_next_multiple_of(align).map_or(u64::MAX, |aligned| aligned - origin)
    }

    fn room(&self, storage: &Storage) -> u64 {
        self.end.saturating_sub(self.aligned(storage))
    }

    fn has_room(&self, storage: &Storage) -> bool {
        u64::from(storage.bytes) <= self.room(storage)
    }

    /// Puts the storage at the first free place; the caller knows that there is room, or that it needs none.
    fn take(&mut self, storage: &Storage) {
        let mut offset = self.aligned(storage);
        if storage.bytes == 0 {
            // Nothing lies there, so a full region is no fault and no padding is spent.
            offset = if offset <= self.end { offset } else { self.next };
        } else {
            self.next = self.next.max(offset + u64::from(storage.bytes));
            self.used += u64::from(storage.bytes);
        }
        self.placements.push(Placement {
            storage: storage.clone(),
            region: self.region.name.clone(),
            offset,
            address: self.region.origin.map(|origin| u64::from(origin) + offset),
        });
    }

    fn refuse(&self, storage: &Storage) -> Refusal {
        Refusal { region: self.region.name.clone(), holds: self.region.capacity(), free: self.room(storage) }
    }

    fn usage(&self) -> Usage {
        let free = self.end - self.next;
        let capacity = self.region.capacity();
        // A module that no compiler of ours made may say that storages with addresses overlap.
        let used = self.used.min(capacity - free);
        Usage {
            region: self.region.name.clone(),
            bytes: self.region.bytes,
            reserved: self.region.bytes - capacity,
            used,
            padding: capacity - free - used,
            free,
        }
    }
}
