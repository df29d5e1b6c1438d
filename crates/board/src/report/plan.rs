//! The report of a plan for people.

use std::cmp::Reverse;

use super::Style;
use super::page::{Page, Tone, percent};
use crate::board::Board;
use crate::bytes;
use crate::plan::{MemoryTime, Placement, Plan, Usage, with_remedies};
use crate::storage::{Kind, Storage};

/// Storages' names longer than this are cut.
const LONGEST_NAME: usize = 40;

/// The plan as a table of the regions with their use, a table of the storages, and the headroom or what does
/// not fit.
pub fn text(plan: &Plan, board: &Board, style: Style) -> String {
    let mut page = Page::new(style);
    let title = page.tone(Tone::Title, &format!("Memory of {}", page.name(&plan.board, LONGEST_NAME)));
    page.line(&title);
    page.line("");
    regions(&mut page, plan, board);
    paged(&mut page, plan);
    page.line("");
    storages(&mut page, plan);
    outcome(&mut page, plan, board);
    page.finish()
}

/// One line a region, the fastest first.
fn regions(page: &mut Page, plan: &Plan, board: &Board) {
    let names = column(plan.regions.iter().map(|usage| page.name(&usage.region, LONGEST_NAME)), "region");
    let used = column(plan.regions.iter().map(|usage| bytes::grouped(taken(usage))), "used");
    let holds = column(plan.regions.iter().map(|usage| bytes::grouped(usage.capacity())), "of bytes");
    let closed = board.regions.iter().any(|region| region.accepts.is_empty());
    let last = if closed { "no patch" } else { "100.0 %" };
    let numbers = 2 + names + 2 + 2 + used + 2 + holds + 2 + last.len();
    let width = page.style.width.saturating_sub(numbers).clamp(10, 48);

    let head = format!("  {:<names$}  {:<width$}  {:>used$}  {:>holds$}", "region", "", "used", "of bytes");
    let head = page.tone(Tone::Quiet, &head);
    page.line(&head);
    for usage in &plan.regions {
        if board.region(&usage.region).is_some_and(|region| region.accepts.is_empty()) {
            let line = format!(
                "  {:<names$}  {}  {:>used$}  {:>holds$}  {}",
                page.name(&usage.region, LONGEST_NAME),
                " ".repeat(width),
                "",
                bytes::grouped(usage.capacity()),
                "no patch",
            );
            let line = page.tone(Tone::Quiet, &line);
            page.line(&line);
            continue;
        }
        let refused =
            plan.unplaced.iter().any(|u| u.refusals.iter().any(|refusal| refusal.region == usage.region));
        let tone = match taken(usage) as f64 / usage.capacity().max(1) as f64 {
            _ if refused => Tone::Bad,
            share if share > 0.8 => Tone::Close,
            _ => Tone::Good,
        };
        let line = format!(
            "  {:<names$}  {}  {:>used$}  {:>holds$}  {}",
            page.name(&usage.region, LONGEST_NAME),
            page.bar(width, usage.bytes, taken(usage), usage.reserved, tone),
            bytes::grouped(taken(usage)),
            bytes::grouped(usage.capacity()),
            page.tone(
                if refused { Tone::Bad } else { Tone::Plain },
                &format!("{:>7}", percent(taken(usage), usage.capacity()))
            ),
        );
        page.line(&line);
    }
    let reserved: u64 = plan.regions.iter().map(|usage| usage.reserved).sum();
    if reserved > 0 {
        let mark = if page.style.unicode { '▒' } else { 'x' };
        let text = format!(
            "  {mark} {} that the board needs for itself are not among \"of bytes\"",
            bytes::text(reserved)
        );
        let text = page.tone(Tone::Quiet, &text);
        page.line(&text);
    }
}

/// How the linear memory lies in two regions.
fn paged(page: &mut Page, plan: &Plan) {
    let Some(paged) = &plan.paged else { return };
    let bytes = |bytes: u32| bytes::grouped(bytes.into());
    let which = match paged.is_chosen() {
        true => format!("{} B of it that a run has accessed most", bytes(paged.pinned_bytes())),
        false => format!("its first {} B", bytes(paged.window_bytes)),
    };
    page.paragraph(
        Tone::Plain,
        "  ",
        &format!(
            "{} is paged: all linear memory lies there, {which} stay in {}, and the rest comes by pages of {} B into the page \
             cache.",
            page.name(&paged.store, LONGEST_NAME),
            page.name(&paged.window, LONGEST_NAME),
            bytes(paged.page_bytes),
        ),
    );
}

