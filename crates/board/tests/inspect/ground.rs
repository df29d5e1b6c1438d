//! Regions, load addresses, and sections where nothing is.

use sostenuto_board::Board;
use sostenuto_board::inspect::{Check, Question, Severity, inspect};

use crate::firmware::{Firmware, none, of, one};

const PROGRAM: &str = r#"
    int set = 5;
    int zeroed[10];
    const int table[4] = { 1, 2, 3, 4 };
    IN(".sdram_bss") int line[1000];
    int main(void) { KEEP(&set); KEEP(zeroed); KEEP(table); KEEP(line); return 0; }
"#;

#[test]
fn each_region_has_its_bytes_and_the_sums_are_those_of_size() {
    let firmware = Firmware::of(PROGRAM);
    let found = firmware.inspect();
    let size = firmware.tool("size", &["main.elf"]);
    let told: Vec<u64> = size
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .take(3)
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!([found.sizes.text, found.sizes.data, found.sizes.bss], told[..]);

    let region = |name: &str| found.regions.iter().find(|region| region.region == name).unwrap();
    assert_eq!((region("DTCM").initialised, region("DTCM").unstored, region("DTCM").copied_away), (4, 40, 0));
    assert_eq!((region("SDRAM").unstored, region("SDRAM").free), (4_000, (64 << 20) - 4_000));
    assert_eq!(region("flash").copied_away, 4);
    assert!(region("flash").used >= 8 + 16 + 4, "vectors, table and first values");
    assert_eq!(region("SRAM1").used, 0);
    none(&found, Check::Outside);
    none(&found, Check::NotLoaded);
    assert_eq!(found.errors(), 0, "{:#?}", found.findings);
}

#[test]
fn a_section_is_loaded_elsewhere_than_it_runs() {
    let firmware = Firmware::of(PROGRAM);
    let found = firmware.inspect();
    let data = found.sections.iter().find(|section| section.section == ".data").unwrap();
    assert_eq!((data.address, data.region.as_deref()), (0x2000_0000, Some("DTCM")));
    assert_eq!(data.load_region.as_deref(), Some("flash"));
    let vma_lma = firmware.tool("objdump", &["-h", "main.elf"]);
    let line = vma_lma.lines().find(|line| line.contains(" .data ")).unwrap();
    assert!(line.contains(&format!("{:08x}", data.load_address.unwrap())), "{line}");
    let line = found.sections.iter().find(|section| section.section == ".sdram_bss").unwrap();
    assert_eq!((line.load_address, line.bytes), (None, 4_000));
}

#[test]
fn the_largest_symbols_come_first_with_their_region() {
    let found = Firmware::of(PROGRAM).inspect();
    let first = &found.symbols[0];
    assert_eq!((first.name.as_str(), first.bytes, first.region.as_deref()), ("line", 4_000, Some("SDRAM")));
    let names: Vec<_> = found.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert!(names.contains(&"main") && names.contains(&"table"), "{names:?}");
}

#[test]
fn names_of_rust_and_of_cpp_are_readable() {
    let source = r#"
        int rust __asm__("_ZN4echo4LINE17h0123456789abcdefE") = 1;
        int cpp __asm__("_ZN4echo3gapE") = 1;
        int main(void) { KEEP(&rust); KEEP(&cpp); return 0; }
    "#;
    let found = Firmware::of(source).inspect();
    for name in ["echo::LINE", "echo::gap"] {
        assert!(found.symbols.iter().any(|symbol| symbol.name == name), "{:?}", found.symbols);
    }
}

#[test]
fn a_variable_of_two_names_is_listed_once() {
    let source = "int __one[4] = { 1 }; extern int one[4] __attribute__((alias(\"__one\"))); \
                  int main(void) { KEEP(__one); KEEP(one); return 0; }";
    let found = Firmware::of(source).inspect();
    let names: Vec<_> =
        found.symbols.iter().filter(|symbol| symbol.bytes == 16).map(|s| &s.name[..]).collect();
    assert!(names.contains(&"one") && !names.contains(&"__one"), "{names:?}");
}

