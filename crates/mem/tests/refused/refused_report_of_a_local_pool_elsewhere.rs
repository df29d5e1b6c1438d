use sostenuto_mem::pool::{LocalPool, pool};

pool! {
    local struct Voices { u64: 3 }
}

fn main() {
    let report = Voices::take().unwrap().report();
    std::thread::spawn(move || report.live());
}
