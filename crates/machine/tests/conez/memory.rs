//! The heaps in linear memory.

use sostenuto_machine::conez::{HeapUse, Settings};

use crate::patch::{outcome, values};

fn heaps(parts: &str) -> Vec<HeapUse> {
    let (_, outcome) = outcome(parts, &Settings::default());
    assert_eq!(outcome.fault, None);
    outcome.report.heaps
}

#[test]
fn blocks_lie_one_after_the_other_from_the_end_of_the_data() {
    let expressions = [
        "(call $env_malloc (i32.const 10))",
        "(call $env_calloc (i32.const 3) (i32.const 4))",
        "(call $env_malloc (i32.const 0))",
        "(call $env_calloc (i32.const 0) (i32.const 4))",
        "(call $env_calloc (i32.const 65536) (i32.const 65536))",
        "(call $env_malloc (i32.const -1))",
    ];
    assert_eq!(values("", &expressions), [0x1000, 0x100C, 0x1018, 0, 0, 0]);
}

#[test]
fn what_is_given_is_zero_and_what_is_given_back_is_given_again_in_parts() {
    let expressions = [
        "(call $env_malloc (i32.const 64))",
        "(block (result i32) (i32.store (i32.const 0x1000) (i32.const -1)) (i32.store (i32.const 0x1020) (i32.const 7))
            (call $env_free (i32.const 0x1000)) (call $env_malloc (i32.const 16)))",
        "(i32.load (i32.const 0x1000))",
        "(call $env_malloc (i32.const 48))",
        "(i32.load (i32.const 0x1020))",
        // What a block grows by is zero, too.
        "(block (result i32) (i32.store (i32.const 0x1020) (i32.const 7)) (call $env_free (i32.const 0x1010))
            (call $env_realloc (i32.const 0x1000) (i32.const 64)))",
        "(i32.load (i32.const 0x1020))",
    ];
    assert_eq!(values("", &expressions), [0x1000, 0x1000, 0, 0x1010, 0, 0x1000, 0]);
}

#[test]
fn a_block_grows_where_it_is_or_moves_with_its_contents_even_to_the_other_heap() {
    let expressions = [
        "(call $env_malloc (i32.const 8))",
        "(block (result i32) (i32.store (i32.const 0x1004) (i32.const 77))
            (call $env_realloc (i32.const 0x1000) (i32.const 100)))",
        // In the way.
        "(call $env_malloc (i32.const 8))",
        "(call $env_realloc (i32.const 0x1000) (i32.const 104))",
        "(i32.load (i32.const 0x1070))",
        "(i32.load (i32.const 0x1074))",
        // Larger than what is left of the low heap.
        "(call $env_realloc (i32.const 0x106C) (i32.const 28000))",
        "(call $env_realloc (i32.const 0x106C) (i32.const 28572))",
        "(i32.load (i32.const 0x8004))",
        "(call $env_realloc (i32.const 0x8000) (i32.const 30000))",
        "(i32.load (i32.const 0x8004))",
        "(call $env_realloc (i32.const 0x8000) (i32.const 4))",
        "(call $env_malloc (i32.const 28560))",
        "(call $env_realloc (i32.const 0) (i32.const 8))",
        "(call $env_realloc (i32.const 0x1234) (i32.const 8))",
        "(call $env_realloc (i32.const 0x8000) (i32.const 0))",
    ];
    assert_eq!(
        values("", &expressions),
        [0x1000, 0x1000, 0x1064, 0x106C, 77, 0, 0x106C, 0x8000, 77, 0, 77, 0x8000, 0x106C, 0x1000, 0, 0]
    );
}

#[test]
fn the_report_tells_of_both_heaps() {
    let [low, pool] = heaps(
        r#"(func (export "setup")
            (drop (call $env_malloc (i32.const 0x7000)))
            (drop (call $env_malloc (i32.const 100)))
            (call $env_free (call $env_malloc (i32.const 5)))
            (drop (call $env_malloc (i32.const 0x7000)))
            (call $env_free (i32.const 0x8002)))"#,
    )
    .try_into()
    .expect("two heaps");
    assert_eq!(
        (low.address, low.bytes, low.live, low.peak, low.largest_free),
        (0x1000, 0x7000, 0x7000, 0x7000, 0)
    );
    assert_eq!((low.blocks, low.failures), (1, 3));
    assert_eq!((pool.address, pool.bytes, pool.live, pool.peak), (0x8000, 0x7000, 100, 108));
    assert_eq!((pool.blocks, pool.failures, pool.largest_free), (1, 1, 0x7000 - 100));
}

#[test]
fn the_memory_is_seen_to_be_zero_and_whole_after_many_calls() {
    // Blocks of 1 to 200 bytes come and go; each holds its own address, which must stand there still when it goes.
    let (text, outcome) = outcome(
        r#"(func (export "setup") (local $n i32) (local $slot i32) (local $old i32) (local $new i32)
            (loop $next
                (local.set $slot (i32.shl (call $env_random_int (i32.const 0) (i32.const 64)) (i32.const 2)))
                (local.set $old (i32.load (local.get $slot)))
                (if (local.get $old) (then
                    (if (i32.ne (i32.load (local.get $old)) (local.get $old)) (then unreachable))
                    (call $env_free (local.get $old))))
                (local.set $new (call $env_malloc (call $env_random_int (i32.const 1) (i32.const 200))))
                (if (i32.load (local.get $new)) (then unreachable))
                (i32.store (local.get $new) (local.get $new))
                (i32.store (local.get $slot) (local.get $new))
                (br_if $next (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20000))))
            (call $env_print_i32 (local.get $n)))"#,
        &Settings::default(),
    );
    assert_eq!((text.as_str(), outcome.fault), ("20000\n", None));
    assert!(outcome.report.heaps[0].peak > 4_000 && outcome.report.heaps[0].blocks == 64);
}
