//! The interpreter of this project. It always counts its instructions; here the budget never ends.

use anyhow::{Context, Result, bail};
use sostenuto_vm::{
    FlatMemory, Flow, FuncIndex, Halt, Host, Instance, LinearMemory, Module, Run, Thread, Value,
};

use super::{Engine, HOST, IDLE_NATIVES, Session};

/// Words of the value stack: enough for the recursion of `fib`.
const STACK: usize = 16_384;

pub struct Sostenuto;

struct Loaded {
    module: Module,
    instance: Instance<FlatMemory<Vec<u8>>>,
    thread: Thread,
    natives: Natives,
    entries: Vec<FuncIndex>,
}

/// Whether each import returns at once, by its number.
struct Natives(Vec<bool>);

impl<M: LinearMemory> Host<M> for Natives {
    fn call(&mut self, import: u32, _args: &[u32], _memory: &mut M) -> Result<Flow, Halt> {
        if self.0[import as usize] { Ok(Flow::DONE) } else { Err(Halt(import)) }
    }
}

impl Engine for Sostenuto {
    fn name(&self) -> &'static str {
        "sostenuto"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("sostenuto-vm", "")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let module = Module::new(wasm)?;
        let memory = FlatMemory::new(vec![0; usize::try_from(module.memory_bytes())?]);
        let instance = Instance::new(&module, memory)?;
        let idle = |name| IDLE_NATIVES.iter().any(|&(native, _)| native == name);
        let natives =
            Natives(module.imports().map(|import| import.module == HOST && idle(import.name)).collect());
        let entry = |&name: &&str| module.export(name).with_context(|| format!("no export `{name}`"));
        let entries = entries.iter().map(entry).collect::<Result<_>>()?;
        Ok(Box::new(Loaded { module, instance, thread: Thread::new(STACK), natives, entries }))
    }
}

impl Session for Loaded {
    fn call(&mut self, entry: usize) -> Result<i32> {
        self.thread.start(&self.module, self.entries[entry], &[])?;
        self.thread.set_budget(u64::MAX);
        match self.thread.run(&self.module, &mut self.instance, &mut self.natives)? {
            Run::Finished(Some(Value::I32(result))) => Ok(result),
            Run::Finished(_) => Ok(0),
            Run::Suspended | Run::OutOfBudget => bail!("the call has not finished"),
        }
    }

    fn size(&mut self) -> usize {
        self.instance.memory().bytes().len()
    }

    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
        let from = self.instance.memory().bytes().get(address..).and_then(|rest| rest.get(..bytes.len()));
        bytes.copy_from_slice(from.context("out of bounds")?);
        Ok(())
    }

    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
        let memory = self.instance.memory_mut().bytes_mut();
        let to = memory.get_mut(address..).and_then(|rest| rest.get_mut(..bytes.len()));
        to.context("out of bounds")?.copy_from_slice(bytes);
        Ok(())
    }
}
