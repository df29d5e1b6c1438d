//! The declaration of a pool.

pub use crate::pool;

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
///   (What a pool has beside its blocks is not counted, see the [module](mod@crate::pool).)
/// - `section: "NAME"`: the linker section of the blocks, on targets without an operating system. It need not be set to
///   anything at boot: the blocks are not read before they are written, and which of them are free is known elsewhere.
///
/// What else stands before `struct`, such as the documentation or an attribute, is that of the type; to leave a pool out by
/// `#[cfg]`, put it into a module.
///
/// A count must be 1 or more, a type must have bytes, and a class has 65,535 blocks at most.
#[macro_export]
macro_rules! pool {
    ($(#[$meta:meta])* $visibility:vis local struct $($rest:tt)+) => {
        $crate::pool!(@declare LocalBlocks, [$(#[$meta])* $visibility] $($rest)+);
    };
    ($(#[$meta:meta])* $visibility:vis struct $($rest:tt)+) => {
        $crate::pool!(@declare SharedBlocks, [$(#[$meta])* $visibility] $($rest)+);
    };
    (@declare $free:ident, $head:tt $name:ident $types:tt) => {
        $crate::pool!(@made $free, $head $name [usize::MAX] [] $types);
    };
    (@declare $free:ident, $head:tt $name:ident (section: $section:literal $(,)?) $types:tt) => {
        $crate::pool!(@made $free, $head $name [usize::MAX] [$section] $types);
    };
    (@declare $free:ident, $head:tt $name:ident (budget: $budget:expr $(, section: $section:literal)? $(,)?) $types:tt) => {
        $crate::pool!(@made $free, $head $name [$budget] [$($section)?] $types);
    };
    (@made $free:ident, [$(#[$meta:meta])* $visibility:vis] $name:ident [$budget:expr] [$($section:literal)?]
        { $($type:ty : $count:expr),+ $(,)? }
    ) => {
        $(#[$meta])*
        $visibility enum $name {}

        // What the user wrote is named here, where no name of ours stands before one of theirs.
        impl $crate::pool::made::Declares for $name {
            const NAME: &'static str = ::core::stringify!($name);
            const DECLARED: &'static [$crate::pool::Declared] =
                &[$($crate::pool::Declared::of::<$type>(::core::stringify!($type), $count)),+];
            const BUDGET: usize = $budget;
        }

        const _: () = {
            const __TABLE: $crate::pool::made::Table<{ <$name as $crate::pool::made::Declares>::DECLARED.len() }> =
                $crate::pool::made::Table::of::<$name, $crate::pool::made::$free>();

            static __FREE: [$crate::pool::made::$free; __TABLE.len] =
                [const { <$crate::pool::made::$free as $crate::pool::made::FreeBlocks>::NEW }; __TABLE.len];
            static __LINKS: [$crate::pool::made::Link; __TABLE.links] =
                [const { $crate::pool::made::Link::new() }; __TABLE.links];
            $(#[cfg_attr(target_os = "none", unsafe(link_section = $section))])?
            static __BLOCKS: $crate::pool::made::Memory<[u8; __TABLE.bytes], { __TABLE.align }> =
                $crate::pool::made::Memory::without();

            // SAFETY: made as the trait asks for.
            unsafe impl $crate::pool::Declaration for $name {
                type Free = $crate::pool::made::$free;
                const CLASSES: &'static [$crate::pool::Class] = __TABLE.classes.split_at(__TABLE.len).0;
                const BYTES: usize = __TABLE.bytes;

                #[inline(always)]
                fn class_of(bytes: usize, align: usize) -> usize {
                    let class = 0;
                    $(
                        let _ = ::core::stringify!($type);
                        if class < __TABLE.len && __TABLE.classes[class].holds(bytes, align) {
                            return class;
                        }
                        let class = class + 1;
                    )+
                    class
                }

                #[inline(always)]
                fn free(class: usize) -> &'static Self::Free {
                    &__FREE[class]
                }

                #[inline(always)]
                fn blocks() -> $crate::pool::made::NonNull<u8> {
                    __BLOCKS.first()
                }

                #[inline(always)]
                fn links() -> &'static [$crate::pool::made::Link] {
                    &__LINKS
                }
            }

            $crate::pool!(@owner $free $name);
        };
    };
    (@owner SharedBlocks $name:ident) => {};
    (@owner LocalBlocks $name:ident) => {
        impl $crate::pool::LocalPool for $name {
            fn taken() -> &'static $crate::pool::made::Taken {
                static __TAKEN: $crate::pool::made::Taken = $crate::pool::made::Taken::new();
                &__TAKEN
            }
        }
    };
}
