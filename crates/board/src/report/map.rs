//! A plan as a picture: each region a column, each storage a cell in it, coloured by how hot it is.
//!
//! ```
//! use sostenuto_board::{Board, Kind, Storage, place, report};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let echo = Storage::new("echo", Kind::Delay, 96_000);
//! let picture = report::map(&place(&board, &[echo]), &board);
//!
//! assert!(picture.starts_with("<svg") && picture.contains(">echo\n96,000 B, delay, at 0x20000000 in DTCM"));
//! # Ok::<(), sostenuto_board::BoardError>(())
//! ```

mod cell;
mod column;
mod strips;
mod svg;

use super::plan::cycles;
use crate::board::Board;
use crate::bytes;
use crate::plan::Plan;
use crate::printable::printable;
use cell::DECADES;
use column::Column;
use strips::Area;
use svg::{Svg, escaped, width, wrapped};

const STYLE: &str = include_str!("map/style.css");

/// The space around everything.
const MARGIN: f64 = 24.0;
/// The space between two columns.
const GAP: f64 = 14.0;
/// The narrowest picture: the legend needs that.
const NARROWEST: f64 = 760.0;
/// The height of a line of text.
const LINE: f64 = 16.0;

/// The plan as an SVG picture, in colours for light and dark surroundings.
///
/// The regions stand from the fastest to the slowest, then what found no place. In a column the addresses rise from left to
/// right and from top to bottom. Cells are to scale within their column unless they would be too small to see; the heights of
/// the columns are logarithmic. Regions that nothing of a patch may live in are named beneath.
pub fn map(plan: &Plan, board: &Board) -> String {
    let (columns, closed) = columns(plan, board);
    let wide = columns.iter().map(|column| column.width + GAP).sum::<f64>() - GAP + 2.0 * MARGIN;
    let wide = wide.max(NARROWEST);

    let mut body = Svg::default();
    let mut y = head(&mut body, plan, board, wide);
    let mut left = MARGIN;
    let slowest: f64 =
        columns.iter().filter(|column| !column.is_lost()).map(|column| column.width + GAP).sum();
    axis(&mut body, y, MARGIN + slowest - GAP);
    y += 14.0;
    for column in &columns {
        column.draw(&mut body, board, left, y);
        left += column.width + GAP;
    }
    y += columns.iter().map(Column::full_height).fold(0.0, f64::max) + 8.0;
    y = legend(&mut body, y, wide);
    y = notes(&mut body, plan, &closed, y, wide);

    let (wide, high) = (wide.ceil(), (y + MARGIN - LINE).ceil());
    let mut svg = Svg::default();
    svg.open(
        "svg",
        &format!(
            "xmlns=\"http://www.w3.org/2000/svg\" class=\"sostenuto-map\" role=\"img\" aria-labelledby=\"sostenuto-map-title \
             sostenuto-map-desc\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\""
        ),
    );
    svg.raw(&format!("<title id=\"sostenuto-map-title\">{}</title>", escaped(&title(plan))));
    svg.raw(&format!("<desc id=\"sostenuto-map-desc\">{}</desc>", escaped(&summary(plan))));
    svg.raw(&format!("<style>\n{STYLE} </style>"));
    svg.raw(
        "<defs><pattern id=\"sostenuto-map-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>",
    );
    svg.raw(&format!("<rect class=\"page\" width=\"{wide}\" height=\"{high}\"/>"));
    svg.raw(body.finish().trim_end());
    svg.close();
    svg.finish()
}

/// A number of storages.
fn storages(count: usize) -> String {
    format!("{count} {}", if count == 1 { "storage" } else { "storages" })
}

