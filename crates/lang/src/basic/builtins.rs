//! The functions of the language.

use super::ast::{self, ExprKind, Name, Operator};
use super::body::Body;
use super::expressions::wider;
use super::types::{Type, Value, integer};
use super::unit::{Array, values};
use crate::conez;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::fold;
use crate::lower::program::{self as lower, Binary, Expr, Statement as Step, Unary};

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
    ("ABS", "n", By(absolute)),
    ("SGN", "n", By(sign)),
    ("INT", "n", By(|_, given, _| Some(number(given)?.to(Type::Integer)))),
    ("FLOAT", "n", By(|_, given, _| Some(number(given)?.to(Type::Float)))),
    ("LIMIT", "nnn", By(limit)),
    ("LIMIT256", "n", By(limit_256)),
    ("SCALE", "nnnnn", By(scale)),
    ("SIN256", "i", By(sine_256)),
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
    ("SQRT", "f", By(|_, given, _| float(given, Unary::SquareRoot(lower::Type::Float)))),
    ("FLOOR", "f", By(|_, given, _| float(given, Unary::Floor(lower::Type::Float)))),
    ("CEIL", "f", By(|_, given, _| float(given, Unary::Ceiling(lower::Type::Float)))),
    // Strings.
    ("LEN", "s", Host("basic_str_len")),
    ("ASC", "s", Host("basic_str_asc")),
    ("VAL", "s", Host("basic_str_to_int")),
    ("VAL&", "s", Host("basic_str_to_i64")),
    ("VAL#", "s", Host("basic_str_to_float")),
    ("STR$", "n", By(|body, given, _| number(given).map(|value| body.digits(value)))),
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
    ("UBOUND", "a?i", By(upper_bound)),
    ("LBOUND", "a?i", By(lower_bound)),
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
    ("TIMESTAMP", "?i", By(timestamp)),
    ("TIMESTAMP&", "", Host("millis64")),
    ("WAIT", "i", Host("delay_ms")),
    ("WAITFOR", "iiiii", By(wait_for)),
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
    ("GETMAXLED", "", By(led_count)),
    ("SETLEDCOL", "iii", By(fill_leds)),
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
    ("TEMP", "", By(tenths_of_degrees)),
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
                let mut values: Vec<Value> = arguments.into_iter().filter_map(value).collect();
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

    /// Values that are used more than once: what sets them, and what gets them.
    fn locals(&mut self, values: impl IntoIterator<Item = Value>) -> (Vec<Step>, Vec<Expr>) {
        let mut steps = Vec::new();
        let mut locals = Vec::new();
        for value in values {
            let value = value.settled();
            if value.is_constant() {
                locals.push(value.expr);
                continue;
            }
            let local = self.code.temporary(value.ty.lower());
            steps.push(Step::Set(local, value.expr));
            locals.push(Expr::Local(local));
        }
        (steps, locals)
    }
}

/// Whether a host function that gives a float measures something: the mathematical ones keep their floats.
fn conez_sensor(function: &str) -> bool {
    function.starts_with("get_") || function.starts_with("origin_")
}

fn value(argument: Argument) -> Option<Value> {
    match argument {
        Argument::Value(value) => Some(value),
        Argument::Array(_) => None,
    }
}

fn number(given: Vec<Argument>) -> Option<Value> {
    given.into_iter().find_map(value)
}

/// All values as the widest type among them.
fn numbers(given: Vec<Argument>) -> (Type, bool, Vec<Value>) {
    let values: Vec<Value> = given.into_iter().filter_map(value).collect();
    let ty = values.iter().fold(Type::Integer, |ty, value| wider(ty, value.ty));
    let calls = values.iter().any(|value| value.calls);
    (ty, calls, values.into_iter().map(|value| value.to(ty)).collect())
}

fn float(given: Vec<Argument>, operation: Unary) -> Option<Value> {
    let value = number(given)?;
    Some(Value { expr: Expr::Unary(operation, Box::new(value.expr)), ..value })
}

fn choose(ty: Type, condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::If(Some(ty.lower()), Box::new(condition), Box::new(then), Box::new(otherwise))
}

