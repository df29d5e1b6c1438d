//! The reports of boards for people.

use super::Style;
use super::page::{Page, Tone};
use crate::board::Board;
use crate::bytes;
use crate::paged::Paged;
use crate::region::{Cache, Cost, End, Region, Retained, Start};
use crate::storage::Kind;

/// A board with all its facts and their sources.
pub fn board(board: &Board, style: Style) -> String {
    let mut page = Page::new(style);
    let name = page.tone(Tone::Title, &page.name(&board.name, 40));
    page.line(&name);
    page.paragraph(Tone::Plain, "", &board.title);
    if !board.description.is_empty() {
        page.line("");
        page.paragraph(Tone::Plain, "", &board.description);
    }
    page.line("");
    speed(&mut page, board);
    page.paragraph(Tone::Quiet, "source: ", &board.source);
    page.line("");
    overview(&mut page, board);
    for boot in &board.boots {
        page.line("");
        let head = page.tone(Tone::Title, &format!("boot mode {}", page.name(&boot.name, 40)));
        page.line(&head);
        let what = format!(
            "code in {}, variables in {}, the stack in {} ({})",
            boot.code, boot.data, boot.stack, boot.source
        );
        page.paragraph(Tone::Plain, "  ", &what);
    }
    for region in board.by_speed() {
        page.line("");
        details(&mut page, region);
    }
    if let Some(memory) = &board.paged {
        page.line("");
        paged(&mut page, memory);
    }
    page.finish()
}

/// The built-in boards, one a line.
pub fn boards(style: Style) -> String {
    let mut page = Page::new(style);
    let names = Board::builtin_names().map(str::len).max().unwrap_or(0);
    for name in Board::builtin_names() {
        let Ok(board) = Board::builtin(name) else { continue };
        let default = if name == Board::DEFAULT { " (default)" } else { "" };
        let head = format!("{name:names$}  ");
        page.paragraph(Tone::Plain, &head, &format!("{}{default}", board.title));
    }
    page.finish()
}

fn speed(page: &mut Page, board: &Board) {
    match board.clock_hz {
        Some(hz) => {
            page.line(&format!("clock: {}", bytes::megahertz(hz)));
            page.paragraph(Tone::Quiet, "  ", &board.clock_source);
        }
        None => page.line("clock: not published"),
    }
    if let Some(cache) = &board.cache {
        let what = format!(
            "data cache: {}, {} ways, lines of {} B",
            bytes::short(cache.bytes.into()),
            cache.ways,
            cache.line
        );
        page.line(&what);
        page.paragraph(Tone::Quiet, "  ", &cache.source);
    }
    if let Some(cycles) = board.cycles_per_instruction {
        let budget = match board.instructions_per_sample(48_000.0) {
            Some(count) => format!(", so {} between two samples at 48 kHz", bytes::grouped(count as u64)),
            None => String::new(),
        };
        page.line(&format!("interpreted instruction: {cycles} cycles{budget}"));
        page.paragraph(Tone::Quiet, "  ", &board.cycles_source);
    }
}

/// One line a region: what a user compares.
fn overview(page: &mut Page, board: &Board) {
    let names: Vec<_> = board.regions.iter().map(|region| page.name(&region.name, 40)).collect();
    let names = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("region".len());
    let nothing = page.nothing();
    let size = |region: &Region| match region.accepts.is_empty() {
        true => nothing.to_owned(),
        false => bytes::grouped(region.capacity()),
    };
    let sizes = board.regions.iter().map(|region| size(region).chars().count()).max().unwrap_or(0);
    let sizes = sizes.max("for patches".len());
    let head = format!("  {:<names$}  {:>sizes$}  {:>4}  takes", "region", "for patches", "rank");
    let head = page.tone(Tone::Quiet, &head);
    page.line(&head);
    for region in board.by_speed() {
        let name = page.name(&region.name, 40);
        let head = format!("  {name:<names$}  {:>sizes$}  {:>4}  ", size(region), region.rank);
        let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !region.accepts.contains(kind)).collect();
        let list = |kinds: &[&Kind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        let mut takes = match missing.len() {
            0 => "everything".to_owned(),
            1 => format!("everything but {}", list(&missing)),
            _ if region.accepts.is_empty() => "nothing of a patch".to_owned(),
            _ => list(&region.accepts.iter().collect::<Vec<_>>()),
        };
        if !region.only.is_empty() {
            takes += &format!(", only `{}`", region.only.join("`, `"));
        }
        page.paragraph(if region.accepts.is_empty() { Tone::Quiet } else { Tone::Plain }, &head, &takes);
    }
}

