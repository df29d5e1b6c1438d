//! Whether spans are where and what they should be, compared with a list of who has each byte.

use proptest::prelude::*;
use sostenuto_paged::{ForeignSpan, OwnerUse, Span, SpanAllocator, SpanError, SpanStatistics};

const SPANS: usize = 12;
const FIRST: u32 = 24;
const SIZE: usize = 600;
const OWNERS: [&str; 3] = ["log", "delay", "presets"];

#[derive(Debug, Clone)]
enum Step {
    Allocate { owner: usize, bytes: u32, shift: u32 },
    Free(prop::sample::Index),
    FreeElsewhere(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let allocate = || {
        (0..OWNERS.len(), 1_u32..130, 0_u32..9).prop_map(|(owner, bytes, shift)| Step::Allocate {
            owner,
            bytes,
            shift,
        })
    };
    let free = any::<prop::sample::Index>;
    prop_oneof![
        5 => allocate(),
        3 => free().prop_map(Step::Free),
        1 => free().prop_map(Step::FreeElsewhere),
    ]
}

/// For each byte, the first address of the span that it is in, and the owner.
#[derive(Debug, Default)]
struct Naive {
    bytes: Vec<Option<(u32, &'static str)>>,
    spans: usize,
    most_used: usize,
    most_spans: usize,
}

impl Naive {
    fn new() -> Self {
        Self { bytes: vec![None; SIZE], ..Self::default() }
    }

    fn used(&self) -> usize {
        self.bytes.iter().flatten().count()
    }

    /// The addresses and lengths of the runs of free bytes.
    fn pieces(&self) -> Vec<(u32, u32)> {
        let mut pieces: Vec<(u32, u32)> = vec![];
        for (address, byte) in (FIRST..).zip(&self.bytes) {
            match pieces.last_mut() {
                _ if byte.is_some() => {}
                Some((start, length)) if *start + *length == address => *length += 1,
                _ => pieces.push((address, 1)),
            }
        }
        pieces
    }

    /// The most bytes that a piece has from a multiple of `align` on.
    fn room(&self, (start, length): (u32, u32), align: u32) -> u32 {
        let address = (start..start + length).find(|address| address % align == 0);
        address.map_or(0, |address| start + length - address)
    }

    fn statistics(&self) -> SpanStatistics {
        let pieces = self.pieces();
        SpanStatistics {
            used: self.used() as u32,
            free: (SIZE - self.used()) as u32,
            largest_free: pieces.iter().map(|piece| piece.1).max().unwrap_or(0),
            free_pieces: pieces.len(),
            spans: self.spans,
            most_used: self.most_used as u32,
            most_spans: self.most_spans,
        }
    }

    fn owners(&self) -> Vec<OwnerUse> {
        let mut owners: Vec<OwnerUse> = vec![];
        let mut before = None;
        for &byte in &self.bytes {
            let Some((_, owner)) = byte else {
                before = byte;
                continue;
            };
            let known = owners.iter().position(|other| other.owner == owner);
            let index = known.unwrap_or_else(|| {
                owners.push(OwnerUse { owner, spans: 0, bytes: 0 });
                owners.len() - 1
            });
            owners[index].bytes += 1;
            owners[index].spans += usize::from(byte != before);
            before = byte;
        }
        owners
    }

    fn take(&mut self, span: &Span) {
        for byte in self.range(span) {
            assert_eq!(self.bytes[byte], None, "{span:?} overlaps");
            self.bytes[byte] = Some((span.address(), span.owner()));
        }
        self.spans += 1;
        self.most_spans = self.most_spans.max(self.spans);
        self.most_used = self.most_used.max(self.used());
    }

    fn give_back(&mut self, span: &Span) {
        let range = self.range(span);
        self.bytes[range].fill(None);
        self.spans -= 1;
    }

