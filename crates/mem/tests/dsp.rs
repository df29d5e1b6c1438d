//! The memory managers of signal processors.

use core::mem::MaybeUninit;
use proptest::prelude::*;
use sostenuto_mem::dsp::{
    DspMemoryManager, Failing, OutOfMemory, Phase, Place, Placed, PoolMemory, Region, Regions, Role,
    WrongBuffers, Zone,
};
use sostenuto_mem::pool::{Pool, pool};

static TABLE: Zone = Zone::of::<[i32; 7]>("itbl0", 0, Role::Table, Phase::Class);
static LINE: Zone = Zone::of::<[f32; 64]>("fVec0", 1, Role::DelayLine, Phase::Instance);
static STATE: Zone = Zone::of::<[f64; 2]>("fRec0", 2, Role::State, Phase::Instance);

struct Processor<'m> {
    state: Placed<'m, [f64; 2]>,
    line: Placed<'m, [f32; 64]>,
    table: Placed<'m, [i32; 7]>,
}

fn start(memory: &dyn DspMemoryManager) -> Result<Processor<'_>, OutOfMemory> {
    let table = Placed::zeroed(memory, &TABLE)?;
    let line = Placed::zeroed(memory, &LINE)?;
    Ok(Processor { state: Placed::zeroed(memory, &STATE)?, line, table })
}

fn address<T>(value: &T) -> usize {
    core::ptr::from_ref(value).addr()
}

#[test]
fn each_zone_lies_in_the_region_of_its_place() {
    let (mut fast, mut slow) = ([MaybeUninit::uninit(); 256], [MaybeUninit::uninit(); 512]);
    let within_slow = slow.as_ptr_range();
    let regions = [Region::new("fast", &mut fast), Region::new("slow", &mut slow)];
    let memory = Regions::new(&regions, &[Place { zone: "fVec0", region: "slow" }]);
    let processor = start(&memory).unwrap();
    let is_slow = |address: usize| (within_slow.start.addr()..within_slow.end.addr()).contains(&address);
    assert!(is_slow(address(&*processor.line)));
    assert!(!is_slow(address(&*processor.table)) && !is_slow(address(&*processor.state)));
    drop(processor);
    assert_eq!((regions[0].used(), regions[1].used()), (0, 0));
}

#[test]
fn a_zone_without_a_name_has_the_place_of_its_position() {
    let (mut a, mut b) = ([MaybeUninit::uninit(); 256], [MaybeUninit::uninit(); 256]);
    let regions = [Region::new("a", &mut a), Region::new("b", &mut b)];
    let places = [Place { zone: "", region: "a" }, Place { zone: "", region: "b" }];
    let memory = Regions::new(&regions, &places);
    let at = |position| Zone::of::<u32>("", position, Role::State, Phase::Instance);
    let names = [0, 1, 2].map(|position| memory.region_of(&at(position)).unwrap().name());
    assert_eq!(names, ["a", "b", "a"]);
}

#[test]
fn a_zone_goes_nowhere_else_when_its_region_is_full_or_missing() {
    let (mut large, mut small) = ([MaybeUninit::uninit(); 1024], [MaybeUninit::uninit(); 255]);
    let regions = [Region::new("large", &mut large), Region::new("small", &mut small)];
    for region in ["small", "sdarm"] {
        let places = [Place { zone: "fVec0", region }];
        let memory = Regions::new(&regions, &places);
        let error = start(&memory).map(|_| ()).unwrap_err();
        assert_eq!((error.name, error.bytes, error.align), ("fVec0", 256, 4));
        assert_eq!(regions[0].used(), 0, "the table went back");
    }
}

#[test]
fn the_error_names_the_zone_and_what_it_needs() {
    let mut none = [];
    let regions = [Region::new("none", &mut none)];
    let memory = Regions::new(&regions, &[]);
    let error = Placed::<[f32; 64]>::zeroed(&memory, &LINE).unwrap_err().to_string();
    for told in ["`fVec0`", "delay line", "256 B", "aligned to 4 B"] {
        assert!(error.contains(told), "{error}");
    }
    static UNNAMED: Zone = Zone::of::<u64>("", 7, Role::State, Phase::Instance);
    assert!(
        Placed::<u64>::zeroed(&memory, &UNNAMED)
            .unwrap_err()
            .to_string()
            .starts_with("zone 7 (state) needs 8 B")
    );
}

