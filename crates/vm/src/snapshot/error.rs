//! Why a snapshot could not be written, and why one was refused.

use crate::module_hash::ModuleHash;
use core::fmt;

/// Why a snapshot could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError<E> {
    /// What took the bytes has failed.
    Sink(E),
    /// The memory could not be read, although this address is inside it.
    Memory {
        /// The address.
        address: u32,
    },
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sink(error) => error.fmt(f),
            Self::Memory { address } => write!(f, "the linear memory cannot be read at {address:#x}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for WriteError<E> {}

/// Why a snapshot was refused. Nothing has been changed then, but for [`Memory`](Self::Memory).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotError {
    /// The bytes do not begin like a snapshot.
    NotASnapshot,
    /// It is of another version of the format.
    Version {
        /// Its version.
        found: u32,
        /// The one that is known here.
        known: u32,
    },
    /// The bytes end too early.
    Truncated {
        /// How many there are.
        bytes: usize,
    },
    /// The bytes are not those that were written.
    Checksum {
        /// What the snapshot says.
        found: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// It was taken of another module.
    Module {
        /// Of this one.
        found: ModuleHash,
        /// The module here.
        expected: ModuleHash,
    },
    /// The functions of the instance had other references.
    References {
        /// The reference to the first function then.
        found: u32,
        /// The reference to the first function here.
        expected: u32,
    },
    /// The memory is of another size and does not grow to that of the snapshot.
    MemorySize {
        /// The size in the snapshot, in bytes.
        needs: u32,
        /// The size here, in bytes.
        has: u32,
    },
    /// A table does not become that large, or that small.
    TableSize {
        /// The index of the table.
        table: u32,
        /// The entries in the snapshot.
        needs: u32,
        /// The least entries that it has, by its type.
        least: u32,
        /// The most entries that there is room for.
        most: u32,
    },
    /// It has another number of threads.
    Threads {
        /// How many it has.
        found: u32,
        /// How many were given.
        given: usize,
    },
    /// The frames of a thread, or its results, do not fit on its stack.
    Stack {
        /// The position of the thread.
        thread: u32,
        /// What they need, in words.
        needs: u64,
        /// What the stack has, in words.
        has: usize,
    },
    /// A frame goes on where no run of this module stops, or was not called by the frame after it.
    Position {
        /// The position of the thread.
        thread: u32,
        /// The position of the frame; the innermost is 0.
        frame: u32,
        /// The function that it names.
        function: u32,
        /// The operator that it names, in bytes from the start of the module.
        offset: u32,
    },
    /// A frame has another number of words than it can have where it goes on.
    Frame {
        /// The position of the thread.
        thread: u32,
        /// The position of the frame; the innermost is 0.
        frame: u32,
        /// Its words.
        words: u32,
        /// The fewest that it can have.
        least: u32,
        /// The most that it can have.
        most: u32,
    },
    /// A part is not what it can be in a snapshot of this module.
    Malformed {
        /// Where it ends, in bytes from the start of the snapshot.
        at: usize,
        /// Which part.
        what: &'static str,
    },
    /// The memory could not be written, although this address is inside it. Its contents are lost; the threads, the
    /// globals and the tables are as before.
    Memory {
        /// The address.
        address: u32,
    },
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotASnapshot => f.write_str("this is no snapshot"),
            Self::Version { found, known } => {
                write!(f, "the snapshot is of version {found}, this interpreter knows version {known}")
            }
            Self::Truncated { bytes } => write!(f, "the snapshot is cut off after {bytes} B"),
            Self::Checksum { found, computed } => write!(
                f,
                "the snapshot is damaged: its checksum is {found:#010x}, its bytes give {computed:#010x}"
            ),
            Self::Module { found, expected } => {
                write!(f, "the snapshot is of the module {found}, not of {expected}")
            }
            Self::References { found, expected } => write!(
                f,
                "the references to functions began at {found} in the snapshot, they begin at {expected} here"
            ),
            Self::MemorySize { needs, has } => {
                write!(f, "the snapshot has {needs} B of linear memory, there are {has} B")
            }
            Self::TableSize { table, needs, least, most } => write!(
                f,
                "table {table} has {needs} entries in the snapshot, it can have {least} to {most} here"
            ),
            Self::Threads { found, given } => {
                write!(f, "the number of threads in the snapshot is {found}, here it is {given}")
            }
            Self::Stack { thread, needs, has } => {
                write!(f, "thread {thread} needs {needs} words of stack, there are {has}")
            }
            Self::Position { thread, frame, function, offset } => write!(
                f,
                "frame {frame} of thread {thread} cannot go on in function {function} \
                 (at byte {offset:#x} of the module)"
            ),
            Self::Frame { thread, frame, words, least, most } => write!(
                f,
                "frame {frame} of thread {thread} has {words} words, there it can have {least} to {most}"
            ),
            Self::Malformed { at, what } => {
                write!(f, "the snapshot is malformed: {what} (before its byte {at:#x})")
            }
            Self::Memory { address } => write!(f, "the linear memory cannot be written at {address:#x}"),
        }
    }
}

impl core::error::Error for SnapshotError {}
