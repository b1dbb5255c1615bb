//! Ends a debug build that a test drives when the window's thread is held up: nothing there may wait for files, sockets, the database or a lock.

use std::time::{Duration, Instant};

use crate::platform::{self, ThreadTimes};

/// The window's thread is held up no longer than this.
const MAX: Duration = Duration::from_millis(50);
/// A debug build needs about twenty times the CPU time of the program as people have it. A fourth of it counts, so that it is found when something
/// is done in a frame that takes long, and not when the machine is merely a bit slower than ours.
const DEBUG_CPU_SHARE: u32 = 4;
/// Fonts are read and shaders are made in the first ones.
const FIRST_FRAMES: u32 = 5;

/// Watches what is done in each frame.
#[derive(Default)]
pub struct Watchdog {
    frames: u32,
}

impl Watchdog {
    /// Does `work`; ends the program when it took too long and a test is watching.
    pub fn watch<T>(&mut self, what: &str, work: impl FnOnce() -> T) -> T {
        if !cfg!(all(debug_assertions, feature = "inspection")) {
            return work();
        }
        self.frames = self.frames.saturating_add(1);
        let before = Moment::now();
        let done = work();
        let held = before.and_then(Moment::held_up);
        if self.frames > FIRST_FRAMES {
            assert!(
                held.is_none_or(|held| held <= MAX),
                "watchdog: {what} held the window up for {held:?}, which is over {MAX:?}"
            );
        }
        done
    }
}

/// Where a thread stood.
struct Moment {
    at: Instant,
    used: ThreadTimes,
}

impl Moment {
    fn now() -> Option<Self> {
        Some(Self { used: platform::thread_times()?, at: Instant::now() })
    }

    /// How long the thread has been held up since. Time in which it only waited for a processor is the machine's: tests run beside compilers. What is
    /// left of the time on the clock is what it waited for things, and what it has computed.
    fn held_up(self) -> Option<Duration> {
        let now = platform::thread_times()?;
        let elapsed = self.at.elapsed();
        let computed = now.cpu.saturating_sub(self.used.cpu);
        let queued = now.ready.saturating_sub(self.used.ready);
        Some(elapsed.saturating_sub(computed).saturating_sub(queued) + computed / DEBUG_CPU_SHARE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn held_up(work: impl FnOnce()) -> Option<Duration> {
        let before = Moment::now();
        work();
        before.and_then(Moment::held_up)
    }

    #[test]
    fn waiting_counts_and_a_busy_machine_does_not() {
        if platform::thread_times().is_none() {
            return;
        }
        let (_sender, never) = sync_channel::<()>(0);
        let waited = held_up(|| assert!(never.recv_timeout(MAX + MAX / 5).is_err()));
        assert!(waited.is_some_and(|held| held > MAX), "{waited:?}");
        // More threads than processors, all computing.
        let compute = || {
            let began = platform::thread_cpu_time();
            while platform::thread_cpu_time().zip(began).is_some_and(|(now, began)| now.saturating_sub(began) < MAX) {}
        };
        let busy = held_up(|| {
            std::thread::scope(|scope| {
                let others: Vec<_> = (0..8).map(|_| scope.spawn(compute)).collect();
                let computed = held_up(compute);
                assert!(computed.is_some_and(|held| held < MAX), "{computed:?}");
                drop(others);
            });
        });
        assert!(busy.is_some());
    }

    #[test]
    fn what_takes_too_long_ends_the_program() {
        let (_sender, never) = sync_channel::<()>(0);
        let run = std::panic::catch_unwind(|| {
            let mut watchdog = Watchdog { frames: FIRST_FRAMES };
            watchdog.watch("a test", || assert!(never.recv_timeout(MAX * 2).is_err()));
        });
        let watches = cfg!(all(debug_assertions, feature = "inspection")) && platform::thread_times().is_some();
        assert_eq!(run.is_err(), watches);
    }
}
