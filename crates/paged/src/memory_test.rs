//! Whether a memory holds what it is given, everywhere.

use crate::store::{BackingStore, Patience, StoreError};
use crate::transfer::Transfer;
use core::fmt;
use core::task::Poll;

/// A test of a whole store, which destroys its contents.
///
/// First each cell of four bytes gets its own address, and then the complement of it. So a line of the address that is stuck
/// or joined to another is seen, whichever it is; a pattern that repeats every 64 KiB, as that of many a test, does not
/// see the lines from A16 on. Then comes March C-, which finds bits that are stuck, do not change, or change with another:
/// up w0; up r0 w1; up r1 w0; down r0 w1; down r1 w0; up r0 (A. J. van de Goor, "Using March Tests to Test SRAMs", IEEE
/// Design & Test of Computers 10(1), 1993; also Microchip, "Stack Test with March Algorithms"). Each byte is moved 14 times.
///
/// A march goes from cell to cell, and here the buffer is the cell, since single bytes would take minutes over a slow
/// bus. So bits that disturb others are found when they are in different buffers' lengths; a buffer of four bytes is the
/// slowest and most thorough, one of a few hundred a good mean.
///
/// A step is one poll of the store: between two there is time for sound and for showing how far it is. The store must be
/// left alone until the end.
///
/// ```
/// use sostenuto_paged::{Fault, FaultyStore, MemoryTest, SliceStore};
///
/// // The address line A10 is broken.
/// let faults = [Fault::StuckLine { line: 10, value: false }];
/// let mut store = FaultyStore::new(SliceStore::new([0; 4096]), &faults);
///
/// let mut buffer = [0; 128];
/// let mut test = MemoryTest::new(4096, &mut buffer)?;
/// loop {
///     let progress = test.step(&mut store)?;
///     if progress.is_done() {
///         break;
///     }
///     // Show progress.done of progress.total.
/// }
/// assert_eq!(test.report().suspect_lines, 1 << 10);
/// assert_eq!(test.report().first.map(|failure| failure.address), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemoryTest<'b> {
    buffer: &'b mut [u8],
    size: u32,
    phase: usize,
    piece: u32,
    next: Move,
    transfer: Option<Transfer>,
    patience: Patience,
    moved: u64,
    report: MemoryReport,
    direct: Clues,
    inverted: Clues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Read,
    Write,
}

/// How far a test has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestProgress {
    /// How many bytes have been moved.
    pub done: u64,
    /// How many bytes are to be moved in all.
    pub total: u64,
}

impl TestProgress {
    /// Whether the test is over.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done == self.total
    }
}

/// What a test has found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct MemoryReport {
    /// How often a cell of four bytes was not what it should be; a cell may be counted several times.
    pub failures: u64,
    /// The first of them.
    pub first: Option<MemoryFailure>,
    /// The lines of the address, bit 0 for A0, that seem to be stuck or joined to others: cells answered with what had been
    /// written to another, twice and in the same places.
    pub suspect_lines: u32,
}

impl MemoryReport {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.failures == 0
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(MemoryFailure { address, expected, found }) = self.first else {
            return write!(f, "the memory is sound");
        };
        let failures = self.failures;
        write!(
            f,
            "{failures} failures, the first at {address:#x}: {found:02x?} in place of {expected:02x?}"
        )?;
        for line in (0..32).filter(|line| self.suspect_lines >> line & 1 == 1) {
            write!(f, "; address line A{line} seems to be broken")?;
        }
        Ok(())
    }
}

/// A cell that is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryFailure {
    /// Its first byte.
    pub address: u32,
    /// What it should be; bytes beyond the end of the store are zero.
    pub expected: [u8; 4],
    /// What it is.
    pub found: [u8; 4],
}

/// What is in the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Address,
    Complement,
    Zeros,
    Ones,
}

