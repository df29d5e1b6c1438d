//! Unsafe: zones in the blocks of a pool.
#![allow(unsafe_code)]

use super::manager::DspMemoryManager;
use super::zone::Zone;
use crate::pool::Pool;
use crate::pool::declaration::{give, take_bytes};
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// Zones in the blocks of a [pool](mod@crate::pool), each in one of the smallest that hold it: for instances that come and
/// go, as voices do.
///
/// ```
/// use sostenuto_mem::dsp::{Phase, Placed, PoolMemory, Role, Zone};
/// use sostenuto_mem::pool::{Pool, pool};
///
/// pool! {
///     /// The delay lines of four strings.
///     struct Strings { [f32; 512]: 4 }
/// }
///
/// static LINE: Zone = Zone::of::<[f32; 300]>("fVec0", 0, Role::DelayLine, Phase::Instance);
/// let memory = PoolMemory::<Strings>::new();
/// let strings = [(); 4].map(|()| Placed::<[f32; 300]>::zeroed(&memory, &LINE).unwrap());
/// assert!(Placed::<[f32; 300]>::zeroed(&memory, &LINE).is_err());
/// drop(strings);
/// assert_eq!(Strings::report().live(), 0);
/// ```
pub struct PoolMemory<P>(PhantomData<fn() -> P>);

impl<P: Pool> PoolMemory<P> {
    /// The blocks of this pool.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: Pool> Default for PoolMemory<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Pool> fmt::Debug for PoolMemory<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PoolMemory({})", P::NAME)
    }
}

// SAFETY: the blocks of a shared pool are taken from anywhere, each by one at a time, and have the size and alignment.
unsafe impl<P: Pool> DspMemoryManager for PoolMemory<P> {
    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>> {
        take_bytes::<P>(zone.bytes, zone.align).map(NonNull::cast)
    }

    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>) {
        // SAFETY: the block was taken for this size and alignment.
        unsafe { give::<P>(memory, zone.bytes, zone.align) };
    }
}
