//! The register code that the interpreter runs: one instruction is eight bytes.
//!
//! Operands are slots of the frame of the running function: its parameters and locals from 0, then the two words of
//! the frame's header, then the intermediate values. The order in a tuple is destination, then operands. A value of 64
//! bits is in two slots and is named by the first. The loads and stores of all types are these few: a narrow load of an
//! i64 is one of an i32 that is then extended, and a narrow store of an i64 takes its low slot.

/// Calls `$then!` with the names of all instructions of regular shape and the functions that say what they compute.
///
/// What an operator does is written once, in [`operations`](crate::operations); the shapes are written once for each
/// place that needs them.
macro_rules! operations {
    ($then:ident) => {
        $then! {
            unary {
                I32Clz i32_clz, I32Ctz i32_ctz, I32Popcnt i32_popcnt,
                I32Extend8S i32_extend_8s, I32Extend16S i32_extend_16s,
                F32Abs f32_abs, F32Neg f32_neg, F32Ceil f32_ceil, F32Floor f32_floor, F32Trunc f32_trunc,
                F32Nearest f32_nearest, F32Sqrt f32_sqrt,
                I32TruncSatF32S i32_trunc_sat_f32_s, I32TruncSatF32U i32_trunc_sat_f32_u,
                F32ConvertI32S f32_convert_i32_s, F32ConvertI32U f32_convert_i32_u,
                I64Eqz i64_eqz, I64Clz i64_clz, I64Ctz i64_ctz, I64Popcnt i64_popcnt,
                I64Extend8S i64_extend_8s, I64Extend16S i64_extend_16s, I64ExtendI32S i64_extend_i32_s,
                F64Abs f64_abs, F64Neg f64_neg, F64Ceil f64_ceil, F64Floor f64_floor, F64Trunc f64_trunc,
                F64Nearest f64_nearest, F64Sqrt f64_sqrt,
                I32TruncSatF64S i32_trunc_sat_f64_s, I32TruncSatF64U i32_trunc_sat_f64_u,
                I64TruncSatF32S i64_trunc_sat_f32_s, I64TruncSatF32U i64_trunc_sat_f32_u,
                I64TruncSatF64S i64_trunc_sat_f64_s, I64TruncSatF64U i64_trunc_sat_f64_u,
                F32ConvertI64S f32_convert_i64_s, F32ConvertI64U f32_convert_i64_u,
                F64ConvertI32S f64_convert_i32_s, F64ConvertI32U f64_convert_i32_u,
                F64ConvertI64S f64_convert_i64_s, F64ConvertI64U f64_convert_i64_u,
                F32DemoteF64 f32_demote_f64, F64PromoteF32 f64_promote_f32,
            }
            unary_trapping {
                I32TruncF32S i32_trunc_f32_s, I32TruncF32U i32_trunc_f32_u,
                I32TruncF64S i32_trunc_f64_s, I32TruncF64U i32_trunc_f64_u,
                I64TruncF32S i64_trunc_f32_s, I64TruncF32U i64_trunc_f32_u,
                I64TruncF64S i64_trunc_f64_s, I64TruncF64U i64_trunc_f64_u,
            }
            binary {
                I32Add i32_add, I32Sub i32_sub, I32Mul i32_mul, I32And i32_and, I32Or i32_or, I32Xor i32_xor,
                I32Shl i32_shl, I32ShrS i32_shr_s, I32ShrU i32_shr_u, I32Rotl i32_rotl, I32Rotr i32_rotr,
                I32Eq i32_eq, I32Ne i32_ne, I32LtS i32_lt_s, I32LtU i32_lt_u, I32LeS i32_le_s, I32LeU i32_le_u,
                F32Add f32_add, F32Sub f32_sub, F32Mul f32_mul, F32Div f32_div, F32Min f32_min, F32Max f32_max,
                F32Copysign f32_copysign, F32Eq f32_eq, F32Ne f32_ne, F32Lt f32_lt, F32Le f32_le,
                I64Add i64_add, I64Sub i64_sub, I64Mul i64_mul, I64And i64_and, I64Or i64_or, I64Xor i64_xor,
                I64Shl i64_shl, I64ShrS i64_shr_s, I64ShrU i64_shr_u, I64Rotl i64_rotl, I64Rotr i64_rotr,
                I64Eq i64_eq, I64Ne i64_ne, I64LtS i64_lt_s, I64LtU i64_lt_u, I64LeS i64_le_s, I64LeU i64_le_u,
                F64Add f64_add, F64Sub f64_sub, F64Mul f64_mul, F64Div f64_div, F64Min f64_min, F64Max f64_max,
                F64Copysign f64_copysign, F64Eq f64_eq, F64Ne f64_ne, F64Lt f64_lt, F64Le f64_le,
            }
            binary_trapping {
                I32DivS i32_div_s, I32DivU i32_div_u, I32RemS i32_rem_s, I32RemU i32_rem_u,
                I64DivS i64_div_s, I64DivU i64_div_u, I64RemS i64_rem_s, I64RemU i64_rem_u,
            }
            immediate {
                I32AddImm i32_add, I32MulImm i32_mul, I32AndImm i32_and, I32OrImm i32_or, I32XorImm i32_xor,
                I32ShlImm i32_shl, I32ShrSImm i32_shr_s, I32ShrUImm i32_shr_u,
                I32EqImm i32_eq, I32NeImm i32_ne, I32LtSImm i32_lt_s, I32LtUImm i32_lt_u, I32LeSImm i32_le_s,
                I32LeUImm i32_le_u, I32GtSImm i32_gt_s, I32GtUImm i32_gt_u, I32GeSImm i32_ge_s,
                I32GeUImm i32_ge_u,
            }
            immediate_trapping {
                I32DivSImm i32_div_s, I32DivUImm i32_div_u, I32RemSImm i32_rem_s, I32RemUImm i32_rem_u,
            }
            branch {
                BranchI32Eq i32_eq, BranchI32Ne i32_ne, BranchI32LtS i32_lt_s, BranchI32LtU i32_lt_u,
                BranchI32LeS i32_le_s, BranchI32LeU i32_le_u,
            }
            branch_immediate {
                BranchI32EqImm i32_eq, BranchI32NeImm i32_ne, BranchI32LtSImm i32_lt_s,
                BranchI32LtUImm i32_lt_u, BranchI32LeSImm i32_le_s, BranchI32LeUImm i32_le_u,
                BranchI32GtSImm i32_gt_s, BranchI32GtUImm i32_gt_u, BranchI32GeSImm i32_ge_s,
                BranchI32GeUImm i32_ge_u,
            }
            load {
                Load32 Load32Wide Load32At load_32, Load8S Load8SWide Load8SAt load_8s,
                Load8U Load8UWide Load8UAt load_8u, Load16S Load16SWide Load16SAt load_16s,
                Load16U Load16UWide Load16UAt load_16u, Load64 Load64Wide Load64At load_64,
            }
            store {
                Store32 Store32Wide Store32At store_32, Store8 Store8Wide Store8At store_8,
                Store16 Store16Wide Store16At store_16, Store64 Store64Wide Store64At store_64,
            }
        }
    };
}
pub(crate) use operations;

