//! The declaration of a pool.

/// Declares a pool: `Type: count` for each type of which it shall hold values.
///
/// ```
/// use sostenuto_mem::pool::pool;
///
/// pool! {
///     /// Shared by threads and interrupts.
///     pub struct Synth (budget: 2048) {
///         u64: 32,
///         [f32; 64]: 4,
///     }
/// }
///
/// pool! {
///     /// For one owner, and in memory of another region than other statics.
///     pub local struct Grains (section: ".dtcm_bss") {
///         [u32; 4]: 100,
///     }
/// }
/// ```
///
/// In brackets may stand, in this order:
///
/// - `budget: BYTES`: how many bytes the blocks may have together. More does not compile, and the error says both numbers.
///   (What a pool has beside its blocks is not counted, see the [module](crate::pool).)
/// - `section: "NAME"`: the linker section of the blocks, on targets without an operating system. It need not be set to
///   anything at boot: the blocks are not read before they are written, and which of them are free is known elsewhere.
///
/// A count must be 1 or more, a type must have bytes, and a class has 65,535 blocks at most.
#[doc(inline)]
pub use crate::pool;

#[doc(hidden)]
#[macro_export]
macro_rules! pool {
    ($(#[$meta:meta])* $visibility:vis local struct $($rest:tt)+) => {
        $crate::pool!(@declare LocalBlocks, [$(#[$meta])* $visibility] $($rest)+);
    };
    ($(#[$meta:meta])* $visibility:vis struct $($rest:tt)+) => {
        $crate::pool!(@declare SharedBlocks, [$(#[$meta])* $visibility] $($rest)+);
    };
    (@declare $free:ident, [$(#[$meta:meta])* $visibility:vis] $name:ident
        $(($(budget: $budget:expr)? $(, section: $section:literal)?))? { $($type:ty : $count:expr),+ $(,)? }
    ) => {
        $crate::pool!(@made $free, [$(#[$meta])* $visibility] $name [$($($budget)?)?] [$($($section)?)?] $($type: $count),+);
    };
    (@declare $free:ident, [$(#[$meta:meta])* $visibility:vis] $name:ident
        (section: $section:literal) { $($type:ty : $count:expr),+ $(,)? }
    ) => {
        $crate::pool!(@made $free, [$(#[$meta])* $visibility] $name [] [$section] $($type: $count),+);
    };
    (@made $free:ident, [$(#[$meta:meta])* $visibility:vis] $name:ident [$($budget:expr)?] [$($section:literal)?]
        $($type:ty : $count:expr),+
    ) => {
        $(#[$meta])*
        $visibility enum $name {}

        const _: () = {
            use $crate::pool::{Class, Declaration, Declared, made};
            use made::FreeBlocks as _;

            const NAME: &str = stringify!($name);
            const TYPES: usize = [$(stringify!($type)),+].len();
            const DECLARED: [Declared; TYPES] = [$(Declared::of::<$type>(stringify!($type), $count)),+];
            const TABLE: made::Table<TYPES> =
                made::Table::new(NAME, &DECLARED, made::$free::LEAST, made::$free::WITHOUT_LINKS);
            $(made::assert_within_budget(NAME, TABLE.bytes, $budget);)?

            static FREE: [made::$free; TABLE.len] = [const { made::$free::NEW }; TABLE.len];
            static LINKS: [made::AtomicU16; TABLE.links] = [const { made::AtomicU16::new(0) }; TABLE.links];
            $(#[cfg_attr(target_os = "none", unsafe(link_section = $section))])?
            static BLOCKS: made::Blocks<{ TABLE.bytes }, { TABLE.align }> = made::Blocks::new();

            // SAFETY: made as the trait asks for.
            #[allow(unsafe_code)]
            unsafe impl Declaration for $name {
                type Free = made::$free;
                const NAME: &'static str = NAME;
                const DECLARED: &'static [Declared] = &DECLARED;
                const CLASSES: &'static [Class] = TABLE.classes.split_at(TABLE.len).0;
                const BYTES: usize = TABLE.bytes;

                #[inline(always)]
                fn class_of(bytes: usize, align: usize) -> usize {
                    let class = 0;
                    $(
                        let _ = stringify!($type);
                        if class < TABLE.len && TABLE.classes[class].holds(bytes, align) {
                            return class;
                        }
                        let class = class + 1;
                    )+
                    class
                }

                #[inline(always)]
                fn free(class: usize) -> &'static Self::Free {
                    &FREE[class]
                }

                #[inline(always)]
                fn blocks() -> made::NonNull<u8> {
                    BLOCKS.first()
                }

                #[inline(always)]
                fn links() -> &'static [made::AtomicU16] {
                    &LINKS
                }
            }

            $crate::pool!(@owner $free $name);
        };
    };
    (@owner SharedBlocks $name:ident) => {};
    (@owner LocalBlocks $name:ident) => {
        impl $crate::pool::LocalPool for $name {
            fn taken() -> &'static made::Taken {
                static TAKEN: made::Taken = made::Taken::new();
                &TAKEN
            }
        }
    };
}
