//! tinywasm, with its memory in one piece.

use anyhow::Result;
use tinywasm::{FunctionTyped, HostFunction, Imports, Memory, ModuleInstance, Store};

use super::{Engine, HOST, IDLE_NATIVES, Session};

pub struct Tinywasm;

struct Loaded {
    store: Store,
    memory: Memory,
    entries: Vec<Entry>,
}

enum Entry {
    Plain(FunctionTyped<(), ()>),
    Giving(FunctionTyped<(), i32>),
}

impl Engine for Tinywasm {
    fn name(&self) -> &'static str {
        "tinywasm"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("tinywasm", "")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let module = tinywasm::parse_bytes(wasm)?;
        let mut store = Store::default();
        let imports = imports(&mut store);
        let instance = ModuleInstance::instantiate(&mut store, &module, Some(imports))?;
        let memory = instance.memory("memory")?;
        let entry = |&name: &&str| {
            if let Ok(giving) = instance.func(&store, name) {
                return Ok(Entry::Giving(giving));
            }
            Ok(Entry::Plain(instance.func(&store, name)?))
        };
        let entries = entries.iter().map(entry).collect::<Result<_>>()?;
        Ok(Box::new(Loaded { store, memory, entries }))
    }
}

fn imports(store: &mut Store) -> Imports {
    let mut imports = Imports::new();
    for (native, words) in IDLE_NATIVES {
        let idle = match words {
            0 => HostFunction::from(store, |_, (): ()| Ok(())),
            1 => HostFunction::from(store, |_, _: i32| Ok(())),
            _ => HostFunction::from(store, |_, _: (i32, i32, i32)| Ok(())),
        };
        imports.define(HOST, native, idle);
    }
    let stop = || Err::<(), _>(tinywasm::Error::Other("stopped".to_owned()));
    let abort = HostFunction::from(store, move |_, (): ()| stop());
    let fault = HostFunction::from(store, move |_, _: (i32, i32)| stop());
    imports.define(HOST, "abort", abort);
    imports.define(HOST, "fault", fault);
    imports
}

impl Session for Loaded {
    fn call(&mut self, entry: usize) -> Result<i32> {
        Ok(match &self.entries[entry] {
            Entry::Plain(plain) => plain.call(&mut self.store, ()).map(|()| 0)?,
            Entry::Giving(giving) => giving.call(&mut self.store, ())?,
        })
    }

    fn size(&mut self) -> usize {
        self.memory.len(&self.store).unwrap_or(0)
    }

    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
        Ok(self.memory.read_exact(&self.store, address, bytes)?)
    }

    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
        Ok(self.memory.copy_from_slice(&mut self.store, address, bytes)?)
    }
}
