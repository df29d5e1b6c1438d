//! A storage in the picture: its colour, its name, its marks, and what a pointer shows over it.

use super::strips::Area;
use super::svg::{Svg, cut};
use crate::board::Board;
use crate::bytes;
use crate::plan::{Placement, Unplaced};
use crate::printable::printable;
use crate::report::plan::{cycles, place, words};
use crate::storage::Storage;

/// A storage, or a part of it, in a column.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    Placed(&'a Placement),
    Unplaced(&'a Unplaced),
}

impl<'a> Cell<'a> {
    pub(super) fn storage(&self) -> &'a Storage {
        match self {
            Cell::Placed(placement) => &placement.storage,
            Cell::Unplaced(unplaced) => &unplaced.storage,
        }
    }

    pub(super) fn bytes(&self) -> u32 {
        match self {
            Cell::Placed(placement) => placement.bytes,
            Cell::Unplaced(unplaced) => unplaced.storage.bytes,
        }
    }

    /// Draws it; `sharing` is how many others have the same bytes at other times.
    pub(super) fn draw(&self, svg: &mut Svg, board: &Board, area: Area, sharing: usize) {
        let storage = self.storage();
        let heat = heat(storage);
        let homes = board.homes(storage).len();
        let is_pinned = homes == 1 || !storage.needs.is_nothing();
        svg.open("g", "");
        svg.title(&self.title(homes, sharing));
        svg.rect(&format!("cell h{heat}"), area);
        let is_marked = storage.traffic.is_none() && area.width() >= 8.0 && area.height() >= 8.0;
        if is_marked {
            assumed(svg, heat, area);
        }
        if is_pinned {
            svg.rect("pin", area.inset(if area.height() < 6.0 { 0.75 } else { 1.25 }));
        }
        self.label(svg, heat, area, if is_marked { 5.0 } else { 0.0 });
        svg.close();
    }

    /// The name, and the bytes below it where there is room.
    fn label(&self, svg: &mut Svg, heat: u8, area: Area, mark: f64) {
        const SIZE: f64 = 10.0;
        const LINE: f64 = 12.0;
        const SIDE: f64 = 4.0;

        if area.height() < LINE {
            return;
        }
        let room = area.width() - SIDE - 2.0;
        // In a low cell the mark is beside the name, in a high one above it.
        let aside = if area.height() < 3.0 * LINE { mark } else { 0.0 };
        let Some(name) = cut(&self.storage().name, SIZE, room - aside) else { return };
        let class = format!("label on{heat}");
        let middle = (area.top + area.bottom) / 2.0;
        match cut(&bytes::text(self.bytes().into()), SIZE, room) {
            Some(bytes) if area.height() >= 2.5 * LINE && !bytes.ends_with('…') => {
                svg.text(&class, area.left + SIDE, middle - 2.0, &name);
                svg.text(&class, area.left + SIDE, middle + LINE - 2.0, &bytes);
            }
            _ => svg.text(&class, area.left + SIDE, middle + 3.5, &name),
        }
    }

    fn title(&self, homes: usize, sharing: usize) -> String {
        let storage = self.storage();
        let name = if storage.name.is_empty() { "(no name)" } else { &storage.name };
        let mut lines = vec![printable(name)];
        let size = format!("{}, {}", bytes::text(self.bytes().into()), storage.kind);
        let words = format!("{} words a sample", words(storage, storage.bytes));
        match self {
            Cell::Placed(placement) => {
                lines.push(format!("{size}, at {} in {}", place(placement), placement.region));
                if placement.bytes != storage.bytes {
                    let whole = bytes::text(storage.bytes.into());
                    lines.push(format!(
                        "a part: from byte {} of {whole}",
                        bytes::grouped(placement.from.into())
                    ));
                }
                match placement.cycles {
                    Some(_) => lines.push(format!("{words}, {} cycles a sample", cycles(placement.cycles))),
                    None => lines.push(words),
                }
            }
            Cell::Unplaced(unplaced) => {
                lines.push(format!("{size}, without a place"));
                lines.push(unplaced.to_string());
                lines.push(unplaced.remedy());
                lines.push(words);
            }
        }
        if storage.traffic.is_none() {
            lines.push("its traffic is assumed from its kind".to_owned());
        }
        if let Some(line) = storage.line {
            lines.push(format!("declared in line {line}"));
        }
        if sharing > 0 {
            lines.push(format!("shares its bytes with {sharing} more, which hold something at other times"));
        }
        let bonds = storage.bonds(homes);
        lines.extend((!bonds.is_empty()).then(|| format!("bound: {}", bonds.join("; "))));
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }
}

/// How hot a storage is, from 0 (never accessed) to 7: by decades of accesses a byte and sample.
pub(super) fn heat(storage: &Storage) -> u8 {
    let accesses = storage.traffic().accesses();
    if accesses <= 0.0 {
        return 0;
    }
    let each = accesses / f64::from(storage.bytes.max(1));
    1 + DECADES.iter().filter(|least| each >= **least).count() as u8
}

/// Where a colour ends and the next one begins, in accesses a byte and sample.
pub(super) const DECADES: [f64; 6] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/// The mark of traffic that nobody measured: a triangle in the corner.
pub(super) fn assumed(svg: &mut Svg, heat: u8, area: Area) {
    let (x, y) = (area.right - 1.5, area.top + 1.5);
    svg.path(&format!("assumed on{heat}"), &format!("M{:.2} {y:.2}H{x:.2}V{:.2}Z", x - 4.5, y + 4.5));
}