/// A value between two others, all of which are used twice.
pub(super) fn clamped(ty: Type, value: Expr, low: Expr, high: Expr) -> Expr {
    let compare = |operation, bound: &Expr| fold(ty.lower(), operation, value.clone(), bound.clone());
    let (below, above) = (compare(Binary::Less, &low), compare(Binary::Greater, &high));
    choose(ty, below, low, choose(ty, above, high, value))
}

fn after(steps: Vec<Step>, expr: Expr) -> Expr {
    if steps.is_empty() { expr } else { Expr::After(steps, Box::new(expr)) }
}

fn absolute(body: &mut Body, given: Vec<Argument>, _: Span) -> Option<Value> {
    let value = number(given)?;
    if value.ty != Type::Long {
        let operation = Unary::Absolute(value.ty.lower());
        return Some(Value { expr: Expr::Unary(operation, Box::new(value.expr)), ..value });
    }
    let (steps, locals) = body.locals([value.clone()]);
    let long = Type::Long.lower();
    let negative = fold(long, Binary::Less, locals[0].clone(), Expr::Long(0));
    let negated = fold(long, Binary::Subtract, Expr::Long(0), locals[0].clone());
    let expr = choose(Type::Long, negative, negated, locals[0].clone());
    Some(Value { expr: after(steps, expr), ..value })
}

fn sign(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let value = number(given)?;
    let (ty, calls) = (value.ty, value.calls);
    let (steps, locals) = body.locals([value]);
    let compare = |operation| fold(ty.lower(), operation, locals[0].clone(), ty.zero());
    let sign = integer(Binary::Subtract, compare(Binary::Greater), compare(Binary::Less));
    Some(Value::new(after(steps, sign), Type::Integer, span).calling(calls))
}

fn limit(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (ty, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values);
    let [value, low, high] = <[Expr; 3]>::try_from(locals).ok()?;
    Some(Value::new(after(steps, clamped(ty, value, low, high)), ty, span).calling(calls))
}

fn limit_256(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let value = number(given)?.to(Type::Integer);
    let bounds = [Value::integer(0, span), Value::integer(255, span)];
    let all = std::iter::once(value).chain(bounds).map(Argument::Value).collect();
    limit(body, all, span)
}

/// `SCALE(value, low, high, to_low, to_high)`.
fn scale(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (ty, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values);
    let [value, low, high, to_low, to_high] = <[Expr; 5]>::try_from(locals).ok()?;
    let held = ty.lower();
    let subtract = |left: &Expr, right: &Expr| fold(held, Binary::Subtract, left.clone(), right.clone());
    let product = fold(held, Binary::Multiply, subtract(&value, &low), subtract(&to_high, &to_low));
    let range = subtract(&high, &low);
    let quotient = match ty {
        Type::Integer => body.divide(Operator::Divide, product, range, span),
        _ => fold(held, Binary::Divide, product, range),
    };
    Some(Value::new(after(steps, fold(held, Binary::Add, quotient, to_low)), ty, span).calling(calls))
}

/// A turn of 256 steps, from 1 to 255 around 128.
fn sine_256(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let angle = number(given)?;
    let calls = angle.calls;
    let number = |value: f32| Expr::Float(value.to_bits());
    let float = |operation, left, right| fold(lower::Type::Float, operation, left, right);
    let sine = body.unit.host("sinf");
    let step = std::f32::consts::TAU / 256.0;
    let sine = Expr::Call(sine, vec![float(Binary::Multiply, angle.to(Type::Float).expr, number(step))]);
    let height = float(Binary::Add, float(Binary::Multiply, sine, number(127.0)), number(128.5));
    let lowered = Expr::Unary(Unary::Floor(lower::Type::Float), Box::new(height));
    Some(Value::new(lowered, Type::Float, span).to(Type::Integer).calling(calls))
}

/// The milliseconds since the start, divided.
fn timestamp(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let clock = body.unit.host("millis");
    let time = Expr::Call(clock, Vec::new());
    let Some(divisor) = number(given) else { return Some(Value::new(time, Type::Integer, span)) };
    let calls = divisor.calls;
    let quotient = body.divide(Operator::Divide, time, divisor.expr, span);
    Some(Value::new(quotient, Type::Integer, span).calling(calls))
}

