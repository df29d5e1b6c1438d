//! Whether the clients of a shared store get what is theirs, and the urgent ones soon.

mod bus;

use bus::worker::{CLIENTS, OWN, Task, Worker};
use bus::{Bus, Kind, Log};
use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, Bursts, BusTiming, ChipModel, ClientError, Fault, FaultyStore, Lanes, ModelTime, PageCache,
    Psram, PsramChip, PsramConfig, Region, SharedStore, SliceStore, StoreClient, StoreError, TimedStore,
    Transfer, Violations, WISH_LAPSE,
};
use std::cell::RefCell;

#[derive(Debug, Clone, Copy)]
enum Step {
    Poll,
    /// Drops the handle in the middle of a transfer.
    Drop,
    /// Says that it will not poll for a while.
    Withdraw,
}

fn tasks() -> impl Strategy<Value = Vec<Task>> {
    let length = prop_oneof![0_u32..200, 0_u32..8193];
    let task = (any::<bool>(), 0_u32..1800, length, any::<u8>());
    let task = task.prop_map(|(is_write, address, length, value)| Task { is_write, address, length, value });
    prop::collection::vec(task, 0..6)
}

fn schedule() -> impl Strategy<Value = Vec<(usize, u32, Step)>> {
    let step = prop_oneof![20 => Just(Step::Poll), 1 => Just(Step::Drop), 1 => Just(Step::Withdraw)];
    // Now and then one has the processor for long.
    let times = prop_oneof![9 => Just(1_u32), 1 => 1_u32..80];
    prop::collection::vec((0..CLIENTS, times, step), 0..600)
}

/// Runs the schedule, then lets all take turns until nothing is left to do.
fn run(bus: Bus, kind: Kind, log: &Log, all_tasks: [Vec<Task>; CLIENTS], schedule: Vec<(usize, u32, Step)>) {
    let waits_for_bursts = kind == Kind::WaitedFor;
    let shared = SharedStore::<_, CLIENTS>::new(bus);
    let mut number = 0..;
    let mut workers = all_tasks.map(|tasks| Worker::new(&shared, number.next().unwrap(), tasks));
    let turns = (0..200_000).map(|turn| (turn % CLIENTS, 1, Step::Poll));
    for (number, times, step) in schedule.into_iter().chain(turns) {
        let polls = match step {
            Step::Poll => times,
            Step::Drop => {
                workers[number].drop_handle();
                0
            }
            Step::Withdraw => {
                workers[number].withdraw();
                0
            }
        };
        for _ in 0..polls {
            if workers[number].tasks.is_empty() {
                break;
            }
            let is_nothing = workers[number].transfer.rest() == 0;
            let mut is_first = true;
            for other in workers[..number].iter_mut().filter(|other| other.wants_bus && !is_nothing) {
                if other.others_refused == WISH_LAPSE {
                    other.wants_bus = false;
                } else {
                    other.others_refused += 1;
                    is_first = false;
                }
            }
            let before = log.count();
            workers[number].poll();
            let bursts = log.count() - before;
            assert!(is_first || bursts == 0, "{number} was faster than a more urgent one");
            assert!(bursts <= 1);
            if waits_for_bursts && is_first && !is_nothing {
                assert_eq!(bursts, 1, "{number} waited for nobody");
            }
        }
        if workers.iter().all(|worker| worker.tasks.is_empty()) {
            break;
        }
    }
    assert!(workers.iter().all(|worker| worker.tasks.is_empty()), "some are not ready");
    let statistics = shared.statistics();
    if waits_for_bursts {
        assert_eq!(statistics.iter().map(|client| client.bursts).sum::<u64>(), log.count() as u64);
    }
    assert_eq!(statistics[0].longest_wait, 0, "nobody is more urgent");
    let models = workers.map(|worker| worker.model).concat();
    assert_eq!(shared.into_inner().bytes(), models);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_get_their_own_and_the_urgent_first(
        kind in prop_oneof![Just(Kind::WaitedFor), (0_u32..5).prop_map(Kind::Lost), (0_u32..5).prop_map(Kind::Left)],
        tasks in [tasks(), tasks(), tasks()],
        schedule in schedule(),
    ) {
        let log = Log::default();
        let bus = Bus::new(CLIENTS as u32 * OWN, 30, kind, &log);
        run(bus, kind, &log, tasks, schedule);
    }
}

