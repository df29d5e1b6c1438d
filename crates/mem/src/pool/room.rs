//! Room for values whose types have no name.

use core::mem::MaybeUninit;

/// Room for a value of up to so many bytes, aligned to 8: for closures and futures.
///
/// How large they are is known while the program is compiled:
///
/// ```
/// use sostenuto_mem::pool::{Pool, Room, future_bytes, pool};
///
/// async fn blink(times: u32) -> u32 {
///     let mut done = 0;
///     while done < times {
///         std::future::ready(()).await;
///         done += 1;
///     }
///     done
/// }
///
/// pool! {
///     struct Tasks { Room<{ future_bytes(blink) }>: 2 }
/// }
///
/// let task = Tasks::alloc(blink(3)).unwrap();
/// # let _ = task;
/// ```
#[repr(align(8))]
pub struct Room<const BYTES: usize>(#[allow(dead_code)] [MaybeUninit<u8>; BYTES]);

/// The size of what a function gives, such as the future of an `async fn`.
#[must_use]
pub const fn future_bytes<Argument, Output>(_: fn(Argument) -> Output) -> usize {
    size_of::<Output>()
}
