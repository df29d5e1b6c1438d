//! Statics in regions, as on a target without sections of their own.

use sostenuto_mem::buffers::DelayLine;
use sostenuto_mem::region;
use sostenuto_mem::region::CACHE_LINE;

region! {
    in ".sdram_bss", uninitialised;
    /// With an empty line, whose bytes are zero.
    static LINE: DelayLine<1001> = DelayLine::new();
    static BYTES: [u8; 131] = [0; 131];
    static ROOM: [Option<String>; 4];
}

region! {
    in ".sram1_bss", uninitialised, dma;
    static CAPTURE: [i16; 48] = [0; 48];
    static BESIDE: [u8; 32] = [0; 32];
}

region! {
    in ".data_axi", initialised;
    static GAINS: [f32; 3] = [1.0, 0.5, 0.25];
}

region! {
    in ".dtcm_bss", zeroed;
    static COUNTS: [u32; 4] = [0; 4];
}

#[test]
fn a_static_is_given_once_with_its_first_value() {
    let (line, bytes) = (LINE.take().unwrap(), BYTES.take().unwrap());
    assert!((0..1001).all(|delay| line.read(delay) == 0.0) && bytes.iter().all(|byte| *byte == 0));
    line.write(0.5);
    assert_eq!(line.read(0), 0.5);
    assert!(LINE.take().is_none() && BYTES.take().is_none());
    assert_eq!(GAINS.take().unwrap(), &[1.0, 0.5, 0.25]);
    assert_eq!(COUNTS.take().unwrap(), &[0; 4]);
}

#[test]
fn memory_without_a_value_is_written_by_the_program() {
    let room = ROOM.take().unwrap().write(std::array::from_fn(|i| Some(i.to_string())));
    assert_eq!(room[3].as_deref(), Some("3"));
    assert!(ROOM.take().is_none());
}

#[test]
fn one_of_many_threads_gets_it() {
    region! {
        in ".sdram_bss", uninitialised;
        static WANTED: [u32; 2] = [0; 2];
    }
    let got = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| WANTED.take().is_some())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|got| *got).count()
    });
    assert_eq!(got, 1);
}

#[test]
fn a_buffer_for_dma_fills_cache_lines() {
    for address in [CAPTURE.take().unwrap().as_ptr().addr(), BESIDE.take().unwrap().as_ptr().addr()] {
        assert!(address.is_multiple_of(CACHE_LINE), "{address:#x}");
    }
}
