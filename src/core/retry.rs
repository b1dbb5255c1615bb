//! What follows from a failure: the only place that decides it.

use super::host::Retry;
use super::{Fault, FaultKind, GalleryId, Millis};

/// Longest time a host may ask to be left alone.
pub const WAIT_MS_MAX: Millis = 3_600_000;
/// Longest time that a host is left alone.
pub const PAUSE_MS_MAX: Millis = 24 * WAIT_MS_MAX;
/// How long uploads that found no definition of their host wait before they look again, when it is back.
const NO_HOST_MS: Millis = 100;
/// How often a file may change while it is sent.
const CHANGES_MAX: u32 = 6;

/// What follows from a failed transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is sent again after so many milliseconds.
    Again(Millis),
    /// The whole host is left alone for so many milliseconds; the transfer then starts anew and nothing is counted against it.
    PauseHost(Millis),
    /// The host is not used until a person has done something; the transfer starts anew then.
    HoldHost,
    /// It has failed for good.
    GiveUp,
}

/// What follows from `fault`, which ended attempt number `attempts` (from 1) of an image of a gallery.
///
/// Delays have full jitter: between zero and an exponentially growing bound. The jitter is drawn from the identity of the
/// transfer, so the same history gives the same result.
#[must_use]
pub fn verdict(fault: &Fault, retry: &Retry, attempts: u32, gallery: GalleryId, image: u32) -> Verdict {
    let again = |attempts_max: u32| {
        if attempts < attempts_max {
            Verdict::Again(jitter(gallery, image, attempts, bound(retry, attempts)))
        } else {
            Verdict::GiveUp
        }
    };
    match fault.kind {
        FaultKind::Network => again(retry.network_attempts),
        FaultKind::HostFault | FaultKind::Expired => again(retry.host_fault_attempts),
        FaultKind::Changed => again(CHANGES_MAX),
        FaultKind::RateLimited => Verdict::PauseHost(fault.wait_ms.unwrap_or(retry.first_ms).clamp(0, WAIT_MS_MAX)),
        FaultKind::Quota => Verdict::PauseHost(fault.wait_ms.unwrap_or(retry.quota_ms).clamp(0, PAUSE_MS_MAX)),
        FaultKind::NoHost => Verdict::PauseHost(NO_HOST_MS),
        FaultKind::Auth | FaultKind::Challenge => Verdict::HoldHost,
        FaultKind::Rejected
        | FaultKind::TooLarge
        | FaultKind::LocalFile
        | FaultKind::FolderGone
        | FaultKind::BadImage
        | FaultKind::Cancelled
        | FaultKind::Unproven => Verdict::GiveUp,
    }
}

/// How long a host is left alone that asked for the nth time in a row (from 1) to be asked less often, and did not say for how long.
#[must_use]
pub fn rate_limit_ms(retry: &Retry, in_a_row: u32) -> Millis {
    bound(retry, in_a_row)
}

/// 1, 2, 4 … 60 s, with the host's own first and last.
fn bound(retry: &Retry, attempts: u32) -> Millis {
    retry.first_ms.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(retry.max_ms)
}

/// A number in `0..bound` that depends on nothing but the arguments (`SplitMix64`'s mixing steps).
fn jitter(gallery: GalleryId, image: u32, attempts: u32, bound: Millis) -> Millis {
    let seed = gallery.0.unsigned_abs().rotate_left(32) ^ (u64::from(image) << 8) ^ u64::from(attempts);
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let draw = (z ^ (z >> 31)) % bound.unsigned_abs().max(1);
    Millis::try_from(draw).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(kind: FaultKind, attempts: u32) -> Verdict {
        verdict(&Fault::new(kind, ""), &Retry::default(), attempts, GalleryId(1), 1)
    }

    #[test]
    fn only_faults_that_may_pass_are_tried_again_and_boundedly() {
        for kind in FaultKind::ALL {
            let tries = (1..100).take_while(|n| matches!(verdict_of(kind, *n), Verdict::Again(_))).count();
            let expected = match kind {
                FaultKind::Network | FaultKind::Changed => 5,
                FaultKind::HostFault | FaultKind::Expired => 3,
                _ => 0,
            };
            assert_eq!(tries, expected, "{kind:?}");
        }
    }

    #[test]
    fn who_asks_for_time_gets_it_but_not_for_ever() {
        let asked = |kind, wait_ms| {
            verdict(&Fault::new(kind, "").with_wait_ms(Some(wait_ms)), &Retry::default(), 1, GalleryId(1), 1)
        };
        assert_eq!(asked(FaultKind::RateLimited, 7_000), Verdict::PauseHost(7_000));
        assert_eq!(asked(FaultKind::RateLimited, Millis::MAX), Verdict::PauseHost(WAIT_MS_MAX));
        assert_eq!(verdict_of(FaultKind::Quota, 1), Verdict::PauseHost(3_600_000));
        assert_eq!(verdict_of(FaultKind::Auth, 1), Verdict::HoldHost);
        assert_eq!(verdict_of(FaultKind::NoHost, 1), Verdict::PauseHost(NO_HOST_MS), "it may be back already");
        let waits: Vec<_> = (1..8).map(|n| rate_limit_ms(&Retry::default(), n)).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000]);
    }

    #[test]
    fn delays_are_spread_and_bounded() {
        let fault = Fault::new(FaultKind::HostFault, "");
        let delay = |image| match verdict(&fault, &Retry::default(), 3, GalleryId(7), image) {
            Verdict::Again(ms) => ms,
            other => panic!("{other:?}"),
        };
        let delays: Vec<_> = (0..100).map(delay).collect();
        assert!(delays.iter().all(|ms| (0..4_000).contains(ms)), "{delays:?}");
        let distinct: std::collections::HashSet<_> = delays.iter().collect();
        assert!(distinct.len() > 90, "{delays:?}");
    }
}
