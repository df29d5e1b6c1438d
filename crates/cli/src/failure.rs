//! What ends the command early, and its exit code.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sostenuto_board::budget::OverBudget;
use sostenuto_board::compare::CompareError;
use sostenuto_board::emit::EmitError;
use sostenuto_board::inspect::{ImageError, InspectError};
use sostenuto_board::patch::PatchError;
use sostenuto_board::profile::ProfileError;
use sostenuto_board::{BoardError, DoesNotFit, FileFault, Plan, bytes};
use sostenuto_faust::rust::RustError;
use sostenuto_faust::{CompileError, ModuleError};
use sostenuto_machine::wav::{TooLong, WavError};
use sostenuto_machine::{LoadError, PagingError, RenderError, conez, dsp};

use crate::terminal;

/// Why the command ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}; name another file with {option}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The option that names it.
        option: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The report cannot be written.
    #[error("cannot write the report to standard output: {source}")]
    Print {
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any of its kind.
    #[error("{} has more than {}: it is hardly a {kind}", path.display(), bytes::text(*most))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bytes that are read at most.
        most: u64,
        /// What it should be.
        kind: &'static str,
    },
    /// More sound than can be held.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// A source is not text.
    #[error("{} is not text: byte {offset} is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The offending byte, counted from 0.
        offset: usize,
    },
    /// A source holds nothing.
    #[error("{} is empty: a patch has at least a function such as process(), or for the ConeZ setup() or a statement of BASIC", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A program that holds nothing.
    #[error("{} is empty: a Faust program has at least a line such as `process = _;`", path.display())]
    EmptyProgram {
        /// The file.
        path: PathBuf,
    },
    /// A file whose ending no language claims.
    #[error("{}: a patch is known by its ending, .impala, .dsp, .bas, .c or .wasm; `plan` takes lists of storages (.toml) and firmware images (.elf, .axf) too", path.display())]
    Language {
        /// The file.
        path: PathBuf,
    },
    /// A module that is not a patch.
    #[error("{}: {source}", path.display())]
    Patch {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PatchError,
    },
    /// A module that neither `sostenuto build` nor the Faust compiler wrote, and that is none for the ConeZ.
    #[error(
        "{}: {}; nor did the Faust compiler make it: {source}; nor is it for the ConeZ: it has none of its entry points, and \
         imports nothing from `env`",
        path.display(),
        PatchError::NoFacts
    )]
    ForeignModule {
        /// The file.
        path: PathBuf,
        /// Why it is none of the Faust compiler's.
        source: ModuleError,
    },
    /// The Faust compiler is missing, or refuses a program.
    #[error("{}: {source}", path.display())]
    Faust {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CompileError,
    },
    /// A Faust program that does not become Rust.
    #[error("{}: {source}", path.display())]
    FaustRust {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RustError,
    },
    /// No Faust program.
    #[error("{}: only a Faust program becomes Rust, and its name ends with .dsp", path.display())]
    NoFaust {
        /// The file.
        path: PathBuf,
    },
    /// An option that says nothing to a Faust program.
    #[error("{option} is not for Faust programs")]
    NotForFaust {
        /// The option.
        option: &'static str,
    },
    /// An option that says something to a Faust program only.
    #[error("{option} is for Faust programs only")]
    OnlyForFaust {
        /// The option.
        option: &'static str,
    },
    /// Data that cannot be laid out by a profile, on a board without pages that could be pinned.
    #[error(
        "--hot-first: what lies where is settled in this patch, and the memory of the board `{board}` has no pages of which \
         the hottest could stay in fast memory; take a board whose memory is paged, such as conez-v0-1"
    )]
    NothingToPin {
        /// The board's name.
        board: String,
    },
    /// A module cannot be written with another layout.
    #[error(
        "--hot-first: what lies where is settled in this patch; `run` and `plan` take it on boards whose memory is paged"
    )]
    SettledLayout,
    /// Options of the compiler for a module.
    #[error("--faust says how a program is compiled, and {} is compiled already: give the .dsp that it was made of", path.display())]
    Compiled {
        /// The file.
        path: PathBuf,
    },
    /// C++ of a module.
    #[error("--emit needs the program in Faust (.dsp) that {} was made of: what its C++ asks for is not in the module", path.display())]
    EmitOfModule {
        /// The file.
        path: PathBuf,
    },
    /// A Faust program that the machine cannot take.
    #[error("{}: {source}", path.display())]
    LoadProgram {
        /// The file.
        path: PathBuf,
        /// Why.
        source: dsp::LoadError,
    },
    /// A Faust program that cannot be played so.
    #[error("{source}")]
    RenderProgram {
        /// Why.
        source: dsp::RenderError,
    },
    /// An option that says nothing to a patch for the ConeZ.
    #[error("{option} is not for patches of the ConeZ")]
    NotForConez {
        /// The option.
        option: &'static str,
    },
    /// An option that says something to a patch for the ConeZ only.
    #[error("{option} is for patches of the ConeZ only, those in BASIC or C")]
    OnlyForConez {
        /// The option.
        option: &'static str,
    },
    /// An option about sound, for a patch that makes none.
    #[error("{option} is for patches that work on a sound: this one has no function process()")]
    OnlyForEffects {
        /// The option.
        option: &'static str,
    },
    /// A picture in a format that is not known.
    #[error("--leds {}: the picture is known by its ending, .svg or .png", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
    },
    /// A patch for the ConeZ that the machine cannot take.
    #[error("{}: {source}", path.display())]
    LoadConez {
        /// The file.
        path: PathBuf,
        /// Why.
        source: conez::LoadError,
    },
    /// A parameter of a patch for the ConeZ.
    #[error("--set: {source}")]
    SetConez {
        /// Why.
        source: conez::ChangeError,
    },
    /// A patch for the ConeZ that cannot be run so.
    #[error("{source}")]
    RunConez {
        /// Why.
        source: conez::RenderError,
    },
    /// A patch that makes no sound was stopped by a fault, which has been printed.
    #[error("the patch was stopped")]
    Stopped,
    /// The diagnostics have been printed.
    #[error("{} does not compile: {errors} error{}", path.display(), if *errors == 1 { "" } else { "s" })]
    Compile {
        /// The file.
        path: PathBuf,
        /// How many.
        errors: usize,
    },
    /// The output would destroy the input.
    #[error("{} is read by this command and would be overwritten: name another file with {option}", path.display())]
    Overwrite {
        /// The file.
        path: PathBuf,
        /// The option that names it.
        option: &'static str,
    },
    /// One file for two outputs.
    #[error("{} would be written twice: name two files with {} and {}", path.display(), options[0], options[1])]
    WrittenTwice {
        /// The file.
        path: PathBuf,
        /// The options that name it.
        options: [&'static str; 2],
    },
    /// A board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The paged memory of a board.
    #[error("{}{source}", if *asked { "--psram-clock: " } else { "" })]
    Paging {
        /// Whether a clock of the bus was asked for that cannot be had.
        asked: bool,
        /// Why.
        source: PagingError,
    },
    /// A WAV file.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// A patch that the machine cannot take.
    #[error("{}: {source}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LoadError,
    },
    /// A sound that cannot be played.
    #[error("{}{source}", input.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
    Render {
        /// The file with the sound, unless it is the built-in phrase.
        input: Option<PathBuf>,
        /// Why.
        source: RenderError,
    },
    /// The time of a swap.
    #[error("--swap-at {}: expected {expected}", text.display())]
    SwapTime {
        /// What was given.
        text: std::ffi::OsString,
        /// What would do.
        expected: &'static str,
    },
    /// A swap on a board with paged memory.
    #[error(
        "--swap-at: on the board `{board}` memory is paged, and no other patch can take over there: all pages of both would \
         wait for the bus; take a board with flat memory"
    )]
    SwapOnPaged {
        /// The board's name.
        board: String,
    },
    /// The patch that should take over faulted when it was started; the fault has been printed.
    #[error("the patch that takes over was stopped before it made any sound; nothing was written")]
    Successor,
    /// A profile.
    #[error("{}: {source}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ProfileError,
    },
    /// DMA buffers of something else than an image.
    #[error("{option} names variables of a firmware image (.elf), and {} is none{}", path.display(),
        if *is_list { ": write the controllers into the list, as masters = [\"DMA1\"]" } else { "" })]
    NoImage {
        /// What is planned.
        path: PathBuf,
        /// The option.
        option: &'static str,
        /// Whether it is a list of storages.
        is_list: bool,
    },
    /// A list of storages or of buffers, or a budget.
    #[error(transparent)]
    File(#[from] FileFault),
    /// An older plan.
    #[error("{}: {source}", path.display())]
    Compare {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CompareError,
    },
    /// A plan that no linker can realise, or a board that it does not know enough of.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// Regions take more than their budget.
    #[error("the plan is over its budget{}", over.iter().map(|over| format!("\n  {over}")).collect::<String>())]
    OverBudget {
        /// Which.
        over: Vec<OverBudget>,
    },
    /// A file that is no firmware image.
    #[error("{}: {source}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ImageError,
    },
    /// A question about an image that has no answer.
    #[error("{}: {source}", path.display())]
    Inspect {
        /// The image.
        path: PathBuf,
        /// Why.
        source: InspectError,
    },
    /// The image has errors; the report above has told them.
    #[error("{} cannot work on the board `{board}`: {errors} error{}, see the report", path.display(), if *errors == 1 { "" } else { "s" })]
    CannotWork {
        /// The image.
        path: PathBuf,
        /// The board's name.
        board: String,
        /// How many.
        errors: usize,
    },
    /// The patch does not fit the board.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
    /// The patch does not fit the board, and the report above has said why.
    #[error("the patch does not fit on the board `{board}`: see above")]
    DoesNotFitAsShown {
        /// The board's name.
        board: String,
    },
    /// The second of two patches does not fit the board.
    #[error("{}: {source}", path.display())]
    SecondDoesNotFit {
        /// Its file.
        path: PathBuf,
        /// What is said of a single patch.
        source: Box<Failure>,
    },
    /// The patch faulted; the fault has been printed.
    #[error("the patch was stopped; {} holds the sound made before: {} sample frames", output.display(), bytes::grouped(*frames as u64))]
    Fault {
        /// The file with the sound so far.
        output: PathBuf,
        /// Its sample frames.
        frames: usize,
    },
    /// The patch faulted before it made any sound; the fault has been printed.
    #[error("the patch was stopped before it made any sound; {} {}", output.display(), if *older { "is an older file, left as it was" } else { "was not written" })]
    Silence {
        /// The file that would have held the sound.
        output: PathBuf,
        /// Whether there is such a file of an earlier run.
        older: bool,
    },
}

