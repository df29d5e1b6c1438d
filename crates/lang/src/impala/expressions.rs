//! Expressions: values, arithmetic, calls and assignments.

use sostenuto_board::patch::Cause;

use super::ast::{self, Binary, ExprKind, TypeName, Unary};
use super::body::{Body, Local};
use super::permut8;
use super::place::{Access, Place};
use super::unit::{MOST_WORDS, Signature, Symbol};
use super::value::{Type, Value, divide, operation};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::{fold, fold_unary};
use crate::lower::program as ir;
use crate::lower::program::{Callee, Expr};

impl Body<'_, '_> {
    /// Lowers an expression to its value.
    pub fn value(&mut self, expr: &ast::Expr) -> Value {
        let span = expr.span;
        let typed = |expr, ty| Value { expr, ty, span };
        match &expr.kind {
            ExprKind::Integer(value) => typed(Expr::Integer(*value as i32), Type::Int),
            ExprKind::Float(value) => typed(Expr::Float(value.to_bits()), Type::Float),
            ExprKind::Text(text) => typed(Expr::Address(self.unit.string(text, span), 0), Type::Pointer),
            ExprKind::Null => typed(Expr::Integer(0), Type::Pointer),
            ExprKind::NullFunction => typed(Expr::Integer(0), Type::Funcptr),
            ExprKind::Name { name, global } => self.name(name, *global, span),
            ExprKind::Index(..) | ExprKind::Unary(Unary::Dereference, _) => self.load(expr),
            ExprKind::Call(callee, arguments) => self.call(callee, arguments, span),
            ExprKind::Unary(Unary::AddressOf, inner) => self.address_of(inner, span),
            ExprKind::Unary(operator, inner) => self.unary(*operator, inner, span),
            ExprKind::Cast(ty, inner) => self.cast(*ty, inner, span),
            ExprKind::Chain(first, steps) => {
                let left = self.value(first);
                let value = steps.iter().fold(left, |left, (operator, right)| {
                    let right = self.value(right);
                    let span = left.span.to(right.span);
                    self.arithmetic(*operator, left, right, span)
                });
                Value { span, ..value }
            }
            ExprKind::Assign(target, value) => self.assign(target, value, span),
            ExprKind::Update(operator, target, value) => self.update(*operator, target, value, span),
            ExprKind::Broken => Value::broken(span),
        }
    }

    /// A word read from the place that an expression names.
    fn load(&mut self, expr: &ast::Expr) -> Value {
        match self.place(expr, Access::Read) {
            Some(place) => place.read(expr.span),
            None => Value::broken(expr.span),
        }
    }

    fn name(&mut self, name: &str, global: bool, span: Span) -> Value {
        if !global && let Some(local) = self.find_local(name) {
            return match local.clone() {
                Local::Register { id, ty, .. } => Value { expr: Expr::Local(id), ty, span },
                Local::Framed { slot, ty, .. } => {
                    Value { expr: Expr::Load(ty.held().into(), super::body::frame_address(slot)), ty, span }
                }
                Local::Array { slot, .. } => Value { expr: Expr::Frame(slot), ty: Type::Pointer, span },
                Local::Const(value) => Value { span, ..value },
            };
        }
        match self.unit.symbol(name) {
            Some(Symbol::Const(index)) => {
                let value = self.unit.const_value(index, span);
                Value { span, ..value }
            }
            Some(Symbol::HostConst(value)) => Value { expr: Expr::Integer(value), ty: Type::Int, span },
            Some(Symbol::Data(id)) => match self.unit.shapes[id].scalar {
                Some(ty) => {
                    Value { expr: Expr::Load(ty.held().into(), super::place::data_address(id)), ty, span }
                }
                None => Value { expr: Expr::Address(id, 0), ty: Type::Pointer, span },
            },
            Some(Symbol::Function(id)) => self.function_value(Callee::Function(id), span),
            Some(Symbol::Native(id)) => self.function_value(Callee::Native(id), span),
            None => {
                self.unknown(name, span, false);
                Value::broken(span)
            }
        }
    }

    fn function_value(&mut self, callee: Callee, span: Span) -> Value {
        self.unit.table_entry(callee);
        Value { expr: Expr::Function(callee), ty: Type::Funcptr, span }
    }

