//! Faults of what users write and keep beside a board: lists of storages, budgets, profiles, and plans to compare with.

use sostenuto_board::budget::Budget;
use sostenuto_board::compare::{CompareError, Comparison};
use sostenuto_board::patch::Facts;
use sostenuto_board::profile::{Measured, Profile, ProfileError};
use sostenuto_board::program::{Precision, Program};
use sostenuto_board::traffic::Pattern;
use sostenuto_board::{
    Board, DataCache, FileFault, Kind, Needs, Plan, Retained, Start, Storage, Traffic, place, report,
    storage_list,
};

const LIST: &str = r#"[[storage]]
name = "grains"
kind = "delay"
size = "64K"
align = 32
reads = 8
writes = 0.5
access = "sequential"
masters = ["DMA1"]
retained = "reset"
start = "late"
life = [1, 3]
split = "4K"
voices = 8
"#;

fn parse(list: &str) -> Result<Vec<Storage>, FileFault> {
    storage_list::parse(list, "my.toml", &Board::builtin("daisy-seed-65mb").unwrap())
}

fn told(from: &str, to: &str) -> String {
    assert_eq!(LIST.matches(from).count(), 1, "`{from}` is to be found once");
    parse(&LIST.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn a_list_tells_all_of_a_storage() {
    let storages = parse(LIST).unwrap();
    let needs = Needs {
        masters: vec!["DMA1".to_owned()],
        retained: Some(Retained::Reset),
        start: Some(Start::Late),
        life: Some((1, 3)),
        split: Some(4_096),
    };
    let traffic = Some(Traffic::declared(8.0, 0.5, Pattern::Sequential, 65_536));
    assert_eq!(
        storages,
        [Storage {
            align: 32,
            needs,
            traffic,
            voices: Some(8),
            ..Storage::new("grains", Kind::Delay, 65_536)
        }]
    );
}

#[test]
fn each_fault_of_a_list_has_its_place_and_a_remedy() {
    for (from, to, message) in [
        ("name = \"grains\"\n", "", "1:1: a storage lacks the key `name`\n  help: a name such as \"echo\""),
        ("\"grains\"", "\" \"", "2:8: a storage: `name` is empty\n  help: a name such as \"echo\""),
        ("split", "splits", "13:1: storage `grains` has no key `splits`\n  help: did you mean `split`?"),
        (
            "kind = \"delay\"\n",
            "",
            "1:1: storage `grains` lacks the key `kind`\n  help: what the bytes are for, such as \"delay\"",
        ),
        (
            "size = \"64K\"\n",
            "",
            "1:1: storage `grains` lacks the key `size`\n  help: a size in bytes, or with a unit as \"128K\"",
        ),
        ("\"64K\"", "0", "4:8: storage `grains` has a size of 0 B\n  help: leave it out, or give its size"),
        (
            "\"64K\"",
            "\"4G\"",
            "4:8: storage `grains` has a size of 4,294,967,296 B\n  help: a storage is smaller than 4G",
        ),
        (
            "voices = 8",
            "voices = 7",
            "14:10: 65,536 B are no equal parts for 7 voices\n  help: write a `size` that is a multiple of the voices",
        ),
        ("32", "24", "5:9: 24 is no alignment\n  help: write a power of two, such as 4 or 32"),
        ("32", "0", "5:9: `align` cannot be 0\n  help: write a whole number from 1 on"),
        (
            "reads = 8",
            "reads = -1",
            "6:9: `reads` cannot be -1\n  help: write a number from 0 on, below 1,000,000,000",
        ),
        (
            "writes = 0.5",
            "writes = inf",
            "7:10: `writes` cannot be inf\n  help: write a number from 0 on, below 1,000,000,000",
        ),
        ("writes = 0.5", "writes = \"often\"", "7:10: `writes` cannot be a string\n  help: write a number"),
        (
            "\"sequential\"",
            "\"chance\"",
            "8:10: `access` cannot be `chance`\n  help: write one of same, sequential, random",
        ),
        (
            "reads = 8\nwrites = 0.5\n",
            "",
            "6:10: `access` tells how, but not how often\n  help: add `reads` or `writes`, in words a sample",
        ),
        (
            "[\"DMA1\"]",
            "\"DMA1\"",
            "9:11: `masters` cannot be a string\n  help: write the DMA controllers that move it, such as [\"DMA1\"]",
        ),
        (
            "\"reset\"",
            "\"always\"",
            "10:12: `retained` cannot be `always`\n  help: write one of nothing, reset, battery, power",
        ),
        (
            "\"late\"",
            "\"early\"",
            "11:9: `start` cannot be `early`\n  help: write one of late, undefined, loaded",
        ),
        (
            "[1, 3]",
            "[3, 1]",
            "12:8: `life` is no span of phases\n  help: write the first and the last phase in which it holds anything, such as [0, 2]",
        ),
        (
            "[1, 3]",
            "[1]",
            "12:8: `life` is no span of phases\n  help: write the first and the last phase in which it holds anything, such as [0, 2]",
        ),
        (
            "\"4K\"",
            "0",
            "13:9: nothing is split into parts of 0 B\n  help: write of how many bytes each part shall be a multiple, such as \"4K\"",
        ),
        (
            "[\"DMA1\"]",
            "[\"DMA3\"]",
            "9:12: no region of the board `daisy-seed-65mb` is reached by `DMA3`\n  help: did you mean `DMA2`? its DMA controllers are BDMA, DMA1, DMA2, MDMA",
        ),
        (
            "[[storage]]",
            "[[storages]]",
            "1:3: the list has no key `storages`\n  help: did you mean `storage`?",
        ),
    ] {
        assert_eq!(told(from, to), format!("my.toml:{message}"), "{from} to {to}");
    }
    assert!(
        told("\"delay\"", "\"dealy\"")
            .starts_with("my.toml:3:8: `dealy` is no kind of storage\n  help: did you mean `delay`?")
    );
    let digits = "9".repeat(300);
    let beginning = &digits[..24];
    for (from, place, help) in [
        ("\"64K\"", "4:8: `size`", "a number that 64 bits can hold"),
        ("32", "5:9: `align`", "a number that 64 bits can hold"),
        ("reads = 8", "6:9: `reads`", "a number from 0 on, below 1,000,000,000"),
    ] {
        let to = if from.starts_with("reads") { format!("reads = {digits}") } else { digits.clone() };
        let message =
            format!("my.toml:{place} cannot be {beginning}… (300 characters)\n  help: write {help}");
        assert_eq!(told(from, &to), message);
    }
    assert_eq!(
        told("\"64K\"", &format!("\"{digits}\"")).lines().next(),
        Some(&*format!("my.toml:4:8: `{beginning}… (300 characters)` is more bytes than any board has"))
    );
    assert_eq!(
        parse("").unwrap_err().to_string(),
        "my.toml:1:1: the list lacks the key `storage`\n  help: add at least one [[storage]] with name, kind and size"
    );
}

#[test]
fn a_list_has_storages_of_different_names() {
    assert_eq!(
        parse("storage = []\n").unwrap_err().to_string(),
        "my.toml:1:11: the list has no storage\n  help: add at least one [[storage]] with name, kind and size"
    );
    let again = "\n[[storage]]\nkind = \"state\"\nname = \"grains\"\nsize = 4\n";
    assert_eq!(
        parse(&(LIST.to_owned() + again)).unwrap_err().to_string(),
        "my.toml:18:8: two storages are named `grains`, here and in line 2\n  help: give each a name of its own"
    );
}

#[test]
fn numbers_may_be_hexadecimal() {
    let storages = parse(&LIST.replace("reads = 8", "reads = 0x10")).unwrap();
    assert_eq!(storages[0].traffic().reads, 16.0);
}

#[test]
fn a_budget_names_regions_of_the_board_and_sizes() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let told = |text: &str| Budget::parse(text, "my.toml", &board).unwrap_err().to_string();
    assert_eq!(
        told("[max]\nDTCM = \"32K\"\nITMC = 64\n"),
        "my.toml:3:1: the board `daisy-seed-65mb` has no region `ITMC`\n  help: did you mean `ITCM`?"
    );
    assert!(told("[max]\nqqq = 64\n").ends_with("no region `qqq`\n  help: the regions are DTCM, ITCM, AXI SRAM, SRAM1 DMA, SRAM1, SRAM2, SRAM3, SRAM4, backup SRAM, SDRAM, QSPI flash, flash"));
    assert!(Budget::parse("[max]\nSDRAM = 0\n", "my.toml", &board).is_ok(), "nothing may go there");
    assert!(told("[max]\nDTCM = \"much\"\n").starts_with("my.toml:2:8: `much` is no size"));
    assert_eq!(told("[maxi]\n"), "my.toml:1:2: the budget has no key `maxi`\n  help: did you mean `max`?");
    assert!(told("").starts_with("my.toml:1:1: the budget lacks the key `max`\n  help: write [max]"));
    assert!(
        told("max = 1\n")
            .starts_with("my.toml:1:7: `max` cannot be an integer\n  help: write [max], and below")
    );
}

#[test]
fn a_budget_is_kept_to_the_byte() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(&board, &[Storage::new("line", Kind::Delay, 4_000)]);
    let over = |text: &str| Budget::parse(text, "my.toml", &board).unwrap().check(&plan);
    assert!(over("[max]\nDTCM = 4_000\n").is_empty());
    assert_eq!(
        over("[max]\nDTCM = 3_999\nSDRAM = 1\n").iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["`DTCM` takes 4,000 B, 1 B more than its budget of 3,999 B"]
    );
}

