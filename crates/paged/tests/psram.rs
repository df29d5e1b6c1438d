//! The driver of a serial PSRAM: what it says on the wires, and whether a chip understands it.

use embedded_hal_mock::eh1::delay::NoopDelay;
use embedded_hal_mock::eh1::spi::{Mock, Transaction};
use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, BusData, ChipModel, Command, Lanes, MARGIN_NS, ModelTime, Psram, PsramBus, PsramChip,
    PsramConfig, PsramError, PsramId, SingleLane, SingleLaneError, StoreError, Transfer, Violations,
    burst_length,
};

const CHIP: PsramChip = PsramChip::ESP_PSRAM64H;
const GOOD_ID: [u8; 8] = [0x0D, 0x5D, 0x46, 1, 2, 3, 4, 5];

fn config(clock_hz: u32) -> PsramConfig {
    PsramConfig { chip: CHIP, clock_hz }
}

fn reading(header: &[u8], answer: &[u8]) -> Vec<Transaction<u8>> {
    vec![
        Transaction::transaction_start(),
        Transaction::write_vec(header.to_vec()),
        Transaction::read_vec(answer.to_vec()),
        Transaction::transaction_end(),
    ]
}

fn writing(parts: &[&[u8]]) -> Vec<Transaction<u8>> {
    let writes = parts.iter().map(|part| Transaction::write_vec(part.to_vec()));
    let start = std::iter::once(Transaction::transaction_start());
    start.chain(writes).chain([Transaction::transaction_end()]).collect()
}

fn starting(id: &[u8]) -> Vec<Transaction<u8>> {
    [writing(&[&[0x66]]), writing(&[&[0x99]]), reading(&[0x9F, 0, 0, 0], id)].concat()
}

#[test]
fn says_exactly_this_when_slow() {
    let clock_hz = 20_000_000;
    // 7 µs are 140 clocks: 108 of them for data after 03 and an address, 13 bytes.
    let mut spi = Mock::new(
        &[
            starting(&GOOD_ID),
            writing(&[&[0x02, 0x12, 0x34, 0x56], b"abc"]),
            reading(&[0x03, 0x12, 0x34, 0x56], b"abc"),
            // Over the edge of a page: five bytes, then those after it.
            reading(&[0x03, 0x00, 0x07, 0xFB], &[1; 5]),
            reading(&[0x03, 0x00, 0x08, 0x00], &[2; 13]),
            reading(&[0x03, 0x00, 0x08, 0x0D], &[3; 2]),
            writing(&[&[0x02, 0x7F, 0xFF, 0xF2], &[9; 13]]),
            writing(&[&[0x02, 0x7F, 0xFF, 0xFF], &[9; 1]]),
        ]
        .concat(),
    );
    let mut psram = Psram::new(spi.clone(), NoopDelay, config(clock_hz)).unwrap();
    assert_eq!(psram.id(), PsramId(GOOD_ID));
    assert_eq!((psram.longest_read(), psram.longest_write()), (13, 13));
    psram.write(0x12_3456, b"abc").unwrap();
    let mut bytes = [0; 3];
    psram.read(0x12_3456, &mut bytes).unwrap();
    assert_eq!(&bytes, b"abc");
    let mut bytes = [0; 20];
    psram.read(0x07FB, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3]);
    psram.write(0x7F_FFF2, &[9; 14]).unwrap();
    spi.done();
}

#[test]
fn says_exactly_this_when_fast() {
    // 7 µs are 280 clocks: 30 bytes after 0B with its eight dummy clocks, 31 after 02.
    let mut spi = Mock::new(
        &[
            starting(&GOOD_ID),
            reading(&[0x0B, 0, 0, 0, 0], &[7; 30]),
            reading(&[0x0B, 0, 0, 30, 0], &[8; 1]),
            writing(&[&[0x02, 0, 0, 0], &[5; 31]]),
        ]
        .concat(),
    );
    let mut psram = Psram::new(spi.clone(), NoopDelay, config(40_000_000)).unwrap();
    let mut bytes = [0; 31];
    psram.read(0, &mut bytes).unwrap();
    assert_eq!(bytes[29..], [7, 8]);
    psram.write(0, &[5; 31]).unwrap();
    spi.done();
}

