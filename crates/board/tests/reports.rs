//! The reports, as a person and as a program read them.

use proptest::prelude::*;
use sostenuto_board::report::{self, Style};
use sostenuto_board::{Board, Kind, Storage, place};

fn storage(name: &str, kind: Kind, bytes: u32, line: Option<u32>) -> Storage {
    Storage { line, ..Storage::new(name, kind, bytes) }
}

fn patch() -> Vec<Storage> {
    vec![
        storage("code", Kind::Code, 3_276, None),
        storage("sine", Kind::Table, 4_100, Some(7)),
        storage("feedback", Kind::State, 4, Some(13)),
        storage("echo", Kind::Delay, 7_168, Some(3)),
        storage("stack", Kind::Stack, 1_024, None),
        storage("delay memory", Kind::Delay, 262_144, None),
    ]
}

#[test]
fn a_plan_that_fits() {
    let board = Board::builtin("permut8").unwrap();
    let text = report::text(&place(&board, &patch()), &board, Style { width: 80, ..Style::default() });
    assert_eq!(
        text,
        "Memory of permut8

  region                                                 used  of bytes
  audio buffer  ····································        0     2,048    0.0 %
  stack         █████████···························    1,024     4,096   25.0 %
  program       ████████····························    7,376    32,768   22.5 %
  global data   ███████████████████████████████▌····    7,172     8,192   87.5 %
  parameters    ····································        0       512    0.0 %
  display       ····································        0       256    0.0 %
  delay memory  ████████████████████████████████████  262,144   262,144  100.0 %

    storage         bytes  kind   line  address   words
  stack
    stack           1,024  stack     –  +0x0000  ~16.00
  program
    sine            4,100  table     7  +0x0ccc   ~1.00
    code            3,276  code      –  +0x0000    ~819
  global data
    echo            7,168  delay     3  +0x0004   ~2.00
    feedback            4  state    13  +0x0000   ~2.00
  delay memory
    delay memory  262,144  delay     –  +0x0000   ~2.00

Fits: 277,716 B in 6 storages.
Headroom: the longest delay line that could be added has 1,020 B, in global
          data: 5 ms of 32-bit samples at 48 kHz.
"
    );
}

#[test]
fn the_lines_keep_within_the_width() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    for width in [80, 100] {
        let text = report::text(&place(&board, &patch()), &board, Style { width, ..Style::default() });
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest <= width, "{widest} columns:\n{text}");
    }
}

#[test]
fn a_plan_that_does_not_fit_ends_with_what_to_do() {
    let board = Board::builtin("permut8").unwrap();
    let mut patch = patch();
    patch.push(storage("grains", Kind::Delay, 48_000, Some(21)));
    let text = report::text(&place(&board, &patch), &board, Style::default());
    assert!(
        text.contains("  without a place\n    grains         48,000  delay    21  –         ~2.00\n"),
        "{text}"
    );
    assert!(
        text.ends_with(
            "\
Does not fit: 1 storage without a place.
  line 21: `grains` needs 48,000 B; `global data` holds 8,192 B and has 1,020 B free.
    help: make it 46,980 B smaller, or take the board `daisy-seed-1mb`, which has the room.

All of it fits after any one of these changes, the smallest first:
  line 21: make `grains` 46,980 B smaller: 245 ms of 32-bit samples at 48 kHz
"
        ),
        "{text}"
    );
}

