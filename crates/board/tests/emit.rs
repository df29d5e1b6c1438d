//! What a linker and a compiler make of a plan. Needs `arm-none-eabi-gcc` (Debian: gcc-arm-none-eabi).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use proptest::prelude::*;
use sostenuto_board::emit::{self, EmitError, Language};
use sostenuto_board::{Board, Kind, Needs, Plan, Start, Storage, place};

/// What stands for `cortex-m-rt`'s linker script: the sections of the program after those of the plan.
const MAIN: &str = "\
INCLUDE memory.x
ENTRY(reset)
SECTIONS
{
  .text : { *(.text .text.* .rodata .rodata.*) } > FLASH
  .data : { *(.data .data.*) } > RAM AT> FLASH
  .bss (NOLOAD) : { *(.bss .bss.* COMMON) } > RAM
}
";

fn aligned(name: &str, kind: Kind, bytes: u32, align: u32) -> Storage {
    Storage { align, ..Storage::new(name, kind, bytes) }
}

fn storages() -> Vec<Storage> {
    vec![
        aligned("lowpass", Kind::State, 18, 2),
        aligned("codec in", Kind::Audio, 512, 32),
        aligned("codec/in", Kind::Audio, 32, 32),
        aligned("int", Kind::State, 4, 4),
        aligned("1st", Kind::State, 3, 1),
        aligned("länge \"*/", Kind::State, 8, 8),
        aligned("echo", Kind::Delay, 384_000, 4),
        aligned("hall", Kind::Delay, 6 << 20, 4),
        aligned("nothing", Kind::State, 0, 4),
    ]
}

fn seed() -> Board {
    Board::builtin("daisy-seed-65mb").unwrap()
}

#[test]
fn the_regions_of_a_board_are_named_for_the_linker() {
    let memory = emit::memory_x(&Board::builtin("daisy-patch-sm").unwrap()).unwrap();
    assert!(memory.contains("\n  SRAM1_DMA "), "{memory}");
    let memory = emit::memory_x(&seed()).unwrap();
    for line in [
        "/* Memory of daisy-seed-65mb, boot mode flash. */",
        "  DTCM        : ORIGIN = 0x20000000, LENGTH = 0x1c000 /* 16,384 B at the end reserved: the firmware's own stack and variables */",
        "  ITCM        : ORIGIN = 0x00000020, LENGTH = 0xffe0 /* 32 B at the start reserved: address 0 is the null pointer */",
        "  AXI_SRAM    : ORIGIN = 0x24000000, LENGTH = 0x80000",
        "  FLASH       : ORIGIN = 0x08000000, LENGTH = 0x20000",
        "REGION_ALIAS(\"RAM\", AXI_SRAM);",
        "_stack_start = 0x20020000;",
        "_stack_end = 0x2001c000;",
    ] {
        assert!(memory.lines().any(|it| it == line), "`{line}` is missing in\n{memory}");
    }
}

#[test]
fn another_boot_mode_has_other_regions_for_code_and_variables() {
    let memory = emit::memory_x(&Board::load_after("daisy-seed-65mb", Some("sram")).unwrap()).unwrap();
    for line in [
        "  FLASH_2     : ORIGIN = 0x08000000, LENGTH = 0x20000",
        "  FLASH       : ORIGIN = 0x24000000, LENGTH = 0x20000 /* reserved in AXI_SRAM */",
        "  RAM         : ORIGIN = 0x2001c000, LENGTH = 0x4000 /* reserved in DTCM */",
        "_stack_start = 0x20020000;",
    ] {
        assert!(memory.lines().any(|it| it == line), "`{line}` is missing in\n{memory}");
    }
    assert!(!memory.contains("_stack_end"), "it is after the variables");
}

#[test]
fn the_emulator_has_room_for_the_program_in_both_its_memories() {
    let memory = emit::memory_x(&Board::builtin("qemu-mps2-an500").unwrap()).unwrap();
    for line in [
        "  FLASH    : ORIGIN = 0x00000000, LENGTH = 0x100000 /* reserved in SSRAM1 */",
        "  RAM      : ORIGIN = 0x203c0000, LENGTH = 0x40000 /* reserved in SSRAM2_3 */",
        "_stack_start = 0x20400000;",
    ] {
        assert!(memory.lines().any(|it| it == line), "`{line}` is missing in\n{memory}");
    }
}