#[test]
fn a_poll_is_one_burst() {
    let mut spi = Mock::new(
        &[starting(&GOOD_ID), reading(&[0x0B, 0, 0, 0, 0], &[7; 30]), reading(&[0x0B, 0, 0, 30, 0], &[8; 2])]
            .concat(),
    );
    let mut psram = Psram::new(spi.clone(), NoopDelay, config(40_000_000)).unwrap();
    let (mut transfer, mut bytes) = (Transfer::new(0, 32), [0; 32]);
    assert!(psram.poll_read(&mut transfer, &mut bytes).unwrap().is_pending());
    assert_eq!(transfer.done(), 30);
    assert!(psram.poll_read(&mut transfer, &mut bytes).unwrap().is_ready());
    assert!(psram.poll_read(&mut transfer, &mut bytes).unwrap().is_ready(), "and nothing more is said");
    spi.done();
}

#[test]
fn a_slow_clock_reads_less_of_the_id() {
    // 7 µs at 8 MHz are 56 clocks: after code and address, three bytes of it.
    let mut spi = Mock::new(&starting(&GOOD_ID[..3]));
    let psram = Psram::new(spi.clone(), NoopDelay, config(8_000_000)).unwrap();
    assert_eq!(psram.id(), PsramId([0x0D, 0x5D, 0x46, 0, 0, 0, 0, 0]));
    spi.done();
}

#[test]
fn another_chip_is_refused() {
    for (id, is_bad) in
        [([0xFF; 8], false), ([0; 8], false), ([0xEF; 8], false), ([0x0D, 0x55, 0, 0, 0, 0, 0, 0], true)]
    {
        let mut spi = Mock::new(&[starting(&id), starting(&id), starting(&id)].concat());
        let error = Psram::new(spi.clone(), NoopDelay, config(40_000_000)).map(drop).unwrap_err();
        let id = PsramId(id);
        let expected =
            if is_bad { PsramError::BadDie { id } } else { PsramError::WrongId { id, manufacturer: 0x0D } };
        assert_eq!(error, expected);
        assert!(error.to_string().contains(&id.to_string()), "{error}");
        spi.done();
    }
}

#[test]
fn the_first_id_may_be_wrong() {
    let mut spi = Mock::new(&[starting(&[0xFF; 8]), starting(&GOOD_ID)].concat());
    assert!(Psram::new(spi.clone(), NoopDelay, config(40_000_000)).is_ok());
    spi.done();
}

#[test]
fn clocks_that_do_not_fit_are_refused() {
    let refused = |chip, clock_hz| {
        let mut spi = Mock::new(&[]);
        let error = Psram::new(spi.clone(), NoopDelay, PsramConfig { chip, clock_hz }).map(drop).unwrap_err();
        spi.done();
        error
    };
    // 48 clocks in 7 µs: the two bytes of the identification that are needed.
    let minimum_hz = 6_857_143;
    assert_eq!(
        refused(CHIP, minimum_hz - 1),
        PsramError::ClockTooSlow { clock_hz: minimum_hz - 1, minimum_hz, select_ns: 7_000 }
    );
    assert_eq!(refused(CHIP, 0), PsramError::ClockTooSlow { clock_hz: 0, minimum_hz, select_ns: 7_000 });
    assert!(Psram::new(Mock::new(&starting(&GOOD_ID[..2])), NoopDelay, config(minimum_hz)).is_ok_and(
        |mut psram| {
            let (SingleLane(mut spi), _) = {
                let longest = (psram.longest_read(), psram.longest_write());
                assert_eq!(longest, (2, 2));
                let mut nothing = [0; 0];
                psram.read(0, &mut nothing).unwrap();
                psram.release()
            };
            spi.done();
            true
        }
    ));
    assert_eq!(
        refused(CHIP, 104_000_001),
        PsramError::ClockTooFast { clock_hz: 104_000_001, maximum_hz: 104_000_000 }
    );
    for (size, page) in [(0, 1024), ((1 << 24) + 1, 1024), (1024, 0), (1024, 1000)] {
        let chip = PsramChip { size, page, ..CHIP };
        assert_eq!(refused(chip, 40_000_000), PsramError::Geometry { size, page });
    }
    let never = PsramChip { longest_select_ns: MARGIN_NS, ..CHIP };
    assert!(matches!(refused(never, 40_000_000), PsramError::ClockTooSlow { minimum_hz: u32::MAX, .. }));
}

