//! When a failed transfer is tried again: the only place that decides it.

use super::{Fault, FaultKind, GalleryId, Millis};

/// Attempts for faults that may pass (the first try included).
const HOST_FAULT_ATTEMPTS_MAX: u32 = 4;
const DELAY_MS_FIRST: Millis = 1_000;
const DELAY_MS_MAX: Millis = 60_000;

/// How long to wait before the next attempt, or `None` when there is none.
///
/// Full jitter: between zero and an exponentially growing bound (1, 2, 4 … 60 s). The jitter is drawn from the
/// identity of the transfer, so the same history gives the same result.
#[must_use]
pub fn delay_ms(fault: &Fault, attempts: u32, gallery: GalleryId, image: u32) -> Option<Millis> {
    match fault.kind {
        FaultKind::HostFault if attempts < HOST_FAULT_ATTEMPTS_MAX => {
            let bound = (DELAY_MS_FIRST << attempts.saturating_sub(1).min(10)).min(DELAY_MS_MAX);
            Some(jitter(gallery, image, attempts, bound))
        }
        FaultKind::HostFault
        | FaultKind::Quota
        | FaultKind::Rejected
        | FaultKind::LocalFile
        | FaultKind::BadImage
        | FaultKind::Cancelled => None,
    }
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

    #[test]
    fn only_faults_that_may_pass_are_tried_again_and_boundedly() {
        for kind in FaultKind::ALL {
            let fault = Fault::new(kind, "");
            let tries = (1..100).take_while(|n| delay_ms(&fault, *n, GalleryId(1), 1).is_some()).count();
            assert_eq!(tries, if kind == FaultKind::HostFault { 3 } else { 0 }, "{kind:?}");
        }
    }

    #[test]
    fn delays_are_spread_and_bounded() {
        let fault = Fault::new(FaultKind::HostFault, "");
        let delays: Vec<_> = (0..100).filter_map(|image| delay_ms(&fault, 3, GalleryId(7), image)).collect();
        assert!(delays.iter().all(|ms| (0..4_000).contains(ms)), "{delays:?}");
        let distinct: std::collections::HashSet<_> = delays.iter().collect();
        assert!(distinct.len() > 90, "{delays:?}");
    }
}
