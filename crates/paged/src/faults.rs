//! A store that goes wrong as told.

use crate::store::{BackingStore, StoreError, check_transfer};
use crate::transfer::{Burst, Transfer};
use core::fmt;
use core::task::Poll;

/// A backing store with faults: for the tests of everything that stands on one.
///
/// A burst is what a poll moves; they are counted from 0. The faults can be changed at any time, so that a store can be
/// filled while it is sound.
///
/// ```
/// use sostenuto_paged::{BackingStore, Bursts, Fault, FaultyStore, SliceStore};
///
/// let faults = [Fault::Flip { bursts: Bursts::Only(1), bit: 0 }];
/// let mut store = FaultyStore::new(SliceStore::new([0; 64]), &faults);
/// let mut bytes = [0; 4];
/// store.read(0, &mut bytes)?;
/// assert_eq!(bytes, [0, 0, 0, 0]);
/// store.read(0, &mut bytes)?;
/// assert_eq!(bytes, [1, 0, 0, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FaultyStore<'f, S> {
    store: S,
    faults: &'f [Fault],
    bursts: u32,
    stalled: u32,
}

/// Which bursts a fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bursts {
    /// This one.
    Only(u32),
    /// This one and all after it.
    From(u32),
}

impl Bursts {
    /// All bursts.
    pub const ALL: Self = Self::From(0);

    const fn contains(self, burst: u32) -> bool {
        match self {
            Self::Only(this) => burst == this,
            Self::From(first) => burst >= first,
        }
    }
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// On the way a bit is inverted.
    Flip {
        /// When.
        bursts: Bursts,
        /// Which of the bits that are moved, from the lowest of the first byte; counted round, if there are fewer.
        bit: u32,
    },
    /// On the way a bit is inverted now and then: which and when follows from the seed.
    Noise {
        /// Chooses which bursts and bits.
        seed: u32,
        /// One in about so many bursts.
        one_in: u32,
    },
    /// A bit of the memory always has the same value.
    StuckBit {
        /// Its byte.
        address: u32,
        /// 0 for the lowest, to 7.
        bit: u8,
        /// The value.
        value: bool,
    },
    /// A line of the address always has the same value, so that half of the memory is the other half.
    StuckLine {
        /// 0 for the lowest, to 31.
        line: u8,
        /// The value.
        value: bool,
    },
    /// The last bytes of a burst are not moved, though it says so. Such a burst is of 64 bytes at most.
    Short {
        /// When.
        bursts: Bursts,
        /// How many bytes are missing; of a shorter burst, all.
        bytes: u32,
    },
    /// What is written does not arrive, though the burst says so.
    LostWrite {
        /// When.
        bursts: Bursts,
    },
    /// The store is busy: nothing moves.
    Stall {
        /// Before which burst.
        burst: u32,
        /// For how many polls; [`u32::MAX`] is for ever.
        polls: u32,
    },
    /// There is no chip: everything reads as FF.
    Absent,
    /// The bus fails, and nothing moves.
    Bus {
        /// When.
        bursts: Bursts,
    },
}

/// Why a transfer with a faulty store has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultyError<E> {
    /// As told by [`Fault::Bus`].
    Injected {
        /// In which burst.
        burst: u32,
    },
    /// By the store itself.
    Store(E),
}

