//! Functions of mathematics, which are not in `core`.

use super::Math;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// Those of floats in `std`, and what `libm` calls them for 64 bits; for 32 an `f` comes after it.
const UNARY: [(&str, &str); 26] = [
    ("acos", "acos"),
    ("acosh", "acosh"),
    ("asin", "asin"),
    ("asinh", "asinh"),
    ("atan", "atan"),
    ("atanh", "atanh"),
    ("cbrt", "cbrt"),
    ("ceil", "ceil"),
    ("cos", "cos"),
    ("cosh", "cosh"),
    ("exp", "exp"),
    ("exp2", "exp2"),
    ("exp_m1", "expm1"),
    ("floor", "floor"),
    ("ln", "log"),
    ("ln_1p", "log1p"),
    ("log10", "log10"),
    ("log2", "log2"),
    ("round", "round"),
    ("round_ties_even", "rint"),
    ("sin", "sin"),
    ("sinh", "sinh"),
    ("sqrt", "sqrt"),
    ("tan", "tan"),
    ("tanh", "tanh"),
    ("trunc", "trunc"),
];
const BINARY: [(&str, &str); 3] = [("atan2", "atan2"), ("hypot", "hypot"), ("powf", "pow")];
/// Functions that Faust takes from C or `libm`.
const FOREIGN: [(&str, &str); 6] = [
    ("fmod", "F64"),
    ("fmodf", "F32"),
    ("remainder", "F64"),
    ("remainderf", "F32"),
    ("rint", "F64"),
    ("rintf", "F32"),
];

/// A function of floats that a module calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    float: String,
    /// As it is called in `std`, or else in C.
    name: String,
}

/// What is called of `std` by such a path, if `core` does not have it.
pub fn of_std(float: &str, name: &str) -> Option<Function> {
    let known = matches!(float, "F32" | "F64")
        && (matches!(name, "log" | "rem_euclid")
            || UNARY.iter().chain(&BINARY).any(|(known, _)| *known == name));
    known.then(|| Function { float: float.to_string(), name: name.to_string() })
}

/// What Faust takes from C or `libm`.
pub fn of_c(name: &str) -> Option<Function> {
    let (name, float) = FOREIGN.iter().find(|(known, _)| *known == name)?;
    Some(Function { float: (*float).to_string(), name: (*name).to_string() })
}

pub fn is_foreign(name: &str) -> bool {
    of_c(name).is_some()
}

impl Function {
    /// Its name in the module.
    pub fn ident(&self) -> proc_macro2::Ident {
        match self.is_c() {
            true => format_ident!("{}", self.name),
            false => format_ident!("{}_{}", self.name, self.float.to_lowercase()),
        }
    }

    fn is_c(&self) -> bool {
        is_foreign(&self.name)
    }

    fn of_libm(&self, name: &str) -> proc_macro2::Ident {
        format_ident!("{}{}", name, if self.float == "F32" { "f" } else { "" })
    }

    fn write(&self, with_libm: bool) -> TokenStream {
        let (name, float) = (self.ident(), format_ident!("{}", self.float));
        if self.is_c() {
            let libm = &name;
            return match self.name.trim_end_matches('f') {
                "fmod" => quote! { pub(super) fn #name(x: #float, y: #float) -> #float { x % y } },
                // `std` has none.
                "remainder" => {
                    quote! { pub(super) fn #name(x: #float, y: #float) -> #float { libm::#libm(x, y) } }
                }
                _ if with_libm => quote! { pub(super) fn #name(x: #float) -> #float { libm::#libm(x) } },
                _ => quote! { pub(super) fn #name(x: #float) -> #float { #float::round_ties_even(x) } },
            };
        }
        let of_std = format_ident!("{}", self.name);
        if self.name == "rem_euclid" {
            return quote! {
                pub(super) fn #name(x: #float, y: #float) -> #float {
                    let rest = x % y;
                    if rest < 0.0 { rest + y.abs() } else { rest }
                }
            };
        }
        if self.name == "log" {
            let log = self.of_libm("log");
            let value = if with_libm {
                quote! { libm::#log(x) / libm::#log(base) }
            } else {
                quote! { #float::log(x, base) }
            };
            return quote! { pub(super) fn #name(x: #float, base: #float) -> #float { #value } };
        }
        let find = |list: &[(&str, &str)]| {
            list.iter().find(|(known, _)| *known == self.name).map(|known| self.of_libm(known.1))
        };
        match (find(&UNARY), find(&BINARY)) {
            (_, Some(libm)) if with_libm => {
                quote! { pub(super) fn #name(x: #float, y: #float) -> #float { libm::#libm(x, y) } }
            }
            (_, Some(_)) => {
                quote! { pub(super) fn #name(x: #float, y: #float) -> #float { #float::#of_std(x, y) } }
            }
            (Some(libm), _) if with_libm => {
                quote! { pub(super) fn #name(x: #float) -> #float { libm::#libm(x) } }
            }
            _ => quote! { pub(super) fn #name(x: #float) -> #float { #float::#of_std(x) } },
        }
    }
}

/// The module of the functions that are called.
pub fn module(functions: &BTreeSet<Function>, math: Math) -> TokenStream {
    if functions.is_empty() {
        return TokenStream::new();
    }
    let module = |condition: TokenStream, with_libm: bool| {
        let functions = functions.iter().map(|function| function.write(with_libm));
        let std = (!with_libm).then(|| quote! { extern crate std; });
        quote! {
            #condition
            mod math {
                #std
                use super::{F32, F64};
                #(#functions)*
            }
        }
    };
    match math {
        Math::Std => module(TokenStream::new(), false),
        Math::Libm => module(TokenStream::new(), true),
        Math::ByTarget => {
            let hosted = module(quote! { #[cfg(not(target_os = "none"))] }, false);
            let bare = module(quote! { #[cfg(target_os = "none")] }, true);
            quote! { #hosted #bare }
        }
    }
}
