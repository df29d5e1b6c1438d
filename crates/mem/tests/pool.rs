//! Pools as a program uses them.

use sostenuto_mem::pool::{Arc, Box, Counted, LocalPool, Pool, Room, pool, unsize};
use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// Counts how often its values are dropped.
struct Dropped<'a>(&'a Cell<u32>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn when_the_pool_is_full_the_value_comes_back_and_nothing_is_lost() {
    pool! {
        struct Few { String: 2 }
    }
    let one = Few::alloc("one".to_string()).unwrap();
    let two = Few::alloc("two".to_string()).unwrap();
    let full = Few::alloc("three".to_string()).unwrap_err();
    assert_eq!(full.to_string(), "`Few` is full: all 2 blocks of 24 B are taken");
    assert_eq!(full.value, "three");
    let make = Few::alloc_with(|| "four".to_string()).unwrap_err().value;
    drop(one);
    assert_eq!(*Few::alloc_with(make).unwrap(), "four");
    assert_eq!(*two, "two");
    let class = Few::report().class_of::<String>().unwrap();
    assert_eq!((class.live, class.peak, class.failed), (1, 2, 2));
}

#[test]
fn a_value_is_dropped_once_whatever_its_box_becomes() {
    pool! {
        struct Once { Dropped<'static>: 4, Counted<Dropped<'static>>: 1 }
    }
    let drops = Cell::new(0);
    let boxed = || Once::alloc(Dropped(&drops)).unwrap();
    drop(boxed());
    assert_eq!(drops.replace(0), 1);
    let value = Box::into_inner(boxed());
    assert_eq!((drops.get(), Once::report().live()), (0, 0));
    drop(value);
    assert_eq!(drops.replace(0), 1);
    drop(Box::into_pin(boxed()));
    assert_eq!(drops.replace(0), 1);
    trait Any {}
    impl Any for Dropped<'_> {}
    drop(unsize!(boxed() => dyn Any + '_));
    assert_eq!(drops.replace(0), 1);
    let shared = Once::share(Dropped(&drops)).unwrap();
    let others = [shared.clone(), shared.clone()];
    drop(shared);
    assert_eq!(drops.get(), 0);
    drop(others.map(|other| unsize!(other => dyn Any + '_)));
    assert_eq!(drops.replace(0), 1);
    drop(Once::reserve::<Dropped>().unwrap());
    assert_eq!(drops.get(), 0);
    assert_eq!(Once::report().leaks().count(), 0);
    let _ = Box::leak(boxed());
    let leaks: Vec<_> = Once::report().leaks().map(|leak| leak.to_string()).collect();
    assert_eq!(leaks, ["`Once`: 1 of 4 blocks of 8 B are taken (Dropped<'static>)"]);
}

#[test]
fn a_value_lies_as_its_type_wants() {
    #[repr(align(64))]
    #[derive(Clone, Copy)]
    struct Line([u8; 64]);
    pool! {
        struct Lines { u8: 5, Line: 3, [u64; 3]: 2 }
    }
    assert_eq!(<Lines as sostenuto_mem::pool::Declaration>::BYTES, 5 + 3 * 64 + 2 * 24);
    let lines: Vec<_> = (0..3).map(|i| Lines::alloc(Line([i; 64])).unwrap()).collect();
    let bytes: Vec<_> = (0..5).map(|i| Lines::alloc(i as u8).unwrap()).collect();
    for (i, line) in lines.iter().enumerate() {
        assert!(std::ptr::from_ref(&**line).addr().is_multiple_of(64));
        assert_eq!(line.0, [i as u8; 64]);
    }
    assert!(bytes.iter().enumerate().all(|(i, byte)| **byte == i as u8));
    assert_eq!(size_of::<Box<Line, Lines>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Box<Line, Lines>>>(), size_of::<usize>());
}

#[test]
fn a_value_without_bytes_needs_no_block() {
    pool! {
        struct Tiny { u8: 1 }
    }
    let all: Vec<_> = (0..10).map(|_| Tiny::alloc(()).unwrap()).collect();
    #[repr(align(64))]
    struct Aligned;
    assert!(std::ptr::from_ref(&*Tiny::alloc(Aligned).unwrap()).addr().is_multiple_of(64));
    assert_eq!((all.len(), Tiny::report().live()), (10, 0));
    let drops = Cell::new(0);
    struct Empty;
    thread_local!(static EMPTY: Cell<u32> = const { Cell::new(0) });
    impl Drop for Empty {
        fn drop(&mut self) {
            EMPTY.with(|count| count.set(count.get() + 1));
        }
    }
    drop(Tiny::alloc(Empty));
    drops.set(EMPTY.get());
    assert_eq!(drops.get(), 1);
}

#[test]
fn a_type_that_was_not_declared_has_the_smallest_block_that_holds_it() {
    pool! {
        struct Sizes { [u8; 16]: 1, [u64; 4]: 1, [u64; 9]: 1 }
    }
    let small = Sizes::alloc([7_u8; 5]).unwrap();
    let aligned = Sizes::alloc(7_u16).unwrap();
    let live: Vec<_> = Sizes::report().classes().map(|class| class.live).collect();
    assert_eq!(live, [1, 1, 0], "16 bytes aligned to 1 hold five bytes, but no u16");
    drop((small, aligned));
}

#[test]
fn types_of_the_same_size_have_their_blocks_together() {
    pool! {
        struct Together { f32: 2, u32: 3 }
    }
    let all: Vec<_> = (0..5).map(|i| Together::alloc(i as f32).unwrap()).collect();
    assert!(Together::alloc(1_u32).is_err());
    assert_eq!(Together::report().class_of::<u32>().unwrap().types().collect::<Vec<_>>(), ["f32", "u32"]);
    assert!(all.iter().enumerate().all(|(i, value)| **value == i as f32));
}

#[test]
fn closures_are_called_and_futures_polled() {
    pool! {
        struct Tasks { Room<64>: 4 }
    }
    let calls = std::rc::Rc::new(Cell::new(0));
    let counter = calls.clone();
    let mut count =
        unsize!(Tasks::alloc(move |by: u32| counter.set(counter.get() + by)).unwrap() => dyn FnMut(u32));
    count(2);
    count(3);
    drop(count);
    assert_eq!((calls.get(), std::rc::Rc::strong_count(&calls)), (5, 1));

    let mut polls = 0;
    let future = std::future::poll_fn(move |_| {
        polls += 1;
        if polls < 3 { Poll::Pending } else { Poll::Ready(polls) }
    });
    let task = Tasks::alloc(async move { future.await + 1 }).unwrap();
    let mut task = Box::into_pin(unsize!(task => dyn Future<Output = u32>));
    let mut context = Context::from_waker(Waker::noop());
    let results: Vec<_> = (0..3).map(|_| task.as_mut().poll(&mut context)).collect();
    assert_eq!(results, [Poll::Pending, Poll::Pending, Poll::Ready(4)]);
    drop(task);
    let ready = Tasks::alloc(std::future::ready(5)).unwrap();
    assert_eq!(pin!(ready).poll(&mut context), Poll::Ready(5));
    assert_eq!(Tasks::report().live(), 0);
}

#[test]
fn an_array_becomes_a_slice() {
    pool! {
        struct Arrays { [u16; 8]: 1 }
    }
    let mut slice = unsize!(Arrays::alloc([1_u16, 2, 3, 4, 5]).unwrap() => [u16]);
    slice.reverse();
    assert_eq!(*slice, [5, 4, 3, 2, 1]);
    drop(slice);
    assert_eq!(Arrays::report().live(), 0);
}

#[test]
fn an_array_is_made_in_its_place_and_undone_if_that_fails() {
    pool! {
        struct Places { [String; 3]: 1 }
    }
    let names = Places::reserve::<[String; 3]>().unwrap().fill(|i| i.to_string());
    assert_eq!(*names, ["0", "1", "2"]);
    drop(names);
    let drops = std::rc::Rc::new(());
    pool! {
        struct Broken { [std::rc::Rc<()>; 3]: 1 }
    }
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let fill = |i| if i < 2 { drops.clone() } else { panic!("the third") };
        Broken::reserve::<[std::rc::Rc<()>; 3]>().unwrap().fill(fill)
    }));
    assert!(failed.is_err());
    assert_eq!((std::rc::Rc::strong_count(&drops), Broken::report().live()), (1, 0));
}

#[test]
fn who_is_alone_may_change_what_was_shared() {
    pool! {
        struct Tables { Counted<[f32; 4]>: 1 }
    }
    let mut table = Tables::share([0.0_f32; 4]).unwrap();
    let other = table.clone();
    assert!(Arc::ptr_eq(&table, &other) && Arc::get_mut(&mut table).is_none());
    drop(other);
    Arc::get_mut(&mut table).unwrap()[1] = 2.0;
    assert_eq!(table[1], 2.0);
    assert_eq!(Tables::share([1.0_f32; 4]).unwrap_err().value, [1.0; 4]);
}

/// The value of an `Arc<dyn Trait>` may be aligned to more than the count before it.
#[test]
fn a_shared_value_is_found_behind_its_count() {
    #[repr(align(32))]
    struct Aligned(u8);
    pool! {
        struct Values { Counted<Aligned>: 2 }
    }
    let value: Arc<dyn Fn() -> u8, Values> = {
        let aligned = Aligned(9);
        unsize!(Values::share(move || { let aligned = &aligned; aligned.0 }).unwrap() => dyn Fn() -> u8)
    };
    let other = value.clone();
    drop(value);
    assert_eq!(other(), 9);
    drop(other);
    assert_eq!(Values::report().live(), 0);
}

#[test]
fn large_classes_know_what_they_have() {
    pool! {
        struct Large { u16: 200 }
    }
    let mut held: Vec<_> = (0..150).map(|i| Large::alloc(i).unwrap()).collect();
    held.truncate(100);
    held.extend((100..130).map(|i| Large::alloc(i).unwrap()));
    assert!(held.iter().enumerate().all(|(i, value)| **value == i as u16));
    let class = Large::report().class_of::<u16>().unwrap();
    assert_eq!((class.live, class.peak), (130, 150));
    held.extend((130..200).map(|i| Large::alloc(i).unwrap()));
    assert!(Large::alloc(0_u16).is_err());
    drop(held);
    let class = Large::report().class_of::<u16>().unwrap();
    assert_eq!((class.live, class.peak, class.failed), (0, 200, 1));
}

#[test]
fn the_names_of_a_program_are_its_own() {
    const TYPES: usize = 3;
    const TABLE: usize = 2;
    struct Class([u8; 40]);
    mod made {
        pub struct Grain(pub u32);
    }
    pool! {
        struct Declared { Class: TYPES, made::Grain: TABLE }
    }
    let classes: Vec<_> =
        Declared::report().classes().map(|row| (row.class.bytes, row.class.count)).collect();
    assert_eq!(classes, [(4, 2), (40, 3)]);
    assert_eq!(Declared::alloc(Class([1; 40])).unwrap().0[39], 1);
    assert_eq!(Declared::alloc(made::Grain(5)).unwrap().0, 5);
}

#[test]
fn a_value_made_elsewhere_is_not_taken_for_that_of_the_block() {
    pool! {
        struct Init { u32: 1 }
    }
    assert_eq!(*Init::reserve::<u32>().unwrap().init(|room| room.write(7)), 7);
    let elsewhere =
        || Init::reserve::<u32>().unwrap().init(|_| std::boxed::Box::leak(std::boxed::Box::new(8)));
    assert!(std::panic::catch_unwind(elsewhere).is_err());
    assert_eq!(Init::report().live(), 0);
}

#[test]
fn threads_take_and_give_back_at_once() {
    pool! {
        struct Busy { [usize; 2]: 8, u32: 1000 }
    }
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel::<Box<[usize; 2], Busy>>();
        for thread in 0..3_usize {
            let sender = sender.clone();
            scope.spawn(move || {
                for i in 0..20_000 {
                    if let Ok(value) = Busy::alloc([thread, i]) {
                        assert_eq!(*value, [thread, i]);
                        TAKEN.fetch_add(1, Ordering::Relaxed);
                        if i % 3 == 0 {
                            sender.send(value).unwrap();
                        }
                    }
                    let numbers = [(); 3].map(|()| Busy::alloc(i as u32).unwrap());
                    assert!(numbers.iter().all(|number| **number == i as u32));
                }
            });
        }
        drop(sender);
        receiver.into_iter().for_each(|value| assert!(value[0] < 3 && value[1] < 20_000));
    });
    let report = Busy::report();
    assert_eq!(report.live(), 0, "{report}");
    let class = report.class_of::<[usize; 2]>().unwrap();
    assert_eq!(TAKEN.load(Ordering::Relaxed) + class.failed, 60_000);
    assert!(class.peak <= 8 && report.class_of::<u32>().unwrap().peak <= 9, "{report}");
}

