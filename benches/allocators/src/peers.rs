//! The allocators that are compared, each behind the same two calls: allocate and write the value, drop and free.

use heapless::pool::boxed::{BoxBlock, BoxPool};
use sostenuto_mem::pool::{Box as PoolBox, Declaration, LocalPool, Owner, Pool, pool};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

/// How many values of each type there can be at once.
pub const COUNT: usize = 64;
/// How much memory an allocator for any type has.
const HEAP: usize = 64 * 1024;

/// What is put into them.
pub trait Payload: Copy + 'static {
    const VALUE: Self;
    type Heapless: BoxPool<Data = Self>;
    /// Fills the pool of heapless, which has one for each type.
    fn fill_heapless();
}

macro_rules! payloads {
    ($($type:ty, $value:expr, $pool:ident;)*) => {
        $(
            heapless::box_pool!($pool: $type);

            impl Payload for $type {
                const VALUE: Self = $value;
                type Heapless = $pool;

                fn fill_heapless() {
                    for _ in 0..COUNT {
                        <$pool as BoxPool>::manage(Box::leak(Box::new(BoxBlock::new())));
                    }
                }
            }
        )*

        pool! {
            pub struct Shared { $($type: COUNT),* }
        }
        pool! {
            pub local struct Local { $($type: COUNT),* }
        }
    };
}

payloads! {
    u8, 1, HeaplessU8;
    u32, 1, HeaplessU32;
    u64, 1, HeaplessU64;
    [u64; 3], [1; 3], Heapless24;
    [u64; 8], [1; 8], Heapless64;
    [u8; 256], [1; 256], Heapless256;
}

pool! {
    /// More blocks than a word has bits.
    pub struct Large { u8: 4 * COUNT, u32: 4 * COUNT, u64: 4 * COUNT, [u64; 3]: 4 * COUNT, [u64; 8]: 4 * COUNT, [u8; 256]: 4 * COUNT }
}

/// An allocator.
pub trait Peer {
    const NAME: &'static str;
    type Held<T: Payload>;

    fn new() -> Self;
    fn alloc<T: Payload>(&self, value: T) -> Option<Self::Held<T>>;
    /// Where it can be, the value is made in its place.
    #[inline(always)]
    fn make<T: Payload>(&self, make: impl FnOnce() -> T) -> Option<Self::Held<T>> {
        self.alloc(make())
    }
    fn free<T: Payload>(&self, held: Self::Held<T>);
}

impl Peer for Owner<Local> {
    const NAME: &'static str = "ours, one owner";
    type Held<T: Payload> = PoolBox<T, Local>;

    fn new() -> Self {
        Local::take().expect("made once in a process")
    }

    #[inline(always)]
    fn alloc<T: Payload>(&self, value: T) -> Option<PoolBox<T, Local>> {
        Owner::alloc(self, value).ok()
    }

    #[inline(always)]
    fn make<T: Payload>(&self, make: impl FnOnce() -> T) -> Option<PoolBox<T, Local>> {
        self.alloc_with(make).ok()
    }

    #[inline(always)]
    fn free<T: Payload>(&self, held: PoolBox<T, Local>) {
        drop(held);
    }
}

/// A pool of ours that is shared.
pub struct Ours<P>(std::marker::PhantomData<P>);

/// Names it.
pub trait Named: Pool {
    const TITLE: &'static str;
}

impl Named for Shared {
    const TITLE: &'static str = "ours, shared";
}

impl Named for Large {
    const TITLE: &'static str = "ours, shared, 256 blocks";
}

impl<P: Named + Declaration> Peer for Ours<P> {
    const NAME: &'static str = P::TITLE;
    type Held<T: Payload> = PoolBox<T, P>;

    fn new() -> Self {
        Self(std::marker::PhantomData)
    }

    #[inline(always)]
    fn alloc<T: Payload>(&self, value: T) -> Option<PoolBox<T, P>> {
        P::alloc(value).ok()
    }

