//! The functions that a patch can call, by name and type.

use sostenuto_vm::{Caller, FlatMemory, HostFunctions, LinearMemory};

use super::device::Device;
use super::guest::Call;
use super::{audio, calendar, compress, curve, files, lights, lookup, memory, output, parameters, pins};
use super::{sensors, strings, text, time};

/// The module from which a patch imports them.
pub(super) const MODULE: &str = "env";

macro_rules! add {
    ($functions:expr, $group:ident; $($name:ident($($argument:ident: $type:ty),*);)+) => {
        $functions$(.add(MODULE, stringify!($name), |caller: &mut Caller<'_, M, Device>, $($argument: $type),*| {
            let (memory, device) = caller.parts();
            let entered = device.enter();
            let mut call = Call { memory, device, function: stringify!($name) };
            entered.map(|()| $group::$name(&mut call, $($argument),*))
        }))+
    };
}

macro_rules! add_maths {
    ($functions:expr; $($name:ident($($argument:ident),+): $type:ty = $function:path;)+) => {
        $functions$(.add(MODULE, stringify!($name), |_: &mut Caller<'_, M, Device>, $($argument: $type),+| {
            $function($($argument),+)
        }))+
    };
}

/// All of them, for patches with this kind of memory.
pub(super) fn all<'h, M: LinearMemory + 'h>() -> HostFunctions<'h, M, Device> {
    texts(files_and_memory(maths(world(time_and_parameters(light(HostFunctions::new()))))))
}

/// Each with its name and its type, as WebAssembly text has it.
pub fn functions() -> Vec<(String, String)> {
    let all = all::<FlatMemory<Vec<u8>>>();
    all.signatures().map(|it| (it.name.to_owned(), it.function_type.to_string())).collect()
}

type Functions<'h, M> = HostFunctions<'h, M, Device>;

fn light<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    let functions = add! { functions, lights;
        led_set_pixel(channel: i32, position: i32, red: i32, green: i32, blue: i32);
        led_fill(channel: i32, red: i32, green: i32, blue: i32);
        led_show();
        led_count(channel: i32);
        led_set_buffer(channel: i32, pointer: i32, count: i32);
        led_set_pixel_hsv(channel: i32, position: i32, hue: i32, saturation: i32, value: i32);
        led_fill_hsv(channel: i32, hue: i32, saturation: i32, value: i32);
        hsv_to_rgb(hue: i32, saturation: i32, value: i32);
        rgb_to_hsv(red: i32, green: i32, blue: i32);
        led_gamma8(value: i32);
        led_set_gamma(enable: i32);
        led_shift(channel: i32, amount: i32, red: i32, green: i32, blue: i32);
        led_rotate(channel: i32, amount: i32);
        led_reverse(channel: i32);
    };
    add! { functions, pins;
        pin_set(pin: i32);
        pin_clear(pin: i32);
        pin_read(pin: i32);
        analog_read(pin: i32);
    }
}

fn world<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    add! { functions, sensors;
        get_lat();
        get_lon();
        get_alt();
        get_speed();
        get_dir();
        gps_valid();
        gps_present();
        get_origin_lat();
        get_origin_lon();
        has_origin();
        origin_dist();
        origin_bearing();
        get_roll();
        get_pitch();
        get_yaw();
        get_acc_x();
        get_acc_y();
        get_acc_z();
        imu_valid();
        imu_present();
        get_temp();
        get_humidity();
        get_brightness();
        get_bat_voltage();
        get_solar_voltage();
        get_battery_percentage();
        get_battery_runtime();
        get_sunrise();
        get_sunset();
        sun_valid();
        is_daylight();
        get_sun_azimuth();
        get_sun_elevation();
        cue_playing();
        cue_elapsed();
        get_last_comm_ms();
    }
}

fn time_and_parameters<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    let functions = add! { functions, time;
        get_epoch_ms();
        millis();
        millis64();
        get_uptime_ms();
        delay_ms(milliseconds: i32);
        time_valid();
        wait_pps(timeout: i32);
        wait_param(id: i32, condition: i32, value: i32, timeout: i32);
    };
    let functions = add! { functions, calendar;
        get_year();
        get_month();
        get_day();
        get_hour();
        get_minute();
        get_second();
        get_day_of_week();
        get_day_of_year();
        get_is_leap_year();
    };
    let functions = add! { functions, parameters;
        get_param(id: i32);
        set_param(id: i32, value: i32);
        should_stop();
        random_int(low: i32, high: i32);
        fault(site: u32, value: i32);
    };
    add! { functions, audio;
        sample_rate();
        audio_block();
        audio_in(channel: i32);
        audio_out(channel: i32);
        audio_get(channel: i32, frame: i32);
        audio_set(channel: i32, frame: i32, value: f32);
    }
}

