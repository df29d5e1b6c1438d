//! Bytes that are no image, and images with a byte changed.

use std::sync::OnceLock;

use proptest::prelude::*;
use sostenuto_board::inspect::{DmaBuffer, Image, ImageError, Input, Question, inspect};
use sostenuto_board::report;

use crate::firmware::{Firmware, daisy};

const PROGRAM: &str = r#"
    struct Voice { char on; double phase; char mode; } voices[4];
    IN(".sdram_bss") int line[100];
    IN(".axi_bss") char rx[50];
    int set = 5;
    __attribute__((constructor)) static void early(void) { line[3] = 1; KEEP(line); }
    int main(void) { voices[0].phase *= 0.1; KEEP(voices); KEEP(&set); KEEP(rx); return 0; }
"#;

fn firmware() -> &'static Firmware {
    static FIRMWARE: OnceLock<Firmware> = OnceLock::new();
    FIRMWARE.get_or_init(|| Firmware::of(PROGRAM))
}

fn refused(bytes: &[u8]) -> ImageError {
    Image::read(bytes).expect_err("no image")
}

#[test]
fn other_files_are_refused_with_what_they_are() {
    let elf = &firmware().elf;
    let with = |at: usize, value: u8| {
        let mut bytes = elf.clone();
        bytes[at] = value;
        refused(&bytes).to_string()
    };
    for (told, message) in [
        ("it is empty", refused(b"").to_string()),
        ("it begins with 74 65 78 74", refused(b"text, no program").to_string()),
        ("archive of objects", refused(b"!<arch>\n").to_string()),
        ("an object before linking", refused(&firmware().object).to_string()),
        ("a 64-bit processor", with(4, 2)),
        ("a big-endian processor", with(5, 2)),
        ("RISC-V", with(18, 243)),
        ("x86", with(18, 3)),
    ] {
        assert!(message.contains(told), "`{told}` is not told in: {message}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_told_with_the_numbers() {
    let elf = &firmware().elf;
    for length in (0..elf.len()).step_by(97).chain([5, 51, 52, elf.len() - 1]) {
        let error = refused(&elf[..length]);
        if length >= 4 {
            let ImageError::Truncated { end, has, .. } = error else { panic!("{length}: {error}") };
            assert!(end > has && has == length as u64, "{error}");
        }
    }
}

#[test]
fn an_image_without_symbols_or_sections_says_so() {
    let firmware = firmware();
    firmware.tool("strip", &["-o", "stripped.elf", "main.elf"]);
    assert_eq!(refused(&firmware.file("stripped.elf")), ImageError::NoSymbols);
    let mut bytes = firmware.elf.clone();
    bytes[32..36].fill(0);
    bytes[46..52].fill(0);
    assert_eq!(refused(&bytes), ImageError::NoSections);
}

/// Whatever bytes come: an answer or an error, no panic and no endless work.
fn survive(image: &[u8], object: &[u8]) {
    let Ok(image) = Image::read(image) else { return };
    let _ = image.storages(&daisy(), &[]);
    let question = Question {
        buffers: vec![DmaBuffer { symbol: "rx".into(), master: "DMA1".into(), maintained: true }],
        stack: None,
        objects: vec![Input { name: "main.o".into(), bytes: object }],
    };
    let _ = inspect(&image, &daisy(), &question);
    if let Ok(found) = inspect(&image, &daisy(), &Question::default()) {
        report::inspection(&found, report::Style::default());
        report::inspection_json(&found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        in_object in any::<bool>(),
    ) {
        let (mut image, mut object) = (firmware().elf.clone(), firmware().object.clone());
        let bytes = if in_object { &mut object } else { &mut image };
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survive(&image, &object);
    }

    /// Headers, tables of sections and symbols, and debugging information are few of the bytes.
    #[test]
    fn damaged_tables_never_panic(
        flips in prop::collection::vec((0..4_usize, any::<prop::sample::Index>(), prop::sample::select(vec![0_u8, 1, 0x7F, 0x80, 0xFF])), 1..6),
    ) {
        let mut image = firmware().elf.clone();
        let word = |at: usize| u32::from_le_bytes(image[at..at + 4].try_into().unwrap()) as usize;
        let (programs, sections) = (word(28), word(32));
        let ends = [(0, 52), (programs, programs + 96), (sections, image.len()), (image.len() / 2, image.len())];
        for (part, at, value) in flips {
            let (start, end) = ends[part];
            image[start + at.index(end - start)] = value;
        }
        survive(&image, &firmware().object);
    }
}
