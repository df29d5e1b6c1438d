//! Unsafe: a memory that is handed in as a whole, and given out from its beginning on.
#![allow(unsafe_code)]

use crate::pool::word::{AtomicWord, Raw, Word};
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// A memory that is handed in as a whole, and given out from its beginning on.
///
/// What was given out last can be given back and is free again; the rest is free when everything was given back. So a
/// program that ends, or is left half set up, leaves it as it was. (What aligns a zone to more than 8 B is not free again
/// before everything is.)
///
/// A zone takes a multiple of 8 B, of more in a region of more than 16 MB. Up to 2,047 zones lie in one region at a time.
pub struct Region<'m> {
    name: &'m str,
    start: NonNull<u8>,
    bytes: usize,
    /// How many units are in use, and above them how many zones lie there: one word, so that they change together.
    state: Word,
    /// As a power of two, in bytes.
    unit_log: u32,
    memory: PhantomData<&'m mut [MaybeUninit<u8>]>,
}

/// The least unit, as a power of two: no number is aligned to more, so that nothing is lost between zones of numbers.
const UNIT_LOG: u32 = 3;
/// The bits of the state that count units.
const USED_BITS: u32 = if Raw::BITS == 64 { 53 } else { 21 };
const USED: Raw = (1 << USED_BITS) - 1;
const ZONE: Raw = 1 << USED_BITS;

// SAFETY: it owns its memory for as long as it lives.
unsafe impl Send for Region<'_> {}
// SAFETY: what is given out changes by one word, as a whole.
unsafe impl Sync for Region<'_> {}

impl<'m> Region<'m> {
    /// A region of this memory, from its first multiple of 8 B on.
    #[must_use]
    pub fn new(name: &'m str, memory: &'m mut [MaybeUninit<u8>]) -> Self {
        let odd = memory.as_ptr().addr().wrapping_neg() % (1 << UNIT_LOG);
        let memory = memory.get_mut(odd..).unwrap_or_default();
        let bytes = memory.len();
        // A last unit that is not whole counts too.
        let too_many = (bytes as u64).div_ceil(1 << UNIT_LOG) >> USED_BITS;
        let unit_log = UNIT_LOG + u64::BITS - too_many.leading_zeros();
        let start = NonNull::from(memory).cast();
        Self { name, start, bytes, state: Word::new(0), unit_log, memory: PhantomData }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'m str {
        self.name
    }

    /// How many bytes it has.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes are in use, with what aligns them.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used_of(self.state.now()).min(self.bytes)
    }

    /// Memory of this size and alignment.
    pub(super) fn take(&self, bytes: usize, align: usize) -> Option<NonNull<u8>> {
        // The place of no bytes could be the end of the region, and the start of the one behind it.
        if bytes == 0 || !align.is_power_of_two() {
            return None;
        }
        let place = |state| {
            let free = self.used_of(state);
            let address = (self.start.addr().get().checked_add(free)?).checked_next_multiple_of(align)?;
            let offset = address - self.start.addr().get();
            let end = offset.checked_add(bytes).filter(|&end| end <= self.bytes)?;
            let zones = (state & !USED).checked_add(ZONE)?;
            Some((offset, zones | self.units(end)))
        };
        let before = self.state.replace_by(|state| place(state).map(|(_, state)| state)).ok()?;
        let (offset, _) = place(before)?;
        // SAFETY: the offset lies within the region, as the end of what begins there does.
        Some(unsafe { self.start.add(offset) })
    }

    /// Whether the region has these bytes.
    pub(super) fn contains(&self, memory: NonNull<u8>) -> bool {
        (memory.addr().get().wrapping_sub(self.start.addr().get())) < self.bytes
    }

    /// Takes back what was given out, of this size.
    ///
    /// # Safety
    ///
    /// It must come from `take` of this region for so many bytes, once, and nothing must use it any more.
    pub(super) unsafe fn give(&self, memory: NonNull<u8>, bytes: usize) {
        let offset = memory.addr().get() - self.start.addr().get();
        _ = self.state.replace_by(|state| {
            let zones = (state & !USED) - ZONE;
            Some(match zones {
                0 => 0,
                // The last one: the one before it ends at a whole unit.
                _ if self.units(offset + bytes) == state & USED => zones | (offset >> self.unit_log) as Raw,
                _ => zones | state & USED,
            })
        });
    }

    fn used_of(&self, state: Raw) -> usize {
        ((state & USED) as usize) << self.unit_log
    }

    fn units(&self, bytes: usize) -> Raw {
        bytes.div_ceil(1 << self.unit_log) as Raw
    }
}

impl fmt::Debug for Region<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {} B", self.name, self.used(), self.bytes)
    }
}
