//! The examples that come with Faust: compiled with its memory manager and traced by valgrind.
//!
//! Nothing of them is kept here: the installed package has them.

use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use sostenuto_board::{Board, Kind, Pattern, Storage, Traffic};

use crate::lackey::{self, Lackey};
use crate::program::{Access, Program, Trace};
use crate::{BLOCK, RATE};

/// Programs with memory enough for its place to matter, in the folder of examples.
const PROGRAMS: &[&str] = &[
    "reverb/dattorro",
    "reverb/fdnRev",
    "reverb/freeverb",
    "reverb/greyhole",
    "reverb/jprev",
    "reverb/zitaRev",
    "reverb/zitaRevFDN",
    "delayEcho/quadEcho",
    "delayEcho/smoothDelay",
    "delayEcho/stereoEcho",
    "delayEcho/tapiir",
    "bela/GrainGenerator",
    "bela/crossDelay2",
    "bela/granulator",
    "bela/repeater",
    "gameaudio/bubble",
    "generator/osc",
    "misc/capture",
    "phasing/phaserFlangerLab",
    "pitchShifting/pitchShifter",
];

/// Where the packages of Debian and of Faust itself put them.
const FOLDERS: &[&str] =
    &["/usr/share/doc/faust-common/examples", "/usr/share/faust/examples", "/usr/local/share/faust/examples"];

/// The blocks that warm the cache, and those that are counted.
const WARM: usize = 5;
const COUNTED: usize = 20;

/// Where the driver puts the memory of a program, far from where a system puts anything.
const ARENA: u64 = 0x4_0000_0000;
const ARENA_BYTES: u64 = 1 << 28;

const DRIVER: &str = include_str!("driver.cpp");

/// What is needed beside this program.
pub struct Tools {
    folder: PathBuf,
    pub version: String,
}

impl Tools {
    /// Finds them, or tells what is missing.
    pub fn find() -> Result<Tools, String> {
        let first_line = |tool: &str| {
            let output =
                Command::new(tool).arg("--version").output().ok().filter(|output| output.status.success());
            output
                .map(|output| String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or("").to_owned())
        };
        let missing =
            |tool: &str, package: &str| format!("`{tool}` is not there; on Debian: apt install {package}");
        let version = first_line("faust").ok_or_else(|| missing("faust", "faust"))?;
        for tool in ["g++", "valgrind"] {
            first_line(tool).ok_or_else(|| missing(tool, tool))?;
        }
        let mut folders = FOLDERS.iter().map(PathBuf::from);
        let folder = folders
            .find(|folder| folder.join("reverb").is_dir())
            .ok_or_else(|| missing(FOLDERS[0], "faust-common"))?;
        let version = version.rsplit(' ').next().unwrap_or_default().to_owned();
        Ok(Tools { folder, version })
    }

    /// The programs, one after the other.
    pub fn programs(&self, board: &Board) -> impl Iterator<Item = (&'static str, Result<Program>)> {
        PROGRAMS.iter().map(move |name| (*name, program(board, &self.folder, name)))
    }
}

/// A zone of memory that a program has allocated.
struct Zone {
    offset: u32,
    bytes: u32,
    /// It was given back before the first block.
    is_gone: bool,
    is_object: bool,
}

/// The reads and writes of a zone in a sample that Faust tells: each place in the text counts once.
type Told = (u32, f64, f64);

fn program(board: &Board, examples: &Path, name: &str) -> Result<Program> {
    let source = examples.join(name).with_extension("dsp");
    ensure!(source.is_file(), "{} is not there", source.display());
    let folder = tempfile::tempdir()?;
    let short = source.file_stem().context("a file has a name")?.to_string_lossy().into_owned();
    run(Command::new("faust")
        .args(["-lang", "cpp", "-mem", "-json", "-o", "program.cpp", "-O"])
        .arg(folder.path())
        .arg(&source))?;
    let layout = std::fs::read_to_string(folder.path().join(format!("{short}.dsp.json")))?;
    let told = told(&layout)?;
    let driver = folder.path().join("driver.cpp");
    std::fs::write(&driver, DRIVER)?;
    let binary = folder.path().join("driver");
    let defines = [
        format!("-DARENA={ARENA}ull"),
        format!("-DARENA_BYTES={ARENA_BYTES}ull"),
        format!("-DRATE={RATE}"),
        format!("-DBLOCK={BLOCK}"),
    ];
    run(Command::new("g++").args(["-O1", "-w", "-o"]).arg(&binary).arg(&driver).args(defines))?;
    let (zones, lackey) = traced(&binary)?;
    assemble(board, name, &zones, &told, &lackey)
}

/// Runs a command; what it prints is told only when it fails.
fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    let printed = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} has failed: {}",
        command.get_program().to_string_lossy(),
        printed.trim()
    );
    Ok(())
}