/// The columns with their sizes, and what is said of the regions that have none.
fn columns<'a>(plan: &'a Plan, board: &'a Board) -> (Vec<Column<'a>>, Vec<String>) {
    /// Of an empty column, with the height that is enough for it.
    const NARROW: f64 = 106.0;
    const LOW: f64 = 150.0;
    const WIDEST: f64 = 640.0;
    const HIGHEST: f64 = 480.0;
    const LOWEST: f64 = 120.0;
    /// The most of the height that one doubling of the bytes takes.
    const DOUBLING: f64 = 48.0;
    /// A cell with a name of eight letters, the least that holds any, and the least that can be pointed at.
    const CELL: f64 = 1_300.0;
    const SMALL_CELL: f64 = 950.0;
    const LEAST_CELL: f64 = 150.0;
    /// Names make no column higher than this.
    const NAMED: f64 = 1_600.0;

    let mut columns = Vec::new();
    let mut closed = Vec::new();
    for usage in &plan.regions {
        let column = Column::of_region(plan, board, usage);
        let is_closed = board.region(&usage.region).is_some_and(|region| region.accepts.is_empty());
        match is_closed && column.cells() == 0 {
            true => closed.push(format!("{} ({})", usage.region, bytes::short(usage.bytes))),
            false => columns.push(column),
        }
    }
    columns.extend(Column::unplaced(plan));

    let doublings = |column: &Column<'_>| (column.bytes().max(1) as f64).log2();
    let most = columns.iter().map(doublings).fold(0.0, f64::max);
    let least = columns.iter().map(doublings).fold(most, f64::min);
    let step = ((HIGHEST - LOWEST) / (most - least).max(1.0)).min(DOUBLING);
    let used = columns.iter().filter(|column| column.cells() > 0).count().max(1);
    let empty = (columns.len() - used.min(columns.len())) as f64;
    let head = columns.iter().map(Column::least_head).fold(0.0, f64::max);
    let common = ((1_300.0 - empty * (NARROW + GAP)) / used as f64 - GAP).clamp(114.0, 190.0);
    for column in &mut columns {
        column.head = head;
        column.height = HIGHEST - step * (most - doublings(column));
        let cells = column.cells() as f64;
        column.width = match column.cells() {
            0 => {
                column.is_cut = column.height > LOW;
                column.height = column.height.min(LOW);
                NARROW
            }
            _ => (cells * CELL / column.height / 0.8).clamp(common, WIDEST),
        };
        let least = |cell: f64| cells * cell / column.width / 0.8;
        column.height = column.height.max(least(SMALL_CELL).min(NAMED)).max(least(LEAST_CELL));
    }
    (columns, closed)
}

fn title(plan: &Plan) -> String {
    format!("Memory map of {}", printable(&plan.board))
}

/// What the picture says, for those who cannot see it.
fn summary(plan: &Plan) -> String {
    let placed = plan.placements.iter().filter(|placement| placement.from == 0).count();
    let mut lines = vec![match plan.fits() {
        true => format!("All fits: {}.", storages(placed)),
        false => format!("Does not fit: {} without a place.", storages(plan.unplaced.len())),
    }];
    for usage in plan.regions.iter().filter(|usage| usage.used > 0) {
        let count = plan.placements.iter().filter(|placement| placement.region == usage.region).count();
        lines.push(format!(
            "{}: {}, {} used, {} free.",
            printable(&usage.region),
            storages(count),
            bytes::text(usage.used),
            bytes::text(usage.free)
        ));
    }
    lines.push(time(plan));
    lines.join("\n")
}

/// What the accesses take.
fn time(plan: &Plan) -> String {
    let Some(time) = &plan.time else {
        return match plan.fits() {
            true => "Memory time: not known, as the board does not tell what an access costs.".to_owned(),
            false => "Memory time: not known before all fits.".to_owned(),
        };
    };
    let least = match (time.proven, time.gap()) {
        (true, _) => "proven that no plan takes fewer".to_owned(),
        (false, gap) => {
            format!("no plan takes fewer than {}: within {:.1} %", cycles(Some(time.bound)), gap * 100.0)
        }
    };
    let spent = cycles(Some(time.cycles));
    format!("Memory time: {spent} cycles a sample by the board's costs, a model; {least}.")
}

/// The name of the board and what the plan comes to. Returns where the next thing begins.
fn head(svg: &mut Svg, plan: &Plan, board: &Board, wide: f64) -> f64 {
    let room = wide - 2.0 * MARGIN;
    let mut y = MARGIN + 14.0;
    for line in wrapped(&title(plan), 19.0, room) {
        svg.text("head", MARGIN, y, &line);
        y += 22.0;
    }
    for line in wrapped(&printable(&board.title), 11.0, room) {
        svg.text("quiet", MARGIN, y, &line);
        y += LINE;
    }
    let outcome = summary(plan).lines().next().unwrap_or_default().to_owned();
    let class = if plan.fits() { "" } else { "bad" };
    for (class, text) in [(class, outcome), ("", time(plan))] {
        for line in wrapped(&text, 11.0, room) {
            svg.text(class, MARGIN, y, &line);
            y += LINE;
        }
    }
    y + 8.0
}

