//! `sostenuto run` of a patch of the ConeZ.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use sostenuto_board::{Board, Plan, place, report};
use sostenuto_machine::Paging;
use sostenuto_machine::conez::{self, Change, Lights, Loaded, Outcome, Settings};
use sostenuto_machine::wav::{self, Format};

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::progress::Progress;
use crate::run::{deadline_source, paging, print_unless_it_fits};
use crate::{sound, terminal};

/// Places, runs, writes and reports.
pub fn run(arguments: &RunArguments, mut board: Board, source: Source) -> Result<(), Failure> {
    refuse_others(arguments)?;
    let refused = |error| Failure::LoadConez { path: source.path().to_owned(), source: error };
    let loaded =
        conez::load(&source.patch).map_err(refused)?.with_recursive_stack(arguments.patch.stack_bytes());
    refuse_for_silence(arguments, &loaded)?;
    let mut storages = loaded.storages_on(&board);
    source.pin_hottest(&arguments.patch, &storages, &mut board)?;
    let board = &board;
    let mut plan = place(board, &storages);
    print_unless_it_fits(&plan, board, arguments.place.json)?;
    let settings = settings(arguments, board, paging(arguments, board)?)?;
    let files = Files::new(arguments, &source, &loaded)?;
    let input = loaded.is_effect().then(|| sound::input(arguments)).transpose()?;
    if let Some(input) = &input {
        sound::warn_of_late_changes(arguments, "parameter ", input);
    }
    let show = Show::new(arguments.place.json);
    let progress = RefCell::new(Progress::new());
    let outcome = conez::run(
        &loaded,
        &settings,
        input.as_ref(),
        &mut |done, total| progress.borrow_mut().at(done as usize, total as usize),
        &mut |text| progress.borrow().aside(|| show.text(text)),
    );
    progress.into_inner().finish();
    let outcome = outcome.map_err(|source| Failure::RunConez { source })?;
    let text = show.end()?;
    let written = files.write(&outcome)?;
    if let Some((file, profile)) = files.profile.as_ref().zip(outcome.profile.as_ref()) {
        file.write(profile.json().as_bytes())?;
        profile.apply(&mut storages);
        plan = place(board, &storages);
    }
    print_report(arguments, board, &plan, &outcome, written, text)?;
    let Some(fault) = &outcome.fault else { return Ok(()) };
    source.print_fault(fault);
    Err(match (&files.sound, &outcome.sound) {
        (Some(file), Some(sound)) if written.is_some() => {
            let frames = sound.samples.len() / usize::from(sound.channels);
            Failure::Fault { output: file.path().to_owned(), frames }
        }
        (Some(file), _) => Failure::Silence { older: file.exists(), output: file.path().to_owned() },
        (None, _) => Failure::Stopped,
    })
}

/// Refuses what says nothing to other patches.
pub fn refuse_own_options(arguments: &RunArguments) -> Result<(), Failure> {
    let given = [
        ("--dir", arguments.dir.is_some()),
        ("--epoch", arguments.epoch.is_some()),
        ("--leds", arguments.leds.is_some()),
    ];
    refuse(given, |option| Failure::OnlyForConez { option })
}

/// Refuses what says nothing to a patch of the ConeZ.
fn refuse_others(arguments: &RunArguments) -> Result<(), Failure> {
    let given = [
        ("--param (see --set)", !arguments.parameters.is_empty()),
        ("--swap-at", arguments.swap_at.is_some()),
        ("--clock", arguments.clock.is_some()),
        ("--config", !arguments.config.is_empty()),
        ("--instances", arguments.instances != 1),
    ];
    refuse(given, |option| Failure::NotForConez { option })
}

/// Refuses what is about sound when there is none.
fn refuse_for_silence(arguments: &RunArguments, loaded: &Loaded) -> Result<(), Failure> {
    let given = [
        ("--in", arguments.input.is_some()),
        ("--out", arguments.output.is_some()),
        ("--mix", arguments.mix != 1.0),
        ("--gain", arguments.gain != 0.0),
    ];
    if loaded.is_effect() { Ok(()) } else { refuse(given, |option| Failure::OnlyForEffects { option }) }
}

