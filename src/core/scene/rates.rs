//! How fast: each gallery that is on its way, and everything together over the last two minutes. The time is an argument.

use std::collections::{HashMap, VecDeque};

use crate::core::{GalleryId, GalleryState, Millis, Row, Snapshot};

/// How far back the speed is remembered, in milliseconds.
pub const REMEMBERED_MS: Millis = 120_000;
/// A rate is measured over at least this, in milliseconds.
const MEASURED_MS: Millis = 900;
/// The speed now is measured over this, in milliseconds.
const NOW_MS: Millis = 3_000;
/// Samples that are kept; a snapshot comes at most 20 times a second.
const SAMPLES_MAX: usize = 2_400;

/// The speed of each gallery that is on its way, in bytes per second.
#[derive(Clone, Debug, Default)]
pub struct Rates(HashMap<GalleryId, Rate>);

#[derive(Clone, Copy, Debug)]
struct Rate {
    at: Millis,
    arrived: u64,
    per_second: u64,
}

impl Rates {
    /// The speed of a gallery; 0 when it is not on its way.
    #[must_use]
    pub fn of(&self, id: GalleryId) -> u64 {
        self.0.get(&id).map_or(0, |rate| rate.per_second)
    }

    /// Seconds until a gallery is done at its present speed.
    #[must_use]
    pub fn seconds_left(&self, row: &Row) -> Option<u64> {
        row.tally.bytes_total.saturating_sub(row.arrived()).checked_div(self.of(row.id))
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Looks at how far they are at `now`; forgets what is no longer on its way.
    pub fn measure(&mut self, rows: &[std::sync::Arc<Row>], now: Millis) {
        let mut measured = HashMap::new();
        for row in rows.iter().filter(|row| row.state == GalleryState::Uploading) {
            let arrived = row.arrived();
            let rate = match self.0.get(&row.id) {
                None => Rate { at: now, arrived, per_second: 0 },
                Some(rate) if now - rate.at < MEASURED_MS => *rate,
                Some(rate) => {
                    let elapsed = u64::try_from(now - rate.at).unwrap_or(1).max(1);
                    let measured = arrived.saturating_sub(rate.arrived).saturating_mul(1000) / elapsed;
                    let per_second = if rate.per_second == 0 { measured } else { rate.per_second.midpoint(measured) };
                    Rate { at: now, arrived, per_second }
                }
            };
            measured.insert(row.id, rate);
        }
        self.0 = measured;
    }
}

/// The speed of everything together.
#[derive(Clone, Debug, Default)]
pub struct Speeds {
    /// When, and how many bytes per second; oldest first, of the last [`REMEMBERED_MS`].
    pub samples: VecDeque<(Millis, u64)>,
    /// The highest so far, in bytes per second.
    pub peak: u64,
    /// What it is now, in bytes per second: what is sent goes in bursts, so it is that of the last three seconds.
    pub now: u64,
}

impl Speeds {
    /// After a sample: what is said to be the speed now. When nothing `moves` any more, that is nothing.
    pub fn settle(&mut self, moves: bool) {
        self.now = if moves { self.of_the_last_moments() } else { 0 };
    }

    /// Each sample holds until the next.
    fn of_the_last_moments(&self) -> u64 {
        let Some((end, last)) = self.samples.back().copied() else { return 0 };
        let (begin, mut until) = (end.saturating_sub(NOW_MS), end);
        let (mut sum, mut elapsed) = (0_u64, 0_u64);
        for (at, speed) in self.samples.iter().rev().skip(1) {
            let held = u64::try_from(until.saturating_sub(*at.max(&begin))).unwrap_or(0);
            sum = sum.saturating_add(speed.saturating_mul(held));
            elapsed = elapsed.saturating_add(held);
            until = *at;
            if until <= begin {
                break;
            }
        }
        sum.checked_div(elapsed).unwrap_or(last)
    }

    /// Takes over what a snapshot says; whether anything is new.
    pub fn sample(&mut self, snapshot: &Snapshot, now: Millis) -> bool {
        let speed = snapshot.bytes_per_second;
        let before = self.samples.back().copied();
        if before.is_none_or(|before| before.1 == 0) && speed == 0 {
            // The first zero stays where the speed fell; only the second goes on with the time.
            let zeros = self.samples.iter().rev().take(2).filter(|sample| sample.1 == 0).count();
            match self.samples.back_mut() {
                Some(last) if zeros == 2 => last.0 = now,
                Some(_) => self.samples.push_back((now, 0)),
                None => {}
            }
            return false;
        }
        self.peak = self.peak.max(speed);
        self.samples.push_back((now, speed));
        while self.samples.len() > SAMPLES_MAX || self.samples.front().is_some_and(|(at, _)| now - at > REMEMBERED_MS) {
            self.samples.pop_front();
        }
        true
    }
}
