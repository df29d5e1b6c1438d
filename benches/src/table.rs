//! What is printed: numbers and ratios, a line for each kernel.

use std::fmt::Write as _;

/// Numbers of kernels by engines, and what they are compared with.
pub struct Table<'t> {
    pub title: &'t str,
    /// The columns.
    pub engines: Vec<&'t str>,
    /// The rows, each with a number for each column.
    pub kernels: Vec<(&'t str, Vec<f64>)>,
    /// The engine whose numbers are 1 in the ratios.
    pub reference: &'t str,
}

impl Table<'_> {
    /// The numbers, then, when the reference is among the engines, the ratios and below them their geometric means.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.row(&mut text, self.title, self.engines.iter().map(|engine| (*engine).to_owned()));
        for (kernel, values) in &self.kernels {
            self.row(&mut text, kernel, values.iter().map(|value| grouped(*value)));
        }
        let Some(one) = self.engines.iter().position(|engine| *engine == self.reference) else {
            return text;
        };
        text.push('\n');
        let title = format!("ratio to {}", self.reference);
        self.row(&mut text, &title, self.engines.iter().map(|engine| (*engine).to_owned()));
        let mut ratios = vec![Vec::new(); self.engines.len()];
        for (kernel, values) in &self.kernels {
            for (engine, value) in values.iter().enumerate() {
                ratios[engine].push(value / values[one]);
            }
            self.row(&mut text, kernel, values.iter().map(|value| format!("{:.2}", value / values[one])));
        }
        let means = ratios.iter().map(|ratios| format!("{:.2}", geometric_mean(ratios)));
        self.row(&mut text, "geometric mean", means);
        text
    }

    fn row(&self, text: &mut String, name: &str, cells: impl Iterator<Item = String>) {
        let _ = write!(text, "{name:22}");
        for (cell, engine) in cells.zip(&self.engines) {
            let _ = write!(text, "  {cell:>width$}", width = engine.len().max(9));
        }
        text.push('\n');
    }
}

/// The number that all values would be if all were equal, with the same product.
pub fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp()
}

/// A whole number with its thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
