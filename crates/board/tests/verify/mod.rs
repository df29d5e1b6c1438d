//! Holds a plan against what the documentation promises of it. Nothing here is the placer's own.

use std::collections::BTreeMap;

use sostenuto_board::{Board, Cache, End, Kind, Placement, Plan, Region, Storage};

/// Which regions the storage may be in, by the documentation.
pub fn homes<'a>(board: &'a Board, storage: &Storage) -> Vec<&'a Region> {
    let claimed = board.regions.iter().any(|region| region.only.contains(&storage.name));
    let mut homes: Vec<&Region> = Vec::new();
    for region in &board.regions {
        let is_named = if claimed { region.only.contains(&storage.name) } else { region.only.is_empty() };
        let is_reached = storage.needs.masters.iter().all(|master| {
            region.masters.as_ref().is_some_and(|reaching| reaching.iter().any(|name| name == master))
        });
        let survives = match storage.needs.retained {
            Some(least) => region.retained.is_some_and(|retained| retained as u8 >= least as u8),
            None => true,
        };
        let is_set = match storage.needs.start {
            Some(least) => region.start.is_some_and(|start| start as u8 >= least as u8),
            None => true,
        };
        let is_place = match (&board.paged, storage.address) {
            (Some(paged), Some(address)) => {
                let in_window =
                    u64::from(address) + u64::from(storage.bytes) <= u64::from(paged.window_bytes);
                region.name == if in_window { &paged.window[..] } else { &paged.store[..] }
            }
            (Some(paged), None) => region.name != paged.window && region.name != paged.store,
            (None, _) => true,
        };
        if region.accepts.contains(&storage.kind) && is_named && is_reached && survives && is_set && is_place
        {
            homes.push(region);
        }
    }
    // What DMA moves is in no cached memory if there is another that it reaches.
    if !storage.needs.masters.is_empty() && homes.iter().any(|region| !is_cached(region)) {
        homes.retain(|region| !is_cached(region));
    }
    homes
}

/// The MPU's setting counts before what the processor does by itself.
pub fn is_cached(region: &Region) -> bool {
    matches!(region.mpu.or(region.cache), Some(Cache::WriteBack | Cache::WriteThrough))
}

/// Cycles of the storage's traffic in a region, as the documentation of the costs has it.
pub fn cycles(region: &Region, storage: &Storage) -> f64 {
    let traffic = storage.traffic();
    let cost = region.cost.as_ref().unwrap();
    let accesses = traffic.reads + traffic.writes;
    if is_cached(region) {
        let (line, next) = cost.line.unwrap();
        accesses + traffic.lines * line + (traffic.next_lines + traffic.written_lines) * next
    } else {
        let (word, next) = cost.word.unwrap();
        let begun = if traffic.lines < accesses { traffic.lines } else { accesses };
        begun * word + (accesses - begun) * next
    }
}

/// What is wrong with a plan for these storages, of which no two are alike.
pub fn plan(board: &Board, storages: &[Storage], plan: &Plan) -> Result<(), String> {
    if plan.fits() != plan.unplaced.is_empty() || plan.fits() != plan.check().is_ok() {
        return Err("it is not clear whether it fits".to_owned());
    }
    for storage in storages {
        whole(plan, storage)?;
    }
    for placement in &plan.placements {
        if !storages.contains(&placement.storage) {
            return Err(format!("nobody asked for {placement:?}"));
        }
        alone(board, placement)?;
    }
    for (at, one) in plan.placements.iter().enumerate() {
        for other in &plan.placements[..at] {
            if one.region == other.region && overlap(board, one, other) && !may_share(board, one, other) {
                return Err(format!("{one:?} and {other:?} overlap"));
            }
        }
    }
    usage(board, plan)?;
    time(board, storages, plan)
}

