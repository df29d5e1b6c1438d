//! Paged memory: the same sound, and what is told of misses, stalls and late blocks.

use crate::patch::{facts, loaded, storage};
use sostenuto_board::Board;
use sostenuto_board::patch::Facts;
use sostenuto_board::storage::Kind;
use sostenuto_machine::{
    Loaded, Outcome, PagedReport, Paging, PagingError, Processor, RenderError, Settings, Swap, Time, render,
    render_with_swap,
};

/// 48,000 words from address 8,192 on: 192,000 B, more than the cache has.
const LINE: (u32, u32) = (8_192, 192_000);

fn facts_with_line() -> Facts {
    let mut facts = facts();
    facts.storages.push(storage("line", Kind::Delay, LINE.0, LINE.1));
    facts
}

/// An echo of a quarter of the line; one head writes, one reads.
fn echo() -> Loaded {
    let functions = r#"
        (memory $big 4)
        (func (export "process") (local $write i32)
            (local.set $write (i32.add (i32.const 8192) (i32.load (i32.const 128))))
            (i32.store (local.get $write) (i32.load (i32.const 16)))
            (i32.store (i32.const 16) (i32.load (i32.add (i32.const 8192)
                (i32.rem_u (i32.add (i32.load (i32.const 128)) (i32.const 144000)) (i32.const 192000)))))
            (i32.store (i32.const 128)
                (i32.rem_u (i32.add (i32.load (i32.const 128)) (i32.const 4)) (i32.const 192000))))"#;
    big(functions)
}

/// A patch that reads the line at places without any order, `count` of them in a sample.
fn scattered(count: u32) -> Loaded {
    let functions = format!(
        r#"(memory $big 4)
        (func (export "process") (local $left i32) (local $seed i32) (local $sum i32)
            (local.set $left (i32.const {count}))
            (local.set $seed (i32.load (i32.const 128)))
            (loop $again
                (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
                (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (i32.const 8192)
                    (i32.and (i32.shr_u (local.get $seed) (i32.const 8)) (i32.const 0x1FFFC))))))
                (i32.store (i32.add (i32.const 8192)
                    (i32.and (i32.shr_u (local.get $seed) (i32.const 9)) (i32.const 0x1FFFC)))
                    (i32.add (local.get $sum) (i32.load (i32.const 16))))
                (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (i32.store (i32.const 128) (local.get $seed))
            (i32.store (i32.const 16) (i32.and (local.get $sum) (i32.const 2047))))"#
    );
    big(&functions)
}

/// A patch with four pages of memory, which its functions declare.
fn big(functions: &str) -> Loaded {
    let text = format!("(module {} {functions} (export \"memory\" (memory $big)))", crate::patch::NATIVES);
    let wasm = wat::parse_str(text).expect("a module");
    let patch = sostenuto_board::Patch::new(wasm, facts_with_line()).expect("facts");
    sostenuto_machine::load(&patch).expect("a patch for this machine")
}

fn conez(clock: u32) -> Settings {
    let board = Board::builtin("conez-v0-1").expect("built in");
    let processor = Processor { clock_hz: 240e6, cycles_per_instruction: 14.0, block: 48 };
    let paging = Paging::of_board(&board, Some(clock)).expect("a clock of the board");
    Settings { processor: Some(processor), paging, ..Settings::at_rate(48_000) }
}

fn play(loaded: &Loaded, settings: &Settings, frames: usize) -> Outcome {
    let input: Vec<[f32; 2]> =
        (0..frames).map(|at| [((at * 37) % 1_000) as f32 / 1_000.0 - 0.5; 2]).collect();
    render(loaded, settings, &input, &mut |_, _| {}, &mut |_| {}).expect("rendered")
}

fn paged(outcome: &Outcome) -> &PagedReport {
    outcome.report.paged.as_ref().expect("paged")
}

#[test]
fn the_sound_is_that_of_flat_memory_to_the_bit() {
    let flat = Settings { paging: None, ..conez(40_000_000) };
    for patch in [echo(), scattered(3)] {
        let expected = play(&patch, &flat, 60_000);
        assert!(expected.frames.iter().any(|frame| frame[0] != 0.0), "it is heard");
        assert_eq!(expected.report.paged, None);
        for clock in [40_000_000, 80_000_000] {
            let outcome = play(&patch, &conez(clock), 60_000);
            assert_eq!(outcome.frames, expected.frames, "{clock} Hz");
            assert_eq!(outcome.report.instructions, expected.report.instructions);
        }
    }
}

#[test]
fn heads_are_foreseen_and_the_deadline_is_held() {
    let outcome = play(&echo(), &conez(80_000_000), 120_000);
    let report = paged(&outcome);
    assert_eq!((report.streams, report.unregistered_streams), (1, 0));
    assert_eq!((report.first_second.blocks, report.after.blocks), (1_000, 1_500));
    assert_eq!((report.after.stalled, report.after.late, report.first_late), (0, 0, None));
    assert!(report.misses > 0 && report.misses == report.first_second.stalled + 1, "{report:?}");
    assert!(report.fetched_ahead > 500, "{report:?}");
    assert!(report.hit_percent > 99.9 && report.hit_percent < 100.0, "{report:?}");
    assert!((1.0..50.0).contains(&report.bus_percent), "{report:?}");
    let text = outcome.report.to_string();
    assert!(text.contains("held: each block was ready within its 1000.0 µs"), "{text}");
    assert_eq!(outcome.report.warnings, [""; 0]);
}