/// `WAITFOR(event, source, condition, trigger, timeout)`: 4 waits a time, 5 for the second's pulse, 6 for a parameter.
fn wait_for(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (_, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values.into_iter().map(|value| value.to(Type::Integer)));
    let [event, source, condition, trigger, timeout] = <[Expr; 5]>::try_from(locals).ok()?;
    let (delay, pulse, parameter) =
        (body.unit.host("delay_ms"), body.unit.host("wait_pps"), body.unit.host("wait_param"));
    let is = |value: &Expr, number| integer(Binary::Equal, value.clone(), Expr::Integer(number));
    let either = |condition, then, otherwise| choose(Type::Integer, condition, then, otherwise);
    let unit = [(6, 3_600_000), (7, 60_000), (8, 1_000)]
        .into_iter()
        .fold(Expr::Integer(1), |rest, (code, unit)| either(is(&condition, code), Expr::Integer(unit), rest));
    let waited = Step::Evaluate(Expr::Call(delay, vec![integer(Binary::Multiply, trigger.clone(), unit)]));
    let timer = after(vec![waited], Expr::Integer(1));
    let parameter = Expr::Call(parameter, vec![source, condition.clone(), trigger, timeout.clone()]);
    let pulse = Expr::Call(pulse, vec![timeout]);
    let other = either(is(&event, 6), parameter, Expr::Integer(0));
    let expr = either(is(&event, 4), timer, either(is(&event, 5), pulse, other));
    Some(Value::new(after(steps, expr), Type::Integer, span).calling(calls))
}

/// How many LEDs the first strip has.
fn led_count(body: &mut Body, _: Vec<Argument>, span: Span) -> Option<Value> {
    let count = body.unit.host("led_count");
    Some(Value::new(Expr::Call(count, vec![Expr::Integer(1)]), Type::Integer, span))
}

/// `SETLEDCOL(red, green, blue)`: the whole first strip.
fn fill_leds(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (fill, show) = (body.unit.host("led_fill"), body.unit.host("led_show"));
    let (_, calls, values) = numbers(given);
    let (mut steps, locals) = body.locals(values);
    let light = |value| clamped(Type::Integer, value, Expr::Integer(0), Expr::Integer(255));
    let given = std::iter::once(Expr::Integer(1)).chain(locals.into_iter().map(light)).collect();
    steps.push(Step::Evaluate(Expr::Call(fill, given)));
    steps.push(Step::Evaluate(Expr::Call(show, Vec::new())));
    Some(Value::new(after(steps, Expr::Integer(0)), Type::Integer, span).calling(calls))
}

fn tenths_of_degrees(body: &mut Body, _: Vec<Argument>, span: Span) -> Option<Value> {
    let sensor = body.unit.host("get_temp");
    let tenths = Expr::Float(10f32.to_bits());
    let value = fold(lower::Type::Float, Binary::Multiply, Expr::Call(sensor, Vec::new()), tenths);
    Some(Value::new(value, Type::Float, span).to(Type::Integer))
}

/// The dimension that is asked for, counted from 1.
fn dimension(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<(Array, i32)> {
    let mut given = given.into_iter();
    let Some(Argument::Array(array)) = given.next() else { return None };
    let dimension = match given.find_map(value).map(|value| value.expr) {
        None => 1,
        Some(Expr::Integer(dimension)) => dimension,
        Some(_) => {
            body.unit.error(span, "the dimension is a number that is written here");
            return None;
        }
    };
    if dimension < 1 || dimension > array.dimensions as i32 {
        let message = format!("`{}` has no dimension {dimension}: it has {}", array.name, array.dimensions);
        body.unit.error(span, message);
        return None;
    }
    Some((array, dimension))
}

fn upper_bound(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (array, dimension) = dimension(body, given, span)?;
    Some(Value::new(super::arrays::word(Expr::Global(array.global), 4 * dimension), Type::Integer, span))
}

fn lower_bound(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (array, _) = dimension(body, given, span)?;
    Some(Value::integer(array.base, span))
}
