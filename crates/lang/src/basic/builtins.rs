//! The functions of the language.

use super::ast::{self, ExprKind, Name};
use super::body::Body;
use super::functions;
use super::types::{Type, Value};
use super::unit::{Array, values};
use crate::conez;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{self as lower, Expr, Statement as Step, Unary};

/// A function, and what it takes: `i` an integer, `f` a float, `n` a number of any type, `s` a string, `a` an array,
/// `c` the number of a file; those after `?` may be left out.
#[derive(Clone, Copy)]
pub(super) struct Builtin {
    name: &'static str,
    takes: &'static str,
    make: Make,
}

/// What a call of it becomes.
#[derive(Clone, Copy)]
enum Make {
    /// The host function, whose value is converted to what the name says.
    Host(&'static str),
    By(fn(&mut Body<'_, '_>, Vec<Argument>, Span) -> Option<Value>),
}

/// What a function is given.
pub(super) enum Argument {
    Value(Value),
    Array(Array),
}

/// The function of that name.
pub(super) fn find(name: &str) -> Option<Builtin> {
    BUILTINS.iter().find(|(known, ..)| *known == name).map(|&(name, takes, make)| Builtin {
        name,
        takes,
        make,
    })
}

/// All names.
pub(super) fn names() -> Vec<&'static str> {
    BUILTINS.iter().map(|(name, ..)| *name).collect()
}

use Make::{By, Host};

