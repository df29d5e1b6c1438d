//! WAV files in and out: as stereo sample frames of `f32`, or with any number of channels.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use sostenuto_board::bytes::grouped;

use crate::whole_file;

/// The highest sample rate that is read, in Hz.
const HIGHEST_RATE: u32 = 384_000;

/// A WAV file in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Wav {
    /// Sample frames a second.
    pub sample_rate: u32,
    /// Channels in the file, 1 or 2.
    pub channels: u16,
    /// Left and right in -1…1 (float files may exceed it); a mono file has both alike.
    pub frames: Vec<[f32; 2]>,
}

/// A sound of any number of channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Sample frames a second.
    pub sample_rate: u32,
    /// Channels, at least one.
    pub channels: u16,
    /// The samples in -1…1 (they may exceed it), those of one sample frame after those of another.
    pub samples: Vec<f32>,
}

impl Sound {
    /// Cuts the sound to so many seconds, or lets it go on in silence.
    ///
    /// # Errors
    /// When it would be longer than can be held.
    pub fn set_seconds(&mut self, seconds: f64) -> Result<(), TooLong> {
        let frames = ((seconds * f64::from(self.sample_rate)).round() as u64).max(1);
        let samples = TooLong::unless_held(frames, self.channels.into())?;
        self.samples.resize(samples, 0.0);
        Ok(())
    }

    /// Left and right, both alike of a sound of one channel; `None` of one with more than two.
    pub fn stereo(&self) -> Option<Vec<[f32; 2]>> {
        match self.channels {
            1 => Some(self.samples.iter().map(|sample| [*sample; 2]).collect()),
            2 => Some(self.samples.as_chunks().0.to_vec()),
            _ => None,
        }
    }

    /// How many sample frames it has.
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels).max(1)
    }
}

/// A sound that is longer than can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} sample frames of {channels} channel{} are too long to be held: {} sample frames can be, or {} samples of all \
     channels; give fewer --seconds or --instances",
    grouped(*frames), if *channels == 1 { "" } else { "s" }, grouped(MOST_FRAMES), grouped(MOST_SAMPLES)
)]
pub struct TooLong {
    /// The sample frames.
    pub frames: u64,
    /// Their channels.
    pub channels: u64,
}

impl TooLong {
    /// The samples, if so many can be held.
    pub(crate) fn unless_held(frames: u64, channels: u64) -> Result<usize, TooLong> {
        let samples = frames.checked_mul(channels).filter(|samples| *samples <= MOST_SAMPLES);
        let samples = samples.filter(|_| frames <= MOST_FRAMES).and_then(|samples| samples.try_into().ok());
        samples.ok_or(TooLong { frames, channels })
    }
}

/// Sample frames of the longest sound that can be held: more than an hour at 48 kHz.
pub const MOST_FRAMES: u64 = 200_000_000;

/// Samples of the longest sound that can be held: those of a stereo one, 1.6 GB. A file can hold them too.
pub const MOST_SAMPLES: u64 = 2 * MOST_FRAMES;

/// How [`write()`] stores a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// 16-bit integer.
    Int16,
    /// 24-bit integer.
    #[default]
    Int24,
    /// 32-bit float.
    Float32,
}

/// Why a WAV file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// It cannot be opened.
    #[error("cannot read {path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no WAV file, or one that is not understood.
    #[error("{path} is not a WAV file that can be read: {reason}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It has neither one nor two channels, and something that is played in stereo was to be made of it.
    #[error("{path} has {channels} channels; 1 or 2 can be read", path = path.display())]
    Channels {
        /// The file.
        path: PathBuf,
        /// Its channels.
        channels: u16,
    },
    /// It ends before its header says.
    #[error("{path} is truncated: its header says {expected} sample frames, it holds {found}", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Sample frames by the header.
        expected: u32,
        /// Whole sample frames found.
        found: usize,
    },
    /// It holds no sound.
    #[error("{path} holds no sample frames", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A float sample is NaN or infinite.
    #[error("{path} holds {value} at sample frame {frame} in the {channel} channel", path = path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The value, `NaN` or `inf`.
        value: f32,
        /// The sample frame, counted from 0.
        frame: usize,
        /// `left`, `right` or a number.
        channel: &'static str,
    },
    /// More sound than the format's 32-bit sizes hold.
    #[error("{path} cannot hold {frames} sample frames: a WAV file ends at 4 GiB", path = path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Sample frames asked for.
        frames: usize,
    },
    /// It cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads a mono or stereo file of 8, 16, 24 or 32-bit integers or 32-bit floats, at any rate.
