//! The parameters of a program, as constants.

use super::RustError;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use syn::{Block, Expr, ExprMethodCall, Index, Lit, Stmt};

/// A parameter as `build_user_interface` tells it.
struct Parameter {
    index: usize,
    kind: &'static str,
    label: String,
    path: String,
    /// First value, least, greatest and step.
    values: Vec<Expr>,
}

/// The constants of the parameters.
pub fn constants(build: &Block) -> Result<TokenStream, RustError> {
    let mut boxes: Vec<String> = Vec::new();
    let mut parameters = Vec::new();
    let mut metadata: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for call in calls(build) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let name = call.method.to_string();
        let told = || RustError::Unsupported(format!("`{name}` in its user interface"));
        match (name.as_str(), arguments.as_slice()) {
            ("open_vertical_box" | "open_horizontal_box" | "open_tab_box", [label]) => {
                boxes.push(text(label).ok_or_else(told)?);
            }
            ("close_box", []) => {
                boxes.pop();
            }
            ("declare", [index, key, value]) => {
                if let Some(index) = index_in(index) {
                    let pair = text(key).zip(text(value)).ok_or_else(told)?;
                    metadata.entry(index).or_default().push(pair);
                }
            }
            (_, [label, index, values @ ..]) => {
                let kind = kind(&name).ok_or_else(told)?;
                let (label, index) = text(label).zip(index_in(index)).ok_or_else(told)?;
                let path = path(&boxes, &label);
                let values = values.iter().map(|value| (*value).clone()).collect();
                parameters.push(Parameter { index, kind, label, path, values });
            }
            _ => return Err(told()),
        }
    }
    parameters.sort_by_key(|parameter| parameter.index);
    let written = parameters.iter().map(|parameter| {
        let Parameter { index, kind, label, path, values } = parameter;
        let number = Index::from(*index);
        let kind_ident = format_ident!("{}", kind);
        let zero: Expr = syn::parse_quote!(0.0);
        let one: Expr = syn::parse_quote!(1.0);
        let [initial, least, greatest, step] = match (*kind, values.as_slice()) {
            ("Bargraph", [least, greatest]) => [least, least, greatest, &zero],
            (_, [initial, least, greatest, step]) => [initial, least, greatest, step],
            _ => [&zero, &zero, &one, &one],
        };
        let pairs = metadata.get(index).into_iter().flatten().map(|(key, value)| quote! { (#key, #value) });
        quote! {
            Parameter {
                index: #number, kind: ParameterKind::#kind_ident, label: #label, path: #path, initial: #initial,
                least: #least, greatest: #greatest, step: #step, metadata: &[#(#pairs),*],
            }
        }
    });
    let count = Index::from(parameters.len());
    Ok(quote! { pub const PARAMETERS: [Parameter; #count] = [#(#written),*]; })
}

/// The pairs that a function declares one after the other.
pub fn declared(metadata: &Block) -> TokenStream {
    let pairs = calls(metadata).filter_map(|call| {
        let (key, value) = (text(call.args.first()?)?, text(call.args.get(1)?)?);
        Some(quote! { (#key, #value) })
    });
    quote! { pub const METADATA: &[(&str, &str)] = &[#(#pairs),*]; }
}

/// What the constants are made of.
pub fn types() -> TokenStream {
    quote! {
        /// The index of a parameter, by its path.
        #[must_use]
        pub fn parameter_index(path: &str) -> Option<usize> {
            PARAMETERS.iter().find(|parameter| parameter.path == path).map(|parameter| parameter.index)
        }

        /// What can be set or read while a program runs.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Parameter {
            /// Its index.
            pub index: usize,
            /// How it is shown.
            pub kind: ParameterKind,
            /// Its name.
            pub label: &'static str,
            /// Its name in the groups in which it is.
            pub path: &'static str,
            /// What it is at first.
            pub initial: FaustFloat,
            /// The least value.
            pub least: FaustFloat,
            /// The greatest value.
            pub greatest: FaustFloat,
            /// From one value to the next.
            pub step: FaustFloat,
            /// What the program declares about it.
            pub metadata: &'static [(&'static str, &'static str)],
        }

        /// How a parameter is shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ParameterKind {
            /// 1 while it is pressed.
            Button,
            /// 0 or 1.
            CheckButton,
            /// Any value.
            Slider,
            /// A number.
            NumEntry,
            /// What the program tells: it is only read.
            Bargraph,
        }
    }
}

fn calls(block: &Block) -> impl Iterator<Item = &ExprMethodCall> {
    block.stmts.iter().filter_map(|statement| match statement {
        Stmt::Expr(Expr::MethodCall(call), _) => Some(call),
        _ => None,
    })
}

fn kind(add: &str) -> Option<&'static str> {
    Some(match add.strip_prefix("add_")? {
        "button" => "Button",
        "check_button" => "CheckButton",
        "horizontal_slider" | "vertical_slider" => "Slider",
        "num_entry" => "NumEntry",
        "horizontal_bargraph" | "vertical_bargraph" => "Bargraph",
        _ => return None,
    })
}

/// The path that Faust's architectures make: what would be read as a pattern or a part of the path becomes `_`.
fn path(boxes: &[String], label: &str) -> String {
    let labels = boxes.iter().map(String::as_str).filter(|label| *label != "0x00").chain([label]);
    labels
        .map(|label| {
            format!("/{}", label.replace([' ', '#', '*', ',', '/', '?', '[', ']', '{', '}', '(', ')'], "_"))
        })
        .collect()
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// `ParamIndex(3)` or `Some(ParamIndex(3))`.
fn index_in(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Call(call) => index_in(call.args.first()?),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
