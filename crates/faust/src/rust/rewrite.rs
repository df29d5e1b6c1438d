//! A function of the class, on arrays that are handed in.

use super::math::{self, Function};
use proc_macro2::Ident;
use quote::format_ident;
use std::collections::{BTreeMap, BTreeSet};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprPath, Member, Pat, Path, Stmt, parse_quote};

/// What is known of the arrays that are placed.
#[derive(Default)]
pub struct Places {
    /// The arrays of an instance, by name.
    pub arrays: BTreeSet<String>,
    /// The tables of the class, by name.
    pub tables: BTreeSet<String>,
    /// Which zone that of a generator is, by the generator's name.
    pub generators: BTreeMap<String, usize>,
}

/// What a rewritten function needs that it did not.
#[derive(Default)]
pub struct Needs {
    /// Arrays and tables.
    pub zones: BTreeSet<String>,
    /// Whether a generator is placed in it.
    pub manager: bool,
    pub functions: BTreeSet<Function>,
    /// Functions that it calls by their names alone.
    pub calls: BTreeSet<String>,
}

/// Rewrites the body of a function.
pub fn rewrite(block: &mut Block, places: &Places) -> Needs {
    let mut rewriter = Rewriter { places, needs: Needs::default() };
    rewriter.visit_block_mut(block);
    rewriter.needs
}

struct Rewriter<'a> {
    places: &'a Places,
    needs: Needs,
}

impl Rewriter<'_> {
    fn is_zone(&self, name: &str) -> bool {
        self.places.arrays.contains(name) || self.places.tables.contains(name)
    }

    /// The array or table that such a path is, by itself or as the guard of its lock.
    fn zone(&self, path: &Path) -> Option<Ident> {
        let name = path.get_ident()?.to_string();
        let name = name.strip_suffix("_guard").unwrap_or(&name);
        self.places.tables.contains(name).then(|| format_ident!("{}", name))
    }

    /// `F32::sin`, `libm::fmodf` and `rintf` where they are called.
    fn function(&mut self, path: &Path) -> Option<Expr> {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let function = match *segments.as_slice() {
            ["libm", name] | [name] => math::of_c(name)?,
            [float, name] => math::of_std(float, name)?,
            _ => return None,
        };
        let name = function.ident();
        self.needs.functions.insert(function);
        Some(parse_quote!(math::#name))
    }

    /// A generator in a place of its own, where it was made on the stack.
    fn generator(&mut self, statement: &Stmt) -> Option<Stmt> {
        let Stmt::Local(local) = statement else { return None };
        let Expr::Call(call) = &*local.init.as_ref()?.expr else { return None };
        let Expr::Path(made) = &*call.func else { return None };
        let made = made.path.get_ident()?.to_string();
        let (generator, zone) = self.places.generators.get_key_value(made.strip_prefix("new")?)?;
        let generator = format_ident!("{}", generator);
        let zone = syn::Index::from(*zone);
        let Pat::Type(name) = &local.pat else { return None };
        let Pat::Ident(name) = &*name.pat else { return None };
        let name = &name.ident;
        self.needs.manager = true;
        Some(parse_quote!(let mut #name: Placed<#generator> = Placed::zeroed(manager, &ZONES[#zone])?;))
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.retain(|statement| !is_guard(statement));
        for statement in &mut block.stmts {
            if let Some(placed) = self.generator(statement) {
                *statement = placed;
            } else if let Stmt::Macro(macro_) = statement
                && macro_.mac.path.is_ident("panic")
            {
                // The caller has made sure of the channels.
                *statement = parse_quote!(return;);
            }
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let new: Option<Expr> = match expr {
            Expr::Unsafe(block) => match block.block.stmts.as_slice() {
                [Stmt::Expr(inner, None)] => Some(inner.clone()),
                _ => None,
            },
            Expr::Field(field) => match (&*field.base, &field.member) {
                (Expr::Path(base), Member::Named(name))
                    if base.path.is_ident("self") && self.places.arrays.contains(&name.to_string()) =>
                {
                    self.needs.zones.insert(name.to_string());
                    Some(parse_quote!(#name))
                }
                _ => None,
            },
            Expr::Reference(reference) => match &*reference.expr {
                Expr::Path(path)
                    if path.path.get_ident().is_some_and(|name| self.is_zone(&name.to_string())) =>
                {
                    Some((*reference.expr).clone())
                }
                _ => None,
            },
            // The slices are as long as the block already.
            Expr::Index(index) if matches!(&*index.index, Expr::Range(range) if range.start.is_none()) => {
                Some((*index.expr).clone())
            }
            Expr::MethodCall(call)
                if call.args.is_empty() && (call.method == "as_ref" || call.method == "as_mut") =>
            {
                Some((*call.receiver).clone())
            }
            Expr::Path(path) => self.zone(&path.path).map(|zone| {
                self.needs.zones.insert(zone.to_string());
                parse_quote!(#zone)
            }),
            Expr::Call(call) => {
                if let Expr::Path(path) = &*call.func {
                    match self.function(&path.path) {
                        Some(function) => *call.func = function,
                        None => self.needs.calls.extend(path.path.get_ident().map(Ident::to_string)),
                    }
                }
                None
            }
            _ => None,
        };
        if let Some(new) = new {
            *expr = new;
        }
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.len() > 1 {
            let first = &mut path.segments[0].ident;
            if first == "std" {
                *first = format_ident!("core");
            } else if first == "Self" {
                *path = parse_quote!(FaustFloat);
            }
        }
    }
}

/// Whether it takes a lock, of which there is none any more.
fn is_guard(statement: &Stmt) -> bool {
    let Stmt::Local(local) = statement else { return false };
    matches!(&local.pat, Pat::Ident(name) if name.ident.to_string().ends_with("_guard"))
}

/// The path of a function's parameter, which was an index of its own type: `param.0`.
pub fn with_plain_index(block: &mut Block) {
    struct Plain;
    impl VisitMut for Plain {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            visit_mut::visit_expr_mut(self, expr);
            if let Expr::Field(field) = expr
                && let Expr::Path(ExprPath { path, .. }) = &*field.base
                && path.is_ident("param")
            {
                *expr = parse_quote!(param);
            }
        }
    }
    Plain.visit_block_mut(block);
}
