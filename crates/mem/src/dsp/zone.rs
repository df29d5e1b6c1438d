//! What a compiler tells of an array before it asks for its memory.

use core::fmt;

/// Memory that a signal processor needs as one piece.
///
/// It is known by its name, and by its position where a compiler tells no names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone<'a> {
    /// What the compiler calls it, such as `fVec0`; empty if it tells no name.
    pub name: &'a str,
    /// Its number in the sequence in which the compiler tells its zones, from 0.
    pub position: usize,
    /// How many elements it has.
    pub elements: usize,
    /// How many bytes it has.
    pub bytes: usize,
    /// What its address must be a multiple of, in bytes: a power of two.
    pub align: usize,
    /// How often it is read a sample, as the compiler counts.
    pub reads: usize,
    /// How often it is written a sample, as the compiler counts.
    pub writes: usize,
    /// What it is for.
    pub role: Role,
    /// Whose it is.
    pub phase: Phase,
}

impl<'a> Zone<'a> {
    /// The zone of a value of type `T`, without counts of accesses.
    #[must_use]
    pub const fn of<T>(name: &'a str, position: usize, role: Role, phase: Phase) -> Self {
        let (bytes, align) = (size_of::<T>(), align_of::<T>());
        Self { name, position, elements: bytes / align, bytes, align, reads: 0, writes: 0, role, phase }
    }

    /// The same zone with counts of the accesses to it a sample.
    #[must_use]
    pub const fn accessed(self, reads: usize, writes: usize) -> Self {
        Self { reads, writes, ..self }
    }
}

/// What a zone is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What is computed once and then only read.
    Table,
    /// A ring of samples.
    DelayLine,
    /// What one sample leaves to the next.
    State,
    /// The signal processor itself, without its arrays.
    Instance,
    /// What computes a table, and is given back when it has.
    Generator,
}

/// Whose a zone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// All instances'.
    Class,
    /// One instance's.
    Instance,
}

impl fmt::Display for Zone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            write!(f, "zone {} ({})", self.position, self.role)
        } else {
            write!(f, "`{}` ({})", self.name, self.role)
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "a table",
            Self::DelayLine => "a delay line",
            Self::State => "state",
            Self::Instance => "the instance",
            Self::Generator => "a generator of a table",
        })
    }
}