    fn address_of(&mut self, inner: &ast::Expr, span: Span) -> Value {
        let expr = match &inner.kind {
            ExprKind::Name { name, global } => {
                if !*global && let Some(local) = self.find_local(name) {
                    match local.clone() {
                        Local::Framed { slot, .. } | Local::Array { slot, .. } => Expr::Frame(slot),
                        Local::Register { id, array: Some(_), .. } => Expr::Local(id),
                        Local::Register { .. } | Local::Const(_) => return self.no_address(inner.span),
                    }
                } else {
                    match self.unit.symbol(name) {
                        Some(Symbol::Data(id)) => Expr::Address(id, 0),
                        Some(Symbol::Function(_) | Symbol::Native(_)) => {
                            let value = self.name(name, *global, span);
                            return value;
                        }
                        Some(_) => return self.no_address(inner.span),
                        None => {
                            self.unknown(name, inner.span, false);
                            return Value::broken(span);
                        }
                    }
                }
            }
            ExprKind::Index(base, index) => {
                let base = self.value(base);
                let index = self.value(index);
                return self.arithmetic(Binary::Add, as_pointer(base), index, span);
            }
            ExprKind::Unary(Unary::Dereference, pointer) => {
                let pointer = self.value(pointer);
                self.coerce(pointer, Type::Pointer)
            }
            _ => return self.no_address(inner.span),
        };
        Value { expr, ty: Type::Pointer, span }
    }

    fn no_address(&mut self, span: Span) -> Value {
        self.error(Diagnostic::error(
            span,
            "this has no address: `&` takes a variable, an array or an element",
        ));
        Value::broken(span)
    }

    fn unary(&mut self, operator: Unary, inner: &ast::Expr, span: Span) -> Value {
        let value = self.value(inner);
        let float = value.ty == Type::Float;
        let (wanted, result, operation) = match operator {
            Unary::Negate if float => (Type::Float, Type::Float, ir::Unary::Negate(ir::Type::Float)),
            Unary::Abs if float => (Type::Float, Type::Float, ir::Unary::Absolute(ir::Type::Float)),
            Unary::Abs => (Type::Int, Type::Int, ir::Unary::Absolute(ir::Type::Integer)),
            Unary::Floor => (Type::Float, Type::Float, ir::Unary::Floor(ir::Type::Float)),
            Unary::IntToFloat => (Type::Int, Type::Float, ir::Unary::TO_FLOAT),
            Unary::FloatToInt => (Type::Float, Type::Int, ir::Unary::TO_INTEGER),
            Unary::Negate => {
                let zero = Value { expr: Expr::Integer(0), ty: Type::Int, span };
                return self.arithmetic(Binary::Subtract, zero, value, span);
            }
            Unary::Complement => {
                let ones = Value { expr: Expr::Integer(-1), ty: Type::Int, span };
                return self.arithmetic(Binary::Xor, value, ones, span);
            }
            Unary::AddressOf | Unary::Dereference => return Value::broken(span),
        };
        let expr = self.coerce(value, wanted);
        Value { expr: fold_unary(operation, expr), ty: result, span }
    }

    /// A cast says how to take the bits; it converts nothing.
    fn cast(&mut self, ty: TypeName, inner: &ast::Expr, span: Span) -> Value {
        let value = self.value(inner);
        match value.ty {
            Type::Broken => Value::broken(span),
            Type::Nothing => self.nothing(span),
            _ => {
                let ty = Type::from(ty);
                Value { expr: value.held(ty.held()), ty, span }
            }
        }
    }

    fn nothing(&mut self, span: Span) -> Value {
        self.error(Diagnostic::error(span, "this function returns nothing").label("used as a value here"));
        Value::broken(span)
    }

    /// The expression of a value used as `ty`.
    pub fn coerce(&mut self, value: Value, ty: Type) -> Expr {
        let span = value.span;
        self.watch_read(&value, ty);
        match (value.ty, ty) {
            (Type::Nothing, _) => self.nothing(span).expr,
            (Type::Broken, _) | (_, Type::Broken) => value.held(ty.held()),
            (Type::Untyped, _) | (_, Type::Untyped) => value.held(ty.held()),
            (from, to) if from == to => value.expr,
            (Type::Int | Type::Pointer, Type::Int | Type::Pointer) => value.expr,
            (from, to) => {
                let mut diagnostic =
                    Diagnostic::error(span, format!("expected {}, found {}", to.name(), from.name()));
                diagnostic = match (from, to) {
                    (Type::Int, Type::Float) => diagnostic.hint("convert it: `itof (…)`"),
                    (Type::Float, Type::Int) => diagnostic.hint("convert it: `ftoi (…)`"),
                    _ => diagnostic.hint(format!("to take the bits as they are, cast: `({})`", to.name())),
                };
                self.error(diagnostic);
                Value::broken(span).held(ty.held())
            }
        }
    }

