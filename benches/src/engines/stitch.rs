//! Stitch, which relies on the tail calls of optimized builds.

use anyhow::{Context, Result};
use makepad_stitch::{Engine as Stitches, Error, Func, FuncError, Linker, Mem, Module, Store, Val};

use super::{Engine, HOST, IDLE_NATIVES, Session};

pub struct Stitch;

struct Loaded {
    store: Store,
    memory: Mem,
    /// With the number of their results.
    entries: Vec<(Func, usize)>,
}

impl Engine for Stitch {
    fn name(&self) -> &'static str {
        "stitch"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("makepad-stitch", "")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let engine = Stitches::new();
        let mut store = Store::new(engine.clone());
        let module = Module::new(&engine, wasm)?;
        let instance = link(&mut store).instantiate(&mut store, &module)?;
        let memory = instance.exported_mem("memory").context("no memory")?;
        let entry = |&name: &&str| {
            let entry = instance.exported_func(name).with_context(|| format!("no export `{name}`"))?;
            Ok((entry, entry.type_(&store).results().len()))
        };
        let entries = entries.iter().map(entry).collect::<Result<_>>()?;
        Ok(Box::new(Loaded { store, memory, entries }))
    }
}

fn link(store: &mut Store) -> Linker {
    let mut linker = Linker::new();
    for (native, words) in IDLE_NATIVES {
        let idle = match words {
            0 => Func::wrap(store, || {}),
            1 => Func::wrap(store, |_: i32| {}),
            _ => Func::wrap(store, |_: i32, _: i32, _: i32| {}),
        };
        linker.define(HOST, native, idle);
    }
    // A host cannot make a trap of its own, but any error ends the call.
    let abort = Func::wrap(store, || -> Result<(), Error> { Err(FuncError::ParamCountMismatch.into()) });
    let fault = Func::wrap(store, |_: i32, _: i32| -> Result<(), Error> {
        Err(FuncError::ParamCountMismatch.into())
    });
    linker.define(HOST, "abort", abort);
    linker.define(HOST, "fault", fault);
    linker
}

impl Session for Loaded {
    fn call(&mut self, entry: usize) -> Result<i32> {
        let (entry, count) = self.entries[entry];
        let mut results = [Val::I32(0)];
        entry.call(&mut self.store, &[], &mut results[..count])?;
        results[0].to_i32().context("another result than an i32")
    }

    fn size(&mut self) -> usize {
        self.memory.bytes(&self.store).len()
    }

    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
        let from = self.memory.bytes(&self.store).get(address..).and_then(|rest| rest.get(..bytes.len()));
        bytes.copy_from_slice(from.context("out of bounds")?);
        Ok(())
    }

    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
        let memory = self.memory.bytes_mut(&mut self.store);
        let to = memory.get_mut(address..).and_then(|rest| rest.get_mut(..bytes.len()));
        to.context("out of bounds")?.copy_from_slice(bytes);
        Ok(())
    }
}
