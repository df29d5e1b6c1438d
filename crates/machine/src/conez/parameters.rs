//! The numbers that a patch shares with what is around it, chance, and the faults that it finds itself.

use sostenuto_vm::TrapKind;

use super::device::Stop;
use super::guest::Call;

pub(super) fn get_param(call: &mut Call<'_>, id: i32) -> Result<i32, TrapKind> {
    call.ask()?;
    Ok(call.device.parameters.get(id as u32 as usize).copied().unwrap_or(0))
}

pub(super) fn set_param(call: &mut Call<'_>, id: i32, value: i32) {
    if let Some(parameter) = call.device.parameters.get_mut(id as u32 as usize) {
        *parameter = value;
    }
}

pub(super) fn should_stop(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    call.ask()?;
    Ok((call.device.parameters[0] == 1).into())
}

pub(super) fn random_int(call: &mut Call<'_>, low: i32, high: i32) -> i32 {
    call.device.random.between(low, high)
}

/// What our compilers make of a check that has failed.
pub(super) fn fault(call: &mut Call<'_>, site: u32, value: i32) -> Result<(), TrapKind> {
    call.device.stop(Stop::Fault { site, value })
}
