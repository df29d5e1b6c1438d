//! What happens when the command is told to end.

/// Ends the Faust compilers with the command, and removes what they have written, on SIGINT and SIGTERM. The command then ends
/// as it would without this.
#[cfg(unix)]
pub fn end_compilers_with_us() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // Without, a signal does what it always does, and only leaves the compilers.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let _ended = sostenuto_faust::end_compilers();
            let _ = emulate_default_handler(signal);
        }
    });
}

/// Elsewhere the terminal ends all programs that were started in it.
#[cfg(not(unix))]
pub fn end_compilers_with_us() {}
