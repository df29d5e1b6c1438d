//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use sostenuto_board::inspect::DmaBuffer;
use sostenuto_board::{Board, BoardError};
use sostenuto_faust::Options;
use sostenuto_machine::dsp;

use crate::values::{self, Setting, Words};

/// Write an audio effect, see where its bytes live on a small board, and hear it.
///
/// Sostenuto compiles a patch, decides in which memory of a board each table, delay line and state lives, says whether
/// it fits, and plays sound through it, sample by sample as the board would.
#[derive(Debug, Parser)]
#[command(
    name = "sostenuto",
    version,
    after_help = "Examples:\n  \
        sostenuto run patches/tape_echo.impala\n  \
        sostenuto run patches/tape_echo.impala --in voice.wav --param operand-1-high=200@1.5s\n  \
        sostenuto run echo.impala --swap-at 2 echo_2.impala\n  \
        sostenuto run patches/tape_echo.impala --board conez-v0-1 --psram-clock 80MHz\n  \
        sostenuto run patches/ping_pong_echo.dsp --set feedback=0.7 --block 64\n  \
        sostenuto check patches/tape_echo.impala --board permut8\n  \
        sostenuto inspect firmware.elf --stack 8192 --dma rx_buffer=DMA1\n  \
        sostenuto faust-rs patches/ping_pong_echo.dsp --board daisy-seed-65mb\n  \
        sostenuto boards daisy-seed-65mb\n\n\
        Exit codes: 0 success, 1 the patch or image does not fit or fails, 2 it does not compile, or a mistake in the command or its files."
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
    Run(Box<RunArguments>),
    /// Say whether a patch compiles and fits a board, without playing it.
    ///
    /// The exit code is 0 when it fits, 1 when it does not, 2 when it does not compile.
    Check(CheckArguments),
    /// Decide where the storages of a patch or of a list live, and say what that costs, as texts, pictures and linker scripts.
    ///
    /// Takes a patch, a firmware image (.elf), or a list of storages as a TOML file (docs/plan.md). The exit code is 0 when all fits, 1 when it does
    /// not or is over its budget.
    Plan(Box<PlanArguments>),
    /// Compile a patch to a WebAssembly module, which `run` and `check` take as well.
    Build(BuildArguments),
    /// Write a Faust program as a Rust module whose arrays a memory manager places one by one.
    ///
    /// The module needs neither the standard library nor an allocator. docs/faust.md shows how it is used.
    FaustRs(FaustRsArguments),
    /// Say what the linker did with a firmware image (ELF), and whether that can work on a board.
    ///
    /// The report shows what each region of the board holds, where each section is loaded and where it runs, the largest
    /// symbols, the stack, and what is wrong. docs/inspect.md tells what each finding means. The exit code is 0 without
    /// errors, 1 with errors in the image, 2 when the question itself is wrong.
    Inspect(InspectArguments),
    /// List the boards, or show one with its regions and the sources of its figures.
    Boards {
        /// A built-in board or the path of a board file.
        #[arg(value_hint = ValueHint::AnyPath)]
        name: Option<String>,
    },
    /// Print a completion script for a shell.
    #[command(after_help = "Where to put it:\n  \
        bash  sostenuto completions bash > ~/.local/share/bash-completion/completions/sostenuto\n  \
        zsh   sostenuto completions zsh > DIR/_sostenuto   (DIR: a folder of your $fpath)\n  \
        fish  sostenuto completions fish > ~/.config/fish/completions/sostenuto.fish")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// A patch and how to compile it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Compiling")]
pub struct PatchArguments {
    /// The patch: an Impala source (.impala), a Faust program (.dsp), or a module (.wasm).
    ///
    /// Modules are those that `sostenuto build` or `faust -lang wasm` wrote, and those that any compiler made for the ConeZ. A .dsp needs the Faust compiler: `apt install faust`.
    #[arg(help_heading = None::<&'static str>)]
    pub patch: PathBuf,

