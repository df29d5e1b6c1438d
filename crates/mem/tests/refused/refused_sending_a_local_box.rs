use sostenuto_mem::pool::{LocalPool, pool};

pool! {
    local struct Voices { u64: 3 }
}

fn main() {
    let voice = Voices::take().unwrap().alloc(1_u64).unwrap();
    std::thread::spawn(move || drop(voice));
}