#[test]
fn transfers_stay_in_the_chip() {
    let mut spi = Mock::new(&starting(&GOOD_ID));
    let mut psram = Psram::new(spi.clone(), NoopDelay, config(40_000_000)).unwrap();
    let outside = StoreError::OutOfRange { address: CHIP.size - 1, length: 2, size: CHIP.size };
    assert_eq!(psram.read(CHIP.size - 1, &mut [0; 2]), Err(outside));
    assert_eq!(psram.write(CHIP.size - 1, &[0; 2]), Err(outside));
    assert_eq!(
        psram.poll_read(&mut Transfer::new(0, 3), &mut [0; 2]),
        Err(StoreError::WrongLength { transfer: 3, bytes: 2 })
    );
    spi.done();
}

#[test]
fn one_lane_refuses_what_needs_four() {
    let mut spi = Mock::<u8>::new(&[]);
    let mut bus = SingleLane(spi.clone());
    assert_eq!(
        bus.transact(&Command::QUAD_READ, 0, BusData::Read(&mut [0])),
        Err(SingleLaneError::TooManyLanes { code: 0xEB })
    );
    let odd = Command { dummy_clocks: 6, ..Command::FAST_READ };
    assert_eq!(
        bus.transact(&odd, 0, BusData::None),
        Err(SingleLaneError::DummyClocks { code: 0x0B, dummy_clocks: 6 })
    );
    let long = Command { dummy_clocks: 248, ..Command::FAST_READ };
    assert!(bus.transact(&long, 0, BusData::None).is_err());
    spi.done();
}

/// Every clock from the slowest to the fastest, and both kinds of bus.
fn clocks_and_lanes() -> impl Strategy<Value = (u32, Lanes)> {
    prop_oneof![
        (7_000_000_u32..=104_000_000, Just(Lanes::One)),
        (7_000_000_u32..=133_000_000, Just(Lanes::Four)),
        Just((33_000_000, Lanes::One)),
        Just((33_000_001, Lanes::One)),
    ]
}

fn on_model<T>(
    bytes: Vec<u8>,
    driver: PsramConfig,
    lanes: Lanes,
    what: impl FnOnce(&mut dyn BackingStore<Error = String>) -> T,
) -> (T, Vec<u8>, Violations) {
    struct Plain<P>(P);
    impl<P: BackingStore> BackingStore for Plain<P> {
        type Error = String;
        fn size(&self) -> u32 {
            self.0.size()
        }
        fn poll_read(
            &mut self,
            transfer: &mut Transfer,
            bytes: &mut [u8],
        ) -> Result<std::task::Poll<()>, StoreError<String>> {
            Ok(self.0.poll_read(transfer, bytes).unwrap())
        }
        fn poll_write(
            &mut self,
            transfer: &mut Transfer,
            bytes: &[u8],
        ) -> Result<std::task::Poll<()>, StoreError<String>> {
            Ok(self.0.poll_write(transfer, bytes).unwrap())
        }
    }
    let time = ModelTime::default();
    let model = ChipModel::new(bytes, CHIP, driver.clock_hz, &time);
    match lanes {
        Lanes::One => {
            let mut psram = Plain(Psram::new(model, &time, driver).unwrap());
            let result = what(&mut psram);
            let (SingleLane(model), _) = psram.0.release();
            (result, model.bytes().to_vec(), model.violations())
        }
        Lanes::Four => {
            let model = model.with_four_lanes();
            let mut psram = Plain(Psram::with_bus(model, &time, driver).unwrap());
            let result = what(&mut psram);
            let (model, _) = psram.0.release();
            (result, model.bytes().to_vec(), model.violations())
        }
    }
}

