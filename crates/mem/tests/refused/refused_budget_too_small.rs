use sostenuto_mem::pool::pool;

pool! {
    struct Synth (budget: 1024) { [f32; 64]: 4, u64: 3 }
}

fn main() {}
