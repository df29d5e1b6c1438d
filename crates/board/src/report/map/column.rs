//! A region in the picture: a column with what is reserved, what lies there, and what is free.

use super::cell::Cell;
use super::strips::{Area, shares, slices, strips};
use super::svg::{Svg, cut, wrapped};
use crate::board::Board;
use crate::bytes;
use crate::plan::{Plan, Usage};
use crate::region::{End, Region};
use crate::report::page::percent;
use crate::report::plan::{LEAST_SHOWN, cycles};

/// The height of a line of the texts above and beneath a column.
const LINE: f64 = 15.0;

/// A region, or what found no place, as a column.
pub(super) struct Column<'a> {
    name: String,
    region: Option<&'a Region>,
    title: String,
    /// The lines beneath its name.
    heads: Vec<String>,
    feet: Vec<String>,
    bytes: u64,
    free: u64,
    items: Vec<Item<'a>>,
    is_lost: bool,
    /// Whether it is lower than its bytes would make it.
    pub(super) is_cut: bool,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The height of the texts above it.
    pub(super) head: f64,
}

/// Storages that have bytes in common, or a gap if there are none.
struct Item<'a> {
    bytes: u64,
    cells: Vec<Cell<'a>>,
}

impl<'a> Column<'a> {
    pub(super) fn of_region(plan: &'a Plan, board: &'a Board, usage: &'a Usage) -> Column<'a> {
        let region = board.region(&usage.region);
        let items = items(plan, usage, region);
        let mut feet = vec![format!("used {}", size(usage.used))];
        feet.extend((usage.used > 0).then(|| percent(usage.used + usage.padding, usage.capacity())));
        feet.push(format!("free {}", size(usage.free)));
        let price = usage.price.map(|price| price * 1024.0).filter(|price| *price >= LEAST_SHOWN);
        feet.extend(price.map(|price| format!("1 KB more saves {} cycles a sample", cycles(Some(price)))));
        let mut heads = vec![bytes::short(usage.bytes)];
        heads.extend(region.and_then(|region| region.origin).map(|origin| format!("{origin:#010x}")));
        Column {
            name: usage.region.clone(),
            region,
            title: format!(
                "{}: {} used, {} free, {} reserved of {}",
                usage.region,
                bytes::text(usage.used),
                bytes::text(usage.free),
                bytes::text(usage.reserved),
                bytes::text(usage.bytes)
            ),
            heads,
            feet,
            bytes: usage.bytes,
            free: usage.free,
            items,
            is_lost: false,
            is_cut: false,
            width: 0.0,
            height: 0.0,
            head: 0.0,
        }
    }

    /// What found no place; `None` when all has one.
    pub(super) fn unplaced(plan: &'a Plan) -> Option<Column<'a>> {
        let item = |unplaced| {
            let cell = Cell::Unplaced(unplaced);
            Item { bytes: cell.bytes().into(), cells: vec![cell] }
        };
        let items: Vec<Item<'_>> = plan.unplaced.iter().map(item).collect();
        let all: u64 = items.iter().map(|item| item.bytes).sum();
        (!items.is_empty()).then(|| Column {
            name: "without a place".to_owned(),
            region: None,
            title: format!("{} without a place", super::storages(items.len())),
            heads: vec![super::storages(items.len())],
            feet: vec![format!("needs {}", size(all))],
            bytes: all,
            free: 0,
            items,
            is_lost: true,
            is_cut: false,
            width: 0.0,
            height: 0.0,
            head: 0.0,
        })
    }

    /// What the texts above it need.
    pub(super) fn least_head(&self) -> f64 {
        (self.heads.len() + 1) as f64 * LINE + 4.0
    }

    /// How many cells it needs.
    pub(super) fn cells(&self) -> usize {
        self.items.iter().map(|item| item.cells.len()).sum()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// The bytes that its height stands for.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The height with the texts above and beneath.
    pub(super) fn full_height(&self) -> f64 {
        let feet: usize = self.feet.iter().map(|foot| wrapped(foot, 11.0, self.width).len()).sum();
        self.head + self.height + 6.0 + feet as f64 * LINE
    }

    pub(super) fn draw(&self, svg: &mut Svg, board: &Board, left: f64, top: f64) {
        let frame = Area {
            left,
            top: top + self.head,
            right: left + self.width,
            bottom: top + self.head + self.height,
        };
        svg.open("g", "class=\"region\"");
        svg.title(&self.title);
        let tone = |tone: &'static str| if self.is_lost { "bad" } else { tone };
        let name = cut(&self.name, 12.5, self.width).unwrap_or_else(|| "…".to_owned());
        svg.text(&format!("name {}", tone("")), left, top + 11.0, &name);
        for (at, head) in self.heads.iter().enumerate() {
            svg.text(tone("quiet"), left, top + 11.0 + LINE * (at + 1) as f64, head);
        }
        svg.rect(if self.is_lost { "frame lost" } else { "frame" }, frame);
        self.fill(svg, board, frame.inset(1.5));
        let mut y = frame.bottom + 16.0;
        for line in self.feet.iter().flat_map(|foot| wrapped(foot, 11.0, self.width)) {
            svg.text(tone("foot"), left, y, &line);
            y += LINE;
        }
        svg.close();
    }

    /// What is reserved, what lies there, and what is free, from the lowest address at the top.
    fn fill(&self, svg: &mut Svg, board: &Board, inner: Area) {
        /// Of what there is, so much shows.
        const LEAST: f64 = 12.0;
        const USED: f64 = 20.0;
        /// A cell with a name of some letters, if there is half of the height for them, and if there is nearly all.
        const WISHED: f64 = 2_200.0;
        const CELL: f64 = 1_300.0;

        let kept = |end| self.region.map_or(0, |region| region.reserved_at(end));
        let used: u64 = self.items.iter().map(|item| item.bytes).sum();
        let bytes = [kept(End::Start), used, self.free, kept(End::End)].map(|bytes| bytes as f64);
        let cells = |area: f64, most: f64| {
            (self.cells() as f64 * area / inner.width()).clamp(USED, (inner.height() * most).max(USED))
        };
        let mut leasts = bytes.map(|bytes| if bytes > 0.0 { LEAST } else { 0.0 });
        if !self.items.is_empty() {
            leasts[1] = cells(WISHED, 0.5).max(cells(CELL, 0.8));
        }
        let heights = shares(&bytes, &leasts, inner.height());
        let mut top = inner.top;
        let parts: Vec<Area> = heights
            .iter()
            .map(|height| {
                let part = Area { top, bottom: (top + height).min(inner.bottom), ..inner };
                top += height;
                part
            })
            .collect();
        self.reserved(svg, End::Start, parts[0]);
        self.draw_cells(svg, board, parts[1]);
        let scaled = inner.height() * bytes[2] / bytes.iter().sum::<f64>().max(1.0);
        if self.is_cut || heights[2] * 1.25 < scaled {
            cutting(svg, parts[2]);
        }
        self.reserved(svg, End::End, parts[3]);
    }

    fn reserved(&self, svg: &mut Svg, end: End, area: Area) {
        if area.height() <= 0.0 {
            return;
        }
        let parts = self.region.into_iter().flat_map(|region| &region.reserved).filter(|part| part.at == end);
        let whys: Vec<String> =
            parts.map(|part| format!("reserved: {}, {}", bytes::text(part.bytes), part.why)).collect();
        svg.open("g", "");
        svg.title(&whys.join("\n"));
        svg.rect("kept", area);
        svg.close();
    }

    fn draw_cells(&self, svg: &mut Svg, board: &Board, room: Area) {
        if self.items.is_empty() {
            return;
        }
        let area = room.width() * room.height();
        let bytes: Vec<f64> = self.items.iter().map(|item| item.bytes as f64).collect();
        let least = area / self.cells().max(1) as f64;
        let least = (least * 0.85).min(1_700.0);
        let leasts: Vec<f64> = self.items.iter().map(|item| least * item.cells.len().max(1) as f64).collect();
        let areas = shares(&bytes, &leasts, area);
        for (item, whole) in self.items.iter().zip(strips(&areas, room)) {
            for (cell, part) in item.cells.iter().zip(slices(item.cells.len(), whole)) {
                cell.draw(svg, board, part, item.cells.len() - 1);
            }
        }
    }
}

/// A number of bytes that is not broken between two lines.
fn size(bytes: u64) -> String {
    bytes::text(bytes).replace(' ', "\u{a0}")
}

/// What lies in a region by address, with the larger gaps.
fn items<'a>(plan: &'a Plan, usage: &Usage, region: Option<&Region>) -> Vec<Item<'a>> {
    /// A gap of less than this share of the region is not told.
    const GAP: u64 = 50;

    let mut placements: Vec<_> = plan.placements.iter().filter(|p| p.region == usage.region).collect();
    placements.sort_by_key(|placement| (placement.offset, placement.bytes));
    let mut items: Vec<Item<'_>> = Vec::new();
    let (mut first, mut end) = (0, region.map_or(0, |region| region.reserved_at(End::Start)));
    for placement in placements {
        let (start, next) = (placement.offset, placement.offset + u64::from(placement.bytes));
        match items.last_mut() {
            Some(item) if start < end && !item.cells.is_empty() => {
                end = end.max(next);
                item.bytes = end - first;
                item.cells.push(Cell::Placed(placement));
            }
            _ => {
                if start > end && start - end > usage.bytes / GAP {
                    items.push(Item { bytes: start - end, cells: Vec::new() });
                }
                (first, end) = (start, next);
                items.push(Item { bytes: next - start, cells: vec![Cell::Placed(placement)] });
            }
        }
    }
    items
}

/// The mark that a part of the room is left out: two jagged lines across the column.
pub(super) fn cutting(svg: &mut Svg, area: Area) {
    const TOOTH: f64 = 6.0;

    let middle = (area.top + area.bottom) / 2.0;
    for y in [middle - 2.0, middle + 2.0] {
        let mut path = format!("M{:.2} {y:.2}", area.left);
        let teeth = (area.width() / TOOTH).round().max(2.0) as usize;
        for tooth in 1..=teeth {
            let x = area.left + area.width() * tooth as f64 / teeth as f64;
            path += &format!("L{x:.2} {:.2}", y + if tooth % 2 == 1 { -2.5 } else { 0.0 });
        }
        svg.path("cutting", &path);
    }
}
