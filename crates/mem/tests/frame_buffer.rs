//! What goes into a frame buffer comes out of it, and nothing happens when lengths are wrong.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sostenuto_mem::buffers::{FrameBuffer, SampleBuffer, WrongLength};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn there_and_back<const N: usize, const C: usize>(samples: &[f32]) -> Result<(), TestCaseError> {
    let channels: [Vec<f32>; C] =
        std::array::from_fn(|channel| samples.iter().cycle().skip(channel * 7).take(N).copied().collect());
    let mut buffer = FrameBuffer::<N, C>::new();
    buffer.interleave(std::array::from_fn(|channel| channels[channel].as_slice())).unwrap();
    for (index, sample) in buffer.as_interleaved().iter().enumerate() {
        prop_assert_eq!(*sample, channels[index % C][index / C]);
    }
    let mut back = channels.clone().map(|channel| vec![9.0; channel.len()]);
    buffer.deinterleave(back.each_mut().map(Vec::as_mut_slice)).unwrap();
    prop_assert_eq!(&back, &channels);
    for (index, channel) in channels.iter().enumerate() {
        prop_assert!(buffer.channel(index).unwrap().eq(channel.iter().copied()));
        prop_assert!(buffer.channel(index).unwrap().rev().eq(channel.iter().rev().copied()));
        prop_assert_eq!(buffer.channel(index).unwrap().len(), N);
    }
    prop_assert!(buffer.channel(C).is_none() && buffer.channel_mut(C).is_none());
    Ok(())
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(samples in prop::collection::vec(-1.0_f32..1.0, 1..50)) {
        there_and_back::<1, 1>(&samples)?;
        there_and_back::<64, 2>(&samples)?;
        there_and_back::<5, 3>(&samples)?;
        there_and_back::<48, 8>(&samples)?;
        there_and_back::<0, 2>(&samples)?;
    }
}

#[test]
fn when_one_channel_is_wrong_nothing_is_written() {
    let mut buffer = FrameBuffer::from([[1.0, 2.0, 3.0]; 4]);
    let before = buffer.clone();
    let (right, short, long) = ([0.0; 4], [0.0; 3], [0.0; 5]);
    let refused = buffer.interleave([&right, &right, &long]);
    assert_eq!(refused, Err(WrongLength { channel: 2, expected: 4, got: 5 }));
    assert_eq!(buffer.interleave([&right, &short, &long]).unwrap_err().channel, 1);
    assert_eq!(buffer.interleave([&short, &right, &right]).unwrap_err().channel, 0);
    assert_eq!(buffer, before);

    let (mut right, mut short, mut other) = ([9.0; 4], [9.0; 3], [9.0; 4]);
    let refused = buffer.deinterleave([&mut short, &mut right, &mut other]);
    assert_eq!(refused, Err(WrongLength { channel: 0, expected: 4, got: 3 }));
    let refused = buffer.deinterleave([&mut right, &mut other, &mut short]);
    assert_eq!(refused.unwrap_err().to_string(), "channel 2 has 3 samples, which must be 4");
    assert_eq!((right, short, other), ([9.0; 4], [9.0; 3], [9.0; 4]));
}

#[test]
fn a_channel_is_changed_by_itself() {
    let mut buffer = FrameBuffer::<3, 2>::new();
    buffer.channel_mut(1).unwrap().zip([1.0, 2.0, 3.0]).for_each(|(own, sample)| *own = sample);
    assert_eq!(buffer.frames(), &[[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]]);
    buffer.as_interleaved_mut()[4] = 5.0;
    assert_eq!(buffer.frames()[2], [5.0, 3.0]);
    buffer.clear();
    assert_eq!(buffer, FrameBuffer::default());
}

#[test]
fn a_block_of_one_channel_refuses_what_does_not_fit() {
    let mut block = SampleBuffer::from([1.0, -3.0, 2.0]);
    let refused = WrongLength { channel: 0, expected: 3, got: 2 };
    assert_eq!((block.copy_from(&[0.0; 2]), block.add(&[0.0; 2])), (Err(refused), Err(refused)));
    assert_eq!(block.add(&[]), Err(WrongLength { got: 0, ..refused }));
    assert_eq!(*block, [1.0, -3.0, 2.0]);
    block.add(&[1.0, 1.0, 1.0]).unwrap();
    block.scale(2.0);
    assert_eq!((&*block, block.peak()), (&[4.0, -4.0, 6.0][..], 6.0));
}

#[test]
fn the_loudest_sample_may_be_below_0_and_none_is_no_number() {
    assert_eq!(SampleBuffer::from([0.5, f32::NAN, -0.75]).peak(), 0.75);
    assert_eq!(SampleBuffer::from([f32::NAN]).peak(), 0.0);
    assert_eq!(SampleBuffer::<0>::new().peak(), 0.0);
    assert_eq!(SampleBuffer::from([f32::NEG_INFINITY]).peak(), f32::INFINITY);
}

#[test]
fn a_block_passes_without_an_allocation() {
    let (mut left, mut right) = (SampleBuffer::<64>::new(), SampleBuffer::<64>::new());
    let mut codec = FrameBuffer::from([[0.25, -0.5]; 64]);
    assert_no_alloc(|| {
        codec.deinterleave([&mut left, &mut right]).unwrap();
        left.add(&right).unwrap();
        left.scale(2.0);
        assert!(codec.interleave([&left, &right[..63]]).is_err());
        codec.interleave([&left, &right]).unwrap();
    });
    assert_eq!((codec.frames()[63], left.peak()), ([-0.5, -0.5], 0.5));
}
