//! A cached memory holds what a plain array would, whatever is done to it.

use proptest::prelude::*;
use sostenuto_paged::{AccessError, PageCache, PinError, SliceStore, Stream};

/// The least and the most bytes of the memory.
const SIZE: u32 = 10_000;
const LIMIT: u32 = 20_001;

#[derive(Debug, Clone)]
enum Step {
    Peek { at: u32, length: u8 },
    Poke { at: u32, length: u8, value: u64 },
    Read { at: u32, length: u32 },
    Write { at: u32, length: u32, value: u8 },
    Fill { at: u32, length: u32, value: u8 },
    Copy { to: u32, from: u32, length: u32 },
    Grow { size: u32 },
    Pin { at: u32, length: u32 },
    Register { at: u32, length: u32, bytes_per_block: u32 },
    Flush,
    Block,
    Work { bursts: u8 },
}

/// Addresses at the edges of pages more often than elsewhere, and some past the end.
fn address() -> impl Strategy<Value = u32> {
    prop_oneof![
        3 => 0..SIZE,
        4 => (0..LIMIT / 64 + 1, -9_i32..9).prop_map(|(edge, away)| (edge * 64).saturating_add_signed(away)),
        2 => (0_u32..9).prop_map(|before| SIZE - before),
        1 => (0_u32..9).prop_map(|before| LIMIT - before),
        1 => LIMIT..LIMIT + 100,
        1 => u32::MAX - 8..=u32::MAX,
    ]
}

fn length() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..40_u32, 3 => 0..700_u32, 1 => 0..LIMIT]
}

fn step() -> impl Strategy<Value = Step> {
    let scalar = || prop_oneof![Just(1_u8), Just(2), Just(4), Just(8)];
    prop_oneof![
        8 => (address(), scalar()).prop_map(|(at, length)| Step::Peek { at, length }),
        8 => (address(), scalar(), any::<u64>()).prop_map(|(at, length, value)| Step::Poke { at, length, value }),
        3 => (address(), length()).prop_map(|(at, length)| Step::Read { at, length }),
        3 => (address(), length(), any::<u8>()).prop_map(|(at, length, value)| Step::Write { at, length, value }),
        2 => (address(), length(), any::<u8>()).prop_map(|(at, length, value)| Step::Fill { at, length, value }),
        2 => (address(), address(), length()).prop_map(|(to, from, length)| Step::Copy { to, from, length }),
        1 => (SIZE..LIMIT + 10).prop_map(|size| Step::Grow { size }),
        1 => (address(), length()).prop_map(|(at, length)| Step::Pin { at, length }),
        1 => (address(), length(), 0..2000_u32)
            .prop_map(|(at, length, bytes_per_block)| Step::Register { at, length, bytes_per_block }),
        1 => Just(Step::Flush),
        2 => Just(Step::Block),
        2 => any::<u8>().prop_map(|bursts| Step::Work { bursts }),
    ]
}

/// The run in the plain array, if it lies in it.
fn run(flat: &[u8], at: u32, length: u32) -> Option<std::ops::Range<usize>> {
    let end = u64::from(at) + u64::from(length);
    (end <= flat.len() as u64).then_some(at as usize..end as usize)
}