    /// How the Faust compiler is called.
    #[command(flatten)]
    pub faust: FaustArguments,

    /// Set the constant DEBUG to 1, which makes `assert` active, and guard every global array.
    #[arg(long)]
    pub debug: bool,

    /// Stack for a patch whose functions call each other in a circle, in bytes [default: 16384].
    ///
    /// It is reserved twice: for the arrays of the functions, and for the registers of the engine.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(64..=67_108_864), allow_negative_numbers = true)]
    pub stack: Option<u32>,

    /// Lay out linear memory by what a run has measured (`run --profile FILE`): what is accessed most a byte comes first.
    ///
    /// Where memory is paged, its first pages are always fast; of a module and of a Faust program, whose data stays where it is,
    /// the pages that are accessed most become so. Without this, what is usual for each kind and size decides.
    #[arg(long, value_name = "FILE")]
    pub hot_first: Option<PathBuf>,
}

impl PatchArguments {
    /// The bytes of stack for a patch that needs any.
    pub fn stack_bytes(&self) -> u32 {
        self.stack.unwrap_or(16_384)
    }

    /// Another patch, compiled alike.
    pub fn other(&self, patch: PathBuf) -> PatchArguments {
        PatchArguments { patch, hot_first: self.hot_first.clone(), faust: self.faust.clone(), ..*self }
    }
}

/// How the Faust compiler is called.
#[derive(Debug, Clone, Args)]
pub struct FaustArguments {
    /// Options for the Faust compiler, such as "-double", or "-dlt 0" for delay lines that are not rounded up to powers of two.
    ///
    /// May be given several times. What has a blank in it stands in quotes of its own: --faust "-I 'my library'".
    #[arg(long = "faust", value_name = "OPTIONS", allow_hyphen_values = true, value_parser = values::words)]
    pub options: Vec<Words>,

    /// Stop the Faust compiler when it takes longer: there are programs with which it does not end.
    #[arg(long = "faust-timeout", value_name = "SECONDS", default_value_t = Options::TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400), allow_negative_numbers = true)]
    pub timeout: u64,
}

impl FaustArguments {
    /// What the compiler is told.
    pub fn options(&self) -> Options {
        let further = self.options.iter().flat_map(|Words(words)| words).cloned().collect();
        Options { further, timeout: Duration::from_secs(self.timeout) }
    }
}