macro_rules! define_instructions {
    (
        unary { $($unary:ident $_1:ident,)* }
        unary_trapping { $($unary_trapping:ident $_2:ident,)* }
        binary { $($binary:ident $_3:ident,)* }
        binary_trapping { $($binary_trapping:ident $_4:ident,)* }
        immediate { $($immediate:ident $_5:ident,)* }
        immediate_trapping { $($immediate_trapping:ident $_6:ident,)* }
        branch { $($branch:ident $_7:ident,)* }
        branch_immediate { $($branch_immediate:ident $_8:ident,)* }
        load { $($load:ident $load_wide:ident $load_at:ident $_9:ident,)* }
        store { $($store:ident $store_wide:ident $store_at:ident $_10:ident,)* }
    ) => {
        /// One instruction of the register code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Instr {
            /// Takes this many instructions from the budget, or stops before them.
            Charge(u32),
            Unreachable,
            Jump(Target),
            /// Goes to one of this many instructions that follow, chosen by the slot, else to the one after them.
            BranchTable(u16, u32),
            /// Leaves the function; its frame's header begins at the first slot.
            Return(u16),
            ReturnSlot(u16, u16),
            ReturnConst(u16, u32),
            /// Header, first slot of the results, how many slots they are.
            ReturnMany(u16, u16, u16),
            /// Calls a function of this module whose frame begins, with the arguments, at the slot.
            Call(u16, u32),
            /// Calls an imported function whose arguments, and then its result, begin at the slot.
            CallHost(u16, u32),
            /// Table, base slot, slot of the index, type.
            CallIndirect(u8, u16, u16, u16),
            Const(u16, u32),
            Copy(u16, u16),
            Copy64(u16, u16),
            /// Keeps the destination when the second slot is not zero, else copies the third.
            Select(u16, u16, u16),
            Select64(u16, u16, u16),
            /// Destination, word of the globals.
            GlobalGet(u16, u32),
            GlobalGet64(u16, u32),
            GlobalSet(u16, u32),
            GlobalSet64(u16, u32),
            MemorySize(u16),
            MemoryGrow(u16, u16),
            /// Destination address, source address, length.
            MemoryCopy(u16, u16, u16),
            /// Destination address, byte, length.
            MemoryFill(u16, u16, u16),
            /// Slot of the destination address, with the place in the segment and the length in those after it; segment.
            MemoryInit(u16, u32),
            DataDrop(u32),
            /// Destination, function.
            RefFunc(u16, u32),
            /// Table, destination, index.
            TableGet(u8, u16, u16),
            /// Table, index, reference.
            TableSet(u8, u16, u16),
            TableSize(u8, u16),
            /// Table, destination, reference, how many entries more.
            TableGrow(u8, u16, u16, u16),
            /// Table, index, reference, length.
            TableFill(u8, u16, u16, u16),
            /// Destination table, source table, slot of the destination index; source index and length follow it.
            TableCopy(u8, u8, u16),
            /// Table, slot of the destination index, with the place in the segment and the length after it; segment.
            TableInit(u8, u16, u32),
            ElemDrop(u32),
            $($unary(u16, u16),)*
            $($unary_trapping(u16, u16),)*
            $($binary(u16, u16, u16),)*
            $($binary_trapping(u16, u16, u16),)*
            $($immediate(u16, u16, i16),)*
            $($immediate_trapping(u16, u16, i16),)*
            $($branch(u16, u16, Target),)*
            $($branch_immediate(u16, i16, Target),)*
            $(
                /// Destination, base address, offset.
                $load(u16, u16, u16),
                /// Base address and destination in one slot, offset.
                $load_wide(u16, u32),
                /// Destination, address.
                $load_at(u16, u32),
            )*
            $(
                /// Base address, value, offset.
                $store(u16, u16, u16),
                /// Base address with the value in the slot after it, offset.
                $store_wide(u16, u32),
                /// Value, address.
                $store_at(u16, u32),
            )*
        }

        impl Instr {
            /// The slot that this instruction writes and does not read as such, so that it may be another one.
            pub(crate) fn destination(&mut self) -> Option<&mut u16> {
                match self {
                    Self::Const(d, _) | Self::Copy(d, _) | Self::Copy64(d, _) => Some(d),
                    Self::GlobalGet(d, _) | Self::GlobalGet64(d, _) => Some(d),
                    Self::MemorySize(d) | Self::MemoryGrow(d, _) | Self::RefFunc(d, _) => Some(d),
                    Self::TableGet(_, d, _) | Self::TableSize(_, d) | Self::TableGrow(_, d, ..) => Some(d),
                    $(Self::$unary(d, _) => Some(d),)*
                    $(Self::$unary_trapping(d, _) => Some(d),)*
                    $(Self::$binary(d, ..) => Some(d),)*
                    $(Self::$binary_trapping(d, ..) => Some(d),)*
                    $(Self::$immediate(d, ..) => Some(d),)*
                    $(Self::$immediate_trapping(d, ..) => Some(d),)*
                    $(Self::$load(d, ..) | Self::$load_at(d, _) => Some(d),)*
                    _ => None,
                }
            }

            /// The place that this instruction goes to, if it is a branch.
            pub(crate) fn target(&mut self) -> Option<&mut Target> {
                match self {
                    Self::Jump(to) => Some(to),
                    $(Self::$branch(_, _, to) => Some(to),)*
                    $(Self::$branch_immediate(_, _, to) => Some(to),)*
                    _ => None,
                }
            }

            /// Whether a run can end or pause at this instruction, so that its place in the module is of interest.
            pub(crate) fn may_stop(self) -> bool {
                match self {
                    Self::Charge(_) | Self::Unreachable | Self::Call(..) | Self::CallHost(..) => true,
                    Self::CallIndirect(..) | Self::MemoryCopy(..) | Self::MemoryFill(..) => true,
                    Self::MemoryGrow(..) | Self::MemoryInit(..) | Self::TableGet(..) => true,
                    Self::TableSet(..) | Self::TableGrow(..) | Self::TableFill(..) => true,
                    Self::TableCopy(..) | Self::TableInit(..) => true,
                    $(Self::$unary_trapping(..) => true,)*
                    $(Self::$binary_trapping(..) => true,)*
                    $(Self::$immediate_trapping(..) => true,)*
                    $(Self::$load(..) | Self::$load_wide(..) | Self::$load_at(..) => true,)*
                    $(Self::$store(..) | Self::$store_wide(..) | Self::$store_at(..) => true,)*
                    _ => false,
                }
            }
        }
    };
}
operations!(define_instructions);

