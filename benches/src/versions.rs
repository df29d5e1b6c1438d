//! What was measured, on what: the head of the table.

use std::fs;

use crate::engines::Engine;

/// The version of a package that this program was built with, by its lock file.
pub fn version_of((package, begins): (&str, &str)) -> String {
    let lock = include_str!("../Cargo.lock");
    let mut entries = lock.split("[[package]]").filter_map(|entry| {
        let field = |name: &str| {
            let line = entry.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim_start_matches(" = ").trim_matches('"'))
        };
        Some((field("name")?, field("version")?))
    });
    let found = entries.find(|(name, version)| *name == package && version.starts_with(begins));
    found.map_or("?", |(_, version)| version).to_owned()
}

/// The processor's name for itself, where Linux tells it.
pub fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim().to_owned());
    name.unwrap_or_else(|| format!("{} of an unknown kind", std::env::consts::ARCH))
}

/// The compiler that made this program.
pub fn compiler() -> &'static str {
    env!("MADE_BY")
}

/// The head of the table.
pub fn head(engines: &[Box<dyn Engine>]) -> String {
    let mut text = format!("{}; {}\n", processor(), compiler());
    for engine in engines {
        let package = engine.package();
        text += &format!("{:18} {} {}\n", engine.name(), package.0, version_of(package));
    }
    text
}
