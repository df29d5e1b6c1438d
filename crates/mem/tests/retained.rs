//! Whether slots hold the old or the new, wherever the power is cut; and what else becomes of them.

mod medium;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use crc::{CRC_32_ISO_HDLC, Crc};
use medium::{Cut, Flash, PowerCut, Torn};
use proptest::prelude::*;
use sostenuto_mem::retained::{
    Medium, NorError, NorMedium, OutsideMedium, RamMedium, RetainedError, SlotState, Slots,
};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TAG: u32 = 0x0001_0007;

/// What the test stores, one after the other: none, few, all that fit, and lengths beside the units.
fn content(number: usize, room: usize) -> Vec<u8> {
    let length = [3, room, 0, 1, room - 1, 33, 64, room, 5][number % 9].min(room);
    (0..length).map(|index| (index * 7 + number * 31 + 1) as u8).collect()
}

fn loaded<M: Medium>(slots: &mut Slots<M>) -> Option<Vec<u8>> {
    let mut bytes = vec![0xA5; slots.room()];
    let length = slots.load(&mut bytes).expect("a load after a power cut is no error")?;
    assert!(bytes[length..].iter().all(|byte| *byte == 0xA5), "what is not loaded stays");
    bytes.truncate(length);
    Some(bytes)
}

/// Stores all contents; at each of them cuts the power at each step, and looks what is left.
fn cut_everywhere<const WRITE: usize, const ERASE: usize>(flash: Flash<WRITE, ERASE>) {
    let open = |flash| {
        let length = Flash::<WRITE, ERASE>::SIZE as u32;
        Slots::new(NorMedium::new(flash, 0, length).expect("a span"), TAG).expect("room")
    };
    let mut sound = flash;
    let mut old = None;
    for number in 0..9 {
        let room = open(sound.clone()).room();
        let new = content(number, room);
        let (mut cuts, mut kept_old, mut got_new) = (0, 0, 0);
        for torn in [Torn::Nothing, Torn::Unit, Torn::Noise(number as u32)] {
            for steps in 0.. {
                let mut slots = open(sound.with_cut(Cut { steps, torn }));
                match slots.store(&new) {
                    Ok(()) => break,
                    Err(error) => assert_eq!(error, RetainedError::Medium(NorError::Flash(PowerCut))),
                }
                cuts += 1;
                let mut flash = slots.into_inner().into_inner();
                flash.reboot();
                let mut slots = open(flash);
                let found = loaded(&mut slots);
                assert!(
                    found == old || found.as_ref() == Some(&new),
                    "{torn:?} after {steps} steps: {found:?}"
                );
                kept_old += u32::from(found == old);
                got_new += u32::from(found.as_ref() == Some(&new));

                // The next store works, and is not taken for what was cut.
                slots.store(b"next").expect("a store after a power cut");
                assert_eq!(loaded(&mut slots).as_deref(), Some(&b"next"[..]));
                let mut again = open(slots.into_inner().into_inner());
                assert_eq!(loaded(&mut again).as_deref(), Some(&b"next"[..]));
            }
        }
        assert!(cuts > 3 * new.len() && kept_old > cuts as u32 / 2, "{cuts} cuts, {kept_old} times the old");
        assert!(got_new > 0, "a cut at the end mark leaves the new");

        let mut slots = open(sound);
        slots.store(&new).expect("a store");
        assert_eq!(loaded(&mut slots), Some(new.clone()));
        old = Some(new);
        sound = slots.into_inner().into_inner();
    }
}

#[test]
fn a_cut_at_any_byte_of_a_flash_leaves_the_old_or_the_new() {
    cut_everywhere(Flash::<1, 64>::erased(256));
}

#[test]
fn a_cut_at_any_byte_of_a_flash_of_words_leaves_the_old_or_the_new() {
    cut_everywhere(Flash::<8, 32>::erased(256));
    cut_everywhere(Flash::<32, 128>::erased(256));
}

#[test]
fn a_cut_at_any_byte_of_a_ram_leaves_the_old_or_the_new() {
    cut_everywhere(Flash::<4, 4>::ram(0));
    cut_everywhere(Flash::<1, 1>::ram(0));
}

#[test]
fn a_cut_in_what_was_never_cleared_leaves_the_old_or_the_new() {
    for fill in [0xFF, 0x5A] {
        cut_everywhere(Flash::<4, 4>::ram(fill));
    }
}

