//! What the placer moves as a whole: a storage, a part of one, or scratch storages that share bytes.

use crate::board::Board;
use crate::storage::{Kind, Storage};
use crate::traffic::Traffic;

/// Bytes that go to one region together.
#[derive(Debug, Clone)]
pub(super) struct Unit<'a> {
    /// Whose bytes they are; several share them if their lives are apart.
    pub members: Vec<Member<'a>>,
    pub bytes: u64,
    pub align: u64,
    pub traffic: Traffic,
}

/// A storage, or a part of it, in a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub storage: &'a Storage,
    /// Where it begins in the unit.
    pub offset: u64,
    /// The bytes of the storage that it has: the first, and how many.
    pub from: u32,
    pub bytes: u32,
}

/// A storage is divided in so many parts at most.
const MOST_PARTS: u32 = 16;

impl<'a> Unit<'a> {
    /// The units of the storages, in their order; if `shares`, scratch storages whose lives are apart from another's are one.
    pub(super) fn all(board: &Board, storages: &[&'a Storage], shares: bool) -> Vec<Unit<'a>> {
        let is_shared = |storage: &Storage| shares && may_share(storage, storages.iter().copied());
        let mut units: Vec<Unit<'a>> = Vec::new();
        let mut shared: Vec<&'a Storage> = Vec::new();
        for &storage in storages {
            match storage.needs.split {
                _ if is_shared(storage) => shared.push(storage),
                Some(step) if board.homes(storage).len() > 1 => {
                    units.extend(Unit::parts(board, storage, step))
                }
                _ => units.push(Unit::whole(board, storage)),
            }
        }
        if !shared.is_empty() {
            units.push(Unit::sharing(board, shared));
        }
        units
    }

    pub(super) fn whole(board: &Board, storage: &'a Storage) -> Unit<'a> {
        let (bytes, align) = room(board, storage);
        let member = Member { storage, offset: 0, from: 0, bytes: storage.bytes };
        Unit { members: vec![member], bytes, align, traffic: storage.traffic() }
    }

    /// The parts of a storage that may lie apart, the first bytes first: whole words, and whole lines where they must be.
    fn parts(board: &Board, storage: &'a Storage, step: u32) -> Vec<Unit<'a>> {
        let line = whole_lines(board, storage);
        let step = common_multiple(step.max(1).into(), line.unwrap_or(4));
        let size = u64::from(storage.bytes.div_ceil(MOST_PARTS)).max(1).next_multiple_of(step);
        let size = u32::try_from(size).unwrap_or(storage.bytes);
        let (_, align) = room(board, storage);
        let starts = (0..storage.bytes).step_by(size as usize);
        let part = |from: u32| {
            let bytes = size.min(storage.bytes - from);
            let share = f64::from(bytes) / f64::from(storage.bytes);
            Unit {
                members: vec![Member { storage, offset: 0, from, bytes }],
                bytes: u64::from(bytes).next_multiple_of(line.unwrap_or(1)),
                align,
                traffic: storage.traffic().times(share),
            }
        };
        starts.map(part).collect()
    }

    /// Scratch storages in the same bytes: the largest first, each at the lowest place where none that lives at the same time
    /// lies.
    fn sharing(board: &Board, mut storages: Vec<&'a Storage>) -> Unit<'a> {
        storages.sort_by_key(|storage| std::cmp::Reverse(storage.bytes));
        let mut unit = Unit { members: Vec::new(), bytes: 0, align: 1, traffic: Traffic::default() };
        for storage in storages {
            let (bytes, align) = room(board, storage);
            let mut offset = 0_u64;
            // Each round either finds a place or goes past a member, so there are no more rounds than members.
            while let Some(end) = unit.members.iter().find_map(|member| {
                let end = member.offset + room(board, member.storage).0;
                let apart = end <= offset || offset + bytes <= member.offset;
                (!apart && live_together(member.storage, storage)).then_some(end)
            }) {
                offset = end.next_multiple_of(align);
            }
            unit.members.push(Member { storage, offset, from: 0, bytes: storage.bytes });
            unit.bytes = unit.bytes.max(offset + bytes);
            unit.align = unit.align.max(align);
            unit.traffic = unit.traffic + storage.traffic();
        }
        unit
    }

    /// Its first storage.
    pub(super) fn storage(&self) -> &'a Storage {
        self.members[0].storage
    }

    /// Whether it is a part of a storage.
    pub(super) fn is_part(&self) -> bool {
        self.members.iter().any(|member| member.bytes != member.storage.bytes)
    }
}

/// Whether some other scratch storage lives at other times.
pub(super) fn may_share<'s>(storage: &Storage, others: impl IntoIterator<Item = &'s Storage>) -> bool {
    let is_scratch = |storage: &Storage| storage.kind == Kind::Scratch && storage.needs.life.is_some();
    is_scratch(storage) && others.into_iter().any(|other| is_scratch(other) && !live_together(other, storage))
}

/// Whether both hold something in some phase.
pub(super) fn live_together(one: &Storage, other: &Storage) -> bool {
    match (one.needs.life, other.needs.life) {
        (Some((a, b)), Some((c, d))) => a <= d && c <= b,
        _ => true,
    }
}

/// The bytes and the alignment that a storage takes: of a buffer that DMA moves past a cache, whole lines.
fn room(board: &Board, storage: &Storage) -> (u64, u64) {
    let (bytes, align) = (u64::from(storage.bytes), u64::from(storage.align.max(1)));
    match whole_lines(board, storage) {
        Some(line) => (bytes.next_multiple_of(line), align.max(line)),
        None => (bytes, align),
    }
}

/// The line of the cache past which DMA moves the storage.
fn whole_lines(board: &Board, storage: &Storage) -> Option<u64> {
    let is_cached =
        !storage.needs.masters.is_empty() && board.homes(storage).iter().any(|region| region.is_cached());
    board.cache.as_ref().filter(|_| is_cached).map(|cache| cache.line.into())
}

/// The least number of which both are divisors; neither is 0.
fn common_multiple(one: u64, other: u64) -> u64 {
    let (mut divisor, mut rest) = (one, other);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    one / divisor * other
}
