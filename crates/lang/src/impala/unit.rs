//! The program as a whole: its global names, constants, data and the order in which they are worked out.

use std::collections::{HashMap, HashSet};

use sostenuto_board::Kind;
use sostenuto_board::patch::{Cause, Fault, Host};

use super::ast::{self, Class, Item, Shape};
use super::body::Body;
use super::permut8;
use super::value::{Type, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Lines, Span};
use crate::lower::program::{
    Callee, Data, DataId, Entry, Expr, FunctionId, Image, Native, NativeId, Pointer, Program, Site,
    Type as Held, WORD, Word,
};

/// Arrays and programs larger than this address more than any board has.
pub(super) const MOST_WORDS: u32 = 1 << 26;

/// What a global name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Symbol {
    Const(usize),
    HostConst(i32),
    Data(DataId),
    Function(FunctionId),
    Native(NativeId),
}

/// What the front-end knows of a piece of data beside what the program holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataShape {
    /// The type of a scalar; `None` for an array.
    pub scalar: Option<Type>,
    pub readonly: bool,
}

/// What a call of a function needs.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub parameters: Vec<Type>,
    /// [`Type::Nothing`] for none.
    pub result: Type,
}

enum ConstState<'a> {
    Waiting(&'a ast::Const),
    Working,
    Done(Value),
}

/// The state of compiling one program.
pub(super) struct Unit<'a> {
    pub diagnostics: &'a mut Diagnostics,
    pub program: Program,
    pub shapes: Vec<DataShape>,
    pub signatures: Vec<Signature>,
    /// Signatures of natives; `None` until the first call of one that the host is not known to have.
    pub natives: Vec<Option<Signature>>,
    lines: Lines,
    symbols: HashMap<&'a str, (Symbol, Span)>,
    externs: HashMap<&'a str, Span>,
    consts: Vec<ConstState<'a>>,
    strings: HashMap<String, DataId>,
    in_table: HashSet<Callee>,
    /// Names reported as unknown, each with the function it was found in.
    reported: HashSet<(String, String)>,
    debug: bool,
}

impl<'a> Unit<'a> {
    /// Lowers all items.
    pub fn lower(
        source: &str,
        name: &str,
        debug: bool,
        items: &'a [Item],
        diagnostics: &'a mut Diagnostics,
    ) -> Program {
        let program = Program { source: name.to_owned(), host: Host::Permut8, ..Program::default() };
        let mut unit = Unit {
            diagnostics,
            program,
            shapes: Vec::new(),
            signatures: Vec::new(),
            natives: Vec::new(),
            lines: Lines::new(source),
            symbols: HashMap::new(),
            externs: HashMap::new(),
            consts: Vec::new(),
            strings: HashMap::new(),
            in_table: HashSet::new(),
            reported: HashSet::new(),
            debug,
        };
        unit.declare(items);
        for item in items {
            if let Item::Function(function) = item {
                unit.sign(function);
            }
        }
        for index in 0..unit.consts.len() {
            unit.const_value(index, Span::default());
        }
        unit.size_data(items);
        unit.initialise(items);
        let functions = items.iter().filter_map(|item| match item {
            Item::Function(function) => Some(function),
            _ => None,
        });
        for function in functions {
            if let Some((Symbol::Function(id), span)) = unit.symbols.get(function.name.text.as_str()).copied()
                && span == function.name.span
            {
                Body::lower(&mut unit, id, function);
            }
        }
        unit.add_entries();
        unit.program
    }

