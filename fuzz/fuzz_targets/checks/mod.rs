//! What must hold of every source, whatever the compiler says of it.

use sostenuto_lang::{Language, Options, compile};

/// Compiles a source, renders all that is said of it, and loads what is made of it.
pub fn source(language: Language, text: &str) {
    for debug in [false, true] {
        let options = Options { debug, ..Options::default() };
        let (patch, said) = match compile(language, text, "fuzz", &options) {
            Ok(compiled) => (Some(compiled.patch), compiled.warnings),
            Err(said) => (None, said),
        };
        assert!(patch.is_some() || !said.is_empty(), "refused without a reason");
        for diagnostic in &said {
            assert!(diagnostic.span.start <= diagnostic.span.end, "{diagnostic:?}");
            assert!(diagnostic.span.end as usize <= text.len(), "{diagnostic:?}");
            diagnostic.render(text, "fuzz", debug);
        }
        if let Some(patch) = patch {
            wasmparser::validate(&patch.wasm).expect("a valid module");
            sostenuto_vm::Module::new(&patch.wasm).expect("a module that the machine loads");
        }
    }
}
