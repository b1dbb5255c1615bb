//! A limit of bytes per second that transfers share. Waits by the clock, never in a loop, and costs nothing without a limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// What may go through at once after a rest, and the size of the pieces to hand in.
const BURST: Duration = Duration::from_millis(100);
/// Smaller pieces than this are not worth a turn.
const PIECE_BYTES_MIN: u64 = 1024;
const NANOS: u128 = 1_000_000_000;

/// One limit, for as many transfers as there are.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes per second; 0 is no limit.
    rate: AtomicU64,
    /// Before this instant the bytes that went through are not paid for yet.
    paid_at: Mutex<Instant>,
    /// Who waits for the instant; the others queue here, first come first served.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            rate: AtomicU64::new(0),
            paid_at: Mutex::new(Instant::now()),
            turn: tokio::sync::Mutex::default(),
            changed: Notify::new(),
        }
    }
}

impl Throttle {
    /// Changes the limit, also for those that wait already. `None` is no limit.
    pub fn set(&self, bytes_per_second: Option<u64>) {
        let now = Instant::now();
        let mut paid_at = self.paid_at();
        let before = self.rate.load(Ordering::Relaxed);
        let after = bytes_per_second.map_or(0, |rate| rate.max(1));
        if before == after {
            return;
        }
        // What is owed is owed in bytes: at another rate it takes another time.
        let owed = paid_at.saturating_duration_since(now).as_nanos() * u128::from(before) / NANOS;
        *paid_at = now + if after == 0 { Duration::ZERO } else { time_for(owed, after) };
        self.rate.store(after, Ordering::Relaxed);
        drop(paid_at);
        self.changed.notify_one(); // Only one waits by the clock; a word too many is only looked at.
    }

    /// Lets `bytes` through: at once when everything before is paid for, else as soon as it is.
    pub async fn pass(&self, bytes: u64) {
        if self.rate.load(Ordering::Relaxed) == 0 || bytes == 0 {
            return;
        }
        let _turn = self.turn.lock().await;
        while let Some(at) = self.take(bytes) {
            tokio::select! {
                () = tokio::time::sleep_until(at) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// How much to hand in at once, so that the flow is even; `None` without a limit.
    #[must_use]
    pub fn piece_bytes(&self) -> Option<u64> {
        let rate = self.rate.load(Ordering::Relaxed);
        (rate > 0).then(|| (rate / 10).max(PIECE_BYTES_MIN))
    }

    /// Takes `bytes`, or says when to ask again.
    fn take(&self, bytes: u64) -> Option<Instant> {
        let mut paid_at = self.paid_at();
        let rate = self.rate.load(Ordering::Relaxed);
        if rate == 0 {
            return None;
        }
        let now = Instant::now();
        if *paid_at > now {
            return Some(*paid_at);
        }
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        *paid_at = (*paid_at).max(earliest) + time_for(u128::from(bytes), rate);
        None
    }

    fn paid_at(&self) -> MutexGuard<'_, Instant> {
        self.paid_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bounded by a day, so that no instant overflows.
fn time_for(bytes: u128, rate: u64) -> Duration {
    let nanos = bytes * NANOS / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(Duration::from_hours(24))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Seconds until `count` pieces of `bytes` are through, each of `tasks` tasks sending so many.
    async fn seconds(throttle: &Arc<Throttle>, tasks: usize, count: usize, bytes: u64) -> f64 {
        let begun = Instant::now();
        let send = |_| {
            let throttle = Arc::clone(throttle);
            tokio::spawn(async move {
                for _ in 0..count {
                    throttle.pass(bytes).await;
                }
            })
        };
        for task in (0..tasks).map(send).collect::<Vec<_>>() {
            task.await.expect("sent");
        }
        begun.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_holds_on_average_for_one_and_for_many() {
        for (tasks, count, bytes) in [(1, 1_000, 1_000), (4, 250, 1_000), (3, 10, 100_000), (1, 4, 262_144_u32)] {
            let throttle = Arc::new(Throttle::default());
            throttle.set(Some(100_000));
            let expected = f64::from(u32::try_from(tasks * count).expect("small")) * f64::from(bytes) / 100_000.0;
            let took = seconds(&throttle, tasks, count, bytes.into()).await;
            // The last piece is paid for afterwards, and 100 ms may go through at once.
            let grace = f64::from(bytes) / 100_000.0 + 0.11;
            assert!((expected - grace..expected + 0.01).contains(&took), "{tasks} × {count} × {bytes}: {took} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        let throttle = Arc::new(Throttle::default());
        assert!(seconds(&throttle, 4, 100, 1 << 30).await < 0.001);
        assert_eq!(throttle.piece_bytes(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_reaches_those_that_wait() {
        let throttle = Arc::new(Throttle::default());
        throttle.set(Some(1_000));
        throttle.pass(100_000).await; // Paid for in 100 s.
        let begun = Instant::now();
        let waiting = tokio::spawn({
            let throttle = Arc::clone(&throttle);
            async move {
                throttle.pass(1).await;
                Instant::now()
            }
        });
        tokio::task::yield_now().await;
        throttle.set(Some(10_000));
        let through = waiting.await.expect("through");
        assert_eq!((through - begun).as_secs(), 10, "what is owed goes at the new rate");

        throttle.pass(1_000_000).await;
        let many: Vec<_> = (0..3)
            .map(|_| {
                let throttle = Arc::clone(&throttle);
                tokio::spawn(async move { throttle.pass(1).await })
            })
            .collect();
        tokio::task::yield_now().await;
        let begun = Instant::now();
        throttle.set(None);
        for waiting in many {
            waiting.await.expect("through");
        }
        assert!(begun.elapsed() < Duration::from_millis(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_owes_nothing() {
        let throttle = Arc::new(Throttle::default());
        throttle.set(Some(1_000));
        throttle.pass(1_000).await;
        let begun = Instant::now();
        let gives_up = tokio::time::timeout(Duration::from_millis(500), throttle.pass(1_000_000));
        assert!(gives_up.await.is_err());
        throttle.pass(1).await;
        assert_eq!(begun.elapsed().as_secs(), 1);
    }
}
