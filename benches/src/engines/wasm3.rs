//! wasm3, as its crate of 2021 packs it. Uses `unsafe` to reach its linear memory.

use anyhow::{Result, anyhow};
use wasm3::error::{Error, Trap};
use wasm3::{Environment, Function, Runtime};

use super::{Engine, HOST, IDLE_NATIVES, Session};

/// Slots of the stack.
const STACK: u32 = 65_536;

pub struct Wasm3;

struct Loaded {
    runtime: &'static Runtime,
    entries: Vec<Entry>,
}

enum Entry {
    Plain(Function<'static, (), ()>),
    Giving(Function<'static, (), i32>),
}

impl Engine for Wasm3 {
    fn name(&self) -> &'static str {
        "wasm3"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("wasm3", "")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let environment = Environment::new().map_err(explain)?;
        // Functions borrow their runtime, and there are few of them: it stays.
        let runtime: &Runtime = Box::leak(Box::new(Runtime::new(&environment, STACK).map_err(explain)?));
        let mut module = runtime.parse_and_load_module(wasm).map_err(explain)?;
        let mut linked = Vec::new();
        for (native, words) in IDLE_NATIVES {
            linked.push(match words {
                0 => module.link_closure(HOST, native, |_, ()| Ok(())),
                1 => module.link_closure(HOST, native, |_, _: i32| Ok(())),
                _ => module.link_closure(HOST, native, |_, _: (i32, i32, i32)| Ok(())),
            });
        }
        linked.push(module.link_closure(HOST, "abort", |_, ()| Err::<(), _>(Trap::Abort)));
        linked.push(module.link_closure(HOST, "fault", |_, _: (i32, i32)| Err::<(), _>(Trap::Abort)));
        // What the module does not import is not found.
        for result in linked {
            if let Err(error) = result
                && !matches!(error, Error::FunctionNotFound)
            {
                return Err(explain(error));
            }
        }
        let entry = |name: &&str| {
            if let Ok(giving) = module.find_function(name) {
                return Ok(Entry::Giving(giving));
            }
            Ok(Entry::Plain(module.find_function(name).map_err(explain)?))
        };
        let entries = entries.iter().map(entry).collect::<Result<_>>()?;
        Ok(Box::new(Loaded { runtime, entries }))
    }
}

fn explain(error: Error) -> anyhow::Error {
    anyhow!("{error}")
}

impl Loaded {
    fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the runtime is this session's alone and no function of it runs while the session is borrowed, so
        // nothing else reads, writes or moves its memory as long as the slice lives.
        unsafe { &mut *self.runtime.memory_mut() }
    }
}

impl Session for Loaded {
    fn call(&mut self, entry: usize) -> Result<i32> {
        match &self.entries[entry] {
            Entry::Plain(plain) => plain.call().map(|()| 0).map_err(explain),
            Entry::Giving(giving) => giving.call().map_err(explain),
        }
    }

    fn size(&mut self) -> usize {
        self.memory().len()
    }

    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
        bytes.copy_from_slice(&self.memory()[address..address + bytes.len()]);
        Ok(())
    }

    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
        self.memory()[address..address + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}