#[test]
fn a_local_pool_has_one_owner() {
    pool! {
        local struct Voices { [f32; 4]: 2, u8: 1, Counted<[u64; 4]>: 1 }
    }
    let voices = Voices::take().unwrap();
    assert!(Voices::take().is_none());
    let (one, two) = (voices.alloc([1.0_f32; 4]).unwrap(), voices.alloc([2.0_f32; 4]).unwrap());
    assert_eq!(voices.alloc([3.0_f32; 4]).unwrap_err().value, [3.0; 4]);
    drop(one);
    let three = voices.alloc_with(|| [3.0_f32; 4]).unwrap();
    assert_eq!((two[0], three[3]), (2.0, 3.0));
    let byte = voices.alloc(7_u8).unwrap();
    let class = voices.report().class_of::<[f32; 4]>().unwrap();
    assert_eq!((class.live, class.peak, class.failed), (2, 2, 1));
    let class = voices.report().class_of::<u8>().unwrap();
    assert_eq!((class.class.bytes, class.live), (size_of::<usize>(), 1));
    let shared = voices.share([1_u64, 2, 3, 4]).unwrap();
    assert_eq!(shared.clone()[3], 4);
    drop((two, three, byte, shared));
    assert_eq!(voices.report().live(), 0);
}

#[test]
fn nothing_is_allocated_elsewhere() {
    pool! {
        struct Quiet { Room<64>: 4, Counted<u64>: 100 }
    }
    assert_no_alloc::assert_no_alloc(|| {
        for i in 0..200_u64 {
            let mut closure = unsize!(Quiet::alloc(move || i).unwrap() => dyn FnMut() -> u64);
            assert_eq!(closure(), i);
            let shared = Quiet::share(i).unwrap();
            assert_eq!(*shared.clone(), i);
        }
    });
    assert_eq!(Quiet::report().live(), 0);
}
