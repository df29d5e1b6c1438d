//! Unsafe: two halves of a buffer that a device and the program hand to each other, without a copy.
//!
//! ```
//! use sostenuto_mem::ping_pong::{NoCache, PingPong};
//! use sostenuto_mem::region;
//!
//! region! {
//!     in ".sram1_bss", uninitialised, dma;
//!     static HALVES: [[i32; 64]; 2] = [[0; 64]; 2];
//! }
//! static CAPTURE: PingPong = PingPong::new();
//!
//! let (mut device, mut program) = CAPTURE.capture(HALVES.take().unwrap(), NoCache).unwrap();
//! // The DMA is told to write to `device.half()`. In its interrupt, when that is full:
//! # unsafe { device.half().as_ptr().write([7; 64]) };
//! let next = device.complete().expect("the program was in time");
//! // … and it is told to write to `next`. Meanwhile the program works on what came:
//! let block = program.take().expect("a half is full");
//! assert_eq!(block[0], 7);
//! // Dropped, the block goes to the device again.
//! drop(block);
//! ```
//!
//! Each half belongs to one side at a time: the device cannot get the half on which the program works, however late that is;
//! it fills its own again, and counts that as [`late`](DeviceEnd::late). For [`playback`](PingPong::playback) the program
//! fills what it takes, and the device plays it; late means that a block was played twice.
//!
//! The halves are aligned to cache lines and fill them. What a data cache needs is done when a half changes hands
//! ([`Cache`]). Both sides only load and store bytes, so that any processor will do. The DMA is started anew for
//! each half, in its interrupt; a FIFO of the device bridges that. One that goes on by itself (in a circle, or between two
//! addresses) is in the other half before anybody can say whose it is.
//!
//! # Cost
//!
//! Instructions of a call, its return included, on x86-64 at opt-level 3 with Rust 1.95, for halves of any size and without a
//! cache (`benches/allocators`, `--bin parts`):
//!
//! | what | instructions |
//! |---|---|
//! | [`DeviceEnd::complete`]; when the program is late | 46; 33 |
//! | [`ProgramEnd::take`] and the half dropped; when none is there | 39; 22 |
#![allow(unsafe_code)]

use crate::region::CACHE_LINE;
use crate::taken::Taken;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering};

/// What a sample may be, seen by a device: any bytes are a value.
pub trait Sample: Copy + Send + sealed::Sealed + 'static {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! samples {
    ($($type:ty)*) => {$(
        impl sealed::Sealed for $type {}
        impl Sample for $type {}
    )*};
}

samples!(u8 i8 u16 i16 u32 i32 f32);

/// What the data cache does when memory changes hands. The address and the size are multiples of [`CACHE_LINE`].
pub trait Cache {
    /// Writes what the program has written to the memory, so that the device sees it. On a Cortex-M7: DCCMVAC for each
    /// line, then DSB.
    fn clean(&mut self, address: *const u8, bytes: usize);

    /// Forgets what the cache has of the memory, so that the program sees what the device has written, and no line is
    /// written back over it. On a Cortex-M7: DCIMVAC for each line, then DSB.
    fn invalidate(&mut self, address: *const u8, bytes: usize);
}

/// No data cache, or memory that it leaves alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn clean(&mut self, _: *const u8, _: usize) {}
    fn invalidate(&mut self, _: *const u8, _: usize) {}
}

/// Where the halves are: a static. The halves themselves are elsewhere, in memory that the device reaches.
pub struct PingPong {
    halves: Halves<AtomicU8>,
    taken: Taken,
}

impl Default for PingPong {
    fn default() -> Self {
        Self::new()
    }
}

/// The halves cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingPongError {
    /// The ends were made already.
    Taken,
    /// The memory begins within a cache line.
    Misaligned {
        /// Where it begins.
        address: usize,
    },
}

impl fmt::Display for PingPongError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => write!(f, "the ends of this exchange were made already"),
            Self::Misaligned { address } => {
                write!(
                    f,
                    "the halves begin at {address:#x}, within a cache line of {CACHE_LINE} B: align them (`dma`)"
                )
            }
        }
    }
}

impl core::error::Error for PingPongError {}

/// The two ends of an exchange.
pub type Ends<T, const N: usize, C> = (DeviceEnd<T, N, C>, ProgramEnd<T, N, C>);