const SIZE: u32 = 64 << 10;

proptest! {
    #[test]
    fn is_as_an_array_at_every_clock(
        (clock_hz, lanes) in clocks_and_lanes(),
        moves in prop::collection::vec((any::<bool>(), 0..SIZE, 0_u32..3000, any::<u8>()), 1..20),
    ) {
        let chip = PsramChip { size: SIZE, ..CHIP };
        let mut array: Vec<u8> = (0..SIZE).map(|index| (index / 3) as u8).collect();
        let (_, bytes, violations) =
            on_model(array.clone(), PsramConfig { chip, clock_hz }, lanes, |psram| {
                for (writes, address, length, seed) in moves {
                    let length = length.min(SIZE - address) as usize;
                    let run = address as usize..address as usize + length;
                    if writes {
                        let data: Vec<u8> = (0..length).map(|index| (index as u8) ^ seed).collect();
                        write(psram, address, &data);
                        array[run].copy_from_slice(&data);
                    } else {
                        let mut data = vec![seed; length];
                        read(psram, address, &mut data);
                        assert_eq!(data, &array[run]);
                    }
                }
            });
        prop_assert_eq!(bytes, array);
        prop_assert_eq!(violations, Violations::default());
    }

    #[test]
    fn a_burst_fits_and_is_as_long_as_it_can(
        address in 0_u32..1 << 24,
        rest in 1_u32..100_000,
        clock_hz in 7_000_000_u32..133_000_000,
        which in 0_usize..5,
    ) {
        use Command as C;
        let command = [C::READ, C::FAST_READ, C::QUAD_READ, C::WRITE, C::QUAD_WRITE][which];
        let most = command.bytes_within(7_000, clock_hz);
        let nanoseconds = |bytes| command.clocks(bytes) as f64 * 1e9 / f64::from(clock_hz);
        prop_assert!(most >= 1 && nanoseconds(most) <= 7_000.0 && nanoseconds(most + 1) > 7_000.0);
        let burst = burst_length(address, rest, most, 1024);
        prop_assert!(burst >= 1 && burst <= rest && burst <= most);
        prop_assert_eq!(address / 1024, (address + burst - 1) / 1024);
        let ends = burst == rest || burst == most || (address + burst).is_multiple_of(1024);
        prop_assert!(ends);
    }

    #[test]
    fn the_arithmetic_never_overflows(
        address: u32, rest: u32, most: u32, page: u32, nanoseconds: u32, clock_hz: u32, bytes: u32,
        dummy_clocks: u8,
    ) {
        let command = Command { dummy_clocks, ..Command::QUAD_READ };
        let _ = (burst_length(address, rest, most, page), command.bytes_within(nanoseconds, clock_hz));
        let _ = command.slowest_clock(bytes, nanoseconds);
    }
}

/// By polls, since a trait object has no `read`.
fn read(store: &mut dyn BackingStore<Error = String>, address: u32, bytes: &mut [u8]) {
    let mut transfer = Transfer::new(address, bytes.len() as u32);
    while store.poll_read(&mut transfer, bytes).unwrap().is_pending() {}
}

fn write(store: &mut dyn BackingStore<Error = String>, address: u32, bytes: &[u8]) {
    let mut transfer = Transfer::new(address, bytes.len() as u32);
    while store.poll_write(&mut transfer, bytes).unwrap().is_pending() {}
}