    /// Gives every declared name its symbol.
    fn declare(&mut self, items: &'a [Item]) {
        for item in items {
            match item {
                Item::Function(function) => {
                    let id = self.program.functions.len();
                    if self.declare_name(&function.name, Symbol::Function(id)) {
                        self.program.functions.push(Body::empty(function.name.text.clone()));
                    }
                }
                Item::Const(constant) => {
                    // The same host constant may be asked for twice, as programs of several headers do.
                    let asked = constant.value.is_none() && self.symbols.get(constant.name.text.as_str()).is_some_and(
                        |(symbol, _)| matches!(symbol, Symbol::Const(index)
                            if matches!(self.consts[*index], ConstState::Waiting(other) if other.value.is_none())),
                    );
                    if !asked && self.declare_name(&constant.name, Symbol::Const(self.consts.len())) {
                        self.consts.push(ConstState::Waiting(constant));
                    }
                }
                Item::Data(data) => {
                    let id = self.program.data.len();
                    if self.declare_name(&data.name, Symbol::Data(id)) {
                        self.add_data(data);
                    }
                }
                Item::ExternNative(name) => {
                    let known = self.symbols.get(name.text.as_str());
                    if !matches!(known, Some((Symbol::Native(_), _))) {
                        let id = self.program.natives.len();
                        if self.declare_name(name, Symbol::Native(id)) {
                            self.add_native(&name.text);
                        }
                    }
                }
                Item::ExternFunction(name) | Item::ExternData(name) => {
                    self.externs.entry(&name.text).or_insert(name.span);
                }
            }
        }
    }

    fn declare_name(&mut self, name: &'a ast::Ident, symbol: Symbol) -> bool {
        if let Some((_, first)) = self.symbols.get(name.text.as_str()) {
            let message = format!("duplicate name: `{}` is declared twice", name.text);
            let diagnostic = Diagnostic::error(name.span, message).related(*first, "declared here first");
            self.diagnostics.push(diagnostic);
            return false;
        }
        self.symbols.insert(&name.text, (symbol, name.span));
        true
    }

    fn add_data(&mut self, data: &ast::Data) {
        let readonly = data.class == Class::Readonly;
        let host = permut8::global(&data.name.text).map(|global| global.kind);
        let kind = match data.class {
            _ if host.is_some() => host,
            Class::Readonly => Some(Kind::Table),
            Class::Temporary => Some(Kind::Scratch),
            Class::Global => None,
        };
        let scalar = match &data.shape {
            Shape::Scalar(ty) => Some(Type::from(*ty)),
            Shape::Array(_) => None,
        };
        self.program.data.push(Data {
            name: data.name.text.clone(),
            bytes: WORD,
            align: WORD,
            image: Image::default(),
            readonly,
            scalar: scalar.is_some(),
            pointer: scalar.is_some_and(Type::is_address),
            kind,
            line: self.lines.line(data.name.span),
        });
        self.shapes.push(DataShape { scalar, readonly });
    }

    fn add_native(&mut self, name: &str) -> NativeId {
        let known = permut8::native(name);
        self.program.natives.push(Native {
            name: name.to_owned(),
            parameters: known
                .as_ref()
                .map_or(Vec::new(), |native| vec![Held::Integer; native.parameters.len()]),
            result: known.is_none().then_some(Held::Integer),
            suspends: known.as_ref().is_some_and(|native| native.suspends),
        });
        self.natives.push(known.map(|native| Signature {
            parameters: native.parameters.iter().map(|&ty| ty.into()).collect(),
            result: Type::Nothing,
        }));
        self.program.natives.len() - 1
    }

    fn size_data(&mut self, items: &'a [Item]) {
        let mut total = 0u32;
        for item in items {
            let Item::Data(data) = item else { continue };
            let Some(id) = self.own_data(data) else { continue };
            if let Shape::Array(Some(size)) = &data.shape {
                self.program.data[id].bytes = Body::new(self, "").array_size(size, &data.name.text) * WORD;
            }
            total = total.saturating_add(self.program.data[id].words());
            if total > MOST_WORDS {
                let message =
                    format!("the globals up to `{}` need more than {MOST_WORDS} words", data.name.text);
                self.diagnostics.push(Diagnostic::error(data.name.span, message));
                return;
            }
        }
    }

    /// The data that this very declaration made, and not an earlier one of the name.
    fn own_data(&self, data: &ast::Data) -> Option<DataId> {
        match self.symbols.get(data.name.text.as_str()) {
            Some((Symbol::Data(id), span)) if *span == data.name.span => Some(*id),
            _ => None,
        }
    }

    fn initialise(&mut self, items: &'a [Item]) {
        for item in items {
            let Item::Data(data) = item else { continue };
            let Some(id) = self.own_data(data) else { continue };
            let words = self.program.data[id].words();
            if data.values.len() as u64 > u64::from(words) {
                let message = format!(
                    "`{}` has {words} words, but {} values are given",
                    data.name.text,
                    data.values.len()
                );
                self.diagnostics.push(Diagnostic::error(data.values[words as usize].span, message));
                continue;
            }
            let ty = self.shapes[id].scalar.unwrap_or(Type::Untyped);
            let values: Vec<Word> = data.values.iter().map(|value| self.initial(value, ty)).collect();
            self.program.data[id].image = Image::of_words(values);
        }
    }

