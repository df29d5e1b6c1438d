//! The schema of board files says what the parser says: of each key, of each word, and of what is refused.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sostenuto_board::{Board, BoardError, bytes};

/// A board with each table that there is, and a place in each where a test can write.
const BOARD: &str = r#"
name = "all"
title = "Each table"
source = "made up"
clock_hz = 1
clock_source = "made up"
cycles_per_instruction = 1.5
cycles_source = "made up"
cache = { size = "16K", line = 32, ways = 4, source = "made up" }#cache
#board

[[boot]]
name = "flash"
code = "store"
data = "store"
stack = "store"
source = "made up"
#boot

[[region]]
name = "store"
size = "8K"
accepts = ["state"]
rank = 1
speed_source = "made up"
cost = { word = 1, next_word = 1, source = "made up" }#cost
source = "made up"

[[region]]
name = "window"
size = 512
reserved = []#reserved
accepts = []
rank = 1
speed_source = "made up"
source = "made up"
#region

[paged]
store = "store"
window = "window"
page = 512
frames = 64
chip = "LY68L6400"
clocks_hz = [40_000_000]
lanes = 1
burst_overhead_ns = 0
byte_overhead_ps = 0
source = "made up"
speed_source = "made up"
#paged
"#;

/// The tables of the file: the definition, a text of [`BOARD`], and what it becomes with a line more in that table.
const TABLES: [(&str, &str, &str); 7] = [
    ("", "#board", "LINE"),
    ("cache", " }#cache", ", LINE }"),
    ("boot", "#boot", "LINE"),
    ("cost", " }#cost", ", LINE }"),
    ("reserved", "[]#reserved", "[{ size = 8, at = \"end\", why = \"w\", source = \"s\", LINE }]"),
    ("region", "#region", "LINE"),
    ("paged", "#paged", "LINE"),
];

fn schema() -> Value {
    serde_json::from_str(Board::SCHEMA).unwrap()
}

fn json(text: &str) -> Value {
    let table: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    serde_json::to_value(table).unwrap()
}

fn with(table: &str, line: &str) -> String {
    let (_, mark, text) = TABLES.into_iter().find(|(name, ..)| *name == table).unwrap();
    assert_eq!(BOARD.matches(mark).count(), 1);
    BOARD.replace(mark, &text.replace("LINE", line))
}

/// What the parser tells to do.
fn help(text: &str) -> String {
    match Board::parse(text, "any.toml") {
        Err(BoardError::File(fault)) => fault.help,
        other => panic!("{other:?}"),
    }
}

fn words(list: &str) -> BTreeSet<&str> {
    list.split(", ").collect()
}

fn is_refused(text: &str) -> bool {
    check(&schema(), &schema(), &json(text), "").is_err()
}

/// Holds a value against the keywords that the schema uses; any other keyword is a fault of this test.
fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap());
                check(root, target.expect("the definition is there"), value, at)?;
                true
            }
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                other => panic!("the type {other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule.as_array().unwrap().iter().any(|rule| check(root, rule, value, at).is_ok()),
            "minimum" => number(value).is_none_or(|value| value >= rule.as_f64().unwrap()),
            "maximum" => number(value).is_none_or(|value| value <= rule.as_f64().unwrap()),
            "exclusiveMinimum" => number(value).is_none_or(|value| value > rule.as_f64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()),
            "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
            // The one pattern is that of a size.
            "pattern" => value.as_str().is_none_or(|text| bytes::parse(text).is_ok()),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}/{index}"))?;
                }
                true
            }
            "required" => has(value, rule),
            "dependencies" => rule
                .as_object()
                .unwrap()
                .iter()
                .all(|(key, needed)| value.get(key).is_none() || has(value, needed)),
            "properties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    match rule.get(key) {
                        Some(rule) => check(root, rule, item, &format!("{at}/{key}"))?,
                        None => assert_eq!(schema["additionalProperties"], false),
                    }
                }
                true
            }
            "additionalProperties" => value
                .as_object()
                .is_none_or(|map| map.keys().all(|key| schema["properties"].get(key).is_some())),
            "$schema" | "title" | "description" | "definitions" => true,
            other => panic!("the keyword {other}"),
        };
        if !holds {
            return Err(format!("{at}: {value} against {keyword} {rule}"));
        }
    }
    Ok(())
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn has(value: &Value, keys: &Value) -> bool {
    keys.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
}