    /// The common type of two operands, or a report why there is none.
    fn unify(&mut self, left: &Value, right: &Value, span: Span) -> Type {
        match (left.ty, right.ty) {
            (Type::Broken, _) | (_, Type::Broken) => Type::Broken,
            (Type::Nothing, _) => self.nothing(left.span).ty,
            (_, Type::Nothing) => self.nothing(right.span).ty,
            (Type::Untyped, Type::Untyped) => Type::Int,
            (Type::Untyped, ty) | (ty, Type::Untyped) => ty,
            (left, right) if left == right => left,
            (Type::Int, Type::Pointer) | (Type::Pointer, Type::Int) => Type::Pointer,
            (left_type, right_type) => {
                let message = format!("{} and {} do not mix", left_type.name(), right_type.name());
                let mut diagnostic = Diagnostic::error(span, message);
                if matches!((left_type, right_type), (Type::Int, Type::Float) | (Type::Float, Type::Int)) {
                    diagnostic = diagnostic.hint("convert one of them: `itof (…)` or `ftoi (…)`");
                }
                self.error(diagnostic);
                Type::Broken
            }
        }
    }

    /// An infix operation.
    pub fn arithmetic(&mut self, operator: Binary, left: Value, right: Value, span: Span) -> Value {
        let common = self.unify(&left, &right, span);
        let symbol = operator.symbol();
        let ty = match (operator, left.ty, right.ty) {
            _ if common == Type::Broken => return Value::broken(span),
            _ if common == Type::Funcptr => {
                let message = format!("`{symbol}` does not take a funcptr: it is only compared or called");
                self.error(Diagnostic::error(span, message));
                return Value::broken(span);
            }
            (Binary::Subtract, Type::Pointer, Type::Pointer) => Type::Int,
            (Binary::Add, Type::Pointer, Type::Pointer) => {
                let diagnostic = Diagnostic::error(span, "two pointers cannot be added");
                self.error(diagnostic.hint("a string is a pointer too: Impala does not join strings"));
                return Value::broken(span);
            }
            (Binary::Add | Binary::Subtract, ..) => common,
            _ if common == Type::Pointer => Type::Int,
            _ => common,
        };
        self.watch_read(&left, common);
        self.watch_read(&right, common);
        let (left, right) = (left.held(common.held()), right.held(common.held()));
        if let Some(operation) = operation(operator, common.held()) {
            return Value { expr: fold(common.held(), operation, left, right), ty, span };
        }
        if common == Type::Float {
            let message = format!("`{symbol}` takes ints, not floats");
            self.error(Diagnostic::error(span, message).hint("convert them: `ftoi (…)`"));
            return Value::broken(span);
        }
        let modulo = operator == Binary::Modulo;
        let expr = match (&left, &right) {
            (_, Expr::Integer(0)) => {
                self.error(
                    Diagnostic::error(span, "division by zero").label("the divisor is the constant 0"),
                );
                return Value::broken(span);
            }
            (Expr::Integer(a), Expr::Integer(b)) => Expr::Integer(divide(modulo, *a, *b).unwrap_or(0)),
            _ => {
                let site = self.fault(span, Cause::Division);
                let operation =
                    if modulo { ir::Operation::Modulo(site) } else { ir::Operation::Divide(site) };
                left.then(operation, right)
            }
        };
        Value { expr, ty, span }
    }

