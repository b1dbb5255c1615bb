//! Counts the bytes of one transfer, for everybody who shows them, and makes them wait where bandwidth is limited or results are
//! not stored yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Gate, Throttle};

/// Goes with one transfer.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Bytes of this transfer.
    pub image: Arc<AtomicU64>,
    /// Bytes of the gallery's unfinished transfers.
    pub gallery: Arc<AtomicU64>,
    /// Bytes of all transfers since the start.
    pub total: Arc<AtomicU64>,
    /// The limits that it is under.
    pub throttles: Vec<Arc<Throttle>>,
    /// What the last bytes wait for.
    pub gate: Gate,
}

impl Meter {
    /// Lets `bytes` through as soon as every limit allows it, and counts them.
    pub(super) async fn pass(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        for throttle in &self.throttles {
            throttle.pass(bytes).await;
        }
        for counter in [&self.image, &self.gallery, &self.total] {
            counter.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// The transfer begins anew: what has passed does not count. All that was ever sent still does.
    pub(super) fn rewind(&self) {
        let bytes = self.image.swap(0, Ordering::Relaxed);
        self.gallery.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How much to hand in at once, so that the flow is even under every limit.
    pub(super) fn piece_bytes(&self) -> usize {
        let least = self.throttles.iter().filter_map(|throttle| throttle.piece_bytes()).min();
        least.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX)
    }
}
