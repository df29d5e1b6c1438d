//! Whether the high-water mark of a stack is that of its use. Unsafe: runs code on stacks of its own.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_mem::watch::{MARGIN, PAINT, Stack, StackError, StackLevel, StackReport};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const SIZE: usize = 128 * 1024;

#[repr(C, align(4096))]
struct Memory([u8; SIZE]);

/// What a thread's stack was before and after something ran on it.
struct Marks {
    before: usize,
    after: StackReport,
    is_overflown: bool,
}

/// Runs on a new stack, of which so many bytes at the low end are not watched, and may be overrun.
fn marks(unwatched: usize, run: fn()) -> Marks {
    let mut memory = Box::new(Memory([0; SIZE]));
    let base = (&raw mut memory.0).cast::<u8>();
    // SAFETY: the memory is large, aligned, and nobody else's; the callback does not unwind. What is watched is a part of
    // the stack on which it runs.
    unsafe {
        psm::on_stack(base, SIZE, || {
            let Ok(stack) = Stack::paint(base.add(unwatched), base.add(SIZE)) else { std::process::abort() };
            let before = stack.high_water();
            run();
            Marks { before, after: stack.report(), is_overflown: stack.is_overflown() }
        })
    }
}

/// Uses a little more than so many bytes of stack.
#[inline(never)]
fn touch<const N: usize>() {
    black_box(&mut [1_u8; N]);
}

/// What the frames cost beside the array, at most.
const SLACK: usize = 1024;

#[test]
fn what_a_function_uses_is_seen() {
    let idle = marks(0, || {});
    assert!(idle.before < 8 * 1024 && idle.before > MARGIN, "{} bytes", idle.before);
    assert!(idle.after.used < idle.before + 4096);

    for (bytes, run) in
        [(20_000, touch::<20_000> as fn()), (40_000, touch::<40_000>), (70_000, touch::<70_000>)]
    {
        let marks = marks(0, run);
        let used = marks.after.used;
        assert_eq!(marks.after.size, SIZE);
        assert!(used > bytes, "{used} of {bytes}");
        assert!(used < marks.before + bytes + SLACK, "{used} of {bytes}");
        assert!(!marks.is_overflown);
    }
}

#[test]
fn the_mark_stays_when_the_stack_is_free_again() {
    let deep_then_flat = marks(0, || {
        touch::<50_000>();
        touch::<100>();
    });
    assert!(deep_then_flat.after.used > 50_000);
}

#[test]
fn an_overflow_is_seen() {
    let fits = marks(SIZE - 90_000, touch::<20_000>);
    assert!(!fits.is_overflown && fits.after.level() == StackLevel::Fine);

    let over = marks(SIZE - 30_000, touch::<60_000>);
    assert!(over.is_overflown);
    assert_eq!((over.after.level(), over.after.used, over.after.free()), (StackLevel::Overflown, 30_000, 0));
}

#[test]
fn the_wrong_stack_is_refused_and_not_painted() {
    let mut memory = [7_u32; 64];
    let span = memory.as_mut_ptr_range();
    let (low, high) =
        (span.end.cast::<u8>().wrapping_add(SIZE), span.end.cast::<u8>().wrapping_add(2 * SIZE));
    // SAFETY: nothing is written, since the current stack is not there.
    let other = unsafe { Stack::paint(low, high) };
    let Err(StackError::Elsewhere { pointer, .. }) = other else { panic!("{other:?}") };
    assert!(pointer < low.addr(), "the pointer is near this frame");

    // SAFETY: nothing is written, since the span is empty.
    let reversed = unsafe { Stack::paint_idle(high, low) };
    assert_eq!(reversed.unwrap_err(), StackError::Empty { low: high.addr(), high: low.addr() });
    // SAFETY: as above.
    assert!(unsafe { Stack::paint_idle(low.wrapping_add(1), low.wrapping_add(7)) }.is_err(), "no whole word");
}

#[test]
fn an_idle_stack_is_painted_as_a_whole_and_read_exactly() {
    let mut memory = vec![0_u32; 102];
    let base = memory.as_mut_ptr();
    // SAFETY: the bytes are those of words 1 to 100 and a little more, which are used through `base` only.
    let stack =
        unsafe { Stack::paint_idle(base.cast::<u8>().add(1), base.cast::<u8>().add(407)) }.expect("words");
    assert_eq!((stack.size(), stack.high_water(), stack.is_overflown()), (400, 0, false));

    let used_from = |word: usize| {
        // SAFETY: a word of the vector.
        unsafe { base.add(word).write(0) };
        assert_no_alloc(|| (stack.is_overflown(), stack.report()))
    };
    assert_eq!(used_from(100), (false, StackReport { size: 400, used: 4 }));
    assert_eq!(used_from(22).1.level(), StackLevel::Fine, "79 %");
    assert_eq!(used_from(21), (false, StackReport { size: 400, used: 320 }));
    assert_eq!(used_from(2), (false, StackReport { size: 400, used: 396 }));
    assert_eq!(used_from(1), (true, StackReport { size: 400, used: 400 }));
    // SAFETY: words of the vector, beside the stack.
    assert_eq!(
        unsafe { (base.read(), base.add(101).read()) },
        (0, 0),
        "what is beside the stack is left alone"
    );
}

#[test]
fn the_report_is_one_clear_line() {
    let line = |used| StackReport { size: 4096, used }.to_string();
    assert_eq!(line(1024), "stack: 1024 of 4096 B used (25 %), 3072 B free");
    assert_eq!(line(3276), "stack: 3276 of 4096 B used (79 %), 820 B free");
    assert_eq!(line(3277), "stack: 3277 of 4096 B used (80 %), 819 B free: warning, 80 % or more");
    assert_eq!(
        line(4096),
        "stack: 4096 of 4096 B used (100 %), 0 B free: OVERFLOWN, what lies below may be lost"
    );
}

#[test]
fn the_paint_is_no_likely_data() {
    let [low, high] = [PAINT as u16 as i16, (PAINT >> 16) as i16];
    assert!(f32::from_bits(PAINT).abs() > 1e9 && low != high && PAINT % 2 == 1);
}
