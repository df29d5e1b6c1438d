//! The same module in another interpreter, with the same mathematical functions.

use sostenuto_board::program::Program;
use wasmi::{Engine, F32, Linker, Memory, Module, Store, TypedFunc};

use crate::stimulus::{RATE, Stimulus};

/// Plays a program of single precision; the bits of all samples, frame by frame, or why it stopped.
pub fn play(wasm: &[u8], program: &Program, stimulus: &Stimulus) -> Result<Vec<u32>, wasmi::Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    add_maths(&mut linker)?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or_else(|| wasmi::Error::new("no memory"))?;
    let init: TypedFunc<(i32, i32), ()> = instance.get_typed_func(&store, "init")?;
    let compute: TypedFunc<(i32, i32, i32, i32), ()> = instance.get_typed_func(&store, "compute")?;

    // Its blocks have other lengths and lie elsewhere.
    const BLOCK: usize = 100;
    let (inputs, outputs) = (program.inputs as usize, program.outputs as usize);
    let lists = program.bytes.next_multiple_of(4) as usize + 12;
    let channels = lists + (inputs + outputs) * 4;
    let end = channels + (inputs + outputs) * BLOCK * 4;
    let pages = (end as u64).div_ceil(65_536).saturating_sub(memory.size(&store));
    memory.grow(&mut store, pages)?;
    init.call(&mut store, (0, RATE as i32))?;
    for channel in 0..inputs + outputs {
        put(&memory, &mut store, lists + channel * 4, (channels + channel * BLOCK * 4) as u32)?;
    }
    let frames = stimulus.input.samples.len() / usize::from(stimulus.input.channels);
    let mut changes: Vec<_> = stimulus.changes.iter().collect();
    changes.sort_by_key(|change| change.at.sample(RATE));
    let mut changes = changes.into_iter().peekable();
    let mut heard = Vec::with_capacity(frames * outputs);
    let mut done = 0;
    while done < frames {
        while let Some(change) = changes.next_if(|change| change.at.sample(RATE) <= done as u64) {
            let parameter = program.parameters.iter().find(|parameter| parameter.path == change.name);
            let address = parameter.map_or(0, |parameter| parameter.address as usize);
            put(&memory, &mut store, address, (change.value as f32).to_bits())?;
        }
        let next = changes.peek().map_or(frames, |change| change.at.sample(RATE) as usize);
        let until = (done + BLOCK).min(frames).min(next);
        for channel in 0..inputs {
            for frame in done..until {
                let sample = stimulus.input.samples[frame * inputs + channel];
                let place = channels + (channel * BLOCK + frame - done) * 4;
                put(&memory, &mut store, place, sample.to_bits())?;
            }
        }
        let count = (until - done) as i32;
        compute.call(&mut store, (0, count, lists as i32, (lists + inputs * 4) as i32))?;
        for frame in 0..until - done {
            for channel in inputs..inputs + outputs {
                let mut bytes = [0; 4];
                memory.read(&store, channels + (channel * BLOCK + frame) * 4, &mut bytes).map_err(trouble)?;
                heard.push(u32::from_le_bytes(bytes));
            }
        }
        done = until;
    }
    Ok(heard)
}

fn put(memory: &Memory, store: &mut Store<()>, address: usize, word: u32) -> Result<(), wasmi::Error> {
    memory.write(store, address, &word.to_le_bytes()).map_err(trouble)
}

fn trouble(error: impl std::fmt::Display) -> wasmi::Error {
    wasmi::Error::new(error.to_string())
}

fn add_maths(linker: &mut Linker<()>) -> Result<(), wasmi::Error> {
    macro_rules! add {
        ($($name:literal $function:path;)*) => {$(
            linker.func_wrap("env", $name, |x: F32| F32::from_float($function(x.to_float())))?;
        )*};
    }
    macro_rules! add_of_two {
        ($($name:literal $function:path;)*) => {$(
            linker.func_wrap("env", $name, |x: F32, y: F32| {
                F32::from_float($function(x.to_float(), y.to_float()))
            })?;
        )*};
    }
    add! {
        "_acosf" libm::acosf; "_acoshf" libm::acoshf; "_asinf" libm::asinf; "_asinhf" libm::asinhf;
        "_atanf" libm::atanf; "_atanhf" libm::atanhf; "_cosf" libm::cosf; "_coshf" libm::coshf;
        "_expf" libm::expf; "_logf" libm::logf; "_log10f" libm::log10f; "_roundf" libm::roundf;
        "_sinf" libm::sinf; "_sinhf" libm::sinhf; "_tanf" libm::tanf; "_tanhf" libm::tanhf;
    }
    add_of_two! {
        "_atan2f" libm::atan2f; "_copysignf" libm::copysignf; "_fmodf" libm::fmodf; "_powf" libm::powf;
        "_remainderf" libm::remainderf;
    }
    linker.func_wrap("env", "_isnanf", |x: F32| i32::from(x.to_float().is_nan()))?;
    linker.func_wrap("env", "_isinff", |x: F32| i32::from(x.to_float().is_infinite()))?;
    Ok(())
}
