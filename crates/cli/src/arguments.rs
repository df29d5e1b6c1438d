//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use sostenuto_board::Board;
use sostenuto_machine::{Assignment, Change, ParameterError};

/// Write an audio effect, see where its bytes live on a small board, and hear it.
///
/// Sostenuto compiles a patch, decides in which memory of a board each table, delay line and state lives, says whether
/// it fits, and plays sound through it exactly as the board would.
#[derive(Debug, Parser)]
#[command(
    name = "sostenuto",
    version,
    after_help = "Examples:\n  \
        sostenuto run patches/tape_echo.impala\n  \
        sostenuto run patches/tape_echo.impala --in voice.wav --param operand-1-high=200@1.5s\n  \
        sostenuto check patches/tape_echo.impala --board permut8\n  \
        sostenuto boards daisy-seed-65mb\n\n\
        Exit codes: 0 success, 1 the patch does not fit or fails, 2 a mistake in the command or its files."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a patch, place it on a board, play sound through it and write a WAV file.
    ///
    /// Without --in, a plucked-string phrase that the program synthesises is played; it is the same in every run with
    /// the same --seed. The report shows the regions of the board, where each storage lives, how deep the stack went,
    /// the LEDs and parameters at the end, and the instructions a sample against the board's deadline.
    Run(RunArguments),
    /// Say whether a patch compiles and fits a board, without playing it.
    Check(CheckArguments),
    /// Compile a patch to a WebAssembly module, which `run` and `check` take as well.
    Build(BuildArguments),
    /// List the boards, or show one.
    Boards {
        /// A built-in board or the path of a board file.
        name: Option<String>,
    },
    /// Print a completion script for a shell.
    ///
    /// For bash: sostenuto completions bash > ~/.local/share/bash-completion/completions/sostenuto
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// A patch and how to compile it.
#[derive(Debug, Args)]
pub struct PatchArguments {
    /// The patch: an Impala source (.impala) or a module that `sostenuto build` wrote (.wasm).
    pub patch: PathBuf,

    /// Set the constant DEBUG to 1, which makes `assert` active, and guard every global array.
    #[arg(long)]
    pub debug: bool,

    /// Stack for a patch whose functions call each other in a circle, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(64..=67_108_864))]
    pub stack: u32,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,

    /// The board: a built-in name (see `sostenuto boards`) or the path of a board file.
    #[arg(long, value_name = "NAME", default_value = Board::DEFAULT)]
    pub board: String,

    /// Play this WAV file instead of the built-in phrase; any sample rate, mono or stereo.
    #[arg(long = "in", value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// Write the sound here [default: the patch's name with .wav, in this folder].
    #[arg(long = "out", short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Set a parameter at the start, or later: NAME=VALUE or NAME=VALUE@TIME.
    ///
    /// Names: clock-freq, switches, operator-1, operand-1-high, operand-1-low, operator-2, operand-2-high,
    /// operand-2-low, or their numbers 0 to 7. Values: decimal, hexadecimal (0xC8), or names of operators (mul) and
    /// switches (sync+reverse). Times: 1.5s, 250ms or a sample number. May be given several times.
    #[arg(long = "param", value_name = "NAME=VALUE[@TIME]", value_parser = Setting::parse)]
    pub parameters: Vec<Setting>,

    /// Play so many seconds: a longer input is cut, a shorter one is followed by silence.
    #[arg(long, value_parser = seconds)]
    pub seconds: Option<f64>,

    /// How much of the patch is heard: 0 is the dry sound, 1 the patch alone.
    #[arg(long, default_value_t = 1.0)]
    pub mix: f32,

    /// Gain before the patch, in decibels.
    #[arg(long, value_name = "DB", default_value_t = 0.0, allow_negative_numbers = true, value_parser = decibels)]
    pub gain: f32,

    /// The seed of the built-in phrase.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Run the patch at this clock in Hz, resampling there and back [default: the rate of the sound].
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..=352_800))]
    pub clock: Option<u32>,

    /// The text for the patch's `config`.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub config: String,

    /// Samples between two callbacks of the board, for the deadline.
    #[arg(long, value_name = "SAMPLES", default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub block: u32,

    /// The most instructions that one sample may take before the patch counts as hanging.
    #[arg(long, value_name = "INSTRUCTIONS", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub budget: u64,

    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,

    /// The board: a built-in name (see `sostenuto boards`) or the path of a board file.
    #[arg(long, value_name = "NAME", default_value = Board::DEFAULT)]
    pub board: String,

    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,

    /// Write the module here [default: the patch's name with .wasm, in this folder].
    #[arg(long = "out", short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A parameter at the start or at a later time.
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// From the start on.
    Start(Assignment),
    /// From a time on.
    Later(Change),
}

impl Setting {
    fn parse(text: &str) -> Result<Setting, ParameterError> {
        if text.contains('@') { text.parse().map(Setting::Later) } else { text.parse().map(Setting::Start) }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    const LONGEST: f64 = 3600.0;
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= LONGEST => Ok(seconds),
        _ => Err(format!("expected a number above 0 and at most {LONGEST}")),
    }
}

fn decibels(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(decibels) if (-100.0..=60.0).contains(&decibels) => Ok(decibels),
        _ => Err("expected a number from -100 to 60".to_owned()),
    }
}
