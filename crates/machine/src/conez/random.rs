//! Random numbers from a seed.

/// The generator xorshift64* (Marsaglia 2003, Vigna 2016), seeded by a step of splitmix64 so that small seeds differ.
#[derive(Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        let mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Random { state: (mixed ^ (mixed >> 31)).max(1) }
    }

    /// A number from `low` up to the one below `high`; `low` when there is none.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let Some(span) = i64::from(high).checked_sub(low.into()).filter(|span| *span > 0) else { return low };
        // The high half of a product, so that each number is as likely as the others but for one part in 2^32.
        let scaled = ((self.next() >> 32) * span as u64) >> 32;
        (i64::from(low) + scaled as i64) as i32
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(0);
        let drawn: Vec<i32> = (0..1000).map(|_| random.between(-2, 3)).collect();
        assert!(drawn.iter().all(|number| (-2..3).contains(number)));
        assert!((-2..3).all(|number| drawn.iter().filter(|drawn| **drawn == number).count() > 150));
        assert_eq!((random.between(7, 7), random.between(7, -7)), (7, 7));
        let wide: Vec<i32> = (0..64).map(|_| random.between(i32::MIN, i32::MAX)).collect();
        assert!(wide.iter().any(|number| *number < -1 << 30) && wide.iter().any(|number| *number > 1 << 30));
    }
}
