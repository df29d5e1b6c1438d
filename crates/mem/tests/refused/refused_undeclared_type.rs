use sostenuto_mem::pool::{Pool, pool};

pool! {
    struct Synth { u64: 3 }
}

fn main() {
    let _ = Synth::alloc([0.0_f32; 64]);
}
