//! The picture of a plan, as a browser and a screen reader take it.

use proptest::prelude::*;
use roxmltree::{Document, Node};
use sostenuto_board::traffic::{Pattern, Traffic};
use sostenuto_board::{Board, Kind, Needs, Plan, Storage, place, report};

fn storage(name: &str, kind: Kind, bytes: u32) -> Storage {
    Storage::new(name, kind, bytes)
}

fn with_class<'a>(node: Node<'a, 'a>, name: &'static str, class: &'static str) -> Vec<Node<'a, 'a>> {
    let is_one = |class_list: &str| class_list.split(' ').any(|one| one == class);
    node.descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)))
        .filter(|node| node.attribute("class").is_some_and(is_one))
        .collect()
}

/// The text of the `<title>` that belongs to the element.
fn title<'a>(node: Node<'a, 'a>) -> &'a str {
    let title = node.children().find(|child| child.tag_name().name() == "title");
    title.and_then(|title| title.text()).unwrap_or_default()
}

/// The cells of a column with what a pointer shows over them.
fn cells<'a>(column: Node<'a, 'a>) -> Vec<(&'a str, Node<'a, 'a>)> {
    let cells = with_class(column, "rect", "cell");
    cells.into_iter().map(|cell| (title(cell.parent().unwrap()), cell)).collect()
}

/// Left, top, right and bottom in hundredths of a pixel.
fn edges(rect: Node<'_, '_>) -> [i64; 4] {
    let hundredths = |name| (rect.attribute(name).unwrap().parse::<f64>().unwrap() * 100.0).round() as i64;
    let (x, y) = (hundredths("x"), hundredths("y"));
    [x, y, x + hundredths("width"), y + hundredths("height")]
}

/// Every storage has one cell with its name, inside the frame of its region, and no two cells overlap.
fn check(plan: &Plan, picture: &str) -> Result<(), TestCaseError> {
    let document = Document::parse(picture).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
    let mut found = Vec::new();
    for column in with_class(document.root_element(), "g", "region") {
        let frame = edges(with_class(column, "rect", "frame")[0]);
        let cells = cells(column);
        for (at, (title, cell)) in cells.iter().enumerate() {
            let [left, top, right, bottom] = edges(*cell);
            prop_assert!(left >= frame[0] && top >= frame[1], "{title} begins outside");
            prop_assert!(right <= frame[2] && bottom <= frame[3], "{title} ends outside");
            for (other, cell) in &cells[at + 1..] {
                let [x, y, end, low] = edges(*cell);
                prop_assert!(right <= x || end <= left || bottom <= y || low <= top, "{title} and {other}");
            }
            found.push((*title).to_owned());
        }
    }
    let placed = plan.placements.iter().map(|placement| &placement.storage);
    let all = placed.chain(plan.unplaced.iter().map(|unplaced| &unplaced.storage));
    prop_assert_eq!(found.len(), all.clone().count());
    // What others are called stands in another test.
    let is_plain = |c: char| !c.is_control() && !('\u{2000}'..'\u{2100}').contains(&c) && c < '\u{fe00}';
    for storage in all.filter(|storage| storage.name.chars().all(is_plain)) {
        let name = if storage.name.is_empty() { "(no name)" } else { &storage.name };
        let at = found.iter().position(|title| title.split('\n').next() == Some(name));
        prop_assert!(at.is_some(), "{:?} is missing", storage.name);
        found.swap_remove(at.unwrap());
    }
    Ok(())
}

#[test]
fn a_cell_tells_what_it_is() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let echo = Storage {
        traffic: Some(Traffic::declared(2.0, 1.0, Pattern::Sequential, 96_000)),
        line: Some(7),
        ..storage("echo", Kind::Delay, 96_000)
    };
    let codec = Needs { masters: vec!["DMA1".to_owned()], ..Needs::default() };
    let codec = Storage { needs: codec, ..storage("codec", Kind::Audio, 512) };
    let picture = report::map(&place(&board, &[echo, codec]), &board);
    let document = Document::parse(&picture).unwrap();
    let cells = cells(document.root_element());
    let of = |name: &str| cells.iter().find(|(title, _)| title.starts_with(name)).unwrap();
    let (title, cell) = of("echo\n");
    assert_eq!(
        *title,
        "echo\n96,000 B, delay, at 0x20000000 in DTCM\n3.00 words a sample, 3.00 cycles a sample\ndeclared in line 7"
    );
    // 3 / 96,000 is more than 10⁻⁵ and less than 10⁻⁴.
    assert_eq!(cell.attribute("class"), Some("cell h3"));
    let marks = |cell: &Node<'_, '_>, class| {
        cell.parent()
            .unwrap()
            .children()
            .filter(|node| {
                node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class))
            })
            .count()
    };
    assert_eq!((marks(cell, "assumed"), marks(cell, "pin")), (0, 0));
    let (title, cell) = of("codec\n");
    assert!(
        title.ends_with(
            "its traffic is assumed from its kind\nbound: one region alone takes it; moved by DMA1"
        ),
        "{title}"
    );
    assert_eq!((marks(cell, "assumed"), marks(cell, "pin")), (1, 1));
}

