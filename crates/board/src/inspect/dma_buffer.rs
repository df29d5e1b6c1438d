//! Which variables of an image DMA controllers access: an image does not tell.

use crate::board::Board;
use crate::document::{File, Table};
use crate::error::FileFault;

const KEYS: &[&str] = &["symbol", "master", "maintained"];

/// A variable that a DMA controller reads or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmaBuffer {
    /// The variable's name, in the image or in its source.
    pub symbol: String,
    /// The DMA controller, as the board names it.
    pub master: String,
    /// Whether the program cleans or invalidates the cache around each transfer: then it may be cached.
    pub maintained: bool,
}

impl DmaBuffer {
    /// Reads a list of buffers for a board: a TOML file with a table `[[buffer]]` for each.
    ///
    /// # Errors
    /// [`FileFault`] with line and column, when the text is no TOML, lacks a key, has an unknown one, or names a DMA controller
    /// that the board does not have.
    pub fn list(text: &str, file: &str, board: &Board) -> Result<Vec<DmaBuffer>, FileFault> {
        let file = File { name: file, text };
        let entries = &file.entries("a list of buffers")?;
        let table = Table { file, what: "the list".to_owned(), offset: 0, entries };
        table.only_keys(&["buffer"])?;
        table.need("buffer", "write for each buffer: [[buffer]], symbol = \"rx\", master = \"DMA1\"")?;
        let buffers = table.tables("buffer", "a buffer", "a [[buffer]] section")?;
        buffers.iter().map(|table| buffer(table, board)).collect()
    }
}

fn buffer(table: &Table<'_>, board: &Board) -> Result<DmaBuffer, FileFault> {
    const MASTER: &str = "the DMA controller that moves it, such as \"DMA1\"";

    table.only_keys(KEYS)?;
    let maintained = table.get("maintained").map(|item| item.boolean()).transpose()?;
    Ok(DmaBuffer {
        symbol: table.text("symbol", "the name of the variable, such as \"rx\"")?,
        master: table.need("master", MASTER)?.master(MASTER, board)?,
        maintained: maintained.unwrap_or(false),
    })
}
