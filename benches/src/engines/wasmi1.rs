//! wasmi 1, whose loop dispatches by a match.

use super::linker::session_by_linker;
use wasmi_1::{CompilationMode, Config};

session_by_linker!(wasmi_1);

pub struct Wasmi1;

impl super::Engine for Wasmi1 {
    fn name(&self) -> &'static str {
        "wasmi1"
    }

    fn package(&self) -> (&'static str, &'static str) {
        ("wasmi", "1.")
    }

    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>> {
        let mut config = Config::default();
        config.compilation_mode(CompilationMode::Eager);
        open(&Engine::new(&config), false, wasm, entries)
    }
}

fn instantiate(linker: &Linker<()>, store: &mut Store<()>, module: &Module) -> Result<Instance> {
    Ok(linker.instantiate_and_start(store, module)?)
}

fn stop(native: &str) -> Error {
    Error::new(native.to_owned())
}
