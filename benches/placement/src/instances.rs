//! Made-up programs on a made-up board of eight regions, in the proportions of a Daisy's.

use sostenuto_board::assignment::{Item, Problem};

/// A region: bytes, and tenths of a cycle for a word in a random and in a linear access. Assumed, not measured on a device.
const REGIONS: [(u64, u64, u64); 8] = [
    (112 << 10, 10, 10),
    (480 << 10, 40, 15),
    (96 << 10, 60, 20),
    (128 << 10, 60, 20),
    (32 << 10, 60, 20),
    (64 << 10, 80, 30),
    (64 << 20, 300, 50),
    (7936 << 10, 600, 80),
];

/// Of so many storages, more than a half are a few words of state, some are delay lines, some tables.
pub fn instance(count: usize, seed: u64) -> Problem {
    let mut random = Random(seed * 0x9E37_79B9_7F4A_7C15);
    let items: Vec<Item> = (0..count).map(|_| item(&mut random)).collect();
    // The fast regions hold a part of the data only, as there would be nothing to decide otherwise.
    let bytes: u64 = items.iter().map(|item| item.bytes).sum();
    let fast: u64 = REGIONS[..6].iter().map(|region| region.0).sum();
    let scale = (bytes as f64 / 3.0 / fast as f64).min(1.0);
    let size = |at: usize, bytes: u64| if at < 6 { (bytes as f64 * scale) as u64 } else { bytes };
    Problem { capacities: REGIONS.iter().enumerate().map(|(at, region)| size(at, region.0)).collect(), items }
}

fn item(random: &mut Random) -> Item {
    // Accesses of a word in a block of 48 samples; how many of 100 are linear; whether it is written.
    let (bytes, accesses, linear, written) = match random.below(100) {
        0..55 => (4 << random.below(6), 48 * (1 + random.below(8)), 0, true),
        55..75 => (512 << random.below(8), 96, 90, true),
        75..90 => (256 << random.below(6), 48 * (1 + random.below(3)), 20, false),
        90..96 => (192, 96, 100, true),
        _ => (768, 96, 100, true),
    };
    let bytes = bytes + 4 * random.below(bytes / 8 + 1);
    let cost = |(_, word, next): &(u64, u64, u64)| accesses * (linear * next + (100 - linear) * word) / 100;
    let costs = REGIONS.iter().enumerate().map(|(at, region)| (at < 7 || !written).then(|| cost(region)));
    Item { bytes, costs: costs.collect() }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end
    }
}