impl Failure {
    /// Refuses a plan that does not fit. The reasons stand in a report for people already; they are told again
    /// unless they are on the same screen.
    pub fn unless_it_fits(plan: &Plan, json: bool) -> Result<(), Failure> {
        plan.check().map_err(|reasons| match terminal::one_screen() && !json {
            true => Failure::DoesNotFitAsShown { board: reasons.board },
            false => Failure::DoesNotFit(reasons),
        })
    }

    /// Names the patch where the message does not, as there are two.
    pub fn of_second_patch(self, path: &Path) -> Failure {
        match self {
            Failure::DoesNotFit(_) | Failure::DoesNotFitAsShown { .. } => {
                Failure::SecondDoesNotFit { path: path.to_owned(), source: Box::new(self) }
            }
            other => other,
        }
    }

    /// What the machine says of a board's paged memory.
    pub fn of_paging(source: PagingError) -> Failure {
        let asked = matches!(source, PagingError::Clock { .. } | PagingError::NotPaged { .. });
        Failure::Paging { asked, source }
    }

    /// 1 for what the patch does, 2 for what the user can mend in the command or the files.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::DoesNotFit(_)
            | Failure::DoesNotFitAsShown { .. }
            | Failure::SecondDoesNotFit { .. }
            | Failure::Render { source: RenderError::Store(_), .. }
            | Failure::RenderProgram { source: dsp::RenderError::Store(_) }
            | Failure::RunConez {
                source: conez::RenderError::Store(_) | conez::RenderError::NoRoom { .. },
            }
            | Failure::Stopped
            | Failure::OverBudget { .. }
            | Failure::Successor
            | Failure::CannotWork { .. }
            | Failure::Fault { .. }
            | Failure::Silence { .. } => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}
