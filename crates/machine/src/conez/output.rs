//! What a patch prints.

use std::io::Write;

use sostenuto_vm::{Flow, TrapKind};

use super::guest::Call;

/// Pauses, so that whoever runs the patch can show the text.
const SHOW: Flow<()> = Flow::Suspend(());

pub(super) fn print_i32(call: &mut Call<'_>, value: i32) -> Flow<()> {
    call.say(format_args!("{value}\n"))
}

pub(super) fn print_f32(call: &mut Call<'_>, value: f32) -> Flow<()> {
    print_f64(call, value.into())
}

pub(super) fn print_i64(call: &mut Call<'_>, value: i64) -> Flow<()> {
    call.say(format_args!("{value}\n"))
}

pub(super) fn print_f64(call: &mut Call<'_>, value: f64) -> Flow<()> {
    if value.is_finite() {
        call.say(format_args!("{value:.6}\n"))
    } else {
        let sign = if value == f64::NEG_INFINITY { "-" } else { "" };
        call.say(format_args!("{sign}{}\n", if value.is_nan() { "nan" } else { "inf" }))
    }
}

pub(super) fn print_str(call: &mut Call<'_>, pointer: i32, length: i32) -> Result<Flow<()>, TrapKind> {
    let length = length.max(0) as u32;
    call.demand(pointer, length.into())?;
    let before = call.device.output.len();
    call.device.output.resize(before + length as usize, 0);
    call.memory.read_bytes(pointer as u32, &mut call.device.output[before..])?;
    call.device.charge(length.into());
    Ok(SHOW)
}

impl Call<'_> {
    fn say(&mut self, text: std::fmt::Arguments<'_>) -> Flow<()> {
        // Writing to a vector does not fail.
        let _ = self.device.output.write_fmt(text);
        SHOW
    }
}