const _: () = assert!(size_of::<Instr>() == 8, "one instruction is eight bytes");

impl Instr {
    /// The comparison of integers with the opposite result.
    pub(crate) fn inverse(self) -> Option<Self> {
        Some(match self {
            Self::I32Eq(d, a, b) => Self::I32Ne(d, a, b),
            Self::I32Ne(d, a, b) => Self::I32Eq(d, a, b),
            Self::I32LtS(d, a, b) => Self::I32LeS(d, b, a),
            Self::I32LtU(d, a, b) => Self::I32LeU(d, b, a),
            Self::I32LeS(d, a, b) => Self::I32LtS(d, b, a),
            Self::I32LeU(d, a, b) => Self::I32LtU(d, b, a),
            Self::I32EqImm(d, a, b) => Self::I32NeImm(d, a, b),
            Self::I32NeImm(d, a, b) => Self::I32EqImm(d, a, b),
            Self::I32LtSImm(d, a, b) => Self::I32GeSImm(d, a, b),
            Self::I32LtUImm(d, a, b) => Self::I32GeUImm(d, a, b),
            Self::I32LeSImm(d, a, b) => Self::I32GtSImm(d, a, b),
            Self::I32LeUImm(d, a, b) => Self::I32GtUImm(d, a, b),
            Self::I32GtSImm(d, a, b) => Self::I32LeSImm(d, a, b),
            Self::I32GtUImm(d, a, b) => Self::I32LeUImm(d, a, b),
            Self::I32GeSImm(d, a, b) => Self::I32LtSImm(d, a, b),
            Self::I32GeUImm(d, a, b) => Self::I32LtUImm(d, a, b),
            _ => return None,
        })
    }

