use sostenuto_mem::pool::{Box, Pool, Room, pool, unsize};

pool! {
    struct Tasks { Room<32>: 3 }
}

fn task() -> Box<dyn Fn() -> u32, Tasks> {
    let local = 1;
    let borrowed = &local;
    unsize!(Tasks::alloc(move || *borrowed).unwrap() => dyn Fn() -> u32)
}

fn main() {
    task()();
}