/// One line a storage under its region, the largest first.
fn storages(page: &mut Page, plan: &Plan) {
    let all = || {
        plan.placements
            .iter()
            .map(|placement| &placement.storage)
            .chain(plan.unplaced.iter().map(|u| &u.storage))
    };
    if all().next().is_none() {
        page.line("  The patch has no storages.");
        page.line("");
        return;
    }
    let names = column(all().map(|storage| page.name(&storage.name, LONGEST_NAME)), "storage");
    let sizes = column(all().map(|storage| bytes::grouped(storage.bytes.into())), "bytes");
    let kinds = column(all().map(|storage| storage.kind.to_string()), "kind");
    let lines = column(all().filter_map(|storage| storage.line).map(|line| line.to_string()), "line");
    let counts = column(all().map(|storage| words(storage, storage.bytes)), "words");
    let cycles = column(plan.placements.iter().map(|placement| cycles(placement.cycles)), "cycles");
    let addresses = column(plan.placements.iter().map(place), "address");
    let head = format!(
        "    {:<names$}  {:>sizes$}  {:<kinds$}  {:>lines$}  {:<addresses$}  {:>counts$}  {:>cycles$}",
        "storage",
        "bytes",
        "kind",
        "line",
        "address",
        "words",
        if plan.placements.iter().any(|placement| placement.cycles.is_some()) { "cycles" } else { "" }
    );
    let head = page.tone(Tone::Quiet, head.trim_end());
    page.line(&head);

    let row = |page: &Page, storage: &Storage, bytes: u32, place: &str, time: &str| {
        let line = storage.line.map_or(page.nothing().to_owned(), |line| line.to_string());
        format!(
            "    {:<names$}  {:>sizes$}  {:<kinds$}  {line:>lines$}  {place:<addresses$}  {:>counts$}  {time:>cycles$}",
            page.name(&storage.name, LONGEST_NAME),
            bytes::grouped(bytes.into()),
            storage.kind,
            words(storage, bytes),
        )
    };
    for usage in &plan.regions {
        let mut inside: Vec<&Placement> =
            plan.placements.iter().filter(|placement| placement.region == usage.region).collect();
        if inside.is_empty() {
            continue;
        }
        inside.sort_by_key(|placement| (Reverse(placement.bytes), placement.offset));
        let name = page.tone(Tone::Title, &page.name(&usage.region, LONGEST_NAME));
        page.line(&format!("  {name}"));
        for placement in inside {
            let row = row(
                page,
                &placement.storage,
                placement.bytes,
                &place(placement),
                &self::cycles(placement.cycles),
            );
            page.line(&row);
        }
        if usage.padding > 0 {
            let is_paged = plan.paged.as_ref().is_some_and(|paged| paged.has(&usage.region));
            let what = if is_paged { "(gaps)" } else { "(alignment)" };
            let text = format!("    {what:<names$}  {:>sizes$}", bytes::grouped(usage.padding));
            let text = page.tone(Tone::Quiet, &text);
            page.line(&text);
        }
    }
    if !plan.unplaced.is_empty() {
        let name = page.tone(Tone::Bad, "without a place");
        page.line(&format!("  {name}"));
        for unplaced in &plan.unplaced {
            let row = row(page, &unplaced.storage, unplaced.storage.bytes, page.nothing(), "");
            page.line(&row);
        }
    }
    page.line("");
}

/// The last lines: what is left, or what is missing.
fn outcome(page: &mut Page, plan: &Plan, board: &Board) {
    if !plan.fits() {
        let count = plan.unplaced.len();
        let text = format!(
            "Does not fit: {count} {} without a place.",
            if count == 1 { "storage" } else { "storages" }
        );
        let text = page.tone(Tone::Bad, &text);
        page.line(&text);
        for (unplaced, remedy) in with_remedies(&plan.unplaced) {
            page.paragraph(Tone::Plain, "  ", &format!("{unplaced}."));
            if !remedy.is_empty() {
                page.paragraph(Tone::Good, "    help: ", &format!("{remedy}."));
            }
        }
        relief(page, plan);
        return;
    }
    let total: u64 = plan.regions.iter().map(taken).sum();
    let count = plan.placements.iter().filter(|placement| placement.from == 0).count();
    let text = format!(
        "Fits: {} in {count} {}.",
        bytes::text(total),
        if count == 1 { "storage" } else { "storages" }
    );
    let text = page.tone(Tone::Good, &text);
    page.line(&text);
    let room = plan
        .regions
        .iter()
        .filter(|usage| {
            board.region(&usage.region).is_some_and(|r| r.accepts.contains(&Kind::Delay) && r.only.is_empty())
        })
        .max_by_key(|usage| usage.free);
    if let Some(usage) = room {
        page.paragraph(
            Tone::Plain,
            "Headroom: ",
            &format!(
                "the longest delay line that could be added has {}, in {}: {}.",
                bytes::text(usage.free),
                usage.region,
                bytes::as_sound(usage.free)
            ),
        );
    }
    time(page, plan, board);
}