#[test]
fn each_failing_request_leaves_nothing_behind() {
    let mut bytes = [MaybeUninit::uninit(); 400];
    let regions = [Region::new("all", &mut bytes)];
    let memory = Regions::new(&regions, &[]);
    for (request, name) in ["itbl0", "fVec0", "fRec0"].into_iter().enumerate() {
        let failing = Failing::at(&memory, request);
        assert_eq!(start(&failing).map(|_| ()).unwrap_err().name, name);
        assert_eq!((regions[0].used(), failing.requests()), (0, request + 1));
    }
    assert!(start(&Failing::at(&memory, 3)).is_ok());
}

#[test]
fn a_second_class_has_memory_of_its_own_or_none() {
    let mut bytes = [MaybeUninit::uninit(); 72];
    let regions = [Region::new("all", &mut bytes)];
    let memory = Regions::new(&regions, &[]);
    let mut first = Placed::<[i32; 7]>::zeroed(&memory, &TABLE).unwrap();
    let mut second = Placed::<[i32; 7]>::zeroed(&memory, &TABLE).unwrap();
    (first[3], second[3]) = (1, 2);
    assert_eq!((first[3], second[3]), (1, 2));
    assert!(Placed::<[i32; 7]>::zeroed(&memory, &TABLE).is_err());
}

#[test]
fn what_is_placed_is_zero_wherever_it_lay_before() {
    let mut bytes = [MaybeUninit::new(0xff); 64];
    let regions = [Region::new("all", &mut bytes)];
    let memory = Regions::new(&regions, &[]);
    for _ in 0..2 {
        let mut table = Placed::<[i32; 7]>::zeroed(&memory, &TABLE).unwrap();
        assert_eq!(*table, [0; 7]);
        table.fill(-1);
    }
}

#[test]
fn a_zone_can_be_aligned_more_than_its_elements() {
    let mut bytes = [MaybeUninit::uninit(); 1024];
    let regions = [Region::new("all", &mut bytes)];
    let memory = Regions::new(&regions, &[]);
    static FOR_DMA: Zone = Zone { align: 32, ..STATE };
    let _first = Placed::<u8>::zeroed(&memory, &TABLE).unwrap();
    assert_eq!(address(&*Placed::<[f64; 2]>::zeroed(&memory, &FOR_DMA).unwrap()) % 32, 0);
    static ODD: Zone = Zone { align: 24, ..STATE };
    assert!(Placed::<[f64; 2]>::zeroed(&memory, &ODD).is_err(), "no power of two");
}

#[test]
fn a_zone_that_is_told_too_small_has_room_for_the_value() {
    let mut bytes = [MaybeUninit::uninit(); 256];
    let regions = [Region::new("all", &mut bytes)];
    let memory = Regions::new(&regions, &[]);
    assert!(Placed::<[f32; 65]>::zeroed(&memory, &LINE).is_err());
}

#[test]
fn an_instance_moves_to_the_thread_that_plays() {
    pool! {
        struct Blocks { [u64; 32]: 3 }
    }
    let memory = PoolMemory::<Blocks>::new();
    let mut processor = start(&memory).unwrap();
    std::thread::scope(|threads| {
        threads.spawn(move || {
            processor.line[0] = f32::from(processor.table[0] as i16) + processor.state[0] as f32;
        });
    });
    assert_eq!(Blocks::report().live(), 0);
}

#[test]
#[cfg(feature = "std")]
fn a_recording_tells_what_was_asked_and_what_is_left() {
    use sostenuto_mem::dsp::{HeapMemory, Recording};
    let recording = Recording::new(&HeapMemory);
    let failing = Failing::at(&recording, 2);
    assert!(start(&failing).is_err());
    let told: Vec<_> = recording.requests().into_iter().map(|asked| (asked.name, asked.given_back)).collect();
    assert_eq!(told, [("itbl0".to_string(), true), ("fVec0".to_string(), true)]);
    let processor = start(&recording).unwrap();
    assert_eq!(recording.live_bytes(), 28 + 256 + 16);
    drop(processor);
    assert_eq!(recording.live_bytes(), 0);
}

static ANY: Zone = Zone::of::<u8>("", 0, Role::State, Phase::Instance);