///
/// # Errors
/// When the file is missing, not a WAV file, of another layout, truncated, empty, or holds NaN or infinity.
pub fn read(path: &Path) -> Result<Wav, WavError> {
    let sound = read_sound(path)?;
    let Sound { sample_rate, channels, .. } = sound;
    let frames = sound.stereo().ok_or_else(|| WavError::Channels { path: path.to_owned(), channels })?;
    Ok(Wav { sample_rate, channels, frames })
}

/// Reads a file as [`read`] does, with any number of channels.
///
/// # Errors
/// Those of [`read`], but for the number of channels.
pub fn read_sound(path: &Path) -> Result<Sound, WavError> {
    let file = File::open(path).map_err(|source| WavError::Open { path: path.to_owned(), source })?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut reader = WavReader::new(BufReader::new(file)).map_err(|error| unreadable(path, error))?;
    let spec = reader.spec();
    if spec.channels == 0 {
        return Err(WavError::Channels { path: path.to_owned(), channels: 0 });
    }
    if !(1..=HIGHEST_RATE).contains(&spec.sample_rate) || !matches!(spec.bits_per_sample, 8 | 16 | 24 | 32) {
        let (bits, rate) = (spec.bits_per_sample, spec.sample_rate);
        let reason = format!(
            "its header says {bits} bits at {rate} Hz; 8, 16, 24 or 32 bits at 1 to {HIGHEST_RATE} Hz can be read"
        );
        return Err(WavError::Format { path: path.to_owned(), reason });
    }
    let expected = reader.duration();
    let channels = usize::from(spec.channels);
    // The header may promise more than the file has, so it does not decide how much is reserved.
    let bytes_a_frame = u64::from(spec.channels) * u64::from(spec.bits_per_sample.div_ceil(8));
    let room = u64::from(expected).min(size / bytes_a_frame.max(1)) as usize;
    let samples = match spec.sample_format {
        SampleFormat::Float => gather(reader.samples::<f32>(), room * channels, |s| s),
        SampleFormat::Int => {
            let scale = 1.0 / (1_u64 << (spec.bits_per_sample - 1)) as f32;
            gather(reader.samples::<i32>(), room * channels, |s| s as f32 * scale)
        }
    };
    let mut samples = samples.map_err(|error| unreadable(path, error))?;
    let found = samples.len() / channels;
    samples.truncate(found * channels);
    if found < expected as usize {
        return Err(WavError::Truncated { path: path.to_owned(), expected, found });
    }
    if found == 0 {
        return Err(WavError::Empty { path: path.to_owned() });
    }
    if let Some(at) = samples.iter().position(|sample| !sample.is_finite()) {
        let (value, frame) = (samples[at], at / channels);
        let channel = CHANNELS.get(at % channels).copied().unwrap_or("a further");
        return Err(WavError::NotFinite { path: path.to_owned(), value, frame, channel });
    }
    Ok(Sound { sample_rate: spec.sample_rate, channels: spec.channels, samples })
}

/// What channels are called.
const CHANNELS: [&str; 8] = ["left", "right", "3rd", "4th", "5th", "6th", "7th", "8th"];

/// Writes stereo sample frames; integers are rounded to nearest and clamped.
///
/// The file is written under a temporary name beside `path` and then renamed, so that a failed write leaves neither
/// a part of a file nor a spoilt older one.
///
/// # Errors
/// When the folder or the file cannot be written, or the sound is too long for the format.
pub fn write(path: &Path, sample_rate: u32, frames: &[[f32; 2]], format: Format) -> Result<(), WavError> {
    write_samples(path, (sample_rate, 2), frames.as_flattened(), format)
}

/// Writes a sound of any number of channels as [`write()`] does one of two.
///
/// # Errors
/// Those of [`write()`].
pub fn write_sound(path: &Path, sound: &Sound, format: Format) -> Result<(), WavError> {
    write_samples(path, (sound.sample_rate, sound.channels), &sound.samples, format)
}

fn write_samples(
    path: &Path,
    (sample_rate, channels): (u32, u16),
    samples: &[f32],
    format: Format,
) -> Result<(), WavError> {
    let (bits_per_sample, sample_format) = match format {
        Format::Int16 => (16, SampleFormat::Int),
        Format::Int24 => (24, SampleFormat::Int),
        Format::Float32 => (32, SampleFormat::Float),
    };
    let bytes = samples.len() as u64 * u64::from(bits_per_sample / 8);
    if bytes > u64::from(u32::MAX) - 128 {
        let frames = samples.len() / usize::from(channels).max(1);
        return Err(WavError::TooLong { path: path.to_owned(), frames });
    }
    let spec = WavSpec { channels, sample_rate, bits_per_sample, sample_format };
    whole_file::write(path, |file| fill(file, spec, samples))
        .map_err(|source| WavError::Write { path: path.to_owned(), source })
}