impl Pattern {
    const fn cell(self, address: u32) -> [u8; 4] {
        match self {
            Self::Address => address.to_le_bytes(),
            Self::Complement => (!address).to_le_bytes(),
            Self::Zeros => [0; 4],
            Self::Ones => [0xFF; 4],
        }
    }
}

/// A walk over all of the memory, piece by piece.
#[derive(Debug, Clone, Copy)]
struct Phase {
    goes_down: bool,
    read: Option<Pattern>,
    write: Option<Pattern>,
}

const fn up(read: Option<Pattern>, write: Option<Pattern>) -> Phase {
    Phase { goes_down: false, read, write }
}

const fn down(read: Pattern, write: Pattern) -> Phase {
    Phase { goes_down: true, read: Some(read), write: Some(write) }
}

const PHASES: [Phase; 10] = [
    up(None, Some(Pattern::Address)),
    up(Some(Pattern::Address), None),
    up(None, Some(Pattern::Complement)),
    up(Some(Pattern::Complement), None),
    up(None, Some(Pattern::Zeros)),
    up(Some(Pattern::Zeros), Some(Pattern::Ones)),
    up(Some(Pattern::Ones), Some(Pattern::Zeros)),
    down(Pattern::Zeros, Pattern::Ones),
    down(Pattern::Ones, Pattern::Zeros),
    up(Some(Pattern::Zeros), None),
];

/// How often each byte is moved in all phases.
const MOVES: u64 = 14;

impl<'b> MemoryTest<'b> {
    /// A test of a store of so many bytes, with a buffer of at least four bytes, of which a multiple of four is used.
    ///
    /// # Errors
    /// When the buffer is shorter.
    pub fn new(size: u32, buffer: &'b mut [u8]) -> Result<Self, BufferTooShort> {
        let used = (buffer.len() & !3).min(1 << 30);
        if used == 0 {
            return Err(BufferTooShort { bytes: buffer.len() });
        }
        Ok(Self {
            buffer: &mut buffer[..used],
            size,
            phase: if size == 0 { PHASES.len() } else { 0 },
            piece: 0,
            next: Move::Write,
            transfer: None,
            patience: Patience::default(),
            moved: 0,
            report: MemoryReport::default(),
            direct: Clues::default(),
            inverted: Clues::default(),
        })
    }

    /// Goes on, by one poll of the store.
    ///
    /// Failures of the memory are in the [report](Self::report); the test goes on after them.
    ///
    /// # Errors
    /// When the bus fails, when the store is smaller than the test, and when nothing has moved for
    /// [`PATIENCE`](crate::PATIENCE) steps. A further step tries again.
    pub fn step<S: BackingStore>(&mut self, store: &mut S) -> Result<TestProgress, StoreError<S::Error>> {
        let Some(&phase) = PHASES.get(self.phase) else {
            return Ok(self.progress());
        };
        let (address, length) = self.bounds(phase);
        let mut transfer = match self.transfer {
            Some(transfer) => transfer,
            None => {
                self.fill(phase, address);
                Transfer::new(address, length)
            }
        };
        let bytes = &mut self.buffer[..length as usize];
        let polled = match self.next {
            Move::Read => store.poll_read(&mut transfer, bytes),
            Move::Write => store.poll_write(&mut transfer, bytes),
        };
        self.transfer = Some(transfer);
        match polled? {
            Poll::Pending => self.patience.check(&transfer)?,
            Poll::Ready(()) => self.finish(phase, address, length),
        }
        Ok(self.progress())
    }

