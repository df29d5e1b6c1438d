//! The engines, behind one small trait.

mod linker;
mod sostenuto;
#[cfg(feature = "stitch")]
mod stitch;
#[cfg(feature = "tinywasm")]
mod tinywasm;
#[cfg(feature = "wasm3")]
#[expect(unsafe_code)]
mod wasm3;
#[cfg(feature = "wasmi1")]
mod wasmi1;
pub mod wasmi2;
#[cfg(feature = "wasmtime")]
mod wasmtime;

use anyhow::Result;

use sostenuto::Sostenuto;

/// An interpreter or compiler of WebAssembly, in one of its settings.
pub trait Engine {
    /// What the tables and `--engine` call it.
    fn name(&self) -> &'static str;

    /// The package that it is, and the beginning of its version.
    fn package(&self) -> (&'static str, &'static str);

    /// Whether it makes no machine code, so that valgrind sees all that it runs.
    fn interprets(&self) -> bool {
        true
    }

    /// Loads a module and prepares to call these exports.
    ///
    /// The imports are those of a Permut8 patch: `fault` and `abort` trap, the others return at once.
    fn load(&self, wasm: &[u8], entries: &[&str]) -> Result<Box<dyn Session>>;
}

/// An instance of a module.
pub trait Session {
    /// Calls one of the entries, by its place in the list; gives its result, 0 when it has none.
    fn call(&mut self, entry: usize) -> Result<i32>;

    /// The size of the linear memory, in bytes.
    fn size(&mut self) -> usize;

    /// Copies bytes out of the linear memory, from this address on.
    fn read(&mut self, address: usize, bytes: &mut [u8]) -> Result<()>;

    /// Copies bytes into the linear memory, from this address on.
    fn write(&mut self, address: usize, bytes: &[u8]) -> Result<()>;
}

/// The module that patches import from.
const HOST: &str = "permut8";

/// Those imports that do nothing here, with the number of their words.
const IDLE_NATIVES: [(&str, usize); 4] = [("yield", 0), ("trace", 1), ("read", 3), ("write", 3)];

/// All engines of this build.
pub fn all() -> Vec<Box<dyn Engine>> {
    vec![
        Sostenuto::<sostenuto::Flat>::named("sostenuto"),
        Sostenuto::<sostenuto::Paged>::named("paged"),
        Sostenuto::<sostenuto::Resident>::named("resident"),
        Box::new(wasmi2::Wasmi2 { fuel: false }),
        Box::new(wasmi2::Wasmi2 { fuel: true }),
        #[cfg(feature = "wasmi1")]
        Box::new(wasmi1::Wasmi1),
        #[cfg(feature = "stitch")]
        Box::new(stitch::Stitch),
        #[cfg(feature = "wasm3")]
        Box::new(wasm3::Wasm3),
        #[cfg(feature = "tinywasm")]
        Box::new(tinywasm::Tinywasm),
        #[cfg(feature = "wasmtime")]
        Box::new(wasmtime::Wasmtime::Pulley),
        #[cfg(feature = "wasmtime")]
        Box::new(wasmtime::Wasmtime::Cranelift),
    ]
}
