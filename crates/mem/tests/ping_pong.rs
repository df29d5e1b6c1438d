//! Two halves that a device and the program hand to each other.

use sostenuto_mem::ping_pong::{Cache, Late, NoCache, PingPong, PingPongError};
use std::sync::{Arc, Mutex};

/// Two halves, in the middle of a cache line or not.
#[repr(C, align(64))]
struct Memory<const BEFORE: usize>([u8; BEFORE], [[u32; 8]; 2]);

fn halves() -> &'static mut [[u32; 8]; 2] {
    &mut Box::leak(Box::new(Memory([0; 32], [[0; 8]; 2]))).1
}

/// Notes what is asked of it, with the address relative to the first half.
#[derive(Clone)]
struct Noted {
    notes: Arc<Mutex<Vec<Note>>>,
    first: usize,
}

/// What, from which byte on, how many bytes.
type Note = (&'static str, usize, usize);

impl Noted {
    fn of(memory: &[[u32; 8]; 2]) -> Self {
        Self { notes: Arc::default(), first: memory.as_ptr().addr() }
    }

    fn taken(&self) -> Vec<Note> {
        std::mem::take(&mut self.notes.lock().unwrap())
    }
}

impl Cache for Noted {
    fn clean(&mut self, address: *const u8, bytes: usize) {
        self.notes.lock().unwrap().push(("clean", address.addr() - self.first, bytes));
    }

    fn invalidate(&mut self, address: *const u8, bytes: usize) {
        self.notes.lock().unwrap().push(("invalidate", address.addr() - self.first, bytes));
    }
}

#[test]
fn the_program_gets_each_block_that_was_captured_in_order() {
    static CAPTURE: PingPong = PingPong::new();
    let (mut device, mut program) = CAPTURE.capture(halves(), NoCache).unwrap();
    assert!(program.take().is_none());
    for block in 0..5 {
        // SAFETY: the half is the device's.
        unsafe { device.half().write([block; 8]) };
        device.complete().unwrap();
        assert_eq!(*program.take().unwrap(), [block; 8]);
    }
    assert!(program.take().is_none());
    assert_eq!(device.late(), 0);
}

#[test]
fn a_device_that_finds_the_program_late_goes_on_with_its_half() {
    static CAPTURE: PingPong = PingPong::new();
    let (mut device, mut program) = CAPTURE.capture(halves(), NoCache).unwrap();
    // SAFETY: here and below, the half is the device's.
    unsafe { device.half().write([1; 8]) };
    let second = device.complete().unwrap();
    let first = program.take().unwrap();
    unsafe { device.half().write([2; 8]) };
    assert_eq!((device.complete(), device.half(), device.late()), (Err(Late), second, 1));
    unsafe { device.half().write([3; 8]) };
    assert_eq!(*first, [1; 8], "nobody writes to what the program has");
    drop(first);
    assert_ne!(device.complete().unwrap(), second);
    assert_eq!(*program.take().unwrap(), [3; 8]);
}

#[test]
fn a_device_plays_what_the_program_has_filled() {
    static PLAYBACK: PingPong = PingPong::new();
    let (mut device, mut program) = PLAYBACK.playback(halves(), NoCache).unwrap();
    let played = |device: &sostenuto_mem::ping_pong::DeviceEnd<u32, 8, NoCache>| {
        // SAFETY: the half is the device's.
        unsafe { device.half().read() }
    };
    assert_eq!(played(&device), [0; 8]);
    *program.take().unwrap() = [1; 8];
    assert!(program.take().is_none(), "the other half is being played");
    device.complete().unwrap();
    assert_eq!(played(&device), [1; 8]);
    assert_eq!((device.complete(), played(&device)), (Err(Late), [1; 8]));
    *program.take().unwrap() = [2; 8];
    device.complete().unwrap();
    assert_eq!(played(&device), [2; 8]);
}

#[test]
fn the_cache_is_told_when_a_half_changes_hands() {
    static CAPTURE: PingPong = PingPong::new();
    let memory = halves();
    let cache = Noted::of(memory);
    let (mut device, mut program) = CAPTURE.capture(memory, cache.clone()).unwrap();
    assert_eq!(cache.taken(), [("invalidate", 0, 64)]);
    device.complete().unwrap();
    let half = program.take().unwrap();
    assert_eq!(cache.taken(), [("invalidate", 0, 32)], "before the program reads");
    drop(half);
    assert_eq!(
        cache.taken(),
        [("invalidate", 0, 32)],
        "so that nothing is written back over what the device writes"
    );

    static PLAYBACK: PingPong = PingPong::new();
    let memory = halves();
    let cache = Noted::of(memory);
    let (_device, mut program) = PLAYBACK.playback(memory, cache.clone()).unwrap();
    assert_eq!(cache.taken(), [("clean", 0, 64)]);
    let half = program.take().unwrap();
    assert_eq!(cache.taken(), []);
    drop(half);
    assert_eq!(cache.taken(), [("clean", 32, 32)], "before the device reads");
}

#[test]
fn halves_within_a_cache_line_are_refused() {
    static CAPTURE: PingPong = PingPong::new();
    let memory = &mut Box::leak(Box::new(Memory([0; 4], [[0_u32; 8]; 2]))).1;
    let address = memory.as_ptr().addr();
    let error = CAPTURE.capture(memory, NoCache).err().unwrap();
    assert_eq!(error, PingPongError::Misaligned { address });
    assert!(CAPTURE.capture(halves(), NoCache).is_ok(), "the exchange was not used up");
    let error = CAPTURE.capture(halves(), NoCache).err().unwrap();
    assert_eq!(error.to_string(), "the ends of this exchange were made already");
}

#[test]
fn an_interrupt_and_the_program_may_come_between_each_other() {
    static CAPTURE: PingPong = PingPong::new();
    let (mut device, mut program) = CAPTURE.capture(halves(), NoCache).unwrap();
    let interrupt = std::thread::spawn(move || {
        for block in 1..=50_000 {
            // SAFETY: the half is the device's.
            unsafe { device.half().write([block; 8]) };
            let _ = device.complete();
        }
        device.late()
    });
    let (mut last, mut blocks) = (0, 0);
    while !interrupt.is_finished() {
        if let Some(half) = program.take() {
            assert!(half[0] > last && *half == [half[0]; 8], "{half:?} after {last}", half = *half);
            last = half[0];
            blocks += 1;
        }
    }
    blocks += u32::from(program.take().is_some());
    assert_eq!(blocks + interrupt.join().unwrap(), 50_000);
}