/// A cut in the store after a cut, and so on: the one that was completed last is never lost.
#[test]
fn cuts_in_a_row_lose_nothing() {
    let open = |flash| Slots::new(NorMedium::new(flash, 0, 256).expect("a span"), TAG).expect("room");
    let mut slots = open(Flash::<4, 32>::erased(256));
    slots.store(b"kept").expect("a store");
    let mut flash = slots.into_inner().into_inner();
    let (mut lasts, mut completed) = (vec![b"kept".to_vec()], 0);
    for round in 0..400_usize {
        let new = content(round, 60);
        let cut = Cut { steps: round * 37 % 150, torn: Torn::Noise(round as u32) };
        let mut slots = open(flash.with_cut(cut));
        let done = slots.store(&new).is_ok();
        let mut cut = slots.into_inner().into_inner();
        cut.reboot();
        let mut slots = open(cut);
        let found = loaded(&mut slots).expect("something");
        lasts.push(new);
        let from = if done { lasts.len() - 1 } else { 0 };
        assert!(lasts[from..].contains(&found), "round {round}: {found:?}");
        // What was loaded once is what counts from now on.
        lasts = vec![found];
        completed += u32::from(done);
        flash = slots.into_inner().into_inner();
    }
    assert!(completed > 50 && completed < 350, "{completed}");
}

#[test]
fn only_the_slot_that_is_not_current_is_written() {
    let mut words = [0; 64];
    let mut halves = vec![];
    for number in 0..6 {
        let before = words;
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        slots.store(&content(number, 90)).expect("a store");
        halves.push([before[..32] != words[..32], before[32..] != words[32..]]);
    }
    assert_eq!(halves, [[true, false], [false, true]].repeat(3));
}

#[test]
fn what_lies_beside_the_span_is_left_alone() {
    let flash = Flash::<1, 32>::filled(256, 0x11);
    let mut slots = Slots::new(NorMedium::new(flash, 64, 192).expect("a span"), TAG).expect("room");
    for number in 0..4 {
        slots.store(&content(number, slots.room())).expect("a store");
    }
    let bytes = slots.into_inner().into_inner().into_bytes();
    assert!(bytes[..64].iter().chain(&bytes[192..]).all(|byte| *byte == 0x11));
    assert!(bytes[64..128] != [0x11; 64] && bytes[128..192] != [0x11; 64]);
}

#[test]
fn nothing_is_loaded_where_nothing_was_stored() {
    for fill in [0, u32::MAX, 0x1234_5678] {
        let mut words = [fill; 64];
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        assert_eq!(slots.load(&mut [0; 8]), Ok(None));
        assert_eq!(slots.states(), Ok([SlotState::Empty; 2]));
    }
}

#[test]
fn another_layout_is_not_read_but_kept_while_there_is_room() {
    let mut words = [0; 64];
    let mut old = Slots::new(RamMedium::new(&mut words), 1).expect("room");
    old.store(b"first").expect("a store");
    old.store(b"second").expect("a store");

    let mut new = Slots::new(RamMedium::new(&mut words), 2).expect("room");
    assert_eq!(new.load(&mut [0; 8]), Ok(None));
    new.store(b"other").expect("a store");
    assert_eq!(loaded(&mut new).as_deref(), Some(&b"other"[..]));

    // The old firmware comes back: its last is there, and what it stores does not take that away before it is complete.
    let mut old = Slots::new(RamMedium::new(&mut words), 1).expect("room");
    assert_eq!(loaded(&mut old).as_deref(), Some(&b"second"[..]));
    old.store(b"third").expect("a store");
    let tags = old.states().expect("states").map(|state| match state {
        SlotState::Valid { tag, length, .. } => (tag, length),
        _ => panic!("{state:?}"),
    });
    assert!(tags.contains(&(1, 6)) && tags.contains(&(1, 5)), "{tags:?}");
}

#[test]
fn a_new_layout_takes_the_place_of_the_older_bytes() {
    for stores in 1..5_u8 {
        let mut words = [0; 64];
        let mut old = Slots::new(RamMedium::new(&mut words), 1).expect("room");
        (1..=stores).for_each(|number| old.store(&[number]).expect("a store"));
        Slots::new(RamMedium::new(&mut words), 2).expect("room").store(b"other").expect("a store");
        let mut old = Slots::new(RamMedium::new(&mut words), 1).expect("room");
        assert_eq!(loaded(&mut old), Some(vec![stores]));
    }
}

