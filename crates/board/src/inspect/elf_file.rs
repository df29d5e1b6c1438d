//! Reads an image from its ELF file.

use object::LittleEndian;
use object::elf;
use object::read::elf::{ElfFile32, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _};

use super::image::{Image, Mark, Section, Symbol, What};
use crate::bytes;

/// Why some bytes are no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Another kind of file.
    #[error("this is no ELF file: it begins with {begin}, an ELF file with 7f 45 4c 46")]
    NotElf {
        /// Its first bytes.
        begin: String,
    },
    /// A library.
    #[error("this is an archive of objects, no linked image; give it with --objects beside the image")]
    Archive,
    /// An object.
    #[error("this is {what}, no linked image (ELF type {kind}); give the file that the linker wrote")]
    NotLinked {
        /// What it is.
        what: &'static str,
        /// The type in its header.
        kind: u16,
    },
    /// For another processor.
    #[error("this image is for {machine}; `inspect` reads images for 32-bit Arm, little-endian")]
    Machine {
        /// The processor.
        machine: String,
    },
    /// The file ends too early.
    #[error("the file is cut off: {what} ends at byte {end}, the file has {}", bytes::text(*has))]
    Truncated {
        /// What is missing.
        what: String,
        /// Where it should end.
        end: u64,
        /// What there is.
        has: u64,
    },
    /// Numbers that contradict each other.
    #[error("the file is damaged: {what}")]
    Damaged {
        /// Where, and what.
        what: String,
    },
    /// A file without a table of sections.
    #[error("the image has no sections: they were removed; give the file as the linker wrote it")]
    NoSections,
    /// A file without symbols.
    #[error(
        "the image has no symbols: they were removed; give the file as the linker wrote it, before `strip` or `objcopy`"
    )]
    NoSymbols,
}

impl<'a> Image<'a> {
    /// Reads the bytes of an ELF file.
    ///
    /// # Errors
    /// [`ImageError`], when it is no whole, linked image for 32-bit Arm with sections and symbols.
    pub fn read(bytes: &'a [u8]) -> Result<Image<'a>, ImageError> {
        let file = open(bytes)?;
        let endian = LittleEndian;
        let kind = file.elf_header().e_type(endian).0;
        match kind {
            2 | 3 => {}
            1 => return Err(ImageError::NotLinked { what: "an object before linking", kind }),
            4 => return Err(ImageError::NotLinked { what: "a core dump", kind }),
            _ => return Err(ImageError::NotLinked { what: "a file of an unknown kind", kind }),
        }
        let (sections, debug) = sections(&file, bytes)?;
        let (symbols, marks) = symbols(&file, &sections)?;
        let entry = file.elf_header().e_entry(endian);
        Ok(Image { bytes, entry, sections, symbols, marks, debug })
    }
}

/// Opens an ELF file for 32-bit Arm, linked or not.
pub(super) fn open(bytes: &[u8]) -> Result<ElfFile32<'_, LittleEndian>, ImageError> {
    let begin = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    if bytes.starts_with(b"!<arch>\n") || bytes.starts_with(b"!<thin>\n") {
        return Err(ImageError::Archive);
    }
    if begin != b"\x7fELF" {
        let begin = match begin {
            [] => "nothing: it is empty".to_owned(),
            some => some.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "),
        };
        return Err(ImageError::NotElf { begin });
    }
    let cut =
        |what: &str, end: u64| ImageError::Truncated { what: what.to_owned(), end, has: bytes.len() as u64 };
    let &[class, order] =
        bytes.get(4..6).and_then(|two| two.first_chunk()).ok_or_else(|| cut("the header", 52))?;
    if class == 2 {
        return Err(ImageError::Machine { machine: "a 64-bit processor".to_owned() });
    }
    if order == 2 {
        return Err(ImageError::Machine { machine: "a big-endian processor".to_owned() });
    }
    if bytes.len() < 52 {
        return Err(cut("the header", 52));
    }
    let half = |at: usize| u64::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let word = |at: usize| half(at) | half(at + 2) << 16;
    if half(18) != 40 {
        let machine = match half(18) {
            3 => "x86".to_owned(),
            8 => "MIPS".to_owned(),
            62 => "x86-64".to_owned(),
            94 => "Xtensa".to_owned(),
            183 => "64-bit Arm".to_owned(),
            243 => "RISC-V".to_owned(),
            other => format!("the processor with ELF number {other}"),
        };
        return Err(ImageError::Machine { machine });
    }
    for (what, offset, count, size) in
        [("the table of program headers", 28, 44, 32), ("the table of sections", 32, 48, 40)]
    {
        let end = word(offset) + half(count) * size;
        if half(count) > 0 && end > bytes.len() as u64 {
            return Err(cut(what, end));
        }
    }
    ElfFile32::parse(bytes).map_err(damaged)
}