#[test]
fn the_picture_tells_what_the_plan_comes_to() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let busy = |name: &str| Storage {
        traffic: Some(Traffic::declared(8.0, 0.0, Pattern::Random, 57_344)),
        ..storage(name, Kind::Table, 57_344)
    };
    // Two of them fill DTCM.
    let plan = place(&board, &[busy("one"), busy("two"), busy("three")]);
    let picture = report::map(&plan, &board);
    let document = Document::parse(&picture).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(title(root), "Memory map of daisy-seed-65mb");
    let texts: Vec<_> = root.descendants().filter_map(|node| node.text()).map(str::trim).collect();
    let all = texts.join(" ");
    for part in
        ["Memory time: ", "used 114,688\u{a0}B", "100.0 %", "1 KB more saves ", "(4 KB), flash (128 KB)"]
    {
        assert!(all.contains(part), "`{part}` is missing in {all}");
    }
    assert!(!picture.contains("<script") && !picture.contains("@import") && !picture.contains("href"));
    assert!(picture.contains("@media (prefers-color-scheme: dark)"));
}

#[test]
fn what_has_no_place_stands_in_a_column_of_its_own() {
    let board = Board::builtin("permut8").unwrap();
    let plan = place(&board, &[storage("grains", Kind::Delay, 48_000), storage("gain", Kind::State, 4)]);
    let picture = report::map(&plan, &board);
    let document = Document::parse(&picture).unwrap();
    let lost = with_class(document.root_element(), "rect", "lost")[0].parent().unwrap();
    let titles: Vec<_> = cells(lost).iter().map(|(title, _)| *title).collect();
    assert_eq!(titles.len(), 1);
    assert!(titles[0].starts_with("grains\n48,000 B, delay, without a place\n"), "{}", titles[0]);
    check(&plan, &picture).unwrap();
}

#[test]
fn names_cannot_break_the_picture() {
    let board = Board::builtin("host").unwrap();
    let name = "]]>&<b>\"'\u{1}\u{202e}\n\u{ffff}\u{1b}";
    let picture = report::map(&place(&board, &[storage(name, Kind::State, 4)]), &board);
    let document = Document::parse(&picture).unwrap();
    let (title, _) = cells(document.root_element())[0];
    assert!(title.starts_with("]]>&<b>\"'\\u{1}\\u{202e}\\u{a}\\u{ffff}\\u{1b}\n4 B, state"), "{title}");
}

#[test]
fn storages_that_share_bytes_lie_beside_each_other() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let alive = |name: &str, life| {
        let needs = Needs { life: Some(life), ..Needs::default() };
        Storage { needs, ..storage(name, Kind::Scratch, 40_000) }
    };
    let plan = place(&board, &[alive("early", (0, 1)), alive("late", (2, 3))]);
    assert_eq!(plan.placement("early").unwrap().offset, plan.placement("late").unwrap().offset);
    let picture = report::map(&plan, &board);
    assert!(picture.contains("shares its bytes with 1 more"));
    check(&plan, &picture).unwrap();
}

#[test]
fn an_empty_patch_has_a_picture() {
    for name in Board::builtin_names() {
        let board = Board::builtin(name).unwrap();
        let plan = place(&board, &[]);
        check(&plan, &report::map(&plan, &board)).unwrap();
    }
}

fn storages() -> impl Strategy<Value = Vec<Storage>> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    let bytes = prop_oneof![0..100u32, 0..10_000u32, 0..1_000_000u32];
    let name = prop_oneof!["\\PC{0,30}", "[ -~]{0,12}", any::<String>()];
    let one = (name, kind, bytes, 0..4u32).prop_map(|(name, kind, bytes, align)| Storage {
        align: 4 << align,
        ..Storage::new(name, kind, bytes)
    });
    prop::collection::vec(one, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_has_a_sound_picture(storages in storages(), board in prop::sample::select(Board::builtin_names().collect::<Vec<_>>())) {
        let board = Board::builtin(board).unwrap();
        let plan = place(&board, &storages);
        let picture = report::map(&plan, &board);
        check(&plan, &picture)?;
        let reversed: Vec<_> = storages.iter().rev().cloned().collect();
        prop_assert!(report::map(&place(&board, &reversed), &board) == picture, "the order of the storages shows");
    }
}