impl RunArguments {
    /// The files that are read, beside the patches.
    pub fn read(&self) -> impl Iterator<Item = &Path> {
        let paths = [self.input.as_deref(), self.patch.hot_first.as_deref()];
        paths.into_iter().flatten().chain([Path::new(&self.place.board)])
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
pub struct RunArguments {
    /// Play this WAV file instead of the built-in phrase; any sample rate, mono or stereo, for a Faust program any channels.
    #[arg(long = "in", value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// Write the sound here [default: the patch's name with .wav, in this folder].
    ///
    /// Stereo, or with the channels of a Faust program; 24 bits, at the rate of the input; replaces a file of that name. A patch that fails half-way leaves the sound made before.
    #[arg(long = "out", short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Set a parameter of the Permut8 at the start, or later: NAME=VALUE or NAME=VALUE@TIME (other patches: --set)
    ///
    /// May be given several times. The parameters, by name or number:
    ///
    ///   0 clock-freq      1 to 352800; only tells the patch, see --clock
    ///   1 switches        none, or names joined by +: sync, triplet,
    ///                     dotted, write-protect, reverse
    ///   2 operator-1      nop, and, mul, osc, rnd
    ///   3 operand-1-high  0 to 255, at first 128
    ///   4 operand-1-low   0 to 255, at first 128
    ///   5 operator-2      nop, or, xor, msk, sub
    ///   6 operand-2-high  0 to 255, at first 128
    ///   7 operand-2-low   0 to 255, at first 128
    ///
    /// A value may be hexadecimal (0xC8). A time is 1.5s, 250ms or the
    /// number of a sample.
    #[arg(long = "param", verbatim_doc_comment, value_name = "NAME=VALUE[@TIME]", value_parser = Setting::parse)]
    pub parameters: Vec<Setting>,

    /// Set a parameter of a Faust program or of a patch of the ConeZ at the start, or later: PATH=VALUE or PATH=VALUE@TIME
    ///
    /// May be given several times. The path is as the report has it, such as /echo/feedback; its end, or the label, will do when no other
    /// parameter has it. On the ConeZ, parameters have numbers: 0 asks the patch to stop when it is 1, and 1 to 15 are its own.
    /// A time is 1.5s, 250ms or the number of a sample.
    #[arg(long = "set", value_name = "PATH=VALUE[@TIME]")]
    pub changes: Vec<dsp::Change>,

    /// Play so many instances of a Faust program, each with memory and channels of its own.
    ///
    /// Two of a program with one channel play a stereo sound. The memory is reported for all of them.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(dsp::MOST_INSTANCES)), allow_negative_numbers = true)]
    pub instances: u32,

    /// At this second, let another version of the patch take over while the sound goes on.
    ///
    /// Storages that kept name and size keep their contents, so delay lines keep their echoes; the others start as the
    /// new version makes them. Parameters, clock and delay memory go on, process() begins at its start. The report says
    /// what was carried over. Each of the two versions must fit the board; a device holds both while it swaps.
    #[arg(long, num_args = 2, value_names = ["SECONDS", "NEW_PATCH"], value_hint = ValueHint::FilePath, allow_negative_numbers = true)]
    pub swap_at: Option<Vec<OsString>>,

    /// Play so many seconds: a longer input is cut, a shorter one goes on in silence [default: the whole input].
    ///
    /// The phrase takes 8 seconds. To hear the tail of an echo, ask for more than the input has. A patch of the ConeZ that makes no
    /// sound is asked to stop after so many virtual seconds, 8 at first.
    #[arg(long, value_parser = values::seconds, allow_negative_numbers = true)]
    pub seconds: Option<f64>,

    /// How much of the patch is heard, 0 to 1: 0 is the dry sound, 1 the patch alone.
    #[arg(long, default_value_t = 1.0, value_parser = values::mix, allow_negative_numbers = true)]
    pub mix: f32,

    /// Gain before the patch, in decibels; the dry sound goes without it.
    #[arg(long, value_name = "DB", default_value_t = 0.0, allow_negative_numbers = true, value_parser = values::decibels)]
    pub gain: f32,

    /// The seed of the built-in phrase, and of chance on the ConeZ: another number, another phrase.
    #[arg(long, default_value_t = 1, value_parser = values::seed, allow_negative_numbers = true)]
    pub seed: u64,

    /// Run the patch at this clock in Hz, resampling there and back [default: the rate of the sound].
    #[arg(long, value_name = "HZ", value_parser = values::clock, allow_negative_numbers = true)]
    pub clock: Option<u32>,

    /// The text for the patch's `config`.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub config: String,

    /// The directory that a patch of the ConeZ has its files in, as its root [default: none, and no files].
    ///
    /// The patch may read, write and delete everything there but config.ini, and nothing outside.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,

    /// The date and time at which a patch of the ConeZ starts, in UTC [default: 2025-01-01T00:00:00].
    #[arg(long, value_name = "TIME", value_parser = values::epoch, allow_negative_numbers = true)]
    pub epoch: Option<i64>,

    /// Draw what the LEDs of the ConeZ have shown, over time, into this file: FILE.svg or FILE.png.
    #[arg(long, value_name = "FILE")]
    pub leds: Option<PathBuf>,

    /// The board and the report.
    #[command(flatten)]
    pub place: PlaceArguments,

    /// Show so many lines of what the patch traces.
    #[arg(long, value_name = "LINES", default_value_t = 200, allow_negative_numbers = true)]
    pub traces: u64,

    /// Samples between two callbacks of the board, for the deadline; a Faust program computes so many at a time.
    #[arg(long, value_name = "SAMPLES", default_value_t = dsp::Settings::BLOCK, value_parser = clap::value_parser!(u32).range(1..=4096), allow_negative_numbers = true)]
    pub block: u32,

    /// Count what the patch does to each storage, write it to this file, and place by it.
    ///
    /// Counted are words read and written, and the lines that the board's data cache fetches and writes back if all of
    /// linear memory is behind it. `sostenuto plan --profile` takes the file.
    #[arg(long, value_name = "FILE", conflicts_with = "swap_at")]
    pub profile: Option<PathBuf>,

    /// The clock of the bus to the PSRAM of a board with paged memory, such as 80MHz [default: the board's first].
    ///
    /// The board says which it can have: see `sostenuto boards conez-v0-1`.
    #[arg(long, value_name = "MHZ", value_parser = values::megahertz, allow_hyphen_values = true)]
    pub psram_clock: Option<u32>,

    /// The most instructions that one sample may take before the patch counts as hanging.
    ///
    /// init(), update() and reset() may take 20,000,000 each; on the ConeZ, what makes no sound may take 500 times as many between
    /// two waits.
    #[arg(long, value_name = "COUNT", default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub max_instructions: u64,

    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The board and the report.
    #[command(flatten)]
    pub place: PlaceArguments,

    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Planning", mut_arg("patch", |patch| patch.help(PLANNED).long_help(PLANNED)))]
pub struct PlanArguments {
    /// Take the traffic of the storages from this file, which `run --profile` wrote.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// Search on until it is proven that no plan takes fewer cycles, or for ten million steps: some seconds.
    #[arg(long)]
    pub prove: bool,

    /// Let delay lines lie in several regions, in parts of 4 KB.
    #[arg(long)]
    pub split: bool,

    /// Draw the regions with what lies in them, coloured by how hot it is, into this file; also of a plan that does not fit.
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,

    /// Write the board's regions for the linker, as `cortex-m-rt` wants them: memory.x.
    #[arg(long, value_name = "FILE")]
    pub memory_x: Option<PathBuf>,

    /// Write a linker script that lays the storages as planned; include it at the end of memory.x.
    #[arg(long, value_name = "FILE")]
    pub linker: Option<PathBuf>,

    /// Write the declarations of the storages with their sections: of Rust if the file ends with .rs, else of C.
    #[arg(long, value_name = "FILE")]
    pub attributes: Option<PathBuf>,

    /// Plan what a Faust program asks for as C++ (`faust -lang cpp -mem`), and write a memory manager that gives it just that.
    #[arg(long, value_name = "LANGUAGE")]
    pub emit: Option<Emit>,

    /// The file for --emit [default: the program's name with .memory.h, in the current folder].
    #[arg(long, value_name = "FILE.h", requires = "emit")]
    pub out: Option<PathBuf>,

    /// Say what has changed since the plan in this file, which `plan --json` printed.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,

    /// The DMA buffers of an image.
    #[command(flatten)]
    pub dma: DmaArguments,

    /// Fail with exit code 1 when a region takes more than this file allows: a table `[max]` with lines such as `DTCM = "96K"`.
    #[arg(long, value_name = "FILE")]
    pub budget: Option<PathBuf>,

    /// The board and the report.
    #[command(flatten)]
    pub place: PlaceArguments,

    /// What to place.
    #[command(flatten)]
    pub patch: PatchArguments,
}

/// What `plan` takes.
const PLANNED: &str =
    "A patch as `run` takes it, a list of storages (.toml), or a firmware image (.elf, .axf)";

/// The language of a memory manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// C++.
    Cpp,
}

/// The board, and how to report of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Board and report")]
pub struct PlaceArguments {
    /// The board: a built-in name (see `sostenuto boards`) or the path of a board file.
    #[arg(long, value_name = "NAME", default_value = Board::DEFAULT, value_hint = ValueHint::AnyPath)]
    pub board: String,

    /// How the board starts, which says what its firmware leaves free: see `sostenuto boards NAME` [default: the board's first].
    #[arg(long, value_name = "MODE")]
    pub boot: Option<String>,

    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
}

impl PlaceArguments {
    /// The board.
    pub fn load_board(&self) -> Result<Board, BoardError> {
        Board::load_after(&self.board, self.boot.as_deref())
    }
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Write the module here [default: the patch's name with .wasm, in this folder].
    #[arg(long = "out", short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The patch.
    #[command(flatten)]
    pub patch: PatchArguments,
}

/// Arguments of `faust-rs`.
#[derive(Debug, Args)]
pub struct FaustRsArguments {
    /// The Faust program (.dsp).
    ///
    /// It needs the Faust compiler: `apt install faust`, or `pip install cyfaust` for the `python3` on the PATH.
    #[arg(value_name = "PROGRAM.dsp")]
    pub program: PathBuf,

    /// Write the module here [default: the program's name with .rs, in this folder].
    #[arg(long = "out", short, value_name = "FILE.rs")]
    pub output: Option<PathBuf>,

    /// Place arrays of more bytes than this one by one; smaller ones stay in the instance.
    #[arg(long, value_name = "BYTES", default_value = "64", value_parser = values::size, allow_negative_numbers = true)]
    pub threshold: u64,

    /// Place this array by itself, however small it is; may be given several times.
    #[arg(long = "place", value_name = "NAME")]
    pub placed: Vec<String>,

    /// Who computes sines and such.
    #[arg(long, value_enum, value_name = "WHO", default_value_t = MathArgument::ByTarget)]
    pub math: MathArgument,

    /// How the Faust compiler is called.
    #[command(flatten)]
    pub faust: FaustArguments,

    /// Place the memory on this board, and end the module with the table of the places.
    ///
    /// Arrays that the plan puts elsewhere than the instance are placed by themselves, however small they are.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::AnyPath)]
    pub board: Option<String>,

    /// How the board starts: see `sostenuto boards NAME` [default: the board's first].
    #[arg(long, value_name = "MODE", requires = "board")]
    pub boot: Option<String>,
}

/// Who computes sines and such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MathArgument {
    /// The standard library where the target has an operating system, or else the crate libm.
    ByTarget,
    /// The standard library: the same bits as Faust's own Rust; only `remainder` is of the crate libm.
    Std,
    /// The crate libm: the same bits everywhere.
    Libm,
}

/// What the DMA controllers access: a firmware image does not tell.
#[derive(Debug, Args)]
pub struct DmaArguments {
    /// A variable of the image that a DMA controller of the board reads or writes; may be given several times.
    #[arg(long, value_name = "SYMBOL=MASTER", value_parser = values::dma)]
    pub dma: Vec<DmaBuffer>,

    /// A TOML file with more of these: a table `[[buffer]]` for each, with symbol, master and perhaps maintained.
    ///
    /// `maintained = true` says that the program cleans or invalidates the cache around each transfer.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub buffers: Option<PathBuf>,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The image: the ELF file that the linker wrote, for 32-bit Arm and with its symbols.
    pub image: PathBuf,

    /// What its DMA controllers access.
    #[command(flatten)]
    pub dma: DmaArguments,

    /// Objects and archives from which the image was linked, to find first values that the linker dropped.
    #[arg(long, value_name = "FILE", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub objects: Vec<PathBuf>,

    /// The bytes of stack that the program needs at most.
    #[arg(long, value_name = "BYTES", value_parser = values::size, allow_negative_numbers = true)]
    pub stack: Option<u64>,

    /// The board and the report.
    #[command(flatten)]
    pub place: PlaceArguments,
}
