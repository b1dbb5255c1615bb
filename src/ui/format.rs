//! Numbers and times as a person reads them. Knows no panel.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::Millis;

/// Turns stored times into the person's local time.
pub struct Clock {
    zone: TimeZone,
}

impl Default for Clock {
    fn default() -> Self {
        Self { zone: TimeZone::system() }
    }
}

impl Clock {
    /// `2026-11-22 08:05` in the local time zone; empty for a time no calendar has.
    pub fn minute(&self, at: Millis) -> String {
        Timestamp::from_millisecond(at)
            .map(|stamp| stamp.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
            .unwrap_or_default()
    }

    /// `08:05:09` in the local time zone.
    pub fn second(&self, at: Millis) -> String {
        Timestamp::from_millisecond(at)
            .map(|stamp| stamp.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string())
            .unwrap_or_default()
    }

    #[cfg(test)]
    pub fn in_zone(zone: TimeZone) -> Self {
        Self { zone }
    }
}

/// The present, as other times are kept.
pub fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

/// `14.65 MiB`, in powers of 1024.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = "KiB";
    for next in UNITS.into_iter().skip(1) {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    let digits = if size < 10.0 { 2 } else { usize::from(size < 100.0) };
    format!("{size:.digits$} {unit}")
}

/// `4.20 MiB/s`.
pub fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", bytes(bytes_per_second))
}

/// `00:03:10`; days before the hours when there are any.
pub fn duration(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days > 0 { format!("{days} d {clock}") } else { clock }
}

/// `20 %` of a share between 0 and 1; never says 100 before it is all.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100")]
pub fn percent(share: f32) -> String {
    format!("{} %", (share.clamp(0.0, 1.0) * 100.0).floor() as u32)
}

#[cfg(test)]
mod tests {
    use super::{Clock, bytes, duration, percent};
    use jiff::tz::{Offset, TimeZone};

    #[test]
    fn sizes_read_naturally() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (15_361_638, "14.6 MiB"),
            (3 << 30, "3.00 GiB"),
            (700 << 40, "700 TiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn almost_done_is_not_done() {
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(f32::NAN), "0 %");
    }

    #[test]
    fn durations_read_like_a_clock() {
        assert_eq!((duration(190).as_str(), duration(90_061).as_str()), ("00:03:10", "1 d 01:01:01"));
    }

    #[test]
    fn times_are_local() {
        let clock = Clock::in_zone(TimeZone::fixed(Offset::constant(2)));
        assert_eq!(clock.minute(0), "1970-01-01 02:00");
        assert_eq!(clock.minute(i64::MAX), "");
    }
}
