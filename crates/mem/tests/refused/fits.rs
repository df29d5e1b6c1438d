use sostenuto_mem::pool::{Pool, pool};

pool! {
    struct Synth (budget: 280) { [f32; 64]: 1, u64: 3 }
}

fn main() {
    assert_eq!(*Synth::alloc(1_u64).unwrap(), 1);
}