    /// The truth of a comparison, as an integer.
    pub fn compare(&mut self, relation: ast::Relation, left: &ast::Expr, right: &ast::Expr) -> Expr {
        use ast::Relation as R;
        use ir::Binary as B;
        let span = left.span.to(right.span);
        let left = self.value(left);
        let right = self.value(right);
        let common = self.unify(&left, &right, span);
        if common == Type::Funcptr && !matches!(relation, R::Equal | R::NotEqual) {
            self.error(Diagnostic::error(span, "a funcptr is compared only with `==` and `!=`"));
        }
        let [signed, unsigned] = match relation {
            R::Less => [B::Less, B::LessUnsigned],
            R::LessEqual => [B::LessEqual, B::LessEqualUnsigned],
            R::Greater => [B::Greater, B::GreaterUnsigned],
            R::GreaterEqual => [B::GreaterEqual, B::GreaterEqualUnsigned],
            R::Equal => [B::Equal, B::Equal],
            R::NotEqual => [B::NotEqual, B::NotEqual],
        };
        let operation = match common {
            Type::Pointer => unsigned,
            _ => signed,
        };
        fold(common.held(), operation, left.held(common.held()), right.held(common.held()))
    }

    fn assign(&mut self, target: &ast::Expr, value: &ast::Expr, span: Span) -> Value {
        let place = self.place(target, Access::Write);
        let value = self.value(value);
        let Some(place) = place else { return Value::broken(span) };
        // An untyped place takes whatever word it is given.
        let ty = if place.ty() == Type::Untyped { value.ty } else { place.ty() };
        let expr = self.coerce(value, ty);
        if let Place::Word { address, ty: Type::Untyped } = &place {
            self.watch_write(address, ty, target.span);
        }
        Value { expr: place.write(ty, expr), ty, span }
    }

    fn update(&mut self, operator: Binary, target: &ast::Expr, value: &ast::Expr, span: Span) -> Value {
        let place = self.place(target, Access::Write);
        let value = self.value(value);
        let Some(place) = place else { return Value::broken(span) };
        let (first, again) = self.twice(place);
        let old = again.read(target.span);
        let new = self.arithmetic(operator, old, value, span);
        let ty = if first.ty() == Type::Untyped { new.ty } else { first.ty() };
        let expr = self.coerce(new, ty);
        Value { expr: first.write(ty, expr), ty, span }
    }

    /// One place written first and read after that, with its address worked out once.
    fn twice(&mut self, place: Place) -> (Place, Place) {
        let mut again = place.clone();
        let mut first = place;
        if let (Place::Word { address, .. }, Place::Word { address: same, .. }) = (&mut first, &mut again)
            && let Some(index) = address.index.take()
        {
            let local = self.new_local(ir::Type::Integer);
            address.index = Some(Box::new(Expr::Set(local, index)));
            same.index = Some(Box::new(Expr::Local(local)));
        }
        (first, again)
    }

    fn call(&mut self, callee: &ast::Expr, arguments: &[ast::Expr], span: Span) -> Value {
        if let ExprKind::Name { name, global } = &callee.kind
            && (*global || self.find_local(name).is_none())
        {
            match self.unit.symbol(name) {
                Some(Symbol::Function(id)) => {
                    let signature = self.unit.signatures[id].clone();
                    let arguments = self.arguments(name, &signature, arguments, span, false);
                    return Value {
                        expr: Expr::Call(Callee::Function(id), arguments),
                        ty: signature.result,
                        span,
                    };
                }
                Some(Symbol::Native(id)) => {
                    let signature = self.native_signature(id, arguments.len());
                    let arguments = self.arguments(name, &signature, arguments, span, true);
                    return Value {
                        expr: Expr::Call(Callee::Native(id), arguments),
                        ty: signature.result,
                        span,
                    };
                }
                None => {
                    self.unknown(name, callee.span, true);
                    for argument in arguments {
                        self.value(argument);
                    }
                    return Value::broken(span);
                }
                Some(Symbol::Const(_) | Symbol::HostConst(_) | Symbol::Data(_)) => {}
            }
        }
        let pointer = self.value(callee);
        let pointer = match pointer.ty {
            Type::Funcptr | Type::Untyped | Type::Broken => pointer.word(),
            ty => {
                let message = format!("expected a function or a funcptr, found {}", ty.name());
                self.error(Diagnostic::error(callee.span, message).label("called here"));
                Expr::Integer(0)
            }
        };
        let signature = ir::Signature::words(arguments.len());
        let arguments = arguments.iter().map(|argument| {
            let value = self.value(argument);
            self.coerce(value, Type::Untyped)
        });
        let expr = Expr::CallPointer(Box::new(pointer), arguments.collect(), signature);
        Value { expr, ty: Type::Untyped, span }
    }

