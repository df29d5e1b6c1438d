//! A zone as Faust tells it.

use core::ops::Range;
use core::ptr::NonNull;
use sostenuto_mem::dsp::{Phase, Role, Zone};

/// The elements of the longest delay that Faust copies, of 16 samples (`-mcd 16`) and the newest; longer ones are rings.
const LONGEST_COPIED: usize = 17;

/// The bytes of an element whose type is not told: of an `int` or a `float`.
const ELEMENT: usize = 4;

/// A zone as Faust tells it, and its memory.
#[derive(Debug, Clone, Copy)]
pub struct Told<'m> {
    /// The zone.
    pub(crate) zone: Zone<'m>,
    /// Its bytes as Faust tells them.
    told_bytes: usize,
    /// Whether it is an object of C++, whose size Faust estimates.
    pub(crate) is_object: Option<bool>,
    pub(crate) memory: Option<NonNull<u8>>,
    pub(crate) in_use: bool,
}

impl<'m> Told<'m> {
    /// A place for a zone that is still to be told.
    pub const NONE: Self = Self {
        zone: Zone::of::<()>("", 0, Role::State, Phase::Instance),
        told_bytes: 0,
        is_object: None,
        memory: None,
        in_use: false,
    };

    /// A zone as the `info` of three arguments tells it. It tells no type, so its elements count as numbers of 32 bits.
    #[must_use]
    pub const fn unnamed(bytes: usize, reads: usize, writes: usize) -> Self {
        let align = power_of_two_in(bytes);
        let zone =
            Zone { bytes, align, elements: bytes / ELEMENT, ..Self::NONE.zone }.accessed(reads, writes);
        Self { zone, told_bytes: bytes, ..Self::NONE }
    }

    /// A zone as the `info` of six arguments tells it. The type is the number of Faust's `MemType`.
    #[must_use]
    pub const fn named(name: &'m str, mem_type: u32, bytes: usize, reads: usize, writes: usize) -> Self {
        let element = match mem_type {
            0..4 => Some(4),
            4 | 5 => Some(8),
            6 | 7 => Some(16),
            _ => None,
        };
        let (align, elements) = match element {
            Some(element) => (element, bytes / element),
            None => (power_of_two_in(bytes), bytes / ELEMENT),
        };
        let zone = Zone { name, bytes, align, elements, ..Self::NONE.zone };
        let is_object = Some(matches!(mem_type, 10 | 11));
        Self { zone: zone.accessed(reads, writes), told_bytes: bytes, is_object, ..Self::NONE }
    }

    /// Whether it computes a table, if it is not the instance. Without a type, that is what no sample reads or writes.
    pub(crate) fn is_generator(&self) -> bool {
        self.is_object.unwrap_or(self.zone.reads + self.zone.writes == 0)
    }

    /// Settles what it is, and what it needs at most. The instance is the first of its span.
    pub(crate) fn settle(&mut self, position: usize, instance: &Range<usize>, instance_bytes: usize) {
        let is_generator = self.is_generator();
        let zone = &mut self.zone;
        zone.position = position;
        zone.phase = if position < instance.start { Phase::Class } else { Phase::Instance };
        zone.role = match zone.phase {
            Phase::Instance if position == instance.start => Role::Instance,
            _ if is_generator => Role::Generator,
            Phase::Class => Role::Table,
            Phase::Instance if zone.name.contains("tbl") => Role::Table,
            Phase::Instance if zone.elements > LONGEST_COPIED => Role::DelayLine,
            Phase::Instance => Role::State,
        };
        match zone.role {
            Role::Instance => (zone.bytes, zone.align) = (instance_bytes, OBJECT_ALIGN),
            Role::Generator => {
                let aligned = (zone.bytes + zone.bytes / 2).max(1);
                (zone.bytes, zone.align) = (aligned.next_multiple_of(OBJECT_ALIGN), OBJECT_ALIGN);
            }
            _ => {}
        }
    }

    /// The zone without what was reserved for its alignment.
    pub(crate) const fn as_told(&self) -> Zone<'m> {
        match self.zone.role {
            Role::Generator => Zone { bytes: self.told_bytes, ..self.zone },
            _ => self.zone,
        }
    }

    /// Whether a request of so many bytes can be for it.
    ///
    /// Of an object Faust adds the sizes of the fields and forgets what aligns them: half as much again at most, as an `int`
    /// on each side of a `double`.
    pub(crate) fn agrees_with(&self, bytes: usize) -> bool {
        match self.zone.role {
            Role::Generator => (self.told_bytes..=self.zone.bytes).contains(&bytes),
            _ => bytes == self.zone.bytes,
        }
    }

    /// How far the size of a class is from what it would be if this zone were its instance and `arrays` the number of zones
    /// that its pointers lead to; `None` if that cannot be.
    ///
    /// Faust's number is 16, the fields without what aligns them, and 8 for each pointer, whatever the processor.
    pub(crate) fn distance_to_instance(&self, arrays: usize, class_bytes: usize) -> Option<usize> {
        if self.is_object == Some(false) {
            return None;
        }
        let scalars = self.zone.bytes.checked_sub(16)?.checked_sub(arrays.checked_mul(8)?)?;
        let pointers = (arrays + 1) * size_of::<*const ()>();
        let most = pointers + 2 * scalars + 4 * (arrays + 1);
        let least = pointers + scalars / 2;
        (least..=most).contains(&class_bytes).then(|| class_bytes.abs_diff(pointers + scalars))
    }
}

/// What objects of C++ are aligned to: what any of their fields can need.
const OBJECT_ALIGN: usize = 16;

/// The greatest power of two in a number of bytes, up to that of the longest element: what its elements can need.
const fn power_of_two_in(bytes: usize) -> usize {
    match bytes.trailing_zeros() {
        twos @ 0..4 => 1 << twos,
        _ => OBJECT_ALIGN,
    }
}