const BUILTINS: &[(&str, &str, Make)] = &[
    // Numbers.
    ("ABS", "n", By(functions::absolute)),
    ("SGN", "n", By(functions::sign)),
    ("INT", "n", By(|_, given, _| Some(functions::number(given)?.to(Type::Integer)))),
    ("FLOAT", "n", By(|_, given, _| Some(functions::number(given)?.to(Type::Float)))),
    ("LIMIT", "nnn", By(functions::limit)),
    ("LIMIT256", "n", By(functions::limit_256)),
    ("SCALE", "nnnnn", By(functions::scale)),
    ("SIN256", "i", By(functions::sine_256)),
    ("RANDOM", "ii", Host("random_int")),
    ("SIN", "f", Host("sinf")),
    ("COS", "f", Host("cosf")),
    ("TAN", "f", Host("tanf")),
    ("ATAN2", "ff", Host("atan2f")),
    ("POW", "ff", Host("powf")),
    ("EXP", "f", Host("expf")),
    ("LOG", "f", Host("logf")),
    ("LOG2", "f", Host("log2f")),
    ("FMOD", "ff", Host("fmodf")),
    ("SQRT", "f", By(|_, given, _| functions::float(given, Unary::SquareRoot(lower::Type::Float)))),
    ("FLOOR", "f", By(|_, given, _| functions::float(given, Unary::Floor(lower::Type::Float)))),
    ("CEIL", "f", By(|_, given, _| functions::float(given, Unary::Ceiling(lower::Type::Float)))),
    // Strings.
    ("LEN", "s", Host("basic_str_len")),
    ("ASC", "s", Host("basic_str_asc")),
    ("VAL", "s", Host("basic_str_to_int")),
    ("VAL&", "s", Host("basic_str_to_i64")),
    ("VAL#", "s", Host("basic_str_to_float")),
    ("STR$", "n", By(|body, given, _| functions::number(given).map(|value| body.digits(value)))),
    ("CHR$", "i", Host("basic_str_chr")),
    ("MID$", "si?i", Host("basic_str_mid")),
    ("LEFT$", "si", Host("basic_str_left")),
    ("RIGHT$", "si", Host("basic_str_right")),
    ("UPPER$", "s", Host("basic_str_upper")),
    ("UCASE$", "s", Host("basic_str_upper")),
    ("LOWER$", "s", Host("basic_str_lower")),
    ("LCASE$", "s", Host("basic_str_lower")),
    ("INSTR", "ss?i", Host("basic_str_instr")),
    ("TRIM$", "s", Host("basic_str_trim")),
    ("LTRIM$", "s", Host("basic_str_ltrim")),
    ("RTRIM$", "s", Host("basic_str_rtrim")),
    ("STRING$", "ii", Host("basic_str_repeat")),
    ("SPACE$", "i", Host("basic_str_space")),
    ("HEX$", "i", Host("basic_str_hex")),
    ("OCT$", "i", Host("basic_str_oct")),
    // Arrays.
    ("UBOUND", "a?i", By(functions::upper_bound)),
    ("LBOUND", "a?i", By(functions::lower_bound)),
    ("SETARRAY", "aiin", By(|body, given, span| body.set_array(given, span))),
    ("SHIFTARRAY", "ain", By(|body, given, span| body.shift_array(given, span))),
    ("ROTATEARRAY", "ai", By(|body, given, span| body.rotate_array(given, span))),
    ("COPYARRAY", "aa", By(|body, given, span| body.copy_array(given, span))),
    ("SCALELIMITARRAY", "aiii", By(|body, given, span| body.scale_array(given, span))),
    ("RGBTOHSVARRAY", "aaa", By(|body, given, span| body.convert_colours("rgb_to_hsv", given, span))),
    ("HSVTORGBARRAY", "aaa", By(|body, given, span| body.convert_colours("hsv_to_rgb", given, span))),
    // The look-up table.
    ("LOADLUT", "i", Host("lut_load")),
    ("SAVELUT", "i", Host("lut_save")),
    ("LUTSIZE", "i", Host("lut_check")),
    ("LUT", "i", Host("lut_get")),
    ("LUTTOARRAY", "a", By(|body, given, span| body.table_to_array(given, span))),
    ("ARRAYTOLUT", "a", By(|body, given, span| body.array_to_table(given, span))),
    // Time, parameters and the program.
    ("TIMESTAMP", "?i", By(functions::timestamp)),
    ("TIMESTAMP&", "", Host("millis64")),
    ("WAIT", "i", Host("delay_ms")),
    ("WAITFOR", "iiiii", By(functions::wait_for)),
    ("GETPARAM", "i", Host("get_param")),
    ("VERSION", "", By(|_, _, span| Some(Value::integer(1, span)))),
    ("LASTCOMM", "", Host("get_last_comm_ms")),
    ("UPTIME", "", Host("get_uptime_ms")),
    ("HASTIME", "", Host("time_valid")),
    ("HASDATE", "", Host("time_valid")),
    ("YEAR", "", Host("get_year")),
    ("MONTH", "", Host("get_month")),
    ("DAY", "", Host("get_day")),
    ("HOUR", "", Host("get_hour")),
    ("MINUTE", "", Host("get_minute")),
    ("SECOND", "", Host("get_second")),
    ("DAYOFWEEK", "", Host("get_day_of_week")),
    ("DAYOFYEAR", "", Host("get_day_of_year")),
    ("ISLEAPYEAR", "", Host("get_is_leap_year")),
    // LEDs.
    ("GETMAXLED", "", By(functions::led_count)),
    ("SETLEDCOL", "iii", By(functions::fill_leds)),
    ("SETLEDRGB", "aaa", By(|body, given, span| body.set_leds(given, span))),
    ("USEGAMMA", "i", Host("led_set_gamma")),
    ("GAMMA256", "i", Host("led_gamma8")),
    // Pins and sensors; a float where the name ends with #.
    ("PIN_READ", "i", Host("pin_read")),
    ("ANALOG_READ", "i", Host("analog_read")),
    ("HASGPS", "", Host("gps_valid")),
    ("GPSPRESENT", "", Host("gps_present")),
    ("HASORIGIN", "", Host("has_origin")),
    ("HASGYRO", "", Host("imu_valid")),
    ("HASACC", "", Host("imu_valid")),
    ("HASMAG", "", Host("imu_valid")),
    ("IMUPRESENT", "", Host("imu_present")),
    ("GPSLAT#", "", Host("get_lat")),
    ("GPSLON#", "", Host("get_lon")),
    ("GPSALT", "", Host("get_alt")),
    ("GPSALT#", "", Host("get_alt")),
    ("GPSSPEED", "", Host("get_speed")),
    ("GPSSPEED#", "", Host("get_speed")),
    ("GPSDIR", "", Host("get_dir")),
    ("GPSDIR#", "", Host("get_dir")),
    ("ORIGINDIST", "", Host("origin_dist")),
    ("ORIGINDIST#", "", Host("origin_dist")),
    ("ORIGINANGLE", "", Host("origin_bearing")),
    ("ORIGINANGLE#", "", Host("origin_bearing")),
    ("PITCH", "", Host("get_pitch")),
    ("PITCH#", "", Host("get_pitch")),
    ("ROLL", "", Host("get_roll")),
    ("ROLL#", "", Host("get_roll")),
    ("YAW", "", Host("get_yaw")),
    ("YAW#", "", Host("get_yaw")),
    ("ACCX", "", Host("get_acc_x")),
    ("ACCX#", "", Host("get_acc_x")),
    ("ACCY", "", Host("get_acc_y")),
    ("ACCY#", "", Host("get_acc_y")),
    ("ACCZ", "", Host("get_acc_z")),
    ("ACCZ#", "", Host("get_acc_z")),
    ("TEMP", "", By(functions::tenths_of_degrees)),
    ("TEMP#", "", Host("get_temp")),
    ("HUM", "", Host("get_humidity")),
    ("HUM#", "", Host("get_humidity")),
    ("BRIGHT", "", Host("get_brightness")),
    ("BRIGHT#", "", Host("get_brightness")),
    ("BATPCT", "", Host("get_battery_percentage")),
    ("BATPCT#", "", Host("get_battery_percentage")),
    ("BATRUNTIME", "", Host("get_battery_runtime")),
    ("BATRUNTIME#", "", Host("get_battery_runtime")),
    ("SUNAZ", "", Host("get_sun_azimuth")),
    ("SUNAZ#", "", Host("get_sun_azimuth")),
    ("SUNEL", "", Host("get_sun_elevation")),
    ("SUNEL#", "", Host("get_sun_elevation")),
    // Files.
    ("EOF", "c", By(|_, _, _| None)),
    // Sound.
    ("SAMPLERATE", "", Host("sample_rate")),
    ("AUDIOBLOCK", "", Host("audio_block")),
    ("AUDIO#", "ii", Host("audio_get")),
    ("SETAUDIO", "iif", Host("audio_set")),
];