fn refuse<const N: usize>(
    given: [(&'static str, bool); N],
    failure: impl Fn(&'static str) -> Failure,
) -> Result<(), Failure> {
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(failure(option)),
        None => Ok(()),
    }
}

fn settings(arguments: &RunArguments, board: &Board, paging: Option<Paging>) -> Result<Settings, Failure> {
    let changes = arguments.changes.iter().map(Change::try_from).collect::<Result<Vec<Change>, _>>();
    Ok(Settings {
        directory: arguments.dir.clone(),
        seed: arguments.seed,
        epoch: arguments.epoch.unwrap_or(Settings::EPOCH),
        changes: changes.map_err(|source| Failure::SetConez { source })?,
        seconds: arguments.seconds.unwrap_or(Settings::SECONDS),
        block: arguments.block,
        mix: arguments.mix,
        gain: 10f32.powf(arguments.gain / 20.0),
        budget: arguments.max_instructions,
        processor: sound::processor(arguments, board),
        paging,
        profiles: arguments.profile.is_some(),
        cache: board.cache.clone(),
    })
}

/// The files that a run leaves.
struct Files {
    /// Of an effect.
    sound: Option<Output>,
    leds: Option<(Picture, Output)>,
    profile: Option<Output>,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy)]
enum Picture {
    Svg,
    Png,
}

impl Files {
    /// Refuses at once what could not be written.
    fn new(arguments: &RunArguments, source: &Source, loaded: &Loaded) -> Result<Files, Failure> {
        let read: Vec<&Path> = [source.path()].into_iter().chain(arguments.read()).collect();
        let output =
            |option, path: Option<PathBuf>| path.map(|path| Output::new(option, path, &read)).transpose();
        let sound = arguments.output.clone().unwrap_or_else(|| source.beside("wav"));
        let leds = arguments.leds.as_ref().map(|path| picture(path)).transpose()?;
        let files = Files {
            sound: output("--out", loaded.is_effect().then_some(sound))?,
            leds: leds.zip(output("--leds", arguments.leds.clone())?),
            profile: output("--profile", arguments.profile.clone())?,
        };
        let Files { sound, leds, profile } = &files;
        let leds = leds.as_ref().map(|(_, output)| output);
        Output::apart([sound.as_ref(), leds, profile.as_ref()].into_iter().flatten())?;
        Ok(files)
    }

    /// Writes sound and picture; the file with the sound, unless there is none.
    fn write(&self, outcome: &Outcome) -> Result<Option<&Output>, Failure> {
        if let Some((format, file)) = &self.leds {
            match format {
                Picture::Svg => file.write(outcome.lights.svg().as_bytes())?,
                Picture::Png => file.write(&outcome.lights.png())?,
            }
        }
        let made = self.sound.as_ref().zip(outcome.sound.as_ref());
        let made = made.filter(|(_, sound)| !sound.samples.is_empty() || outcome.fault.is_none());
        made.map(|(file, sound)| {
            wav::write_sound(file.path(), sound, Format::default())?;
            Ok(file)
        })
        .transpose()
    }
}

fn picture(path: &Path) -> Result<Picture, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "svg" => Ok(Picture::Svg),
        "png" => Ok(Picture::Png),
        _ => Err(Failure::Picture { path: path.to_owned() }),
    }
}

/// Shows what the patch prints: at once, or in a report for programs, as much as that holds.
struct Show {
    /// For a report for programs.
    kept: Option<RefCell<Vec<u8>>>,
    last: RefCell<(u8, Result<(), Failure>)>,
}

/// The bytes that a report for programs holds of what a patch has printed.
const MOST_KEPT: usize = 1 << 20;

impl Show {
    fn new(as_json: bool) -> Show {
        Show { kept: as_json.then(RefCell::default), last: RefCell::new((b'\n', Ok(()))) }
    }

    fn text(&self, text: &[u8]) {
        if let Some(kept) = &self.kept {
            let mut kept = kept.borrow_mut();
            let room = MOST_KEPT.saturating_sub(kept.len());
            kept.extend_from_slice(&text[..text.len().min(room)]);
            return;
        }
        let mut last = self.last.borrow_mut();
        last.0 = text.last().copied().unwrap_or(last.0);
        if last.1.is_ok() {
            last.1 = terminal::print_of_patch(text);
        }
    }

    /// Ends the last line; what was kept.
    fn end(self) -> Result<Option<String>, Failure> {
        let (last, shown) = self.last.into_inner();
        shown?;
        if last != b'\n' {
            terminal::print("\n")?;
        }
        Ok(self.kept.map(|kept| String::from_utf8_lossy(&kept.into_inner()).into_owned()))
    }
}

fn print_report(
    arguments: &RunArguments,
    board: &Board,
    plan: &Plan,
    outcome: &Outcome,
    output: Option<&Output>,
    text: Option<String>,
) -> Result<(), Failure> {
    if arguments.place.json {
        return terminal::print(&json(plan, outcome, output, text.as_deref()));
    }
    let memory = report::text(plan, board, terminal::style());
    let run = terminal::printable(&outcome.report.to_string()).into_owned();
    let colours = if terminal::colours(&io::stdout()) { strips(&outcome.lights) } else { String::new() };
    let deadline = outcome.report.audio.and_then(|audio| audio.deadline);
    let deadline = deadline_source(deadline.and(board.cycles_per_instruction), arguments);
    let written = match (output, outcome.report.audio) {
        (output, Some(audio)) => {
            let real_time =
                audio.samples as f64 / f64::from(audio.rate) / outcome.elapsed.as_secs_f64().max(1e-9);
            format!("{}\n", sound::written(output, audio.samples as usize, "", real_time))
        }
        (_, None) => String::new(),
    };
    let gap = if outcome.report.printed > 0 { "\n" } else { "" };
    terminal::print(&format!("{gap}{memory}\n{run}{colours}\n{deadline}{written}"))
}

/// What the strips show at the end, in the colours of a terminal.
fn strips(lights: &Lights) -> String {
    let line = |(strip, colours): (usize, &[[u8; 3]])| {
        let pixel = |[red, green, blue]: &[u8; 3]| format!("\u{1b}[38;2;{red};{green};{blue}m█");
        let pixels: String = colours.iter().map(pixel).collect();
        format!("  {strip} {pixels}\u{1b}[0m\n")
    };
    lights.last_colours().map(line).collect()
}

/// The report for programs, with the fields of that of other patches, and what the patch has printed.
fn json(plan: &Plan, outcome: &Outcome, output: Option<&Output>, text: Option<&str>) -> String {
    let audio = outcome.report.audio;
    let seconds = outcome.elapsed.as_secs_f64().max(1e-9);
    let whole = serde_json::json!({
        "format": report::FORMAT,
        "output": output.map(|output| output.path().display().to_string()),
        "frames": audio.map_or(0, |audio| audio.samples),
        "real_time_factor": audio.map(|audio| audio.samples as f64 / f64::from(audio.rate) / seconds),
        "plan": report::PlanReport::new(plan),
        "swap": null,
        "text": text,
        "run": outcome.report,
    });
    format!("{whole:#}\n")
}
