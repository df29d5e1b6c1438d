//! The parts of what Faust's Rust back-end writes.

use super::RustError;
use proc_macro2::Ident;
use std::collections::BTreeMap;
use syn::{
    Expr, Field, File, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemStatic, Lit, Stmt, Type, TypeArray,
};

/// The functions of a class. `static_init` computes the tables of an instance, with `-it`; options that split `compute` write
/// others.
const FUNCTIONS: [&str; 17] = [
    "build_user_interface",
    "build_user_interface_static",
    "class_init",
    "compute",
    "get_num_inputs",
    "get_num_outputs",
    "get_param",
    "get_sample_rate",
    "init",
    "instance_clear",
    "instance_constants",
    "instance_init",
    "instance_reset_params",
    "metadata",
    "new",
    "set_param",
    "static_init",
];

/// The parts of what Faust's Rust back-end writes.
pub struct Program {
    /// The name of the class, such as `mydsp`.
    pub class: Ident,
    pub fields: Vec<Field>,
    /// The functions of the class, by name.
    pub functions: BTreeMap<String, ImplItemFn>,
    /// What computes tables, with its functions.
    pub generators: Vec<Generator>,
    /// What `class_init` computes.
    pub tables: Vec<Table>,
    /// Lists of numbers that tables are computed of.
    pub waves: Vec<ItemStatic>,
    /// Functions beside the class.
    pub helpers: Vec<ItemFn>,
    /// Inputs and outputs.
    pub channels: [usize; 2],
    /// The type of samples and parameters: `F32` or `F64`.
    pub sample: Ident,
}

pub struct Generator {
    pub name: Ident,
    pub fields: Vec<Field>,
    pub functions: ItemImpl,
}

pub struct Table {
    pub name: Ident,
    pub array: TypeArray,
}

impl Program {
    pub fn read(source: &str) -> Result<Self, RustError> {
        let file: File = syn::parse_str(source).map_err(|error| RustError::Syntax {
            line: error.span().start().line,
            message: error.to_string(),
        })?;
        let mut structs = Vec::new();
        let mut implementations = Vec::new();
        let (mut tables, mut waves, mut helpers) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = BTreeMap::new();
        for item in file.items {
            match item {
                Item::Struct(item) => structs.push(item),
                Item::Impl(item) => implementations.push(item),
                Item::Fn(item) => helpers.push(item),
                Item::Static(item) => match as_table(&item) {
                    Some(table) => tables.push(table),
                    None => waves.push(item),
                },
                Item::Const(item) => {
                    counts.extend(number(&item.expr).map(|count| (item.ident.to_string(), count)));
                }
                _ => {}
            }
        }
        // Both a trait's and the class's own functions may be there: the one only calls the other then.
        let is_class =
            |of_trait: bool| move |item: &ItemImpl| item.trait_.is_some() == of_trait && has(item, "compute");
        let main = implementations
            .iter()
            .position(is_class(false))
            .or_else(|| implementations.iter().position(is_class(true)))
            .ok_or_else(|| RustError::Missing("function `compute`".to_string()))?;
        let sample = sample_type(&implementations);
        let main = implementations.remove(main);
        let class = name_of(&main.self_ty)?;
        let mut fields = None;
        let mut generators = Vec::new();
        for item in structs {
            let its_fields: Vec<Field> = item.fields.into_iter().collect();
            if item.ident == class {
                fields = Some(its_fields);
                continue;
            }
            let fill = format!("fill{}", item.ident);
            let functions = implementations.iter().position(|implementation| has(implementation, &fill));
            let functions =
                functions.ok_or_else(|| RustError::Unsupported(format!("a struct `{}`", item.ident)))?;
            let functions = implementations.remove(functions);
            generators.push(Generator { name: item.ident, fields: its_fields, functions });
        }
        // Made here by what makes all zeros; and what calls C, by functions of the same results.
        helpers.retain(|helper| {
            let name = helper.sig.ident.to_string();
            let makes = generators.iter().any(|generator| name == format!("new{}", generator.name));
            !makes && helper.sig.unsafety.is_none() && !super::math::is_foreign(&name)
        });
        let functions = main.items.into_iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some((function.sig.ident.to_string(), function)),
            _ => None,
        });
        let functions: BTreeMap<_, _> = functions.collect();
        if let Some(unknown) = functions.keys().find(|name| !FUNCTIONS.contains(&name.as_str())) {
            return Err(RustError::Unsupported(format!("a function `{unknown}` of its class")));
        }
        let channels = [("FAUST_INPUTS", "get_num_inputs"), ("FAUST_OUTPUTS", "get_num_outputs")].map(
            |(constant, function)| {
                counts.get(constant).copied().or_else(|| returned(functions.get(function)?)).ok_or(function)
            },
        );
        let missing = |name: &str| RustError::Missing(format!("function `{name}`"));
        let channels = [channels[0].map_err(missing)?, channels[1].map_err(missing)?];
        let fields = fields.ok_or_else(|| RustError::Missing(format!("struct `{class}`")))?;
        let of_generators = generators.iter().flat_map(|generator| &generator.fields);
        let of_fields = fields.iter().chain(of_generators).filter_map(as_array);
        for (name, array) in of_fields.chain(tables.iter().map(|table| (&table.name, &table.array))) {
            if bytes_of(array).is_none_or(|bytes| u32::try_from(bytes).is_err()) {
                let reason = format!("an array `{name}` of a size that is not told, or of more than 4 GiB");
                return Err(RustError::Unsupported(reason));
            }
        }
        Ok(Self { class, fields, functions, generators, tables, waves, helpers, channels, sample })
    }

    /// A function of the class.
    pub fn function(&self, name: &str) -> Result<ImplItemFn, RustError> {
        self.functions.get(name).cloned().ok_or_else(|| RustError::Missing(format!("function `{name}`")))
    }
}