fn fill(file: File, spec: WavSpec, samples: &[f32]) -> io::Result<()> {
    let mut writer = WavWriter::new(BufWriter::new(file), spec).map_err(as_io)?;
    for sample in samples {
        match spec.sample_format {
            SampleFormat::Float => writer.write_sample(*sample),
            SampleFormat::Int => writer.write_sample(integer(*sample, spec.bits_per_sample)),
        }
        .map_err(as_io)?;
    }
    writer.finalize().map_err(as_io)
}

/// Full scale is 2^(bits - 1), as in [`read`], so that a file read and written again is the same.
fn integer(sample: f32, bits: u16) -> i32 {
    let full = (1_i32 << (bits - 1)) as f32;
    ((sample * full).round() as i32).clamp(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
}

fn as_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

fn unreadable(path: &Path, error: hound::Error) -> WavError {
    let path = path.to_owned();
    match error {
        hound::Error::IoError(source) if !ends(&source) => WavError::Open { path, source },
        hound::Error::IoError(_) => WavError::Format { path, reason: "it ends inside its header".to_owned() },
        hound::Error::FormatError(reason) => WavError::Format { path, reason: reason.to_owned() },
        hound::Error::Unsupported => {
            WavError::Format { path, reason: "its encoding is not integer or 32-bit float PCM".to_owned() }
        }
        other => WavError::Format { path, reason: other.to_string() },
    }
}

/// All samples up to the end of the file, wherever that is.
fn gather<S>(
    samples: impl Iterator<Item = hound::Result<S>>,
    room: usize,
    convert: impl Fn(S) -> f32,
) -> hound::Result<Vec<f32>> {
    let mut all = Vec::with_capacity(room);
    for sample in samples {
        match sample {
            Ok(sample) => all.push(convert(sample)),
            // hound gives a short read its own kind of error, with the system's words or its own.
            Err(hound::Error::IoError(error)) if ends(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn ends(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
        && error.raw_os_error().is_none()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A WAV file of a plain header and these bytes of data; `claimed` is the size that the header tells.
    fn bytes(format: u16, channels: u16, bits: u16, claimed: u32, data: &[u8]) -> Vec<u8> {
        let block = channels * (bits / 8);
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        wav[4..8].copy_from_slice(&(36 + claimed).to_le_bytes());
        wav.extend(format.to_le_bytes());
        wav.extend(channels.to_le_bytes());
        wav.extend(44_100_u32.to_le_bytes());
        wav.extend((44_100 * u32::from(block)).to_le_bytes());
        wav.extend(block.to_le_bytes());
        wav.extend(bits.to_le_bytes());
        wav.extend(b"data");
        wav.extend(claimed.to_le_bytes());
        wav.extend(data);
        wav
    }

    fn read_bytes(name: &str, bytes: &[u8]) -> Result<Wav, WavError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        read(&path)
    }

    fn message(name: &str, bytes: &[u8]) -> String {
        let message = read_bytes(name, bytes).unwrap_err().to_string();
        assert!(message.contains(name), "{message} names the file");
        message
    }

    #[test]
    fn integers_of_every_width_are_read() {
        let wav = read_bytes("a.wav", &bytes(1, 1, 8, 2, &[0, 192])).expect("8 bits");
        assert_eq!((wav.channels, wav.sample_rate, wav.frames), (1, 44_100, vec![[-1.0; 2], [0.5; 2]]));
        let wav = read_bytes("a.wav", &bytes(1, 2, 16, 4, &[0, 0x40, 0, 0x80])).expect("16 bits");
        assert_eq!(wav.frames, [[0.5, -1.0]]);
        let wav = read_bytes("a.wav", &bytes(1, 1, 24, 3, &[0, 0, 0x20])).expect("24 bits");
        assert_eq!(wav.frames, [[0.25, 0.25]]);
        let wav = read_bytes("a.wav", &bytes(1, 1, 32, 4, &[0, 0, 0, 0xC0])).expect("32 bits");
        assert_eq!(wav.frames, [[-0.5, -0.5]]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_numbers() {
        let float = |value: f32| value.to_le_bytes();
        let nan = [float(0.5), float(0.5), float(0.25), float(f32::NAN)].concat();
        assert!(
            message("n.wav", &bytes(3, 2, 32, 16, &nan))
                .ends_with("NaN at sample frame 1 in the right channel")
        );
        let infinite = [float(f32::INFINITY), float(0.5)].concat();
        assert!(
            message("i.wav", &bytes(3, 1, 32, 8, &infinite)).contains("inf at sample frame 0 in the left")
        );
        assert!(
            message("t.wav", &bytes(1, 2, 16, 400, &[1; 10]))
                .ends_with("is truncated: its header says 100 sample frames, it holds 2")
        );
        assert!(message("e.wav", &bytes(1, 2, 16, 0, &[])).ends_with("holds no sample frames"));
        assert!(
            message("c.wav", &bytes(1, 6, 16, 12, &[0; 12])).ends_with("has 6 channels; 1 or 2 can be read")
        );
        assert!(message("x.wav", b"ID3 this is something else").contains("is not a WAV file"));
        assert!(message("h.wav", &bytes(1, 2, 16, 4, &[])[..30]).contains("is not a WAV file"));
        assert!(message("z.wav", b"").contains("is not a WAV file"));
        let missing = read(Path::new("/nowhere/a.wav")).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read /nowhere/a.wav: "), "{missing}");
    }

    #[test]
    fn damaged_headers_never_panic() {
        let whole = bytes(1, 2, 16, 8, &[1, 2, 3, 4, 5, 6, 7, 8]);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                let _ = read_bytes("d.wav", &damaged);
            }
            let _ = read_bytes("d.wav", &whole[..at]);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.wav");
        let frames = [[0.5, -0.25], [1.5, -1.5], [1.0 / 8_388_608.0, 0.0]];
        write(&path, 96_000, &frames, Format::default()).expect("written");
        let wav = read(&path).expect("read");
        assert_eq!((wav.sample_rate, wav.channels), (96_000, 2));
        assert_eq!(wav.frames, [[0.5, -0.25], [1.0 - 1.0 / 8_388_608.0, -1.0], [1.0 / 8_388_608.0, 0.0]]);
        write(&path, 48_000, &frames, Format::Float32).expect("written over");
        assert_eq!(read(&path).expect("read").frames, frames);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "no part is left");
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("missing").join("out.wav");
        let error = write(&inside, 48_000, &[[0.0; 2]], Format::Int16).unwrap_err().to_string();
        assert!(error.starts_with("cannot write ") && error.contains("missing"), "{error}");
        let taken = folder.path().join("taken.wav");
        fs::create_dir(&taken).expect("a folder");
        let error = write(&taken, 48_000, &[[0.0; 2]], Format::Int16).unwrap_err().to_string();
        assert!(error.ends_with("it is a folder"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
    /// As root a rename onto `/dev/null` would succeed and replace the device; a socket stands for it here.
    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = |path: &Path| write(path, 48_000, &[[0.0; 2]], Format::Int16).unwrap_err().to_string();

        let socket = folder.path().join("socket.wav");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        assert!(message(&socket).ends_with("it is not a regular file"));

        let kept = folder.path().join("kept.wav");
        fs::write(&kept, "kept").expect("written");
        let mut permissions = fs::metadata(&kept).expect("there").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&kept, permissions).expect("set");
        assert!(message(&kept).ends_with("it is write-protected"));
        assert_eq!(fs::read(&kept).expect("read"), b"kept");

        let (file, link) = (folder.path().join("file.wav"), folder.path().join("link.wav"));
        fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write(&link, 48_000, &[[0.0; 2]], Format::Int16).expect("written");
        assert!(link.is_symlink());
        assert_eq!(read(&file).expect("read").frames.len(), 1);
    }

    #[test]
    fn any_number_of_channels_goes_there_and_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("six.wav");
        let samples: Vec<f32> = (0..12).map(|sample| sample as f32 / 16.0 - 0.5).collect();
        let sound = Sound { sample_rate: 44_100, channels: 6, samples };
        write_sound(&path, &sound, Format::Float32).expect("written");
        assert_eq!(read_sound(&path).expect("read"), sound);
        assert!(read(&path).unwrap_err().to_string().ends_with("has 6 channels; 1 or 2 can be read"));
        let nan = Sound { samples: [vec![0.0; 9], vec![f32::NAN; 3]].concat(), ..sound };
        write_sound(&path, &nan, Format::Float32).expect("written");
        let message = read_sound(&path).unwrap_err().to_string();
        assert!(message.ends_with("NaN at sample frame 1 in the 4th channel"), "{message}");
    }
}
