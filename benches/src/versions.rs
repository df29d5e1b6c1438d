//! What was measured, on what: the head of the output.

use std::fs;

use serde_json::{Map, Value, json};

use crate::engines::Engine;

/// The head for people.
pub fn head(engines: &[Box<dyn Engine>]) -> String {
    let mut text = format!("{}; {COMPILER}\n", processor());
    for engine in engines {
        text += &format!("{:12} {}\n", engine.name(), version(&**engine));
    }
    text
}

/// The head as JSON.
pub fn json(engines: &[Box<dyn Engine>]) -> Value {
    let versions = engines.iter().map(|engine| (engine.name().to_owned(), version(&**engine).into()));
    json!({
        "processor": processor(),
        "compiler": COMPILER,
        "engines": versions.collect::<Map<_, _>>(),
    })
}

/// The compiler that made this program.
const COMPILER: &str = env!("MADE_BY");

/// The package and the version that this program was built with, by its lock file.
fn version(engine: &dyn Engine) -> String {
    let (package, beginning) = engine.package();
    let mut entries = include_str!("../Cargo.lock").split("[[package]]").filter_map(|entry| {
        let field = |name| entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        Some((field("name")?.trim_matches('"'), field("version")?.trim_matches('"')))
    });
    let found = entries.find(|(name, version)| *name == package && version.starts_with(beginning));
    format!("{package} {}", found.map_or("?", |(_, version)| version))
}

/// The processor's name for itself, where Linux tells it.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim().to_owned());
    name.unwrap_or_else(|| format!("{} of an unknown kind", std::env::consts::ARCH))
}