/// The sections that take memory, by address, and the others.
#[expect(clippy::type_complexity, reason = "a pair that is taken apart at once")]
fn sections<'a>(
    file: &ElfFile32<'a, LittleEndian>,
    bytes: &'a [u8],
) -> Result<(Vec<Section<'a>>, Vec<(String, &'a [u8])>), ImageError> {
    let endian = LittleEndian;
    let table = file.elf_section_table();
    let (mut sections, mut others) = (Vec::new(), Vec::new());
    for (number, header) in table.enumerate() {
        let name = table.section_name(endian, header).map_err(damaged)?;
        let name = String::from_utf8_lossy(name).into_owned();
        let (offset, size) = (u64::from(header.sh_offset(endian)), u64::from(header.sh_size(endian)));
        let stored = header.sh_type(endian) != elf::SHT_NOBITS && header.sh_type(endian) != elf::SHT_NULL;
        if stored && offset + size > bytes.len() as u64 {
            let what = format!("section `{name}`");
            return Err(ImageError::Truncated { what, end: offset + size, has: bytes.len() as u64 });
        }
        let data = stored.then(|| &bytes[offset as usize..(offset + size) as usize]);
        let flags = header.sh_flags(endian);
        let has = |flag: elf::SectionFlags| flags.0 & flag.0 != 0;
        if !has(elf::SHF_ALLOC) {
            if !has(elf::SHF_COMPRESSED) {
                others.extend(data.map(|data| (name, data)));
            }
            continue;
        }
        // The zeroed part of thread-local storage is a template: it has an address and takes no memory there.
        if size == 0 || (has(elf::SHF_TLS) && !stored) {
            continue;
        }
        let address = header.sh_addr(endian);
        if u64::from(address) + size > 1 << 32 {
            let what = format!("section `{name}` has {} from {address:#010x} on", bytes::text(size));
            return Err(ImageError::Damaged { what });
        }
        sections.push(Section {
            name,
            address,
            bytes: size,
            align: u64::from(header.sh_addralign(endian)).max(1),
            written: has(elf::SHF_WRITE),
            executed: has(elf::SHF_EXECINSTR),
            data,
            load: data.and_then(|_| load_address(file, offset, address)),
            number: number.0,
        });
    }
    if table.len() <= 1 {
        return Err(ImageError::NoSections);
    }
    sections.sort_by_key(|section| (section.address, section.number));
    Ok((sections, others))
}

/// Where the program headers load the byte at that offset of the file.
fn load_address(file: &ElfFile32<'_, LittleEndian>, offset: u64, address: u32) -> Option<u32> {
    let endian = LittleEndian;
    file.elf_program_headers().iter().find_map(|header| {
        let start = u64::from(header.p_offset(endian));
        let is_here = header.p_type(endian) == elf::PT_LOAD
            && (start..start + u64::from(header.p_filesz(endian))).contains(&offset);
        let into = u32::try_from(offset.checked_sub(start)?).ok()?;
        let runs_there = header.p_vaddr(endian).checked_add(into) == Some(address);
        (is_here && runs_there).then(|| header.p_paddr(endian).checked_add(into))?
    })
}

#[expect(clippy::type_complexity, reason = "a pair that is taken apart at once")]
fn symbols(
    file: &ElfFile32<'_, LittleEndian>,
    sections: &[Section<'_>],
) -> Result<(Vec<Symbol>, Vec<(u32, Mark)>), ImageError> {
    let endian = LittleEndian;
    let table = file.elf_symbol_table();
    let (mut symbols, mut marks) = (Vec::new(), Vec::new());
    for symbol in table.iter() {
        let name = table.symbol_name(endian, symbol).map_err(damaged)?;
        let (address, number) = (symbol.st_value(endian), usize::from(symbol.st_shndx(endian).0));
        let kind = symbol.st_type();
        if name.is_empty() || number == 0 || kind == elf::STT_SECTION || kind == elf::STT_FILE {
            continue;
        }
        // "ELF for the Arm Architecture", mapping symbols: `$t`, `$a`, `$d`, perhaps with `.` and more behind.
        if let [b'$', mark @ (b't' | b'd' | b'a'), rest @ ..] = name
            && matches!(rest, [] | [b'.', ..])
        {
            marks.push((
                address,
                match mark {
                    b't' => Mark::Thumb,
                    b'd' => Mark::Data,
                    _ => Mark::Arm,
                },
            ));
            continue;
        }
        symbols.push(Symbol {
            name: String::from_utf8_lossy(name).into_owned(),
            address: if kind == elf::STT_FUNC { address & !1 } else { address },
            bytes: symbol.st_size(endian),
            what: match kind {
                elf::STT_OBJECT => What::Variable,
                elf::STT_FUNC => What::Function,
                _ => What::Place,
            },
            section: sections.iter().position(|section| section.number == number),
            global: symbol.st_bind() != elf::STB_LOCAL,
        });
    }
    if symbols.is_empty() {
        return Err(ImageError::NoSymbols);
    }
    symbols.sort_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
    marks.sort_by_key(|(address, _)| *address);
    Ok((symbols, marks))
}

pub(super) fn damaged(error: object::read::Error) -> ImageError {
    ImageError::Damaged { what: error.to_string() }
}