/// Each byte of a storage is in one place, or the storage is told to have none.
fn whole(plan: &Plan, storage: &Storage) -> Result<(), String> {
    let mut parts: Vec<&Placement> =
        plan.placements.iter().filter(|placement| placement.storage == *storage).collect();
    let told = plan.unplaced.iter().filter(|unplaced| unplaced.storage == *storage).count();
    if told > 0 {
        let is_all_there =
            parts.iter().map(|part| u64::from(part.bytes)).sum::<u64>() >= storage.bytes.into();
        return if told > 1 || is_all_there {
            Err(format!("{storage:?} has places and is told"))
        } else {
            Ok(())
        };
    }
    parts.sort_by_key(|part| part.from);
    let mut end = 0;
    for (at, part) in parts.iter().enumerate() {
        if part.from != end {
            return Err(format!("{part:?} does not begin at byte {end}"));
        }
        end += part.bytes;
        let step = storage.needs.split.unwrap_or(storage.bytes).max(1);
        if at + 1 < parts.len() && !part.bytes.is_multiple_of(step) {
            return Err(format!("{part:?} is no multiple of {step} B"));
        }
    }
    if end != storage.bytes || parts.is_empty() {
        return Err(format!("{end} B of {storage:?} have places"));
    }
    Ok(())
}

/// What must be true of a placement whatever else there is.
fn alone(board: &Board, placement: &Placement) -> Result<(), String> {
    let Placement { storage, region, offset, address, .. } = placement;
    let region = board.region(region).ok_or("there is no such region")?;
    let fault = |what: &str| Err(format!("{what}: {placement:?}"));
    if *address != region.origin.map(|origin| u64::from(origin) + offset) {
        return fault("the address is not that of the offset");
    }
    if storage.bytes == 0 {
        return Ok(());
    }
    if !homes(board, storage).iter().any(|home| home.name == region.name) {
        return fault("it may not be there");
    }
    let (start, end) = span(board, placement);
    if start < reserved(region, End::Start) || end + reserved(region, End::End) > region.bytes {
        return fault("it is not in what the region has to give");
    }
    if is_addressed(board, storage) {
        return if Some(*offset) == storage.address.map(u64::from) { Ok(()) } else { fault("it has moved") };
    }
    let begin = address.unwrap_or(*offset);
    if placement.from == 0 && !begin.is_multiple_of(storage.align.max(1).into()) {
        return fault("it is not aligned");
    }
    match line(board, placement) {
        Some(line) if !begin.is_multiple_of(line) => fault("it begins within a line of the cache"),
        _ => Ok(()),
    }
}

/// The line of the cache that a placement must not share: of what DMA moves past a cache.
fn line(board: &Board, placement: &Placement) -> Option<u64> {
    let region = board.region(&placement.region).unwrap();
    let is_cleaned = is_cached(region) && !placement.storage.needs.masters.is_empty();
    board.cache.as_ref().filter(|_| is_cleaned).map(|cache| cache.line.into())
}

fn is_addressed(board: &Board, storage: &Storage) -> bool {
    board.paged.is_some() && storage.address.is_some()
}

/// From which offset to which other it takes the bytes of its region.
fn span(board: &Board, placement: &Placement) -> (u64, u64) {
    let bytes = u64::from(placement.bytes);
    let bytes = line(board, placement).map_or(bytes, |line| bytes.next_multiple_of(line));
    (placement.offset, placement.offset + bytes)
}

fn reserved(region: &Region, end: End) -> u64 {
    region.reserved.iter().filter(|part| part.at == end).map(|part| part.bytes).sum()
}

fn overlap(board: &Board, one: &Placement, other: &Placement) -> bool {
    let ((a, b), (c, d)) = (span(board, one), span(board, other));
    a < d && c < b && a < b && c < d
}

fn may_share(board: &Board, one: &Placement, other: &Placement) -> bool {
    let scratch = one.storage.kind == Kind::Scratch && other.storage.kind == Kind::Scratch;
    let apart = match (one.storage.needs.life, other.storage.needs.life) {
        (Some((a, b)), Some((c, d))) => b < c || d < a,
        _ => false,
    };
    // Where the addresses say so, it is the patch that has them overlap.
    scratch && apart || (is_addressed(board, &one.storage) && is_addressed(board, &other.storage))
}

