//! Holds the last bytes of a transfer back until the results before it are stored. So a host never has more finished images whose
//! results a kill would take away than there are transfers at once, and a transfer need not wait for the disk to begin.

use tokio::sync::watch;

/// Opens once enough is stored. One that was made by default is open.
#[derive(Clone, Debug, Default)]
pub struct Gate(Option<(watch::Receiver<u64>, u64)>);

impl Gate {
    /// Opens as soon as `stored` has reached `number`.
    #[must_use]
    pub const fn new(stored: watch::Receiver<u64>, number: u64) -> Self {
        Self(Some((stored, number)))
    }

    /// Returns when it is open.
    pub(super) async fn pass(&mut self) {
        let Some((stored, number)) = &mut self.0 else { return };
        if stored.wait_for(|stored| *stored >= *number).await.is_err() {
            // Nothing will be stored any more: the program ends.
            std::future::pending::<()>().await;
        }
        self.0 = None;
    }
}