impl<E: fmt::Debug> fmt::Display for FaultyError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected { burst } => write!(f, "burst {burst} fails, as it was told to"),
            Self::Store(error) => write!(f, "{error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for FaultyError<E> {}

/// The longest burst of which some bytes are not moved: they must be kept meanwhile.
const SHORT_BURST: u32 = 64;

type Outcome<T, S> = Result<T, StoreError<FaultyError<<S as BackingStore>::Error>>>;

impl<'f, S: BackingStore> FaultyStore<'f, S> {
    /// This store, with these faults.
    pub const fn new(store: S, faults: &'f [Fault]) -> Self {
        Self { store, faults, bursts: 0, stalled: 0 }
    }

    /// Has other faults from now on; the bursts are counted from 0 again.
    pub fn set_faults(&mut self, faults: &'f [Fault]) {
        (self.faults, self.bursts, self.stalled) = (faults, 0, 0);
    }

    /// How many bursts there were.
    pub const fn bursts(&self) -> u32 {
        self.bursts
    }

    /// The store without the faults.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives the store back.
    pub fn into_inner(self) -> S {
        self.store
    }

    fn happens(&self, is_it: impl Fn(&Fault) -> Option<Bursts>) -> bool {
        self.faults.iter().filter_map(is_it).any(|bursts| bursts.contains(self.bursts))
    }

    fn is_absent(&self) -> bool {
        self.faults.contains(&Fault::Absent)
    }

    /// Whether the burst that comes next must wait, or fails.
    fn obstacle(&mut self) -> Outcome<bool, S> {
        let burst = self.bursts;
        let stall = self.faults.iter().find_map(|fault| match *fault {
            Fault::Stall { burst: then, polls } if then == burst => Some(polls),
            _ => None,
        });
        if stall.is_some_and(|polls| polls == u32::MAX || self.stalled < polls) {
            self.stalled = self.stalled.saturating_add(1);
            return Ok(true);
        }
        if self.happens(|fault| if let Fault::Bus { bursts } = fault { Some(*bursts) } else { None }) {
            self.next_burst();
            return Err(StoreError::Bus(FaultyError::Injected { burst }));
        }
        Ok(false)
    }

    fn next_burst(&mut self) {
        (self.bursts, self.stalled) = (self.bursts.saturating_add(1), 0);
    }

    /// How many bytes of this burst are not moved.
    fn missing(&self) -> u32 {
        let missing = self.faults.iter().filter_map(|fault| match *fault {
            Fault::Short { bursts, bytes } if bursts.contains(self.bursts) => Some(bytes),
            _ => None,
        });
        missing.max().unwrap_or(0)
    }

    /// The part of a transfer that can come next, with its address as the memory sees it.
    fn part(&self, transfer: &Transfer) -> Transfer {
        let (mut address, mut length) = (transfer.next(), transfer.rest());
        for fault in self.faults {
            if let Fault::StuckLine { line, value } = *fault {
                let bit = 1_u32.checked_shl(line.into()).unwrap_or(0);
                let to_end = bit.saturating_sub(transfer.next() & bit.wrapping_sub(1));
                length = length.min(if bit == 0 { length } else { to_end });
                address = if value { address | bit } else { address & !bit };
            }
        }
        if self.missing() > 0 {
            length = length.min(SHORT_BURST);
        }
        // A line that is stuck at 1 can lead out of a memory that is no power of two: then it is taken for sound.
        let room = self.store.size().saturating_sub(address);
        let mut part =
            Transfer::new(if room == 0 { transfer.next() } else { address }, length.min(room.max(1)));
        hand_over(transfer.burst(), &mut part);
        part
    }

    /// The bit that is inverted in a burst of so many bytes.
    fn flipped(&self, count: u32) -> impl Iterator<Item = (u32, u8)> + use<'f, S> {
        let (faults, burst, bits) = (self.faults, self.bursts, u64::from(count) * 8);
        faults.iter().filter_map(move |fault| {
            let bit = match *fault {
                Fault::Flip { bursts, bit } if bursts.contains(burst) => bit,
                Fault::Noise { seed, one_in } if mixed(seed ^ mixed(burst)).is_multiple_of(one_in.max(1)) => {
                    mixed(seed.wrapping_add(1) ^ mixed(burst))
                }
                _ => return None,
            };
            let bit = u64::from(bit).checked_rem(bits)?;
            Some(((bit / 8) as u32, 1 << (bit % 8)))
        })
    }
}

/// Spreads what is in a number over all of its bits: the last step of MurmurHash3 (Austin Appleby, public domain).
const fn mixed(mut number: u32) -> u32 {
    number = (number ^ number >> 16).wrapping_mul(0x85EB_CA6B);
    number = (number ^ number >> 13).wrapping_mul(0xC2B2_AE35);
    number ^ number >> 16
}

fn outward<E>(error: StoreError<E>) -> StoreError<FaultyError<E>> {
    match error {
        StoreError::Bus(error) => StoreError::Bus(FaultyError::Store(error)),
        StoreError::OutOfRange { address, length, size } => StoreError::OutOfRange { address, length, size },
        StoreError::WrongLength { transfer, bytes } => StoreError::WrongLength { transfer, bytes },
        StoreError::NotPages { address, length, page } => StoreError::NotPages { address, length, page },
        StoreError::Stalled { address } => StoreError::Stalled { address },
        StoreError::Corrupt { address, length } => StoreError::Corrupt { address, length },
    }
}

