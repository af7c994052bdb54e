//! Asking an apply to stop while it runs.

use tokio::sync::watch;

/// Asks an apply to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Option<&'static str>>);

/// Hears that an apply is to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<&'static str>>);

/// Returns the two ends of a way to stop an apply.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (ask, hear) = watch::channel(None);
    (Stopper(ask), Stop(hear))
}

impl Stopper {
    /// Asks for a reason, such as `SIGINT`.
    pub fn stop(&self, reason: &'static str) {
        self.0.send_replace(Some(reason));
    }
}

impl Stop {
    /// Returns one that never hears anything.
    #[must_use]
    pub fn never() -> Self {
        stop().1
    }

    /// Returns why the apply is to stop, if it is.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        *self.0.borrow()
    }

    /// Waits until the apply is to stop; for ever where nobody can ask for it any more.
    pub(crate) async fn asked(&self) {
        let mut hear = self.0.clone();
        if hear.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
