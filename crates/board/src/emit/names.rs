//! Names of regions and storages as identifiers of a linker, of C and of Rust.

use std::collections::BTreeSet;

use crate::board::Board;
use crate::region::Region;

/// The board's regions with their names for the linker, in capitals.
///
/// `FLASH` and `RAM` are what `cortex-m-rt` calls the regions of the code and of the variables, so no other has such a name.
pub(super) fn regions(board: &Board) -> Vec<(&str, String)> {
    let mut taken = Taken::default();
    let boot = board.boots.first();
    for (alias, region) in [(FLASH, boot.map(|boot| &boot.code)), (RAM, boot.map(|boot| &boot.data))] {
        // A region of which a part is reserved may get an alias for just that part.
        let region = region.and_then(|region| board.region(region));
        let is_whole = |region: &Region| region.reserved.is_empty();
        let is_its_name =
            region.is_some_and(|it| identifier(&it.name).eq_ignore_ascii_case(alias) && is_whole(it));
        if !is_its_name {
            taken.take(alias);
        }
    }
    let name = |name: &str, taken: &mut Taken| taken.take(&identifier(name)).to_ascii_uppercase();
    // Those that may have such a name come first.
    let mut ordered: Vec<&str> = board.regions.iter().map(|region| region.name.as_str()).collect();
    ordered.sort_by_key(|name| !boot.is_some_and(|boot| boot.code == *name || boot.data == *name));
    ordered.into_iter().map(|region| (region, name(region, &mut taken))).collect()
}

/// What `cortex-m-rt` calls the region of the code.
pub(super) const FLASH: &str = "FLASH";
/// What it calls the region of the variables.
pub(super) const RAM: &str = "RAM";

/// The storages' names as identifiers of which no two are equal, not even in capitals.
pub(super) fn storages<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = Taken::default();
    names.map(|name| taken.take(&identifier(name))).collect()
}

/// The identifiers that are in use, in small letters.
#[derive(Default)]
struct Taken(BTreeSet<String>);

impl Taken {
    /// The name, with a number if it is in use already.
    fn take(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 2;
        while !self.0.insert(free.to_ascii_lowercase()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    }
}

/// The name with `_` for what no identifier has, and a `_` more where it would begin with a digit or be a word of C.
fn identifier(name: &str) -> String {
    let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let good: String = name.chars().map(|c| if is_good(c) { c } else { '_' }).collect();
    if !good.contains(|c: char| c.is_ascii_alphanumeric()) {
        return format!("unnamed{good}");
    }
    if good.starts_with(|c: char| c.is_ascii_digit() || c == '_') {
        // C keeps those that begin with `_` for itself.
        return format!("x{}{good}", if good.starts_with('_') { "" } else { "_" });
    }
    if WORDS_OF_C.contains(&good.as_str()) { good + "_" } else { good }
}

/// The keywords of C23 and of C++ up to 20, and `main`. The names of statics in Rust are in capitals, where there are no keywords.
const WORDS_OF_C: [&str; 96] = [
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "main",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "typeof_unqual",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
];