/// Leaves a burst that is on its way in another transfer of the same bytes.
fn hand_over(burst: Option<Burst>, transfer: &mut Transfer) {
    if let Some(burst) = burst {
        transfer.begin_burst(burst);
    }
}

impl<S: BackingStore> BackingStore for FaultyStore<'_, S> {
    type Error = FaultyError<S::Error>;

    fn size(&self) -> u32 {
        self.store.size()
    }

    fn poll_read(&mut self, transfer: &mut Transfer, bytes: &mut [u8]) -> Outcome<Poll<()>, S> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        if self.obstacle()? {
            return Ok(Poll::Pending);
        }
        let rest = &mut bytes[transfer.done() as usize..];
        if self.is_absent() {
            rest.fill(0xFF);
            self.next_burst();
            transfer.advance(transfer.rest());
            return Ok(Poll::Ready(()));
        }
        let mut part = self.part(transfer);
        let part_bytes = &mut rest[..part.length() as usize];
        let mut before = [0; SHORT_BURST as usize];
        let kept = if self.missing() > 0 { part_bytes.len() } else { 0 };
        before[..kept].copy_from_slice(&part_bytes[..kept]);
        _ = self.store.poll_read(&mut part, part_bytes).map_err(outward)?;
        let moved = part.done() as usize;
        if moved == 0 {
            hand_over(part.burst(), transfer);
            return Ok(Poll::Pending);
        }
        let arrived = moved - (self.missing() as usize).min(moved);
        if kept > 0 {
            part_bytes[arrived..moved].copy_from_slice(&before[arrived..moved]);
        }
        self.stick_bits(part.address(), &mut part_bytes[..arrived]);
        for (index, mask) in self.flipped(part.done()) {
            part_bytes[index as usize] ^= mask;
        }
        self.next_burst();
        transfer.advance(part.done());
        hand_over(part.burst(), transfer);
        Ok(transfer.progress())
    }

    fn poll_write(&mut self, transfer: &mut Transfer, bytes: &[u8]) -> Outcome<Poll<()>, S> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        if self.obstacle()? {
            return Ok(Poll::Pending);
        }
        let is_lost =
            |fault: &Fault| if let Fault::LostWrite { bursts } = fault { Some(*bursts) } else { None };
        if self.is_absent() || self.happens(is_lost) {
            self.next_burst();
            transfer.advance(transfer.rest());
            return Ok(Poll::Ready(()));
        }
        let mut part = self.part(transfer);
        let part_bytes = &bytes[transfer.done() as usize..][..part.length() as usize];
        let mut before = [0; SHORT_BURST as usize];
        let kept = if self.missing() > 0 { part_bytes.len() } else { 0 };
        self.store.read(part.address(), &mut before[..kept]).map_err(outward)?;
        _ = self.store.poll_write(&mut part, part_bytes).map_err(outward)?;
        let moved = part.done() as usize;
        if moved == 0 {
            hand_over(part.burst(), transfer);
            return Ok(Poll::Pending);
        }
        let arrived = moved - (self.missing() as usize).min(moved);
        if kept > 0 {
            let address = part.address() + arrived as u32;
            self.store.write(address, &before[arrived..moved]).map_err(outward)?;
        }
        for (index, mask) in self.flipped(part.done()) {
            let (address, mut byte) = (part.address() + index, [0]);
            self.store.read(address, &mut byte).map_err(outward)?;
            self.store.write(address, &[byte[0] ^ mask]).map_err(outward)?;
        }
        self.next_burst();
        transfer.advance(part.done());
        hand_over(part.burst(), transfer);
        Ok(transfer.progress())
    }

    fn wait(&mut self) {
        self.store.wait();
    }
}

impl<S> FaultyStore<'_, S> {
    fn stick_bits(&self, start: u32, bytes: &mut [u8]) {
        for fault in self.faults {
            if let Fault::StuckBit { address, bit, value } = *fault {
                let index = address.checked_sub(start).map(|index| index as usize);
                if let Some(byte) = index.and_then(|index| bytes.get_mut(index)) {
                    let mask = 1_u8.checked_shl(bit.into()).unwrap_or(0);
                    *byte = if value { *byte | mask } else { *byte & !mask };
                }
            }
        }
    }
}