#[test]
fn every_builtin_board_keeps_to_it() {
    for name in Board::builtin_names() {
        let path = format!("{}/../../boards/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next(), Some("#:schema ./board.schema.json"), "{name}");
        check(&schema(), &schema(), &json(&text), name).unwrap_or_else(|fault| panic!("{fault}"));
    }
}

#[test]
fn the_board_of_these_tests_is_one() {
    Board::parse(BOARD, "all.toml").unwrap_or_else(|error| panic!("{error}"));
    assert!(!is_refused(BOARD));
}

#[test]
fn each_table_has_the_keys_that_the_parser_knows() {
    for (table, ..) in TABLES {
        let help = help(&with(table, "zzzzz = 1"));
        let known = help.strip_prefix("the keys are ").unwrap_or_else(|| panic!("{table}: {help}"));
        let schema = schema();
        let definition = if table.is_empty() { &schema } else { &schema["definitions"][table] };
        let keys: BTreeSet<&str> =
            definition["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, words(known), "{table}");
    }
}

#[test]
fn its_words_are_those_of_the_parser() {
    let of = |pointer: &str| -> BTreeSet<String> {
        let words = schema().pointer(pointer).unwrap_or_else(|| panic!("{pointer}"))["enum"].clone();
        words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    for (key, pointer) in [
        ("cache", "/definitions/region/properties/cache"),
        ("mpu", "/definitions/region/properties/mpu"),
        ("start", "/definitions/region/properties/start"),
        ("retained", "/definitions/region/properties/retained"),
    ] {
        let help = help(&with("region", &format!("{key} = \"zzzzz\"")));
        let known = help.strip_prefix("write one of ").unwrap_or_else(|| panic!("{key}: {help}"));
        assert_eq!(of(pointer), words(known).into_iter().map(str::to_owned).collect(), "{key}");
    }
    let help = help(&BOARD.replace("\"state\"", "\"zzzzz\""));
    let known = help.strip_prefix("the kinds are ").unwrap();
    assert_eq!(of("/definitions/kind"), words(known).into_iter().map(str::to_owned).collect());
}

/// What an editor underlines, `sostenuto` refuses too, and so for each key that must be there.
#[test]
fn what_it_refuses_the_parser_refuses() {
    for (table, ..) in TABLES {
        for line in ["zzzzz = 1", "sourze = \"misspelt\""] {
            let text = with(table, line);
            assert!(is_refused(&text), "{table}: {line}");
            assert!(Board::parse(&text, "any.toml").is_err(), "{table}: {line}");
        }
    }
    let mut refused = 0;
    for at in 0..BOARD.lines().count() {
        let text: Vec<&str> =
            BOARD.lines().enumerate().filter(|(line, _)| *line != at).map(|(_, line)| line).collect();
        let text = text.join("\n");
        if toml::from_str::<toml::Table>(&text).is_ok() && is_refused(&text) {
            refused += 1;
            assert!(Board::parse(&text, "any.toml").is_err(), "without line {at}:\n{text}");
        }
    }
    assert!(refused > 25, "{refused}");
    for (from, to) in [
        ("rank = 1\nspeed_source = \"made up\"\ncost", "rank = 0\nspeed_source = \"made up\"\ncost"),
        ("size = \"8K\"", "size = \"8 MegaBytes\""),
        ("size = \"8K\"", "size = 0"),
        ("word = 1,", "word = 0,"),
        ("word = 1,", ""),
        ("lanes = 1", "lanes = 2"),
        ("accepts = [\"state\"]", "accepts = [\"sate\"]"),
        ("clocks_hz = [40_000_000]", "clocks_hz = []"),
        ("title = \"Each table\"", "title = \"\""),
        ("clock_source = \"made up\"\n", ""),
    ] {
        let text = BOARD.replacen(from, to, 1);
        assert_ne!(text, BOARD, "{from}");
        assert!(is_refused(&text), "{to}");
        assert!(Board::parse(&text, "any.toml").is_err(), "{to}");
    }
}

/// A user reads them while writing.
#[test]
fn every_key_is_described() {
    fn describe(schema: &Value, root: &Value) {
        let Some(properties) = schema["properties"].as_object() else { return };
        for (key, property) in properties {
            let target = property["$ref"].as_str().and_then(|target| root.pointer(&target[1..]));
            let own = &property["description"];
            let text = if own.is_null() { &target.unwrap_or(&Value::Null)["description"] } else { own };
            assert!(text.as_str().is_some_and(|text| text.ends_with('.')), "{key}");
        }
    }
    let schema = schema();
    describe(&schema, &schema);
    for definition in schema["definitions"].as_object().unwrap_or(&Map::new()).values() {
        describe(definition, &schema);
    }
}

proptest::proptest! {
    /// Each text that the schema takes for a size is one.
    #[test]
    fn a_size_that_it_takes_is_one(
        text in proptest::string::string_regex(
            schema()["definitions"]["region"]["properties"]["size"]["anyOf"][1]["pattern"].as_str().unwrap().trim_matches(['^', '$'])
        ).unwrap()
    ) {
        match bytes::parse(&text) {
            Ok(_) | Err(bytes::SizeError::Range(_)) => {}
            Err(fault) => panic!("{fault}"),
        }
    }
}
