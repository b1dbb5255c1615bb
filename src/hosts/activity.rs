//! Watches whether anything still moves in a transfer, and whose turn it is when nothing does.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Who is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The other side.
    Host = 0,
    /// The file on this side.
    File = 1,
    /// A limit that the person has set: it takes as long as it takes.
    Limit = 2,
}

/// When something moved last.
#[derive(Debug)]
pub struct Activity {
    started: Instant,
    /// Milliseconds after the start.
    moved_ms: AtomicU64,
    turn: AtomicU8,
}

impl Default for Activity {
    fn default() -> Self {
        Self { started: Instant::now(), moved_ms: AtomicU64::new(0), turn: AtomicU8::new(Turn::Host as u8) }
    }
}

impl Activity {
    /// Something moved; from now on `next` is waited for.
    pub fn moved(&self, next: Turn) {
        self.turn.store(next as u8, Ordering::Relaxed);
        self.touch();
    }

    fn touch(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.store(now, Ordering::Relaxed);
    }

    /// Ends when nothing has moved for `idle`, and says who was waited for.
    pub async fn stalled(&self, idle: Duration) -> Turn {
        loop {
            let before = self.moved_ms.load(Ordering::Relaxed);
            tokio::time::sleep_until(self.started + Duration::from_millis(before) + idle).await;
            if self.moved_ms.load(Ordering::Relaxed) != before {
                continue;
            }
            match self.turn.load(Ordering::Relaxed) {
                turn if turn == Turn::Host as u8 => return Turn::Host,
                turn if turn == Turn::File as u8 => return Turn::File,
                _ => self.touch(),
            }
        }
    }
}
