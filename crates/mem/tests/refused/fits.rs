#![forbid(unsafe_code)]

use sostenuto_mem::pool::{Pool, pool, unsize};
use sostenuto_mem::region;

pool! {
    struct Synth (budget: 280,) { [f32; 64]: 1, u64: 3 }
}

region! {
    in ".sdram_bss", uninitialised, dma;
    static ECHO: [f32; 64] = [0.0; 64];
}

fn main() {
    let shown = unsize!(Synth::alloc(1_u64).unwrap() => dyn std::fmt::Display);
    assert_eq!(shown.to_string(), "1");
    assert_eq!(ECHO.take().unwrap()[63], 0.0);
}
