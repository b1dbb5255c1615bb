//! Where the pointer is while the window's library receives what is dragged over the window, but does not say where: a thread asks the system as long as
//! something is dragged; the window reads what it said without waiting. Decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::arranger::{self, Bell};
use super::window::Waker;
use crate::platform::drag::{self, Look, Place};

/// How often the pointer is looked at while something is dragged.
const EVERY: Duration = Duration::from_millis(33);
/// A place that no window has.
const NOWHERE: Place = [i16::MIN, i16::MIN];

/// The thread that asks the system. It rests while nobody wants to know, and ends when this is dropped.
pub struct Pointer {
    shared: Arc<Shared>,
    bell: Bell,
}

#[derive(Default)]
struct Shared {
    window: AtomicIsize,
    is_wanted: AtomicBool,
    /// The number of the last question.
    asked: AtomicU32,
    /// The question that was answered, and the place: one number, so that they belong together.
    said: AtomicU64,
}

/// What is known of the pointer since the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    NothingYet,
    /// The system does not know, or does not tell.
    Nowhere,
    At(Place),
}

impl Pointer {
    /// Begins to rest.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        Self::start_with(waker, drag::over)
    }

    pub(super) fn start_with(
        waker: Waker,
        over: impl Fn(isize) -> Option<Look> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (shared, (bell, rings)) = (Arc::new(Shared::default()), arranger::bell());
        let asker = Asker { shared: Arc::clone(&shared), waker, rings, over };
        // Nobody waits for it at the end: a place that the system has not said yet is of no use to anybody.
        std::thread::Builder::new().name("pointer".to_owned()).spawn(move || asker.run())?;
        Ok(Self { shared, bell })
    }

    /// The window as the system knows it.
    pub fn set_window(&self, window: isize) {
        self.shared.window.store(window, Ordering::Release);
    }

    /// Whether anybody wants to know. What was said before is no answer any more.
    pub fn want(&self, is_wanted: bool) {
        if self.shared.is_wanted.swap(is_wanted, Ordering::AcqRel) != is_wanted {
            self.ask();
        }
    }

    /// Only what the system says from now on counts.
    pub fn ask(&self) {
        self.shared.asked.fetch_add(1, Ordering::AcqRel);
        self.bell.ring();
    }

    pub fn said(&self) -> Said {
        let (question, place) = unpacked(self.shared.said.load(Ordering::Acquire));
        match place {
            _ if question != self.shared.asked.load(Ordering::Acquire) => Said::NothingYet,
            NOWHERE => Said::Nowhere,
            place => Said::At(place),
        }
    }
}

/// What the thread works with.
struct Asker<O> {
    shared: Arc<Shared>,
    waker: Waker,
    rings: Receiver<()>,
    over: O,
}

impl<O: Fn(isize) -> Option<Look>> Asker<O> {
    fn run(self) {
        while self.rings.recv().is_ok() {
            if self.shared.is_wanted.load(Ordering::Acquire) {
                self.watch();
            }
        }
    }

    /// Looks and says where the pointer is, until nobody wants to know.
    fn watch(&self) {
        let mut look = (self.over)(self.shared.window.load(Ordering::Acquire));
        while self.shared.is_wanted.load(Ordering::Acquire) {
            let question = self.shared.asked.load(Ordering::Acquire);
            let said = packed(question, look.as_mut().and_then(|look| look()).unwrap_or(NOWHERE));
            if self.shared.said.swap(said, Ordering::AcqRel) != said {
                self.waker.wake();
            }
            if self.rings.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }
}

fn packed(question: u32, [x, y]: Place) -> u64 {
    let ([q0, q1, q2, q3], [x0, x1], [y0, y1]) = (question.to_be_bytes(), x.to_be_bytes(), y.to_be_bytes());
    u64::from_be_bytes([q0, q1, q2, q3, x0, x1, y0, y1])
}

fn unpacked(said: u64) -> (u32, Place) {
    let [q0, q1, q2, q3, x0, x1, y0, y1] = said.to_be_bytes();
    (u32::from_be_bytes([q0, q1, q2, q3]), [i16::from_be_bytes([x0, x1]), i16::from_be_bytes([y0, y1])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_and_to_which_question_stays_together() {
        for (question, place) in [(0, [0, 0]), (7, [-3, 1200]), (u32::MAX, [i16::MAX, -1]), (1, NOWHERE)] {
            assert_eq!(unpacked(packed(question, place)), (question, place));
        }
    }
}
