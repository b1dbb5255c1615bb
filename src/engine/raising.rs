//! When the window comes to the front for other launches and scripts: at most once in two seconds. A program that only looks whether
//! a port is open cannot be told from one that asks for the window (ADR-002), and must not keep it there.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

const RAISE_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Raising {
    last: Option<Instant>,
    waits: bool,
}

impl Raising {
    /// Somebody asks. Whoever asks too soon is not forgotten: it is [`Raising::due`] later, once for all of them.
    pub const fn ask(&mut self) {
        self.waits = true;
    }

    /// Waits until it is time, as long as nobody has asked for ever.
    pub async fn due(&self) {
        match self.last {
            _ if !self.waits => std::future::pending().await,
            Some(last) => sleep_until(last + RAISE_EVERY).await,
            None => {}
        }
    }

    /// It is done.
    pub fn done(&mut self) {
        *self = Self { last: Some(Instant::now()), waits: false };
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_at_once_and_all_who_come_too_soon_are_one() {
        let mut raising = Raising::default();
        let start = Instant::now();
        let is_due = async |raising: &Raising| timeout(Duration::ZERO, raising.due()).await.is_ok();
        assert!(!is_due(&raising).await, "nobody has asked");
        raising.ask();
        assert!(is_due(&raising).await);
        raising.done();
        for _ in 0..3 {
            advance(RAISE_EVERY / 4).await;
            raising.ask();
            assert!(!is_due(&raising).await, "too soon");
        }
        raising.due().await;
        assert_eq!(start.elapsed().as_secs(), 2);
        raising.done();
        assert!(!is_due(&raising).await, "all of them have been served");
    }
}