#[test]
fn a_flash_that_is_read_by_words_can_be_read_anywhere() {
    let mut medium = NorMedium::new(Flash::<32, 64>::erased(1024), 64, 1024).expect("a span");
    let content: Vec<u8> = (0..960_usize).map(|index| (index % 251) as u8).collect();
    medium.write(0, &content).expect("a write");
    for (start, length) in [(0, 960), (1, 1), (31, 2), (33, 31), (5, 700), (300, 256), (959, 1), (960, 0)] {
        let mut bytes = vec![0xEE; length];
        medium.read(start as u32, &mut bytes).expect("a read");
        assert_eq!(bytes, content[start..start + length], "{length} from {start}");
    }
    assert!(medium.read(959, &mut [0; 2]).is_err());
}

#[test]
fn the_sequence_goes_on_past_its_end() {
    let mut words = [0; 64];
    let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
    slots.store(b"a").expect("a store");
    // The sequence number as after so many stores, with its CRC.
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut sum = crc.digest();
    [TAG, u32::MAX, 1].iter().for_each(|number| sum.update(&number.to_le_bytes()));
    sum.update(b"a");
    (words[2], words[4]) = (u32::MAX, sum.finalize().to_le());
    let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
    let sequences = |slots: &mut Slots<RamMedium>| {
        slots.states().expect("states").map(|state| match state {
            SlotState::Valid { sequence, .. } => Some(sequence),
            _ => None,
        })
    };
    assert_eq!(sequences(&mut slots), [Some(u32::MAX), None]);
    for (text, expected) in [(b"b", [u32::MAX, 0]), (b"c", [1, 0]), (b"d", [1, 2])] {
        slots.store(text).expect("a store");
        assert_eq!(loaded(&mut slots).as_deref(), Some(&text[..]));
        assert_eq!(sequences(&mut slots), expected.map(Some));
    }
}

#[test]
fn lengths_that_do_not_fit_are_refused_with_the_numbers() {
    let mut words = [0; 64];
    let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
    assert_eq!(slots.room(), 128 - 20);
    let error = slots.store(&[0; 109]).unwrap_err();
    assert_eq!(error, RetainedError::TooLong { needs: 109, has: 108 });
    assert_eq!(error.to_string(), "109 bytes are needed, and there is room for 108");
    assert_eq!(slots.states(), Ok([SlotState::Empty; 2]), "nothing was written");

    slots.store(&[1; 108]).expect("a store");
    assert_eq!(slots.load(&mut [0; 107]), Err(RetainedError::TooLong { needs: 108, has: 107 }));

    assert_eq!(
        Slots::new(RamMedium::new(&mut words[..11]), TAG).map(|_| ()),
        Err(RetainedError::TooLong { needs: 48, has: 44 })
    );
    assert_eq!(Slots::new(RamMedium::new(&mut words[..12]), TAG).expect("room").room(), 4);
    assert!(Slots::new(RamMedium::new(&mut []), TAG).is_err());
}

#[test]
fn a_span_beside_the_sectors_is_refused() {
    let refused =
        |start, end| NorMedium::new(Flash::<1, 64>::erased(256), start, end).map(|_| ()).unwrap_err();
    assert_eq!(refused(0, 100), OutsideMedium { address: 0, length: 100, capacity: 256, unit: 64 });
    assert_eq!(refused(32, 128).address, 32);
    assert_eq!(refused(128, 64).address, 128);
    assert_eq!(refused(128, 512).length, 384);
    let one_sector = NorMedium::new(Flash::<1, 64>::erased(256), 64, 128).expect("a span");
    assert_eq!(
        Slots::new(one_sector, TAG).map(|_| ()).unwrap_err(),
        RetainedError::TooLong { needs: 128, has: 64 }
    );

    let mut words = [0; 4];
    let mut ram = RamMedium::new(&mut words);
    assert!(ram.read(13, &mut [0; 4]).is_err() && ram.read(u32::MAX, &mut [0; 4]).is_err());
    assert!(ram.write(2, &[0; 4]).is_err() && ram.write(12, &[0; 8]).is_err() && ram.erase(0, 20).is_err());
    assert_eq!(ram.write(8, &[1, 2, 3, 4]), Ok(()));
    assert_eq!(words.map(u32::to_ne_bytes)[2], [1, 2, 3, 4]);
}