impl PingPong {
    /// An exchange that has no ends yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            halves: Halves { to_program: AtomicU8::new(0), to_device: AtomicU8::new(0) },
            taken: Taken::new(),
        }
    }

    /// The ends of an exchange in which a device writes and the program reads.
    ///
    /// # Errors
    ///
    /// [`PingPongError`], if there are ends already, or if the memory is not aligned.
    pub fn capture<T: Sample, const N: usize, C: Cache>(
        &'static self,
        memory: &'static mut [[T; N]; 2],
        cache: C,
    ) -> Result<Ends<T, N, C>, PingPongError> {
        self.ends(memory, cache, Direction::Capture)
    }

    /// The ends of an exchange in which the program writes and a device reads.
    ///
    /// # Errors
    ///
    /// [`PingPongError`], if there are ends already, or if the memory is not aligned.
    pub fn playback<T: Sample, const N: usize, C: Cache>(
        &'static self,
        memory: &'static mut [[T; N]; 2],
        cache: C,
    ) -> Result<Ends<T, N, C>, PingPongError> {
        self.ends(memory, cache, Direction::Playback)
    }

    fn ends<T: Sample, const N: usize, C: Cache>(
        &'static self,
        memory: &'static mut [[T; N]; 2],
        mut cache: C,
        direction: Direction,
    ) -> Result<Ends<T, N, C>, PingPongError> {
        const {
            crate::region::assert_whole_lines("a half", size_of::<[T; N]>());
        }
        let address = memory.as_ptr().addr();
        if !address.is_multiple_of(CACHE_LINE) {
            return Err(PingPongError::Misaligned { address });
        }
        if !self.taken.take() {
            return Err(PingPongError::Taken);
        }
        direction.to_device(&mut cache, memory.as_ptr().cast(), size_of_val(memory));
        let [first, second] = memory;
        let memory = [NonNull::from(first), NonNull::from(second)];
        match direction {
            Direction::Capture => self.halves.to_device.put(1),
            Direction::Playback => self.halves.to_program.put(1),
        }
        let device = DeviceEnd { halves: &self.halves, memory, half: 0, late: 0, cache: PhantomData };
        Ok((device, ProgramEnd { halves: &self.halves, memory, cache, direction }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Capture,
    Playback,
}

impl Direction {
    fn to_device(self, cache: &mut impl Cache, address: *const u8, bytes: usize) {
        match self {
            Self::Capture => cache.invalidate(address, bytes),
            Self::Playback => cache.clean(address, bytes),
        }
    }
}

/// The end that the interrupt of the device has.
pub struct DeviceEnd<T: Sample, const N: usize, C> {
    halves: &'static Halves<AtomicU8>,
    memory: [NonNull<[T; N]>; 2],
    half: usize,
    late: u32,
    cache: PhantomData<C>,
}

// SAFETY: what it reaches is the half that is the device's, and words that are made to be shared.
unsafe impl<T: Sample, const N: usize, C> Send for DeviceEnd<T, N, C> {}

/// The program had not handed the other half over: the device goes on with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Late;

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program was late: the device goes on with the same half")
    }
}

impl core::error::Error for Late {}

impl<T: Sample, const N: usize, C> DeviceEnd<T, N, C> {
    /// The half that is the device's.
    #[must_use]
    pub fn half(&self) -> NonNull<[T; N]> {
        self.memory[self.half]
    }

    /// Hands over the half with which the device is done, for the other one, which is the device's from now on.
    ///
    /// # Errors
    ///
    /// [`Late`], if the program has the other one. [`half`](Self::half) stays.
    pub fn complete(&mut self) -> Result<NonNull<[T; N]>, Late> {
        match self.halves.complete(self.half) {
            Some(next) => {
                self.half = next;
                Ok(self.half())
            }
            None => {
                self.late = self.late.saturating_add(1);
                Err(Late)
            }
        }
    }

    /// How often the program was late.
    #[must_use]
    pub fn late(&self) -> u32 {
        self.late
    }
}

/// The end that the program has.
pub struct ProgramEnd<T: Sample, const N: usize, C: Cache> {
    halves: &'static Halves<AtomicU8>,
    memory: [NonNull<[T; N]>; 2],
    cache: C,
    direction: Direction,
}

// SAFETY: what it reaches is the half that is the program's, and words that are made to be shared.
unsafe impl<T: Sample, const N: usize, C: Cache + Send> Send for ProgramEnd<T, N, C> {}