/// How many bursts of the client whose bytes are there begin.
fn begun(log: &Log, client: u32) -> usize {
    log.addresses().iter().filter(|&&address| address / OWN == client).count()
}

const KINDS: [Kind; 6] =
    [Kind::WaitedFor, Kind::Lost(0), Kind::Lost(4), Kind::Left(0), Kind::Left(1), Kind::Left(4)];

#[test]
fn the_sound_is_delayed_by_one_burst_at_most() {
    for kind in KINDS {
        for polled_before in 0..20 {
            let log = Log::default();
            let bus = Bus::new(2 * OWN, 30, kind, &log);
            let shared = SharedStore::<_, 2>::new(bus);
            let (mut sound, mut writer) = (shared.client(0).unwrap(), shared.client(1).unwrap());

            let written = vec![7; 8192];
            let mut writing = Transfer::new(OWN, 8192);
            for _ in 0..polled_before {
                assert!(writer.poll_write(&mut writing, &written).unwrap().is_pending());
            }
            let before = begun(&log, 1);
            // Two pages one after the other, each of 18 bursts, with the log polling all the while.
            for page in 0..2 {
                let mut bytes = [1; 512];
                let mut reading = Transfer::new(page * 512, 512);
                let mut busy_polls = 0;
                while sound.poll_read(&mut reading, &mut bytes).unwrap().is_pending() {
                    busy_polls += u32::from(begun(&log, 0) == 0);
                    assert!(writer.poll_write(&mut writing, &written).unwrap().is_pending());
                }
                assert_eq!(bytes, [0; 512]);
                assert_eq!(begun(&log, 1), before, "no burst of the log has begun since");
                assert_eq!(begun(&log, 0), 18 * (page as usize + 1), "and none of the sound in vain");
                assert!(
                    busy_polls <= kind.polls_of_a_burst(),
                    "only the rest of one burst had to be waited for"
                );
            }
            while writer.poll_write(&mut writing, &written).unwrap().is_pending() {}
            let waited = shared.statistics()[1].longest_wait;
            assert_eq!(shared.statistics()[0].bytes, 1024);
            assert_eq!((shared.statistics()[0].longest_wait, waited >= 17), (0, true));
            drop((sound, writer));
            assert_eq!(shared.into_inner().bytes()[OWN as usize..][..8192], written);
        }
    }
}

