//! When a signal processor is given other buffers than it has channels.

use core::fmt;

/// The buffers are not as many as the channels, or not of one length. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongBuffers {
    /// Another number of inputs.
    Inputs {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Another number of outputs.
    Outputs {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A buffer of another length than the first.
    Length {
        /// Which channel it is, the inputs before the outputs, the first being 0.
        channel: usize,
        /// How many samples the first one has.
        expected: usize,
        /// How many it has.
        got: usize,
    },
}

impl WrongBuffers {
    /// The one length of all buffers, of which there are so many: 0 if there are none.
    ///
    /// # Errors
    ///
    /// [`WrongBuffers`], if they are not as many or not of one length.
    pub fn check<T>(channels: [usize; 2], inputs: &[&[T]], outputs: &[&mut [T]]) -> Result<usize, Self> {
        let [expected, expected_out] = channels;
        if inputs.len() != expected {
            return Err(Self::Inputs { expected, got: inputs.len() });
        }
        if outputs.len() != expected_out {
            return Err(Self::Outputs { expected: expected_out, got: outputs.len() });
        }
        let mut lengths = inputs
            .iter()
            .map(|input| input.len())
            .chain(outputs.iter().map(|output| output.len()))
            .enumerate();
        let expected = lengths.next().map_or(0, |(_, length)| length);
        match lengths.find(|&(_, got)| got != expected) {
            Some((channel, got)) => Err(Self::Length { channel, expected, got }),
            None => Ok(expected),
        }
    }
}

impl fmt::Display for WrongBuffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs { expected, got } => write!(f, "there are {got} inputs, which must be {expected}"),
            Self::Outputs { expected, got } => write!(f, "there are {got} outputs, which must be {expected}"),
            Self::Length { channel, expected, got } => {
                write!(
                    f,
                    "buffer {channel} has {got} samples and the first one {expected}: they must be as long"
                )
            }
        }
    }
}

impl core::error::Error for WrongBuffers {}
