//! The compilers that are at work and the folders of what they write, so that a process that is told to end can end and remove them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{fs, io};

use shared_child::SharedChild;

static AT_WORK: Mutex<AtWork> = Mutex::new(AtWork { compilers: Vec::new(), folders: Vec::new() });

struct AtWork {
    compilers: Vec<Arc<SharedChild>>,
    folders: Vec<PathBuf>,
}

/// Ends all Faust compilers that this process has started, and removes what they have written: for a process that is told to end,
/// as by a signal.
///
/// As long as what is returned is kept, none is started, and nobody who waits for one hears that it has ended. So nothing is told of
/// compilers that failed because they were ended here.
pub fn end_compilers() -> EndedCompilers {
    let at_work = lock();
    for compiler in &at_work.compilers {
        // It may have ended by itself, which is as good.
        let _ = compiler.kill();
        let _ = compiler.wait();
    }
    for folder in &at_work.folders {
        let _ = fs::remove_dir_all(folder);
    }
    EndedCompilers { _at_work: at_work }
}

/// No Faust compiler is at work, and none begins as long as this is kept.
#[must_use = "as soon as it is dropped, compilers may begin again"]
pub struct EndedCompilers {
    _at_work: MutexGuard<'static, AtWork>,
}

/// A compiler at work, which ends with this.
#[derive(Debug)]
pub(crate) struct Running(Arc<SharedChild>);

impl Running {
    pub(crate) fn start(command: &mut Command) -> io::Result<Running> {
        let mut at_work = lock();
        let compiler = Arc::new(SharedChild::spawn(command)?);
        at_work.compilers.push(compiler.clone());
        Ok(Running(compiler))
    }

    /// How it ended; `None` if it has not until then.
    pub(crate) fn wait_until(&self, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
        let status = match deadline {
            Some(deadline) => self.0.wait_deadline(deadline),
            None => self.0.wait().map(Some),
        };
        // It may have been ended with all others.
        drop(lock());
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut at_work = lock();
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
        at_work.compilers.retain(|compiler| !Arc::ptr_eq(compiler, &self.0));
    }
}

/// A folder for what compilers write, which goes away with this.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> io::Result<Folder> {
        let mut at_work = lock();
        let folder = tempfile::Builder::new().prefix("sostenuto-").tempdir()?.keep();
        at_work.folders.push(folder.clone());
        Ok(Folder(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let mut at_work = lock();
        // A folder that cannot be removed is one more in the system's folder for such.
        let _ = fs::remove_dir_all(&self.0);
        at_work.folders.retain(|folder| *folder != self.0);
    }
}

/// The lists are whole at all times, whoever has panicked.
fn lock() -> MutexGuard<'static, AtWork> {
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}
