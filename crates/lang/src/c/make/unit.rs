//! The program as a whole: its data, variables, functions and what the host calls.

use std::collections::{HashMap, HashSet};

use sostenuto_board::Kind;
use sostenuto_board::patch::{Cause, Fault, Host};

use super::body::Body;
use crate::c::parse::of_held;
use crate::c::tree::{Function as TreeFunction, FunctionId as TreeId, Object, Program as Tree, TextId};
use crate::c::types::{FunctionType, Type};
use crate::conez::{self, HostFunction};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::lower::program::{
    Area, Callee, Data, DataId, Entry, Expr, Function, FunctionId, Global, GlobalId, Image, Native, Program,
    Signature, Site,
};
use crate::sources::Sources;

/// The functions that the host calls.
const ENTRIES: [&str; 5] = ["setup", "loop", "_start", "main", "process"];

/// More than the memory of any patch has.
const MOST_BYTES: u64 = 1 << 30;

/// Where a variable of the program is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Global(GlobalId),
    Data(DataId),
}

pub(super) struct Unit<'a> {
    pub tree: &'a Tree,
    pub sources: &'a Sources,
    pub diagnostics: &'a mut Diagnostics,
    pub program: Program,
    pub objects: Vec<Place>,
    /// Whether each function may come to call itself.
    pub recursive: Vec<bool>,
    functions: HashMap<TreeId, Callee>,
    /// Functions whose bodies are still to be lowered.
    waiting: Vec<(TreeId, FunctionId)>,
    natives: HashMap<String, usize>,
    texts: HashMap<TextId, DataId>,
    in_table: HashSet<Callee>,
    names: HashMap<String, u32>,
}

impl<'a> Unit<'a> {
    pub fn lower(
        tree: &'a Tree,
        name: &str,
        sources: &'a Sources,
        diagnostics: &'a mut Diagnostics,
    ) -> Program {
        let program = Program { source: name.to_owned(), host: Host::Conez, ..Program::default() };
        let mut unit = Unit {
            tree,
            sources,
            diagnostics,
            program,
            objects: vec![Place::Data(0); tree.objects.len()],
            recursive: recursive(tree),
            functions: HashMap::new(),
            waiting: Vec::new(),
            natives: HashMap::new(),
            texts: HashMap::new(),
            in_table: HashSet::new(),
            names: HashMap::new(),
        };
        unit.place_objects();
        if !unit.refuse_too_large() {
            unit.fill_objects();
        }
        for (id, function) in tree.functions.iter().enumerate() {
            if function.body.is_some() && !function.is_static {
                unit.callee(id);
            }
        }
        let mut next = 0;
        while let Some(&(from, to)) = unit.waiting.get(next) {
            next += 1;
            if let Some(body) = &tree.functions[from].body {
                Body::lower(&mut unit, from, to, body);
            }
        }
        unit.add_entries();
        unit.program
    }

    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    pub fn line(&self, span: Span) -> u32 {
        self.sources.line(span)
    }

    /// Size and alignment of a type that has them.
    pub fn layout(&self, ty: &Type) -> (u32, u32) {
        ty.layout(&self.tree.records).unwrap_or((0, 1))
    }

    /// Gives each variable its place: those outside of functions first, in the order of their declarations.
    fn place_objects(&mut self) {
        let is_local = |object: &Object| object.name.contains('.');
        for local in [false, true] {
            for (id, object) in self.tree.objects.iter().enumerate() {
                if is_local(object) != local {
                    continue;
                }
                if !object.defined {
                    let message = format!("`{}` is declared extern, but defined nowhere", object.name);
                    self.error(object.span, message);
                }
                self.objects[id] = if object.ty.is_scalar() && !object.addressed {
                    let value = Body::zero(object.ty.held());
                    let global = Global { name: object.name.clone(), value, ty: object.ty.held() };
                    self.program.globals.push(global);
                    Place::Global(self.program.globals.len() - 1)
                } else {
                    let data = self.data(object.name.clone(), &object.ty, object.span, object.constant);
                    Place::Data(data)
                };
            }
        }
    }

    /// Whether the variables take more than any memory, so that their first values must not be written out.
    fn refuse_too_large(&mut self) -> bool {
        let mut bytes = 0;
        let crosses = |object: &&Object| {
            bytes += u64::from(self.layout(&object.ty).0);
            bytes > MOST_BYTES
        };
        let Some(object) = self.tree.objects.iter().find(crosses) else { return false };
        self.error(object.span, format!("with `{}` the patch needs more memory than 1 GiB", object.name));
        true
    }