fn maths<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    let functions = add! { functions, curve;
        lerp(from: f32, to: f32, share: f32);
        larp(x: i32, x_min: i32, x_max: i32, min: i32, max: i32, offset: i32, window: i32, stride: i32);
        larpf(x: f32, x_min: f32, x_max: f32, min: f32, max: f32, offset: f32, window: f32, stride: i32);
    };
    // Those of the crate `libm`, so that a device without a library of its own gives the same bits.
    add_maths! { functions;
        sinf(x): f32 = libm::sinf;
        cosf(x): f32 = libm::cosf;
        tanf(x): f32 = libm::tanf;
        asinf(x): f32 = libm::asinf;
        acosf(x): f32 = libm::acosf;
        atanf(x): f32 = libm::atanf;
        atan2f(y, x): f32 = libm::atan2f;
        powf(x, y): f32 = libm::powf;
        expf(x): f32 = libm::expf;
        logf(x): f32 = libm::logf;
        log2f(x): f32 = libm::log2f;
        fmodf(x, y): f32 = libm::fmodf;
        sin(x): f64 = libm::sin;
        cos(x): f64 = libm::cos;
        tan(x): f64 = libm::tan;
        asin(x): f64 = libm::asin;
        acos(x): f64 = libm::acos;
        atan(x): f64 = libm::atan;
        atan2(y, x): f64 = libm::atan2;
        pow(x, y): f64 = libm::pow;
        exp(x): f64 = libm::exp;
        log(x): f64 = libm::log;
        log2(x): f64 = libm::log2;
        fmod(x, y): f64 = libm::fmod;
    }
}

fn files_and_memory<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    let functions = add! { functions, lookup;
        lut_load(index: i32);
        lut_get(index: i32);
        lut_size();
        lut_set(index: i32, value: i32);
        lut_save(index: i32);
        lut_check(index: i32);
    };
    let functions = add! { functions, files;
        file_open(path: i32, mode: i32);
        file_close(handle: i32);
        file_read(handle: i32, buffer: i32, most: i32);
        file_write(handle: i32, buffer: i32, length: i32);
        file_size(handle: i32);
        file_seek(handle: i32, offset: i32, whence: i32);
        file_tell(handle: i32);
        file_eof(handle: i32);
        file_truncate(handle: i32, length: i32);
        file_flush(handle: i32);
        file_readln(handle: i32, buffer: i32, most: i32);
        file_readln_str(handle: i32);
        file_writeln(handle: i32, text: i32);
        file_stat(path: i32, out: i32);
        file_delete(path: i32);
        file_rename(from: i32, to: i32);
        file_mkdir(path: i32);
        file_rmdir(path: i32);
        dir_open(path: i32);
        dir_read(handle: i32, out: i32);
        dir_close(handle: i32);
    };
    let functions = add! { functions, compress;
        inflate_file(from: i32, to: i32);
        inflate_file_to_mem(from: i32, to: i32, most: i32);
        inflate_mem(from: i32, length: i32, to: i32, most: i32);
        deflate_file(from: i32, to: i32);
        deflate_mem_to_file(from: i32, length: i32, to: i32);
        deflate_mem(from: i32, length: i32, to: i32, most: i32);
    };
    add! { functions, memory;
        malloc(bytes: i32);
        free(pointer: i32);
        calloc(count: i32, bytes: i32);
        realloc(pointer: i32, bytes: i32);
    }
}

fn texts<'h, M: LinearMemory + 'h>(functions: Functions<'h, M>) -> Functions<'h, M> {
    let functions = add! { functions, output;
        print_i32(value: i32);
        print_f32(value: f32);
        print_i64(value: i64);
        print_f64(value: f64);
        print_str(pointer: i32, length: i32);
    };
    let functions = add! { functions, text;
        host_printf(format: i32, arguments: i32);
        host_snprintf(buffer: i32, size: i32, format: i32, arguments: i32);
        host_sscanf(text: i32, format: i32, arguments: i32);
    };
    add! { functions, strings;
        basic_str_alloc(bytes: i32);
        basic_str_free(pointer: i32);
        basic_str_len(pointer: i32);
        basic_str_copy(pointer: i32);
        basic_str_concat(first: i32, second: i32);
        basic_str_cmp(first: i32, second: i32);
        basic_str_mid(pointer: i32, start: i32, length: i32);
        basic_str_left(pointer: i32, length: i32);
        basic_str_right(pointer: i32, length: i32);
        basic_str_chr(code: i32);
        basic_str_asc(pointer: i32);
        basic_str_from_int(value: i32);
        basic_str_from_i64(value: i64);
        basic_str_from_float(value: f32);
        basic_str_to_int(pointer: i32);
        basic_str_to_i64(pointer: i32);
        basic_str_to_float(pointer: i32);
        basic_str_upper(pointer: i32);
        basic_str_lower(pointer: i32);
        basic_str_instr(hay: i32, needle: i32, start: i32);
        basic_str_trim(pointer: i32);
        basic_str_ltrim(pointer: i32);
        basic_str_rtrim(pointer: i32);
        basic_str_repeat(count: i32, code: i32);
        basic_str_space(count: i32);
        basic_str_hex(value: i32);
        basic_str_oct(value: i32);
        basic_str_mid_assign(target: i32, start: i32, length: i32, source: i32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_the_175_of_the_original_the_audio_extension_and_fault() {
        let functions = functions();
        assert_eq!(functions.len(), 175 + 6 + 1, "{functions:?}");
    }
}
