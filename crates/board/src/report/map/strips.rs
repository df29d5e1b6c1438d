//! Where the cells of a picture lie: rows of cells in the order given, each cell's area its share.
//!
//! The rows are those of a strip treemap (Bederson, Shneiderman and Wattenberg, "Ordered and quantum treemaps", ACM
//! Transactions on Graphics 21, 2002), with the best of all ways to break them. It keeps the order of the addresses, and a cell
//! of a thousandth of a region is still some pixels wide and high, where in a single stack it would be a hairline.

/// A rectangle by its edges, so that neighbours share theirs to the last bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The same, smaller by so much at each edge.
    pub(super) fn inset(&self, by: f64) -> Area {
        let (x, y) = (by.min(self.width() / 2.0), by.min(self.height() / 2.0));
        Area { left: self.left + x, top: self.top + y, right: self.right - x, bottom: self.bottom - y }
    }
}

/// Cells of those areas, which fill the room in rows from left to right and from top to bottom.
pub(super) fn strips(areas: &[f64], room: Area) -> Vec<Area> {
    let rows = rows(areas, room.width());
    let heights: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
    let tops = edges(&heights, room.top, room.bottom);
    let mut cells = Vec::with_capacity(areas.len());
    for (row, tops) in rows.iter().zip(tops.windows(2)) {
        let lefts = edges(row, room.left, room.right);
        let cell = |x: &[f64]| Area { left: x[0], top: tops[0], right: x[1], bottom: tops[1] };
        cells.extend(lefts.windows(2).map(cell));
    }
    cells
}

/// Equal parts of a cell, along its longer side.
pub(super) fn slices(count: usize, cell: Area) -> Vec<Area> {
    let parts = vec![1.0; count];
    if cell.width() >= cell.height() {
        let x = edges(&parts, cell.left, cell.right);
        x.windows(2).map(|x| Area { left: x[0], right: x[1], ..cell }).collect()
    } else {
        let y = edges(&parts, cell.top, cell.bottom);
        y.windows(2).map(|y| Area { top: y[0], bottom: y[1], ..cell }).collect()
    }
}

/// The whole in parts by their weights, but none less than its least; if even those are too much, by the leasts.
pub(super) fn shares(weights: &[f64], leasts: &[f64], whole: f64) -> Vec<f64> {
    let mut is_least = vec![false; weights.len()];
    loop {
        let taken: f64 = (0..weights.len()).filter(|&at| is_least[at]).map(|at| leasts[at]).sum();
        let weight: f64 = (0..weights.len()).filter(|&at| !is_least[at]).map(|at| weights[at]).sum();
        if taken >= whole || weight <= 0.0 {
            let all: f64 = leasts.iter().sum();
            return leasts.iter().map(|least| whole * least / all.max(f64::MIN_POSITIVE)).collect();
        }
        let scale = (whole - taken) / weight;
        let small = |at: &usize| !is_least[*at] && weights[*at] * scale < leasts[*at];
        let small: Vec<usize> = (0..weights.len()).filter(small).collect();
        if small.is_empty() {
            let share = |at| if is_least[at] { leasts[at] } else { weights[at] * scale };
            return (0..weights.len()).map(share).collect();
        }
        small.into_iter().for_each(|at| is_least[at] = true);
    }
}

/// The areas in those rows that are the least ugly together.
fn rows(areas: &[f64], width: f64) -> Vec<&[f64]> {
    /// No row has more cells.
    const MOST: usize = 64;

    // For each end, the least ugliness of all before it, and where its last row begins.
    let mut best = vec![(0.0, 0)];
    for end in 1..=areas.len() {
        let starts = end.saturating_sub(MOST)..end;
        let tried = starts.map(|start| (best[start].0 + ugliness(&areas[start..end], width), start));
        best.push(tried.min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default());
    }
    let mut rows = Vec::new();
    let mut end = areas.len();
    while end > 0 {
        let start = best[end].1;
        rows.push(&areas[start..end]);
        end = start;
    }
    rows.reverse();
    rows
}

/// How far the cells of a row are from the form that holds a name best.
fn ugliness(row: &[f64], width: f64) -> f64 {
    /// A name of eight letters is about so many times as wide as high, with some air.
    const BEST: f64 = 4.5;
    /// Lower cells hold no name at all.
    const LOWEST: f64 = 15.0;

    let height = row.iter().sum::<f64>() / width;
    let low = (LOWEST / height).max(1.0);
    let form = |area: &f64| area / height / height / BEST;
    row.iter().map(form).map(|form| form.max(1.0 / form) * low).map(|form| form * form).sum()
}

/// The edges between parts of those sizes from one end to the other.
fn edges(sizes: &[f64], start: f64, end: f64) -> Vec<f64> {
    let whole: f64 = sizes.iter().sum();
    let mut sum = 0.0;
    let mut edges = vec![start];
    for size in sizes {
        sum += size;
        edges.push(start + (end - start) * (sum / whole.max(f64::MIN_POSITIVE)).min(1.0));
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_to_scale_above_their_least() {
        assert_eq!(shares(&[1.0, 3.0], &[0.0, 0.0], 8.0), [2.0, 6.0]);
        assert_eq!(shares(&[1.0, 99.0, 1.0], &[10.0, 10.0, 10.0], 100.0), [10.0, 80.0, 10.0]);
        assert_eq!(shares(&[1.0, 1.0], &[30.0, 10.0], 20.0), [15.0, 5.0]);
    }

    #[test]
    fn cells_keep_their_order_and_their_areas() {
        let room = Area { left: 10.0, top: 20.0, right: 110.0, bottom: 70.0 };
        let areas = [2500.0, 625.0, 625.0, 1250.0];
        let cells = strips(&areas, room);
        for (cell, area) in cells.iter().zip(areas) {
            assert!((cell.width() * cell.height() - area).abs() < 1e-6, "{cell:?}");
        }
        assert_eq!((cells[0].left, cells[0].top), (10.0, 20.0));
        assert_eq!((cells[3].right, cells[3].bottom), (110.0, 70.0));
    }
}