#[test]
fn a_wish_ends_with_the_handle_the_error_and_the_transfer() {
    let ends: [fn(&mut Option<StoreClient<'_, Bus, 2>>); 5] = [
        |sound| *sound = None,
        |sound| sound.as_mut().unwrap().withdraw(),
        |sound| {
            let outside = sound.as_mut().unwrap().read(20 * OWN, &mut [0; 4]);
            assert!(matches!(outside, Err(StoreError::OutOfRange { .. })));
        },
        |sound| {
            let wrong = sound.as_mut().unwrap().poll_read(&mut Transfer::new(0, 4), &mut [0; 5]);
            assert!(matches!(wrong, Err(StoreError::WrongLength { .. })));
        },
        |sound| sound.as_mut().unwrap().read(0, &mut [0; 100]).unwrap(),
    ];
    for end in ends {
        let log = Log::default();
        let shared = SharedStore::<_, 2>::new(Bus::new(2 * OWN, 30, Kind::WaitedFor, &log));
        let (mut sound, mut writer) = (shared.client(0).ok(), shared.client(1).unwrap());
        let mut reading = Transfer::new(0, 4096);
        assert!(sound.as_mut().unwrap().poll_read(&mut reading, &mut [0; 4096]).unwrap().is_pending());
        let mut writing = Transfer::new(OWN, 8192);
        assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
        assert_eq!(writing.done(), 0);
        end(&mut sound);
        assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
        assert_eq!(writing.done(), 30);
    }
}

#[test]
fn a_wish_ends_when_the_bus_fails_or_stalls() {
    let faults =
        [Fault::Bus { bursts: Bursts::Only(1) }, Fault::Stall { burst: 1, polls: sostenuto_paged::PATIENCE }];
    for (fault, is_write) in
        faults.into_iter().zip([false, true]).chain(faults.into_iter().zip([true, false]))
    {
        let faults = [fault];
        let log = Log::default();
        let bus = FaultyStore::new(Bus::new(2 * OWN, 30, Kind::WaitedFor, &log), &faults);
        let shared = SharedStore::<_, 2>::new(bus);
        let (sound, mut writer) = (shared.client(0).unwrap(), shared.client(1).unwrap());
        let mut sound = Region::new(sound, 0, OWN).unwrap();
        let failed = if is_write { sound.write(0, &[0; 100]) } else { sound.read(0, &mut [0; 100]) };
        match fault {
            Fault::Bus { .. } => assert!(matches!(failed, Err(StoreError::Bus(_)))),
            _ => assert_eq!(failed, Err(StoreError::Stalled { address: 30 })),
        }
        let mut writing = Transfer::new(OWN, 100);
        assert!(writer.poll_write(&mut writing, &[7; 100]).unwrap().is_pending());
        assert_eq!(writing.done(), 30);
    }
}

#[test]
fn a_wish_of_a_client_that_is_away_lapses() {
    let log = Log::default();
    let shared = SharedStore::<_, 2>::new(Bus::new(2 * OWN, 30, Kind::WaitedFor, &log));
    let (mut sound, mut writer) = (shared.client(0).unwrap(), shared.client(1).unwrap());
    let (mut reading, mut bytes) = (Transfer::new(0, 4096), [0; 4096]);
    let mut writing = Transfer::new(OWN, 8192);
    for _ in 0..2 {
        let read = reading.done();
        assert!(sound.poll_read(&mut reading, &mut bytes).unwrap().is_pending());
        assert_eq!(reading.done(), read + 30, "it is back at once");
        let written = writing.done();
        for _ in 0..WISH_LAPSE {
            assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
            assert_eq!(writing.done(), written);
        }
        for burst in 1..4 {
            assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
            assert_eq!(writing.done(), written + 30 * burst);
        }
    }
    assert_eq!(writer.statistics().longest_wait, WISH_LAPSE);
    assert_eq!((writer.statistics().bursts, writer.statistics().bytes), (6, 180));
    assert_eq!(shared.statistics(), [sound.statistics(), writer.statistics()]);
}

#[test]
fn who_is_refused_goes_before_those_who_are_less_urgent() {
    let log = Log::default();
    let shared = SharedStore::<_, 3>::new(Bus::new(3 * OWN, 30, Kind::WaitedFor, &log));
    let [mut first, mut second, mut third] = [0, 1, 2].map(|number| shared.client(number).unwrap());
    let [mut a, mut b, mut c] = [0, 1, 2].map(|number| Transfer::new(number * OWN, 50));
    let bytes = [0; 50];
    assert!(first.poll_write(&mut a, &bytes).unwrap().is_pending());
    assert!(second.poll_write(&mut b, &bytes).unwrap().is_pending());
    assert!(first.poll_write(&mut a, &bytes).unwrap().is_ready());
    assert!(third.poll_write(&mut c, &bytes).unwrap().is_pending());
    assert!(second.poll_write(&mut b, &bytes).unwrap().is_pending());
    assert!(third.poll_write(&mut c, &bytes).unwrap().is_pending());
    assert!(second.poll_write(&mut b, &bytes).unwrap().is_ready());
    assert!(third.poll_write(&mut c, &bytes).unwrap().is_pending());
    assert_eq!(log.addresses(), [0, 30, OWN, OWN + 30, 2 * OWN]);
    assert_eq!(third.statistics().longest_wait, 2);
    // What has been moved needs no bus.
    assert!(second.poll_write(&mut b, &bytes).unwrap().is_ready());
    assert!(third.poll_write(&mut Transfer::new(0, 0), &[]).unwrap().is_ready());
}

#[test]
fn each_number_has_one_handle() {
    let mut shared = SharedStore::<_, 2>::new(SliceStore::new([0; 64]));
    let number = |number| shared.client(number).map(|client| client.number());
    assert_eq!(number(2), Err(ClientError::NoSuchNumber { number: 2, clients: 2 }));
    assert_eq!((number(1), number(1)), (Ok(1), Ok(1)), "it was dropped");
    let first = shared.client(1).unwrap();
    assert_eq!(first.size(), 64);
    let error = shared.client(1).unwrap_err();
    assert_eq!(error.to_string(), "client 1 of the shared store has a handle already");
    let other = ClientError::NoSuchNumber { number: 9, clients: 2 };
    assert_eq!(other.to_string(), "there is no client 9 of a store that is shared by 2");
    drop(first);
    shared.store_mut().write(0, b"its own").unwrap();
    assert_eq!(&shared.into_inner().into_inner()[..7], b"its own");
}

const SHORT: [Fault; 1] = [Fault::Short { bursts: Bursts::ALL, bytes: 1 }];
static STATIC: SharedStore<FaultyStore<'_, SliceStore<[u8; 4096]>>, 2> =
    SharedStore::new(FaultyStore::new(SliceStore::new([0; 4096]), &SHORT));

#[test]
fn who_is_starved_is_told_so() {
    std::thread_local! {
        static BUSY: RefCell<StoreClient<'static, FaultyStore<'static, SliceStore<[u8; 4096]>>, 2>> =
            RefCell::new(STATIC.client(0).unwrap());
    }
    fn be_busy() {
        BUSY.with_borrow_mut(|busy| _ = busy.poll_write(&mut Transfer::new(0, 128), &[1; 128]).unwrap());
    }
    let mut starved = STATIC.client(1).unwrap().waiting_by(be_busy);
    be_busy();
    assert_eq!(starved.write(3000, &[1; 128]), Err(StoreError::Stalled { address: 3000 }));
    assert_eq!(
        (starved.statistics().bursts, starved.statistics().longest_wait),
        (0, sostenuto_paged::PATIENCE + 1)
    );
}

#[test]
fn a_chip_is_never_selected_for_too_long() {
    let time = ModelTime::default();
    let clock_hz = 40_000_000;
    let model = ChipModel::new(vec![0; 65_536], PsramChip::ESP_PSRAM64H, clock_hz, &time);
    let config = PsramConfig { chip: PsramChip { size: 65_536, ..PsramChip::ESP_PSRAM64H }, clock_hz };
    let shared = SharedStore::<_, 2>::new(Psram::new(model, &time, config).unwrap());
    let (mut sound, mut writer) = (shared.client(0).unwrap(), shared.client(1).unwrap());
    let written: Vec<u8> = (0..8192).map(|index| (index / 31) as u8).collect();
    let mut writing = Transfer::new(16_000, 8192);
    let mut pages = 0;
    while writer.poll_write(&mut writing, &written).unwrap().is_pending() {
        let begun_ns = time.now_ns();
        sound.write(32_768 + pages * 64, &[pages as u8; 64]).unwrap();
        // 64 bytes are three bursts of 31, 31 and 2.
        assert!(time.now_ns() - begun_ns < 3 * 8000);
        pages += 1;
    }
    let mut bytes = vec![0; 8192];
    writer.read(16_000, &mut bytes).unwrap();
    assert_eq!(bytes, written);
    for page in 0..pages {
        let mut bytes = [0; 64];
        sound.read(32_768 + page * 64, &mut bytes).unwrap();
        assert_eq!(bytes, [page as u8; 64]);
    }
    drop((sound, writer));
    let (bus, _) = shared.into_inner().release();
    assert_eq!(bus.0.violations(), Violations::default());
}

#[test]
fn on_a_modelled_bus_a_page_takes_one_burst_longer_at_most() {
    let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 40_000_000, Lanes::One).unwrap();
    let store = TimedStore::new(SliceStore::new(vec![3; 65_536]), bus);
    let shared = SharedStore::<_, 2>::new(store);
    let (sound, mut writer) = (shared.client(0).unwrap(), shared.client(1).unwrap());
    let mut sound = Region::new(sound, 1024, 4096).unwrap();
    let mut writing = Transfer::new(16_384, 8192);
    let mut waited = 0;
    for page in 0..8 {
        // The sound comes back in the middle of a burst of the log.
        for _ in 0..3 {
            writer.wait();
            assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
        }
        let begun = shared.with_store(|store| {
            let in_the_middle = store.now() + (store.free_at() - store.now()) / 2;
            store.advance_to(in_the_middle);
            store.now()
        });
        let (mut reading, mut bytes) = (Transfer::new(page * 512, 512), [0; 512]);
        let mut polls = 0;
        while sound.poll_read(&mut reading, &mut bytes).unwrap().is_pending() {
            assert!(writer.poll_write(&mut writing, &[7; 8192]).unwrap().is_pending());
            sound.wait();
            polls += 1;
            assert!(polls < 100);
        }
        assert_eq!(bytes, [3; 512]);
        let time = shared.with_store(|store| store.now()) - begun;
        assert!(time > bus.read_time(512) && time <= bus.read_time(512) + bus.longest_burst(), "{time}");
        waited += time - bus.read_time(512);
    }
    assert!(waited > 0);
    writer.write(16_384, &[8; 8192]).unwrap();
    drop((sound, writer));
    assert_eq!(shared.into_inner().into_inner().bytes()[16_384..][..8192], [8; 8192]);
}

