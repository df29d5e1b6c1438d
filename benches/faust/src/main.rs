//! All Faust programs of a folder, held against Faust's own C++, another interpreter, and themselves.
//!
//! The judges are those of the tests of `crates/faust`, which take a dozen programs.

#[path = "../../../crates/faust/tests/oracle/cpp.rs"]
mod cpp;
#[path = "../../../crates/faust/tests/oracle/elsewhere.rs"]
mod elsewhere;
#[path = "../../../crates/faust/tests/oracle/judge.rs"]
mod judge;
#[path = "../../../crates/faust/tests/oracle/stimulus.rs"]
mod stimulus;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Parser;
use judge::Judged;

/// Hold all Faust programs of a folder against other ways to run them.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder, with all that is below it.
    #[arg(long, default_value = "/usr/share/doc/faust-common/examples")]
    folder: PathBuf,

    /// Take the programs only whose path contains this.
    #[arg(long, default_value = "")]
    only: String,

    /// Print JSON, a line for each program.
    #[arg(long)]
    json: bool,
}

/// Holds a program against another way to run it.
type Judge = fn(&Path) -> Result<Judged, String>;

/// What the columns are, and who fills them.
const JUDGES: [(&str, Judge); 4] = [
    ("names", |path| judge::names(path).map(|()| Judged { samples: 1, sounding: true })),
    ("C++", judge::against_cpp),
    ("wasmi", judge::against_another_interpreter),
    ("itself", judge::against_itself),
];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut programs = Vec::new();
    gather(&arguments.folder, &mut programs)?;
    programs.retain(|path| path.to_string_lossy().contains(&arguments.only));
    programs.sort();
    let mut passed = [0; JUDGES.len()];
    let mut silent = 0;
    for path in &programs {
        let name = path.strip_prefix(&arguments.folder).unwrap_or(path).display().to_string();
        let verdicts = JUDGES.map(|(_, judge)| judge(path));
        for (count, verdict) in passed.iter_mut().zip(&verdicts) {
            *count += usize::from(verdict.is_ok());
        }
        let is_silent = verdicts[1].as_ref().is_ok_and(|judged| !judged.sounding);
        silent += usize::from(is_silent);
        if arguments.json {
            let verdict = |verdict: &Result<Judged, String>| verdict.as_ref().err().cloned();
            let row: serde_json::Map<String, serde_json::Value> = JUDGES
                .iter()
                .zip(&verdicts)
                .map(|((judge, _), it)| ((*judge).to_owned(), verdict(it).into()))
                .collect();
            println!("{}", serde_json::json!({ "program": name, "silent": is_silent, "failed": row }));
            continue;
        }
        let marks = verdicts.each_ref().map(|verdict| if verdict.is_ok() { "yes" } else { "NO" });
        println!("{name:<56} {}", marks.map(|mark| format!("{mark:>6}")).concat());
        for ((judge, _), verdict) in JUDGES.iter().zip(&verdicts) {
            if let Err(reason) = verdict {
                println!("    {judge}: {}", reason.lines().next().unwrap_or(""));
            }
        }
    }
    if !arguments.json {
        let totals = JUDGES.iter().zip(passed).map(|((judge, _), count)| format!("{judge} {count}"));
        println!("{} programs; passed: {}", programs.len(), totals.collect::<Vec<_>>().join(", "));
        println!("{silent} of them made no sound, so that little was compared");
    }
    Ok(())
}

fn gather(folder: &Path, programs: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, programs)?;
        } else if path.extension().is_some_and(|ending| ending == "dsp") {
            programs.push(path);
        }
    }
    Ok(())
}
