//! The two heaps in linear memory. What is free is known here, outside of it, as on the original.

use std::ops::Range;

/// The low heap, from the end of the patch's data up to [`POOL`], and the string pool.
#[derive(Debug)]
pub(super) struct Heap {
    pub(super) low: Option<Tier>,
    pub(super) pool: Tier,
    /// Pointers given back that nobody had.
    pub(super) strangers: u64,
}

/// Where the string pool lies.
pub(super) const POOL: Range<u32> = 0x8000..0xF000;

/// Blocks that a heap has at most, used and free ones together: 32 and 128 on the original.
const MOST_BLOCKS: [usize; 2] = [1_024, 2_048];

/// Addresses and sizes are multiples of this.
const ALIGN: u32 = 4;

impl Heap {
    /// Heaps in a memory of so many bytes; without an end of the data there is the pool alone.
    pub(super) fn new(data_end: Option<u32>, memory: u32) -> Heap {
        // Nothing is given at address 0, which stands for nothing.
        let start = |end: u32| end.min(POOL.start).next_multiple_of(ALIGN).max(ALIGN);
        let low = data_end.map(|end| start(end)..POOL.start.min(memory));
        Heap {
            low: low.map(|span| Tier::new(span, MOST_BLOCKS[0])),
            pool: Tier::new(POOL.start.min(memory)..POOL.end.min(memory), MOST_BLOCKS[1]),
            strangers: 0,
        }
    }

    /// A block of so many bytes, in the low heap if there is room, else in the pool.
    pub(super) fn allocate(&mut self, bytes: u32) -> Option<u32> {
        let low = self.low.as_mut().and_then(|low| low.allocate(bytes));
        low.or_else(|| self.pool.allocate(bytes))
    }

    /// Gives a block back; false when there is none at this address.
    pub(super) fn free(&mut self, address: u32) -> bool {
        let is_free = self.tier(address).is_some_and(|tier| tier.free(address));
        self.strangers += u64::from(!is_free);
        is_free
    }

    /// The bytes of the block at this address.
    pub(super) fn size(&mut self, address: u32) -> Option<u32> {
        self.tier(address)?.size(address)
    }

    /// Makes a block larger or smaller where it is; false, and no change, when it cannot be.
    pub(super) fn resize(&mut self, address: u32, bytes: u32) -> bool {
        self.tier(address).is_some_and(|tier| tier.resize(address, bytes))
    }

    fn tier(&mut self, address: u32) -> Option<&mut Tier> {
        if address < POOL.start { self.low.as_mut() } else { Some(&mut self.pool) }
    }
}

/// One heap: its blocks in the order of their addresses, without a gap.
#[derive(Debug)]
pub(super) struct Tier {
    span: Range<u32>,
    blocks: Vec<Block>,
    most: usize,
    live: u32,
    peak: u32,
    failures: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    address: u32,
    bytes: u32,
    is_free: bool,
}

impl Tier {
    fn new(span: Range<u32>, most: usize) -> Tier {
        let span = span.start..span.end.max(span.start) / ALIGN * ALIGN;
        let bytes = span.end.saturating_sub(span.start);
        let mut blocks = Vec::with_capacity(most);
        blocks.extend((bytes > 0).then_some(Block { address: span.start, bytes, is_free: true }));
        Tier { span, blocks, most, live: 0, peak: 0, failures: 0 }
    }

    /// The first free block that is large enough, cut to size.
    pub(super) fn allocate(&mut self, bytes: u32) -> Option<u32> {
        let wanted = rounded(bytes);
        let found = wanted.and_then(|wanted| {
            self.blocks.iter().position(|block| block.is_free && block.bytes >= wanted).zip(Some(wanted))
        });
        let Some((index, wanted)) = found else {
            self.failures += 1;
            return None;
        };
        self.blocks[index].is_free = false;
        self.live += self.blocks[index].bytes;
        self.cut(index, wanted);
        self.peak = self.peak.max(self.live);
        Some(self.blocks[index].address)
    }

    fn free(&mut self, address: u32) -> bool {
        let Some(index) = self.find(address) else { return false };
        self.live -= self.blocks[index].bytes;
        self.blocks[index].is_free = true;
        self.join(index);
        if index > 0 && self.blocks[index - 1].is_free {
            self.join(index - 1);
        }
        true
    }

    fn size(&self, address: u32) -> Option<u32> {
        self.find(address).map(|index| self.blocks[index].bytes)
    }

    fn resize(&mut self, address: u32, bytes: u32) -> bool {
        let (Some(index), Some(wanted)) = (self.find(address), rounded(bytes)) else { return false };
        let next = self.blocks.get(index + 1).filter(|next| next.is_free).map_or(0, |next| next.bytes);
        if wanted > self.blocks[index].bytes + next {
            return false;
        }
        if wanted > self.blocks[index].bytes {
            self.live += next;
            self.blocks[index].bytes += next;
            self.blocks.remove(index + 1);
        }
        self.cut(index, wanted);
        self.peak = self.peak.max(self.live);
        true
    }

    /// Makes what a used block does not need a free one, if it can be remembered.
    fn cut(&mut self, index: usize, wanted: u32) {
        let Block { address, bytes, .. } = self.blocks[index];
        let follows_free = self.blocks.get(index + 1).is_some_and(|next| next.is_free);
        if bytes == wanted || (!follows_free && self.blocks.len() == self.most) {
            return;
        }
        self.live -= bytes - wanted;
        self.blocks[index].bytes = wanted;
        let rest = Block { address: address + wanted, bytes: bytes - wanted, is_free: true };
        if follows_free {
            let next = &mut self.blocks[index + 1];
            *next = Block { bytes: next.bytes + rest.bytes, ..rest };
        } else {
            self.blocks.insert(index + 1, rest);
        }
    }

