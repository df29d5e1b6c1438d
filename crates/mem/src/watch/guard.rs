//! A value between two canaries. Unsafe: reads the canaries as what somebody else may have written over.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// How many bytes a canary has: a line of the Cortex-M7's cache, so that a buffer for DMA is next to it without a gap.
pub const CANARY: usize = 32;

/// The same in words.
const WORDS: usize = CANARY / 4;

/// A value with a canary before and one after it, which an overrun of the value or of a neighbour writes over.
///
/// There is no gap on either side, so that one byte too many is seen. What leaps over the [`CANARY`] bytes is not.
///
/// [`arm`](Self::arm) it where it stays: a canary is made of its address. So no two are alike, and a copy that is too long,
/// from one guarded buffer to another, does not put the right bytes there; nor is any byte 0 or 0xFF, with which memory is
/// filled. Until then they are zero, so that a static of zeros
/// takes no room in flash, and can lie in memory which is not initialized.
///
/// ```
/// use sostenuto_mem::watch::Guarded;
///
/// let mut buffer = Guarded::new([0_i16; 48]);
/// buffer.arm();
/// buffer[47] = 1;
/// assert_eq!(buffer.check(), Ok(()));
/// ```
///
/// A value that is aligned to more than [`CANARY`] bytes would have a gap before it, and does not compile:
///
/// ```compile_fail
/// #[repr(align(64))]
/// struct Wide([u8; 64]);
/// static WIDE: sostenuto_mem::watch::Guarded<Wide> = sostenuto_mem::watch::Guarded::new(Wide([0; 64]));
/// ```
#[derive(Debug)]
#[repr(C, align(4))]
pub struct Guarded<T> {
    before: Canary,
    value: T,
    after: Canary,
}

impl<T> Guarded<T> {
    /// A value with canaries that are not armed yet.
    pub const fn new(value: T) -> Self {
        const { assert!(align_of::<T>() <= CANARY, "a guarded value is aligned to 32 bytes at most") }
        Self { before: Canary::new(), value, after: Canary::new() }
    }

    /// Arms the canaries, and gives the value and the canaries, to be used at the same time.
    ///
    /// To be called again when the value has been moved.
    pub fn arm(&mut self) -> (&mut T, Canaries<'_>) {
        self.before.arm();
        self.after.arm();
        (&mut self.value, Canaries { before: &self.before, after: &self.after })
    }

    /// The canaries, to be checked while the value is read, or changed by what it has inside.
    pub const fn canaries(&self) -> Canaries<'_> {
        Canaries { before: &self.before, after: &self.after }
    }

    /// Whether the canaries are as they were armed.
    ///
    /// # Errors
    /// When they have been written over, or not been armed here.
    pub fn check(&self) -> Result<(), Overrun> {
        self.canaries().check()
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// The two canaries of a [`Guarded`] value, without the value.
#[derive(Debug, Clone, Copy)]
pub struct Canaries<'g> {
    before: &'g Canary,
    after: &'g Canary,
}

