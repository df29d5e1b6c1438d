//! The interpreter of this project. It always counts its instructions; here the budget never ends.

use std::marker::PhantomData;

use anyhow::{Context, Result, bail};
use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{
    FlatMemory, Flow, FuncIndex, Halt, Host, Instance, LinearMemory, Module, PagedMemory, Run, Thread, Value,
};

use super::{Engine, HOST, IDLE_NATIVES, Session};

/// Words of the value stack: enough for the recursion of `fib`.
const STACK: usize = 16_384;

/// The interpreter over one kind of linear memory.
pub struct Sostenuto<M> {
    name: &'static str,
    memory: PhantomData<fn() -> M>,
}

/// Linear memory that can be made for a module.
pub trait Memory: LinearMemory + Sized + 'static {
    /// Memory of so many bytes.
    fn with_size(bytes: u32) -> Result<Self>;
}

pub type Flat = FlatMemory<Vec<u8>>;

/// 64 frames of 512 bytes, of which eight hold the first 4 KB: a window as the original, ConeZ, has it.
pub type Paged = PagedMemory<SliceStore<Vec<u8>>, 512, 64, 256>;

/// A frame for each page of the kernels.
pub type Resident = PagedMemory<SliceStore<Vec<u8>>, 512, 1024, 1024>;

impl<M: Memory> Sostenuto<M> {
    pub fn named(name: &'static str) -> Box<dyn Engine> {
        Box::new(Self { name, memory: PhantomData })
    }
}

impl Memory for Flat {
    fn with_size(bytes: u32) -> Result<Self> {
        Ok(Self::new(vec![0; usize::try_from(bytes)?]))
    }
}

impl<const FRAMES: usize, const LINES: usize> Memory
    for PagedMemory<SliceStore<Vec<u8>>, 512, FRAMES, LINES>
{
    fn with_size(bytes: u32) -> Result<Self> {
        let store = SliceStore::new(vec![0; bytes.next_multiple_of(512) as usize]);
        let mut cache = PageCache::new(store, bytes, bytes)?;
        cache.pin(0, bytes.min(4096))?;
        Ok(Self::new(cache))
    }
}

struct Loaded<M> {
    module: Module,
    instance: Instance<M>,
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

impl<M: Memory> Engine for Sostenuto<M> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("sostenuto-vm", "")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let module = Module::new(wasm)?;
        let memory = M::with_size(u32::try_from(module.memory_bytes())?)?;
        let instance = Instance::new(&module, memory)?;
        let idle = |name| IDLE_NATIVES.iter().any(|&(native, _)| native == name);
        let natives =
            Natives(module.imports().map(|import| import.module == HOST && idle(import.name)).collect());
        let entry = |&name: &&str| module.export(name).with_context(|| format!("no export `{name}`"));
        let entries = entries.iter().map(entry).collect::<Result<_>>()?;
        Ok(Box::new(Loaded { module, instance, thread: Thread::new(STACK), natives, entries }))
    }
}

impl<M: Memory> Session for Loaded<M> {
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
        self.instance.memory().size() as usize
    }

    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
        Ok(self.instance.memory_mut().read(address as u64, bytes)?)
    }

    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
        Ok(self.instance.memory_mut().write(address as u64, bytes)?)
    }
}