    /// Works out the first values, which may be addresses of any variable.
    fn fill_objects(&mut self) {
        for (id, object) in self.tree.objects.iter().enumerate() {
            let Some(parts) = &object.initial else { continue };
            match self.objects[id] {
                Place::Global(global) => {
                    if let Some(value) = self.constant_scalar(parts) {
                        self.program.globals[global].value = value;
                    }
                }
                Place::Data(data) => {
                    let image = self.image(parts, "the first value of a global");
                    self.program.data[data].image = image;
                }
            }
        }
    }

    /// A new piece of data for something of a type.
    pub fn data(&mut self, name: String, ty: &Type, span: Span, readonly: bool) -> DataId {
        let (bytes, align) = self.layout(ty);
        let count = self.names.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count > 1 { format!("{name}#{count}") } else { name };
        self.program.data.push(Data {
            name,
            bytes,
            align,
            image: Image::default(),
            readonly,
            scalar: ty.is_scalar(),
            pointer: matches!(ty, Type::Pointer(_)),
            kind: readonly.then_some(Kind::Table),
            line: self.line(span),
        });
        self.program.data.len() - 1
    }

    /// The data of a string.
    pub fn text(&mut self, id: TextId, span: Span) -> DataId {
        if let Some(&data) = self.texts.get(&id) {
            return data;
        }
        let bytes = self.tree.texts[id].clone();
        let text = String::from_utf8_lossy(&bytes[..bytes.len() - 1]).into_owned();
        let mut name: String = text.chars().take(16).flat_map(char::escape_debug).collect();
        if text.chars().count() > 16 {
            name.push('…');
        }
        let data = self.program.data.len();
        self.program.data.push(Data {
            name: format!("\"{name}\""),
            bytes: bytes.len() as u32,
            align: 1,
            image: Image { bytes: bytes.to_vec(), pointers: Vec::new() },
            readonly: true,
            scalar: false,
            pointer: false,
            kind: Some(Kind::Table),
            line: self.line(span),
        });
        self.texts.insert(id, data);
        data
    }

    /// What a function of the tree is called as; it is lowered when it is first asked for.
    pub fn callee(&mut self, id: TreeId) -> Callee {
        if let Some(&callee) = self.functions.get(&id) {
            return callee;
        }
        let function = &self.tree.functions[id];
        // One of the header's that the program declares by hand.
        let same = |other: &TreeFunction| {
            other.body.is_some() && other.name == function.name && other.ty == function.ty
        };
        let of_header = match function.body {
            None => self.tree.functions.iter().position(same),
            Some(_) => None,
        };
        let callee = if let Some(other) = of_header {
            self.callee(other)
        } else if function.body.is_none() {
            match conez::function(&function.name) {
                Some(host) if same_types(&host, &function.ty) => self.native(host),
                host => {
                    self.missing(function, host);
                    Callee::Function(0)
                }
            }
        } else {
            let to = self.program.functions.len();
            self.program.functions.push(Function {
                name: function.name.to_string(),
                exported: !function.is_static,
                parameters: 0,
                result: None,
                locals: Vec::new(),
                frame: 0,
                overflow: None,
                blocks: Vec::new(),
            });
            // Callers need the types before the body is there.
            let new = &mut self.program.functions[to];
            new.locals = function.ty.parameters.iter().map(Type::held).collect();
            new.parameters = new.locals.len() as u32;
            self.waiting.push((id, to));
            Callee::Function(to)
        };
        self.functions.insert(id, callee);
        callee
    }

    fn missing(&mut self, function: &TreeFunction, host: Option<HostFunction>) {
        let message = format!("the function `{}` is declared, but defined nowhere", function.name);
        let place = if function.is_used { function.used } else { function.span };
        let mut diagnostic = Diagnostic::error(place, message).related(function.span, "declared here");
        if host.is_some() {
            let hint = "the host has a function of that name, but of another type: #include <conez_api.h>";
            diagnostic = diagnostic.hint(hint);
        }
        self.diagnostics.push(diagnostic);
    }