/// The layout in Faust's JSON: `size` and `reads` in version 2.54, `size_bytes` and `read` in later ones.
fn told(json: &str) -> Result<Vec<Told>> {
    let json: serde_json::Value = serde_json::from_str(json)?;
    let zones = json["memory_layout"].as_array().context("Faust tells no `memory_layout`")?;
    // Later versions list variables in the object, too, whose types are no pointers.
    let is_zone = |zone: &&serde_json::Value| zone["type"].as_str().is_none_or(|kind| kind.ends_with("_ptr"));
    let number = |zone: &serde_json::Value, keys: [&str; 2]| {
        let found = keys.iter().find_map(|key| zone[key].as_f64());
        found.with_context(|| format!("a zone has no `{}`", keys[1]))
    };
    let told = zones.iter().filter(is_zone).map(|zone| {
        let bytes = number(zone, ["size_bytes", "size"])? as u32;
        Ok((bytes, number(zone, ["read", "reads"])?, number(zone, ["write", "writes"])?))
    });
    told.collect()
}

/// Runs the program under valgrind.
fn traced(binary: &Path) -> Result<(Vec<Zone>, Lackey)> {
    let mut child = Command::new("valgrind")
        .args(["--tool=lackey", "--trace-mem=yes", "--log-fd=2"])
        .arg(binary)
        .arg((WARM + COUNTED).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut printed = child.stdout.take().context("the output is piped")?;
    let trace = child.stderr.take().context("the trace is piped")?;
    // Both must be read at once, or the program waits for one of them.
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        printed.read_to_string(&mut text).map(|_| text)
    });
    let lackey = lackey::read(BufReader::with_capacity(1 << 20, trace), ARENA, ARENA_BYTES)?;
    let status = child.wait()?;
    ensure!(status.success(), "the program has failed under valgrind: {status}");
    let printed = printed.join().map_err(|_| anyhow::anyhow!("the zones were not read"))??;
    Ok((zones(&printed)?, lackey))
}

fn zones(printed: &str) -> Result<Vec<Zone>> {
    let mut zones: Vec<Zone> = Vec::new();
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let offset = words.get(1).context("a zone has a place")?.parse()?;
        let known = zones.iter_mut().find(|zone| zone.offset == offset);
        match (&words[..], known) {
            (["zone", _, bytes], None) => {
                zones.push(Zone { offset, bytes: bytes.parse()?, is_gone: false, is_object: false })
            }
            (["gone", _], Some(zone)) => zone.is_gone = true,
            (["object", _], Some(zone)) => zone.is_object = true,
            _ => bail!("`{line}` was not expected"),
        }
    }
    Ok(zones)
}

/// Makes storages of the zones and a trace of the accesses.
fn assemble(board: &Board, name: &str, zones: &[Zone], told: &[Told], lackey: &Lackey) -> Result<Program> {
    ensure!(lackey.blocks.len() == WARM + COUNTED, "{} blocks were traced", lackey.blocks.len());
    // Zones are known by their order alone. The object is larger here than in the layout, or smaller.
    let agree = |(zone, told): (&Zone, &Told)| zone.is_object || zone.bytes == told.0;
    let is_told = zones.len() == told.len() && zones.iter().zip(told).all(agree);
    let alive: Vec<(usize, &Zone)> = zones.iter().enumerate().filter(|(_, zone)| !zone.is_gone).collect();

    let (_, outside) = lackey.blocks[WARM];
    let mut trace = Trace { samples: COUNTED * BLOCK, outside: lackey.outside - outside, ..Trace::default() };
    let mut blocks = lackey.blocks.iter().map(|(touch, _)| *touch).peekable();
    for (at, touch) in lackey.touches.iter().enumerate() {
        while blocks.next_if_eq(&at).is_some() {
            trace.blocks.push(trace.accesses.len());
        }
        let before = alive.partition_point(|(_, zone)| zone.offset <= touch.offset);
        let storage = before.checked_sub(1).context("nothing lies below the first zone")?;
        let zone = alive[storage].1;
        let offset = touch.offset - zone.offset;
        ensure!(offset < zone.bytes, "an access between two zones");
        // What has 8 bytes in the object is a pointer, which is one word on a device.
        let words = if zone.is_object { 1 } else { touch.bytes.div_ceil(4) };
        trace.accesses.extend((0..words).map(|word| Access::new(storage, offset + 4 * word, touch.is_write)));
    }

    trace.counted_from = *trace.blocks.get(WARM).context("a block has accesses")?;

    let mut storages: Vec<Storage> = alive
        .iter()
        .map(|(at, zone)| {
            let name = if zone.is_object { "object".to_owned() } else { format!("zone {at}") };
            Storage { address: Some(zone.offset), ..Storage::new(name, Kind::State, zone.bytes) }
        })
        .collect();
    let measured = trace.traffic(board, &storages);
    for (storage, traffic) in storages.iter_mut().zip(measured) {
        storage.kind = match traffic.writes {
            0.0 => Kind::Table,
            _ if storage.bytes >= 1_024 => Kind::Delay,
            _ => Kind::State,
        };
        storage.traffic = Some(traffic);
    }
    let told = is_told.then(|| {
        let pairs = storages.iter().zip(alive.iter().map(|(at, _)| told[*at]));
        let told = pairs.map(|(storage, (_, reads, writes))| {
            let pattern = if storage.bytes <= 64 { Pattern::Same } else { Pattern::Sequential };
            let traffic = Traffic::declared(reads, writes, pattern, storage.bytes);
            Storage { traffic: Some(traffic), ..storage.clone() }
        });
        told.collect()
    });
    Ok(Program { name: name.to_owned(), storages, told, trace })
}
