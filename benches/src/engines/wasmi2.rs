//! wasmi 2, with and without fuel.

use super::linker::session_by_linker;
use wasmi_2::{CompilationMode, Config};

session_by_linker!(wasmi_2);

pub struct Wasmi2 {
    pub fuel: bool,
}

impl super::Engine for Wasmi2 {
    fn name(&self) -> &'static str {
        if self.fuel { "wasmi2-fuel" } else { "wasmi2" }
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("wasmi", "2.")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        open(&engine(self.fuel), self.fuel, wasm, entries)
    }
}

/// An engine that checks and translates all functions of a module at once.
pub fn engine(fuel: bool) -> Engine {
    let mut config = Config::default();
    config.compilation_mode(CompilationMode::Eager).consume_fuel(fuel);
    Engine::new(&config)
}

fn instantiate(linker: &Linker<()>, store: &mut Store<()>, module: &Module) -> Result<Instance> {
    Ok(linker.instantiate_and_start(store, module)?)
}

fn stop(native: &str) -> Error {
    Error::new(native.to_owned())
}
