use sostenuto_mem::pool::{LocalPool, pool};

pool! {
    local struct Voices { u64: 3 }
}

fn main() {
    let voices = Voices::take().unwrap();
    std::thread::spawn(move || voices.alloc(1_u64).is_ok());
}
