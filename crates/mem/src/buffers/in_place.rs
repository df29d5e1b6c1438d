//! Unsafe: a delay line that is made where it shall be.
#![allow(unsafe_code)]

use super::DelayLine;
use core::mem::MaybeUninit;

impl<const N: usize> DelayLine<N> {
    /// Makes a line in which all is silence where it shall be, so that it never comes by the stack, for which most lines are
    /// too large.
    ///
    /// ```
    /// use sostenuto_mem::buffers::DelayLine;
    /// use sostenuto_mem::pool::{Pool, pool};
    ///
    /// pool! {
    ///     struct Lines { DelayLine<48_000>: 2 }
    /// }
    ///
    /// let mut line = Lines::reserve::<DelayLine<48_000>>()?.init(DelayLine::init);
    /// line.write(0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn init(room: &mut MaybeUninit<Self>) -> &mut Self {
        const { _ = Self::MAX_DELAY };
        // SAFETY: the room is that of one line.
        unsafe { room.as_mut_ptr().write_bytes(0, 1) };
        // SAFETY: an empty line has zeros only.
        unsafe { room.assume_init_mut() }
    }
}
