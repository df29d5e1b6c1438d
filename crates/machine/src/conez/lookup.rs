//! The lookup table: integers in a file of text.

use super::guest::Call;

/// The most entries.
const MOST: usize = 65_536;

/// The bytes of a file that are read.
const LONGEST: u64 = 1 << 20;

/// Loads `/lut_N.csv`: integers with commas, blanks or line ends between them.
pub(super) fn lut_load(call: &mut Call<'_>, index: i32) -> i32 {
    match read(call, index) {
        Some(table) => {
            call.device.table = table;
            call.device.table.len() as i32
        }
        None => 0,
    }
}

pub(super) fn lut_get(call: &mut Call<'_>, index: i32) -> i32 {
    call.device.table.get(index as u32 as usize).copied().unwrap_or(0)
}

pub(super) fn lut_size(call: &mut Call<'_>) -> i32 {
    call.device.table.len() as i32
}

pub(super) fn lut_set(call: &mut Call<'_>, index: i32, value: i32) {
    if let Some(entry) = call.device.table.get_mut(index as u32 as usize) {
        *entry = value;
    }
}

pub(super) fn lut_save(call: &mut Call<'_>, index: i32) -> i32 {
    let Some(path) = path(index) else { return 0 };
    let text: Vec<String> = call.device.table.iter().map(i32::to_string).collect();
    call.device.files.write_whole(path.as_bytes(), (text.join(",") + "\n").as_bytes()).is_some().into()
}

pub(super) fn lut_check(call: &mut Call<'_>, index: i32) -> i32 {
    read(call, index).map_or(-1, |table| table.len() as i32)
}

fn read(call: &mut Call<'_>, index: i32) -> Option<Vec<i32>> {
    let bytes = call.device.files.read_whole(path(index)?.as_bytes(), LONGEST)?;
    call.device.charge(bytes.len() as u64 * 4);
    let text = String::from_utf8(bytes).ok()?;
    let numbers = text.split([',', ' ', '\t', '\r', '\n']).filter(|number| !number.is_empty());
    numbers.take(MOST).map(|number| number.parse().ok()).collect()
}

fn path(index: i32) -> Option<String> {
    (0..=255).contains(&index).then(|| format!("/lut_{index}.csv"))
}
