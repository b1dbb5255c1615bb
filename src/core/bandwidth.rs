//! How many bytes a second may be sent: a limit, and other limits at certain times of the day.

use super::settings::number;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Entries of a schedule.
const SLOTS_MAX: usize = 24;
/// In KiB/s; more than any line has.
const LIMIT_MAX: u32 = 100_000_000;

/// A limit that may depend on the time of day. The default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bandwidth {
    /// In KiB/s, at all times that no slot is about; 0 is none.
    limit: u32,
    slots: Vec<Slot>,
}

/// From `from` until before `until`, in minutes of the local day; over midnight when `until` is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    from: u16,
    until: u16,
    limit: u32,
}

impl Slot {
    const fn contains(self, minute: u16) -> bool {
        if self.from < self.until {
            self.from <= minute && minute < self.until
        } else {
            self.from <= minute || minute < self.until
        }
    }
}

impl Bandwidth {
    /// Bytes per second at a minute of the local day; `None` is no limit. The first slot that is about that minute counts.
    #[must_use]
    pub fn at(&self, minute: u16) -> Option<u64> {
        let slot = self.slots.iter().find(|slot| slot.contains(minute));
        let kib = slot.map_or(self.limit, |slot| slot.limit);
        (kib > 0).then(|| u64::from(kib) * 1024)
    }

    /// Minutes from `minute` of the local day until the limit may be another; `None` when it never is.
    #[must_use]
    pub fn minutes_until_change(&self, minute: u16) -> Option<u16> {
        let edges = self.slots.iter().flat_map(|slot| [slot.from, slot.until]);
        edges.map(|edge| (edge + DAY - minute - 1) % DAY + 1).min()
    }

    /// The limit that holds when no slot does, in KiB/s; 0 is none.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether there are other limits at other times of the day.
    #[must_use]
    pub fn has_schedule(&self) -> bool {
        !self.slots.is_empty()
    }

    /// The limit as it is set and stored.
    #[must_use]
    pub fn limit_text(&self) -> String {
        self.limit.to_string()
    }

    /// The schedule as it is set and stored.
    #[must_use]
    pub fn schedule_text(&self) -> String {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let end = |minute: u16| if minute == 0 { DAY } else { minute };
        let slot = |slot: &Slot| format!("{}-{}={}", time(slot.from), time(end(slot.until)), slot.limit);
        self.slots.iter().map(slot).collect::<Vec<_>>().join(",")
    }

    /// Sets the limit, in KiB/s.
    ///
    /// # Errors
    /// Says which values are allowed.
    pub fn set_limit(&mut self, key: &str, value: &str) -> Result<(), String> {
        self.limit = number(key, value, 0, LIMIT_MAX)?;
        Ok(())
    }

    /// Sets the schedule: `08:00-18:00=200,18:00-23:30=800`, limits in KiB/s, 0 is none; empty is no schedule.
    ///
    /// # Errors
    /// Says how a schedule is written.
    pub fn set_schedule(&mut self, key: &str, value: &str) -> Result<(), String> {
        let parts: Vec<_> = value.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let slots: Option<Vec<_>> = parts.iter().map(|part| slot(part)).collect();
        self.slots = slots.filter(|slots| slots.len() <= SLOTS_MAX).ok_or_else(|| {
            format!("{key} takes times of the day with limits in KiB/s, as in 08:00-18:00=200,18:00-23:30=800, not “{value}”.")
        })?;
        Ok(())
    }
}

fn slot(text: &str) -> Option<Slot> {
    let (times, limit) = text.split_once('=')?;
    let (from, until) = times.split_once('-')?;
    let limit = limit.trim().parse().ok().filter(|limit| *limit <= LIMIT_MAX)?;
    let (from, until) = (minute(from)?, minute(until)?);
    (from < DAY && from != until).then_some(Slot { from, until: until % DAY, limit })
}

/// `24:00` is the end of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let whole = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && whole <= DAY).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::Bandwidth;

    fn bandwidth(limit: &str, schedule: &str) -> Bandwidth {
        let mut bandwidth = Bandwidth::default();
        bandwidth.set_limit("l", limit).expect("a limit");
        bandwidth.set_schedule("s", schedule).expect("a schedule");
        bandwidth
    }

    #[test]
    fn the_time_of_day_decides() {
        let bandwidth = bandwidth("100", "08:00-18:00=200, 22:00-06:00=0");
        for (time, kib) in [((7, 59), 100), ((8, 0), 200), ((17, 59), 200), ((18, 0), 100), ((22, 0), 0), ((5, 59), 0)]
        {
            let expected = (kib > 0).then_some(kib * 1024);
            assert_eq!(bandwidth.at(time.0 * 60 + time.1), expected, "{time:?}");
        }
        assert_eq!(bandwidth.minutes_until_change(7 * 60), Some(60));
        assert_eq!(bandwidth.minutes_until_change(8 * 60), Some(600));
        assert_eq!(bandwidth.minutes_until_change(23 * 60), Some(7 * 60));
        assert_eq!(Bandwidth::default().minutes_until_change(5), None);
        assert_eq!(bandwidth.schedule_text(), "08:00-18:00=200,22:00-06:00=0");
    }

    #[test]
    fn a_whole_day_and_nonsense() {
        assert_eq!(bandwidth("0", "00:00-24:00=5").schedule_text(), "00:00-24:00=5");
        for nonsense in
            ["8-18=1", "08:00-08:00=1", "25:00-26:00=1", "08:60-09:00=1", "08:00-09:00", "08:00-09:00=x", "x"]
        {
            let words = Bandwidth::default().set_schedule("a.key", nonsense).expect_err(nonsense);
            assert!(words.contains("a.key") && words.contains(nonsense), "{words}");
        }
    }
}
