//! Which zone a request is for, when it tells its size alone.

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use sostenuto_faust_cpp::{DspMemory, Refused, Sequence, Told};
use sostenuto_mem::dsp::{DspMemoryManager, Failing, HeapMemory, Phase, Recording, Region, Regions, Role};

const INT: u32 = 1;
const FLOAT: u32 = 3;
const OBJECT: u32 = 11;
/// What Faust tells of a table, of an instance with a delay line and a state, whose class has 48 B, and of what computes a
/// table of the instance.
const ZONES: [(&str, u32, usize); 7] = [
    ("mydspSIG0", OBJECT, 20),
    ("itbl0mydspSIG0", INT, 28),
    ("mydsp", OBJECT, 52),
    ("fVec0", FLOAT, 4096),
    ("fRec0", FLOAT, 8),
    ("fRec1", FLOAT, 8),
    ("mydspSIG1", OBJECT, 0),
];
const CLASS_BYTES: usize = 48;
/// What the code then asks for, in turn.
const ASKED: [usize; 7] = [20, 28, CLASS_BYTES, 4096, 8, 8, 1];

fn tell(memory: &mut DspMemory, named: bool) {
    memory.begin(ZONES.len());
    for (name, kind, bytes) in ZONES {
        let reads = usize::from(kind != OBJECT);
        memory.info(if named {
            Told::named(name, kind, bytes, reads, reads)
        } else {
            Told::unnamed(bytes, reads, reads)
        });
    }
    memory.end();
}

/// Both forms of `info`, on a manager that records.
fn with_both(test: impl Fn(&mut DspMemory, &Recording)) {
    for named in [true, false] {
        let recording = Recording::new(&HeapMemory);
        let mut places = [Told::NONE; 7];
        let mut memory = DspMemory::new(&recording, Sequence::new(&mut places, CLASS_BYTES));
        tell(&mut memory, named);
        assert_eq!(memory.error(), None);
        test(&mut memory, &recording);
        drop(memory);
        assert_eq!(recording.live_bytes(), 0, "nothing is left behind");
    }
}

fn start(memory: &mut DspMemory) -> Vec<NonNull<u8>> {
    ASKED.iter().map(|&bytes| memory.allocate(bytes).unwrap()).collect()
}

#[test]
fn each_request_gets_the_memory_of_the_zone_whose_turn_it_is() {
    with_both(|memory, recording| {
        let given: Vec<_> = start(memory).into_iter().map(|zone| Some(zone.addr().get())).collect();
        let reserved: Vec<_> = recording.requests().iter().map(|zone| zone.address).collect();
        assert_eq!(given, reserved);
        let told: Vec<_> = recording.requests().iter().map(|zone| (zone.phase, zone.role)).collect();
        let roles = [
            Role::Generator,
            Role::Table,
            Role::Instance,
            Role::DelayLine,
            Role::State,
            Role::State,
            Role::Generator,
        ];
        let phases = [Phase::Class, Phase::Class].into_iter().chain([Phase::Instance; 5]);
        assert_eq!(told, phases.zip(roles).collect::<Vec<_>>());
    });
}

#[test]
fn a_delay_that_is_copied_is_a_state_and_a_longer_one_a_line() {
    for named in [true, false] {
        let recording = Recording::new(&HeapMemory);
        let mut places = [Told::NONE; 3];
        let mut memory = DspMemory::new(&recording, Sequence::new(&mut places, CLASS_BYTES));
        memory.begin(3);
        // 16 samples and the newest, and a ring of 20.
        for (name, kind, bytes) in [("mydsp", OBJECT, 52), ("fVec0", FLOAT, 17 * 4), ("fVec1", FLOAT, 20 * 4)]
        {
            memory.info(match named {
                true => Told::named(name, kind, bytes, 1, 1),
                false => Told::unnamed(bytes, 1, 1),
            });
        }
        memory.end();
        let roles: Vec<_> = recording.requests().iter().map(|zone| zone.role).collect();
        assert_eq!(roles, [Role::Instance, Role::State, Role::DelayLine]);
    }
}

#[test]
fn an_instance_that_comes_before_its_class_is_refused_with_both_numbers() {
    with_both(|memory, _| {
        assert_eq!(memory.allocate(CLASS_BYTES), None);
        let error = memory.error().unwrap().to_string();
        assert!(error.contains("20 B") && error.contains("48 B"), "{error}");
        assert_eq!((memory.allocate(4096), memory.allocate(19)), (None, None));
        assert!(memory.allocate(20).is_some(), "the turn is where it was");
    });
}

#[test]
fn a_class_that_is_set_up_twice_is_refused() {
    with_both(|memory, _| {
        let class: Vec<_> = ASKED[..2].iter().map(|&bytes| memory.allocate(bytes).unwrap()).collect();
        memory.destroy(class[0]); // the generator
        assert_eq!(memory.allocate(20), None);
        assert!(matches!(memory.error(), Some(Refused::WrongSize { asked: 20, .. })));
    });
}

#[test]
fn a_second_instance_is_refused() {
    with_both(|memory, _| {
        start(memory);
        assert_eq!(memory.allocate(CLASS_BYTES), None);
        assert_eq!(memory.error(), Some(&Refused::AllInUse { zones: 7, asked: CLASS_BYTES }));
    });
}

