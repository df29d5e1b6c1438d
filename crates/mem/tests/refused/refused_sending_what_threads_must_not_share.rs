use sostenuto_mem::pool::{Counted, Pool, pool};
use std::cell::Cell;

pool! {
    struct Synth { Counted<Cell<u64>>: 3 }
}

fn main() {
    let shared = Synth::share(Cell::new(1_u64)).unwrap();
    std::thread::spawn(move || shared.set(2));
}