    /// Goes on to the end.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn run<S: BackingStore>(&mut self, store: &mut S) -> Result<MemoryReport, StoreError<S::Error>> {
        while !self.step(store)?.is_done() {
            store.wait();
        }
        Ok(self.report())
    }

    /// What has been found so far; of the lines of the address, only when two sevenths are done.
    #[must_use]
    pub fn report(&self) -> MemoryReport {
        let lines = if self.direct == self.inverted { self.direct.lines } else { 0 };
        MemoryReport { suspect_lines: lines, ..self.report }
    }

    fn progress(&self) -> TestProgress {
        TestProgress { done: self.moved, total: u64::from(self.size) * MOVES }
    }

    fn pieces(&self) -> u32 {
        self.size.div_ceil(self.buffer.len() as u32)
    }

    /// The piece that is tested now: its first byte, and how many it has.
    fn bounds(&self, phase: Phase) -> (u32, u32) {
        let piece = if phase.goes_down { self.pieces() - 1 - self.piece } else { self.piece };
        let address = piece * self.buffer.len() as u32;
        (address, (self.size - address).min(self.buffer.len() as u32))
    }

    /// Fills the buffer before a transfer.
    fn fill(&mut self, phase: Phase, address: u32) {
        self.patience = Patience::default();
        let (pattern, mask) = match self.next {
            Move::Write => (phase.write, 0),
            // What does not arrive must not look as if it had.
            Move::Read => (phase.read, 0xFF),
        };
        let pattern = pattern.unwrap_or(Pattern::Zeros);
        for (cell, number) in self.buffer.chunks_exact_mut(4).zip(0_u32..) {
            let at = address.wrapping_add(number * 4);
            cell.copy_from_slice(&pattern.cell(at).map(|byte| byte ^ mask));
        }
    }

    /// Looks at what has arrived, and turns to the next piece.
    fn finish(&mut self, phase: Phase, address: u32, length: u32) {
        self.transfer = None;
        self.moved += u64::from(length);
        if let (Move::Read, Some(pattern)) = (self.next, phase.read) {
            self.compare(pattern, address, length);
            if phase.write.is_some() {
                self.next = Move::Write;
                return;
            }
        }
        self.piece += 1;
        if self.piece == self.pieces() {
            (self.phase, self.piece) = (self.phase + 1, 0);
        }
        let next = PHASES.get(self.phase).and_then(|phase| phase.read);
        self.next = if next.is_some() { Move::Read } else { Move::Write };
    }

    fn compare(&mut self, pattern: Pattern, address: u32, length: u32) {
        for (bytes, number) in self.buffer[..length as usize].chunks(4).zip(0_u32..) {
            let at = address.wrapping_add(number * 4);
            let (mut expected, mut found) = (pattern.cell(at), [0; 4]);
            expected[bytes.len()..].fill(0);
            found[..bytes.len()].copy_from_slice(bytes);
            if expected == found {
                continue;
            }
            self.report.failures += 1;
            self.report.first.get_or_insert(MemoryFailure { address: at, expected, found });
            match pattern {
                Pattern::Address => self.direct.note(at, u32::from_le_bytes(found), self.size),
                Pattern::Complement => self.inverted.note(at, !u32::from_le_bytes(found), self.size),
                Pattern::Zeros | Pattern::Ones => {}
            }
        }
    }
}

/// The cells that answered for others: for a fault of the address they are the same with both patterns.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Clues {
    lines: u32,
    fingerprint: u64,
}

impl Clues {
    fn note(&mut self, address: u32, answered: u32, size: u32) {
        if answered < size && answered.is_multiple_of(4) {
            let lines = address ^ answered;
            self.lines |= lines;
            let pair = u64::from(address) << 32 | u64::from(lines);
            // The multiplier of the generator PCG (M. O'Neill, 2014) spreads the pair over the upper bits.
            let spread = pair.wrapping_mul(6_364_136_223_846_793_005);
            self.fingerprint = self.fingerprint.wrapping_add(spread ^ spread >> 32);
        }
    }
}

/// A buffer that has no room for a cell of four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferTooShort {
    /// How many bytes it has.
    pub bytes: usize,
}

impl fmt::Display for BufferTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a memory test needs a buffer of 4 B at least, and has {} B", self.bytes)
    }
}

impl core::error::Error for BufferTooShort {}
