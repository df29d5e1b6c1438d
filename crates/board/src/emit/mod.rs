//! Texts that make firmware lie as a plan says: for the linker and for the compiler.
//!
//! ```
//! use sostenuto_board::emit::{self, Language};
//! use sostenuto_board::{Board, Kind, Storage, place};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let plan = place(&board, &[Storage::new("lowpass", Kind::State, 16)]);
//!
//! assert!(emit::memory_x(&board)?.contains("_stack_start = 0x20020000;"));
//! assert!(emit::linker_fragment(&plan, &board)?.contains("KEEP(*(.sostenuto.dtcm.lowpass))"));
//! assert!(emit::attributes(&plan, &board, Language::C)?.contains("unsigned char lowpass[16];"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`memory_x`] names the board's regions for the linker, as `cortex-m-rt` wants it. [`linker_fragment`] lays the storages in
//! them, in the plan's order, and refuses to link when one comes to lie elsewhere. [`attributes`] are the declarations to copy
//! into the firmware. The sections are named `.sostenuto.`, the region, `.`, and the storage; names that are no identifiers are
//! made such, alike in all three texts.

mod attributes;
mod fragment;
mod layout;
mod memory;
mod names;

use crate::plan::DoesNotFit;

pub use attributes::{Language, attributes};
pub use fragment::linker_fragment;
pub use memory::memory_x;

/// Why there is no text for a linker.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EmitError {
    /// A linker needs addresses.
    #[error("the board `{board}` tells no address of `{}`: give each its `origin` in the board file", regions.join("`, `"))]
    NoAddress {
        /// The board's name.
        board: String,
        /// The regions without one.
        regions: Vec<String>,
    },
    /// The board does not tell where the program and its stack are.
    #[error(
        "the board `{board}` has no boot mode: a `[[boot]]` with code, data and stack tells the linker which regions those are"
    )]
    NoBoot {
        /// The board's name.
        board: String,
    },
    /// A boot mode is of another board.
    #[error("the board `{board}` has no region `{region}`")]
    NoRegion {
        /// The board's name.
        board: String,
        /// The region that is missing.
        region: String,
    },
    /// A linker places a variable as a whole.
    #[error("`{}` lies in parts, of {bytes} B in `{region}` and more elsewhere, and a linker cannot part it: place it without `split`", storage.escape_debug())]
    Split {
        /// The storage's name.
        storage: String,
        /// The region of one part.
        region: String,
        /// Its bytes there.
        bytes: u32,
    },
    /// A linker gives each variable bytes of its own.
    #[error("`{}` and `{}` share bytes in `{region}` from {offset:#x}, and a linker gives each its own: declare them as one, a union, or place them without `life`",
        storages[0].escape_debug(), storages[1].escape_debug())]
    Shared {
        /// The storages' names.
        storages: [String; 2],
        /// Their region.
        region: String,
        /// The first byte of the second, from the start of the region.
        offset: u64,
    },
    /// There is nothing to realise.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
}
