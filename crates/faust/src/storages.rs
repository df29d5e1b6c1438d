//! From the fields of a program to storages.

use sostenuto_board::program::{Program, Span};
use sostenuto_board::{Kind, Storage};

use crate::fields::{Field, Role};

/// The numbers of the longest delay that the compiler shifts at each sample, of 16 samples (its option `-mcd`) and the newest; in
/// longer ones a head moves.
const SHIFTED: usize = 17;

/// Each array is a storage. The single numbers between the arrays are one, [`Program::SCALARS`], with all that no field
/// claims; where its parts lie is told beside.
pub(crate) fn of_fields(fields: &[Field], size: u32) -> (Vec<Storage>, Vec<Span>) {
    let mut arrays: Vec<&Field> = fields.iter().filter(|field| field.length.is_some()).collect();
    arrays.sort_by_key(|field| field.address);
    let mut storages: Vec<Storage> = arrays.iter().map(|array| storage(array)).collect();
    let scalars = gaps(&arrays, size);
    let bytes = scalars.iter().map(|span| span.bytes).sum();
    if bytes > 0 {
        storages.push(Storage::new(Program::SCALARS, Kind::State, bytes));
    }
    (storages, scalars)
}

fn storage(array: &Field) -> Storage {
    let kind = match array.role {
        Role::Generator => Kind::Scratch,
        Role::State if is_line(&array.name, array.length.unwrap_or(1) as usize) => Kind::Delay,
        // A table is filled when the program starts, so it must lie where it can be written.
        Role::State | Role::Table => Kind::State,
    };
    Storage { address: Some(array.address), ..Storage::new(&array.name, kind, array.bytes) }
}

/// Whether an array of so many numbers is a delay line. A table, which the compiler names so, is addressed as the program likes.
pub(crate) fn is_line(name: &str, length: usize) -> bool {
    length > SHIFTED && !name.contains("tbl")
}

/// What lies between arrays in order of address.
fn gaps(arrays: &[&Field], size: u32) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut end = 0_u32;
    for (start, next) in arrays.iter().map(|array| (array.address, array.address.saturating_add(array.bytes)))
    {
        if start > end {
            spans.push(Span { address: end, bytes: start - end });
        }
        end = end.max(next);
    }
    if size > end {
        spans.push(Span { address: end, bytes: size - end });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_storages_and_what_is_between_is_one() {
        let array = |name: &str, address, length, role| Field {
            name: name.to_owned(),
            address,
            bytes: length * 4,
            length: Some(length),
            role,
        };
        let scalar = |address| Field { name: "x".into(), address, bytes: 4, length: None, role: Role::State };
        let fields = [
            array("ftbl0", 0, 100, Role::Table),
            scalar(400),
            array("fRec0", 404, 2, Role::State),
            array("fVec0", 412, 1_000, Role::State),
            scalar(4_412),
            scalar(4_416),
            array("ftbl1", 4_420, 1_000, Role::State),
        ];
        let (storages, scalars) = of_fields(&fields, 8_424);
        let told: Vec<_> =
            storages.iter().map(|it| (it.name.as_str(), it.kind, it.address, it.bytes)).collect();
        assert_eq!(
            told,
            [
                ("ftbl0", Kind::State, Some(0), 400),
                ("fRec0", Kind::State, Some(404), 8),
                ("fVec0", Kind::Delay, Some(412), 4_000),
                ("ftbl1", Kind::State, Some(4_420), 4_000),
                ("scalars", Kind::State, None, 16),
            ]
        );
        let spans = [(400, 4), (4_412, 8), (8_420, 4)].map(|(address, bytes)| Span { address, bytes });
        assert_eq!(scalars, spans, "what no field claims belongs to them");
    }
}