    /// The branch that is taken when the result of this comparison of integers is not zero.
    pub(crate) fn fused_branch(self, to: Target) -> Option<Self> {
        Some(match self {
            Self::I32Eq(_, a, b) => Self::BranchI32Eq(a, b, to),
            Self::I32Ne(_, a, b) => Self::BranchI32Ne(a, b, to),
            Self::I32LtS(_, a, b) => Self::BranchI32LtS(a, b, to),
            Self::I32LtU(_, a, b) => Self::BranchI32LtU(a, b, to),
            Self::I32LeS(_, a, b) => Self::BranchI32LeS(a, b, to),
            Self::I32LeU(_, a, b) => Self::BranchI32LeU(a, b, to),
            Self::I32EqImm(_, a, b) => Self::BranchI32EqImm(a, b, to),
            Self::I32NeImm(_, a, b) => Self::BranchI32NeImm(a, b, to),
            Self::I32LtSImm(_, a, b) => Self::BranchI32LtSImm(a, b, to),
            Self::I32LtUImm(_, a, b) => Self::BranchI32LtUImm(a, b, to),
            Self::I32LeSImm(_, a, b) => Self::BranchI32LeSImm(a, b, to),
            Self::I32LeUImm(_, a, b) => Self::BranchI32LeUImm(a, b, to),
            Self::I32GtSImm(_, a, b) => Self::BranchI32GtSImm(a, b, to),
            Self::I32GtUImm(_, a, b) => Self::BranchI32GtUImm(a, b, to),
            Self::I32GeSImm(_, a, b) => Self::BranchI32GeSImm(a, b, to),
            Self::I32GeUImm(_, a, b) => Self::BranchI32GeUImm(a, b, to),
            _ => return None,
        })
    }
}

/// A place in the code of the module, in 24 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target([u8; 3]);

impl Target {
    /// No place; also the bound of all places.
    pub(crate) const NONE: u32 = 0xff_ffff;

    pub(crate) fn new(pc: u32) -> Self {
        let [a, b, c, _] = pc.to_le_bytes();
        Self([a, b, c])
    }

    pub(crate) fn pc(self) -> u32 {
        let [a, b, c] = self.0;
        u32::from_le_bytes([a, b, c, 0])
    }
}