/// A region with the sources of its facts.
fn details(page: &mut Page, region: &Region) {
    let mut head =
        format!("{}  {}", page.tone(Tone::Title, &page.name(&region.name, 40)), bytes::short(region.bytes));
    if let Some(origin) = region.origin {
        head += &format!("  {origin:#010x} to {:#010x}", u64::from(origin) + region.bytes - 1);
    }
    page.line(&head);
    for part in &region.reserved {
        let end = match part.at {
            End::Start => "start",
            End::End => "end",
        };
        let when = match &part.boot[..] {
            [] => String::new(),
            boots => format!(" in boot mode {}", boots.join(" and ")),
        };
        page.paragraph(
            Tone::Plain,
            "  reserved  ",
            &format!("{} at the {end}{when}: {} ({})", bytes::text(part.bytes), part.why, part.source),
        );
    }
    page.paragraph(Tone::Plain, "  speed     ", &format!("rank {} ({})", region.rank, region.speed_source));
    if let Some(cost) = &region.cost {
        page.paragraph(Tone::Plain, "  cost      ", &format!("{} ({})", access(cost), cost.source));
    }
    if !region.bus_source.is_empty() {
        page.paragraph(
            Tone::Plain,
            "  bus       ",
            &format!("{} ({})", connection(region), region.bus_source),
        );
    }
    if let Some(mpu) = region.mpu {
        let what = match mpu {
            Cache::Never => "not cached".to_owned(),
            mpu => cached(mpu),
        };
        page.paragraph(Tone::Plain, "  MPU       ", &format!("{what} ({})", region.mpu_source));
    }
    if let Some(start) = region.start {
        let what = match start {
            Start::Loaded => "holds what the program was linked with",
            Start::Undefined => "holds chance values: nothing copies or zeroes it",
            Start::Late => "holds chance values, and no access before its controller is started",
        };
        page.paragraph(Tone::Plain, "  at start  ", &format!("{what} ({})", region.start_source));
    }
    if let Some(retained) = region.retained {
        let what = match retained {
            Retained::Nothing => "nothing survives a reset",
            Retained::Reset => "survives a reset, not lost power",
            Retained::Battery => "survives lost power while a battery feeds it",
            Retained::Power => "survives lost power",
        };
        page.paragraph(Tone::Plain, "  retained  ", &format!("{what} ({})", region.retained_source));
    }
    if !region.note.is_empty() {
        page.paragraph(Tone::Plain, "  note      ", &region.note);
    }
    page.paragraph(Tone::Quiet, "  source    ", &region.source);
}

/// Bus, masters and cache, as far as they are told.
fn connection(region: &Region) -> String {
    let masters = region.masters.as_ref().map(|masters| match &masters[..] {
        [] => "no DMA reaches it".to_owned(),
        masters => format!("reached by {}", masters.join(", ")),
    });
    let cache = region.cache.map(cached);
    let bus = Some(region.bus.clone()).filter(|bus| !bus.is_empty());
    [bus, masters, cache].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What a cache does with a region.
fn cached(cache: Cache) -> String {
    match cache {
        Cache::Never => "never cached".to_owned(),
        Cache::Device => "device memory unless the MPU says otherwise".to_owned(),
        cache => format!("cached, {}", cache.name()),
    }
}

/// What an access takes.
fn access(cost: &Cost) -> String {
    let pair = |what: &str, pair: Option<(f64, f64)>| {
        pair.map(|(first, next)| format!("a {what} {first} cycles, the next {next}"))
    };
    [pair("word", cost.word), pair("line", cost.line)].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// How linear memory is paged, with the sources of the facts.
fn paged(page: &mut Page, paged: &Paged) {
    let head = page.tone(Tone::Title, "paged memory");
    let Paged { store, window, window_bytes, page_bytes, frames, .. } = paged;
    let window_frames = window_bytes / page_bytes;
    page.line(&head);
    page.paragraph(
        Tone::Plain,
        "  pages     ",
        &format!(
            "linear memory lies in {store}, in pages of {page_bytes} B; {frames} of them are in fast memory, \
             {window_frames} for {window}, its first {} B",
            bytes::grouped((*window_bytes).into())
        ),
    );
    let clocks: Vec<String> = paged.clocks_hz.iter().map(|&hz| bytes::megahertz(hz.into())).collect();
    let lanes = if paged.lanes == 1 { "1 lane".to_owned() } else { format!("{} lanes", paged.lanes) };
    let longest = paged.longest_burst.map_or(String::new(), |most| format!(", {most} B in a burst at most"));
    page.paragraph(
        Tone::Plain,
        "  bus       ",
        &format!("{} over {lanes} at {}{longest} (--psram-clock)", paged.chip, clocks.join(" or ")),
    );
    page.paragraph(
        Tone::Plain,
        "  speed     ",
        &format!(
            "beside the clocks {} ns a burst and {} ns a byte ({})",
            bytes::grouped(paged.burst_overhead_ns.into()),
            f64::from(paged.byte_overhead_ps) / 1_000.0,
            paged.speed_source
        ),
    );
    page.paragraph(Tone::Quiet, "  source    ", &paged.source);
}
