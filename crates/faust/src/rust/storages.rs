//! The memory that a module asks for, as storages that a board can place.

use super::RustError;
use super::accesses::accesses;
use super::program::{Program, Table, bytes_of, bytes_of_number, elements_of};
use crate::storages::is_line;
use sostenuto_board::traffic::{Pattern, Traffic};
use sostenuto_board::{Kind, Storage};
use syn::{Field, Type};

/// The tables, the instance with its fields, the arrays that are placed one by one, and what computes tables.
pub fn of(program: &Program, arrays: &[Table], fields: &[Field]) -> Result<Vec<Storage>, RustError> {
    let counts = accesses(&program.function("compute")?.block);
    let of_array = |array: &Table, is_table: bool| {
        let name = array.name.to_string();
        let bytes = bytes_of(&array.array).unwrap_or_default();
        let is_line = is_line(&name, elements_of(&array.array));
        // What the class computes is written once, so a table is not for read-only memory.
        let (kind, pattern) = match is_line && !is_table {
            true => (Kind::Delay, Pattern::Sequential),
            false => (Kind::State, Pattern::Random),
        };
        let words = bytes as f64 / 4.0 / elements_of(&array.array).max(1) as f64;
        let counts = counts.get(&name).copied().unwrap_or_default();
        let [reads, writes] = counts.map(|count| count as f64 * words);
        storage(name, kind, bytes, |bytes| Traffic::declared(reads, writes, pattern, bytes))
    };
    let mut storages: Vec<Storage> = program.tables.iter().map(|table| of_array(table, true)).collect();
    // Most numbers of the instance are read and written once a sample.
    let every_word =
        |bytes| Traffic::declared(f64::from(bytes) / 4.0, f64::from(bytes) / 4.0, Pattern::Same, bytes);
    storages.push(storage(
        program.class.to_string(),
        Kind::State,
        bytes_of_fields(fields, program),
        every_word,
    ));
    storages.extend(arrays.iter().map(|array| of_array(array, false)));
    for generator in &program.generators {
        let bytes = bytes_of_fields(&generator.fields, program);
        storages.push(storage(generator.name.to_string(), Kind::Scratch, bytes, |_| Traffic::default()));
    }
    Ok(storages)
}

fn storage(name: String, kind: Kind, bytes: usize, traffic: impl Fn(u32) -> Traffic) -> Storage {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    // What a region of `sostenuto_mem::dsp` aligns to.
    Storage { align: 8, traffic: Some(traffic(bytes)), ..Storage::new(name, kind, bytes) }
}

/// Parameters are of the type of samples.
fn bytes_of_fields(fields: &[Field], program: &Program) -> usize {
    let sample = if program.sample == "F64" { 8 } else { 4 };
    let of_field = |field: &Field| match &field.ty {
        Type::Array(array) => bytes_of(array).unwrap_or_default(),
        number => bytes_of_number(number).unwrap_or(sample),
    };
    fields.iter().map(of_field).sum()
}
