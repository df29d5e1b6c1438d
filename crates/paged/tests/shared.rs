//! Whether the clients of a shared store get what is theirs, and the urgent ones soon.

mod bus;

use bus::{Bus, Log};
use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, Bursts, ChipModel, ClientError, Fault, FaultyStore, ModelTime, PageCache, Psram, PsramChip,
    PsramConfig, Region, SharedStore, SliceStore, StoreClient, StoreError, Transfer, Violations, WISH_LAPSE,
};
use std::cell::RefCell;
use std::collections::VecDeque;

const CLIENTS: usize = 3;
/// How many bytes each client has for itself.
const OWN: u32 = 10_000;

#[derive(Debug, Clone, Copy)]
struct Task {
    is_write: bool,
    address: u32,
    length: u32,
    value: u8,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Poll,
    /// Drops the handle in the middle of a transfer.
    Drop,
    /// Says that it will not poll for a while.
    Withdraw,
}

/// A client with its tasks, and what its bytes should be.
struct Worker<'a> {
    number: usize,
    shared: &'a SharedStore<Bus, CLIENTS>,
    handle: Option<StoreClient<'a, Bus, CLIENTS>>,
    tasks: VecDeque<Task>,
    transfer: Transfer,
    buffer: Vec<u8>,
    model: Vec<u8>,
    /// Whether it has polled and is not ready.
    wants_bus: bool,
    /// How many polls of others were refused since it polled last.
    others_refused: u32,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a SharedStore<Bus, CLIENTS>, number: usize, tasks: Vec<Task>) -> Self {
        let mut worker = Self {
            number,
            shared,
            handle: Some(shared.client(number).unwrap()),
            tasks: tasks.into(),
            transfer: Transfer::new(0, 0),
            buffer: vec![],
            model: vec![0; OWN as usize],
            wants_bus: false,
            others_refused: 0,
        };
        worker.begin();
        worker
    }

    fn begin(&mut self) {
        let Some(task) = self.tasks.front() else { return };
        self.transfer = Transfer::new(self.number as u32 * OWN + task.address, task.length);
        let written = (0..task.length).map(|index| task.value.wrapping_add(index as u8));
        self.buffer = if task.is_write { written.collect() } else { vec![0xEE; task.length as usize] };
    }

    fn poll(&mut self) {
        let Some(task) = self.tasks.front().copied() else { return };
        let handle = self.handle.as_mut().unwrap();
        let polled = if task.is_write {
            handle.poll_write(&mut self.transfer, &self.buffer)
        } else {
            handle.poll_read(&mut self.transfer, &mut self.buffer)
        };
        (self.wants_bus, self.others_refused) = (polled.unwrap().is_pending(), 0);
        if !self.wants_bus {
            let place = task.address as usize..(task.address + task.length) as usize;
            if task.is_write {
                self.model[place].copy_from_slice(&self.buffer);
            } else {
                assert_eq!(self.buffer, self.model[place], "client {} at {}", self.number, task.address);
            }
            self.tasks.pop_front();
            self.begin();
        }
    }

    /// Gives a transfer up. It is begun anew when it is polled again.
    fn drop_handle(&mut self) {
        self.handle = None;
        self.handle = Some(self.shared.client(self.number).unwrap());
        self.wants_bus = false;
        self.begin();
    }

    fn withdraw(&mut self) {
        self.handle.as_mut().unwrap().withdraw();
        self.wants_bus = false;
    }
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
fn run(bus: Bus, log: &Log, all_tasks: [Vec<Task>; CLIENTS], schedule: Vec<(usize, u32, Step)>) {
    let waits_for_bursts = bus.polls_of_a_burst().is_none();
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
        polls in prop_oneof![Just(None), (0_u32..5).prop_map(Some)],
        tasks in [tasks(), tasks(), tasks()],
        schedule in schedule(),
    ) {
        let log = Log::default();
        let bus = Bus::new(CLIENTS as u32 * OWN, 30, &log);
        let bus = if let Some(polls) = polls { bus.going_on_by_itself(polls) } else { bus };
        run(bus, &log, tasks, schedule);
    }
}

/// How many bursts of the client whose bytes are there begin.
fn begun(log: &Log, client: u32) -> usize {
    log.addresses().iter().filter(|&&address| address / OWN == client).count()
}

#[test]
fn the_sound_is_delayed_by_one_burst_at_most() {
    for polls in [None, Some(0), Some(1), Some(4)] {
        for polled_before in 0..20 {
            let log = Log::default();
            let bus = Bus::new(2 * OWN, 30, &log);
            let bus = if let Some(polls) = polls { bus.going_on_by_itself(polls) } else { bus };
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
                assert!(busy_polls <= polls.unwrap_or(0), "only the rest of one burst had to be waited for");
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
        let shared = SharedStore::<_, 2>::new(Bus::new(2 * OWN, 30, &log));
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
        let bus = FaultyStore::new(Bus::new(2 * OWN, 30, &log), &faults);
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
    let shared = SharedStore::<_, 2>::new(Bus::new(2 * OWN, 30, &log));
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
    let shared = SharedStore::<_, 3>::new(Bus::new(3 * OWN, 30, &log));
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
    for polls in [None, Some(0), Some(3)] {
        let log = Log::default();
        let bus = Bus::new(CLIENTS as u32 * OWN, 30, &log);
        let bus = if let Some(polls) = polls { bus.going_on_by_itself(polls) } else { bus };
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
