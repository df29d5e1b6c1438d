//! Asking for the time, and waiting.

use sostenuto_vm::{Flow, TrapKind};

use super::device::{PARAMETERS, Stop};
use super::guest::Call;

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;

impl Call<'_> {
    /// Counts a question for what only changes with time.
    pub(super) fn ask(&mut self) -> Result<(), TrapKind> {
        let device = &mut *self.device;
        if device.audio.is_playing || device.clock.ask(&mut device.parameters) {
            Ok(())
        } else {
            device.stop(Stop::End)
        }
    }

    /// Refuses to wait where the sound goes on, and where the patch was asked to stop.
    fn may_wait(&mut self) -> Result<(), TrapKind> {
        if self.device.audio.is_playing {
            return self.device.stop(Stop::Wait { function: self.function });
        }
        if self.device.clock.is_over() { self.device.stop(Stop::End) } else { Ok(()) }
    }

    fn wait_until(&mut self, time: u64) {
        self.device.clock.go_to(time, &mut self.device.parameters);
    }
}

pub(super) fn get_epoch_ms(call: &mut Call<'_>) -> Result<i64, TrapKind> {
    call.ask()?;
    Ok(call.device.clock.epoch())
}

pub(super) fn millis(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    call.ask()?;
    Ok(call.device.clock.millis() as i32)
}

pub(super) fn millis64(call: &mut Call<'_>) -> Result<i64, TrapKind> {
    call.ask()?;
    Ok(call.device.clock.millis() as i64)
}

pub(super) fn get_uptime_ms(call: &mut Call<'_>) -> Result<i64, TrapKind> {
    millis64(call)
}

pub(super) fn time_valid(_: &mut Call<'_>) -> i32 {
    1
}

pub(super) fn delay_ms(call: &mut Call<'_>, milliseconds: i32) -> Result<Flow<()>, TrapKind> {
    call.may_wait()?;
    call.wait_until(call.device.clock.now() + milliseconds.max(0) as u64 * 1_000);
    Ok(Flow::Suspend(()))
}

/// The pulse of each full second.
pub(super) fn wait_pps(call: &mut Call<'_>, timeout: i32) -> Result<Flow<i32>, TrapKind> {
    call.may_wait()?;
    let now = call.device.clock.now();
    let pulse = (now / SECOND + 1) * SECOND;
    let last = limit(now, timeout);
    call.wait_until(pulse.min(last));
    Ok(Flow::Suspend((pulse <= last && call.device.clock.now() == pulse).into()))
}

pub(super) fn wait_param(
    call: &mut Call<'_>,
    id: i32,
    condition: i32,
    value: i32,
    timeout: i32,
) -> Result<Flow<i32>, TrapKind> {
    call.may_wait()?;
    let last = limit(call.device.clock.now(), timeout);
    let index = id as u32 as usize;
    loop {
        let parameter = call.device.parameters.get(index).copied().unwrap_or(0);
        let is_met = index < PARAMETERS
            && match condition {
                0 => parameter > value,
                1 => parameter < value,
                2 => parameter == value,
                3 => parameter != value,
                _ => false,
            };
        if is_met || call.device.clock.is_over() || call.device.clock.now() >= last {
            return Ok(Flow::Suspend(is_met.into()));
        }
        let next = call.device.clock.next_change().unwrap_or(u64::MAX);
        call.wait_until(next.min(last));
    }
}

/// When waiting ends that may take so many milliseconds; never for 0.
fn limit(now: u64, timeout: i32) -> u64 {
    if timeout <= 0 { u64::MAX } else { now + timeout as u64 * 1_000 }
}
