use sostenuto_mem::pool::{Box, Pool, pool};

pool! {
    struct Synth { u64: 3 }
}
pool! {
    struct Other { u64: 3 }
}

fn main() {
    let _: Box<u64, Other> = Synth::alloc(60_u64).unwrap();
}