#[test]
fn a_flash_that_does_not_keep_is_noticed() {
    let flash = Flash::<1, 64>::erased(256).with_stuck_bit(30, 0x10);
    let mut slots = Slots::new(NorMedium::new(flash, 0, 256).expect("a span"), TAG).expect("room");
    assert_eq!(slots.store(&[0xFF; 20]).unwrap_err(), RetainedError::NotKept { slot: 0 });
}

#[test]
fn a_flash_that_fails_is_told() {
    let flash = Flash::<1, 64>::erased(256).with_cut(Cut { steps: 70, torn: Torn::Nothing });
    let mut slots = Slots::new(NorMedium::new(flash, 0, 256).expect("a span"), TAG).expect("room");
    let error = slots.store(&[0; 20]).unwrap_err();
    assert_eq!(error, RetainedError::Medium(NorError::Flash(PowerCut)));
    assert!(error.to_string().contains("PowerCut"), "{error}");
}

#[test]
fn storing_and_loading_does_not_allocate() {
    let mut words = [0; 64];
    let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
    let mut bytes = [0; 8];
    let length = assert_no_alloc(|| slots.store(b"preset").and_then(|()| slots.load(&mut bytes)));
    assert_eq!((length, &bytes[..6]), (Ok(Some(6)), &b"preset"[..]));
}

proptest! {
    /// Any bit of the slot that was stored last; with the end mark whole, it is found to have changed.
    #[test]
    fn a_flipped_bit_is_found(bit in 0_usize..(20 + 40) * 8, length in 1_usize..=40) {
        let mut words = [0; 64];
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        slots.store(b"older").expect("a store");
        slots.store(&vec![9; length]).expect("a store");
        words[32 + bit / 32] ^= 1 << (bit % 32);
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        let is_in_what_counts = (32..(20 + length) * 8).contains(&bit);
        let expected = if is_in_what_counts { b"older".to_vec() } else { vec![9; length] };
        prop_assert_eq!(loaded(&mut slots), Some(expected));
        prop_assert_eq!(slots.states().unwrap()[1] == SlotState::Broken, is_in_what_counts);

        // The broken one is the next to be written.
        slots.store(b"newer").expect("a store");
        prop_assert_eq!(loaded(&mut slots), Some(b"newer".to_vec()));
    }

    #[test]
    fn two_broken_slots_are_said_to_be(bits in [32_usize..25 * 8, 32_usize..25 * 8]) {
        let mut words = [0; 64];
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        slots.store(b"older").expect("a store");
        slots.store(b"newer").expect("a store");
        for (start, bit) in [0, 32].into_iter().zip(bits) {
            words[start + bit / 32] ^= 1 << (bit % 32);
        }
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        prop_assert_eq!(slots.load(&mut [0; 64]), Err(RetainedError::Broken));
        slots.store(b"again").expect("a store");
        prop_assert_eq!(loaded(&mut slots), Some(b"again".to_vec()));
    }

    #[test]
    fn a_single_broken_slot_is_said_to_be(bit in 32_usize..25 * 8) {
        let mut words = [0; 64];
        Slots::new(RamMedium::new(&mut words), TAG).expect("room").store(b"trims").expect("a store");
        words[bit / 32] ^= 1 << (bit % 32);
        let mut slots = Slots::new(RamMedium::new(&mut words), TAG).expect("room");
        prop_assert_eq!(slots.load(&mut [0; 64]), Err(RetainedError::Broken));
    }

    /// Whatever is in the medium, nothing panics, and a store works.
    #[test]
    fn any_bytes_can_be_met(start in prop::collection::vec(any::<u32>(), 10..80), lengths in any::<[u32; 2]>()) {
        let mut words = start;
        let half = words.len() / 2;
        (words[3], words[half + 3]) = (lengths[0] % 300, lengths[1]);
        let mut slots = match Slots::new(RamMedium::new(&mut words), TAG) {
            Ok(slots) => slots,
            Err(_) => return Ok(()),
        };
        prop_assert_eq!(slots.load(&mut [0; 500]), Ok(None));
        slots.store(b"x").expect("a store");
        prop_assert_eq!(loaded(&mut slots), Some(b"x".to_vec()));
    }
}
