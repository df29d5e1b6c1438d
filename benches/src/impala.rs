//! Patches as kernels: what a firmware-like load costs, with the host in between at each sample.
//!
//! They are compiled when the program starts, by the compiler of this repository. Patches that wait in `yield` are not
//! among them: not every engine can suspend a call.

use anyhow::{Context, Result, anyhow};
use sostenuto_lang::{Language, Options, compile};

use crate::engines::Session;
use crate::kernels::{Drive, Kernel};

/// A quarter of a second at 48 kHz.
const SAMPLES: u32 = 12_000;

/// All knobs stand in the middle.
const KNOB: i32 = 0x80;

/// How a patch is called.
pub struct Patch {
    /// What it exports of `process` and [`FIRST`], in this order.
    pub entries: Vec<&'static str>,
    signal: usize,
    params: usize,
}

/// The entry points before the first sample, in their order.
const FIRST: [&str; 3] = ["init", "update", "reset"];

macro_rules! patch {
    ($kernel:literal, $file:literal) => {
        kernel($kernel, $file, include_str!(concat!("../../patches/", $file)))
    };
}

/// A tape echo in integers, a chorus in floats, a delay that calls its host for its memory.
pub fn kernels() -> Result<Vec<Kernel>> {
    Ok(vec![
        patch!("impala-echo", "tape_echo.impala")?,
        patch!("impala-chorus", "stereo_chorus.impala")?,
        patch!("impala-delay", "feedback_delay.impala")?,
    ])
}

fn kernel(name: &'static str, file: &str, source: &str) -> Result<Kernel> {
    let compiled = compile(Language::Impala, source, file, &Options::default())
        .map_err(|errors| anyhow!("{file} does not compile: {} errors", errors.len()))?;
    let patch = compiled.patch;
    let address = |name| {
        let storage = patch.facts.storages.iter().find(|storage| storage.name == name);
        let address = storage.and_then(|storage| storage.address);
        address.map(|address| address as usize).with_context(|| format!("{file} has no `{name}`"))
    };
    let (signal, params) = (address("signal")?, address("params")?);
    let module = sostenuto_vm::Module::new(&patch.wasm)?;
    let entries =
        ["process"].into_iter().chain(FIRST).filter(|entry| module.export(entry).is_some()).collect();
    Ok(Kernel { name, wasm: patch.wasm, drive: Drive::Samples(Patch { entries, signal, params }) })
}

impl Patch {
    /// Sets the knobs and calls what comes before the first sample.
    pub fn prepare(&self, session: &mut dyn Session) -> Result<()> {
        for parameter in 0..8 {
            session.write(self.params + parameter * 4, &KNOB.to_le_bytes())?;
        }
        for first in 1..self.entries.len() {
            session.call(first)?;
        }
        Ok(())
    }

    /// Plays noise of 12 bits through the patch; gives a checksum of what comes out.
    pub fn play(&self, session: &mut dyn Session) -> Result<i32> {
        let (mut noise, mut checksum) = (1_u32, 0_i32);
        let mut frame = [0; 8];
        for _ in 0..SAMPLES {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (left, right) = (noise as i32 >> 20, (noise << 8) as i32 >> 20);
            frame[..4].copy_from_slice(&left.to_le_bytes());
            frame[4..].copy_from_slice(&right.to_le_bytes());
            session.write(self.signal, &frame)?;
            session.call(0)?;
            session.read(self.signal, &mut frame)?;
            for byte in frame {
                checksum = checksum.wrapping_mul(31).wrapping_add(byte.into());
            }
        }
        Ok(checksum)
    }
}
