//! What one transfer is measured with: it counts the bytes that move, and waits where a limit says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::throttle::Throttle;

/// Counts the bytes of one transfer, for everybody who shows them, and keeps it within its limits.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Bytes of this transfer.
    pub image: Arc<AtomicU64>,
    /// Bytes of the gallery's unfinished transfers.
    pub gallery: Arc<AtomicU64>,
    /// Bytes of all transfers since the start.
    pub total: Arc<AtomicU64>,
    /// The limits it shares with others.
    pub throttles: Vec<Arc<Throttle>>,
}

impl Meter {
    /// Waits until `bytes` may move, and counts them.
    pub async fn pass(&self, bytes: u64) {
        for throttle in &self.throttles {
            throttle.pass(bytes).await;
        }
        for counter in [&self.image, &self.gallery, &self.total] {
            counter.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// How many bytes should move at once, as the tightest limit wants it; `None`: as many as there are.
    #[must_use]
    pub fn piece_bytes(&self) -> Option<usize> {
        let pieces = self.throttles.iter().filter_map(|throttle| throttle.piece_bytes());
        pieces.min().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}