/// The single changes that would be enough.
fn relief(page: &mut Page, plan: &Plan) {
    /// More ways than this make no one wiser.
    const SHOWN: usize = 4;

    if plan.reliefs.is_empty() {
        return;
    }
    page.line("");
    page.paragraph(Tone::Good, "", "All of it fits after any one of these changes, the smallest first:");
    for relief in plan.reliefs.iter().take(SHOWN) {
        page.paragraph(Tone::Plain, "  ", &relief.to_string());
    }
}

/// What the accesses take, how far that is from the least, and what would make it less.
fn time(page: &mut Page, plan: &Plan, board: &Board) {
    let Some(time) = &plan.time else { return };
    let cycles = |cycles: f64| self::cycles(Some(cycles));
    let least = match (time.proven, time.gap()) {
        (true, _) => "and it is proven that no plan takes fewer".to_owned(),
        (false, gap) => format!(
            "and no plan takes fewer than {}: this one is within {:.1} %",
            cycles(time.bound),
            gap * 100.0
        ),
    };
    page.paragraph(
        Tone::Plain,
        "Memory time: ",
        &format!(
            "{} cycles a sample by the board's costs, a model, not verified on hardware; {least}.",
            cycles(time.cycles)
        ),
    );
    if let Some(little) = little_to_gain(time, board) {
        page.paragraph(Tone::Plain, "  ", &little);
    }
    let prices = plan.regions.iter().filter_map(|usage| Some((usage, usage.price? * 1024.0)));
    for (usage, price) in prices.filter(|(_, price)| *price >= LEAST_SHOWN) {
        let text =
            format!("1 KB more of {} would save about {} cycles a sample.", usage.region, cycles(price));
        page.paragraph(Tone::Plain, "  ", &text);
    }
    let storages = plan.placements.iter().filter(|placement| placement.from == 0).count();
    if time.measured < storages {
        let assumed = match storages - time.measured {
            1 => "1 storage".to_owned(),
            count => format!("{count} storages"),
        };
        page.paragraph(
            Tone::Quiet,
            "  ",
            &format!("(~) The traffic of {assumed} is assumed from the kind; `sostenuto run --profile` measures it."),
        );
    }
}

/// Cycles below this are not told.
pub(crate) const LEAST_SHOWN: f64 = 0.005;

/// That it hardly matters where the storages lie, if so.
fn little_to_gain(time: &MemoryTime, board: &Board) -> Option<String> {
    /// In percent of the time between two samples.
    const LITTLE: f64 = 1.0;

    let between = board.clock_hz? as f64 / 48_000.0;
    let share = (time.dearest - time.cycles) / between * 100.0;
    (share < LITTLE).then(|| {
        format!(
            "It hardly matters where this patch's storages lie: if each were where it costs most, that would take {} \
             cycles, {share:.2} % more of the time between two samples at 48 kHz.",
            cycles(Some(time.dearest))
        )
    })
}

/// The words read and written a sample in so many bytes of a storage; with a mark if they are assumed.
pub(crate) fn words(storage: &Storage, bytes: u32) -> String {
    let words = storage.traffic().accesses() * f64::from(bytes) / f64::from(storage.bytes.max(1));
    let mark = if storage.traffic.is_none() { "~" } else { "" };
    match words {
        0.0 => "0".to_owned(),
        words if words < LEAST_SHOWN => format!("{mark}<0.01"),
        words if words < 100.0 => format!("{mark}{words:.2}"),
        words => format!("{mark}{}", bytes::grouped(words.round() as u64)),
    }
}

/// A number of cycles.
pub(crate) fn cycles(cycles: Option<f64>) -> String {
    match cycles {
        None => String::new(),
        Some(0.0) => "0".to_owned(),
        Some(cycles) if cycles < LEAST_SHOWN => "<0.01".to_owned(),
        Some(cycles) if cycles < 100.0 => format!("{cycles:.2}"),
        Some(cycles) => bytes::grouped(cycles.round() as u64),
    }
}

/// Where a storage lies: its address, or its distance from the start of the region.
pub(crate) fn place(placement: &Placement) -> String {
    match placement.address {
        Some(address) => format!("{address:#010x}"),
        None => format!("+{:#06x}", placement.offset),
    }
}

/// The bytes of a region that nothing else can have.
fn taken(usage: &Usage) -> u64 {
    usage.used + usage.padding
}

/// The width of a column: of its widest cell or its heading.
fn column(cells: impl Iterator<Item = String>, heading: &str) -> usize {
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(heading.len())
}