#[test]
fn the_whole_chip_can_be_reached() {
    for lanes in [Lanes::One, Lanes::Four] {
        let (_, bytes, violations) =
            on_model(vec![0; CHIP.size as usize], config(80_000_000), lanes, |psram| {
                for line in 0..23 {
                    write(psram, 1 << line, &[line + 1]);
                }
                write(psram, CHIP.size - 5, b"end");
            });
        assert!((0..23_u8).all(|line| bytes[1 << line] == line + 1));
        assert_eq!(bytes[CHIP.size as usize - 5..], *b"end\0\0");
        assert_eq!(violations, Violations::default());
    }
}

#[test]
fn the_model_sees_wrong_chunks() {
    for lanes in [Lanes::One, Lanes::Four] {
        for (writes, reads) in [(true, false), (false, true)] {
            let run = |chip| {
                on_model(vec![3; SIZE as usize], PsramConfig { chip, clock_hz: 40_000_000 }, lanes, |psram| {
                    let mut bytes = vec![5; 1024];
                    if writes {
                        write(psram, 512, &bytes);
                    }
                    if reads {
                        read(psram, 512, &mut bytes);
                    }
                    bytes
                })
            };
            let small = PsramChip { size: SIZE, ..CHIP };
            let good = run(small);
            assert_eq!(good.2, Violations::default());

            let slow = run(PsramChip { longest_select_ns: 12_000, ..small });
            assert!(slow.2.too_long > 0 && (&slow.0, &slow.1) != (&good.0, &good.1), "{:?}", slow.2);

            let wide = run(PsramChip { page: 4096, ..small });
            assert!(wide.2.left_page > 0, "{:?}", wide.2);
            assert!(!writes || wide.1 != good.1, "a page is overwritten from its start");

            let hasty = run(PsramChip { shortest_deselect_ns: 0, ..small });
            assert!(hasty.2.too_soon > 0);
        }
    }
}

#[test]
fn the_model_limits_the_clock() {
    let chip = PsramChip { size: SIZE, slow_read_hz: 60_000_000, ..CHIP };
    let ((), _, violations) =
        on_model(vec![3; SIZE as usize], PsramConfig { chip, clock_hz: 40_000_000 }, Lanes::One, |psram| {
            let mut bytes = [0; 4];
            read(psram, 0, &mut bytes);
            assert_ne!(bytes, [3; 4], "03 at 40 MHz");
        });
    assert_eq!(violations, Violations { too_fast: 1, ..Violations::default() });
}

#[test]
fn the_model_needs_its_dummy_clocks() {
    use embedded_hal::spi::SpiDevice;
    let time = ModelTime::default();
    let model = ChipModel::new((0..=255).collect::<Vec<u8>>(), CHIP, 40_000_000, &time);
    let (SingleLane(mut spi), _) =
        Psram::new(model, &time, PsramConfig { chip: CHIP, clock_hz: 40_000_000 }).unwrap().release();
    let mut wire = [0x0B, 0, 0, 16, 0, 0, 0];
    spi.transfer_in_place(&mut wire).unwrap();
    assert_eq!(wire[5..], [16, 17], "the data come after the dummy byte and not before");

    let time = ModelTime::default();
    let model = ChipModel::new(vec![3; 1024], CHIP, 40_000_000, &time).with_four_lanes();
    let (mut bus, _) =
        Psram::with_bus(model, &time, PsramConfig { chip: CHIP, clock_hz: 40_000_000 }).unwrap().release();
    time.advance_ns(50);
    let mut bytes = [0; 2];
    bus.transact(&Command::QUAD_READ, 0, BusData::Read(&mut bytes)).unwrap();
    assert_eq!((bytes, bus.violations()), ([3; 2], Violations::default()));
    let lanes = Command { address_lanes: Some(Lanes::One), ..Command::QUAD_READ };
    for wrong in [Command { dummy_clocks: 4, ..Command::QUAD_READ }, lanes] {
        time.advance_ns(50);
        let before = bus.violations().malformed;
        bus.transact(&wrong, 0, BusData::Read(&mut bytes)).unwrap();
        assert_eq!((bytes, bus.violations().malformed), ([0xFF; 2], before + 1));
    }
}

