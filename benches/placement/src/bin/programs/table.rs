//! The tables, in Markdown.

use crate::policies::Policy;
use crate::row::{Cycles, Row};

/// The programs and what was measured.
pub fn programs(rows: &[Row]) {
    let has_told = rows.iter().any(|row| row.program.told.is_some());
    let mut columns = vec!["program", "storages", "bytes", "accesses a sample"];
    if has_told {
        columns.extend(["told by Faust"]);
    }
    columns.extend(["largest storage", "to no storage"]);
    println!("Traced accesses a sample, and those to no storage (a native stack), which are left out:\n");
    head(&columns);
    for row in rows {
        let program = &row.program;
        let bytes = || program.storages.iter().map(|storage| u64::from(storage.bytes));
        let mut cells = vec![
            program.storages.len().to_string(),
            number(bytes().sum::<u64>() as f64),
            format!("{:.1}", program.trace.accesses_a_sample()),
        ];
        if has_told {
            let sum = |storages: &Vec<_>| {
                let accesses =
                    storages.iter().map(|storage: &sostenuto_board::Storage| storage.traffic().accesses());
                format!("{:.0}", accesses.sum::<f64>())
            };
            cells.push(program.told.as_ref().map_or("–".to_owned(), sum));
        }
        cells.push(number(bytes().max().unwrap_or(0) as f64));
        cells.push(format!("{:.1}", program.trace.outside as f64 / program.trace.samples as f64));
        line(&program.name, cells);
    }
    println!();
}

/// Cycles a block by the placer's own model.
pub fn model(rows: &[Row]) {
    println!(
        "Cycles a block by the placer's model, and on the last line the geometric mean of the ratios to ours:\n"
    );
    costs(
        rows,
        |cycles| cycles.model,
        &["bound", "proven least", "microlp"],
        |row| {
            let exact = row.exact.map_or("–".to_owned(), |(cycles, is_optimal)| {
                format!("{}{}", if is_optimal { "" } else { "~" }, number(cycles))
            });
            vec![row.bound.map_or("–".to_owned(), number), row.proven.map_or("–".to_owned(), number), exact]
        },
    );
}

/// Cycles a block in the replay.
pub fn replay(rows: &[Row]) {
    println!("Cycles a block in the replay with one cache for all that lies behind it:\n");
    costs(rows, |cycles| cycles.replay, &[], |_| Vec::new());
}

/// What placing again with the replay's counts changes.
pub fn again(rows: &[Row]) {
    println!("The replay again, after placing with the lines that the replay before has counted:\n");
    head(&["program", "ours", "again", "twice"]);
    for row in rows {
        let cell = |cycles: &Option<Cycles>| cycles.map_or("–".to_owned(), |cycles| number(cycles.replay));
        line(&row.program.name, [&row.ours, &row.again[0], &row.again[1]].map(cell).to_vec());
    }
    println!();
}

fn costs(rows: &[Row], of: fn(Cycles) -> f64, beside: &[&str], more: impl Fn(&Row) -> Vec<String>) {
    let has_told = rows.iter().any(|row| row.by_told.is_some());
    let mut columns = vec!["program"];
    columns.extend(Policy::ALL.iter().map(|policy| policy.name()));
    if has_told {
        columns.push("ours by Faust's counts");
    }
    columns.push("**ours**");
    columns.extend(beside);
    head(&columns);
    let all = |row: &Row| -> Vec<Option<f64>> {
        let told = has_told.then_some(row.by_told);
        row.simple.iter().copied().chain(told).chain([row.ours]).map(|cycles| cycles.map(of)).collect()
    };
    for row in rows {
        let cells = all(row).into_iter().map(|cycles| cycles.map_or("–".to_owned(), number));
        line(&row.program.name, cells.chain(more(row)).collect());
    }
    let count = rows.first().map_or(0, |row| all(row).len());
    let means = (0..count).map(|at| {
        let ratios: Option<Vec<f64>> =
            rows.iter().map(|row| Some((all(row)[at]? / row.ours.map(of)?).ln())).collect();
        ratios.map_or("–".to_owned(), |ratios| {
            format!("{:.2}×", (ratios.iter().sum::<f64>() / ratios.len().max(1) as f64).exp())
        })
    });
    line("*mean ratio*", means.chain(beside.iter().map(|_| String::new())).collect());
    println!();
}

fn head(columns: &[&str]) {
    println!("| {} |", columns.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len() - 1));
}

fn line(name: &str, cells: Vec<String>) {
    println!("| {name} | {} |", cells.join(" | "));
}

/// With commas at the thousands.
fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
