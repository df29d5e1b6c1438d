//! What the linker really did: a firmware image (ELF) against a board.
//!
//! ```no_run
//! use sostenuto_board::inspect::{Image, Question, inspect};
//! use sostenuto_board::{Board, report};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let file = std::fs::read("firmware.elf")?;
//! let found = inspect(&Image::read(&file)?, &board, &Question { stack: Some(4_096), ..Question::default() })?;
//!
//! print!("{}", report::inspection(&found, report::Style::default()));
//! if found.errors() > 0 {
//!     eprintln!("the image cannot work on this board");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/inspect.md` tells what each finding means, and what an image cannot tell.

mod dma;
mod dma_buffer;
mod doubles;
mod elf_file;
mod finding;
mod ground;
mod image;
mod initialisers;
mod late;
mod name;
mod padding;
mod stack;
mod storages;
mod thumb;

use std::cmp::Reverse;

use serde::Serialize;

pub use dma_buffer::DmaBuffer;
pub use doubles::DoubleUser;
pub use elf_file::ImageError;
pub use finding::{Check, Finding, Severity};
pub use ground::{RegionUse, SectionPlace, Sizes};
pub use image::Image;
pub use padding::Padded;
pub use stack::StackPlace;

use crate::board::Board;
use crate::spelling::guess;
use image::What;

/// What is known of an image, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The board's name.
    pub board: String,
    /// The sums that `arm-none-eabi-size` prints.
    pub sizes: Sizes,
    /// What each region holds, the fastest first.
    pub regions: Vec<RegionUse>,
    /// The sections by address.
    pub sections: Vec<SectionPlace>,
    /// All functions and variables with a size, the largest first; of several names for one the least underscored.
    pub symbols: Vec<SymbolPlace>,
    /// The stack; `None` when it was not found.
    pub stack: Option<StackPlace>,
    /// The functions that compute in `double`.
    pub doubles: Vec<DoubleUser>,
    /// The structures that could be smaller.
    pub padded: Vec<Padded>,
    /// What was found, errors first.
    pub findings: Vec<Finding>,
}

/// A function or a variable, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolPlace {
    /// Its name as in the source.
    pub name: String,
    /// Its name as in the file.
    pub symbol: String,
    /// Its size.
    pub bytes: u32,
    /// Its address.
    pub address: u32,
    /// The region there; `None` when there is none.
    pub region: Option<String>,
    /// Its section.
    pub section: String,
}

/// What the image alone does not tell.
#[derive(Debug, Clone, Default)]
pub struct Question<'a> {
    /// The variables that DMA controllers access.
    pub buffers: Vec<DmaBuffer>,
    /// The bytes of stack that the program needs.
    pub stack: Option<u64>,
    /// Objects or archives from which the image was linked.
    pub objects: Vec<Input<'a>>,
}

/// A file from which an image was linked.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Its name for the findings.
    pub name: String,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// A DMA buffer that is not in the image.
    #[error("the image has no variable `{symbol}` among its {variables}{}", guess(nearest.as_deref()))]
    Symbol {
        /// The name asked for.
        symbol: String,
        /// How many variables there are.
        variables: usize,
        /// One that is nearly it.
        nearest: Option<String>,
    },
    /// A DMA controller that the board does not have.
    #[error("no region of the board `{board}` is reached by `{master}`{}\n  {}",
        guess(nearest.as_deref()), match &masters[..] {
        [] => "there are none".to_owned(),
        masters => format!("its DMA controllers: {}", masters.join(", ")),
    })]
    Master {
        /// The name asked for.
        master: String,
        /// The board.
        board: String,
        /// Those that it has.
        masters: Vec<String>,
        /// One that is nearly it.
        nearest: Option<String>,
    },
    /// A DMA buffer of which the image does not tell the size.
    #[error(
        "`{symbol}` is no variable with a size in the image: give it a type and a size (`.type`, `.size`) where it is defined"
    )]
    NoSize {
        /// The name asked for.
        symbol: String,
    },
    /// A file that is no object.
    #[error("{name}: {source}")]
    Object {
        /// Its name.
        name: String,
        /// Why.
        source: ImageError,
    },
}

/// Compares an image with a board.
///
/// # Errors
/// [`InspectError`], when the question names what the image, the board or the objects do not have.
pub fn inspect(
    image: &Image<'_>,
    board: &Board,
    question: &Question<'_>,
) -> Result<Inspection, InspectError> {
    let (stack, stack_findings) = stack::check(image, board, question.stack);
    let (doubles, double_finding) = doubles::check(image);
    let (padded, padding_finding) = padding::check(image);
    let mut findings = ground::check(image, board);
    findings.extend(initialisers::lost(image, &question.objects)?);
    findings.extend(initialisers::lost_constants(image));
    findings.extend(initialisers::chance_values(image, board));
    findings.extend(dma::check(image, board, &question.buffers)?);
    findings.extend(stack_findings);
    findings.extend(late::check(image, board));
    findings.extend(double_finding);
    findings.extend(padding_finding);
    findings.sort_by_key(|finding| finding.severity);
    Ok(Inspection {
        board: board.name.clone(),
        sizes: ground::sizes(image),
        regions: ground::uses(image, board),
        sections: ground::places(image, board),
        symbols: symbols(image, board),
        stack,
        doubles,
        padded,
        findings,
    })
}

impl Inspection {
    /// How many findings are errors.
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
    }
}

fn symbols(image: &Image<'_>, board: &Board) -> Vec<SymbolPlace> {
    let sized = image.symbols.iter().filter(|symbol| symbol.what != What::Place && symbol.bytes > 0);
    let mut symbols: Vec<_> = sized
        .filter_map(|symbol| {
            Some(SymbolPlace {
                name: symbol.shown(),
                symbol: symbol.name.clone(),
                bytes: symbol.bytes,
                address: symbol.address,
                region: ground::region_at(board, symbol.address).map(|region| region.name.clone()),
                section: image.sections[symbol.section?].name.clone(),
            })
        })
        .collect();
    let underscores = |symbol: &SymbolPlace| symbol.name.chars().take_while(|c| *c == '_').count();
    symbols.sort_by_key(|symbol| (Reverse(symbol.bytes), symbol.address, underscores(symbol)));
    symbols.dedup_by_key(|symbol| (symbol.bytes, symbol.address));
    symbols
}
