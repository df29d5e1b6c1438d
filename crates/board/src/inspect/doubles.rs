//! Arithmetic in `double`: by the compiler's helpers where the processor has none, or by its own instructions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::finding::{Check, Finding};
use super::image::{Image, Symbol, What};
use super::thumb;
use crate::bytes;

/// A function that computes in `double`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoubleUser {
    /// Its name.
    pub function: String,
    /// Its address.
    pub address: u32,
    /// The helpers that it calls, each once.
    pub helpers: Vec<String>,
    /// How many instructions of its own compute in `double`.
    pub instructions: u32,
}

/// The helpers of the "Run-time ABI for the Arm Architecture", tables 2, 3, 6, 7 and 8, without their `__aeabi_`.
const HELPERS: [&str; 26] = [
    "dadd", "dsub", "drsub", "dmul", "ddiv", "dneg", "dcmpeq", "dcmplt", "dcmple", "dcmpge", "dcmpgt",
    "dcmpun", "cdcmpeq", "cdcmple", "cdrcmple", "d2iz", "d2uiz", "d2lz", "d2ulz", "d2f", "d2h", "f2d", "i2d",
    "ui2d", "l2d", "ul2d",
];

/// What GCC calls them, without the two underscores.
const GCC_HELPERS: [&str; 23] = [
    "adddf3",
    "subdf3",
    "muldf3",
    "divdf3",
    "negdf2",
    "eqdf2",
    "nedf2",
    "ltdf2",
    "ledf2",
    "gtdf2",
    "gedf2",
    "unorddf2",
    "cmpdf2",
    "fixdfsi",
    "fixunsdfsi",
    "fixdfdi",
    "fixunsdfdi",
    "truncdfsf2",
    "extendsfdf2",
    "floatsidf",
    "floatunsidf",
    "floatdidf",
    "floatundidf",
];

/// The functions that compute in `double`, those with the most helpers first, and what there is to say about them.
pub(super) fn check(image: &Image<'_>) -> (Vec<DoubleUser>, Option<Finding>) {
    let helpers = helpers(image);
    let mut users: BTreeMap<u32, DoubleUser> = BTreeMap::new();
    for function in image.symbols.iter().filter(|s| s.what == What::Function && s.bytes > 0) {
        if users.contains_key(&function.address) || helpers.contains_key(&function.address) {
            continue;
        }
        let read = thumb::read(image, function);
        let called: BTreeSet<&str> =
            read.calls.iter().filter_map(|target| helpers.get(target).map(String::as_str)).collect();
        if !called.is_empty() || read.doubles > 0 {
            let user = DoubleUser {
                function: function.shown(),
                address: function.address,
                helpers: called.into_iter().map(str::to_owned).collect(),
                instructions: read.doubles,
            };
            users.insert(function.address, user);
        }
    }
    let mut users: Vec<_> = users.into_values().collect();
    users.sort_by_key(|user| std::cmp::Reverse((user.helpers.len(), user.instructions)));
    let finding = finding(&users);
    (users, finding)
}

/// One finding for all: a `printf` brings dozens.
fn finding(users: &[DoubleUser]) -> Option<Finding> {
    let soft: Vec<_> = users.iter().filter(|user| !user.helpers.is_empty()).collect();
    let first = soft.first()?;
    let names = |user: &DoubleUser| {
        let helpers: Vec<_> = user.helpers.iter().take(4).map(|helper| format!("`{helper}`")).collect();
        let more = if user.helpers.len() > 4 { ", …" } else { "" };
        format!("`{}` calls {}{more}", user.function, helpers.join(", "))
    };
    let told: Vec<_> = soft.iter().take(5).map(|user| names(user)).collect();
    let more = match soft.len().saturating_sub(5) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let count = match soft.len() {
        1 => "1 function computes".to_owned(),
        many => format!("{} functions compute", bytes::grouped(many as u64)),
    };
    let message = format!("{count} in `double` by software: {}{more}", told.join("; "));
    let help = "write constants with an `f` (`0.5f`) and call `sinf`, not `sin`; GCC's -Wdouble-promotion finds the places";
    Some(Finding::warning(Check::Doubles, &first.function, message, help))
}

/// The helpers by address, with the stubs through which the linker reaches them from afar.
fn helpers(image: &Image<'_>) -> BTreeMap<u32, String> {
    let mut helpers = BTreeMap::new();
    for symbol in &image.symbols {
        if let Some(name) = helper(symbol) {
            // One address may have two names: that of the ABI is the better known.
            let known = helpers.entry(symbol.address & !1).or_insert_with(|| name.to_owned());
            if name.starts_with("__aeabi") && !known.starts_with("__aeabi") {
                *known = name.to_owned();
            }
        }
    }
    helpers
}

fn helper(symbol: &Symbol) -> Option<&str> {
    let name = symbol.name.as_str();
    // The linker calls a stub `__NAME_veneer`, with the two underscores before those of the name.
    let name = name.strip_suffix("_veneer").and_then(|stub| stub.strip_prefix("__")).unwrap_or(name);
    let is_helper = match name.strip_prefix("__aeabi_") {
        Some(known) => HELPERS.contains(&known),
        None => name.strip_prefix("__").is_some_and(|known| GCC_HELPERS.contains(&known)),
    };
    (symbol.section.is_some() && is_helper).then_some(name)
}