fn compare<const PAGE: usize, const FRAMES: usize, const LINES: usize>(
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let store = SliceStore::new(vec![0xee; LIMIT.next_multiple_of(PAGE as u32) as usize]);
    let mut memory = Box::new(PageCache::<_, PAGE, FRAMES, LINES>::new(store, SIZE, LIMIT).unwrap());
    let mut flat = vec![0; SIZE as usize];
    for step in steps {
        match *step {
            Step::Peek { at, length } => {
                let expected = run(&flat, at, length.into()).map(|run| flat[run].to_vec());
                let found = match length {
                    1 => memory.peek::<1>(at.into()).map(Vec::from),
                    2 => memory.peek::<2>(at.into()).map(Vec::from),
                    4 => memory.peek::<4>(at.into()).map(Vec::from),
                    _ => memory.peek::<8>(at.into()).map(Vec::from),
                };
                let mut bytes = vec![0; length.into()];
                let found = match found {
                    Some(bytes) => Some(bytes),
                    None => memory.read(at.into(), &mut bytes).ok().map(|()| bytes),
                };
                prop_assert_eq!(found, expected);
            }
            Step::Poke { at, length, value } => {
                let bytes = &value.to_le_bytes()[..length.into()];
                let is_done = match length {
                    1 => memory.poke::<1>(at.into(), bytes.try_into().unwrap()),
                    2 => memory.poke::<2>(at.into(), bytes.try_into().unwrap()),
                    4 => memory.poke::<4>(at.into(), bytes.try_into().unwrap()),
                    _ => memory.poke::<8>(at.into(), bytes.try_into().unwrap()),
                };
                let is_done = is_done || memory.write(at.into(), bytes).is_ok();
                let run = run(&flat, at, length.into());
                prop_assert_eq!(is_done, run.is_some());
                if let Some(run) = run {
                    flat[run].copy_from_slice(bytes);
                }
            }
            Step::Read { at, length } => {
                let mut bytes = vec![0; length as usize];
                let result = memory.read(at.into(), &mut bytes);
                match run(&flat, at, length) {
                    Some(run) => prop_assert_eq!(&bytes, &flat[run]),
                    None => prop_assert_eq!(result, Err(AccessError::OutOfBounds)),
                }
            }
            Step::Write { at, length, value } => {
                let bytes: Vec<u8> = (0..length).map(|place| value.wrapping_add(place as u8)).collect();
                let result = memory.write(at.into(), &bytes);
                let run = run(&flat, at, length);
                prop_assert_eq!(result.is_ok(), run.is_some());
                if let Some(run) = run {
                    flat[run].copy_from_slice(&bytes);
                }
            }
            Step::Fill { at, length, value } => {
                let result = memory.fill(at.into(), value, length);
                let run = run(&flat, at, length);
                prop_assert_eq!(result.is_ok(), run.is_some());
                if let Some(run) = run {
                    flat[run].fill(value);
                }
            }
            Step::Copy { to, from, length } => {
                let result = memory.copy(to.into(), from.into(), length);
                let runs = run(&flat, to, length).zip(run(&flat, from, length));
                prop_assert_eq!(result.is_ok(), runs.is_some());
                if let Some((to, from)) = runs {
                    flat.copy_within(from, to.start);
                }
            }
            Step::Grow { size } => {
                let can_grow = size as usize >= flat.len() && size <= LIMIT;
                prop_assert_eq!(memory.grow(size), can_grow);
                if can_grow {
                    flat.resize(size as usize, 0);
                }
            }
            Step::Pin { at, length } => match memory.pin(at, length) {
                Ok(()) => prop_assert!(run(&flat, at, length).is_some()),
                Err(PinError::OutOfBounds { .. }) => prop_assert!(run(&flat, at, length).is_none()),
                Err(PinError::NoFrame { pages, frames }) => prop_assert!(pages >= frames),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            },
            Step::Register { at, length, bytes_per_block } => {
                let is_right = length > 0 && bytes_per_block > 0 && run(&flat, at, length).is_some();
                let registered = memory.register(Stream { address: at, length, bytes_per_block });
                prop_assert!(registered.is_err() || is_right);
            }
            Step::Flush => {
                memory.flush().unwrap();
                prop_assert_eq!(&memory.store().bytes()[..flat.len()], &flat[..]);
            }
            Step::Block => memory.begin_block(),
            Step::Work { bursts } => {
                for _ in 0..bursts {
                    memory.work().unwrap();
                }
            }
        }
    }
    let mut bytes = vec![0; flat.len()];
    memory.read(0, &mut bytes).unwrap();
    prop_assert_eq!(bytes, flat);
    Ok(())
}

/// One of several sizes of pages, numbers of frames, and numbers of lines.
fn compare_in(sizes: u32, steps: &[Step]) -> Result<(), TestCaseError> {
    match sizes {
        0 => compare::<64, 1, 2>(steps),
        1 => compare::<64, 2, 4>(steps),
        2 => compare::<128, 8, 8>(steps),
        3 => compare::<512, 2, 2>(steps),
        4 => compare::<512, 8, 32>(steps),
        5 => compare::<1024, 4, 4>(steps),
        6 => compare::<4096, 1, 2>(steps),
        7 => compare::<4096, 4, 16>(steps),
        _ => compare::<64, 64, 256>(steps),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_trace_gives_what_a_plain_array_gives(sizes in 0..9_u32, steps in prop::collection::vec(step(), 1..60)) {
        compare_in(sizes, &steps)?;
    }
}
