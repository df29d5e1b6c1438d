use sostenuto_mem::region;

region! {
    in ".sdram_bss", uninitialized;
    static ECHO: [f32; 64] = [0.0; 64];
}

fn main() {}