#[test]
fn what_jumps_about_waits_and_is_late() {
    let mut means = Vec::new();
    for clock in [40_000_000, 80_000_000] {
        let outcome = play(&scattered(4), &conez(clock), 57_600);
        let report = paged(&outcome);
        let blocks = report.blocks();
        assert_eq!(blocks, 1_200);
        assert_eq!((report.after.stalled, report.after.late), (200, 200), "{report:?}");
        assert_eq!(report.overworked, 0, "it is the bus that makes them late");
        let late = report.first_late.expect("late");
        assert!(late.block < 10 && late.waited_us > 1_000.0, "{late:?}");
        assert!(report.bus_percent > 90.0 && report.misses_with_write > 0, "{report:?}");
        assert!(report.hit_percent < 90.0, "{report:?}");
        let (text, warnings) = (outcome.report.to_string(), &outcome.report.warnings);
        assert!(text.contains("\n  deadline            missed by "), "{text}");
        assert!(
            warnings.iter().any(|warning| warning.contains("because they wait for pages")),
            "{warnings:?}"
        );
        means.push(report.after.mean_us);
    }
    assert!(means[0] > means[1] * 1.5, "the slower bus waits longer: {means:?}");
}

#[test]
fn work_that_takes_too_long_is_no_fault_of_the_bus() {
    let mut settings = conez(80_000_000);
    settings.processor = Some(Processor { clock_hz: 1e6, cycles_per_instruction: 14.0, block: 48 });
    let outcome = play(&echo(), &settings, 4_800);
    let report = paged(&outcome);
    assert_eq!((report.late(), report.overworked), (100, 100));
    assert!(outcome.report.to_string().contains("the work alone takes too long"), "{}", outcome.report);
    let warnings = &outcome.report.warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("the dearest block"), "{warnings:?}");
}

#[test]
fn a_patch_inside_the_window_never_waits() {
    let outcome = play(&loaded(r#"(func (export "process"))"#, facts()), &conez(40_000_000), 480);
    let report = paged(&outcome);
    assert_eq!((report.misses, report.accesses), (0, report.accesses_in_window));
    assert!(report.accesses > 0);
    assert_eq!((report.hit_percent, report.bus_percent, report.start_wait_us), (100.0, 0.0, 0.0));
    // Shorter than a block.
    let outcome = play(&loaded(r#"(func (export "process"))"#, facts()), &conez(40_000_000), 47);
    assert!(outcome.report.to_string().contains("the sound is shorter than a block"), "{}", outcome.report);
}

#[test]
fn what_cannot_be_is_refused() {
    let patch = echo();
    let mut settings = conez(40_000_000);
    settings.paging.as_mut().expect("paged").store_bytes = 65_536;
    let refused = render(&patch, &settings, &[[0.0; 2]; 10], &mut |_, _| {}, &mut |_| {}).unwrap_err();
    assert_eq!(refused.to_string(), "the patch asks for 262144 B of linear memory; `PSRAM` holds 65536 B");
    let swap = Swap { at: Time::Seconds(0.0), to: &patch };
    let settings = conez(40_000_000);
    let refused =
        render_with_swap(&patch, swap, &settings, &[[0.0; 2]; 10], &mut |_, _| {}, &mut |_| {}).unwrap_err();
    assert_eq!(refused, RenderError::PagedSwap);
}

#[test]
fn a_board_with_another_cache_or_chip_is_refused() {
    let board = Board::builtin("conez-v0-1").expect("built in");
    let told = |change: &dyn Fn(&mut sostenuto_board::Paged)| {
        let mut board = board.clone();
        change(board.paged.as_mut().expect("paged"));
        Paging::of_board(&board, None).unwrap_err().to_string()
    };
    assert_eq!(
        told(&|paged| paged.frames = 128),
        "the engine caches 64 frames of 512 B, but the board `conez-v0-1` has 128 frames of 512 B: \
         write page = 512 and frames = 64 in its table [paged]"
    );
    assert_eq!(
        told(&|paged| paged.chip = "23LC1024".into()),
        "the chip `23LC1024` of the board `conez-v0-1` is not known; known are ESP-PSRAM64H, LY68L6400, APS6404L-3SQR"
    );
    assert_eq!(
        told(&|paged| paged.clocks_hz = vec![200_000_000]),
        "the chip LY68L6400 of the board `conez-v0-1` does not work at 200 MHz on a bus of 1 bit"
    );
    let error = Paging::of_board(&board, Some(60_000_000)).unwrap_err();
    assert!(error.to_string().ends_with("cannot run at 60 MHz: take 40MHz or 80MHz"), "{error}");
    let flat = Board::builtin("host").expect("built in");
    assert!(matches!(Paging::of_board(&flat, Some(1)), Err(PagingError::NotPaged { .. })));
}

#[test]
fn the_bus_takes_what_conez_has_recorded() {
    let board = Board::builtin("conez-v0-1").expect("built in");
    let bus = |clock| Paging::of_board(&board, Some(clock)).expect("a clock").expect("paged").bus;
    // 3,338 KB/s of 1,000 B.
    assert_eq!(bus(80_000_000).read_time(512) / 100_000, 1_534);
    // Recorded with bursts of 35 B, which leave the chip no margin to refresh itself; the driver takes 30.
    let mut recorded = bus(40_000_000);
    recorded.longest_read = 35;
    assert_eq!(recorded.read_time(512).div_ceil(1_000_000), 257);
    assert_eq!(bus(40_000_000).longest_read, 30);
}
