//! Collections with their memory of a pool.
#![cfg(feature = "allocator-api2")]

use allocator_api2::alloc::{Allocator, Layout};
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use proptest::prelude::*;
use sostenuto_mem::pool::{Pool, PoolAllocator, Room, pool};

pool! {
    struct Lists { u8: 4, Room<64>: 4, Room<256>: 2, [u64; 100]: 1 }
}

type Of = PoolAllocator<Lists>;

proptest! {
    /// Vectors that grow and shrink as they like keep their elements, and give all blocks back.
    #[test]
    fn a_vector_keeps_its_elements(changes in prop::collection::vec((0..3_usize, 0..110_usize), 0..40)) {
        let mut pairs: [(Vec<u32, Of>, std::vec::Vec<u32>); 3] = std::array::from_fn(|_| (Vec::new_in(Of::new()), vec![]));
        for (which, length) in changes {
            let (vector, model) = &mut pairs[which];
            let more = length.saturating_sub(vector.len());
            if vector.try_reserve_exact(more).is_ok() {
                vector.resize(length, length as u32);
                model.resize(length, length as u32);
            }
            if length % 3 == 0 {
                vector.truncate(length / 2);
                model.truncate(length / 2);
                if Lists::report().classes().all(|class| class.live < class.class.count) {
                    vector.shrink_to_fit();
                }
            }
            prop_assert!(pairs.iter().all(|(vector, model)| vector[..] == model[..]));
        }
        drop(pairs);
        prop_assert_eq!(Lists::report().live(), 0);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    pool! {
        struct Small { u64: 1 }
    }
    let small = PoolAllocator::<Small>::new();
    assert!(small.allocate(Layout::new::<[u64; 2]>()).is_err());
    assert!(small.allocate(Layout::from_size_align(8, 16).unwrap()).is_err());
    let boxed = Box::new_in(7_u64, small);
    assert!(Box::try_new_in(8_u64, small).is_err());
    assert_eq!(*boxed, 7);
    assert!(Vec::<u64, _>::new_in(small).try_reserve(0).is_ok());
    drop(boxed);
    assert_eq!((Small::report().live(), Small::report().failed()), (0, 1));
    assert_eq!(*Box::new_in((), small), ());
}
