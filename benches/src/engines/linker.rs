//! The part that engines with a `Linker` in the manner of wasmtime have in common. Their types have nothing in common
//! but their names, hence a macro.

/// Defines `open`, which makes a [`Session`](super::Session) by means of the crate `$api`.
macro_rules! session_by_linker {
    ($api:ident) => {
        use crate::engines::{HOST, IDLE_NATIVES, Session};
        use anyhow::{Context, Result};
        use $api::{Caller, Engine, Error, Instance, Linker, Memory, Module, Store, TypedFunc};

        struct Loaded {
            store: Store<()>,
            memory: Memory,
            entries: Vec<Entry>,
            fuel: bool,
        }

        enum Entry {
            Plain(TypedFunc<(), ()>),
            Giving(TypedFunc<(), i32>),
        }

        fn open(engine: &Engine, fuel: bool, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
            let module = Module::new(engine, wasm)?;
            let mut store = Store::new(engine, ());
            if fuel {
                store.set_fuel(u64::MAX)?;
            }
            let instance = instantiate(&linker(engine)?, &mut store, &module)?;
            let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
            let mut entry = |&name: &&str| {
                if let Ok(giving) = instance.get_typed_func(&mut store, name) {
                    return Ok(Entry::Giving(giving));
                }
                Ok(Entry::Plain(instance.get_typed_func(&mut store, name)?))
            };
            let entries = entries.iter().map(&mut entry).collect::<Result<_>>()?;
            Ok(Box::new(Loaded { store, memory, entries, fuel }))
        }

        /// The imports of a Permut8 patch.
        pub fn linker(engine: &Engine) -> Result<Linker<()>> {
            let mut linker = Linker::new(engine);
            for (native, words) in IDLE_NATIVES {
                match words {
                    0 => linker.func_wrap(HOST, native, |_: Caller<'_, ()>| {})?,
                    1 => linker.func_wrap(HOST, native, |_: Caller<'_, ()>, _: i32| {})?,
                    _ => linker.func_wrap(HOST, native, |_: Caller<'_, ()>, _: i32, _: i32, _: i32| {})?,
                };
            }
            linker
                .func_wrap(HOST, "abort", |_: Caller<'_, ()>| -> Result<(), Error> { Err(stop("abort")) })?;
            linker.func_wrap(HOST, "fault", |_: Caller<'_, ()>, _: i32, _: i32| -> Result<(), Error> {
                Err(stop("fault"))
            })?;
            Ok(linker)
        }

        impl Session for Loaded {
            fn call(&mut self, entry: usize) -> Result<i32> {
                if self.fuel {
                    self.store.set_fuel(u64::MAX)?;
                }
                Ok(match &self.entries[entry] {
                    Entry::Plain(plain) => plain.call(&mut self.store, ()).map(|()| 0)?,
                    Entry::Giving(giving) => giving.call(&mut self.store, ())?,
                })
            }

            fn size(&mut self) -> usize {
                self.memory.data_size(&self.store)
            }

            fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()> {
                Ok(self.memory.read(&self.store, address, bytes)?)
            }

            fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()> {
                Ok(self.memory.write(&mut self.store, address, bytes)?)
            }
        }
    };
}

pub(super) use session_by_linker;