    /// The value of an expression that must be a constant int.
    pub fn constant_int(&mut self, expr: &ast::Expr, what: &str) -> Option<i32> {
        let value = self.value(expr);
        match (value.ty, value.expr) {
            (Type::Broken, _) => None,
            (Type::Int, Expr::Integer(value)) => Some(value),
            (ty, constant) => {
                let message = match constant {
                    Expr::Integer(_) | Expr::Float(_) => {
                        format!("{what} must be an int, not a {}", ty.name())
                    }
                    _ => format!("{what} must be a constant"),
                };
                self.error(Diagnostic::error(expr.span, message).label("not known at compile time"));
                None
            }
        }
    }

    /// The size of an array in words.
    pub fn array_size(&mut self, size: &ast::Expr, name: &str) -> u32 {
        let Some(words) = self.constant_int(size, "the size of an array") else { return 1 };
        if words < 1 || words as u32 > MOST_WORDS {
            let message = format!("the size of `{name}` is {words}: an array has 1 to {MOST_WORDS} words");
            self.error(Diagnostic::error(size.span, message));
            return 1;
        }
        words as u32
    }

    /// What a native takes; one that the host is not known to have takes and gives words.
    fn native_signature(&mut self, id: ir::NativeId, arguments: usize) -> Signature {
        if let Some(signature) = &self.unit.natives[id] {
            return signature.clone();
        }
        debug_assert!(permut8::native(&self.unit.program.natives[id].name).is_none());
        let signature = Signature { parameters: vec![Type::Untyped; arguments], result: Type::Untyped };
        self.unit.program.natives[id].parameters = vec![ir::Type::Integer; arguments];
        self.unit.natives[id] = Some(signature.clone());
        signature
    }

    fn arguments(
        &mut self,
        name: &str,
        signature: &Signature,
        arguments: &[ast::Expr],
        span: Span,
        native: bool,
    ) -> Vec<Expr> {
        let (takes, given) = (signature.parameters.len(), arguments.len());
        let plural = if takes == 1 { "" } else { "s" };
        let count = format!("`{name}` takes {takes} argument{plural}, but {given} given");
        let mut lowered = Vec::with_capacity(takes);
        let mut extra_is_plain = true;
        for (at, argument) in arguments.iter().enumerate() {
            let value = self.value(argument);
            match signature.parameters.get(at) {
                Some(&ty) => lowered.push(self.argument(name, value, ty)),
                None => extra_is_plain &= is_plain(&value.expr),
            }
        }
        match arguments.get(takes) {
            // The reference never counts, and released programs rely on it.
            Some(extra) if extra_is_plain && !native => {
                self.error(Diagnostic::warning(extra.span, count).label("not passed on"));
            }
            _ if given != takes => self.error(Diagnostic::error(span, count)),
            _ => {}
        }
        lowered
    }

    /// An argument. A computed value of the wrong type is passed as its bits, as the reference does; a constant of
    /// the wrong type is a mistake.
    fn argument(&mut self, name: &str, value: Value, ty: Type) -> Expr {
        let constant = matches!(value.expr, Expr::Integer(_) | Expr::Float(_));
        let convert = match (value.ty, ty) {
            (Type::Int, Type::Float) => "itof",
            (Type::Float, Type::Int) => "ftoi",
            _ => return self.coerce(value, ty),
        };
        if constant {
            return self.coerce(value, ty);
        }
        let (wanted, given) = (ty.name(), value.ty.name());
        let message = format!("`{name}` takes the bits of this {given} as a {wanted}");
        let hint = format!("convert it: `{convert} (…)`; or if the bits are meant, cast it: `({wanted})`");
        self.error(Diagnostic::warning(value.span, message).hint(hint));
        value.held(ty.held())
    }
}

/// A value that nothing happens for.
fn is_plain(value: &Expr) -> bool {
    matches!(value, Expr::Integer(_) | Expr::Float(_) | Expr::Local(_) | Expr::Address(..) | Expr::Frame(_))
}

/// An untyped word used as an address.
fn as_pointer(value: Value) -> Value {
    if value.ty == Type::Untyped { Value { ty: Type::Pointer, ..value } } else { value }
}