/// The numbers of the regions are those of the placements.
fn usage(board: &Board, plan: &Plan) -> Result<(), String> {
    if plan.regions.len() != board.regions.len() {
        return Err("each region is told of once".to_owned());
    }
    for usage in &plan.regions {
        let region = board.region(&usage.region).ok_or("there is no such region")?;
        let fault = |what: &str| Err(format!("{what}: {usage:?}"));
        if usage.used + usage.padding + usage.free + usage.reserved != usage.bytes
            || usage.bytes != region.bytes
            || usage.reserved != reserved(region, End::Start) + reserved(region, End::End)
        {
            return fault("the numbers do not make up the region");
        }
        let inside: Vec<&Placement> = plan
            .placements
            .iter()
            .filter(|placement| placement.region == region.name && placement.bytes > 0)
            .collect();
        let last = inside.iter().map(|placement| span(board, placement).1).max();
        let taken = last.map_or(0, |last| last - reserved(region, End::Start));
        if usage.used + usage.padding != taken {
            return fault(&format!("the placements end after {taken} B"));
        }
        // The bytes in which something lies; those of shared scratch, and the rests of lines, count with it.
        let mut spans: Vec<(u64, u64)> =
            inside.iter().map(|one| (one.offset, one.offset + u64::from(one.bytes))).collect();
        spans.sort_unstable();
        let mut covered = 0;
        let mut end = 0;
        for (from, to) in spans {
            covered += to.saturating_sub(from.max(end));
            end = end.max(to);
        }
        let is_simple = inside.iter().all(|one| {
            line(board, one).is_none()
                && one.storage.needs.life.is_none()
                && !is_addressed(board, &one.storage)
        });
        if usage.used < covered || (is_simple && usage.used != covered) {
            return fault(&format!("{covered} B are in use"));
        }
    }
    Ok(())
}

/// The memory time is the sum of what each placement takes, and stands between its bound and its worst.
fn time(board: &Board, storages: &[Storage], plan: &Plan) -> Result<(), String> {
    let mut by_storage: BTreeMap<(&str, Option<u32>), f64> = BTreeMap::new();
    let mut sum = 0.0;
    for placement in &plan.placements {
        let region = board.region(&placement.region).unwrap();
        if region.cost.is_none() {
            continue;
        }
        let part = f64::from(placement.bytes) / f64::from(placement.storage.bytes.max(1));
        let expected =
            cycles(region, &placement.storage) * if placement.storage.bytes == 0 { 1.0 } else { part };
        let told = placement.cycles.ok_or("a cost is told, but no cycles")?;
        if (told - expected).abs() > 1e-6 * (1.0 + expected) {
            return Err(format!("{expected} cycles, but {placement:?}"));
        }
        *by_storage.entry((&placement.storage.name, placement.storage.line)).or_default() += told;
        sum += told;
    }
    let Some(time) = plan.time else { return Ok(()) };
    if !plan.fits() {
        return Err("what does not fit takes no time".to_owned());
    }
    // Costs are counted in thousandths, by the part, of which there may be sixteen of a storage.
    let rounding = 0.0006 * 16.0 * (storages.len() as f64 + 1.0) + 1e-9 * sum;
    if (time.cycles - sum).abs() > rounding {
        return Err(format!("{time:?}, but the placements take {sum}: {by_storage:?}"));
    }
    if time.bound > time.cycles + rounding {
        return Err(format!("it is below its bound: {time:?}"));
    }
    let is_split = storages.iter().any(|storage| storage.needs.split.is_some());
    if !is_split && time.cycles > time.dearest + rounding {
        return Err(format!("it is dearer than the dearest: {time:?}"));
    }
    if time.proven && (time.cycles - time.bound).abs() > rounding {
        return Err(format!("it is above the bound, and proven: {time:?}"));
    }
    let measured = storages.iter().filter(|storage| storage.bytes > 0 && storage.traffic.is_some()).count();
    if time.measured != measured {
        return Err(format!("{measured} storages come with traffic: {time:?}"));
    }
    Ok(())
}
