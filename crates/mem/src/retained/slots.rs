//! Two slots, of which one is current.

use super::error::RetainedError;
use super::medium::{MOST_WRITE, Medium};
use super::slot::{Header, Slot, SlotState};

/// Two slots in a medium, which hold what was stored last and, mostly, what was stored before.
///
/// Each has half of the medium, in whole units of [`Medium::ERASE`]. See the [module](super) for what is promised.
#[derive(Debug)]
pub struct Slots<M> {
    medium: M,
    tag: u32,
    slots: [Slot; 2],
}

type Outcome<T, M> = Result<T, RetainedError<<M as Medium>::Error>>;

impl<M: Medium> Slots<M> {
    /// Two slots in this medium. Nothing is read or written yet.
    ///
    /// The tag says what the bytes mean, such as the version of their layout: what was stored with another is not loaded.
    /// It is kept until its slot is needed, so that an older firmware may find it again.
    ///
    /// # Errors
    /// When the medium is too small for two slots of a byte.
    pub fn new(medium: M, tag: u32) -> Outcome<Self, M> {
        const {
            assert!(M::WRITE >= 1 && M::WRITE <= MOST_WRITE, "at most 256 bytes are written at a time");
            assert!(M::ERASE >= 1 && M::ERASE.is_multiple_of(M::WRITE), "ERASE is a multiple of WRITE");
        }
        let size = medium.capacity() / 2 / M::ERASE * M::ERASE;
        let slots = [Slot { start: 0, size }, Slot { start: size, size }];
        if slots[0].room::<M>() == 0 {
            let needs = 2 * (u64::from(Slot::overhead::<M>()) + 1).next_multiple_of(M::ERASE.into());
            return Err(RetainedError::TooLong { needs: needs as usize, has: medium.capacity() as usize });
        }
        Ok(Self { medium, tag, slots })
    }

    /// How many bytes can be stored.
    pub const fn room(&self) -> usize {
        self.slots[0].room::<M>() as usize
    }

    /// Gives the medium back.
    pub fn into_inner(self) -> M {
        self.medium
    }

    /// Stores these bytes, in the slot that does not hold those that were stored last, and reads them back.
    ///
    /// A power cut meanwhile, or an error of the medium, leaves what was stored before or, if all of it was written by then,
    /// these bytes.
    ///
    /// # Errors
    /// When they are more than the [`room`](Self::room), when the medium fails, and when it does not hold what was written.
    pub fn store(&mut self, bytes: &[u8]) -> Outcome<(), M> {
        let length = match u32::try_from(bytes.len()) {
            Ok(length) if bytes.len() <= self.room() => length,
            _ => return Err(RetainedError::TooLong { needs: bytes.len(), has: self.room() }),
        };
        let states = self.states()?;
        let kept = self.newest(&states, true).or(self.newest(&states, false));
        let (index, sequence) = match kept {
            Some((kept, sequence)) => (1 - kept, sequence.wrapping_add(1)),
            None => (0, 0),
        };
        let header = Header { tag: self.tag, sequence, length };
        let slot = self.slots[index];
        slot.write(&mut self.medium, &header, bytes).map_err(RetainedError::Medium)?;

        let written = SlotState::Valid { tag: self.tag, sequence, length: bytes.len() };
        if slot.state(&mut self.medium).map_err(RetainedError::Medium)? != written {
            return Err(RetainedError::NotKept { slot: index });
        }
        Ok(())
    }

    /// Loads what was stored last with this tag, and says how many bytes that is; the rest of `bytes` stays as it is.
    ///
    /// If that has changed in the medium, what was stored before is loaded: [`states`](Self::states) tells.
    /// [`None`] if nothing was stored with this tag.
    ///
    /// # Errors
    /// When `bytes` are too few, when the medium fails, and when something was stored, has changed, and there is nothing
    /// else. Then `bytes` are not to be used.
    pub fn load(&mut self, bytes: &mut [u8]) -> Outcome<Option<usize>, M> {
        let mut states = self.states()?;
        while let Some((index, _)) = self.newest(&states, true) {
            if let SlotState::Valid { length, .. } = states[index] {
                let has = bytes.len();
                let part = bytes.get_mut(..length).ok_or(RetainedError::TooLong { needs: length, has })?;
                if self.slots[index].read(&mut self.medium, part).map_err(RetainedError::Medium)? {
                    return Ok(Some(length));
                }
            }
            // It was right a moment ago: bits that an erasure or a write has left in between.
            states[index] = SlotState::Broken;
        }
        if states.contains(&SlotState::Broken) { Err(RetainedError::Broken) } else { Ok(None) }
    }

    /// What each slot holds.
    ///
    /// # Errors
    /// When the medium fails.
    pub fn states(&mut self) -> Outcome<[SlotState; 2], M> {
        let [first, second] = self.slots;
        let mut state = |slot: Slot| slot.state(&mut self.medium).map_err(RetainedError::Medium);
        Ok([state(first)?, state(second)?])
    }

    /// The slot that was stored last, with its sequence number; of those with this tag, or of all.
    fn newest(&self, states: &[SlotState; 2], is_own: bool) -> Option<(usize, u32)> {
        let sequences = states.map(|state| match state {
            SlotState::Valid { tag, sequence, .. } if !is_own || tag == self.tag => Some(sequence),
            _ => None,
        });
        match sequences {
            [Some(first), Some(second)] if is_newer(second, first) => Some((1, second)),
            [Some(first), _] => Some((0, first)),
            [None, second] => second.map(|second| (1, second)),
        }
    }
}

/// Whether a sequence number comes after another, which is at most 2³¹ numbers away.
const fn is_newer(sequence: u32, than: u32) -> bool {
    sequence.wrapping_sub(than) as i32 > 0
}