impl Body<'_, '_> {
    pub fn builtin(&mut self, builtin: Builtin, given: &[ast::Expr], span: Span) -> Option<Value> {
        let takes = builtin.takes.replace('?', "");
        let least = builtin.takes.find('?').unwrap_or(takes.len());
        if !(least..=takes.len()).contains(&given.len()) {
            let wanted = match takes.len() {
                most if most == least => values(most),
                most => format!("{least} to {}", values(most)),
            };
            let are = if given.len() == 1 { "1 is" } else { &format!("{} are", given.len()) };
            let message = format!("`{}` takes {wanted}, but {are} given", builtin.name);
            self.unit.error(span, message);
            return None;
        }
        if builtin.takes == "c" {
            return self.at_end(&given[0], span);
        }
        let mut arguments = Vec::with_capacity(given.len());
        for (kind, expr) in takes.chars().zip(given) {
            arguments.push(self.argument(builtin.name, kind, expr)?);
        }
        match builtin.make {
            By(make) => make(self, arguments, span),
            Host(function) => {
                let mut values: Vec<Value> = arguments.into_iter().filter_map(functions::value).collect();
                match builtin.name {
                    // All that is left: no string is longer than the pool.
                    "MID$" if values.len() == 2 => values.push(Value::integer(0xFFFF, span)),
                    "INSTR" if values.len() == 2 => values.push(Value::integer(1, span)),
                    _ => {}
                }
                Some(self.host_value(builtin.name, function, values, span))
            }
        }
    }

    fn argument(&mut self, function: &str, kind: char, expr: &ast::Expr) -> Option<Argument> {
        if kind == 'a' {
            let ExprKind::Name(text) = &expr.kind else {
                let message = format!("`{function}` takes an array by its name alone");
                self.unit.error(expr.span, message);
                return None;
            };
            return self.array(&Name { text: text.clone(), span: expr.span }).map(Argument::Array);
        }
        let value = self.value(expr).settled();
        let ty = match kind {
            's' => Type::Text,
            'f' => Type::Float,
            'i' => Type::Integer,
            _ if value.ty == Type::Text => Type::Integer,
            _ => value.ty,
        };
        if (ty == Type::Text) != (value.ty == Type::Text) {
            let wanted = if ty == Type::Text { "a string" } else { "a number" };
            let message = format!("`{function}` takes {wanted} here, but this is {}", value.ty.noun());
            let hint = if ty == Type::Text {
                "STR$(n) makes a string of a number"
            } else {
                "VAL(s$) makes a number of a string"
            };
            self.unit.diagnostics.push(Diagnostic::error(expr.span, message).hint(hint));
            return None;
        }
        Some(Argument::Value(value.to(ty)))
    }

    /// The value of a host function, as the type that the name of the language's function has.
    fn host_value(&mut self, name: &str, function: &'static str, values: Vec<Value>, span: Span) -> Value {
        let result = conez::function(function).and_then(|function| function.result());
        let Some(result) = result else {
            let calls = values.iter().any(|value| value.calls);
            let function = self.unit.host(function);
            let (arguments, released) = self.held(values);
            let mut steps = vec![Step::Evaluate(Expr::Call(function, arguments))];
            steps.extend(released);
            let expr = Expr::After(steps, Box::new(Expr::Integer(0)));
            return Value::new(expr, Type::Integer, span).calling(calls);
        };
        let ty = match (Type::of_suffix(name), result) {
            (Some(Type::Text), _) => Type::Text,
            (_, lower::Type::Integer) => Type::Integer,
            (_, lower::Type::Long) => Type::Long,
            _ => Type::Float,
        };
        let value = self.text_function(function, ty, values, span);
        match (Type::of_suffix(name), ty) {
            // Sensors without # and clocks are integers.
            (None, Type::Long) => value.to(Type::Integer),
            (None, Type::Float) if conez_sensor(function) => value.to(Type::Integer),
            _ => value,
        }
    }
}

/// Whether a host function that gives a float measures something: the mathematical ones keep their floats.
fn conez_sensor(function: &str) -> bool {
    function.starts_with("get_") || function.starts_with("origin_")
}
