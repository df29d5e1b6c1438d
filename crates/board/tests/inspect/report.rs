//! The reports for people and for programs.

use sostenuto_board::report::{self, Style};

use crate::firmware::Firmware;

const PROGRAM: &str = r#"
    int set = 5;
    IN(".sdram_bss") int line[1000];
    int main(void) { KEEP(&set); KEEP(line); return 0; }
"#;

#[test]
fn the_text_tells_sizes_regions_sections_symbols_stack_and_outcome() {
    let found = Firmware::of(PROGRAM).inspect();
    let text = report::inspection(&found, Style::default());
    let line = |begin: &str| text.lines().find(|line| line.trim_start().starts_with(begin)).expect(begin);
    assert!(line("text ").contains("bss 4,000: what `arm-none-eabi-size` prints"), "{text}");
    assert!(line("SDRAM ").contains("67,108,864"), "{text}");
    assert!(line("line ").contains("SDRAM   0xc0000000  4,000"), "{text}");
    assert!(line(".data ").contains("DTCM     0x20000000  flash"), "{text}");
    assert!(line("Stack: ").contains("begins at 0x20020000 in DTCM"), "{text}");
    assert!(text.contains("\nNothing is wrong as far as the image tells: 0 errors"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_name_cannot_drive_the_terminal() {
    let mut firmware = Firmware::of("int escaped = 1; int main(void) { KEEP(&escaped); return 0; }");
    let at = firmware.elf.windows(8).rposition(|name| name == b"escaped\0").expect("in the table of names");
    firmware.elf[at..at + 7].copy_from_slice(b"\x1b[31mred".first_chunk::<7>().expect("as long"));
    let text = report::inspection(&firmware.inspect(), Style::default());
    assert!(!text.contains('\u{1b}') && text.contains("[31mre"), "{text:?}");
}

#[test]
fn the_json_has_the_same_figures() {
    let found = Firmware::of(PROGRAM).inspect();
    let json: serde_json::Value = serde_json::from_str(&report::inspection_json(&found)).unwrap();
    assert_eq!((&json["format"], &json["errors"]), (&1.into(), &0.into()));
    assert_eq!(json["sizes"]["bss"], 4_000);
    assert_eq!(json["symbols"][0]["name"], "line");
    let sdram =
        json["regions"].as_array().unwrap().iter().find(|region| region["region"] == "SDRAM").unwrap();
    assert_eq!((&sdram["unstored"], &sdram["used"]), (&4_000.into(), &4_000.into()));
    assert_eq!(json["stack"]["top"], 0x2002_0000);
    let severities: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|f| f["severity"].clone()).collect();
    assert!(severities.contains(&"warning".into()), "{severities:?}");
}