#[test]
fn a_board_that_tells_too_little_is_refused() {
    let fault = emit::memory_x(&Board::builtin("permut8").unwrap()).unwrap_err().to_string();
    assert!(fault.starts_with("the board `permut8` tells no address of `"), "{fault}");
    let fault = emit::memory_x(&Board { boots: Vec::new(), ..seed() }).unwrap_err();
    assert!(matches!(fault, EmitError::NoBoot { .. }), "{fault}");
    let board = Board::builtin("permut8").unwrap();
    let plan = place(&board, &[Storage::new("gain", Kind::State, 4)]);
    let fault = emit::linker_fragment(&plan, &board).unwrap_err();
    let regions = vec!["global data".to_owned()];
    assert_eq!(fault, EmitError::NoAddress { board: "permut8".to_owned(), regions });
}

#[test]
fn a_small_plan_as_a_linker_script() {
    let plan = place(&seed(), &[aligned("lowpass", Kind::State, 16, 4)]);
    let text = emit::linker_fragment(&plan, &seed()).unwrap();
    assert_eq!(
        text,
        "/* The plan of 1 storages on daisy-seed-65mb. Let `INCLUDE` with the name of this file be the last line of memory.x, or \
         give it by -T before the main linker script. */

SECTIONS
{
  /* DTCM: chance values at start. */
  .sostenuto.dtcm (NOLOAD) :
  {
    . = ALIGN(4);
    __sostenuto_start_lowpass = .;
    KEEP(*(.sostenuto.dtcm.lowpass))
    __sostenuto_end_lowpass = .;
    . = __sostenuto_start_lowpass + 0x10;
  } > DTCM

  /* Sections that are not in the plan: the assertion at the end tells of them. */
  .sostenuto.unknown 0 (INFO) :
  {
    KEEP(*(.sostenuto.*))
  }
}

ASSERT(__sostenuto_start_lowpass == 0x20000000, \"lowpass is not at 0x20000000, its place in the plan\");
ASSERT(__sostenuto_end_lowpass - __sostenuto_start_lowpass == 0 || __sostenuto_end_lowpass - __sostenuto_start_lowpass == 0x10, \
         \"lowpass has not the 16 B or not the alignment of the plan\");

ASSERT(SIZEOF(.sostenuto.unknown) == 0, \"a section .sostenuto.* has a name that the plan does not have\");
"
    );
}

#[test]
fn a_small_plan_as_declarations() {
    let plan = place(&seed(), &[aligned("codec in", Kind::Audio, 512, 32)]);
    let c = emit::attributes(&plan, &seed(), Language::C).unwrap();
    let line = "__attribute__((section(\".sostenuto.dtcm.codec_in\"), aligned(32))) unsigned char codec_in[512]; \
                /* `codec in`: DTCM at 0x20000000, 512 B, audio: ~4.00 words a sample */";
    assert!(c.lines().any(|it| it == line), "{c}");
    let rust = emit::attributes(&plan, &seed(), Language::Rust).unwrap();
    let start = "#[unsafe(link_section = \".sostenuto.dtcm.codec_in\")] pub static mut CODEC_IN: Align32<";
    assert!(rust.lines().any(|it| it.starts_with(start)), "{rust}");
}

#[test]
fn what_a_linker_cannot_do_is_refused() {
    let of = |needs: Needs, name: &str, kind, bytes| Storage { needs, ..Storage::new(name, kind, bytes) };
    let parted = of(Needs { split: Some(4), ..Needs::default() }, "long", Kind::Delay, 700_000);
    let fault = emit::linker_fragment(&place(&seed(), &[parted]), &seed()).unwrap_err();
    assert!(fault.to_string().starts_with("`long` lies in parts, of "), "{fault}");

    let alive = |life| Needs { life: Some(life), ..Needs::default() };
    let early = of(alive((0, 1)), "early", Kind::Scratch, 64);
    let late = of(alive((2, 3)), "late", Kind::Scratch, 64);
    let fault = emit::attributes(&place(&seed(), &[early, late]), &seed(), Language::C).unwrap_err();
    assert!(fault.to_string().starts_with("`early` and `late` share bytes in `DTCM` from 0x0"), "{fault}");

    let huge = Storage::new("huge", Kind::Delay, 1 << 30);
    let fault = emit::linker_fragment(&place(&seed(), &[huge]), &seed()).unwrap_err();
    assert!(matches!(fault, EmitError::DoesNotFit(_)), "{fault}");
}

#[test]
fn a_variable_with_a_first_value_stays_in_data_behind_the_others() {
    let loaded = |name: &str, bytes| Storage {
        needs: Needs { start: Some(Start::Loaded), ..Needs::default() },
        align: 8,
        ..Storage::new(name, Kind::Table, bytes)
    };
    // Nothing but the variables' region can hold this much and is copied to.
    let line = Storage { align: 4, ..Storage::new("line", Kind::Delay, 200_000) };
    let plan = place(&seed(), &[loaded("sine", 64), line]);
    let placed = |name| plan.placement(name).unwrap();
    assert_eq!((&*placed("sine").region, &*placed("line").region), ("AXI SRAM", "AXI SRAM"));
    let declarations = emit::attributes(&plan, &seed(), Language::C).unwrap();
    assert!(
        declarations.contains("AXI SRAM: declare as ever, with the first values: sine."),
        "{declarations}"
    );
    let fragment = emit::linker_fragment(&plan, &seed()).unwrap();
    assert!(fragment.contains("in .data stay, for their first values: `sine`."), "{fragment}");
    let sine = "unsigned char sine[64] __attribute__((used)) = { 1, 2, 3 };";
    let linked = link(&plan, &format!("{declarations}\n{sine}")).unwrap();
    assert_eq!(Some(linked.symbols["line"]), placed("line").address);
    assert!(linked.symbols["sine"] >= linked.symbols["line"] + 200_000);
}

#[test]
fn each_variable_lies_where_the_plan_says() {
    let plan = place(&seed(), &storages());
    let declarations = emit::attributes(&plan, &seed(), Language::C).unwrap();
    let linked = link(&plan, &declarations).unwrap();
    let names = ["lowpass", "codec_in", "codec_in_2", "int_", "x_1st", "l_nge____", "echo", "hall"];
    let mut found: Vec<u64> = names.iter().map(|name| linked.symbols[*name]).collect();
    let mut planned: Vec<u64> =
        plan.placements.iter().filter(|p| p.bytes > 0).map(|p| p.address.unwrap()).collect();
    for (name, own) in
        [("lowpass", "lowpass"), ("int", "int_"), ("1st", "x_1st"), ("echo", "echo"), ("hall", "hall")]
    {
        assert_eq!(Some(linked.symbols[own]), plan.placement(name).unwrap().address, "{name}");
    }
    found.sort_unstable();
    planned.sort_unstable();
    assert_eq!(found, planned);
    // The variables of the program come after the plan's in the region that they share.
    assert_eq!(linked.symbols["counter"], 0x2400_0000 + 384_000);
    assert!(linked.image < 1_000, "{} B in the image: a delay line has no room in flash", linked.image);
}

/// What a cache writes back with a line must be the buffer's own.
#[test]
fn a_buffer_that_dma_moves_past_a_cache_has_its_lines_for_itself() {
    let masters = |master: &str| Needs { masters: vec![master.to_owned()], ..Needs::default() };
    let cached = Storage { needs: masters("DMA1"), ..Storage::new("spi", Kind::State, 50) };
    let uncached = Storage { needs: masters("MDMA"), ..Storage::new("tcm", Kind::State, 50) };
    let plan = place(&seed(), &[cached, uncached, Storage::new("long", Kind::Delay, 200_000)]);
    assert!(plan.fits() && plan.placement("tcm").unwrap().region == "DTCM", "{plan:#?}");
    let advice = "clean before DMA reads, invalidate before the CPU reads";
    for (language, declared) in [
        (Language::C, "aligned(32))) unsigned char spi[64];"),
        (Language::Rust, "SPI: Align32<[core::mem::MaybeUninit<u8>; 64]>"),
    ] {
        let text = emit::attributes(&plan, &seed(), language).unwrap();
        let line = |name: &str| text.lines().find(|line| line.contains(name)).expect(name);
        assert!(line(declared).contains("50 B in whole cache lines of together 64 B"), "{text}");
        assert!(line(declared).contains(advice), "{text}");
        assert!(
            !line(if language == Language::C { "tcm[50]" } else { "TCM: Align4<" }).contains(advice),
            "{text}"
        );
    }
    let declarations = emit::attributes(&plan, &seed(), Language::C).unwrap();
    let linked = link(&plan, &declarations).unwrap();
    assert_eq!(Some(linked.symbols["spi"]), plan.placement("spi").unwrap().address);
    let fault = link(&plan, &declarations.replace("spi[64]", "spi[50]")).err().unwrap_or_default();
    assert!(fault.contains("spi has not the 64 B"), "{fault}");
}

#[test]
fn a_program_that_lacks_a_storage_leaves_its_bytes() {
    let plan = place(&seed(), &storages());
    let declarations = emit::attributes(&plan, &seed(), Language::C).unwrap();
    let lacks: Vec<_> = declarations.lines().filter(|line| !line.contains(" codec_in[")).collect();
    let linked = link(&plan, &lacks.join("\n")).unwrap();
    assert_eq!(Some(linked.symbols["lowpass"]), plan.placement("lowpass").unwrap().address);
}

#[test]
fn a_program_that_does_not_follow_the_plan_does_not_link() {
    let plan = place(&seed(), &storages());
    let declarations = emit::attributes(&plan, &seed(), Language::C).unwrap();
    for (planned, written, complaint) in [
        ("dtcm.lowpass\"", "dtcm.lowpas\"", "a section .sostenuto.* has a name that the plan does not have"),
        ("lowpass[18]", "lowpass[10]", "lowpass has not the 18 B"),
        ("lowpass[18]", "lowpass[400]", "cannot move location counter backwards"),
        ("aligned(2)", "aligned(4096)", "cannot move location counter backwards"),
    ] {
        assert!(declarations.contains(planned), "{planned} is missing in\n{declarations}");
        let fault = link(&plan, &declarations.replace(planned, written)).err().unwrap_or_default();
        assert!(fault.contains(complaint), "{written}: {fault}");
    }
}

#[test]
fn rust_takes_the_declarations() {
    let plan = place(&seed(), &storages());
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("storages.rs");
    let declarations = emit::attributes(&plan, &seed(), Language::Rust).unwrap();
    std::fs::write(&source, format!("#![no_std]\n#![deny(warnings)]\n{declarations}")).unwrap();
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(rustc);
    command
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "obj", "-o", "storages.o"])
        .arg(&source);
    ran(command.current_dir(folder.path())).unwrap();
    let bytes = std::fs::read(folder.path().join("storages.o")).unwrap();
    let object = object::File::parse(&*bytes).unwrap();
    let section = object.section_by_name(".sostenuto.dtcm.codec_in").unwrap();
    assert_eq!((section.size(), section.align()), (512, 32));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_names_become_identifiers_of_their_own(names in prop::collection::vec(any::<String>(), 0..12), short in prop::collection::vec("[aA_1.]{0,3}", 0..12)) {
        let storages: Vec<_> = names.iter().chain(&short).map(|name| Storage::new(name, Kind::State, 4)).collect();
        let plan = place(&seed(), &storages);
        for (language, before, after) in [(Language::C, " unsigned char ", '['), (Language::Rust, "static mut ", ':')] {
            let text = emit::attributes(&plan, &seed(), language).unwrap();
            let declared: Vec<_> = text.lines().filter_map(|line| line.split_once(before)?.1.split_once(after)).collect();
            let distinct: BTreeSet<_> = declared.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
            prop_assert_eq!((declared.len(), distinct.len()), (storages.len(), storages.len()), "{}", text);
            for name in distinct {
                prop_assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()), "{name}");
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
            }
            for line in text.lines() {
                prop_assert!(line.matches("*/").count() <= 1 && !line.contains(char::is_control), "{line}");
            }
        }
    }
}