#[test]
fn buffers_must_be_as_many_as_channels_and_as_long() {
    let (four, five) = ([0.0_f32; 4], [0.0_f32; 5]);
    let (mut left, mut right) = ([0.0; 4], [0.0; 3]);
    let check = |inputs: &[&[f32]], outputs: &[&mut [f32]]| WrongBuffers::check([1, 2], inputs, outputs);
    assert_eq!(check(&[], &[&mut left, &mut right]), Err(WrongBuffers::Inputs { expected: 1, got: 0 }));
    assert_eq!(check(&[&four], &[&mut left]), Err(WrongBuffers::Outputs { expected: 2, got: 1 }));
    let short = Err(WrongBuffers::Length { channel: 2, expected: 4, got: 3 });
    assert_eq!(check(&[&four], &[&mut left, &mut right]), short);
    let first = Err(WrongBuffers::Length { channel: 1, expected: 5, got: 4 });
    assert_eq!(check(&[&five], &[&mut left, &mut right]), first);
    assert_eq!(check(&[&four], &[&mut left, &mut [0.0; 4]]), Ok(4));
    assert_eq!(WrongBuffers::check::<f32>([0, 0], &[], &[]), Ok(0));
}

#[derive(Debug)]
enum Any<'m> {
    Byte(Placed<'m, [u8; 5]>),
    Word(Placed<'m, [u32; 3]>),
    Double(Placed<'m, [u64; 6]>),
}

impl<'m> Any<'m> {
    fn place(memory: &'m dyn DspMemoryManager, kind: usize, mark: u8) -> Option<Self> {
        let word = u32::from_ne_bytes([mark; 4]);
        let double = u64::from_ne_bytes([mark; 8]);
        match kind {
            0 => Placed::zeroed(memory, &ANY).ok().map(|mut placed: Placed<[u8; 5]>| {
                placed.fill(mark);
                Self::Byte(placed)
            }),
            1 => Placed::zeroed(memory, &ANY).ok().map(|mut placed: Placed<[u32; 3]>| {
                placed.fill(word);
                Self::Word(placed)
            }),
            _ => Placed::zeroed(memory, &ANY).ok().map(|mut placed: Placed<[u64; 6]>| {
                placed.fill(double);
                Self::Double(placed)
            }),
        }
    }

    fn holds(&self, mark: u8) -> bool {
        match self {
            Self::Byte(bytes) => bytes.iter().all(|&byte| byte == mark),
            Self::Word(words) => words.iter().all(|&word| word == u32::from_ne_bytes([mark; 4])),
            Self::Double(doubles) => doubles.iter().all(|&double| double == u64::from_ne_bytes([mark; 8])),
        }
    }
}

proptest! {
    /// Whatever comes and goes, no zone is written through another, and an empty region is whole again.
    #[test]
    fn zones_of_a_region_never_overlap(steps in prop::collection::vec((0..3_usize, any::<bool>(), 0..40_usize), 1..60)) {
        let mut bytes = [MaybeUninit::uninit(); 300];
        let regions = [Region::new("all", &mut bytes)];
        let memory = Regions::new(&regions, &[]);
        let mut placed = Vec::new();
        for (mark, (kind, more, which)) in (1_u8..).zip(steps) {
            if more {
                placed.extend(Any::place(&memory, kind, mark).map(|any| (any, mark)));
            } else if !placed.is_empty() {
                placed.remove(which % placed.len());
            }
            prop_assert!(placed.iter().all(|(any, mark)| any.holds(*mark)));
        }
        while let Some((any, mark)) = placed.pop() {
            prop_assert!(any.holds(mark));
        }
        prop_assert_eq!(regions[0].used(), 0);
        prop_assert!(Placed::<[u8; 292]>::zeroed(&memory, &ANY).is_ok());
    }

    /// Given back in turn, the last first, the region is as it was before: so is one that begins at any address.
    #[test]
    fn the_last_zone_is_free_again(skipped in 0..8_usize, kinds in prop::collection::vec(0..3_usize, 1..6)) {
        let mut bytes = [MaybeUninit::uninit(); 400];
        let regions = [Region::new("all", &mut bytes[skipped..])];
        let memory = Regions::new(&regions, &[]);
        let _first = Any::place(&memory, 0, 1);
        let stack: Vec<_> = kinds.iter().map(|&kind| Any::place(&memory, kind, 2).unwrap()).collect();
        let full = regions[0].used();
        stack.into_iter().rev().for_each(drop);
        let _again: Vec<_> = kinds.iter().map(|&kind| Any::place(&memory, kind, 3).unwrap()).collect();
        prop_assert!(regions[0].used() <= full);
    }
}
