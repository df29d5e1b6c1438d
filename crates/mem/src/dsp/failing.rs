//! Unsafe: a manager that refuses one request, for tests.
#![allow(unsafe_code)]

use super::manager::DspMemoryManager;
use super::zone::Zone;
use crate::pool::word::{AtomicWord, Raw, Word};
use core::fmt;
use core::ptr::NonNull;

/// Another manager, of which one request is refused: to see that a program copes, at each of its requests in turn.
///
/// ```
/// use sostenuto_mem::dsp::{DspMemoryManager, Failing, OutOfMemory, Phase, Placed, PoolMemory, Role, Zone};
/// use sostenuto_mem::pool::{Pool, pool};
///
/// pool! {
///     struct Lines { [f32; 64]: 2 }
/// }
///
/// static LEFT: Zone = Zone::of::<[f32; 64]>("left", 0, Role::DelayLine, Phase::Instance);
/// static RIGHT: Zone = Zone::of::<[f32; 64]>("right", 1, Role::DelayLine, Phase::Instance);
///
/// type Line<'m> = Placed<'m, [f32; 64]>;
/// fn make<'m>(memory: &'m dyn DspMemoryManager) -> Result<[Line<'m>; 2], OutOfMemory> {
///     Ok([Line::zeroed(memory, &LEFT)?, Line::zeroed(memory, &RIGHT)?])
/// }
///
/// for request in 0..2 {
///     let memory = PoolMemory::<Lines>::new();
///     let failing = Failing::at(&memory, request);
///     assert_eq!(make(&failing).unwrap_err().position, request);
///     assert_eq!(Lines::report().live(), 0, "nothing is left behind");
/// }
/// ```
pub struct Failing<'m> {
    manager: &'m dyn DspMemoryManager,
    refused: usize,
    requests: Word,
}

impl<'m> Failing<'m> {
    /// This manager, without the request of this number, the first being 0.
    #[must_use]
    pub const fn at(manager: &'m dyn DspMemoryManager, refused: usize) -> Self {
        Self { manager, refused, requests: Word::new(0) }
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.now() as usize
    }
}

impl fmt::Debug for Failing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failing(at {}, {} requests)", self.refused, self.requests())
    }
}

// SAFETY: what is given out is the other manager's.
unsafe impl DspMemoryManager for Failing<'_> {
    fn begin(&self, zones: usize) {
        self.manager.begin(zones);
    }

    fn info(&self, zone: &Zone) {
        self.manager.info(zone);
    }

    fn end(&self) {
        self.manager.end();
    }

    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>> {
        let request = self.requests.replace_by(|requests: Raw| Some(requests.saturating_add(1))).ok()?;
        if request as usize == self.refused { None } else { self.manager.allocate(zone) }
    }

    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>) {
        // SAFETY: the memory is the other manager's, given for this zone.
        unsafe { self.manager.destroy(zone, memory) };
    }
}