/// A program after it was linked.
#[derive(Debug)]
struct Linked {
    symbols: BTreeMap<String, u64>,
    /// The bytes that are to be written to the device.
    image: u64,
}

/// Compiles the declarations with a small program, and links it after the plan; or what the linker complained of.
fn link(plan: &Plan, declarations: &str) -> Result<Linked, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("memory.x", &(emit::memory_x(&seed()).unwrap() + "INCLUDE sostenuto.x\n"));
    write("sostenuto.x", &emit::linker_fragment(plan, &seed()).unwrap());
    write("main.x", MAIN);
    write(
        "main.c",
        &format!("{declarations}\nint counter = 3;\nvoid reset(void) {{ for (;;) counter++; }}\n"),
    );
    let flags = ["-mcpu=cortex-m7", "-mthumb", "-O1", "-Wall", "-Wextra", "-Werror", "-ffreestanding"];
    run(folder.path(), &flags, &["-c", "main.c", "-o", "main.o"])?;
    let scripts =
        ["-nostdlib", "-nostartfiles", "-Wl,--build-id=none", "-L.", "-Tmain.x", "main.o", "-o", "main.elf"];
    run(folder.path(), &flags, &scripts)?;
    let bytes = std::fs::read(folder.path().join("main.elf")).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let symbol = |symbol: object::Symbol<'_, '_>| (symbol.name().unwrap().to_owned(), symbol.address());
    let loaded = |section: &object::Section<'_, '_>| section.address() > 0 && section.file_range().is_some();
    Ok(Linked {
        symbols: file.symbols().map(symbol).collect(),
        image: file.sections().filter(loaded).map(|section| section.size()).sum(),
    })
}

fn run(folder: &Path, flags: &[&str], arguments: &[&str]) -> Result<(), String> {
    ran(Command::new("arm-none-eabi-gcc").args(flags).args(arguments).current_dir(folder))
}

fn ran(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().unwrap_or_else(|fault| {
        panic!(
            "{} does not run ({fault}); Debian has it in gcc-arm-none-eabi",
            command.get_program().display()
        )
    });
    if status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&stderr).into_owned()) }
}
