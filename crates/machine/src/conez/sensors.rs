//! What is measured or received on a real device, and absent here: each answers as the original does without its part.

use super::guest::Call;

/// What a measurement without its part is.
const ABSENT: f32 = -1000.0;

macro_rules! answers {
    ($($($name:ident)+: $type:ty = $value:expr;)+) => {$($(
        pub(super) fn $name(_: &mut Call<'_>) -> $type {
            $value
        }
    )+)+};
}

answers! {
    get_lat get_lon get_alt get_speed get_dir: f32 = 0.0;
    gps_valid gps_present: i32 = 0;
    get_origin_lat get_origin_lon origin_dist origin_bearing: f32 = 0.0;
    has_origin: i32 = 0;
    get_roll get_pitch get_yaw get_acc_x get_acc_y get_acc_z: f32 = 0.0;
    imu_valid imu_present: i32 = 0;
    get_temp get_humidity get_brightness get_bat_voltage get_solar_voltage: f32 = ABSENT;
    get_battery_percentage get_battery_runtime: f32 = ABSENT;
    get_sunrise get_sunset is_daylight: i32 = -1;
    sun_valid: i32 = 0;
    get_sun_azimuth get_sun_elevation: f32 = ABSENT;
    cue_playing: i32 = 0;
    cue_elapsed get_last_comm_ms: i64 = 0;
}
