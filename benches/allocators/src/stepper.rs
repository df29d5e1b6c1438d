//! Counts the instructions of single calls, each by itself: the processor traps after every instruction (x86-64, Linux).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

static ENTRY: AtomicUsize = AtomicUsize::new(0);
static RETURN: AtomicUsize = AtomicUsize::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Counts each time that the processor comes from the first instruction of the call to where it returns to.
extern "C" fn on_trap(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands over a context to handlers with SA_SIGINFO.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let at = registers[libc::REG_RIP as usize] as usize;
    let return_to = RETURN.load(Ordering::Relaxed);
    if return_to == 0 {
        if at == ENTRY.load(Ordering::Relaxed) {
            // SAFETY: at the first instruction of a function, the stack pointer points to the address to return to.
            RETURN.store(unsafe { *(registers[libc::REG_RSP as usize] as *const usize) }, Ordering::Relaxed);
        }
    } else if return_to != usize::MAX {
        COUNT.fetch_add(1, Ordering::Relaxed);
        if at == return_to {
            RETURN.store(usize::MAX, Ordering::Relaxed);
        }
    }
}

/// Sets the handler. Once in a process.
pub fn install() {
    // SAFETY: all zero is a valid value of the structure, whose fields are set as the manual says.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_trap as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        assert_eq!(libc::sigaction(libc::SIGTRAP, &action, std::ptr::null_mut()), 0);
    }
}

/// Runs `run`, which calls the function at `entry` once, and tells how many instructions the call had, the return included.
pub fn count<T>(entry: usize, run: impl FnOnce() -> T) -> (T, u64) {
    ENTRY.store(entry, Ordering::Relaxed);
    COUNT.store(0, Ordering::Relaxed);
    RETURN.store(0, Ordering::Relaxed);
    // SAFETY: sets the trap flag; the handler returns to where the processor was.
    unsafe { std::arch::asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
    let result = run();
    // SAFETY: clears it.
    unsafe { std::arch::asm!("pushfq", "and qword ptr [rsp], -0x101", "popfq") };
    assert_eq!(RETURN.load(Ordering::Relaxed), usize::MAX, "the function was not called");
    (result, COUNT.load(Ordering::Relaxed))
}
