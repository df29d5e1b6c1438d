//! The functions that the ConeZ host supplies to a patch, and the fixed places of its linear memory.

use crate::lower::program::Type;

/// One past the low heap, which begins at the patch's `_heap_ptr`; the string pool begins here.
pub(crate) const STRING_POOL: u32 = 0x8000;

/// One past the string pool: the arguments of the call of `printf` or `FORMAT` that is being made.
pub(crate) const FORMAT_CELLS: u32 = 0xF000;

/// Bytes of them.
pub(crate) const FORMAT_BYTES: u32 = 0x100;

/// The handles of BASIC's files 1 to 4, -1 for one that is not open.
pub(crate) const FILE_HANDLES: u32 = 0xF100;

/// Bytes of them.
pub(crate) const FILE_HANDLE_BYTES: u32 = 16;

/// The lowest that the stack may grow to.
pub(crate) const STACK_BOTTOM: u32 = 0xF200;

/// One past the stack and past the memory of a patch whose data fits below the string pool.
pub(crate) const STACK_TOP: u32 = 0x1_0000;

/// A function of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostFunction {
    pub name: &'static str,
    parameters: &'static str,
    result: &'static str,
}

impl HostFunction {
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Type> + use<> {
        self.parameters.bytes().map(type_of)
    }

    pub fn result(&self) -> Option<Type> {
        self.result.bytes().next().map(type_of)
    }
}

/// The host function of that name.
pub(crate) fn function(name: &str) -> Option<HostFunction> {
    functions().find(|function| function.name == name)
}

/// All host functions.
pub(crate) fn functions() -> impl Iterator<Item = HostFunction> {
    GROUPS.iter().flat_map(|&(signature, names)| {
        let (result, parameters) = signature.split_once('(').unwrap_or((signature, ")"));
        let (result, parameters) = (result.trim_start_matches('v'), parameters.trim_end_matches(')'));
        names.split_ascii_whitespace().map(move |name| HostFunction { name, parameters, result })
    })
}

fn type_of(letter: u8) -> Type {
    match letter {
        b'I' => Type::Long,
        b'f' => Type::Float,
        b'F' => Type::Double,
        _ => Type::Integer,
    }
}

