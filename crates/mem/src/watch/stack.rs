//! A painted stack. Unsafe: writes and reads stack memory that no variable lives in.
#![allow(unsafe_code)]

use core::fmt;
use core::hint::black_box;

/// What free stack is painted with: no round number, no address of RAM or code on a Cortex-M, and as a float or as two
/// samples of 16 bits nothing that sounds.
pub const PAINT: u32 = 0xE1A5_93D7;

/// How many bytes below the place of painting are left out: 256 on targets of 32 bits.
pub const MARGIN: usize = 64 * size_of::<usize>();

/// A stack that grows downwards and whose free part is painted, so that one can see how far it was ever used.
///
/// On a Cortex-M with cortex-m-rt 0.7 the stack lies between two symbols of its linker script `link.x`: `_stack_end` is the
/// lowest address, which is the end of the last section in RAM, and `_stack_start` is the one past the highest. (Both can be
/// set in `memory.x`. `__sheap` is the same as `_stack_end`: if there is a heap, the stack begins after it.)
///
/// ```no_run
/// use sostenuto_mem::watch::{Stack, StackLevel};
///
/// unsafe extern "C" {
///     static mut _stack_end: u8;
///     static mut _stack_start: u8;
/// }
///
/// // SAFETY: between the two symbols there is this stack and nothing else.
/// let stack = unsafe { Stack::paint(&raw mut _stack_end, &raw mut _stack_start)? };
/// // ... sound is running ...
/// if stack.report().level() != StackLevel::Fine {
///     eprintln!("{}", stack.report());
/// }
/// # Ok::<(), sostenuto_mem::watch::StackError>(())
/// ```
///
/// What is seen is how far bytes were written. An array that a function has on its stack and does not write to is not seen,
/// if nothing below it is written. Interrupts that run on the same stack are seen with the rest.
#[derive(Debug, Clone, Copy)]
pub struct Stack {
    low: *const u32,
    words: usize,
}

// SAFETY: a `Stack` only reads, by single words, and that can be done in any thread: who made it has promised that the
// memory stays a stack's.
unsafe impl Send for Stack {}
// SAFETY: as above.
unsafe impl Sync for Stack {}

impl Stack {
    /// Paints the stack on which this is called, from `low` up to [`MARGIN`] bytes below where it is used now.
    ///
    /// To be called early and from a shallow place, since what is used there counts as used for ever. It takes some cycles
    /// for each word. `low` and `high` are rounded to whole words within.
    ///
    /// # Errors
    /// When there is no whole word from `low` to `high`, or the calling code runs on another stack.
    ///
    /// # Safety
    /// From `low` up to but not including `high` there must be nothing but this stack, readable and writable for as long as
    /// the `Stack` or a copy of it is used. No other processor may run on it.
    pub unsafe fn paint(low: *mut u8, high: *mut u8) -> Result<Self, StackError> {
        let (stack, start) = Self::of(low, high)?;
        let pointer = here();
        if !(low.addr()..high.addr()).contains(&pointer) {
            return Err(StackError::Elsewhere { pointer, low: low.addr(), high: high.addr() });
        }
        let free = pointer.saturating_sub(MARGIN).saturating_sub(start.addr()) / size_of::<u32>();
        // SAFETY: the words are in the span that the caller vouches for. `here` was called from this frame, so that this
        // frame and those of all callers are above `pointer`, and the frames of what is called from here are within MARGIN
        // below it. An interrupt in between has returned before the next word is written.
        unsafe { fill(start, free) };
        Ok(stack)
    }

    /// Paints all of a stack on which nothing runs yet, such as that of a task before its start.
    ///
    /// # Errors
    /// When there is no whole word from `low` to `high`.
    ///
    /// # Safety
    /// As for [`paint`](Self::paint), but nothing may run on this stack, or have left anything on it.
    pub unsafe fn paint_idle(low: *mut u8, high: *mut u8) -> Result<Self, StackError> {
        let (stack, start) = Self::of(low, high)?;
        // SAFETY: the words are in the span that the caller vouches for, and nobody uses them.
        unsafe { fill(start, stack.words) };
        Ok(stack)
    }

    fn of(low: *mut u8, high: *mut u8) -> Result<(Self, *mut u32), StackError> {
        const WORD: usize = size_of::<u32>();
        let shift = low.addr().wrapping_neg() % WORD;
        let words = high.addr().saturating_sub(low.addr()).saturating_sub(shift) / WORD;
        if words == 0 {
            return Err(StackError::Empty { low: low.addr(), high: high.addr() });
        }
        let start = low.wrapping_add(shift).cast::<u32>();
        Ok((Self { low: start, words }, start))
    }

