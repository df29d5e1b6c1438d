use sostenuto_mem::region;

region! {
    in ".sram1_bss", uninitialised, dma;
    static CAPTURE: [i16; 50] = [0; 50];
}

fn main() {
    let _ = CAPTURE.take();
}
