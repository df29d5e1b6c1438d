//! The names that the Permut8 host supplies to a patch.

use sostenuto_board::Kind;

use super::ast::TypeName;

/// A native function: parameters and whether it suspends the patch. None has a result.
pub(crate) struct Native {
    pub parameters: &'static [TypeName],
    pub suspends: bool,
}

/// The native of that name.
pub(crate) fn native(name: &str) -> Option<Native> {
    let (parameters, suspends): (&'static [TypeName], bool) = match name {
        "yield" => (&[], true),
        "abort" => (&[], false),
        "trace" => (&[TypeName::Pointer], false),
        "read" | "write" => (&[TypeName::Int, TypeName::Int, TypeName::Pointer], false),
        _ => return None,
    };
    Some(Native { parameters, suspends })
}

/// The value of a host constant. The names without `PARAM` are those of the second dialect.
pub(crate) fn constant(name: &str) -> Option<i32> {
    Some(match name {
        "OPERATOR_1_NOP" | "OPERATOR_2_NOP" => 0,
        "OPERATOR_1_AND" | "OPERATOR_2_OR" => 1,
        "OPERATOR_1_MUL" | "OPERATOR_2_XOR" => 2,
        "OPERATOR_1_OSC" | "OPERATOR_2_MSK" => 3,
        "OPERATOR_1_RND" | "OPERATOR_2_SUB" => 4,
        "OPERATOR_1_COUNT" | "OPERATOR_2_COUNT" => 5,
        "SWITCHES_SYNC_MASK" => 1,
        "SWITCHES_TRIPLET_MASK" => 2,
        "SWITCHES_DOTTED_MASK" => 4,
        "SWITCHES_WRITE_PROTECT_MASK" => 8,
        "SWITCHES_REVERSE_MASK" => 16,
        "CLOCK_FREQ_PARAM_INDEX" | "CLOCK_FREQ_INDEX" => 0,
        "SWITCHES_PARAM_INDEX" | "SWITCHES_INDEX" => 1,
        "OPERATOR_1_PARAM_INDEX" | "OPERATOR_1_INDEX" => 2,
        "OPERAND_1_HIGH_PARAM_INDEX" | "OPERAND_1_HIGH_INDEX" => 3,
        "OPERAND_1_LOW_PARAM_INDEX" | "OPERAND_1_LOW_INDEX" => 4,
        "OPERATOR_2_PARAM_INDEX" | "OPERATOR_2_INDEX" => 5,
        "OPERAND_2_HIGH_PARAM_INDEX" | "OPERAND_2_HIGH_INDEX" => 6,
        "OPERAND_2_LOW_PARAM_INDEX" | "OPERAND_2_LOW_INDEX" => 7,
        "PARAM_COUNT" => 8,
        "POSITION_INT_BITS" => 16,
        "POSITION_FRACT_BITS" => 4,
        "HOST_POSITION_PPQ" => 1920,
        // Of the virtual machine itself: the bits of a word.
        "GAZL_WORD_SIZE" => 32,
        _ => return None,
    })
}

/// A global that the host reads or writes: its words, its type when it is one word, and what it is for.
pub(crate) struct Global {
    pub words: u32,
    pub scalar: Option<TypeName>,
    pub kind: Kind,
}

/// The host global of that name, as a patch has it that does not declare it.
pub(crate) fn global(name: &str) -> Option<Global> {
    let (words, scalar, kind) = match name {
        "signal" | "positions" => (2, None, Kind::Audio),
        "params" => (8, None, Kind::Parameters),
        "displayLEDs" => (4, None, Kind::Display),
        "clock" | "hostPosition" | "instance" => (1, Some(TypeName::Int), Kind::Parameters),
        "clockFreqLimit" | "updateMask" => (1, Some(TypeName::Int), Kind::Table),
        "configText" => (1, Some(TypeName::Pointer), Kind::Display),
        "panelTextRows" => (8, None, Kind::Display),
        _ => return None,
    };
    Some(Global { words, scalar, kind })
}

/// Host names, for the nearest one to a misspelt name.
pub(crate) const NAMES: [&str; 16] = [
    "yield",
    "abort",
    "trace",
    "read",
    "write",
    "signal",
    "positions",
    "params",
    "displayLEDs",
    "clock",
    "hostPosition",
    "instance",
    "PARAM_COUNT",
    "POSITION_FRACT_BITS",
    "OPERAND_1_HIGH_PARAM_INDEX",
    "OPERAND_1_LOW_PARAM_INDEX",
];

/// The functions that the host calls. Those that run for every sample may wait in `yield`.
pub(crate) const ENTRIES: [&str; 6] = ["init", "update", "reset", "process", "operate1", "operate2"];

/// The one that runs before all others.
pub(crate) const FIRST: &str = "init";

/// Whether the host calls that entry for every sample.
pub(crate) fn is_audio(entry: &str) -> bool {
    matches!(entry, "process" | "operate1" | "operate2")
}
