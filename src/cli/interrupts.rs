//! Signals while something runs on a platform: the first one asks it to stop, the second one ends the process.

use apply::Stopper;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::exit::Exit;
use crate::screen::Screen;

/// Listens for as long as it lives.
pub(crate) struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Lets Ctrl-C, and whatever else ends a program politely, stop an apply. What is ignored stays so: by who runs it
/// with `nohup`, or in the background of a script.
pub(crate) fn listen(stopper: Stopper, screen: Screen) -> Listening {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = ignored(&status);
    let signals = [
        (SignalKind::interrupt(), "SIGINT"),
        (SignalKind::terminate(), "SIGTERM"),
        (SignalKind::hangup(), "SIGHUP"),
    ];
    // What cannot be listened to ends the process as ever.
    let listened = signals
        .into_iter()
        .filter(|(kind, _)| ignored & (1 << (kind.as_raw_value() - 1)) == 0)
        .filter_map(|(kind, name)| Some((signal(kind).ok()?, name)));
    let mut signals: Vec<(Signal, &'static str)> = listened.collect();
    Listening(tokio::spawn(async move {
        let name = next(&mut signals).await;
        screen.complain(
            "Stopping: what is under way is taken back. A second signal ends Estate at once.",
        );
        stopper.stop(name);
        next(&mut signals).await;
        screen.complain("Ended at once. The next `apply` takes back what is left behind.");
        Exit::Failed.at_once()
    }))
}

/// Waits for any of some signals, and names it.
async fn next(signals: &mut [(Signal, &'static str)]) -> &'static str {
    std::future::poll_fn(|context| {
        for (signal, name) in &mut *signals {
            if signal.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(*name);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Returns the signals that a process ignores, as Linux says it: the lowest bit is that of signal 1.
fn ignored(status: &str) -> u64 {
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::ignored;

    #[test]
    fn what_is_ignored_is_read_from_the_status() {
        let status = "Name:\testate\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert_eq!(ignored(status), 1 << 12 | 1);
        assert_eq!(ignored(""), 0);
    }
}
