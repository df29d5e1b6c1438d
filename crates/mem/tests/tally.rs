//! Whether a tally counts what an allocator does. Unsafe: calls allocators by hand.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_mem::watch::{Counts, Leaks, NotQuiet, Tallied, Tally};
use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).expect("a layout")
}

/// Refuses what is larger than a kilobyte.
struct Small;

// SAFETY: what it does not refuse is the system's.
unsafe impl GlobalAlloc for Small {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises.
        if layout.size() > 1024 { std::ptr::null_mut() } else { unsafe { std::alloc::System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises.
        unsafe { std::alloc::System.dealloc(start, layout) }
    }
}

#[test]
fn each_call_is_counted() {
    let small = Tallied::new(Small);
    // SAFETY: each block is freed once, by the layout that it has.
    unsafe {
        let first = small.alloc(layout(100));
        let second = small.alloc_zeroed(layout(200));
        assert_eq!(*second.add(199), 0);
        let counts = small.tally().counts();
        assert_eq!((counts.live, counts.live_bytes, counts.peak, counts.peak_bytes), (2, 300, 2, 300));

        first.write(42);
        let first = small.realloc(first, layout(100), 1000);
        assert_eq!(first.read(), 42);
        assert_eq!(small.tally().leaks(), Err(Leaks { live: 2, live_bytes: 1200 }));
        let first = small.realloc(first, layout(1000), 50);
        assert!(small.realloc(first, layout(50), 5000).is_null());
        assert!(small.alloc(layout(2000)).is_null());
        small.dealloc(first, layout(50));
        assert_eq!(small.tally().leaks(), Err(Leaks { live: 1, live_bytes: 200 }));
        small.dealloc(second, layout(200));
    }
    let counts =
        Counts { allocations: 4, frees: 4, failures: 2, live: 0, peak: 2, live_bytes: 0, peak_bytes: 1200 };
    assert_eq!(small.tally().counts(), counts);
    assert_eq!(small.tally().leaks(), Ok(()));
    let line = "4 allocations, 4 frees, 2 failures; live: 0 of 0 B; at the peak: 2, 1200 B";
    assert_eq!(counts.to_string(), line);
}

#[test]
fn each_use_after_the_mark_is_told() {
    let tally = Tally::new();
    tally.allocated(10);
    let mark = tally.mark();
    assert_eq!(tally.quiet_since(mark), Ok(()));

    tally.failed();
    assert_eq!(tally.quiet_since(mark), Err(NotQuiet { allocations: 0, frees: 0, failures: 1 }));
    tally.resized(10, 10);
    assert_eq!(tally.quiet_since(mark), Err(NotQuiet { allocations: 1, frees: 1, failures: 1 }));
    let later = tally.mark();
    tally.freed(10);
    assert_eq!(tally.quiet_since(later), Err(NotQuiet { allocations: 0, frees: 1, failures: 0 }));
    let text = tally.quiet_since(later).unwrap_err().to_string();
    assert!(text.contains("0 allocations, 1 frees, 0 failures"), "{text}");
}

#[test]
fn the_counters_wrap_without_a_panic() {
    let tally = Tally::new();
    tally.freed(5);
    let mark = tally.mark();
    tally.allocated(5);
    assert_eq!(tally.leaks(), Ok(()));
    assert_eq!(tally.quiet_since(mark), Err(NotQuiet { allocations: 1, frees: 0, failures: 0 }));
}

#[test]
fn counting_in_many_threads_loses_nothing() {
    static SHARED: Tally = Tally::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    SHARED.allocated(3);
                    SHARED.freed(3);
                }
            });
        }
    });
    let counts = SHARED.counts();
    assert_eq!((counts.allocations, counts.frees, counts.live, counts.live_bytes), (40_000, 40_000, 0, 0));
    assert!((1..=4).contains(&counts.peak) && (3..=12).contains(&counts.peak_bytes), "{counts}");
}

#[test]
fn counting_does_not_allocate() {
    let tally = Tally::new();
    assert_no_alloc(|| {
        let mark = black_box(&tally).mark();
        tally.allocated(1);
        tally.resized(1, 2);
        tally.freed(2);
        tally.failed();
        _ = black_box((tally.quiet_since(mark), tally.leaks(), tally.counts()));
    });
}

#[cfg(feature = "allocator-api2")]
mod api2 {
    use super::*;
    use allocator_api2::alloc::{AllocError, Allocator, Global};
    use allocator_api2::boxed::Box;
    use allocator_api2::vec::Vec;
    use std::ptr::NonNull;

    /// Refuses all.
    struct Nothing;

    // SAFETY: it gives no memory.
    unsafe impl Allocator for Nothing {
        fn allocate(&self, _: Layout) -> Result<NonNull<[u8]>, AllocError> {
            Err(AllocError)
        }

        unsafe fn deallocate(&self, _: NonNull<u8>, _: Layout) {}
    }

    #[test]
    fn containers_come_out_even() {
        let tallied = Tallied::new(Global);
        {
            let mut samples = Vec::new_in(&tallied);
            (0..1000).for_each(|n| samples.push(n as f32));
            samples.truncate(10);
            samples.shrink_to_fit();
            let counts = tallied.tally().counts();
            assert_eq!((counts.live, counts.live_bytes), (1, 40));
            assert!(counts.peak_bytes >= 4000 && counts.allocations > 3, "{counts}");

            let start = tallied.tally().mark();
            samples.sort_by(f32::total_cmp);
            assert_eq!(tallied.tally().quiet_since(start), Ok(()));
            let boxed = Box::new_in([0_u8; 64], &tallied);
            assert_eq!(tallied.tally().leaks(), Err(Leaks { live: 2, live_bytes: 104 }));
            assert!(tallied.tally().quiet_since(start).is_err());
            drop(boxed);
        }
        assert_eq!(tallied.tally().leaks(), Ok(()));
    }

    #[test]
    fn what_is_forgotten_has_leaked() {
        let tallied = Tallied::new(Global);
        let leaked = Box::leak(Box::new_in([0_u8; 48], &tallied));
        let text = tallied.tally().leaks().unwrap_err().to_string();
        assert_eq!(text, "1 allocation of 48 B in all was never freed");
        // SAFETY: it was made by this allocator, with this layout, and is not used again.
        unsafe { tallied.deallocate(NonNull::from(leaked).cast(), Layout::new::<[u8; 48]>()) };
        assert_eq!(tallied.tally().leaks(), Ok(()));
    }

    #[test]
    fn zeroed_grown_and_refused_blocks_are_counted() {
        let tallied = Tallied::new(Global);
        let block = tallied.allocate_zeroed(layout(16)).expect("memory");
        // SAFETY: the block is live and has this layout, and then the new one.
        unsafe {
            let block = tallied.grow_zeroed(block.cast(), layout(16), layout(32)).expect("memory");
            assert_eq!(block.cast::<[u8; 32]>().read(), [0; 32]);
            let block = tallied.shrink(block.cast(), layout(32), layout(8)).expect("memory");
            tallied.deallocate(block.cast(), layout(8));
        }
        let counts = tallied.tally().counts();
        assert_eq!((counts.allocations, counts.frees, counts.failures, counts.peak_bytes), (3, 3, 0, 32));

        let none = Tallied::new(Nothing);
        assert!(none.allocate(layout(8)).is_err() && none.allocate_zeroed(layout(8)).is_err());
        let counts = none.tally().counts();
        assert_eq!((counts.allocations, counts.failures, counts.peak_bytes), (0, 2, 0));
    }
}
