//! A folder of its own for each test, and the command run in it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The declarations that the patches of the tests share; their bodies begin on line [`BODY`].
const HEAD: &str = "const int PARAM_COUNT\n\
    global array signal[2]\n\
    global array params[PARAM_COUNT]\n\
    extern native yield\n\
    extern native trace\n\
    extern native abort\n";

/// The line on which the body of a [`patch`] begins, counted from 1.
pub const BODY: u32 = 7;

/// Sound in, the same sound out.
pub const THROUGH: &str = "function process() { }";

/// Where a run leaves its files.
pub struct Workbench {
    folder: TempDir,
}

/// What the command answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Workbench {
    pub fn new() -> Workbench {
        Workbench { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }

    /// A patch of this body.
    pub fn patch(&self, name: &str, body: &str) {
        self.file(name, format!("{HEAD}{body}\n"));
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("listed");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("listed").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).into_string().expect("a plain name")).collect();
        names.sort();
        names
    }

    /// The command with these arguments, run in the folder. Whatever it answers, it answers in order: no panic, one
    /// of its three exit codes, and no part of a file left.
    pub fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Answer {
        self.answer(Command::cargo_bin("sostenuto").expect("built").args(arguments))
    }

    /// As [`run`](Self::run), where other programs are looked for in this path.
    pub fn run_with_path(&self, path: &str, arguments: &[&str]) -> Answer {
        self.answer(Command::cargo_bin("sostenuto").expect("built").env("PATH", path).args(arguments))
    }

    fn answer(&self, command: &mut Command) -> Answer {
        let output = command.current_dir(self.folder.path()).output().expect("started");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let answer = Answer {
            code: output.status.code().expect("it was not killed"),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!answer.err.contains("panicked"), "{}", answer.err);
        assert!((0..=2).contains(&answer.code), "exit code {}", answer.code);
        assert!(!self.names().iter().any(|name| name.ends_with(".part")), "{:?}", self.names());
        answer
    }

    /// As [`run`](Self::run), from words with blanks between them.
    pub fn say(&self, arguments: &str) -> Answer {
        self.run(arguments.split(' '))
    }

    /// The specification and the samples of a WAV file with integers.
    pub fn wav(&self, name: &str) -> (hound::WavSpec, Vec<i32>) {
        wav(&self.path(name))
    }
}

impl Answer {
    /// It went well.
    #[track_caller]
    pub fn succeeds(self) -> Answer {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// It ended with this code, and told all of that on standard error.
    #[track_caller]
    pub fn fails(self, code: i32, told: &[&str]) -> Answer {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        for part in told {
            assert!(self.err.contains(part), "`{part}` is not told in:\n{}", self.err);
        }
        self
    }

    /// Standard output is one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

/// The specification and the samples of a WAV file with integers.
pub fn wav(path: &Path) -> (hound::WavSpec, Vec<i32>) {
    let reader = hound::WavReader::open(path).expect("a WAV file");
    let spec = reader.spec();
    (spec, reader.into_samples().map(|sample| sample.expect("whole")).collect())
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Our own patches by name, sorted.
pub fn patches() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(repository("patches")).expect("listed");
    let mut patches: Vec<(String, PathBuf)> = entries
        .map(|entry| entry.expect("listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "impala"))
        .map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    patches.sort();
    patches
}
