//! The same program by Faust's C++ back-end and the C++ compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sostenuto_board::program::Program;
use sostenuto_machine::Time;

use crate::stimulus::{RATE, Stimulus};

/// A compiled program.
pub struct Cpp {
    folder: tempfile::TempDir,
    driver: PathBuf,
}

impl Cpp {
    /// Compiles with the compiler's own idea of delay lines, which is another than the one we ask for.
    pub fn compile(source: &Path, is_double: bool) -> Result<Cpp, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let program = folder.path().join("program.cpp");
        let source = source.canonicalize().map_err(|error| error.to_string())?;
        let precision = if is_double { "-double" } else { "-single" };
        let mut faust = Command::new("faust");
        faust.args(["-lang", "cpp", precision, "-I"]).arg(source.parent().unwrap_or(Path::new("/")));
        succeed(faust.arg("-o").arg(&program).arg(&source).current_dir(folder.path()))?;
        let driver = folder.path().join("driver");
        fs::write(folder.path().join("driver.cpp"), include_str!("driver.cpp"))
            .map_err(|error| error.to_string())?;
        let sample = if is_double { "double" } else { "float" };
        let mut compiler = Command::new("g++");
        compiler.args(["-O1", "-ffp-contract=off", "-w", "-DPROGRAM=\"program.cpp\""]);
        compiler.arg(format!("-DFAUSTFLOAT={sample}")).args(["driver.cpp", "-o", "driver"]);
        succeed(compiler.current_dir(folder.path()))?;
        Ok(Cpp { folder, driver })
    }

    /// What it makes of a stimulus: the samples of all channels, frame by frame.
    pub fn play(&self, program: &Program, stimulus: &Stimulus) -> Result<Vec<f64>, String> {
        let [input, changes, output] =
            ["input", "changes", "output"].map(|name| self.folder.path().join(name));
        // A program without channels in is given one that it does not hear.
        let samples = if program.inputs > 0 { stimulus.input.samples.as_slice() } else { &[] };
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        fs::write(&input, bytes).map_err(|error| error.to_string())?;
        let mut lines = String::new();
        let mut ordered: Vec<_> = stimulus.changes.iter().collect();
        ordered.sort_by_key(|change| change.at.sample(RATE));
        for change in ordered {
            let number = program.parameters.iter().position(|parameter| parameter.path == change.name);
            let Some(number) = number else { return Err(format!("no parameter {}", change.name)) };
            let Time::Sample(sample) = change.at else { return Err("a time in seconds".to_owned()) };
            lines += &format!("{number} {:e} {sample}\n", change.value);
        }
        fs::write(&changes, lines).map_err(|error| error.to_string())?;
        let frames = stimulus.input.samples.len() / usize::from(stimulus.input.channels);
        let mut driver = Command::new(&self.driver);
        driver.args([RATE.to_string(), frames.to_string()]).arg(&input).arg(&output);
        driver.stdin(fs::File::open(&changes).map_err(|error| error.to_string())?);
        succeed(&mut driver)?;
        let bytes = fs::read(&output).map_err(|error| error.to_string())?;
        let (samples, _) = bytes.as_chunks::<8>();
        Ok(samples.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let output = command.stdout(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let message = String::from_utf8_lossy(&output.stderr);
            Err(format!("{name} failed ({}): {}", output.status, message.lines().next().unwrap_or("")))
        }
    }
}

/// Where two sounds differ by more than 2e-6 of what is heard, or of 1; and by how much.
pub fn difference(here: &[f32], there: &[f64]) -> Option<(usize, f32, f64)> {
    let differ = |(here, there): (f32, f64)| {
        if here.is_nan() || there.is_nan() {
            return here.is_nan() != there.is_nan();
        }
        here != there as f32 && (f64::from(here) - there).abs() > 2e-6 * there.abs().max(1.0)
    };
    let pairs = here.iter().copied().zip(there.iter().copied());
    let at = pairs.enumerate().find(|(_, pair)| differ(*pair)).map(|(at, (here, there))| (at, here, there));
    at.or_else(|| (here.len() != there.len()).then_some((here.len().min(there.len()), 0.0, 0.0)))
}