/// Which side is fast.
fn axis(svg: &mut Svg, y: f64, right: f64) {
    let (fast, slow) = ("fastest", "slowest");
    let right = right - width(slow, 11.0);
    if right < MARGIN + 2.0 * width(fast, 11.0) {
        return;
    }
    svg.text("quiet", MARGIN, y, fast);
    svg.text("quiet", right, y, slow);
    let (left, right, y) = (MARGIN + width(fast, 11.0) + 4.0, right - 8.0, y - 4.0);
    svg.path(
        "axis",
        &format!(
            "M{left:.2} {y:.2}H{right:.2}M{:.2} {:.2}L{right:.2} {y:.2}L{:.2} {:.2}",
            right - 5.0,
            y - 3.5,
            right - 5.0,
            y + 3.5
        ),
    );
}

/// The colours and the marks. Returns where the next thing begins.
fn legend(svg: &mut Svg, y: f64, wide: f64) -> f64 {
    const BOX: (f64, f64) = (54.0, 14.0);

    svg.text("", MARGIN, y + 11.0, "Words read and written, a byte and sample:");
    let mut x = MARGIN + 252.0;
    let boxed = |x: f64, y: f64, wide: f64| Area { left: x, top: y, right: x + wide, bottom: y + BOX.1 };
    svg.rect("cell h0", boxed(x, y, BOX.0));
    svg.text("label on0", x + 5.0, y + 10.5, "never");
    x += BOX.0 + 8.0;
    for heat in 1..=DECADES.len() + 1 {
        svg.rect(&format!("cell h{heat}"), boxed(x, y, BOX.0));
        let text = match heat {
            1 => "< 10⁻⁶".to_owned(),
            heat => format!("≥ 10⁻{}", ["⁶", "⁵", "⁴", "³", "²", "¹"][heat - 2]),
        };
        svg.text(&format!("label on{heat}"), x + 7.0, y + 10.5, &text);
        x += BOX.0;
    }
    type Mark = fn(&mut Svg, Area);
    let marks: [(Mark, &str); 4] = [
        (
            |svg, area| {
                svg.rect("cell h3", area);
                cell::assumed(svg, 3, area);
            },
            "traffic assumed from the kind (~)",
        ),
        (
            |svg, area| {
                svg.rect("cell h3", area);
                svg.rect("pin", area.inset(1.75));
            },
            "bound: one home only, or special needs",
        ),
        (|svg, area| svg.rect("kept", area), "reserved"),
        (
            |svg, area| {
                svg.rect("frame", area);
                column::cutting(svg, area);
            },
            "free room, cut short",
        ),
    ];
    let (mut x, mut y) = (MARGIN, y + BOX.1 + 10.0);
    for (mark, text) in marks {
        let room = 36.0 + width(text, 11.0);
        if x + room > wide - MARGIN && x > MARGIN {
            (x, y) = (MARGIN, y + BOX.1 + 6.0);
        }
        mark(svg, boxed(x, y, 28.0));
        svg.text("", x + 34.0, y + 11.0, text);
        x += room + 8.0;
    }
    y + BOX.1 + 22.0
}

/// How to read it, and what is not in it.
fn notes(svg: &mut Svg, plan: &Plan, closed: &[String], mut y: f64, wide: f64) -> f64 {
    let mut notes = vec![
        "Addresses rise from left to right, then from top to bottom. Within a column cells are to scale, but none is too small \
         to see. The heights of the columns are logarithmic, each doubling of the bytes the same step, unless many small \
         storages need more."
            .to_owned(),
    ];
    if let Some(paged) = &plan.paged {
        let size = bytes::text(paged.pinned_bytes().into());
        let which =
            if paged.is_chosen() { format!("the most accessed {size}") } else { format!("the first {size}") };
        notes.push(format!("{} is paged: {which} of linear memory stay in {}.", paged.store, paged.window));
    }
    if !closed.is_empty() {
        notes.push(format!("Not shown, as nothing of a patch may live there: {}.", closed.join(", ")));
    }
    for line in notes.iter().flat_map(|note| wrapped(&printable(note), 11.0, wide - 2.0 * MARGIN)) {
        svg.text("quiet", MARGIN, y, &line);
        y += LINE;
    }
    y
}