impl<T: Sample, const N: usize, C: Cache> ProgramEnd<T, N, C> {
    /// The half that the device is done with: what it captured, or what is to be filled for it to play. `None`, if there
    /// is none.
    pub fn take(&mut self) -> Option<Half<'_, T, N, C>> {
        let half = self.halves.take()?;
        if self.direction == Direction::Capture {
            // The processor may have read ahead while the device wrote.
            self.cache.invalidate(self.memory[half].as_ptr().cast(), size_of::<[T; N]>());
        }
        Some(Half { end: self, half })
    }
}

/// A half that is the program's, handed to the device when it is dropped.
pub struct Half<'a, T: Sample, const N: usize, C: Cache> {
    end: &'a mut ProgramEnd<T, N, C>,
    half: usize,
}

impl<T: Sample, const N: usize, C: Cache> Deref for Half<'_, T, N, C> {
    type Target = [T; N];

    fn deref(&self) -> &[T; N] {
        // SAFETY: the half is the program's, which has this one reference to it, and any bytes are samples.
        unsafe { self.end.memory[self.half].as_ref() }
    }
}

impl<T: Sample, const N: usize, C: Cache> DerefMut for Half<'_, T, N, C> {
    fn deref_mut(&mut self) -> &mut [T; N] {
        // SAFETY: as above.
        unsafe { self.end.memory[self.half].as_mut() }
    }
}

impl<T: Sample, const N: usize, C: Cache> Drop for Half<'_, T, N, C> {
    fn drop(&mut self) {
        let end = &mut self.end;
        end.direction.to_device(&mut end.cache, end.memory[self.half].as_ptr().cast(), size_of::<[T; N]>());
        end.halves.to_device.put(self.half);
    }
}

/// A place for the number of a half, plus one, that one side puts there and the other takes away.
trait Place {
    fn get(&self) -> u8;
    fn set(&self, half: u8);

    fn put(&self, half: usize) {
        self.set(half as u8 + 1);
    }

    fn take(&self) -> Option<usize> {
        let half = self.get().checked_sub(1)?;
        self.set(0);
        Some(usize::from(half))
    }
}

/// A macro, so that the test with another atomic type has the same orderings.
macro_rules! place {
    ($atomic:ty) => {
        impl Place for $atomic {
            fn get(&self) -> u8 {
                self.load(Ordering::Acquire)
            }

            fn set(&self, half: u8) {
                self.store(half, Ordering::Release);
            }
        }
    };
}

place!(AtomicU8);

/// One half is the device's. The other one is the program's, or on its way: in one of the places.
struct Halves<P> {
    to_program: P,
    to_device: P,
}

impl<P: Place> Halves<P> {
    /// For the device: its half for the other one, if that is there.
    fn complete(&self, half: usize) -> Option<usize> {
        let next = self.to_device.take()?;
        // The other half was on its way to the device, so that nothing is on its way to the program.
        self.to_program.put(half);
        Some(next)
    }

    /// For the program: the half that the device is done with.
    fn take(&self) -> Option<usize> {
        self.to_program.take()
    }
}

#[cfg(test)]
mod tests {
    // Unsafe: loom's cells are written through pointers; that one side alone does so at a time is what it finds out.
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    place!(loom::sync::atomic::AtomicU8);

    /// However the two sides come to each other, none has a half that the other one has, and each sees all that the other
    /// one wrote to it before.
    #[test]
    fn a_half_belongs_to_one_side_at_a_time() {
        loom::model(|| {
            let place = |half| loom::sync::atomic::AtomicU8::new(half);
            let halves = Arc::new(Halves { to_program: place(0), to_device: place(2) });
            let memory = Arc::new([UnsafeCell::new(0), UnsafeCell::new(0)]);
            let device = {
                let (halves, memory) = (halves.clone(), memory.clone());
                thread::spawn(move || {
                    let mut half = 0;
                    for block in 1..=3 {
                        memory[half].with_mut(|cell| unsafe { *cell = block });
                        half = halves.complete(half).unwrap_or(half);
                    }
                })
            };
            let mut last = 0;
            for _ in 0..3 {
                if let Some(half) = halves.take() {
                    let block = memory[half].with(|cell| unsafe { *cell });
                    assert!(block > last, "block {block} after {last}");
                    last = block;
                    memory[half].with_mut(|cell| unsafe { *cell = 0 });
                    halves.to_device.put(half);
                }
            }
            device.join().unwrap();
        });
    }
}
