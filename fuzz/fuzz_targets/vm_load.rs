//! Arbitrary bytes as a module: refused, or loaded, measured and run a little.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sostenuto_vm::{FlatMemory, Instance, Module, NoHost, Thread, Value};

const MEMORY: u64 = 1 << 20;
const STACK_WORDS: usize = 10_000;
const BUDGET: u64 = 10_000;

fuzz_target!(|data: &[u8]| {
    let Ok(module) = Module::new(data) else { return };
    let _ = module.footprint();
    let bytes = module.memory_bytes();
    if bytes > MEMORY {
        return;
    }
    let Ok(mut instance) = Instance::new(&module, FlatMemory::new(vec![0; bytes as usize])) else { return };
    let mut thread = Thread::new(STACK_WORDS);
    for (_, function) in module.exports() {
        let _ = module.stack_bound(function);
        let params = module.function_type(function).map_or(&[][..], |function_type| function_type.params());
        let args: Vec<Value> = params.iter().map(|&param| Value::from_bits(param, 0)).collect();
        if thread.start(&module, function, &args).is_ok() {
            thread.set_budget(BUDGET);
            let _ = thread.run(&module, &mut instance, &mut NoHost);
        }
    }
});