#[test]
fn a_profile_of_another_format_or_with_strange_numbers_is_refused() {
    let traffic = Traffic { reads: 2.0, ..Traffic::default() };
    let good =
        Profile::new("echo.impala", 48_000, vec![Measured { name: "line".to_owned(), traffic }]).json();
    assert!(Profile::parse(&good).is_ok());
    let again = "\n  help: measure again with `sostenuto run PATCH --profile FILE`";
    let told = |from: &str, to: &str| {
        assert_eq!(good.matches(from).count(), 1, "{from}");
        Profile::parse(&good.replace(from, to)).unwrap_err()
    };
    let error = told("\"format\": 1", "\"format\": 7");
    assert!(matches!(error, ProfileError::Format { found: 7 }));
    assert_eq!(error.to_string(), format!("it has the format 7, and this program reads 1{again}"));
    assert_eq!(told("2.0", "-0.5").to_string(), format!("`line` cannot have -0.5 accesses a sample{again}"));
    assert!(matches!(told("2.0", "1e10"), ProfileError::Number { .. }));
    // JSON has no word for what is no number or without end.
    for strange in ["NaN", "Infinity", "1e999", "null", "\"2\""] {
        assert!(matches!(told("2.0", strange), ProfileError::Form(_)), "{strange}");
    }
    let error = Profile::parse("reads: 2").unwrap_err().to_string();
    assert!(
        error.starts_with("it is no profile: ")
            && error.ends_with("`sostenuto run PATCH --profile FILE` writes one")
    );
}