    /// Makes one of a free block and the one after it, if that is free.
    fn join(&mut self, index: usize) {
        if let Some(next) = self.blocks.get(index + 1).copied().filter(|next| next.is_free) {
            self.blocks[index].bytes += next.bytes;
            self.blocks.remove(index + 1);
        }
    }

    /// The used block at this very address.
    fn find(&self, address: u32) -> Option<usize> {
        let index = self.blocks.binary_search_by_key(&address, |block| block.address).ok()?;
        (!self.blocks[index].is_free).then_some(index)
    }

    /// Where it lies.
    pub(super) fn span(&self) -> Range<u32> {
        self.span.clone()
    }

    /// Bytes in use.
    pub(super) fn live(&self) -> u32 {
        self.live
    }

    /// Blocks in use.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.iter().filter(|block| !block.is_free).count()
    }

    /// The most bytes that were in use at one time.
    pub(super) fn peak(&self) -> u32 {
        self.peak
    }

    /// The longest block that can be had now.
    pub(super) fn largest_free(&self) -> u32 {
        self.blocks.iter().filter(|block| block.is_free).map(|block| block.bytes).max().unwrap_or(0)
    }

    /// Blocks that could not be had.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }
}

/// What a block of so many bytes takes: also one of none takes some.
fn rounded(bytes: u32) -> Option<u32> {
    bytes.max(1).checked_next_multiple_of(ALIGN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::random::Random;
    use super::*;

    /// What must be true of a heap with these blocks in use.
    fn check(tier: &Tier, used: &BTreeMap<u32, u32>) {
        let mut at = tier.span.start;
        for block in &tier.blocks {
            assert_eq!(block.address, at, "no gap, no overlap");
            assert_eq!((block.address % ALIGN, block.bytes % ALIGN), (0, 0));
            at += block.bytes;
        }
        assert!(tier.blocks.is_empty() || at == tier.span.end);
        assert!(tier.blocks.windows(2).all(|pair| !(pair[0].is_free && pair[1].is_free)), "all joined");
        let live: BTreeMap<u32, u32> = tier
            .blocks
            .iter()
            .filter(|block| !block.is_free)
            .map(|block| (block.address, block.bytes))
            .collect();
        assert_eq!(live.keys().collect::<Vec<_>>(), used.keys().collect::<Vec<_>>());
        assert!(used.iter().all(|(address, bytes)| live[address] >= *bytes));
        assert_eq!(tier.live(), live.values().sum::<u32>());
        assert!(tier.peak() >= tier.live() && tier.blocks.len() <= tier.most);
    }

    #[test]
    fn any_order_of_calls_keeps_the_blocks_apart_and_the_sums_right() {
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let mut tier =
                Tier::new(100..100 + random.between(0, 4_000) as u32, random.between(1, 40) as usize);
            let mut used: BTreeMap<u32, u32> = BTreeMap::new();
            for _ in 0..400 {
                let bytes = random.between(0, 200) as u32;
                let some = used.keys().nth(random.between(0, used.len() as i32) as usize).copied();
                match (random.between(0, 3), some) {
                    (0, _) | (_, None) => {
                        if let Some(address) = tier.allocate(bytes) {
                            assert_eq!(used.insert(address, bytes), None);
                        } else {
                            assert!(tier.largest_free() < bytes.max(1), "room that is not given");
                        }
                    }
                    (1, Some(address)) => {
                        assert!(tier.free(address) && !tier.free(address));
                        used.remove(&address);
                    }
                    (_, Some(address)) => {
                        if tier.resize(address, bytes) {
                            used.insert(address, bytes);
                        }
                    }
                }
                check(&tier, &used);
            }
            used.into_keys().for_each(|address| assert!(tier.free(address)));
            assert_eq!((tier.live(), tier.blocks()), (0, 0));
            assert_eq!(tier.largest_free(), tier.span.end - tier.span.start);
        }
    }

    #[test]
    fn the_low_heap_comes_first_and_the_pool_when_it_is_full() {
        let mut heap = Heap::new(Some(0x7FF2), 0x1_0000);
        assert_eq!(heap.allocate(9), Some(0x7FF4));
        assert_eq!((heap.size(0x7FF4), heap.allocate(0)), (Some(12), Some(0x8000)));
        assert_eq!(heap.low.as_ref().map(|low| low.failures()), Some(1));
        assert!(!heap.free(0x8004) && heap.free(0x8000) && heap.free(0x7FF4));
        assert_eq!(heap.strangers, 1);
    }

    #[test]
    fn no_block_lies_at_address_0() {
        assert_eq!(Heap::new(Some(0), 0x1_0000).allocate(8), Some(4));
    }

    #[test]
    fn without_an_end_of_the_data_or_without_memory_there_is_less() {
        let mut heap = Heap::new(None, 0x1_0000);
        assert_eq!((heap.allocate(4), heap.free(0x100)), (Some(0x8000), false));
        assert_eq!(heap.pool.span(), 0x8000..0xF000);
        assert_eq!(Heap::new(Some(16), 0x100).allocate(0xF1), None);
        assert_eq!(Heap::new(Some(0x9000), 0x100).allocate(1), None);
        assert_eq!(Heap::new(None, 0x1_0000).allocate(u32::MAX), None);
    }
}