    /// The size of the stack in bytes.
    pub const fn size(&self) -> usize {
        self.words * size_of::<u32>()
    }

    /// How many bytes of the stack were ever used since it was painted.
    ///
    /// Reads all that was never used, a word at a time: for the idle time, not for an audio callback.
    pub fn high_water(&self) -> usize {
        let unused = (0..self.words).take_while(|index| self.word(*index) == PAINT).count();
        (self.words - unused) * size_of::<u32>()
    }

    /// Whether the lowest word has been written to: then the stack was used up, and more than that perhaps.
    ///
    /// Reads that word only, so it can be asked in each block.
    pub fn is_overflown(&self) -> bool {
        self.word(0) != PAINT
    }

    /// How the stack stands. Takes as long as [`high_water`](Self::high_water).
    pub fn report(&self) -> StackReport {
        StackReport { size: self.size(), used: self.high_water() }
    }

    fn word(&self, index: usize) -> u32 {
        // SAFETY: `index` is below the number of words, all of which are in the span that the maker vouches for; volatile,
        // because it is written by what the compiler takes to be elsewhere.
        unsafe { self.low.add(index).read_volatile() }
    }
}

/// An address that is below the frame of the caller, or lowest in it.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    black_box(&raw const mark).addr()
}

/// Paints so many words. Volatile, so that it is done word by word, upwards, and without a call that has a frame of its own.
///
/// # Safety
/// The words must be writable and nobody's.
unsafe fn fill(start: *mut u32, words: usize) {
    let mut index = 0;
    // Not `for`, which is several calls deep when it is not optimized, and MARGIN must hold their frames.
    while index < words {
        // SAFETY: the caller's promise.
        unsafe { start.add(index).write_volatile(PAINT) };
        index += 1;
    }
}

/// How a stack stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackReport {
    /// How many bytes the stack has.
    pub size: usize,
    /// How many of them were ever used.
    pub used: usize,
}

/// Whether there is enough stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StackLevel {
    /// Less than [`StackReport::WARNING_PERCENT`] were used.
    Fine,
    /// As much or more was used.
    Warning,
    /// All was used, and more than that perhaps: what lies below the stack may have been written over.
    Overflown,
}

impl StackReport {
    /// From so many percent on it is a [`Warning`](StackLevel::Warning).
    pub const WARNING_PERCENT: usize = 80;

    /// How many bytes were never used.
    pub const fn free(&self) -> usize {
        self.size.saturating_sub(self.used)
    }

    /// How much was used, in whole percent, rounded down.
    pub const fn percent(&self) -> usize {
        if self.size == 0 { 100 } else { (self.used as u64 * 100 / self.size as u64) as usize }
    }

    /// What that means.
    pub const fn level(&self) -> StackLevel {
        match self.percent() {
            _ if self.free() == 0 => StackLevel::Overflown,
            Self::WARNING_PERCENT.. => StackLevel::Warning,
            _ => StackLevel::Fine,
        }
    }
}

impl fmt::Display for StackReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, used } = self;
        write!(f, "stack: {used} of {size} B used ({} %), {} B free", self.percent(), self.free())?;
        match self.level() {
            StackLevel::Fine => Ok(()),
            StackLevel::Warning => write!(f, ": warning, {} % or more", Self::WARNING_PERCENT),
            StackLevel::Overflown => f.write_str(": OVERFLOWN, what lies below may be lost"),
        }
    }
}

/// Why a stack is not painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackError {
    /// There is no whole word in it.
    Empty {
        /// Its lowest address.
        low: usize,
        /// The address past its highest.
        high: usize,
    },
    /// The calling code runs on another stack.
    Elsewhere {
        /// About where the calling code's stack pointer is.
        pointer: usize,
        /// The lowest address of the stack that was to be painted.
        low: usize,
        /// The address past its highest.
        high: usize,
    },
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { low, high } => {
                write!(f, "from {low:#x} to {high:#x} there is no stack: the lower address comes first")
            }
            Self::Elsewhere { pointer, low, high } => {
                write!(
                    f,
                    "the stack from {low:#x} to {high:#x} is not the current one, which is used at {pointer:#x}"
                )
            }
        }
    }
}

impl core::error::Error for StackError {}