    pub fn native(&mut self, host: HostFunction) -> Callee {
        let next = self.program.natives.len();
        let id = *self.natives.entry(host.name.to_owned()).or_insert(next);
        if id == next {
            self.program.natives.push(Native {
                name: host.name.to_owned(),
                parameters: host.parameters().collect(),
                result: host.result(),
                suspends: false,
            });
        }
        Callee::Native(id)
    }

    pub fn pointer_to(&mut self, callee: Callee) -> Expr {
        if self.in_table.insert(callee) {
            self.program.table.push(callee);
        }
        Expr::Function(callee)
    }

    pub fn uses(&mut self, area: Area) {
        if !self.program.areas.contains(&area) {
            self.program.areas.push(area);
        }
    }

    pub fn stack_fault(&mut self, function: &TreeFunction) -> Site {
        let line = self.line(function.span);
        self.program.faults.push(Fault { line, function: function.name.to_string(), cause: Cause::Stack });
        self.program.faults.len() as Site - 1
    }

    fn add_entries(&mut self) {
        let tree = self.tree;
        let mut has_entry = false;
        for (id, function) in tree.functions.iter().enumerate() {
            if function.is_static || function.body.is_none() || !ENTRIES.contains(&&*function.name) {
                continue;
            }
            has_entry = true;
            let is_process = &*function.name == "process";
            let fits = match function.ty.parameters.as_slice() {
                [] => true,
                [frames] => is_process && frames.is_integer() && function.ty.held_as_integer(),
                _ => false,
            };
            if !fits {
                let wants = match is_process {
                    true => "one int, the number of sample frames, or nothing",
                    false => "nothing",
                };
                self.error(function.span, format!("the host calls `{}`, which takes {wants}", function.name));
            }
            if let Callee::Function(to) = self.callee(id) {
                let first = &*function.name == "setup";
                self.program.entries.push(Entry { function: to, audio: is_process, first });
            }
        }
        if !has_entry {
            let diagnostic = Diagnostic::error(Span::default(), "the host finds nothing that it can call");
            let hint = "define `void setup(void)`, `void loop(void)`, `int main(void)` or `void process(int frames)`";
            self.diagnostics.push(diagnostic.hint(hint));
        }
    }
}

impl FunctionType {
    fn held_as_integer(&self) -> bool {
        self.parameters.iter().all(|ty| ty.held() == crate::lower::program::Type::Integer)
    }

    /// The types that it is called with.
    pub(super) fn signature(&self) -> Signature {
        let result = (self.result != Type::Void).then(|| self.result.held());
        Signature { parameters: self.parameters.iter().map(Type::held).collect(), result }
    }
}

fn same_types(host: &HostFunction, ty: &FunctionType) -> bool {
    let signature = ty.signature();
    let result = host.result().map(|ty| of_held(ty).held());
    signature.result == result && host.parameters().eq(signature.parameters)
}

/// Whether each function may come to call itself, or lies between such ones.
fn recursive(tree: &Tree) -> Vec<bool> {
    let count = tree.functions.len();
    // The last node stands for all functions that are called by pointer.
    let mut next: Vec<Vec<usize>> = Vec::with_capacity(count + 1);
    for function in &tree.functions {
        let by_pointer = function.calls_pointer.then_some(count);
        next.push(function.calls.iter().copied().chain(by_pointer).collect());
    }
    let addressed = tree.functions.iter().enumerate().filter(|(_, function)| function.addressed);
    next.push(addressed.map(|(id, _)| id).collect());
    let mut before = vec![Vec::new(); count + 1];
    for (from, callees) in next.iter().enumerate() {
        callees.iter().for_each(|&to| before[to].push(from));
    }
    let (below, above) = (outside_cycles(&next, &before), outside_cycles(&before, &next));
    (0..count).map(|id| !below[id] && !above[id]).collect()
}

/// The nodes from which no cycle is reached.
fn outside_cycles(next: &[Vec<usize>], before: &[Vec<usize>]) -> Vec<bool> {
    let mut open: Vec<usize> = next.iter().map(Vec::len).collect();
    let mut work: Vec<usize> = (0..next.len()).filter(|&id| open[id] == 0).collect();
    let mut outside = vec![false; next.len()];
    while let Some(id) = work.pop() {
        outside[id] = true;
        for &from in &before[id] {
            open[from] -= 1;
            if open[from] == 0 {
                work.push(from);
            }
        }
    }
    outside
}
