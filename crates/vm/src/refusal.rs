//! The names of operators that the interpreter does not have.

use alloc::format;
use alloc::string::String;
use wasmparser::Operator;

/// Whether the interpreter has an operator.
pub(crate) fn is_supported(operator: &Operator<'_>) -> bool {
    let (visitor, proposal) = visitor_and_proposal(operator);
    match proposal {
        "mvp" | "sign_extension" | "saturating_float_to_int" | "bulk_memory" => true,
        "reference_types" => visitor != "visit_typed_select_multi",
        _ => false,
    }
}

/// The operator as it is written in the text format, and the proposal that it came with.
pub(crate) fn operator(operator: &Operator<'_>) -> String {
    let (visitor, proposal) = visitor_and_proposal(operator);
    let name = visitor.trim_start_matches("visit_");
    let spelled = match name.split_once('_') {
        Some((namespace, rest)) if NAMESPACES.contains(&namespace) => format!("{namespace}.{rest}"),
        _ => String::from(name),
    };
    let spelled = spelled.replace("_atomic_", ".atomic.");
    match proposal {
        "mvp" => format!("the operator `{spelled}`"),
        _ => format!("the operator `{spelled}` (proposal {})", proposal.replace('_', " ")),
    }
}

/// What comes before the point in the names of operators.
const NAMESPACES: [&str; 26] = [
    "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "local",
    "global", "table", "memory", "data", "elem", "ref", "struct", "array", "i31", "any", "extern", "atomic",
    "cont", "string",
];

fn visitor_and_proposal(operator: &Operator<'_>) -> (&'static str, &'static str) {
    macro_rules! name {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => (stringify!($visit), stringify!($proposal)),)*
                _ => ("this", "unknown"),
            }
        };
    }
    wasmparser::for_each_operator!(name)
}
