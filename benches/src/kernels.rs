//! The programs that the engines run.

use anyhow::{Context, Result};

use crate::engines::{Engine, Session};
use crate::impala::{self, Patch};

/// A module and how it is run.
pub struct Kernel {
    /// What the tables and `--kernel` call it.
    pub name: &'static str,
    pub wasm: Vec<u8>,
    pub drive: Drive,
}

/// What one run of a kernel is.
pub enum Drive {
    /// One call of `run`, which gives this checksum. A compiler for the host computes the same from the same source.
    Run { checksum: i32 },
    /// A patch, called for each sample by its host.
    Samples(Patch),
}

macro_rules! compiled_c {
    ($name:literal, $checksum:literal) => {
        Kernel {
            name: $name,
            wasm: include_bytes!(concat!("../kernels/", $name, ".wasm")).to_vec(),
            drive: Drive::Run { checksum: $checksum },
        }
    };
}

/// All kernels, in the order of the table.
///
/// # Errors
/// When a patch does not compile.
pub fn all() -> Result<Vec<Kernel>> {
    let mut kernels = vec![
        compiled_c!("sieve", 17_200),
        compiled_c!("write", 1_318_305_280),
        compiled_c!("read", -458_805_248),
        compiled_c!("biquad", 1_589_648_046),
        compiled_c!("delay", -165_135_564),
        compiled_c!("fft", -880_915_006),
        compiled_c!("fib", 832_040),
    ];
    kernels.extend(impala::kernels()?);
    Ok(kernels)
}

impl Kernel {
    fn entries(&self) -> &[&'static str] {
        match &self.drive {
            Drive::Run { .. } => &["run"],
            Drive::Samples(patch) => &patch.entries,
        }
    }
}

/// A kernel in an engine, with the memory image that each of its runs begins with.
pub struct Loaded<'k> {
    kernel: &'k Kernel,
    session: Box<dyn Session>,
    image: Vec<u8>,
}

impl<'k> Loaded<'k> {
    /// Loads a kernel and makes it ready for its first run.
    pub fn new(engine: &dyn Engine, kernel: &'k Kernel) -> Result<Self> {
        let what = || format!("{} in {}", kernel.name, engine.name());
        let mut session = engine.load(&kernel.wasm, kernel.entries()).with_context(what)?;
        if let Drive::Samples(patch) = &kernel.drive {
            patch.prepare(&mut *session).with_context(what)?;
        }
        let mut image = vec![0; session.size()];
        session.read(0, &mut image)?;
        Ok(Self { kernel, session, image })
    }

    /// Puts the memory back to what it was before the first run, so that all runs do the same work.
    pub fn rewind(&mut self) -> Result<()> {
        self.session.write(0, &self.image)
    }

    /// Runs the kernel once and gives its checksum.
    pub fn run(&mut self) -> Result<i32> {
        match &self.kernel.drive {
            Drive::Run { .. } => self.session.call(0),
            Drive::Samples(patch) => patch.play(&mut *self.session),
        }
    }
}
