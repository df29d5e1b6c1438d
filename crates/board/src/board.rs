//! A board: its memories, its clock, and where those facts come from.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{BoardError, FileFault, nearest};
use crate::paged::Paged;
use crate::region::Region;
use crate::storage::Storage;
use crate::{builtin, file};

/// A board as its file describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// The name by which users ask for it.
    pub name: String,
    /// One line that tells what it is.
    pub title: String,
    /// What a user should know before choosing it.
    pub description: String,
    /// Where the facts of the file come from in general.
    pub source: String,
    /// The processor's clock; `None` for a board without a published one.
    pub clock_hz: Option<u64>,
    /// Where the clock's figure comes from; empty without a clock.
    pub clock_source: String,
    /// Cycles that one interpreted instruction takes, as an estimate; `None` where there is none to give.
    pub cycles_per_instruction: Option<f64>,
    /// Where that estimate comes from; empty without one.
    pub cycles_source: String,
    /// The memories in the order of the file; at least one, no two of one name or over the same addresses.
    pub regions: Vec<Region>,
    /// How the linear memory of a patch is paged; `None` where it lies flat in the regions.
    pub paged: Option<Paged>,
}

impl Board {
    /// The board taken when the user names none.
    pub const DEFAULT: &str = "daisy-seed-65mb";

    /// A board file larger than this is refused unread: the largest built in has some 10 KB.
    const FILE_LIMIT: u64 = 1 << 20;

    /// The names of the built-in boards: those made for audio first, of each kind those with less memory before.
    pub fn builtin_names() -> impl ExactSizeIterator<Item = &'static str> {
        builtin::BOARDS.iter().map(|(name, _)| *name)
    }

    /// The built-in board of that name.
    ///
    /// # Errors
    /// [`BoardError::Unknown`] for any other name.
    pub fn builtin(name: &str) -> Result<Board, BoardError> {
        match builtin::BOARDS.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Board::parse(text, &format!("boards/{name}.toml")),
            None => Err(BoardError::Unknown {
                name: name.to_owned(),
                boards: Board::builtin_names().map(str::to_owned).collect(),
                nearest: nearest(name, Board::builtin_names()).map(str::to_owned),
            }),
        }
    }

    /// The built-in board of that name, or the board in the file of that path. A text with a path separator
    /// or with the ending `.toml` is a path.
    ///
    /// # Errors
    /// When no built-in board has the name, or the file cannot be read or is no board.
    pub fn load(name_or_path: &str) -> Result<Board, BoardError> {
        if name_or_path.contains(['/', '\\']) || name_or_path.ends_with(".toml") {
            Board::read(Path::new(name_or_path))
        } else {
            Board::builtin(name_or_path)
        }
    }

    /// The board in a file.
    ///
    /// # Errors
    /// When the file cannot be read, has more than 1 MB, or is no board.
    pub fn read(path: &Path) -> Result<Board, BoardError> {
        let failed = |source| BoardError::Read { file: PathBuf::from(path), source };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(Board::FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        let file = path.display().to_string();
        if bytes.len() as u64 > Board::FILE_LIMIT {
            return Err(FileFault {
                file,
                line: 1,
                column: 1,
                message: "the file has more than 1 MB: it is hardly a board".to_owned(),
                help: "give the path of a board file; `sostenuto boards` lists those built in".to_owned(),
            }
            .into());
        }
        match str::from_utf8(&bytes) {
            Ok(text) => Board::parse(text, &file),
            Err(fault) => {
                let good = String::from_utf8_lossy(&bytes[..fault.valid_up_to()]);
                let message = format!("byte {:#04x} is not UTF-8 text", bytes[fault.valid_up_to()]);
                let help = "a board file is a TOML file; save it as UTF-8".to_owned();
                Err(FileFault::at(&file, &good, good.len(), message, help).into())
            }
        }
    }

    /// The board that a file's text describes; `file` is its name for the errors.
    ///
    /// # Errors
    /// [`BoardError::File`] with line, column and remedy, when the text is no TOML, lacks a key, has an
    /// unknown one, or describes an impossible board: two regions of one name or over the same addresses, a
    /// size of zero, more reserved than there is, an unknown kind.
    pub fn parse(text: &str, file: &str) -> Result<Board, BoardError> {
        Ok(file::parse(text, file)?)
    }

    /// The region of that name.
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    /// The regions from the fastest to the slowest; equally fast ones in the order of the file.
    pub fn by_speed(&self) -> Vec<&Region> {
        let mut regions: Vec<_> = self.regions.iter().collect();
        regions.sort_by_key(|region| region.rank);
        regions
    }

    /// The regions in which the storage may live, whatever its size, the fastest first.
    ///
    /// On a [paged](Board::paged) board, the address in linear memory decides: the window or the store. What has
    /// no address is in neither.
    pub fn homes(&self, storage: &Storage) -> Vec<&Region> {
        let claimed = self.regions.iter().any(|region| region.only.contains(&storage.name));
        let mut homes = self.by_speed();
        homes.retain(|region| {
            let is_there = self.paged.as_ref().is_none_or(|paged| match paged.home(storage) {
                Some(home) => region.name == home,
                None => !paged.has(&region.name),
            });
            is_there && region.accepts(storage) && (!claimed || region.only.contains(&storage.name))
        });
        homes
    }

    /// How many interpreted instructions the processor is estimated to do between two samples; `None` when
    /// the board gives no clock or no estimate. Nothing is taken off for the firmware around the patch.
    pub fn instructions_per_sample(&self, sample_rate: f64) -> Option<f64> {
        Some(self.clock_hz? as f64 / sample_rate / self.cycles_per_instruction?)
    }
}
