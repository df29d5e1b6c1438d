//! Whether the memory test sees what is wrong with a memory.

use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, Bursts, ChipModel, Fault, FaultyError, FaultyStore, MemoryFailure, MemoryReport,
    MemoryTest, ModelTime, Psram, PsramChip, PsramConfig, SliceStore, StoreError, Transfer, Violations,
};
use std::task::Poll;

fn tested(size: usize, buffer: usize, faults: &[Fault]) -> MemoryReport {
    let mut store = FaultyStore::new(SliceStore::new(vec![0xA5; size]), faults);
    let mut buffer = vec![0; buffer];
    MemoryTest::new(size as u32, &mut buffer).unwrap().run(&mut store).unwrap()
}

#[test]
fn a_sound_memory_is_sound() {
    for (size, buffer) in [(0, 4), (1, 4), (4, 4), (1000, 4), (1001, 7), (1003, 64), (1024, 4096)] {
        assert_eq!(tested(size, buffer, &[]), MemoryReport::default(), "{size} {buffer}");
    }
}

#[test]
fn a_line_that_is_stuck_is_named() {
    // The line at which the test that this one replaces is blind.
    for value in [false, true] {
        let report = tested(2 << 20, 4096, &[Fault::StuckLine { line: 20, value }]);
        assert_eq!(report.suspect_lines, 1 << 20, "{report}");
        assert_eq!(report.first.unwrap().address, 0);
    }
}

#[test]
fn every_line_of_a_small_memory_is_named() {
    let lines = (0..12).map(|line| (line, 1 << 12, 4)).chain((11..17).map(|line| (line, 1 << 17, 2048)));
    for (line, size, buffer) in lines {
        for value in [false, true] {
            let report = tested(size, buffer, &[Fault::StuckLine { line, value }]);
            assert!(!report.is_sound(), "A{line} at {value}");
            // Inside a cell the bytes of an address are mixed, and it is nobody's.
            let suspects = if line >= 2 { 1 << line } else { report.suspect_lines };
            assert_eq!(report.suspect_lines, suspects, "A{line} at {value}: {report}");
        }
    }
    let both = [Fault::StuckLine { line: 12, value: true }, Fault::StuckLine { line: 16, value: false }];
    assert_eq!(tested(1 << 17, 256, &both).suspect_lines, 1 << 12 | 1 << 16);
}

#[test]
fn the_report_reads_well() {
    let report = tested(1 << 17, 256, &[Fault::StuckLine { line: 16, value: false }]);
    assert_eq!(
        report.to_string(),
        "98304 failures, the first at 0x0: [00, 00, 01, 00] in place of [00, 00, 00, 00]; \
         address line A16 seems to be broken"
    );
    assert_eq!(tested(64, 4, &[]).to_string(), "the memory is sound");
}

/// A memory where a line of the address is joined to another, so that the upper half repeats the lower oddly.
struct Joined {
    store: SliceStore<Vec<u8>>,
    from: u32,
    to: u32,
}

impl Joined {
    fn part(&self, transfer: &Transfer) -> Transfer {
        let address = transfer.next();
        let value = address >> self.from & 1;
        Transfer::new(address & !(1 << self.to) | value << self.to, 1)
    }
}

impl BackingStore for Joined {
    type Error = std::convert::Infallible;
    fn size(&self) -> u32 {
        self.store.size()
    }
    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        let done = transfer.done() as usize;
        _ = self.store.poll_read(&mut self.part(transfer), &mut bytes[done..=done])?;
        transfer.advance(1);
        Ok(if transfer.rest() == 0 { Poll::Ready(()) } else { Poll::Pending })
    }
    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        let done = transfer.done() as usize;
        _ = self.store.poll_write(&mut self.part(transfer), &bytes[done..=done])?;
        transfer.advance(1);
        Ok(if transfer.rest() == 0 { Poll::Ready(()) } else { Poll::Pending })
    }
}

#[test]
fn a_line_that_is_joined_to_another_is_named() {
    let mut store = Joined { store: SliceStore::new(vec![0; 1 << 18]), from: 9, to: 17 };
    let mut buffer = [0; 256];
    let report = MemoryTest::new(1 << 18, &mut buffer).unwrap().run(&mut store).unwrap();
    assert_eq!(report.suspect_lines, 1 << 17, "{report}");
}

/// In a march, a write to one cell that disturbs a bit of another.
struct Coupled {
    store: SliceStore<Vec<u8>>,
    aggressor: u32,
    victim: u32,
    /// The victim's lowest bit takes this value when the aggressor's lowest bit rises or falls.
    rises: bool,
    value: bool,
}

impl BackingStore for Coupled {
    type Error = std::convert::Infallible;
    fn size(&self) -> u32 {
        self.store.size()
    }
    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        self.store.poll_read(transfer, bytes)
    }
    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        let before = self.store.bytes()[self.aggressor as usize] & 1;
        _ = self.store.poll_write(transfer, bytes)?;
        let after = self.store.bytes()[self.aggressor as usize] & 1;
        if before != after && (after == 1) == self.rises {
            let victim = self.store.bytes()[self.victim as usize];
            self.store.write(self.victim, &[victim & !1 | u8::from(self.value)])?;
        }
        Ok(Poll::Ready(()))
    }
}

