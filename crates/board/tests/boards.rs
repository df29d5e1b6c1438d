//! The built-in boards say what their sources say, and users' own are found.

use sostenuto_board::report::{self, Style};
use sostenuto_board::{Board, BoardError, Cache, Kind, Region, Retained, Storage};

fn sizes(board: &str) -> Vec<(String, u64)> {
    let board = Board::builtin(board).unwrap();
    board.regions.iter().map(|region| (region.name.clone(), region.bytes)).collect()
}

#[test]
fn every_builtin_board_is_a_board_of_its_name() {
    assert!(Board::builtin_names().any(|name| name == Board::DEFAULT));
    for name in Board::builtin_names() {
        let board = Board::builtin(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(board.name, name);
        assert!(!board.description.is_empty(), "{name} tells nothing of itself");
    }
}

#[test]
fn the_example_of_the_documentation_is_a_board() {
    let docs = include_str!("../../../docs/boards.md");
    let example = docs.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let board = Board::parse(example, "docs/boards.md").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(board.region("SRAM").unwrap().capacity(), 256 << 10);
    for name in Board::builtin_names() {
        assert!(docs.contains(&format!("| `{name}` |")), "the documentation leaves out {name}");
    }
}

#[test]
fn permut8_has_the_limits_of_its_document() {
    let expected = [
        ("audio buffer", 2 << 10),
        ("stack", 4 << 10),
        ("program", 32 << 10),
        ("global data", 8 << 10),
        ("parameters", 512),
        ("display", 256),
        ("delay memory", 131_072 * 2),
    ];
    assert_eq!(sizes("permut8"), expected.map(|(name, bytes)| (name.to_owned(), bytes)));
}

#[test]
fn the_daisy_boards_differ_by_the_sdram_alone() {
    let small = Board::builtin("daisy-seed-1mb").unwrap();
    let mut large = Board::builtin("daisy-seed-65mb").unwrap();
    assert_eq!(large.region("SDRAM").unwrap().bytes, 64 << 20);
    large.regions.retain(|region| region.name != "SDRAM");
    assert_eq!(small.regions, large.regions);
    assert_eq!(
        (small.clock_hz, small.cycles_per_instruction),
        (large.clock_hz, large.cycles_per_instruction)
    );
}

#[test]
fn nothing_that_is_written_goes_to_flash() {
    for name in ["daisy-seed-1mb", "daisy-seed-65mb"] {
        let board = Board::builtin(name).unwrap();
        for flash in ["flash", "QSPI flash"] {
            assert!(
                board.region(flash).unwrap().accepts.iter().all(|kind| *kind == Kind::Code),
                "{name} {flash}"
            );
        }
    }
}

#[test]
fn the_delay_memory_has_one_home_and_shares_it_with_nothing() {
    let board = Board::builtin("permut8").unwrap();
    let delay = |name: &str| Storage::new(name, Kind::Delay, 4);
    let homes = |name| board.homes(&delay(name)).iter().map(|region| region.name.clone()).collect::<Vec<_>>();
    assert_eq!(homes("delay memory"), ["delay memory"]);
    assert_eq!(homes("echo"), ["global data"]);
}

#[test]
fn the_instruction_budget_is_clock_over_rate_over_cycles() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let budget = board.instructions_per_sample(48_000.0).unwrap();
    assert!((budget - 400e6 / 48e3 / 14.0).abs() < 1e-9, "{budget}");
    assert_eq!(Board::builtin("permut8").unwrap().instructions_per_sample(48_000.0), None);
    assert_eq!(Board::builtin("host").unwrap().instructions_per_sample(48_000.0), None);
}

#[test]
fn an_unknown_name_is_answered_with_the_names() {
    let error = Board::load("daisy-sed").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no board `daisy-sed`; did you mean `daisy-seed-1mb`?\n  \
         boards: permut8, daisy-seed-1mb, daisy-seed-65mb, daisy-patch-sm, heltec, conez-v0-1, qemu-mps2-an500, host\n  \
         for a board file write its path, such as ./daisy-sed.toml"
    );
    let error = Board::load("qqq").unwrap_err().to_string();
    assert!(error.starts_with("there is no board `qqq`\n"), "{error}");
}

#[test]
fn a_board_is_loaded_from_a_path() {
    let path = std::env::temp_dir().join(format!("sostenuto-board-{}.toml", std::process::id()));
    let text = include_str!("../../../boards/permut8.toml").replace("name = \"permut8\"", "name = \"mine\"");
    std::fs::write(&path, text).unwrap();
    let board = Board::load(path.to_str().unwrap());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(board.unwrap().name, "mine");

    let error = Board::load("./no such board.toml").unwrap_err();
    assert!(matches!(error, BoardError::Read { .. }), "{error}");
    assert!(error.to_string().starts_with("cannot read the board file ./no such board.toml: "), "{error}");
}

#[test]
fn a_file_that_is_no_text_is_refused_with_the_place() {
    let path = std::env::temp_dir().join(format!("sostenuto-binary-{}.toml", std::process::id()));
    std::fs::write(&path, b"name = \"x\"\nnote = \"\xff\"\n").unwrap();
    let error = Board::read(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains(".toml:2:9: byte 0xff is not UTF-8 text"), "{error}");
}

#[test]
fn a_huge_file_is_refused_unread() {
    let path = std::env::temp_dir().join(format!("sostenuto-huge-{}.toml", std::process::id()));
    std::fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    let error = Board::read(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("more than 1 MB"), "{error}");
}

/// What other documents get wrong: SRAM3 is cached, SRAM4 and, as libDaisy sets it up, the
/// backup SRAM lose their bytes with the power, and the DMA controllers do not reach DTCM.
#[test]
fn the_daisy_says_what_reaches_and_keeps_its_memories() {
    for name in ["daisy-seed-65mb", "daisy-seed-1mb"] {
        let board = Board::builtin(name).unwrap();
        let region = |name: &str| board.region(name).unwrap();
        let reached_by =
            |region: &Region, dma: &str| region.masters.as_ref().unwrap().iter().any(|name| name == dma);
        assert_eq!(
            (region("SRAM3").cache, region("DTCM").cache),
            (Some(Cache::WriteBack), Some(Cache::Never))
        );
        assert_eq!(
            (region("SRAM4").retained, region("backup SRAM").retained),
            (Some(Retained::Reset), Some(Retained::Reset))
        );
        assert!(!reached_by(region("DTCM"), "DMA1") && reached_by(region("AXI SRAM"), "DMA1"));
        let with_bdma: Vec<_> = board.regions.iter().filter(|region| reached_by(region, "BDMA")).collect();
        assert_eq!(
            with_bdma.iter().map(|region| &region.name[..]).collect::<Vec<_>>(),
            ["SRAM4", "backup SRAM"]
        );
    }
    let page = report::board(&Board::builtin("daisy-seed-65mb").unwrap(), Style::default());
    // As the lines are broken.
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("reached by MDMA; never cached"), "{page}");
    assert!(page.contains("device memory unless the MPU says otherwise"), "{page}");
    assert!(page.contains("survives lost power (flash)"), "{page}");
}