/// How many bytes an array has; `None` if they are not known, or cannot be counted.
pub fn bytes_of(array: &TypeArray) -> Option<usize> {
    let element = match &*array.elem {
        Type::Array(inner) => bytes_of(inner)?,
        number => bytes_of_number(number)?,
    };
    element.checked_mul(number(&array.len)?)
}

/// How many bytes a number has.
pub fn bytes_of_number(kind: &Type) -> Option<usize> {
    let Type::Path(path) = kind else { return None };
    match path.path.get_ident()?.to_string().as_str() {
        "F32" | "f32" | "i32" => Some(4),
        "F64" | "f64" | "i64" => Some(8),
        _ => None,
    }
}

/// The elements of an array of numbers.
pub fn elements_of(array: &TypeArray) -> usize {
    number(&array.len).unwrap_or_default()
}

fn as_array(field: &Field) -> Option<(&Ident, &TypeArray)> {
    match &field.ty {
        Type::Array(array) => field.ident.as_ref().map(|name| (name, array)),
        _ => None,
    }
}

/// A static of zeros, by itself or behind a lock.
fn as_table(item: &ItemStatic) -> Option<Table> {
    let mut zeros = &*item.expr;
    if let Expr::Call(call) = zeros {
        zeros = call.args.first()?;
    }
    if !matches!(zeros, Expr::Repeat(_)) {
        return None;
    }
    let array = match &*item.ty {
        Type::Array(array) => array.clone(),
        Type::Path(lock) => match &lock.path.segments.last()?.arguments {
            syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                syn::GenericArgument::Type(Type::Array(array)) => array.clone(),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    Some(Table { name: item.ident.clone(), array })
}

fn has(implementation: &ItemImpl, function: &str) -> bool {
    implementation.items.iter().any(|item| matches!(item, ImplItem::Fn(item) if item.sig.ident == function))
}

fn name_of(class: &Type) -> Result<Ident, RustError> {
    match class {
        Type::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    }
    .ok_or_else(|| RustError::Missing("class".to_string()))
}

/// What the trait calls `T`; `FaustFloat` is left to be said, and is a float of 32 bits as everywhere in Faust.
fn sample_type(implementations: &[ItemImpl]) -> Ident {
    let mut types = implementations.iter().flat_map(|item| &item.items).filter_map(|item| match item {
        ImplItem::Type(item) if item.ident == "T" => match &item.ty {
            Type::Path(path) => path.path.get_ident().filter(|name| *name != "FaustFloat").cloned(),
            _ => None,
        },
        _ => None,
    });
    types.next().unwrap_or_else(|| quote::format_ident!("F32"))
}

/// A whole number that is written out.
pub(super) fn number(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn returned(function: &ImplItemFn) -> Option<usize> {
    match function.block.stmts.last()? {
        Stmt::Expr(Expr::Return(returned), _) => number(returned.expr.as_deref()?),
        Stmt::Expr(expr, None) => number(expr),
        _ => None,
    }
}