    fn initial(&mut self, expr: &ast::Expr, ty: Type) -> Word {
        let value = Body::constant(self, expr);
        let value = match ty {
            Type::Untyped => value.word(),
            ty => Body::coerce_constant(self, value, ty),
        };
        match value {
            Expr::Integer(value) => Word::Value(value as u32),
            Expr::Float(bits) => Word::Value(bits),
            Expr::Address(data, offset) => Word::Pointer(Pointer::Data(data, offset)),
            Expr::Function(callee) => {
                self.table_entry(callee);
                Word::Pointer(Pointer::Function(callee))
            }
            _ => {
                self.diagnostics.push(
                    Diagnostic::error(expr.span, "the first value of a global must be a constant")
                        .hint("compute it in init()"),
                );
                Word::Value(0)
            }
        }
    }

    /// Works out the types of a function's parameters and result.
    fn sign(&mut self, function: &ast::Function) {
        let ty = |local: &ast::Local| match local.shape {
            Shape::Scalar(ty) => Type::from(ty),
            Shape::Array(_) => Type::Pointer,
        };
        if let Some((Symbol::Function(id), span)) = self.symbols.get(function.name.text.as_str())
            && *span == function.name.span
        {
            debug_assert_eq!(*id, self.signatures.len());
            self.signatures.push(Signature {
                parameters: function.parameters.iter().map(ty).collect(),
                result: function.result.as_ref().map_or(Type::Nothing, ty),
            });
        }
    }

    fn add_entries(&mut self) {
        for name in permut8::ENTRIES {
            if let Some((Symbol::Function(function), _)) = self.symbols.get(name) {
                let (audio, first) = (permut8::is_audio(name), name == permut8::FIRST);
                self.program.entries.push(Entry { function: *function, audio, first });
            }
        }
    }

    /// What a name means outside of any function; host names come into being when they are first used.
    pub fn symbol(&mut self, name: &str) -> Option<Symbol> {
        if let Some((symbol, _)) = self.symbols.get(name) {
            return Some(*symbol);
        }
        if name == "DEBUG" {
            return Some(Symbol::HostConst(self.debug.into()));
        }
        if let Some(value) = permut8::constant(name) {
            return Some(Symbol::HostConst(value));
        }
        // The host's own spelling outlives the source text, as the keys of the table must.
        let host_name =
            permut8::NAMES.into_iter().chain(["clockFreqLimit", "updateMask", "configText", "panelTextRows"]);
        let name = host_name.into_iter().find(|host| *host == name)?;
        let symbol = if permut8::native(name).is_some() {
            Symbol::Native(self.add_native(name))
        } else {
            let global = permut8::global(name)?;
            let scalar = global.scalar.map(Type::from);
            self.program.data.push(Data {
                name: name.to_owned(),
                bytes: global.words * WORD,
                align: WORD,
                image: Image::default(),
                readonly: false,
                scalar: scalar.is_some(),
                pointer: scalar.is_some_and(Type::is_address),
                kind: Some(global.kind),
                line: 0,
            });
            self.shapes.push(DataShape { scalar, readonly: false });
            Symbol::Data(self.program.data.len() - 1)
        };
        self.symbols.insert(name, (symbol, Span::default()));
        Some(symbol)
    }

    /// Reports a name that nothing declares: a function once, anything else once in each function.
    pub fn unknown(&mut self, name: &str, span: Span, called: bool, function: &str, locals: &[&str]) {
        let place = if called { "" } else { function };
        if !self.reported.insert((place.to_owned(), name.to_owned())) {
            return;
        }
        let (what, label) =
            if called { ("function", "not defined anywhere") } else { ("name", "not declared anywhere") };
        let mut diagnostic = Diagnostic::error(span, format!("unknown {what} `{name}`")).label(label);
        if let Some(span) = self.externs.get(name) {
            diagnostic = diagnostic.related(*span, "declared extern here, but defined nowhere in this file");
        }
        if let Some(nearest) = self.nearest(name, locals) {
            diagnostic = diagnostic.hint(format!("did you mean `{nearest}`?"));
        }
        self.diagnostics.push(diagnostic);
    }