#[test]
fn the_model_is_silent_until_it_is_reset() {
    use embedded_hal::spi::SpiDevice;
    let time = ModelTime::default();
    let mut chip = ChipModel::new(vec![3; 1024], CHIP, 20_000_000, &time);
    let id = |chip: &mut ChipModel<'_, Vec<u8>>| {
        time.advance_ns(50);
        let mut wire = [0x9F, 0, 0, 0, 0, 0];
        chip.transfer_in_place(&mut wire).unwrap();
        [wire[4], wire[5]]
    };
    let say = |chip: &mut ChipModel<'_, Vec<u8>>, code: u8| {
        time.advance_ns(50);
        chip.write(&[code]).unwrap();
    };
    say(&mut chip, 0x66);
    say(&mut chip, 0x99);
    assert_eq!((id(&mut chip), chip.violations().unready), ([0xFF; 2], 3), "the supply is not there yet");
    time.advance_ns(150_000);
    assert_eq!((id(&mut chip), chip.violations().unready), ([0xFF; 2], 4), "nobody has reset it");
    say(&mut chip, 0x99);
    assert_eq!((id(&mut chip), chip.violations().unready), ([0xFF; 2], 5), "nor enabled the reset");
    say(&mut chip, 0x66);
    say(&mut chip, 0x99);
    assert_eq!((id(&mut chip), chip.violations().unready), ([0x0D, 0x5D], 5));
    say(&mut chip, 0x42);
    assert_eq!(chip.violations(), Violations { unready: 5, malformed: 1, ..Violations::default() });
}

#[test]
fn a_chip_that_was_left_with_four_lanes_is_brought_back() {
    let time = ModelTime::default();
    let make = |bytes| ChipModel::new(bytes, CHIP, 40_000_000, &time).with_four_lanes();
    let driver = config(40_000_000);
    let (mut bus, _) = Psram::with_bus(make(vec![3; 1024]), &time, driver).unwrap().release();
    time.advance_ns(50);
    bus.transact(&Command::ENTER_QPI, 0, BusData::None).unwrap();
    time.advance_ns(50);
    let mut bytes = [0];
    bus.transact(&Command::QUAD_READ, 0, BusData::Read(&mut bytes)).unwrap();
    assert_eq!((bytes, bus.violations().malformed), ([0xFF], 1), "its code was not on four lanes");

    let mut psram = Psram::with_bus(bus, &time, driver).unwrap();
    psram.read(0, &mut bytes).unwrap();
    assert_eq!((bytes, psram.bus().violations().malformed), ([3], 1));
}

#[test]
fn wrong_and_absent_models_are_refused() {
    let time = ModelTime::default();
    let make = || ChipModel::new(vec![0; 1024], CHIP, 40_000_000, &time);
    let absent = Psram::new(make().absent(), &time, config(40_000_000)).map(drop).unwrap_err();
    assert_eq!(absent, PsramError::WrongId { id: PsramId([0xFF; 8]), manufacturer: 0x0D });
    let other = [0x9D, 0x5D, 0, 0, 0, 0, 0, 0];
    let wrong = Psram::new(make().with_id(other), &time, config(40_000_000)).map(drop).unwrap_err();
    assert_eq!(wrong, PsramError::WrongId { id: PsramId(other), manufacturer: 0x0D });
    let bad = [0x0D, 0x55, 0, 0, 0, 0, 0, 0];
    let failed = Psram::new(make().with_id(bad), &time, config(40_000_000)).map(drop).unwrap_err();
    assert_eq!(failed, PsramError::BadDie { id: PsramId(bad) });
}