    fn range(&self, span: &Span) -> std::ops::Range<usize> {
        let start = (span.address() - FIRST) as usize;
        start..start + span.bytes() as usize
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_as_in_the_list(steps in prop::collection::vec(step(), 1..120)) {
        let range = FIRST..FIRST + SIZE as u32;
        let mut allocator = SpanAllocator::<SPANS>::new(range.clone());
        let mut elsewhere = SpanAllocator::<SPANS>::new(range);
        let mut spans: Vec<Span> = vec![];
        let mut naive = Naive::new();
        for step in steps {
            match step {
                Step::Allocate { owner, bytes, shift } => {
                    let (owner, align) = (OWNERS[owner], 1 << shift);
                    let pieces = naive.pieces();
                    let fitting = pieces.iter().filter(|piece| naive.room(**piece, align) >= bytes);
                    let best = fitting.min_by_key(|piece| piece.1);
                    let allocated = allocator.allocate(owner, bytes, align);
                    match (allocated, best) {
                        (Ok(span), Some(&(start, _))) if naive.spans < SPANS => {
                            prop_assert_eq!((span.owner(), span.bytes()), (owner, bytes));
                            let wanted = (start..).find(|address| address % align == 0);
                            prop_assert_eq!(Some(span.address()), wanted);
                            naive.take(&span);
                            spans.push(span);
                        }
                        (Err(SpanError::TableFull { owner: who, bytes: wanted, spans }), _) => {
                            prop_assert_eq!((who, wanted, spans, naive.spans), (owner, bytes, SPANS, SPANS));
                        }
                        (Err(error), None) => {
                            let SpanStatistics { free, largest_free, .. } = naive.statistics();
                            let rooms = pieces.iter().map(|piece| naive.room(*piece, align));
                            let largest_aligned = rooms.max().unwrap_or(0);
                            prop_assert_eq!(error, SpanError::NoRoom {
                                owner, bytes, align, free, largest_free, largest_aligned
                            });
                        }
                        (allocated, best) => prop_assert!(false, "{:?} where there is {:?}", allocated, best),
                    }
                }
                Step::Free(index) if !spans.is_empty() => {
                    let span = spans.swap_remove(index.index(spans.len()));
                    naive.give_back(&span);
                    prop_assert_eq!(allocator.free(span), Ok(()));
                }
                Step::FreeElsewhere(index) if !spans.is_empty() => {
                    let span = spans.swap_remove(index.index(spans.len()));
                    // One that looks the same is there, and has been or is.
                    let own = elsewhere.allocate(span.owner(), 1, 1);
                    let (address, bytes) = (span.address(), span.bytes());
                    let ForeignSpan(span) = elsewhere.free(span).unwrap_err();
                    prop_assert_eq!((span.address(), span.bytes()), (address, bytes));
                    spans.push(span);
                    if let Ok(own) = own {
                        prop_assert_eq!(elsewhere.statistics().used, 1);
                        elsewhere.free(own).unwrap();
                    }
                }
                Step::Free(_) | Step::FreeElsewhere(_) => {}
            }
            prop_assert_eq!(allocator.statistics(), naive.statistics());
            prop_assert_eq!(allocator.owners().collect::<Vec<_>>(), naive.owners());
        }
        for span in spans {
            allocator.free(span).unwrap();
        }
        let SpanStatistics { largest_free, free_pieces, .. } = allocator.statistics();
        prop_assert_eq!((largest_free as usize, free_pieces), (SIZE, 1), "all is one piece again");
        prop_assert!(allocator.allocate("all", SIZE as u32, 1).is_ok());
    }

    /// The row has the character of each cell as the list of bytes says, and there is a line for each span.
    #[test]
    fn the_map_is_right(
        wanted in prop::collection::vec((1_u32..90, 0_u32..7), 0..SPANS),
        freed in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        size in 1_u32..700,
    ) {
        let mut allocator = SpanAllocator::<SPANS>::new(FIRST..FIRST + size);
        let allocate = |(bytes, shift)| allocator.allocate("someone", bytes, 1_u32 << shift).ok();
        let mut spans: Vec<Span> = wanted.into_iter().filter_map(allocate).collect();
        for index in freed {
            if !spans.is_empty() {
                allocator.free(spans.swap_remove(index.index(spans.len()))).unwrap();
            }
        }
        spans.sort_by_key(Span::address);
        let cell = size.div_ceil(64);
        let row: String = (FIRST..FIRST + size)
            .step_by(cell as usize)
            .map(|start| {
                let bytes = start..(start + cell).min(FIRST + size);
                let has = |span: &Span, byte: u32| (span.address()..span.address() + span.bytes()).contains(&byte);
                let of: Vec<usize> = (0..spans.len())
                    .filter(|&index| bytes.clone().any(|byte| has(&spans[index], byte)))
                    .collect();
                match of[..] {
                    [] => '-',
                    [index] if bytes.clone().all(|byte| has(&spans[index], byte)) => (b'A' + index as u8).into(),
                    [index] => (b'a' + index as u8).into(),
                    _ => '+',
                }
            })
            .collect();
        let map = allocator.map().to_string();
        let lines: Vec<&str> = map.lines().collect();
        prop_assert_eq!(lines[1], format!("[{row}]"));
        prop_assert!(row.len() <= 64);
        prop_assert_eq!(lines.len(), spans.len() + 3);
        for (line, span) in lines[2..].iter().zip(&spans) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let address = format!("{:#010x}", span.address());
            let bytes = span.bytes().to_string();
            prop_assert_eq!(&fields[1..], &[&address, &bytes, "B", "someone"]);
        }
    }
}

#[test]
fn a_span_of_an_allocator_that_never_gave_one_is_foreign_as_well() {
    let mut allocator = SpanAllocator::<2>::new(0..100);
    let mut twin = SpanAllocator::<2>::new(0..100);
    let span = allocator.allocate("log", 10, 1).unwrap();
    let ForeignSpan(span) = twin.free(span).unwrap_err();
    let _same = twin.allocate("log", 10, 1).unwrap();
    let error = twin.free(span).unwrap_err();
    assert_eq!(error.to_string(), "the 10 B of log at 0 are of another allocator");
    assert_eq!(twin.statistics().spans, 1, "its own, which looks the same, is still there");
    allocator.free(error.0).unwrap();
}

#[test]
fn errors_tell_what_is_there() {
    let mut allocator = SpanAllocator::<3>::new(1..10_000);
    let log = allocator.allocate("log", 5000, 1).unwrap();
    let _delay = allocator.allocate("delay", 1000, 512).unwrap();
    allocator.free(log).unwrap();
    let told = |error: Result<Span, SpanError>| error.unwrap_err().to_string();
    assert_eq!(
        told(allocator.allocate("loop", 6000, 1)),
        "loop needs 6000 B: 8999 B are free, 5119 B in the largest piece"
    );
    let _half = allocator.allocate("half", 2, 1).unwrap();
    assert_eq!(
        told(allocator.allocate("loop", 4000, 4096)),
        "loop needs 4000 B at a multiple of 4096: 8997 B are free, 5119 B in the largest piece, 1808 B from such \
         a multiple on"
    );
    let _last = allocator.allocate("last", 1, 1).unwrap();
    assert_eq!(
        told(allocator.allocate("loop", 1, 1)),
        "loop needs 1 B: there are 3 spans already, and room to note no more"
    );
    assert_eq!(told(allocator.allocate("loop", 0, 1)), "loop wants a span of 0 B");
    for align in [0, 3, 1536] {
        assert_eq!(
            told(allocator.allocate("loop", 1, align)),
            format!("loop wants a span at a multiple of {align}, which is no power of two")
        );
    }
}

#[test]
fn the_ends_of_the_addresses_can_be_had() {
    let mut all = SpanAllocator::<2>::new(0..u32::MAX);
    let whole = all.allocate("all", u32::MAX, 1 << 31).unwrap();
    assert_eq!((whole.address(), whole.bytes()), (0, u32::MAX));
    assert!(all.map().to_string().contains(&format!("[{}]", "A".repeat(64))));
    all.free(whole).unwrap();
    let _low = all.allocate("low", 1, 1).unwrap();
    let high = all.allocate("high", (1 << 31) - 1, 1 << 31).unwrap();
    assert_eq!(high.address(), 1 << 31);

    let mut end = SpanAllocator::<2>::new(u32::MAX - 5..u32::MAX);
    let refused = end.allocate("end", 1, 1 << 31).unwrap_err();
    let wanted = SpanError::NoRoom {
        owner: "end",
        bytes: 1,
        align: 1 << 31,
        free: 5,
        largest_free: 5,
        largest_aligned: 0,
    };
    assert_eq!(refused, wanted);
    assert_eq!(end.allocate("end", 5, 1).unwrap().address(), u32::MAX - 5);
}

#[test]
#[expect(clippy::reversed_empty_ranges)]
fn there_may_be_nothing_to_give() {
    let mut empty = SpanAllocator::<2>::new(7..7);
    assert!(matches!(empty.allocate("log", 1, 1), Err(SpanError::NoRoom { free: 0, largest_free: 0, .. })));
    assert!(empty.map().to_string().contains("\n[]\n0 B are used, 0 B are free in 0 pieces"));
    assert_eq!(SpanAllocator::<2>::new(9..7).statistics().free, 0);
    let mut no_table = SpanAllocator::<0>::new(0..7);
    assert!(matches!(no_table.allocate("log", 1, 1), Err(SpanError::TableFull { spans: 0, .. })));
}