/// Result and parameters (`v` none, `i` and `I` integers of 32 and 64 bits, `f` and `F` floats of 32 and 64 bits), and the
/// functions of that type.
const GROUPS: &[(&str, &str)] = &[
    // LEDs.
    ("v(iiiii)", "led_set_pixel led_set_pixel_hsv led_shift"),
    ("v(iiii)", "led_fill led_fill_hsv"),
    ("v(iii)", "led_set_buffer"),
    ("v()", "led_show"),
    ("i(i)", "led_count led_gamma8"),
    ("i(iii)", "hsv_to_rgb rgb_to_hsv"),
    ("v(i)", "led_set_gamma led_reverse"),
    ("v(ii)", "led_rotate"),
    // Pins.
    ("v(i)", "pin_set pin_clear"),
    ("i(i)", "pin_read analog_read"),
    // Position, motion and surroundings.
    (
        "f()",
        "get_lat get_lon get_alt get_speed get_dir get_origin_lat get_origin_lon origin_dist origin_bearing",
    ),
    ("i()", "gps_valid gps_present has_origin imu_valid imu_present"),
    ("f()", "get_roll get_pitch get_yaw get_acc_x get_acc_y get_acc_z"),
    ("f()", "get_temp get_humidity get_brightness get_bat_voltage get_solar_voltage"),
    ("f()", "get_battery_percentage get_battery_runtime get_sun_azimuth get_sun_elevation"),
    ("i()", "get_sunrise get_sunset sun_valid is_daylight"),
    // Cues and time.
    ("i()", "cue_playing millis time_valid"),
    ("I()", "cue_elapsed get_epoch_ms millis64 get_uptime_ms get_last_comm_ms"),
    ("v(i)", "delay_ms"),
    ("i()", "get_year get_month get_day get_hour get_minute get_second"),
    ("i()", "get_day_of_week get_day_of_year get_is_leap_year"),
    // Parameters and waiting.
    ("i(i)", "get_param wait_pps"),
    ("v(ii)", "set_param"),
    ("i()", "should_stop"),
    ("i(ii)", "random_int"),
    ("i(iiii)", "wait_param"),
    // Text.
    ("v(i)", "print_i32"),
    ("v(f)", "print_f32"),
    ("v(I)", "print_i64"),
    ("v(F)", "print_f64"),
    ("v(ii)", "print_str"),
    ("i(ii)", "host_printf"),
    ("i(iiii)", "host_snprintf"),
    ("i(iii)", "host_sscanf"),
    // Look-up table.
    ("i(i)", "lut_load lut_get lut_save lut_check"),
    ("i()", "lut_size"),
    ("v(ii)", "lut_set"),
    // Mathematics.
    ("f(f)", "sinf cosf tanf asinf acosf atanf expf logf log2f"),
    ("f(ff)", "atan2f powf fmodf"),
    ("F(F)", "sin cos tan asin acos atan exp log log2"),
    ("F(FF)", "atan2 pow fmod"),
    ("f(fff)", "lerp"),
    ("i(iiiiiiii)", "larp"),
    ("f(fffffffi)", "larpf"),
    // Files and folders.
    ("i(ii)", "file_open file_truncate file_writeln file_stat file_rename dir_read"),
    ("i(iii)", "file_read file_write file_seek file_readln"),
    ("v(i)", "file_close dir_close"),
    ("i(i)", "file_size file_tell file_eof file_flush file_readln_str"),
    ("i(i)", "file_delete file_mkdir file_rmdir dir_open"),
    // Compression.
    ("i(ii)", "inflate_file deflate_file"),
    ("i(iii)", "inflate_file_to_mem deflate_mem_to_file"),
    ("i(iiii)", "inflate_mem deflate_mem"),
    // Memory.
    ("i(i)", "malloc"),
    ("v(i)", "free basic_str_free"),
    ("i(ii)", "calloc realloc"),
    // Strings of the pool.
    ("i(i)", "basic_str_alloc basic_str_len basic_str_copy basic_str_chr basic_str_asc basic_str_from_int"),
    (
        "i(i)",
        "basic_str_to_int basic_str_upper basic_str_lower basic_str_trim basic_str_ltrim basic_str_rtrim",
    ),
    ("i(i)", "basic_str_space basic_str_hex basic_str_oct"),
    ("i(ii)", "basic_str_concat basic_str_cmp basic_str_left basic_str_right basic_str_repeat"),
    ("i(iii)", "basic_str_mid basic_str_instr"),
    ("i(iiii)", "basic_str_mid_assign"),
    ("i(I)", "basic_str_from_i64"),
    ("i(f)", "basic_str_from_float"),
    ("I(i)", "basic_str_to_i64"),
    ("f(i)", "basic_str_to_float"),
    // Sound, which this host has and the device does not.
    ("i()", "sample_rate audio_block"),
    ("i(i)", "audio_in audio_out"),
    ("f(ii)", "audio_get"),
    ("v(iif)", "audio_set"),
];

#[cfg(test)]
mod tests {
    use super::{Type, function, functions};
    use std::collections::HashSet;

    #[test]
    fn every_name_has_one_signature() {
        let mut seen = HashSet::new();
        assert!(functions().all(|function| seen.insert(function.name)));
        // The host's 175, and the six for sound.
        assert_eq!(seen.len(), 181);
    }

    #[test]
    fn signatures_are_read_as_they_are_written() {
        let larpf = function("larpf").unwrap();
        assert_eq!(larpf.parameters().len(), 8);
        assert_eq!(larpf.parameters().last(), Some(Type::Integer));
        assert_eq!(larpf.result(), Some(Type::Float));
        assert_eq!(function("led_show").unwrap().result(), None);
        assert_eq!(function("fmod").unwrap().result(), Some(Type::Double));
        assert_eq!(function("basic_str_from_i64").unwrap().parameters().next(), Some(Type::Long));
    }
}
