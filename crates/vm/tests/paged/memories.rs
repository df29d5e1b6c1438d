//! The memories that the programs run in.

use crate::generator::{MOST_PAGES, PAGES};
use crate::random::Random;
use sostenuto_paged::{BackingStore, PageCache, SliceStore, Stream};
use sostenuto_vm::{FlatMemory, LinearMemory, PagedMemory};

pub type Flat = FlatMemory<Vec<u8>>;
pub type Paged<const PAGE: usize, const FRAMES: usize, const LINES: usize> =
    PagedMemory<SliceStore<Vec<u8>>, PAGE, FRAMES, LINES>;

/// The bytes of a generated program's memory at first, and at most.
pub const SIZE: u32 = PAGES << 16;
pub const LIMIT: u32 = MOST_PAGES << 16;

pub fn flat() -> Flat {
    FlatMemory::growing(vec![0; SIZE as usize], LIMIT)
}

pub fn paged<const PAGE: usize, const FRAMES: usize, const LINES: usize>() -> Paged<PAGE, FRAMES, LINES> {
    paged_in(SliceStore::new(vec![0; LIMIT as usize]))
}

pub fn paged_in<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>(
    store: S,
) -> PagedMemory<S, PAGE, FRAMES, LINES> {
    let cache = PageCache::new(store, SIZE, LIMIT);
    PagedMemory::new(cache.unwrap_or_else(|error| panic!("{error}")))
}

/// A memory to which something can be done between two runs that makes no difference to a program.
pub trait Tended: LinearMemory {
    fn tend(&mut self, _random: &mut Random) {}
}

impl Tended for Flat {}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize> Tended
    for PagedMemory<S, PAGE, FRAMES, LINES>
{
    fn tend(&mut self, random: &mut Random) {
        let cache = self.cache_mut();
        // Whatever is refused or fails must make no difference either.
        match random.below(16) {
            0..4 => cache.begin_block(),
            4..10 => {
                for _ in 0..random.below(40) {
                    _ = cache.work();
                }
            }
            10 | 11 => _ = cache.flush(),
            12 if cache.flush().is_ok() => _ = cache.invalidate(),
            13 => _ = cache.pin(random.below(2000), random.magnitude(11) as u32),
            14 => {
                let (address, length) = (random.below(2000), random.magnitude(14) as u32);
                let bytes_per_block = random.magnitude(10) as u32;
                _ = cache.register(Stream { address, length, bytes_per_block });
            }
            _ => {}
        }
    }
}
