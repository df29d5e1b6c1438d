//! A pool against a model of it: random values of several types come and go.

use proptest::prelude::*;
use sostenuto_mem::pool::{Box, Declaration, LocalPool, Owner, Pool, Report, pool};
use std::collections::BTreeMap;

pool! {
    struct Shared { u8: 5, u32: 64, [u16; 3]: 65, [u64; 5]: 3, [u8; 100]: 100 }
}
pool! {
    local struct Local { u8: 5, u32: 64, [u16; 3]: 65, [u64; 5]: 3, [u8; 100]: 100 }
}

/// A value in a pool, and what must be in it.
enum Held<P: Declaration> {
    Byte(Box<u8, P>, u8),
    Word(Box<u32, P>, u32),
    Triple(Box<[u16; 3], P>, [u16; 3]),
    Longs(Box<[u64; 5], P>, [u64; 5]),
    Bytes(Box<[u8; 100], P>, [u8; 100]),
}

impl<P: Declaration> Held<P> {
    /// Where it is, and which type it has. Fails if another value has been written over it.
    fn checked(&self) -> (std::ops::Range<usize>, usize) {
        fn span<T: PartialEq + std::fmt::Debug>(value: &T, expected: &T) -> std::ops::Range<usize> {
            assert_eq!(value, expected);
            let start = std::ptr::from_ref(value).addr();
            assert!(start.is_multiple_of(align_of::<T>()));
            start..start + size_of::<T>()
        }
        match self {
            Self::Byte(value, expected) => (span(&**value, expected), 0),
            Self::Word(value, expected) => (span(&**value, expected), 1),
            Self::Triple(value, expected) => (span(&**value, expected), 2),
            Self::Longs(value, expected) => (span(&**value, expected), 3),
            Self::Bytes(value, expected) => (span(&**value, expected), 4),
        }
    }
}

/// Runs the moves: `(kind, seed)` takes a value of a type, or gives back one of those that are held.
fn run<P: Declaration>(
    moves: &[(u8, u8)],
    counts: [usize; 5],
    alloc: impl Fn(u8, u8) -> Option<Held<P>>,
    report: impl Fn() -> Vec<(usize, usize)>,
) {
    let mut held: Vec<Held<P>> = Vec::new();
    let mut live = [0; 5];
    let mut peak = [0; 5];
    let class = |kind: usize| counts[..=kind].iter().rposition(|&count| count > 0).unwrap();
    for &(kind, seed) in moves {
        if kind >= 5 {
            if !held.is_empty() {
                let gone = held.swap_remove(usize::from(seed) % held.len());
                live[class(gone.checked().1)] -= 1;
            }
        } else {
            let class = class(usize::from(kind));
            let got = alloc(kind, seed);
            assert_eq!(got.is_some(), live[class] < counts[class], "of kind {kind} with {live:?} taken");
            if let Some(got) = got {
                live[class] += 1;
                peak[class] = peak[class].max(live[class]);
                held.push(got);
            }
        }
        let mut spans = BTreeMap::new();
        for (span, _) in held.iter().map(Held::checked) {
            assert!(spans.insert(span.start, span.end).is_none(), "two values in one place");
        }
        assert!(
            spans.iter().zip(spans.keys().skip(1)).all(|((_, end), start)| end <= start),
            "one value within another"
        );
    }
    let expected: Vec<_> = (0..5).filter(|&class| counts[class] > 0).map(|class| live[class]).collect();
    let reported = report();
    assert_eq!(reported.iter().map(|row| row.0).collect::<Vec<_>>(), expected);
    // The pool is the same for all cases: its peak is that of this one or of one before.
    let peaks = (0..5).filter(|&class| counts[class] > 0).map(|class| (peak[class], counts[class]));
    assert!(reported.iter().zip(peaks).all(|(row, (least, most))| (least..=most).contains(&row.1)));
}

fn moves() -> impl Strategy<Value = Vec<(u8, u8)>> {
    // First mostly taking, so that classes are full, and then both.
    (
        prop::collection::vec((0..6_u8, any::<u8>()), 0..300),
        prop::collection::vec((0..10_u8, any::<u8>()), 0..300),
    )
        .prop_map(|(first, then)| [first, then].concat())
}

/// Takes a value of a kind, by what the pool calls `alloc`.
macro_rules! alloc {
    ($kind:ident, $seed:ident, $pool:path $(, $owner:expr)?) => {
        match $kind {
            0 => $pool($($owner,)? $seed).ok().map(|value| Held::Byte(value, $seed)),
            1 => $pool($($owner,)? u32::from($seed)).ok().map(|value| Held::Word(value, $seed.into())),
            2 => $pool($($owner,)? [u16::from($seed); 3]).ok().map(|value| Held::Triple(value, [$seed.into(); 3])),
            3 => $pool($($owner,)? [u64::from($seed); 5]).ok().map(|value| Held::Longs(value, [$seed.into(); 5])),
            _ => $pool($($owner,)? [$seed; 100]).ok().map(|value| Held::Bytes(value, [$seed; 100])),
        }
    };
}

fn rows<P: Declaration>(report: Report<P>) -> Vec<(usize, usize)> {
    report.classes().map(|class| (class.live, class.peak)).collect()
}

#[test]
fn a_shared_pool_does_as_the_model() {
    let alloc = |kind, seed| alloc!(kind, seed, Shared::alloc);
    proptest!(|(moves in moves())| run(&moves, [5, 64, 65, 3, 100], alloc, || rows(Shared::report())));
}

/// Blocks are as large as a pointer at least, so that the first three types have a class together.
#[test]
fn a_local_pool_does_as_the_model() {
    let owner = Local::take().unwrap();
    let alloc = |kind, seed| alloc!(kind, seed, Owner::alloc, &owner);
    proptest!(|(moves in moves())| run(&moves, [134, 0, 0, 3, 100], alloc, || rows(owner.report())));
}
