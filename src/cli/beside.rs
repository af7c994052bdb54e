//! Computing while waiting: platforms answer slowly, and deciding takes a while, too.

use std::future::Future;
use std::thread::Builder;

use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Room for values nested as deep as files may nest them, as on the first thread of a process.
const STACK: usize = 8 << 20;

/// Computes something on a thread of its own while a future runs on this one.
///
/// # Panics
/// When the computation does, or outside of a runtime of several threads.
pub(crate) fn beside<T: Send, F: Future>(
    compute: impl Fn() -> T + Send + Sync,
    future: F,
) -> (T, F::Output) {
    block_in_place(|| {
        std::thread::scope(|scope| {
            let thread = Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, &compute);
            let output = Handle::current().block_on(future);
            let computed = match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(computed)) => computed,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // Where no thread can be had, there is still this one.
                Err(_) => compute(),
            };
            (computed, output)
        })
    })
}
