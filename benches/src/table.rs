//! What is printed: numbers and ratios, a line for each kernel, for people or as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What the other engines are compared with, where it is one of them; else the first is.
const REFERENCE: &str = "wasmi2";

/// Numbers of kernels by engines.
pub struct Table {
    title: &'static str,
    /// The columns.
    engines: Vec<&'static str>,
    /// The rows: names, and a number for each column.
    rows: Vec<(String, Vec<f64>)>,
    ratios: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(title: &'static str, engines: Vec<&'static str>) -> Self {
        Self { title, engines, rows: Vec::new(), ratios: true }
    }

    /// Leaves the ratios to the reference out.
    pub fn without_ratios(self) -> Self {
        Self { ratios: false, ..self }
    }

    /// Adds a row with a number for each column.
    pub fn row(&mut self, name: impl Into<String>, values: Vec<f64>) {
        self.rows.push((name.into(), values));
    }

    /// The numbers, then the ratios to the reference and below them their geometric means.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.line(&mut text, self.title, self.engines.iter().map(|engine| (*engine).to_owned()));
        for (name, values) in &self.rows {
            self.line(&mut text, name, values.iter().map(|value| number(*value)));
        }
        let Some(ratios) = self.to_reference() else { return text };
        text.push('\n');
        let title = format!("ratio to {}", self.engines[self.reference()]);
        self.line(&mut text, &title, self.engines.iter().map(|engine| (*engine).to_owned()));
        for ((name, _), ratios) in self.rows.iter().zip(&ratios) {
            self.line(&mut text, name, ratios.iter().map(|ratio| format!("{ratio:.2}")));
        }
        let means = geometric_means(&ratios);
        self.line(&mut text, "geometric mean", means.iter().map(|mean| format!("{mean:.2}")));
        text
    }

    fn line(&self, text: &mut String, name: &str, cells: impl Iterator<Item = String>) {
        let _ = write!(text, "{name:24}");
        for (cell, engine) in cells.zip(&self.engines) {
            let _ = write!(text, "  {cell:>width$}", width = engine.len().max(11));
        }
        text.push('\n');
    }

    /// The numbers by row and engine, and the geometric means.
    pub fn json(&self) -> Value {
        let by_engine = |values: &[f64]| -> Value {
            let pairs = self.engines.iter().zip(values);
            pairs.map(|(engine, value)| ((*engine).to_owned(), json!(value))).collect::<Map<_, _>>().into()
        };
        let rows: Map<_, _> =
            self.rows.iter().map(|(name, values)| (name.clone(), by_engine(values))).collect();
        let mut table = json!({ "title": self.title, "rows": rows });
        if let Some(ratios) = self.to_reference() {
            table["geometric_mean_of_ratios"] = by_engine(&geometric_means(&ratios));
            table["reference"] = self.engines[self.reference()].into();
        }
        table
    }

    fn reference(&self) -> usize {
        self.engines.iter().position(|engine| *engine == REFERENCE).unwrap_or(0)
    }

    /// The ratios of each row, when there are several engines.
    fn to_reference(&self) -> Option<Vec<Vec<f64>>> {
        let one = self.reference();
        let ratios = |values: &Vec<f64>| values.iter().map(|value| value / values[one]).collect();
        let compared = self.ratios && self.engines.len() > 1;
        compared.then(|| self.rows.iter().map(|(_, values)| ratios(values)).collect())
    }
}

/// For each column, the number that all of its values would be if all were equal, with the same product.
fn geometric_means(rows: &[Vec<f64>]) -> Vec<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    let logarithms = |column: usize| rows.iter().map(|row| f64::ln(row[column])).sum::<f64>();
    (0..columns).map(|column| (logarithms(column) / rows.len() as f64).exp()).collect()
}

/// Three digits at least, or a whole number, and the thousands apart.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value < 1000.0 {
        return format!("{value:.0}");
    }
    if value < 99.95 {
        return format!("{value:.*}", if value < 9.995 { 2 } else { 1 });
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let numbers = [0.5, 12.34, 99.96, 1_234.0, 1_234_567.8].map(number);
        assert_eq!(numbers, ["0.50", "12.3", "100", "1,234", "1,234,568"]);
    }

    #[test]
    fn the_geometric_mean_of_a_double_and_a_half_is_one() {
        let mut table = Table::new("us", vec!["sostenuto", REFERENCE]);
        table.row("a", vec![4.0, 2.0]);
        table.row("b", vec![4.0, 8.0]);
        assert_eq!(table.json()["geometric_mean_of_ratios"]["sostenuto"], 1.0);
        assert!(table.render().ends_with("1.00         1.00\n"), "{}", table.render());
    }
}
