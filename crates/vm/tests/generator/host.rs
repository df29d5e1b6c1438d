//! What a generated program runs in.

use super::{MOST_ENTRIES, MOST_PAGES, PAGES};
use sostenuto_vm::{FlatMemory, FuncIndex, Instance, Links, Module, Value};

/// What the host answers, whoever it is; the low word is of no meaning when the function has no result.
pub fn answer(import: u32, args: &[u32]) -> u64 {
    let hash = args.iter().fold(u64::from(import) + 1, |hash, &arg| {
        (hash ^ u64::from(arg)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(25)
    });
    // Results of 32 bits come in the low word.
    if import == 2 { hash } else { hash & 0xffff_ffff }
}

/// Arguments for a function that tell slots apart.
pub fn arguments(module: &Module, function: FuncIndex) -> Vec<Value> {
    let params = module.function_type(function).unwrap().params();
    (3..).zip(params).map(|(bits, &param)| Value::from_bits(param, bits * 0x0100_0404_0200_0808)).collect()
}

/// A fresh instance of a generated module, with its data in place.
pub fn instance(module: &Module) -> Instance<FlatMemory<Vec<u8>>> {
    let memory = FlatMemory::growing(vec![0; PAGES as usize * 0x1_0000], MOST_PAGES * 0x1_0000);
    let links = Links { table_room: MOST_ENTRIES, ..Links::default() };
    let mut instance = Instance::link(module, memory, links).unwrap();
    instance.initialize(module).unwrap();
    instance
}
