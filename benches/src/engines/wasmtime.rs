//! wasmtime: its compiler Cranelift, and its interpreter Pulley for the code that Cranelift optimized.

use super::linker::session_by_linker;
use wasmtime::Config;

session_by_linker!(wasmtime);

pub enum Wasmtime {
    Pulley,
    Cranelift,
}

impl super::Engine for Wasmtime {
    fn name(&self) -> &'static str {
        match self {
            Self::Pulley if cfg!(pulley_assume_llvm_makes_tail_calls) => "pulley",
            Self::Pulley => "pulley-loop",
            Self::Cranelift => "cranelift",
        }
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("wasmtime", "")
    }

    fn interprets(&self) -> bool {
        matches!(self, Self::Pulley)
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let mut config = Config::new();
        if let Self::Pulley = self {
            config.target("pulley64")?;
        }
        open(&Engine::new(&config)?, false, wasm, entries)
    }
}

fn instantiate(linker: &Linker<()>, store: &mut Store<()>, module: &Module) -> Result<Instance> {
    Ok(linker.instantiate(store, module)?)
}

fn stop(native: &'static str) -> Error {
    Error::msg(native)
}
