//! A board: its memories, its clock, and where those facts come from.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{BoardError, FileFault};
use crate::paged::Paged;
use crate::region::{Region, Retained, Start};
use crate::spelling::nearest;
use crate::storage::{Needs, Storage};
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
    /// The processor's data cache; `None` when there is none, or nothing is told of it.
    pub cache: Option<DataCache>,
    /// The ways in which a program starts, the usual one first; empty when there is one only.
    pub boots: Vec<Boot>,
    /// The memories in the order of the file; at least one, no two of one name or over the same addresses.
    pub regions: Vec<Region>,
    /// How the linear memory of a patch is paged; `None` where it lies flat in the regions.
    pub paged: Option<Paged>,
}

/// The data cache of a processor: `bytes` = `line` x `ways` x a power of two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataCache {
    /// Its size.
    pub bytes: u32,
    /// Bytes of a line, a power of two.
    pub line: u32,
    /// The places that a line may have.
    pub ways: u32,
    /// Where the figures come from.
    pub source: String,
}

/// A way in which a program starts, and what it makes of the regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Boot {
    /// Its name.
    pub name: String,
    /// The region of the code and of what is only read.
    pub code: String,
    /// The region of the variables.
    pub data: String,
    /// The region of the stack.
    pub stack: String,
    /// Where that comes from.
    pub source: String,
}

impl Board {
    /// The board taken when the user names none.
    pub const DEFAULT: &str = "daisy-seed-65mb";

    /// The JSON Schema (draft-07) of a board file, for editors. It knows the keys, the words and which key needs which, not what
    /// must be true of several together: [`parse`](Self::parse) does.
    pub const SCHEMA: &str = builtin::SCHEMA;

    /// A board file larger than this is refused unread: the largest built in has some 10 KB.
    const FILE_LIMIT: u64 = 1 << 20;