    #[inline(always)]
    fn make<T: Payload>(&self, make: impl FnOnce() -> T) -> Option<PoolBox<T, P>> {
        P::alloc_with(make).ok()
    }

    #[inline(always)]
    fn free<T: Payload>(&self, held: PoolBox<T, P>) {
        drop(held);
    }
}

/// heapless::pool.
pub struct Heapless;

impl Peer for Heapless {
    const NAME: &'static str = "heapless::pool";
    type Held<T: Payload> = heapless::pool::boxed::Box<T::Heapless>;

    fn new() -> Self {
        u8::fill_heapless();
        u32::fill_heapless();
        u64::fill_heapless();
        <[u64; 3]>::fill_heapless();
        <[u64; 8]>::fill_heapless();
        <[u8; 256]>::fill_heapless();
        Self
    }

    #[inline(always)]
    fn alloc<T: Payload>(&self, value: T) -> Option<Self::Held<T>> {
        T::Heapless::alloc(value).ok()
    }

    #[inline(always)]
    fn free<T: Payload>(&self, held: Self::Held<T>) {
        drop(held);
    }
}

/// What allocates by layout.
pub trait ByLayout {
    const NAME: &'static str;
    fn new() -> Self;
    fn alloc(&self, layout: Layout) -> *mut u8;
    /// # Safety
    ///
    /// The memory must come from `alloc` with the same layout.
    unsafe fn free(&self, memory: *mut u8, layout: Layout);
}

/// Any of these.
pub struct General<A>(A);

impl<A: ByLayout> Peer for General<A> {
    const NAME: &'static str = A::NAME;
    type Held<T: Payload> = NonNull<T>;

    fn new() -> Self {
        Self(A::new())
    }

    #[inline(always)]
    fn alloc<T: Payload>(&self, value: T) -> Option<NonNull<T>> {
        let memory = NonNull::new(self.0.alloc(Layout::new::<T>()))?.cast();
        // SAFETY: the memory is as large and aligned as the type.
        unsafe { memory.write(value) };
        Some(memory)
    }

    #[inline(always)]
    fn free<T: Payload>(&self, held: NonNull<T>) {
        // SAFETY: the memory comes from `alloc`.
        unsafe { self.0.free(held.as_ptr().cast(), Layout::new::<T>()) };
    }
}

/// Memory for an allocator, aligned for each of them.
fn heap() -> &'static mut [u8] {
    let memory = vec![0_u8; HEAP + 4096].leak();
    let start = memory.as_ptr().align_offset(4096);
    &mut memory[start..][..HEAP]
}

/// One borrow that is checked by nobody, as the peers need a unique reference and the bench has one thread.
pub struct Unchecked<T>(std::cell::UnsafeCell<T>);

impl<T> Unchecked<T> {
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    fn get(&self) -> &mut T {
        // SAFETY: the bench has one thread, and no call of a peer calls another one.
        unsafe { &mut *self.0.get() }
    }
}

macro_rules! by_layout {
    ($name:ident, $title:literal, $type:ty, $new:expr, |$heap:ident, $layout:ident| $alloc:expr, |$memory:ident| $free:expr) => {
        pub struct $name($type);

        impl ByLayout for $name {
            const NAME: &'static str = $title;

            fn new() -> Self {
                Self($new)
            }

            #[inline(always)]
            fn alloc(&self, $layout: Layout) -> *mut u8 {
                let $heap = &self.0;
                $alloc
            }

            #[inline(always)]
            unsafe fn free(&self, $memory: *mut u8, $layout: Layout) {
                let $heap = &self.0;
                // SAFETY: by this function's contract.
                #[allow(unused_unsafe)]
                unsafe {
                    $free
                }
            }
        }
    };
}

type Tlsf = rlsf::Tlsf<'static, u16, u16, 12, 16>;