    /// The known name that an unknown one may be a slip of.
    fn nearest(&self, name: &str, locals: &[&str]) -> Option<String> {
        // Names so long are not mistyped but generated, and comparing them all takes long.
        const LONGEST: usize = 48;
        if self.diagnostics.is_full() || name.len() > LONGEST {
            return None;
        }
        let known = self.symbols.keys().copied().chain(permut8::NAMES).chain(locals.iter().copied());
        known
            .filter(|known| known.len() <= LONGEST)
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|(distance, known)| {
                *distance <= known.len().min(name.len()) / 3 + 1 && *distance < name.len()
            })
            .min()
            .map(|(_, nearest)| nearest.to_owned())
    }

    /// The value of a constant, worked out when it is first asked for.
    pub fn const_value(&mut self, index: usize, span: Span) -> Value {
        match std::mem::replace(&mut self.consts[index], ConstState::Working) {
            ConstState::Done(value) => {
                self.consts[index] = ConstState::Done(value.clone());
                value
            }
            ConstState::Working => {
                self.diagnostics.push(Diagnostic::error(span, "this constant is defined by itself"));
                Value::broken(span)
            }
            ConstState::Waiting(constant) => {
                let value = self.define_const(constant);
                self.consts[index] = ConstState::Done(value.clone());
                value
            }
        }
    }

    /// The value that a constant's declaration gives it.
    pub fn define_const(&mut self, constant: &ast::Const) -> Value {
        let ty = Type::from(constant.ty);
        let span = constant.name.span;
        let Some(expr) = &constant.value else {
            let value = match constant.name.text.as_str() {
                "DEBUG" => Some(self.debug.into()),
                name => permut8::constant(name),
            };
            let Some(value) = value else {
                let message =
                    format!("unknown constant `{}`: the host does not supply it", constant.name.text);
                self.diagnostics
                    .push(Diagnostic::error(span, message).hint("give it a value: `const int NAME = …`"));
                return Value::broken(span);
            };
            return Value { expr: Expr::Integer(value), ty, span };
        };
        let value = Body::constant(self, expr);
        let expr = Body::coerce_constant(self, value, ty);
        if !matches!(expr, Expr::Integer(_) | Expr::Float(_) | Expr::Address(..) | Expr::Function(_)) {
            let message = format!("the value of `{}` must be a constant", constant.name.text);
            self.diagnostics.push(Diagnostic::error(span, message).label("not known at compile time"));
            return Value::broken(span);
        }
        Value { expr, ty, span }
    }

    /// Read-only words of a string, one a character and a zero.
    pub fn string(&mut self, text: &str, span: Span) -> DataId {
        if let Some(id) = self.strings.get(text) {
            return *id;
        }
        let image = Image::of_words(text.chars().map(u32::from).chain([0]).map(Word::Value));
        let mut name: String = text.chars().take(16).flat_map(char::escape_debug).collect();
        if text.chars().count() > 16 {
            name.push('…');
        }
        let id = self.program.data.len();
        self.program.data.push(Data {
            name: format!("\"{name}\""),
            bytes: image.bytes.len() as u32,
            align: WORD,
            image,
            readonly: true,
            scalar: false,
            pointer: false,
            kind: Some(Kind::Table),
            line: self.line(span),
        });
        self.shapes.push(DataShape { scalar: None, readonly: true });
        self.strings.insert(text.to_owned(), id);
        id
    }

    pub fn table_entry(&mut self, callee: Callee) {
        if self.in_table.insert(callee) {
            self.program.table.push(callee);
        }
    }

    pub fn line(&self, span: Span) -> u32 {
        self.lines.line(span)
    }

    pub fn fault(&mut self, span: Span, function: &str, cause: Cause) -> Site {
        let fault = Fault { line: self.lines.line(span), function: function.to_owned(), cause };
        if self.program.faults.last() != Some(&fault) {
            self.program.faults.push(fault);
        }
        self.program.faults.len() as Site - 1
    }
}