    /// The names of the built-in boards: those made for audio first, of each kind those with less memory before.
    pub fn builtin_names() -> impl ExactSizeIterator<Item = &'static str> {
        builtin::BOARDS.iter().map(|(name, _)| *name)
    }

    /// The built-in board of that name, after its usual boot mode.
    ///
    /// # Errors
    /// [`BoardError::Unknown`] for any other name.
    pub fn builtin(name: &str) -> Result<Board, BoardError> {
        Board::builtin_file(name)?.booted(None)
    }

    /// The built-in board of that name, or the board in the file of that path, after its usual boot mode. A text with a path
    /// separator or with the ending `.toml` is a path.
    ///
    /// # Errors
    /// When no built-in board has the name, or the file cannot be read or is no board.
    pub fn load(name_or_path: &str) -> Result<Board, BoardError> {
        Board::load_after(name_or_path, None)
    }

    /// As [`load`](Self::load), after the boot mode of that name, or the usual one.
    ///
    /// # Errors
    /// As `load`, and when the board has no such mode.
    pub fn load_after(name_or_path: &str, boot: Option<&str>) -> Result<Board, BoardError> {
        Board::described(name_or_path)?.booted(boot)
    }

    /// As [`load`](Self::load), but as the file describes it: with all that is reserved in any boot mode.
    ///
    /// # Errors
    /// As `load`.
    pub fn described(name_or_path: &str) -> Result<Board, BoardError> {
        let is_path = name_or_path.contains(['/', '\\']) || name_or_path.ends_with(".toml");
        if is_path { Board::read(Path::new(name_or_path)) } else { Board::builtin_file(name_or_path) }
    }

    fn builtin_file(name: &str) -> Result<Board, BoardError> {
        match builtin::BOARDS.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Board::parse(text, &format!("boards/{name}.toml")),
            None => Err(BoardError::Unknown {
                name: name.to_owned(),
                boards: Board::builtin_names().map(str::to_owned).collect(),
                nearest: nearest(name, Board::builtin_names()).map(str::to_owned),
            }),
        }
    }

    /// The board in a file, with all that is reserved in any boot mode.
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

    /// The board that a file's text describes, with all that is reserved in any boot mode; `file` is its name for the errors.
    ///
    /// # Errors
    /// [`BoardError::File`] with line, column and remedy, when the text is no TOML, lacks a key, has an
    /// unknown one, or describes an impossible board: two regions of one name or over the same addresses, a
    /// size of zero, more reserved than there is, an unknown kind.
    pub fn parse(text: &str, file: &str) -> Result<Board, BoardError> {
        Ok(file::parse(text, file)?)
    }

    /// The board as it is after that boot mode: what is reserved in others only is free, and the regions
    /// of code and variables hold what the program was linked with. The usual mode for `None`.
    ///
    /// # Errors
    /// [`BoardError::Boot`] for a mode that the board does not have.
    pub fn booted(mut self, name: Option<&str>) -> Result<Board, BoardError> {
        let boot = match name {
            Some(name) => {
                self.boots.iter().position(|boot| boot.name == name).ok_or_else(|| BoardError::Boot {
                    board: self.name.clone(),
                    name: name.to_owned(),
                    boots: self.boots.iter().map(|boot| boot.name.clone()).collect(),
                })?
            }
            None if self.boots.is_empty() => return Ok(self),
            None => 0,
        };
        let Boot { name, code, data, .. } = self.boots[boot].clone();
        for region in &mut self.regions {
            region.reserved.retain(|part| part.boot.is_empty() || part.boot.contains(&name));
            if region.name == code || region.name == data {
                region.start = Some(Start::Loaded);
            }
        }
        self.boots.swap(0, boot);
        Ok(self)
    }

    /// The region of that name.
    pub fn region(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    /// The DMA controllers that reach some region, by name.
    pub fn masters(&self) -> BTreeSet<&str> {
        let masters = self.regions.iter().flat_map(|region| region.masters.iter().flatten());
        masters.map(String::as_str).collect()
    }

    /// The regions from the fastest to the slowest; equally fast ones in the order of the file.
    pub fn by_speed(&self) -> Vec<&Region> {
        let mut regions: Vec<_> = self.regions.iter().collect();
        regions.sort_by_key(|region| region.rank);
        regions
    }

    /// The regions in which the storage may live, whatever its size, the fastest first: those that accept its kind and name and
    /// offer what it [needs](crate::Needs).
    ///
    /// What a DMA controller moves lies where that reaches it and no cache is asked; if there is no such region, where a cache
    /// must be cleaned and invalidated. On a [paged](Board::paged) board, the address in linear memory decides: the window or
    /// the store. What has no address is in neither.
    pub fn homes(&self, storage: &Storage) -> Vec<&Region> {
        let mut homes = self.accepting(storage);
        homes.retain(|region| self.offers(region, storage));
        if !storage.needs.masters.is_empty() && homes.iter().any(|region| !region.is_cached()) {
            homes.retain(|region| !region.is_cached());
        }
        homes
    }

    /// The regions that take the storage by its kind, its name and its address.
    fn accepting(&self, storage: &Storage) -> Vec<&Region> {
        let claimed = self.regions.iter().any(|region| region.only.contains(&storage.name));
        let mut regions = self.by_speed();
        regions.retain(|region| {
            let is_there = self.paged.as_ref().is_none_or(|paged| match paged.home(storage) {
                Some(home) => region.name == home,
                None => !paged.has(&region.name),
            });
            is_there && region.accepts(storage) && (!claimed || region.only.contains(&storage.name))
        });
        regions
    }

    /// Whether the region offers what the storage needs. What is not told of a region, it does not offer.
    fn offers(&self, region: &Region, storage: &Storage) -> bool {
        let needs = &storage.needs;
        needs
            .masters
            .iter()
            .all(|master| region.masters.as_ref().is_some_and(|masters| masters.contains(master)))
            && needs.retained.is_none_or(|least| region.retained.is_some_and(|retained| retained >= least))
            && needs.start.is_none_or(|least| region.start.is_some_and(|start| start >= least))
    }

    /// What no region offers to a storage without homes; empty when it has some.
    pub(crate) fn why_homeless(&self, storage: &Storage) -> String {
        if !self.homes(storage).is_empty() {
            return String::new();
        }
        let mut accepting = self.accepting(storage);
        let mut what = format!("accepts {}", storage.kind);
        if accepting.is_empty() {
            return format!("no region {what}");
        }
        let needs = &storage.needs;
        let single = |needs: Needs| Storage { needs, ..Storage::new("", storage.kind, 0) };
        let wishes = [
            (
                Needs { masters: needs.masters.clone(), ..Needs::default() },
                format!("is reached by {}", needs.masters.join(" and ")),
            ),
            (
                Needs { retained: needs.retained, ..Needs::default() },
                match needs.retained {
                    Some(Retained::Reset) => "survives a reset".to_owned(),
                    Some(Retained::Battery) => "survives lost power by a battery".to_owned(),
                    _ => "survives lost power".to_owned(),
                },
            ),
            (
                Needs { start: needs.start, ..Needs::default() },
                match needs.start {
                    Some(Start::Loaded) => "is loaded at start".to_owned(),
                    _ => "can be accessed at start".to_owned(),
                },
            ),
        ];
        for (needs, wish) in wishes.into_iter().filter(|(needs, _)| !needs.is_nothing()) {
            accepting.retain(|region| self.offers(region, &single(needs.clone())));
            what += &format!(" and {wish}");
            if accepting.is_empty() {
                break;
            }
        }
        format!("no region {what}")
    }

    /// How many interpreted instructions the processor is estimated to do between two samples; `None` when
    /// the board gives no clock or no estimate. Nothing is taken off for the firmware around the patch.
    pub fn instructions_per_sample(&self, sample_rate: f64) -> Option<f64> {
        Some(self.clock_hz? as f64 / sample_rate / self.cycles_per_instruction?)
    }
}
