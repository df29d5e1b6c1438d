//! Unsafe: tests of all ways in which threads can come between each other's steps, by loom. Its cells are written through
//! pointers; that one thread alone does so at a time is what loom finds out.
#![allow(unsafe_code)]

extern crate std;

use super::word::{AtomicLink, AtomicWord, Link, Raw, by_compare_and_swap, section};
use super::{bitmap, list, sharers};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use loom::thread;
use std::vec::Vec;

by_compare_and_swap!(AtomicU64);

impl AtomicLink for AtomicU16 {
    fn get(&self) -> u16 {
        self.load(Ordering::Relaxed)
    }

    fn set(&self, number: u16) {
        self.store(number, Ordering::Relaxed);
    }
}

/// A class of a pool: by a bitmap, or by a list with its links.
struct Blocks {
    word: AtomicU64,
    links: Vec<AtomicU16>,
    values: Vec<UnsafeCell<usize>>,
    bitmap: bool,
}

impl Blocks {
    fn new(bitmap: bool, count: usize) -> Self {
        Self {
            word: AtomicU64::new(0),
            links: (0..count).map(|_| AtomicU16::new(0)).collect(),
            values: (0..count).map(|_| UnsafeCell::new(0)).collect(),
            bitmap,
        }
    }

    fn take(&self) -> Option<usize> {
        if self.bitmap {
            bitmap::take(&self.word, self.values.len())
        } else {
            list::take(&self.word, &self.links)
        }
    }

    fn give(&self, block: usize) {
        if self.bitmap { bitmap::give(&self.word, block) } else { list::give(&self.word, &self.links, block) }
    }

    /// Takes a block, uses it as its only owner (loom sees to that), and gives it back.
    fn use_one(&self, value: usize) -> bool {
        let Some(block) = self.take() else { return false };
        self.values[block].with_mut(|cell| unsafe { *cell = value });
        self.values[block].with(|cell| assert_eq!(unsafe { *cell }, value));
        self.give(block);
        true
    }
}

fn model(
    threads: usize,
    run: impl Fn(usize, &Blocks) + Sync + Send + Copy + 'static,
    blocks: fn() -> Blocks,
) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let blocks = Arc::new(blocks());
        let others: Vec<_> = (1..threads)
            .map(|thread| {
                let blocks = blocks.clone();
                thread::spawn(move || run(thread, &blocks))
            })
            .collect();
        run(0, &blocks);
        others.into_iter().for_each(|thread| thread.join().unwrap());
        // Nothing is lost, and nothing is there twice.
        let mut all: Vec<_> = std::iter::from_fn(|| blocks.take()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..blocks.values.len()).collect::<Vec<_>>());
    });
}

#[test]
fn a_block_of_a_bitmap_has_one_owner_at_a_time() {
    let use_some =
        |thread: usize, blocks: &Blocks| (0..2 - thread.min(1)).for_each(|_| _ = blocks.use_one(thread));
    model(3, use_some, || Blocks::new(true, 2));
}

#[test]
fn a_block_of_a_list_has_one_owner_at_a_time() {
    let use_some =
        |thread: usize, blocks: &Blocks| (0..2 - thread.min(1)).for_each(|_| _ = blocks.use_one(thread));
    model(3, use_some, || Blocks::new(false, 2));
}

/// One takes two blocks and gives them back in the other order while another one takes: the head is the same as before,
/// but what comes after it is not.
#[test]
fn a_list_that_looks_like_before_is_not_taken_for_it() {
    let run = |thread, blocks: &Blocks| {
        if thread == 0 {
            blocks.use_one(0);
            blocks.use_one(0);
        } else if let (Some(first), Some(second)) = (blocks.take(), blocks.take()) {
            blocks.values[second].with_mut(|cell| unsafe { *cell = 1 });
            blocks.give(first);
            blocks.values[second].with(|cell| assert_eq!(unsafe { *cell }, 1));
            blocks.give(second);
        }
    };
    model(2, run, || {
        let blocks = Blocks::new(false, 3);
        let taken: Vec<_> = std::iter::from_fn(|| blocks.take()).collect();
        taken.into_iter().for_each(|block| blocks.give(block));
        blocks
    });
}

/// Whoever declares as many blocks as are in use at once always gets one.
#[test]
fn with_as_many_blocks_as_users_each_gets_one() {
    for bitmap in [true, false] {
        let use_two = |thread, blocks: &Blocks| (0..2).for_each(|_| assert!(blocks.use_one(thread)));
        model(2, use_two, if bitmap { || Blocks::new(true, 2) } else { || Blocks::new(false, 2) });
    }
}

#[test]
fn the_last_sharer_is_one_and_comes_after_all_others() {
    loom::model(|| {
        let shared = Arc::new((AtomicU64::new(0), UnsafeCell::new(0)));
        sharers::begin(&shared.0);
        sharers::join(&shared.0);
        let leave = |shared: &(AtomicU64, UnsafeCell<u32>)| {
            shared.1.with(|cell| assert_eq!(unsafe { *cell }, 0));
            if sharers::leave(&shared.0) {
                shared.1.with_mut(|cell| unsafe { *cell += 1 });
            }
        };
        let other = {
            let shared = shared.clone();
            thread::spawn(move || leave(&shared))
        };
        if sharers::is_one(&shared.0) {
            shared.1.with_mut(|cell| assert_eq!(unsafe { *cell }, 0));
        }
        leave(&shared);
        other.join().unwrap();
        shared.1.with(|cell| assert_eq!(unsafe { *cell }, 1));
    });
}

/// Processors without compare and swap: the same by critical sections.
#[test]
fn critical_sections_give_each_block_once() {
    let (bits, head) = (section::Word::new(0), section::Word::new(0));
    let links = [const { Link::new() }; 100];
    for _ in 0..2 {
        assert!((0..20).all(|block| bitmap::take(&bits, 20) == Some(block)));
        assert_eq!(bitmap::take(&bits, 20), None);
        (0..20).for_each(|block| bitmap::give(&bits, block));
        let mut taken: Vec<_> = std::iter::from_fn(|| list::take(&head, &links)).collect();
        taken.sort_unstable();
        assert_eq!(taken, (0..100).collect::<Vec<_>>());
        taken.into_iter().for_each(|block| list::give(&head, &links, block));
    }
    assert_eq!((bitmap::live(&bits), list::live(&head, &links), list::peak(&head)), (0, 0, 100));
}

#[test]
fn what_too_many_share_stays_for_ever() {
    let sharers = section::Word::new(Raw::MAX - 1);
    sharers::join(&sharers);
    sharers::join(&sharers);
    assert!((0..3).all(|_| !sharers::leave(&sharers)));
    assert_eq!(sharers.now(), Raw::MAX);
}