#[test]
fn every_coupling_of_two_cells_is_seen() {
    for (aggressor, victim) in [(64, 200), (200, 64), (0, 1020), (1020, 0), (64, 68), (68, 64)] {
        for (rises, value) in [(false, false), (false, true), (true, false), (true, true)] {
            let store = SliceStore::new(vec![0; 1024]);
            let mut store = Coupled { store, aggressor, victim, rises, value };
            let mut buffer = [0; 4];
            let report = MemoryTest::new(1024, &mut buffer).unwrap().run(&mut store).unwrap();
            assert!(!report.is_sound(), "{aggressor} {victim} {rises} {value}");
            assert_eq!(report.suspect_lines, 0);
        }
    }
}

#[test]
fn a_stuck_bit_is_found_and_is_no_line() {
    // A bit that looks like the line A10 in the pattern of addresses.
    for value in [false, true] {
        let report = tested(1 << 16, 64, &[Fault::StuckBit { address: 0x8001, bit: 2, value }]);
        assert_eq!(report.suspect_lines, 0);
        let first = report.first.unwrap();
        assert_eq!(first.address, 0x8000);
        assert_eq!(first.found[1] ^ first.expected[1], 4);
        // Once with one of the two addresses, and in three of the five reads of the march, or in two.
        assert_eq!(report.failures, if value { 1 + 3 } else { 1 + 2 });
    }
}

#[test]
fn what_is_not_moved_is_missed() {
    for bytes in [1, 4, 64] {
        let faults = [Fault::Short { bursts: Bursts::ALL, bytes }];
        let report = tested(4096, 64, &faults);
        assert!(!report.is_sound());
        assert_eq!(report.suspect_lines, 0, "{report}");
        let once = [Fault::Short { bursts: Bursts::Only(70), bytes }];
        assert!(!tested(4096, 64, &once).is_sound(), "while the addresses are read");
    }
    let lost = [Fault::LostWrite { bursts: Bursts::Only(3) }];
    let report = tested(4096, 64, &lost);
    assert_eq!((report.first.unwrap().address, report.failures), (192, 16), "{report}");
}

#[test]
fn a_chip_that_is_not_there_is_missed() {
    let report = tested(4096, 64, &[Fault::Absent]);
    assert_eq!(report.suspect_lines, 0);
    let failure = MemoryFailure { address: 0, expected: [0; 4], found: [0xFF; 4] };
    assert_eq!(report.first, Some(failure));
    // All reads but two of the march, which expect just this, and the complement of the address 0.
    assert_eq!(report.failures, 1024 + 1023 + 3 * 1024);
}

#[test]
fn a_stall_and_an_error_end_it() {
    let faults = [Fault::Stall { burst: 5, polls: u32::MAX }];
    let mut store = FaultyStore::new(SliceStore::new(vec![0; 4096]), &faults);
    let mut buffer = [0; 64];
    let mut test = MemoryTest::new(4096, &mut buffer).unwrap();
    assert_eq!(test.run(&mut store), Err(StoreError::Stalled { address: 320 }));

    let mut store = FaultyStore::new(store.into_inner(), &[]);
    assert!(test.run(&mut store).unwrap().is_sound(), "it goes on when the store does");

    let faults = [Fault::Bus { bursts: Bursts::Only(2) }];
    let mut store = FaultyStore::new(SliceStore::new(vec![0; 4096]), &faults);
    let mut test = MemoryTest::new(4096, &mut buffer).unwrap();
    assert_eq!(test.run(&mut store), Err(StoreError::Bus(FaultyError::Injected { burst: 2 })));
    assert!(test.run(&mut store).unwrap().is_sound());

    let mut test = MemoryTest::new(5000, &mut buffer).unwrap();
    let outside = StoreError::OutOfRange { address: 4096, length: 64, size: 4096 };
    assert_eq!(test.run(&mut store), Err(outside));
}

#[test]
fn a_buffer_must_hold_a_cell() {
    assert_eq!(MemoryTest::new(64, &mut [0; 3]).unwrap_err().bytes, 3);
}

#[test]
fn a_step_is_one_burst_of_a_chip() {
    let time = ModelTime::default();
    let chip = PsramChip { size: 8192, ..PsramChip::LY68L6400 };
    let model = ChipModel::new(vec![0x5A; 8192], chip, 80_000_000, &time);
    let mut psram = Psram::new(model, &time, PsramConfig { chip, clock_hz: 80_000_000 }).unwrap();
    let mut buffer = [0; 512];
    let mut test = MemoryTest::new(8192, &mut buffer).unwrap();
    let mut before = (time.now_ns(), 0);
    loop {
        let progress = test.step(&mut psram).unwrap();
        assert!(time.now_ns() - before.0 <= 8_050 && progress.done >= before.1);
        assert_eq!(progress.total, 14 * 8192);
        before = (time.now_ns(), progress.done);
        if progress.is_done() {
            break;
        }
    }
    assert!(test.report().is_sound());
    assert_eq!(psram.bus().0.violations(), Violations::default());
}

proptest! {
    #[test]
    fn any_stuck_bit_is_found(
        size in 1_usize..5000, at: u32, bit in 0_u8..8, value: bool, buffer in 4_usize..300,
    ) {
        let address = at % size as u32;
        let report = tested(size, buffer, &[Fault::StuckBit { address, bit, value }]);
        prop_assert_eq!(report.first.unwrap().address, address & !3);
        prop_assert_eq!(report.suspect_lines, 0);
    }

    #[test]
    fn any_flip_of_a_read_or_write_is_found(burst in 0_u32..14 * 16, bit: u32) {
        let faults = [Fault::Flip { bursts: Bursts::Only(burst), bit }];
        prop_assert!(tested(1024, 64, &faults).failures >= 1);
    }
}
