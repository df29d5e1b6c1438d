//! Whether a guard sees what is written over its edges. Unsafe: overruns buffers, into their canaries.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sostenuto_mem::watch::{Broken, CANARY, GuardList, Guarded, ListFull, Overrun};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Writes from so many bytes after the start of the value on; negative before it.
fn overrun<T>(guarded: &Guarded<T>, offset: isize, bytes: &[u8]) {
    let start = std::ptr::from_ref(guarded).cast_mut().cast::<u8>();
    for (index, byte) in (CANARY as isize + offset..).zip(bytes) {
        assert!(!(CANARY as isize..(CANARY + size_of::<T>()) as isize).contains(&index), "not the value");
        assert!((0..size_of_val(guarded) as isize).contains(&index), "within the guard");
        // SAFETY: it is in the same allocation, and a byte of a canary, which is in a cell.
        unsafe { start.offset(index).write(*byte) };
    }
}

fn armed<T>(value: T) -> Box<Guarded<T>> {
    let mut guarded = Box::new(Guarded::new(value));
    guarded.arm();
    guarded
}

fn after(guarded: &Guarded<impl Sized>) -> Overrun {
    let overrun = guarded.check().expect_err("overrun");
    assert_eq!(overrun.before, None);
    overrun
}

#[test]
fn the_value_is_not_an_overrun() {
    let mut guarded = armed([0_u8; 51]);
    guarded.fill(0xFF);
    assert_eq!(guarded.check(), Ok(()));
    assert_eq!(guarded.into_inner(), [0xFF; 51]);
}

#[test]
fn one_byte_on_either_side_is_seen_whatever_the_size() {
    fn check<const N: usize>() {
        for fill in [0, 0xFF] {
            let guarded = armed([0_u8; N]);
            overrun(&guarded, N as isize, &[fill]);
            let found = after(&guarded).after.expect("after");
            assert_eq!((found.wrong, found.reach, found.found[0]), (1, 1, fill));

            let guarded = armed([0_u8; N]);
            overrun(&guarded, -1, &[fill]);
            let error = guarded.check().expect_err("underrun");
            assert_eq!(error.after, None);
            let found = error.before.expect("before");
            assert_eq!((found.wrong, found.reach, found.found[CANARY - 1]), (1, 1, fill));
        }
    }
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<31>();
    check::<64>();
}

#[test]
fn there_is_no_gap_beside_a_buffer_for_dma() {
    #[repr(C, align(32))]
    struct Dma([u8; 64]);
    let guarded = armed(Dma([0; 64]));
    assert_eq!(guarded.0.as_ptr().addr() % 32, 0);
    overrun(&guarded, 64, &[0]);
    overrun(&guarded, -1, &[0]);
    let error = guarded.check().expect_err("both");
    assert!(error.before.is_some() && error.after.is_some());
    assert_eq!((error.start, error.end), (guarded.0.as_ptr().addr(), guarded.0.as_ptr().addr() + 64));
}

#[test]
fn the_canary_of_a_neighbour_is_noticed() {
    let (from, to) = (armed([1_u8; 16]), armed([2_u8; 16]));
    for count in 1..=CANARY {
        to.canaries().check().expect("sound until here");
        // As `memcpy` does that copies 16 + count bytes from one buffer to the other.
        let mut copied = vec![0; count];
        for (index, byte) in copied.iter_mut().enumerate() {
            // SAFETY: a byte of the canary after the value, which was initialized.
            *byte = unsafe { std::ptr::from_ref(&*from).cast::<u8>().add(CANARY + 16 + index).read() };
        }
        if count < 4 {
            continue; // Single bytes may be the same.
        }
        overrun(&to, 16, &copied);
        assert!(after(&to).after.expect("after").wrong > 0);
        break;
    }
}

