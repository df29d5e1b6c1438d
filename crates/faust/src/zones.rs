//! The zones of memory that a program in C++ asks a memory manager for.

use std::path::Path;

use sostenuto_board::program::{Mentions, Program};
use sostenuto_board::{Kind, Storage, Traffic};

use crate::at_work::Folder;
use crate::compiler::{Compiler, Language, Options};
use crate::error::CompileError;
use crate::storages;

/// What C++ by `faust -lang cpp -mem` asks a memory manager for, in the order in which it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zones {
    pub(crate) source: String,
    /// The compiler's options, as the C++ tells them.
    pub(crate) options: String,
    /// Whether the manager is told names and types, which is so since the end of 2025.
    pub(crate) is_named: bool,
    pub(crate) zones: Vec<Zone>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// Its name in the C++.
    pub(crate) name: String,
    /// What the compiler says; of an object that is about its size only.
    pub(crate) bytes: u32,
    reads: u32,
    writes: u32,
}

/// Asks the compiler for C++ with a memory manager, and reads what it would tell the manager.
///
/// # Errors
/// When there is no compiler, and when it refuses the program.
pub fn zones(source: &Path, options: &Options) -> Result<Zones, CompileError> {
    let compiler = Compiler::find()?;
    let folder = Folder::new().map_err(CompileError::of_files)?;
    let cpp = compiler.ask(Language::ManagedCpp, source, options, folder.path())?.answer()?;
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    Ok(Zones::of_cpp(&String::from_utf8_lossy(&cpp), &name))
}

impl Zones {
    /// Reads `info(bytes, reads, writes)` below a comment with the name, or since the end of 2025 `info("name", type, count,
    /// bytes, reads, writes)`.
    pub(crate) fn of_cpp(cpp: &str, source: &str) -> Zones {
        let mut found =
            Zones { source: source.to_owned(), options: String::new(), is_named: false, zones: Vec::new() };
        let mut comment = "";
        for line in cpp.lines().map(str::trim) {
            if let Some(options) = line.strip_prefix("Compilation options: ") {
                // Faust 2.54.9 misspells its own option.
                found.options = options.replace("-dtl ", "-dlt ");
            }
            if let Some(name) = line.strip_prefix("// ") {
                comment = name;
            }
            let Some(call) = line.strip_prefix("fManager->info(") else { continue };
            let mut arguments = call.trim_end_matches([')', ';']).rsplit(',').map(str::trim);
            let mut number = || arguments.next()?.parse().ok();
            let (Some(writes), Some(reads), Some(bytes)) = (number(), number(), number()) else { continue };
            let named = call.strip_prefix('"').and_then(|rest| rest.split('"').next());
            found.is_named |= named.is_some();
            found.zones.push(Zone { name: named.unwrap_or(comment).to_owned(), bytes, reads, writes });
        }
        found
    }

    /// How often each storage is mentioned; the program itself stands for its single numbers.
    pub(crate) fn mentions(&self) -> Vec<Mentions> {
        let mentions = |zone: &Zone| {
            let storage = if zone.is_instance() { Program::SCALARS } else { &zone.name }.to_owned();
            Mentions { storage, reads: zone.reads, writes: zone.writes }
        };
        self.zones.iter().map(mentions).collect()
    }

    /// A storage for each zone, with the traffic of the same program's storage of that name, as a patch or a profile tells it.
    pub fn storages(&self, patch: &[Storage]) -> Vec<Storage> {
        let storage = |zone: &Zone| {
            let name = if zone.is_instance() { Program::SCALARS } else { &zone.name };
            let known = patch.iter().find(|storage| storage.name == name);
            let is_line = !zone.is_object() && storages::is_line(&zone.name, zone.bytes as usize / 4);
            let kind = known.map_or(if is_line { Kind::Delay } else { Kind::State }, |storage| storage.kind);
            let traffic = match known {
                Some(storage) => storage.traffic,
                // It works while tables are filled, and rests while sound runs.
                None if zone.is_object() => Some(Traffic::default()),
                None => None,
            };
            Storage { align: Zone::ALIGN, traffic, ..Storage::new(&zone.name, kind, self.reserved(zone)) }
        };
        self.zones.iter().map(storage).collect()
    }

    /// The bytes to keep for a zone. Those of an object are told without what aligns its fields, with pointers of 64 bits, and
    /// without its pointer to virtual functions: at most four bytes for each pointer or number, of which there is one for each
    /// array of the instance, and some more.
    pub(crate) fn reserved(&self, zone: &Zone) -> u32 {
        if !zone.is_object() {
            return zone.bytes;
        }
        let pointers =
            if zone.is_instance() { self.zones.iter().filter(|zone| !zone.is_object()).count() } else { 0 };
        let pointers = u32::try_from(pointers).unwrap_or(u32::MAX);
        let numbers = zone.bytes.saturating_sub(pointers.saturating_mul(8)) / 4;
        let padding = pointers.min(numbers).saturating_mul(4);
        zone.bytes.saturating_add(padding).saturating_add(24).checked_next_multiple_of(8).unwrap_or(u32::MAX)
    }
}

impl Zone {
    /// Enough for pointers and for doubles.
    const ALIGN: u32 = 8;

    /// Whether it is the program itself.
    pub(crate) fn is_instance(&self) -> bool {
        self.name == Self::CLASS
    }

    /// Whether it is the program or what fills one of its tables: `mydsp`, `mydspSIG0`.
    pub(crate) fn is_object(&self) -> bool {
        self.name.starts_with(Self::CLASS)
    }

    /// The class of the program, unless the compiler is told another name.
    const CLASS: &str = "mydsp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let old = "Compilation options: -lang cpp -mem\n\t\tfManager->begin(2);\n\t\t// mydsp\n\t\tfManager->info(36, 4, 1);\n\t\t// fRec0\n\t\tfManager->info(65536, 2, 1);";
        let new = r#"Compilation options: -lang cpp -mem
            fManager->info("mydsp", MemType::kObj_ptr, 1, 36, 4, 1);
            fManager->info("fRec0", MemType::kFloat_ptr, 16384, 65536, 2, 1);"#;
        let scalars = Mentions { storage: "scalars".into(), reads: 4, writes: 1 };
        let array = Mentions { storage: "fRec0".into(), reads: 2, writes: 1 };
        let [old, new] = [old, new].map(|cpp| Zones::of_cpp(cpp, "echo.dsp"));
        assert_eq!(old.mentions(), [scalars, array]);
        assert_eq!((old.is_named, new.is_named), (false, true));
        assert_eq!(Zones { is_named: false, ..new }, old);
    }
}
