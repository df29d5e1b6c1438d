//! Who has which bytes of a store.

use crate::span_map::SpanMap;
use core::cell::Cell;
use core::fmt;
use core::ops::Range;
use critical_section::Mutex;

/// Gives the bytes of a store to those who want some, in spans; at most `SPANS` at a time.
///
/// What it knows is in itself, in fast memory: the store is never touched. Only spans are noted, in the order of their
/// addresses, and what is free is what lies between them; so free neighbours are one piece at once, and the bytes that an
/// alignment skips are not lost. To allocate, it looks at each of the at most `SPANS + 1` free pieces once and takes the
/// smallest that will do, the lowest of equal ones; to free, it searches the spans by halves. Either moves at most `SPANS`
/// notes by one place, of 16 bytes each on a 32-bit processor.
///
/// With its first span it takes a number, in a [critical section](critical_section), by which its spans are told from
/// those of others. A region of a store, whose addresses begin at 0 too, can so have an allocator of its own.
///
/// ```
/// use sostenuto_paged::SpanAllocator;
///
/// let mut spans = SpanAllocator::<16>::new(0..8 << 20);
/// let log = spans.allocate("log", 4000, 1)?;
/// let delay = spans.allocate("delay", 1 << 20, 512)?;
/// assert_eq!((log.address(), delay.address()), (0, 4096)); // At a page of 512 bytes.
/// spans.free(log)?;
/// assert_eq!(spans.statistics().largest_free, (7 << 20) - 4096);
/// println!("{}", spans.map());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SpanAllocator<const SPANS: usize> {
    pub(crate) range: Range<u32>,
    notes: [Note; SPANS],
    count: usize,
    used: u32,
    most_used: u32,
    most_spans: usize,
    /// What its spans are known by; 0 until there is one.
    identity: u32,
}

/// Bytes of a store that have an owner.
///
/// There are no two of the same: it cannot be copied, and [`SpanAllocator::free`] takes it. Its bytes are lost if it is
/// dropped.
///
/// ```compile_fail,E0382
/// # use sostenuto_paged::SpanAllocator;
/// let mut spans = SpanAllocator::<16>::new(0..4096);
/// let log = spans.allocate("log", 1024, 1).unwrap();
/// spans.free(log).unwrap();
/// spans.free(log).unwrap(); // It is not there any more.
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the bytes of a span that is dropped are lost"]
pub struct Span {
    address: u32,
    bytes: u32,
    owner: &'static str,
    identity: u32,
}

impl Span {
    /// Where its first byte is in the store.
    #[must_use]
    pub const fn address(&self) -> u32 {
        self.address
    }

    /// How many bytes it has.
    #[must_use]
    pub const fn bytes(&self) -> u32 {
        self.bytes
    }

    /// For whom it was allocated.
    #[must_use]
    pub const fn owner(&self) -> &'static str {
        self.owner
    }
}

/// A span, as the allocator knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    pub(crate) address: u32,
    pub(crate) bytes: u32,
    pub(crate) owner: &'static str,
}

impl Note {
    pub(crate) const fn end(&self) -> u32 {
        self.address + self.bytes
    }
}

/// The identity of the last allocator that has one.
static LAST_IDENTITY: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

impl<const SPANS: usize> SpanAllocator<SPANS> {
    /// All bytes at these addresses are free.
    #[must_use]
    pub const fn new(range: Range<u32>) -> Self {
        let Range { start, end } = range;
        let range = start..if end < start { start } else { end };
        let notes = [Note { address: 0, bytes: 0, owner: "" }; SPANS];
        Self { range, notes, count: 0, used: 0, most_used: 0, most_spans: 0, identity: 0 }
    }

    /// Gives bytes to an owner, the first at a multiple of `align`, which is a power of two.
    ///
    /// A span that a page cache stands on should begin at a page and have whole pages. What the bytes are is not known.
    ///
    /// # Errors
    /// When no free piece is large enough, when there are `SPANS` spans already, when no bytes are wanted, and when the
    /// alignment is no power of two.
    pub fn allocate(&mut self, owner: &'static str, bytes: u32, align: u32) -> Result<Span, SpanError> {
        if bytes == 0 {
            return Err(SpanError::NoBytes { owner });
        }
        if !align.is_power_of_two() {
            return Err(SpanError::Alignment { owner, align });
        }
        if self.count == SPANS {
            return Err(SpanError::TableFull { owner, bytes, spans: SPANS });
        }
        let fitting = self.gaps().enumerate().filter(|(_, gap)| room(gap, align) >= bytes);
        let Some((index, gap)) = fitting.min_by_key(|(_, gap)| gap.end - gap.start) else {
            return Err(self.no_room(owner, bytes, align));
        };
        let address = gap.start.next_multiple_of(align);
        self.notes.copy_within(index..self.count, index + 1);
        self.notes[index] = Note { address, bytes, owner };
        self.count += 1;
        self.used += bytes;
        self.most_used = self.most_used.max(self.used);
        self.most_spans = self.most_spans.max(self.count);
        Ok(Span { address, bytes, owner, identity: self.identity() })
    }

    /// Takes a span back.
    ///
    /// # Errors
    /// When it is another allocator's; it is handed back.
    pub fn free(&mut self, span: Span) -> Result<(), ForeignSpan> {
        let found = self.notes().binary_search_by_key(&span.address, |note| note.address);
        match found {
            Ok(index) if span.identity == self.identity => {
                self.notes.copy_within(index + 1..self.count, index);
                self.count -= 1;
                self.used -= span.bytes;
                Ok(())
            }
            _ => Err(ForeignSpan(span)),
        }
    }

