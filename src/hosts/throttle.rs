//! A limit of bytes per second, shared by every transfer it is for. Never waits in a loop, never blocks a thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turn, Notify};
use tokio::time::Instant;

/// Timers are late: up to so much of a second that passed unused may be made up for.
const CREDIT_SECONDS: f64 = 0.05;
/// A limited transfer moves in pieces of this part of a second, so that its host never hears nothing for long …
const PIECES_PER_SECOND: u64 = 8;
/// … but not in smaller ones.
const PIECE_BYTES_MIN: u64 = 4 * 1024;

/// The limit, and what was moved on credit. Bytes pass at once and make a debt; the next wait until it is paid.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes per second; 0 is no limit. Read without the lock: without a limit a pass costs next to nothing.
    limit: AtomicU64,
    debt: Mutex<Debt>,
    /// Whoever holds it is the next to pass: first come, first served, and only one waits for the clock.
    turn: Turn<()>,
    changed: Notify,
}

#[derive(Debug)]
struct Debt {
    bytes: f64,
    counted_at: Instant,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Throttle {
    /// At most `limit` bytes per second.
    #[must_use]
    pub fn new(limit: Option<u64>) -> Self {
        Self {
            limit: AtomicU64::new(stored(limit)),
            debt: Mutex::new(Debt { bytes: 0.0, counted_at: Instant::now() }),
            turn: Turn::new(()),
            changed: Notify::new(),
        }
    }

    /// Changes the limit, for those who wait already, too.
    pub fn set(&self, limit: Option<u64>) {
        let mut debt = self.debt();
        debt.pay(self.limit.load(Ordering::Relaxed));
        self.limit.store(stored(limit), Ordering::Relaxed);
        if limit.is_none() {
            debt.bytes = 0.0;
        }
        drop(debt);
        self.changed.notify_one();
    }

    /// Waits until `bytes` more may move.
    pub async fn pass(&self, bytes: u64) {
        if self.limit.load(Ordering::Relaxed) == 0 {
            return;
        }
        let _turn = self.turn.lock().await;
        while let Some(wait) = self.take(bytes) {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// How many bytes should move at once; `None`: as many as there are.
    #[must_use]
    pub fn piece_bytes(&self) -> Option<u64> {
        match self.limit.load(Ordering::Relaxed) {
            0 => None,
            limit => Some((limit / PIECES_PER_SECOND).max(PIECE_BYTES_MIN)),
        }
    }

    /// Makes the debt, or says how long to wait first.
    fn take(&self, bytes: u64) -> Option<Duration> {
        let mut debt = self.debt();
        let limit = self.limit.load(Ordering::Relaxed);
        if limit == 0 {
            return None;
        }
        debt.pay(limit);
        if debt.bytes > 0.0 {
            return Some(Duration::from_secs_f64(debt.bytes / float(limit)));
        }
        debt.bytes += float(bytes);
        None
    }

    fn debt(&self) -> MutexGuard<'_, Debt> {
        self.debt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debt {
    /// Time has passed: so much of the debt is paid.
    fn pay(&mut self, limit: u64) {
        let now = Instant::now();
        let seconds = now.duration_since(self.counted_at).as_secs_f64();
        self.bytes = (self.bytes - seconds * float(limit)).max(-CREDIT_SECONDS * float(limit));
        // Less than a byte is rounding: no timer is that exact.
        if self.bytes < 1.0 && self.bytes > 0.0 {
            self.bytes = 0.0;
        }
        self.counted_at = now;
    }
}

/// A limit of nothing would never let a transfer end.
fn stored(limit: Option<u64>) -> u64 {
    limit.map_or(0, |limit| limit.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 bytes, and a rate needs no more")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn seconds_for(throttle: &Throttle, pieces: u64, bytes: u64) -> f64 {
        let started = Instant::now();
        for _ in 0..pieces {
            throttle.pass(bytes).await;
        }
        started.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn the_average_is_exact() {
        for (limit, bytes) in [(1_000_000, 10_000), (1_000, 10_000), (100, 1), (333, 1_000)] {
            let throttle = Throttle::new(Some(limit));
            let pieces = 20 * limit / bytes + 2;
            let seconds = seconds_for(&throttle, pieces, bytes).await;
            // The last piece leaves its debt behind.
            let expected = float((pieces - 1) * bytes) / float(limit);
            assert!((seconds - expected).abs() <= expected * 0.02 + 0.06, "{limit}: {seconds} s, not {expected} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_limit_waits_for_nothing_and_idle_time_is_not_saved_up() {
        assert!(seconds_for(&Throttle::default(), 1000, 1 << 30).await < 0.001);
        let throttle = Throttle::new(Some(1000));
        tokio::time::advance(Duration::from_hours(1)).await;
        let seconds = seconds_for(&throttle, 11, 1000).await;
        assert!((9.9..=10.1).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn transfers_share_the_limit() {
        let throttle = Arc::new(Throttle::new(Some(1000)));
        let started = Instant::now();
        let transfers: Vec<_> = (0..4)
            .map(|_| {
                let throttle = Arc::clone(&throttle);
                tokio::spawn(async move { seconds_for(&throttle, 5, 500).await })
            })
            .collect();
        for transfer in transfers {
            transfer.await.expect("runs");
        }
        let seconds = started.elapsed().as_secs_f64();
        assert!((9.4..=9.6).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_limit_counts_for_those_who_wait() {
        for (new, expected) in [(None, 1.0), (Some(99_000), 2.0)] {
            let throttle = Arc::new(Throttle::new(Some(1000)));
            let started = Instant::now();
            throttle.pass(100_000).await; // A debt of 100 s.
            let waiting: Vec<_> = (0..3)
                .map(|_| {
                    let throttle = Arc::clone(&throttle);
                    tokio::spawn(async move { throttle.pass(1).await })
                })
                .collect();
            let waited = tokio::time::timeout(Duration::from_secs(1), throttle.pass(1)).await;
            assert!(waited.is_err());
            throttle.set(new);
            for waiting in waiting {
                waiting.await.expect("runs");
            }
            let seconds = started.elapsed().as_secs_f64();
            assert!((seconds - expected).abs() < 0.01, "{new:?}: {seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_takes_nothing() {
        let throttle = Throttle::new(Some(1000));
        throttle.pass(2000).await;
        let waited = tokio::time::timeout(Duration::from_secs(1), throttle.pass(1_000_000)).await;
        assert!(waited.is_err());
        assert!(seconds_for(&throttle, 1, 1).await <= 1.01);
    }
}