by_layout!(
    Rlsf,
    "rlsf (TLSF)",
    Unchecked<Tlsf>,
    {
        let mut tlsf = Tlsf::new();
        // SAFETY: bytes that are set are bytes that need not be.
        tlsf.insert_free_block(unsafe {
            &mut *(std::ptr::from_mut(heap()) as *mut [std::mem::MaybeUninit<u8>])
        });
        Unchecked(tlsf.into())
    },
    |heap, layout| heap.get().allocate(layout).map_or(std::ptr::null_mut(), NonNull::as_ptr),
    |memory| heap.get().deallocate(NonNull::new_unchecked(memory), layout.align())
);

by_layout!(
    Talc,
    "talc",
    Unchecked<talc::TalcCell<talc::source::Manual>>,
    {
        let talc = talc::TalcCell::new(talc::source::Manual);
        let heap = heap();
        // SAFETY: the memory is the allocator's for ever.
        unsafe { talc.claim(heap.as_mut_ptr(), heap.len()) };
        Unchecked(talc.into())
    },
    |heap, layout| unsafe { heap.get().alloc(layout) },
    |memory| heap.get().dealloc(memory, layout)
);

by_layout!(
    EmbeddedTlsf,
    "embedded-alloc TLSF",
    embedded_alloc::TlsfHeap,
    {
        let (allocator, memory) = (embedded_alloc::TlsfHeap::empty(), heap());
        // SAFETY: the memory is the allocator's for ever.
        unsafe { allocator.init(memory.as_mut_ptr().addr(), memory.len()) };
        allocator
    },
    |heap, layout| unsafe { heap.alloc(layout) },
    |memory| heap.dealloc(memory, layout)
);

by_layout!(
    EmbeddedLlff,
    "embedded-alloc LLFF",
    embedded_alloc::LlffHeap,
    {
        let (allocator, memory) = (embedded_alloc::LlffHeap::empty(), heap());
        // SAFETY: the memory is the allocator's for ever.
        unsafe { allocator.init(memory.as_mut_ptr().addr(), memory.len()) };
        allocator
    },
    |heap, layout| unsafe { heap.alloc(layout) },
    |memory| heap.dealloc(memory, layout)
);

by_layout!(
    LinkedList,
    "linked_list_allocator",
    Unchecked<linked_list_allocator::Heap>,
    {
        let memory = heap();
        // SAFETY: the memory is the allocator's for ever.
        Unchecked(unsafe { linked_list_allocator::Heap::new(memory.as_mut_ptr(), memory.len()) }.into())
    },
    |heap, layout| heap.get().allocate_first_fit(layout).map_or(std::ptr::null_mut(), NonNull::as_ptr),
    |memory| heap.get().deallocate(NonNull::new_unchecked(memory), layout)
);

by_layout!(
    Buddy,
    "buddy_system_allocator",
    Unchecked<buddy_system_allocator::Heap<17>>,
    {
        let (mut allocator, memory) = (buddy_system_allocator::Heap::new(), heap());
        // SAFETY: the memory is the allocator's for ever.
        unsafe { allocator.init(memory.as_mut_ptr().addr(), memory.len()) };
        Unchecked(allocator.into())
    },
    |heap, layout| heap.get().alloc(layout).map_or(std::ptr::null_mut(), NonNull::as_ptr),
    |memory| heap.get().dealloc(NonNull::new_unchecked(memory), layout)
);

#[cfg(feature = "o1heap")]
by_layout!(
    O1Heap,
    "o1heap (C)",
    o1heap::O1Heap,
    {
        let (allocator, memory) = (o1heap::O1Heap::empty(), heap());
        // SAFETY: the memory is the allocator's for ever.
        unsafe { allocator.init(memory.as_mut_ptr(), memory.len()) }.expect("large and aligned");
        allocator
    },
    |heap, layout| unsafe { heap.alloc(layout) },
    |memory| heap.dealloc(memory, layout)
);

by_layout!(
    System,
    "the system's malloc",
    std::alloc::System,
    std::alloc::System,
    |heap, layout| unsafe { heap.alloc(layout) },
    |memory| heap.dealloc(memory, layout)
);