#[test]
fn the_sides_differ() {
    let guarded = armed(0_u32);
    let bytes = |offset: usize| {
        // SAFETY: the bytes of a canary, which were initialized.
        unsafe { std::ptr::from_ref(&*guarded).cast::<u8>().add(offset).cast::<[u8; CANARY]>().read() }
    };
    assert_ne!(bytes(0), bytes(CANARY + 4));
}

#[test]
fn the_message_says_where_to_look() {
    let guarded = armed([0_u16; 3]);
    overrun(&guarded, 6, &[0, 0, 0x80, 0x3F]);
    let text = guarded.check().expect_err("overrun").to_string();
    assert!(text.contains("the canary after it has "), "{text}");
    assert!(text.contains("up to 4 away, and holds 00 00 "), "{text}");
    assert!(text.contains("look for a write past its end"), "{text}");
    assert!(!text.contains("before it has"), "{text}");
}

#[test]
fn what_was_never_armed_is_said_to_be() {
    static UNARMED: Guarded<[f32; 4]> = Guarded::new([0.0; 4]);
    let text = UNARMED.check().expect_err("unarmed").to_string();
    assert!(text.contains("unless it was never armed"), "{text}");
}

#[test]
fn what_was_moved_is_noticed_and_can_be_armed_again() {
    let mut first = armed(7_u64);
    let mut second = Box::new(Guarded::new(0));
    std::mem::swap(&mut *first, &mut *second);
    assert_eq!(**second, 7);
    assert!(second.check().is_err());
    second.arm();
    assert_eq!(second.check(), Ok(()));
}

#[test]
fn a_list_names_the_broken_guard_and_checks_in_turn() {
    let guarded: Vec<_> = (0..3_u8).map(|fill| armed([fill; 10])).collect();
    let mut guards = GuardList::<3>::new();
    for (name, guarded) in ["delay", "table", "output"].into_iter().zip(&guarded) {
        guards.add(name, guarded.canaries()).expect("room");
    }
    assert_eq!(guards.add("more", guarded[0].canaries()), Err(ListFull { name: "more", has: 3 }));
    assert_eq!((guards.len(), guards.check_all(), guards.check_next(7)), (3, Ok(()), Ok(())));

    overrun(&guarded[1], 10, &[0; 5]);
    let name = |broken: Result<(), Broken>| broken.err().map(|broken| broken.name);
    assert_eq!(name(guards.check_all()), Some("table"));
    let turns: Vec<_> = assert_no_alloc(|| [0; 6].map(|_| name(guards.check_next(1)))).to_vec();
    assert_eq!(turns, [None, Some("table"), None, None, Some("table"), None]);

    // A broken guard does not hide the next.
    overrun(&guarded[2], 10, &[0; 5]);
    assert_eq!(guards.broken().map(|broken| broken.name).collect::<Vec<_>>(), ["table", "output"]);
    assert_eq!([0; 3].map(|_| name(guards.check_next(3))), [Some("table"), Some("output"), Some("table")]);
    assert!(guards.check_all().unwrap_err().to_string().starts_with("the guard of `table` is broken: "));
}

#[test]
fn an_empty_list_is_sound() {
    let mut guards = GuardList::<2>::default();
    assert!(guards.is_empty());
    assert_eq!((guards.check_next(1), guards.check_all()), (Ok(()), Ok(())));
}

proptest! {
    #[test]
    fn a_fill_of_any_length_is_seen_with_its_reach(length in 1..=CANARY, fill in prop_oneof![Just(0), Just(0xFF)]) {
        let guarded = armed([0_u8; 7]);
        overrun(&guarded, 7, &vec![fill; length]);
        let found = after(&guarded).after.expect("after");
        prop_assert_eq!((usize::from(found.wrong), usize::from(found.reach)), (length, length));

        let guarded = armed([0_u8; 7]);
        overrun(&guarded, -(length as isize), &vec![fill; length]);
        let found = guarded.check().expect_err("underrun").before.expect("before");
        prop_assert_eq!((usize::from(found.wrong), usize::from(found.reach)), (length, length));
    }
}
