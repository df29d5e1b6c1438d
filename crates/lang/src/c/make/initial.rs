//! First values that are known at compile time.

use super::body::Body;
use super::unit::Unit;
use crate::c::tree::{Expr as Tree, ExprKind, Initial, Part};
use crate::c::types::Type;
use crate::diagnostic::Diagnostic;
use crate::lower::program::{Cell, Expr, Image, Pointer};

impl Unit<'_> {
    /// The value of the only part.
    pub fn constant_scalar(&mut self, parts: &[Part]) -> Option<Expr> {
        let [Part { value: Initial::Value(value), .. }] = parts else { return None };
        let constant = self.constant(value);
        if constant.is_none() {
            self.not_constant(value, "the first value of a global");
        }
        constant
    }

    fn not_constant(&mut self, value: &Tree, what: &str) {
        let diagnostic = Diagnostic::error(value.span, format!("{what} must be a constant"));
        self.diagnostics.push(diagnostic.hint("compute it in setup()"));
    }

    /// A value that is known at compile time: a number or an address.
    pub fn constant(&mut self, value: &Tree) -> Option<Expr> {
        // The address of a local may differ from call to call, and outside of its function nothing has one.
        if value.any(&|kind| matches!(kind, ExprKind::Variable(_))) {
            return None;
        }
        let lowered = Body::outside(self).value(value);
        match lowered {
            Expr::Integer(_)
            | Expr::Long(_)
            | Expr::Float(_)
            | Expr::Double(_)
            | Expr::Address(..)
            | Expr::Function(_) => Some(lowered),
            _ => None,
        }
    }

    /// The bytes of constant parts; a part that is not constant is reported.
    pub fn image(&mut self, parts: &[Part], what: &str) -> Image {
        let mut image = Image::default();
        for part in parts {
            match &part.value {
                Initial::Bytes(bytes) => write(&mut image, part.offset, bytes),
                Initial::Value(value) => match self.constant(value).filter(|_| value.ty.is_scalar()) {
                    Some(constant) => write_constant(&mut image, part.offset, &value.ty, &constant),
                    None => self.not_constant(value, what),
                },
            }
        }
        image
    }

    /// The bytes of parts that are all constant.
    pub fn constant_image(&mut self, parts: &[Part]) -> Option<Image> {
        for part in parts {
            if let Initial::Value(value) = &part.value
                && (!value.ty.is_scalar() || self.constant(value).is_none())
            {
                return None;
            }
        }
        Some(self.image(parts, ""))
    }
}

fn write(image: &mut Image, offset: u32, bytes: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + bytes.len());
    if image.bytes.len() < end {
        image.bytes.resize(end, 0);
    }
    image.bytes[start..end].copy_from_slice(bytes);
    // A later value takes the place of an earlier one.
    image.pointers.retain(|(at, _)| (*at as usize) < start || *at as usize >= end);
}

fn write_constant(image: &mut Image, offset: u32, ty: &Type, constant: &Expr) {
    let pointer = match *constant {
        Expr::Address(data, by) => Some(Pointer::Data(data, by)),
        Expr::Function(callee) => Some(Pointer::Function(callee)),
        _ => None,
    };
    match (constant, ty.cell()) {
        (Expr::Integer(value), Cell::Signed8 | Cell::Unsigned8) => {
            write(image, offset, &value.to_le_bytes()[..1])
        }
        (Expr::Integer(value), Cell::Signed16 | Cell::Unsigned16) => {
            write(image, offset, &value.to_le_bytes()[..2])
        }
        (Expr::Integer(value), _) => write(image, offset, &value.to_le_bytes()),
        (Expr::Long(value), _) => write(image, offset, &value.to_le_bytes()),
        (Expr::Float(bits), _) => write(image, offset, &bits.to_le_bytes()),
        (Expr::Double(bits), _) => write(image, offset, &bits.to_le_bytes()),
        _ => write(image, offset, &[0; 4]),
    }
    if let Some(pointer) = pointer {
        image.pointers.push((offset, pointer));
    }
}