    /// How much is used and free.
    #[must_use]
    pub fn statistics(&self) -> SpanStatistics {
        let gaps = || self.gaps().map(|gap| gap.end - gap.start).filter(|&bytes| bytes > 0);
        SpanStatistics {
            used: self.used,
            free: self.range.end - self.range.start - self.used,
            largest_free: gaps().max().unwrap_or(0),
            free_pieces: gaps().count(),
            spans: self.count,
            most_used: self.most_used,
            most_spans: self.most_spans,
        }
    }

    /// What each owner has, in the order of their first spans. To tell it all takes a time that grows with the square of the
    /// number of spans.
    pub fn owners(&self) -> impl Iterator<Item = OwnerUse> {
        let notes = self.notes();
        let is_first = move |&(index, note): &(usize, &Note)| {
            notes[..index].iter().all(|other| other.owner != note.owner)
        };
        notes.iter().enumerate().filter(is_first).map(move |(index, &Note { owner, .. })| {
            let own = || notes[index..].iter().filter(move |note| note.owner == owner);
            OwnerUse { owner, spans: own().count(), bytes: own().map(|note| note.bytes).sum() }
        })
    }

    /// What is where, to be printed.
    #[must_use]
    pub const fn map(&self) -> SpanMap<'_, SPANS> {
        SpanMap::new(self)
    }

    /// The spans in the order of their addresses.
    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes[..self.count]
    }

    /// What is before each span and after the last, empty pieces among them.
    fn gaps(&self) -> impl Iterator<Item = Range<u32>> {
        let starts = core::iter::once(self.range.start).chain(self.notes().iter().map(Note::end));
        let ends = self.notes().iter().map(|note| note.address).chain([self.range.end]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// What no other allocator's spans are known by. It is made when there is the first span, as a constant has none.
    fn identity(&mut self) -> u32 {
        if self.identity == 0 {
            self.identity = critical_section::with(|section| {
                let last = LAST_IDENTITY.borrow(section);
                last.set(last.get().checked_add(1).unwrap_or(1));
                last.get()
            });
        }
        self.identity
    }

    fn no_room(&self, owner: &'static str, bytes: u32, align: u32) -> SpanError {
        let SpanStatistics { free, largest_free, .. } = self.statistics();
        let largest_aligned = self.gaps().map(|gap| room(&gap, align)).max().unwrap_or(0);
        SpanError::NoRoom { owner, bytes, align, free, largest_free, largest_aligned }
    }
}

/// How many bytes a free piece has from the first multiple of the alignment on.
fn room(gap: &Range<u32>, align: u32) -> u32 {
    gap.start.checked_next_multiple_of(align).map_or(0, |start| gap.end.saturating_sub(start))
}

/// How much of a store is used and free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanStatistics {
    /// How many bytes have an owner.
    pub used: u32,
    /// How many have none.
    pub free: u32,
    /// How many bytes the largest free piece has.
    pub largest_free: u32,
    /// In how many pieces the free bytes are.
    pub free_pieces: usize,
    /// How many spans there are.
    pub spans: usize,
    /// The most bytes that were used at a time.
    pub most_used: u32,
    /// The most spans that there were at a time.
    pub most_spans: usize,
}

/// What an owner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerUse {
    /// Who.
    pub owner: &'static str,
    /// How many spans.
    pub spans: usize,
    /// How many bytes in all of them.
    pub bytes: u32,
}

/// Why there is no span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanError {
    /// No free piece is large enough.
    NoRoom {
        /// Who wanted it.
        owner: &'static str,
        /// How many bytes were wanted.
        bytes: u32,
        /// Of what the first address had to be a multiple.
        align: u32,
        /// How many bytes are free in all.
        free: u32,
        /// How many are in the largest free piece.
        largest_free: u32,
        /// The most bytes that could be had with this alignment.
        largest_aligned: u32,
    },
    /// There are as many spans as can be noted.
    TableFull {
        /// Who wanted one more.
        owner: &'static str,
        /// How many bytes were wanted.
        bytes: u32,
        /// How many spans there are.
        spans: usize,
    },
    /// A span of no bytes was wanted.
    NoBytes {
        /// Who wanted it.
        owner: &'static str,
    },
    /// The alignment is no power of two.
    Alignment {
        /// Who wanted it.
        owner: &'static str,
        /// The alignment.
        align: u32,
    },
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom { owner, bytes, align, free, largest_free, largest_aligned } => {
                write!(f, "{owner} needs {bytes} B")?;
                if *align > 1 {
                    write!(f, " at a multiple of {align}")?;
                }
                write!(f, ": {free} B are free, {largest_free} B in the largest piece")?;
                if largest_aligned < largest_free {
                    write!(f, ", {largest_aligned} B from such a multiple on")?;
                }
                Ok(())
            }
            Self::TableFull { owner, bytes, spans } => {
                write!(
                    f,
                    "{owner} needs {bytes} B: there are {spans} spans already, and room to note no more"
                )
            }
            Self::NoBytes { owner } => write!(f, "{owner} wants a span of 0 B"),
            Self::Alignment { owner, align } => {
                write!(f, "{owner} wants a span at a multiple of {align}, which is no power of two")
            }
        }
    }
}

impl core::error::Error for SpanError {}

/// A span that cannot be freed here, as another allocator has given it.
#[derive(Debug, PartialEq, Eq)]
pub struct ForeignSpan(pub Span);

impl fmt::Display for ForeignSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { address, bytes, owner, .. } = self.0;
        write!(f, "the {bytes} B of {owner} at {address} are of another allocator")
    }
}

impl core::error::Error for ForeignSpan {}