/// Polls without ever giving up, as the least urgent client may have to wait for all the others to be done.
fn write(client: &mut impl BackingStore, address: u32, bytes: &[u8]) {
    let mut transfer = Transfer::new(address, bytes.len() as u32);
    while client.poll_write(&mut transfer, bytes).unwrap().is_pending() {
        std::thread::yield_now();
    }
}

fn read(client: &mut impl BackingStore, address: u32, bytes: &mut [u8]) {
    let mut transfer = Transfer::new(address, bytes.len() as u32);
    while client.poll_read(&mut transfer, bytes).unwrap().is_pending() {
        std::thread::yield_now();
    }
}

#[test]
fn threads_get_their_own() {
    for kind in KINDS {
        let log = Log::default();
        let bus = Bus::new(CLIENTS as u32 * OWN, 30, kind, &log);
        let shared = SharedStore::<_, CLIENTS>::new(bus);
        let region = |number| {
            let client = shared.client(number).unwrap().waiting_by(std::thread::yield_now);
            Region::new(client, number as u32 * OWN, OWN).unwrap()
        };
        std::thread::scope(|scope| {
            let sound = region(0);
            scope.spawn(move || {
                // A delay line of 4 KB through four pages of 256 bytes: what comes out is what went in a round ago.
                let mut cache = Box::new(PageCache::<_, 256, 4, 16>::new(sound, 4096, 4096).unwrap());
                for sample in 0..4096_u32 {
                    let (address, mut bytes) = (sample * 4 % 4096, [0; 4]);
                    cache.read(address.into(), &mut bytes).unwrap();
                    assert_eq!(
                        u32::from_le_bytes(bytes),
                        sample.saturating_sub(1024 - 1) * u32::from(sample >= 1024)
                    );
                    cache.write(address.into(), &(sample + 1).to_le_bytes()).unwrap();
                    if sample.is_multiple_of(32) {
                        cache.begin_block();
                        _ = cache.work().unwrap();
                    }
                }
            });
            for number in 1..CLIENTS {
                let mut own = region(number);
                scope.spawn(move || {
                    for round in 0..20_u8 {
                        let bytes = vec![round ^ number as u8; 8192];
                        write(&mut own, 100, &bytes);
                        let mut back = vec![0; 8192];
                        read(&mut own, 100, &mut back);
                        assert_eq!(back, bytes);
                    }
                });
            }
        });
        let [sound, second, third] = shared.statistics();
        assert_eq!(sound.longest_wait, 0);
        assert_eq!((second.bytes, third.bytes), (2 * 20 * 8192, 2 * 20 * 8192));
    }
}
