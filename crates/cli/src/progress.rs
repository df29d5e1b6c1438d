//! A progress bar for work that takes longer than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows nothing for the first second, and nothing at all when standard error is no terminal.
pub struct Progress {
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    const PATIENCE: Duration = Duration::from_secs(1);

    pub fn new() -> Progress {
        Progress { started: Instant::now(), bar: None }
    }

    /// So much is done, of so much.
    pub fn at(&mut self, done: usize, total: usize) {
        if self.bar.is_none() && std::io::stderr().is_terminal() && self.started.elapsed() > Self::PATIENCE {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template("playing {wide_bar} {percent:>3} %  {eta:>3} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        }
    }

    /// Writes lines above the bar.
    pub fn line(&self, text: &str) {
        self.aside(|| crate::terminal::notice(text));
    }

    /// Does something on the terminal without the bar in the way.
    pub fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(act),
            None => act(),
        }
    }

    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
