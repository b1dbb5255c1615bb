//! Holds the last bytes of a transfer back until the results before it are written. So a host never has more finished images whose
//! results a kill would take away than there are transfers at once, and no transfer waits to begin.

use tokio::sync::watch;

/// Opens once enough is written. One that was made by default is open.
#[derive(Clone, Debug, Default)]
pub struct Gate(Option<(watch::Receiver<u64>, u64)>);

impl Gate {
    /// Opens as soon as `written` has reached `number`.
    #[must_use]
    pub const fn new(written: watch::Receiver<u64>, number: u64) -> Self {
        Self(Some((written, number)))
    }

    /// Returns when it is open.
    pub(crate) async fn pass(&mut self) {
        let Some((written, number)) = &mut self.0 else { return };
        if written.wait_for(|written| *written >= *number).await.is_err() {
            // Nothing will be written any more: the program ends.
            std::future::pending::<()>().await;
        }
        self.0 = None;
    }
}