impl Canaries<'_> {
    /// Whether the canaries are as they were armed. Reads 64 bytes.
    ///
    /// # Errors
    /// When they have been written over, or not been armed.
    #[inline]
    pub fn check(&self) -> Result<(), Overrun> {
        if self.before.is_armed() && self.after.is_armed() { Ok(()) } else { Err(self.overrun()) }
    }

    #[cold]
    fn overrun(&self) -> Overrun {
        Overrun {
            start: self.before.0.get().addr() + CANARY,
            end: self.after.0.get().addr(),
            before: self.before.damage(Side::Before),
            after: self.after.damage(Side::After),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Bytes that nobody should write. In an [`UnsafeCell`], for else the compiler may take it that nobody has.
#[derive(Debug)]
#[repr(transparent)]
struct Canary(UnsafeCell<[u8; CANARY]>);

// SAFETY: through a shared reference a canary is only read. Who writes it at the same time is outside of this crate, in
// error already, and what is to be found out.
unsafe impl Sync for Canary {}

impl Canary {
    const fn new() -> Self {
        Self(UnsafeCell::new([0; CANARY]))
    }

    fn arm(&mut self) {
        *self.0.get_mut() = bytes(self.armed());
    }

    /// The words of an armed canary here. Each byte has its highest bit set and its lowest not.
    fn armed(&self) -> [u32; WORDS] {
        let mut word = mixed(self.0.get().addr() as u32);
        let mut words = [0; WORDS];
        for place in &mut words {
            *place = word & 0x7E7E_7E7E | 0x8080_8080;
            word = word.rotate_left(5).wrapping_mul(0x9E37_79B1);
        }
        words
    }

    /// The words that are there now.
    fn found(&self) -> [u32; WORDS] {
        let start = self.0.get().cast::<u32>();
        let mut words = [0; WORDS];
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: the word is the `index`th of the canary's, which is readable and initialized; volatile because it may
            // have been written by what the compiler does not see. Where it is not aligned, its bytes are.
            *word = unsafe {
                if start.is_aligned() {
                    start.add(index).read_volatile()
                } else {
                    u32::from_ne_bytes(start.add(index).cast::<[u8; 4]>().read_volatile())
                }
            };
        }
        words
    }

    #[inline]
    fn is_armed(&self) -> bool {
        let differs = self
            .armed()
            .iter()
            .zip(self.found())
            .fold(0, |differs, (armed, found)| differs | (armed ^ found));
        differs == 0
    }

    fn damage(&self, side: Side) -> Option<Damage> {
        let [armed, found] = [self.armed(), self.found()].map(bytes);
        if armed == found {
            return None;
        }
        let wrong = || armed.iter().zip(&found).map(|(armed, found)| armed != found);
        let reach = match side {
            Side::Before => CANARY - wrong().position(|wrong| wrong).unwrap_or(0),
            Side::After => wrong().rposition(|wrong| wrong).unwrap_or(CANARY - 1) + 1,
        };
        let wrong = wrong().filter(|wrong| *wrong).count();
        Some(Damage { found, wrong: wrong as u8, reach: reach as u8 })
    }
}

fn bytes(words: [u32; WORDS]) -> [u8; CANARY] {
    let mut bytes = [0; CANARY];
    for (four, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *four = word.to_ne_bytes();
    }
    bytes
}

/// Spreads what is in a number over all of its bits: the last step of MurmurHash3 (Austin Appleby, public domain).
const fn mixed(mut number: u32) -> u32 {
    number = (number ^ number >> 16).wrapping_mul(0x85EB_CA6B);
    number = (number ^ number >> 13).wrapping_mul(0xC2B2_AE35);
    number ^ number >> 16
}

/// What has become of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The bytes that it holds now.
    pub found: [u8; CANARY],
    /// How many of them are wrong.
    pub wrong: u8,
    /// How far from the value the farthest wrong byte is, 1 for that next to it.
    pub reach: u8,
}

/// A canary is not as it was armed: something has written where it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overrun {
    /// The address of the value. The canary before it ends there.
    pub start: usize,
    /// The address past the value. The canary after it begins there.
    pub end: usize,
    /// What has become of the canary before the value: of writes before the value's start, or past the end of what lies
    /// below it.
    pub before: Option<Damage>,
    /// What has become of the canary after the value: of writes past the value's end, or before the start of what lies
    /// above it.
    pub after: Option<Damage>,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [
            (&self.before, "before it", "before its start, or past the end of what lies below"),
            (&self.after, "after it", "past its end, or before the start of what lies above"),
        ];
        write!(f, "around the value from {:#x} to {:#x}", self.start, self.end)?;
        for (damage, side, cause) in sides {
            let Some(Damage { found, wrong, reach }) = damage else { continue };
            write!(
                f,
                "; the canary {side} has {wrong} wrong bytes of {CANARY}, up to {reach} away, and holds"
            )?;
            found.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
            write!(f, ": look for a write {cause}")?;
            if *found == [0; CANARY] {
                f.write_str(", unless it was never armed")?;
            }
        }
        Ok(())
    }
}

impl core::error::Error for Overrun {}
