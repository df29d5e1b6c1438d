//! Whether a region is its part of the store, and nothing else.

use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, CheckedStore, Fault, FaultyStore, PageCache, Region, SliceStore, SpanAllocator, StoreError,
    Transfer, check_transfer,
};
use std::convert::Infallible;
use std::task::Poll;

fn numbered(size: usize) -> SliceStore<Vec<u8>> {
    SliceStore::new((0..size).map(|index| index as u8).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_outside_stays(
        start in 0_u32..200,
        size in 0_u32..200,
        steps in prop::collection::vec((any::<bool>(), 0_u32..220, 0_u32..220, any::<u8>()), 0..30),
    ) {
        let mut model = numbered(400).into_inner();
        let mut region = Region::new(numbered(400), start, size).unwrap();
        prop_assert_eq!((region.size(), region.start()), (size, start));
        for (is_write, address, length, value) in steps {
            let outside = StoreError::OutOfRange { address, length, size };
            let wanted = if address + length <= size { Ok(()) } else { Err(outside) };
            let place = (start + address) as usize..(start + address + length) as usize;
            let mut bytes = vec![value; length as usize];
            if is_write {
                prop_assert_eq!(region.write(address, &bytes), wanted);
                let mut polled = Transfer::new(address, length);
                prop_assert_eq!(region.poll_write(&mut polled, &bytes).map(drop), wanted);
                if wanted.is_ok() {
                    model[place].fill(value);
                }
            } else {
                prop_assert_eq!(region.read(address, &mut bytes), wanted);
                if wanted.is_ok() {
                    prop_assert_eq!(&bytes, &model[place]);
                }
            }
        }
        prop_assert_eq!(region.release().0.into_inner(), model);
    }
}

/// A store whose bursts are of 7 bytes at most.
#[derive(Debug)]
struct Sevens(SliceStore<Vec<u8>>);

impl BackingStore for Sevens {
    type Error = Infallible;

    fn size(&self) -> u32 {
        self.0.size()
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        let (done, count) = (transfer.done() as usize, transfer.rest().min(7));
        self.0.read(transfer.next(), &mut bytes[done..done + count as usize])?;
        transfer.advance(count);
        Ok(if transfer.rest() == 0 { Poll::Ready(()) } else { Poll::Pending })
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        let (done, count) = (transfer.done() as usize, transfer.rest().min(7));
        self.0.write(transfer.next(), &bytes[done..done + count as usize])?;
        transfer.advance(count);
        Ok(if transfer.rest() == 0 { Poll::Ready(()) } else { Poll::Pending })
    }
}

#[test]
fn a_transfer_goes_on_where_it_was() {
    let mut region = Region::new(Sevens(numbered(256)), 100, 100).unwrap();
    let mut bytes = [0; 20];
    let mut transfer = Transfer::new(10, 20);
    for done in [7, 14, 20] {
        assert_eq!(region.poll_read(&mut transfer, &mut bytes).unwrap().is_ready(), done == 20);
        assert_eq!((transfer.address(), transfer.done()), (10, done));
    }
    assert_eq!(bytes.to_vec(), (110..130).collect::<Vec<u8>>());
    let mut transfer = Transfer::new(0, 20);
    for done in [7, 14, 20] {
        assert_eq!(region.poll_write(&mut transfer, &bytes).unwrap().is_ready(), done == 20);
        assert_eq!(transfer.done(), done);
    }
    let all = region.release().0.0.into_inner();
    assert_eq!((all[99], all[100..120].to_vec(), all[120]), (99, bytes.to_vec(), 120));
}

#[test]
fn errors_are_of_the_region() {
    let mut sums = [0; 8];
    let mut checked = CheckedStore::new(SliceStore::new(vec![0; 512]), 64, &mut sums).unwrap();
    checked.store_mut().write(200, &[1]).unwrap();
    let mut region = Region::new(checked, 128, 256).unwrap();
    let corrupt = StoreError::Corrupt { address: 64, length: 64 };
    assert_eq!(region.read(0, &mut [0; 256]), Err(corrupt));
    assert_eq!(region.poll_read(&mut Transfer::new(64, 64), &mut [0; 64]), Err(corrupt));
    // Where the store's pages are, only its own addresses tell.
    let no_pages = StoreError::NotPages { address: 130, length: 64, page: 64 };
    assert_eq!(region.write(2, &[0; 64]), Err(no_pages));

    let stalls = [Fault::Stall { burst: 0, polls: u32::MAX }];
    let mut region = Region::new(FaultyStore::new(numbered(512), &stalls), 128, 256).unwrap();
    assert_eq!(region.read(100, &mut [0; 8]), Err(StoreError::Stalled { address: 100 }));
    assert_eq!(region.write(100, &[0; 8]), Err(StoreError::Stalled { address: 100 }));
    let wrong = StoreError::WrongLength { transfer: 3, bytes: 8 };
    assert_eq!(region.poll_read(&mut Transfer::new(0, 3), &mut [0; 8]), Err(wrong));
}

#[test]
fn a_region_lies_in_its_store() {
    let new = |address, bytes| Region::new(numbered(100), address, bytes).map(drop);
    let outside = |address, length| Err(StoreError::OutOfRange { address, length, size: 100 });
    assert_eq!((new(0, 100), new(100, 0), new(40, 60)), (Ok(()), Ok(()), Ok(())));
    assert_eq!(new(1, 100), outside(1, 100));
    assert_eq!(new(u32::MAX, 2), outside(u32::MAX, 2));
    assert_eq!(new(0, u32::MAX), outside(0, u32::MAX));
}

#[test]
fn a_span_that_lies_elsewhere_is_handed_back() {
    let mut spans = SpanAllocator::<4>::new(0..1000);
    let _log = spans.allocate("log", 90, 1).unwrap();
    let span = spans.allocate("delay", 20, 1).unwrap();
    let error = Region::of_span(numbered(100), span).unwrap_err();
    assert_eq!(error.to_string(), "the 20 B of delay at 90 leave the store, which has 100 B");
    let region = Region::of_span(numbered(110), error.span).unwrap();
    assert_eq!((region.start(), region.size()), (90, 20));
    spans.free(region.release().1.unwrap()).unwrap();
}

#[test]
fn two_caches_do_not_meet() {
    let mut spans = SpanAllocator::<4>::new(0..4096);
    let _first = spans.allocate("odd", 100, 1).unwrap();
    let span = spans.allocate("delay", 1024, 64).unwrap();
    let region = Region::of_span(SliceStore::new(vec![9; 4096]), span).unwrap();
    let mut cache = PageCache::<_, 64, 2, 8>::new(region, 1024, 1024).unwrap();
    cache.write(1000, &[1; 24]).unwrap();
    cache.flush().unwrap();
    assert!(
        PageCache::<_, 64, 2, 8>::new(Region::new(numbered(4096), 0, 1000).unwrap(), 1000, 1000).is_err()
    );
    let start = cache.store().start() as usize;
    assert_eq!(start, 128);
    let mut expected = vec![9; 4096];
    expected[start..start + 1000].fill(0);
    expected[start + 1000..start + 1024].fill(1);
    assert_eq!(cache.store_mut().store_mut().bytes(), expected);
}