/// Of one name, the storages are told apart by their order.
#[test]
fn a_profile_gives_each_storage_its_own() {
    let measured = |name: &str, reads| Measured {
        name: name.to_owned(),
        traffic: Traffic { reads, ..Traffic::default() },
    };
    let profile = Profile::new("p", 1, vec![measured("a", 1.0), measured("b", 2.0), measured("a", 3.0)]);
    let mut storages = ["a", "a", "a", "b", "c"].map(|name| Storage::new(name, Kind::State, 4));
    storages[4].traffic = Some(Traffic::default());
    assert_eq!(profile.apply(&mut storages), 1, "the third `a`: what tells its own traffic needs none");
    let reads = storages.map(|storage| storage.traffic.map(|traffic| traffic.reads));
    assert_eq!(reads, [Some(1.0), Some(3.0), None, Some(2.0), Some(0.0)]);
}

#[test]
fn a_profile_of_something_else_is_doubted_or_refused() {
    let measured = Measured { name: "line".to_owned(), traffic: Traffic::default() };
    let profile = Profile::new("echo.impala", 48_000, vec![measured]);
    let daisy = Board::builtin("daisy-seed-65mb").unwrap();
    let of = |source: &str| Facts { source: source.to_owned(), ..Facts::default() };
    assert_eq!(profile.doubts(Some(&of("echo.impala")), &daisy), []);
    assert_eq!(profile.doubts(None, &daisy), [], "a list has no source");
    assert_eq!(
        profile.doubts(Some(&of("hall.impala")), &daisy)[0].to_string(),
        "it was measured of `echo.impala`, and this is `hall.impala`: only storages of the same names get its traffic"
    );
    let double = Program { precision: Precision::Double, ..Program::default() };
    let double = Facts { program: Some(double), ..of("echo.impala") };
    assert_eq!(profile.doubts(Some(&double), &daisy), [], "an older file does not tell its precision");
    let single = profile.clone().of_precision(Precision::Single);
    assert_eq!(
        Profile::parse(&single.json()).unwrap().doubts(Some(&double), &daisy)[0].to_string(),
        "it was measured of numbers of 32 bits, and these have 64 bits: measure again with the same options of the compiler"
    );
    assert_eq!(single.of_precision(Precision::Double).doubts(Some(&double), &daisy), []);
    let small = DataCache { bytes: 4_096, line: 16, ways: 2, source: String::new() };
    let other = Profile::parse(&profile.clone().of_cache(Some(&small)).json()).unwrap();
    assert_eq!(
        other.doubts(None, &daisy)[0].to_string(),
        "it counts the lines of a cache of 4,096 B in lines of 16 B, 2 ways, and the board `daisy-seed-65mb` has one of \
         16,384 B in lines of 32 B, 4 ways: measure again with --board daisy-seed-65mb"
    );
    let mut old: serde_json::Value = serde_json::from_str(&other.json()).unwrap();
    assert_eq!(old["cache"], serde_json::json!({ "bytes": 4_096, "line": 16, "ways": 2 }));
    old.as_object_mut().unwrap().remove("cache");
    let old = Profile::parse(&old.to_string()).unwrap();
    assert_eq!(old.doubts(None, &daisy), [], "an older file does not tell its cache");

    assert!(
        profile.check(&[Storage::new("line", Kind::Delay, 4), Storage::new("x", Kind::State, 4)]).is_ok()
    );
    assert!(matches!(profile.check(&[Storage::new("x", Kind::State, 4)]), Err(ProfileError::Foreign { .. })));
}

