//! What a hot swap carries over, and what not.

use std::fmt;

use serde::Serialize;
use sostenuto_board::bytes::grouped;

/// What becomes of the storages when a new version of a patch takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwapReport {
    /// The source file of the old version.
    pub from: String,
    /// The source file of the new version.
    pub to: String,
    /// The storages of the new version, in order of address, then those that are gone. Constants are not among them,
    /// nor what is the host's.
    pub storages: Vec<Change>,
    /// The globals of the module that keep their values; a patch may have none.
    pub globals: Vec<String>,
}

/// What becomes of a storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What becomes of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// What becomes of a storage, with its sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// Its contents stay.
    Kept {
        /// The size.
        bytes: u32,
    },
    /// It has another size, and starts as the new version makes it.
    Resized {
        /// The size before.
        from: u32,
        /// The size now.
        to: u32,
    },
    /// It has the same name, but starts as the new version makes it.
    Anew {
        /// The size.
        bytes: u32,
        /// Why.
        reason: Reason,
    },
    /// The old version has none of this name.
    New {
        /// The size.
        bytes: u32,
    },
    /// The new version has none of this name.
    Gone {
        /// The size.
        bytes: u32,
    },
}

/// Why a storage of the same name starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is readonly in one of the versions.
    Constant,
    /// It is temporary in one of the versions.
    Temporary,
    /// It holds pointers, and things may lie elsewhere now.
    Pointer,
}

impl SwapReport {
    /// The names and bytes of the storages whose contents stay.
    pub fn kept(&self) -> impl Iterator<Item = (&str, u32)> {
        self.storages.iter().filter_map(|change| match change.fate {
            Fate::Kept { bytes } => Some((change.name.as_str(), bytes)),
            _ => None,
        })
    }
}

/// The widest line of names.
const WIDTH: usize = 100;

impl fmt::Display for SwapReport {
    /// A heading; what is kept; then a line for each storage that is not.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |source: &str| if source.is_empty() { "a patch".to_owned() } else { source.to_owned() };
        writeln!(out, "Swap from {} to {}", named(&self.from), named(&self.to))?;
        let bytes: u64 = self.kept().map(|(_, bytes)| u64::from(bytes)).sum();
        let storages = match self.kept().count() {
            1 => "1 storage".to_owned(),
            count => format!("{count} storages"),
        };
        writeln!(out, "  {:<12}{storages}, {} B", "kept", grouped(bytes))?;
        list(out, self.kept().map(|(name, _)| name))?;
        if !self.globals.is_empty() {
            writeln!(out, "  {:<12}globals of the module", "kept")?;
            list(out, self.globals.iter().map(String::as_str))?;
        }
        for Change { name, fate } in &self.storages {
            let grouped = |bytes: u32| grouped(bytes.into());
            match *fate {
                Fate::Kept { .. } => {}
                Fate::Resized { from, to } => {
                    let (now, before) = (grouped(to), grouped(from));
                    write!(
                        out,
                        "  {:<12}`{name}` has {now} B, it had {before} B: it starts anew",
                        "resized"
                    )?;
                    // What is kept beside it may count in it.
                    writeln!(out, "{}", if to < from { "; a kept index may lie outside" } else { "" })?;
                }
                Fate::Anew { bytes, reason } => {
                    writeln!(out, "  {:<12}`{name}`, {} B: {reason}", "anew", grouped(bytes))?;
                }
                Fate::New { bytes } => writeln!(out, "  {:<12}`{name}`, {} B", "new", grouped(bytes))?,
                Fate::Gone { bytes } => writeln!(out, "  {:<12}`{name}`, {} B", "gone", grouped(bytes))?,
            }
        }
        Ok(())
    }
}

/// Names with commas, in lines.
fn list<'n>(out: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'n str>) -> fmt::Result {
    const INDENT: usize = 14;
    let mut column = 0;
    for name in names {
        let width = name.chars().count() + 2;
        if column == 0 {
            write!(out, "{:INDENT$}{name}", "")?;
            column = INDENT;
        } else if column + width > WIDTH {
            write!(out, ",\n{:INDENT$}{name}", "")?;
            column = INDENT;
        } else {
            write!(out, ", {name}")?;
        }
        column += width;
    }
    if column > 0 { writeln!(out) } else { Ok(()) }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Reason::Constant => "it is readonly in one of the two",
            Reason::Temporary => "it is temporary",
            Reason::Pointer => "it holds pointers, and things may lie elsewhere now",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_tells_what_stays_and_what_does_not() {
        let change = |name: &str, fate| Change { name: name.to_owned(), fate };
        let report = SwapReport {
            from: "a.impala".to_owned(),
            to: "b.impala".to_owned(),
            storages: vec![
                change("tape", Fate::Kept { bytes: 96_000 }),
                change("line", Fate::Resized { from: 4_096, to: 8_192 }),
                change("loop", Fate::Resized { from: 96, to: 48 }),
                change("at", Fate::Kept { bytes: 4 }),
                change("head", Fate::Anew { bytes: 4, reason: Reason::Pointer }),
                change("extra", Fate::New { bytes: 1_024 }),
                change("old", Fate::Gone { bytes: 8 }),
            ],
            globals: vec![],
        };
        let expected = "\
Swap from a.impala to b.impala
  kept        2 storages, 96,004 B
              tape, at
  resized     `line` has 8,192 B, it had 4,096 B: it starts anew
  resized     `loop` has 48 B, it had 96 B: it starts anew; a kept index may lie outside
  anew        `head`, 4 B: it holds pointers, and things may lie elsewhere now
  new         `extra`, 1,024 B
  gone        `old`, 8 B
";
        assert_eq!(report.to_string(), expected);
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["storages"][1]["fate"], "resized");
        assert_eq!(
            (&json["storages"][4]["reason"], &json["storages"][4]["bytes"]),
            (&"pointer".into(), &4.into())
        );
    }

    #[test]
    fn many_names_are_wrapped() {
        let kept = (0..40).map(|n| Change { name: format!("storage{n}"), fate: Fate::Kept { bytes: 4 } });
        let (from, to, globals) = (String::new(), String::new(), vec!["level".to_owned()]);
        let text = SwapReport { from, to, storages: kept.collect(), globals }.to_string();
        assert!(
            text.starts_with("Swap from a patch to a patch\n  kept        40 storages, 160 B\n"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(
            text.contains("storage39\n  kept        globals of the module\n              level\n"),
            "{text}"
        );
    }
}