/// The script of a board with core-coupled memory, which a Daisy does not have.
#[test]
fn a_section_outside_every_region_is_an_error() {
    let ccm = [(".axi_bss (NOLOAD)", ".ccmram 0x10000000 (NOLOAD) : { *(.ccmram) }\n  .axi_bss (NOLOAD)")];
    let source = r#"IN(".ccmram") char fast[100]; int main(void) { KEEP(fast); return 0; }"#;
    let found = Firmware::with(source, &ccm, &[]).inspect();
    one(
        &found,
        Check::Outside,
        Severity::Error,
        &["`.ccmram` (100 B)", "0x10000000", "outside every region"],
    );
}

#[test]
fn a_section_that_ends_outside_is_an_error_with_the_bytes_that_do() {
    let long = [("LENGTH = 64M", "LENGTH = 65M")];
    let source = r#"IN(".sdram_bss") char line[(64 << 20) + 48]; int main(void) { KEEP(line); return 0; }"#;
    let found = Firmware::with(source, &long, &[]).inspect();
    one(&found, Check::Outside, Severity::Error, &["`.sdram_bss`", "48 B of it outside every region"]);
}

#[test]
fn the_same_image_works_on_one_board_and_not_on_another() {
    let firmware = Firmware::of(PROGRAM);
    let small = Board::builtin("daisy-seed-1mb").unwrap();
    let found = inspect(&firmware.image(), &small, &Question::default()).unwrap();
    one(&found, Check::Outside, Severity::Error, &["`.sdram_bss` (4,000 B)", "0xc0000000"]);
}

#[test]
fn a_misspelt_section_is_told_where_it_went() {
    let source = r#"IN(".sdram_bsss") int line[8]; int main(void) { KEEP(line); return 0; }"#;
    let found = Firmware::of(source).inspect();
    let orphan = of(&found, Check::Misplaced);
    assert_eq!(orphan.len(), 1, "{orphan:#?}");
    assert!(orphan[0].message.contains("`.sdram_bsss` (32 B) lies in DTCM"), "{}", orphan[0].message);
    let right = r#"IN(".sdram_bss") int line[8]; int main(void) { KEEP(line); return 0; }"#;
    none(&Firmware::of(right).inspect(), Check::Misplaced);
}

#[test]
fn the_boot_loader_loads_the_region_of_the_code() {
    let sram = [
        ("FLASH : ORIGIN = 0x08000000, LENGTH = 128K", "FLASH : ORIGIN = 0x24000000, LENGTH = 256K"),
        ("AXI   : ORIGIN = 0x24000000, LENGTH = 512K", "AXI   : ORIGIN = 0x24040000, LENGTH = 256K"),
    ];
    let firmware = Firmware::with("int main(void) { return 0; }", &sram, &[]);
    let found = firmware.inspect();
    let errors = of(&found, Check::NotLoaded);
    assert!(errors.iter().all(|error| error.help.contains("--boot sram")), "{errors:#?}");
    assert!(!errors.is_empty());
    let booted = Board::load_after("daisy-seed-65mb", Some("sram")).unwrap();
    none(&inspect(&firmware.image(), &booted, &Question::default()).unwrap(), Check::NotLoaded);
}

#[test]
fn first_values_that_nothing_loads_are_an_error() {
    let ram = [("> DTCM AT> FLASH", "> DTCM")];
    let source = "int set = 5; int main(void) { KEEP(&set); return 0; }";
    let found = Firmware::with(source, &ram, &[]).inspect();
    one(
        &found,
        Check::NotLoaded,
        Severity::Error,
        &["`.data`", "4 B", "0x20000000 in DTCM", "nothing loads them"],
    );
    none(&Firmware::of(source).inspect(), Check::NotLoaded);
}
