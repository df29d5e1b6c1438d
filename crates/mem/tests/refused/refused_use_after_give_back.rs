use sostenuto_mem::pool::{Pool, pool};

pool! {
    struct Synth { u64: 3 }
}

fn main() {
    let note = Synth::alloc(60_u64).unwrap();
    let borrowed = &*note;
    drop(note);
    println!("{borrowed}");
}