#[test]
fn plain_ascii_where_it_is_asked_for() {
    let style = Style { unicode: false, ..Style::default() };
    for name in Board::builtin_names() {
        let board = Board::builtin(name).unwrap();
        let mut patch = patch();
        patch.push(storage("größe", Kind::State, 4, None));
        patch.push(storage("länge", Kind::Stack, 1 << 30, None));
        let text = report::text(&place(&board, &patch), &board, style);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn colour_only_where_it_is_asked_for() {
    let board = Board::builtin("permut8").unwrap();
    let plan = place(&board, &patch());
    let plain = report::text(&plan, &board, Style::default());
    let coloured = report::text(&plan, &board, Style { colour: true, ..Style::default() });
    assert!(!plain.contains('\x1b') && coloured.contains('\x1b'));
    // Without the escapes it is the same text.
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn a_name_cannot_drive_the_terminal() {
    let board = Board::builtin("host").unwrap();
    let plan = place(&board, &[storage("\x1b[2Jgone\nnext", Kind::State, 4, None)]);
    let text = report::text(&plan, &board, Style::default());
    assert!(!text.contains('\x1b') && text.contains("\\u{1b}[2Jgone\\u{a}next"), "{text}");
}

#[test]
fn an_empty_patch_has_a_report() {
    let board = Board::builtin("daisy-seed-1mb").unwrap();
    let text = report::text(&place(&board, &[]), &board, Style::default());
    assert!(
        text.contains("The patch has no storages.") && text.contains("Fits: 0 B in 0 storages."),
        "{text}"
    );
}

#[test]
fn json_has_its_documented_fields() {
    let board = Board::builtin("permut8").unwrap();
    let plan = place(
        &board,
        &[storage("feedback", Kind::State, 4, Some(2)), storage("echo", Kind::Delay, 16_384, Some(3))],
    );
    let json: serde_json::Value = serde_json::from_str(&report::json(&plan)).unwrap();
    assert_eq!(json["format"], report::FORMAT);
    assert_eq!(json["board"], "permut8");
    assert_eq!(json["fits"], false);
    assert_eq!(
        json["regions"][3],
        serde_json::json!({ "region": "global data", "bytes": 8192, "reserved": 0, "used": 4, "padding": 0, "free": 8188, "price": null })
    );
    assert_eq!(
        json["placements"],
        serde_json::json!([{
            "storage": { "name": "feedback", "kind": "state", "bytes": 4, "align": 4, "line": 2, "address": null },
            "region": "global data",
            "offset": 0,
            "address": null,
            "from": 0,
            "bytes": 4,
            "cycles": null,
        }])
    );
    assert_eq!(
        json["unplaced"],
        serde_json::json!([{
            "storage": { "name": "echo", "kind": "delay", "bytes": 16384, "align": 4, "line": 3, "address": null },
            "refusals": [{ "region": "global data", "holds": 8192, "free": 8188 }],
            "why": "",
            "rivals": null,
            "board_with_room": "daisy-seed-1mb",
            "shrink": 8196,
            "message": "line 3: `echo` needs 16,384 B; `global data` holds 8,192 B and has 8,188 B free",
            "help": "make it 8,196 B smaller, or take the board `daisy-seed-1mb`, which has the room",
        }])
    );
    assert_eq!(
        json["reliefs"],
        serde_json::json!([{
            "storage": { "name": "echo", "kind": "delay", "bytes": 16384, "align": 4, "line": 3, "address": null },
            "smaller_by": 8196,
        }])
    );
    assert_eq!(json["time"], serde_json::Value::Null);
}

#[test]
fn a_board_is_told_with_its_sources() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let text = report::board(&board, Style::default());
    for part in [
        "clock: 400 MHz",
        "DTCM  128 KB  0x20000000 to 0x2001ffff",
        "16,384 B at the end",
        "to calibrate",
        "595 between",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    assert!(report::boards(Style::default()).contains("(default)"));
}

proptest! {
    #[test]
    fn text_keeps_within_its_width(width in 0..140usize, names in proptest::collection::vec("\\PC{0,60}", 0..8)) {
        for board in Board::builtin_names() {
            let board = Board::builtin(board).unwrap();
            let style = Style { width, ..Style::default() };
            let storages: Vec<_> =
                names.iter().map(|name| storage(name, Kind::Delay, 1 << 18, Some(1))).collect();
            let text = report::text(&place(&board, &storages), &board, style) + &report::board(&board, style);
            let limit = width.max(Style::NARROWEST) + 40;
            for line in text.lines() {
                prop_assert!(line.chars().count() <= limit, "{line}");
                prop_assert!(!line.ends_with(' '));
            }
        }
    }
}
