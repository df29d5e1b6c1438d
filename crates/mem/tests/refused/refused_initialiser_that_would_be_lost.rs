use sostenuto_mem::region;

region! {
    in ".sdram_bss", uninitialised;
    static GAINS: [f32; 100] = [1.0; 100];
}

fn main() {
    let _ = GAINS.take();
}