fn plan(board: &str, storages: &[(&str, u32)]) -> Plan {
    let storages: Vec<Storage> =
        storages.iter().map(|(name, bytes)| Storage::new(*name, Kind::Delay, *bytes)).collect();
    place(&Board::builtin(board).unwrap(), &storages)
}

#[test]
fn a_comparison_tells_what_came_went_grew_and_moved() {
    let old = plan(
        "daisy-seed-1mb",
        &[("gone", 8), ("line", 400), ("long", 100_000), ("same", 40), ("small", 500)],
    );
    let new = plan(
        "daisy-seed-1mb",
        &[("line", 1_400), ("long", 200_000), ("new", 16), ("same", 40), ("small", 4)],
    );
    let comparison = Comparison::new(&report::json(&old), &new).unwrap();
    assert_eq!(
        comparison.storages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "`long` grew by 100,000 B to 200,000 B, and moved from DTCM to AXI SRAM",
            "`line` grew by 1,000 B to 1,400 B",
            "`small` shrank by 496 B to 4 B",
            "`new` is new, 16 B",
            "`gone` is gone, 8 B",
        ]
    );
    let regions: Vec<&str> = comparison.regions.iter().map(|change| &change.name[..]).collect();
    assert_eq!(regions, ["DTCM", "AXI SRAM"]);
    let cycles = comparison.cycles.unwrap();
    assert_eq!((cycles.before, cycles.after), (old.time.unwrap().cycles, new.time.unwrap().cycles));

    let same = Comparison::new(&report::json(&old), &old).unwrap();
    assert!(same.is_empty() && same.to_string().starts_with("Nothing has changed.\n"));
}

#[test]
fn a_plan_that_cannot_be_compared_is_refused() {
    let new = plan("daisy-seed-1mb", &[("line", 400)]);
    let json = report::json(&new);
    let error = Comparison::new(&report::json(&plan("permut8", &[("line", 400)])), &new).unwrap_err();
    assert!(matches!(error, CompareError::Board { .. }));
    assert_eq!(
        error.to_string(),
        "it is a plan for the board `permut8`, and this one is for `daisy-seed-1mb`\n  help: compare plans for one board"
    );
    let mut other: serde_json::Value = serde_json::from_str(&json).unwrap();
    other["format"] = 99.into();
    let error = Comparison::new(&other.to_string(), &new).unwrap_err().to_string();
    assert!(error.starts_with("it has the format 99, and this program reads "), "{error}");
    for (text, told) in [
        ("", "it is no whole JSON text: it ends too early"),
        ("[]", "it is JSON, but of another form (line 1, column 2)"),
        ("{}", "it is JSON, but of another form (line 1, column 2)"),
        ("no JSON", "it is no JSON text (line 1, column 2)"),
    ] {
        let error = Comparison::new(text, &new).unwrap_err().to_string();
        assert_eq!(error, format!("it is no plan: {told}\n  help: `sostenuto plan PATCH --json` prints one"));
    }
    let run = serde_json::json!({ "format": 1, "plan": other, "run": null }).to_string();
    assert!(matches!(Comparison::new(&run, &new), Err(CompareError::Run)));
}
