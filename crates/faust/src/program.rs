//! From a Faust program to a patch.

use std::path::Path;

use sostenuto_board::Patch;
use sostenuto_board::patch::Facts;
use sostenuto_board::program::Program;

use crate::at_work::Folder;
use crate::compiler::{Compiler, Language, Options};
use crate::description::Description;
use crate::error::{CompileError, ModuleError};
use crate::module::Module;
use crate::zones::Zones;
use crate::{fields, storages};

/// Compiles a Faust program (.dsp) with the Faust compiler on the PATH.
///
/// ```no_run
/// use sostenuto_faust::{Options, compile};
///
/// let options = Options { further: vec!["-double".to_owned()], ..Options::default() };
/// let patch = compile("echo.dsp".as_ref(), &options)?;
/// let delay = patch.storage("fVec0").expect("a delay line");
/// println!("{} B at {:?}", delay.bytes, delay.address);
/// # Ok::<(), sostenuto_faust::CompileError>(())
/// ```
///
/// # Errors
/// When there is no compiler, and when it refuses the program.
pub fn compile(source: &Path, options: &Options) -> Result<Patch, CompileError> {
    let compiler = Compiler::find()?;
    let folder = Folder::new().map_err(CompileError::of_files)?;
    let ask = |language| compiler.ask(language, source, options, folder.path());
    let (wasm, c, cpp) = (ask(Language::Wasm)?, ask(Language::C)?, ask(Language::ManagedCpp)?);
    let wasm = wasm.answer()?;
    // What only the module tells is enough to play it; C can have more, such as functions of the user's own.
    let text = |answer: Result<Vec<u8>, _>| answer.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let (c, cpp) = (text(c.answer()), text(cpp.answer()));
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    Ok(patch(&wasm, &name, c.as_deref(), cpp.as_deref())?)
}

/// Takes a module that the Faust compiler has made earlier. Its arrays have addresses, but no names.
///
/// # Errors
/// When it is not such a module.
pub fn read(wasm: &[u8], name: &str) -> Result<Patch, ModuleError> {
    patch(wasm, name, None, None)
}

fn patch(wasm: &[u8], source: &str, c: Option<&str>, cpp: Option<&str>) -> Result<Patch, ModuleError> {
    let module = Module::read(wasm)?;
    let description = Description::parse(module.description()?)?;
    let precision = module.precision()?;
    let bytes = description.size;
    let named = c.and_then(|c| fields::of_c(c, &description, precision));
    let fields = match named {
        Some(fields) => fields,
        None => {
            let mut arrays = module.arrays()?;
            if let Some(c) = c {
                fields::name_by_order(&mut arrays, c, precision);
            }
            arrays
        }
    };
    let (storages, scalars) = storages::of_fields(&fields, bytes);
    let (parameters, meters) = (description.parameters(), description.meters());
    let places = parameters.iter().map(|it| (&it.path, it.address));
    for (path, address) in places.chain(meters.iter().map(|it| (&it.path, it.address))) {
        if u64::from(address) + u64::from(precision.bytes()) > u64::from(bytes) {
            return Err(ModuleError::Outside { path: path.clone(), address, bytes });
        }
    }
    let mut mentions = cpp.map(|cpp| Zones::of_cpp(cpp, source).mentions()).unwrap_or_default();
    mentions.retain(|mentions| storages.iter().any(|storage| storage.name == mentions.storage));
    let program = Program {
        inputs: description.inputs,
        outputs: description.outputs,
        precision,
        bytes,
        parameters,
        meters,
        scalars,
        mentions,
    };
    let facts = Facts { source: source.to_owned(), storages, program: Some(program), ..Facts::default() };
    Patch::new(module.with_memory(bytes)?, facts).map_err(|error| match error {
        sostenuto_board::patch::PatchError::Facts(error) => ModuleError::Description(error),
        other => ModuleError::Malformed { message: other.to_string(), offset: 0 },
    })
}