#[test]
fn an_instance_and_its_class_can_come_again() {
    with_both(|memory, _| {
        let first = start(memory);
        memory.destroy(first[0]);
        for _ in 0..2 {
            first[2..].iter().for_each(|&zone| memory.destroy(zone));
            let again: Vec<_> = ASKED[2..].iter().map(|&bytes| memory.allocate(bytes).unwrap()).collect();
            assert_eq!(again, first[2..]);
        }
        first[1..].iter().for_each(|&zone| memory.destroy(zone));
        assert_eq!(start(memory), first);
        assert_eq!(memory.error(), None);
    });
}

#[test]
fn a_table_of_the_instance_is_computed_each_time_that_it_is_set_up() {
    with_both(|memory, _| {
        let zones = start(memory);
        for _ in 0..3 {
            memory.destroy(zones[6]);
            assert_eq!(memory.allocate(1), Some(zones[6]));
        }
        assert_eq!(memory.error(), None);
    });
}

#[test]
fn what_was_not_given_out_is_not_taken_back() {
    with_both(|memory, _| {
        memory.destroy(NonNull::<u64>::dangling().cast());
        assert_eq!(memory.error(), Some(&Refused::NotGivenOut { address: 8 }));
    });
    with_both(|memory, _| {
        let zone = memory.allocate(20).unwrap();
        memory.destroy(zone);
        assert_eq!(memory.error(), None);
        memory.destroy(zone);
        assert_eq!(memory.error(), Some(&Refused::NotGivenOut { address: zone.addr().get() }));
    });
}

#[test]
fn the_zones_are_not_told_again_while_some_are_in_use() {
    with_both(|memory, recording| {
        let zones = start(memory);
        tell(memory, true);
        assert_eq!(memory.error(), Some(&Refused::InUse { zones: 7 }));
        zones.iter().for_each(|&zone| memory.destroy(zone));
        tell(memory, true);
        assert_eq!(memory.error(), None);
        assert_eq!(recording.live_bytes(), 32 + 28 + 48 + 4096 + 16 + 16, "reserved once");
    });
}

#[test]
fn memory_is_zero_each_time() {
    with_both(|memory, _| {
        for _ in 0..2 {
            let zones = [memory.allocate(20).unwrap(), memory.allocate(28).unwrap()];
            // SAFETY: the zone has 28 bytes, which are zero.
            let table = unsafe { core::slice::from_raw_parts_mut(zones[1].as_ptr(), 28) };
            assert_eq!(table, [0; 28]);
            table.fill(1);
            zones.into_iter().for_each(|zone| memory.destroy(zone));
        }
    });
}

#[test]
fn each_zone_without_room_is_named_and_nothing_is_left() {
    for named in [true, false] {
        for (request, (name, ..)) in ZONES.iter().enumerate() {
            let recording = Recording::new(&HeapMemory);
            let failing = Failing::at(&recording, request);
            let mut places = [Told::NONE; 9];
            let mut memory = DspMemory::new(&failing, Sequence::new(&mut places, CLASS_BYTES));
            tell(&mut memory, named);
            let error = memory.error().unwrap().to_string();
            let told = if named { format!("`{name}`") } else { format!("zone {request} ") };
            assert!(error.starts_with(&told) && error.contains("aligned to"), "{error}");
            assert_eq!(recording.live_bytes(), 0);
            assert_eq!(memory.allocate(20), None, "what was refused is not ready");
        }
    }
}

#[test]
fn zones_that_do_not_agree_are_refused() {
    let refusal = |places: usize, announced: usize, class_bytes: usize| {
        let mut places = vec![Told::NONE; places];
        let mut memory = DspMemory::new(&HeapMemory, Sequence::new(&mut places, class_bytes));
        memory.begin(announced);
        for (_, _, bytes) in &ZONES[..6] {
            memory.info(Told::unnamed(*bytes, 1, 1));
        }
        memory.end();
        memory.error().map(ToString::to_string)
    };
    assert_eq!(refusal(6, 6, CLASS_BYTES), None);
    assert!(
        refusal(5, 6, CLASS_BYTES).unwrap().starts_with("6 zones are told and the memory has places for 5")
    );
    assert!(refusal(9, 7, CLASS_BYTES).unwrap().starts_with("7 zones were announced and 6 told"));
    assert!(refusal(9, 5, CLASS_BYTES).unwrap().starts_with("5 zones were announced and 6 told"));
    assert!(refusal(6, 6, 200).unwrap().contains("whose class has 200 B"));
    let mut memory = DspMemory::new(&HeapMemory, Sequence::new(&mut [], 0));
    assert_eq!(memory.allocate(4), None);
    assert_eq!(memory.error(), Some(&Refused::NotReady { bytes: 4 }));
}

#[test]
fn a_region_is_as_it_was_when_the_memory_is_gone() {
    let mut bytes = [MaybeUninit::uninit(); 4400];
    let regions = [Region::new("all", &mut bytes)];
    let manager = Regions::new(&regions, &[]);
    let mut places = [Told::NONE; 7];
    let mut memory =
        DspMemory::new(&manager as &dyn DspMemoryManager, Sequence::new(&mut places, CLASS_BYTES));
    tell(&mut memory, true);
    start(&mut memory);
    assert!(regions[0].used() > 4200);
    drop(memory);
    assert_eq!(regions[0].used(), 0);
}
