//! One host as the queue works with it: whether it may be used now, how many at once, and how it has done lately.

use std::collections::VecDeque;

use super::Pause;
use crate::core::snapshot::HostRow;
use crate::core::{Fault, HostFacts, HostSettings, Millis, retry};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60_000;
/// Refusals in a row by which a host is believed that has accepted us before.
const REFUSALS_MAX: u32 = 3;
const HOUR: Millis = 3_600_000;

/// A host and its state.
#[derive(Debug)]
pub(super) struct Lane {
    pub facts: HostFacts,
    /// Whether there is a definition; galleries may wait for a host that is gone.
    pub is_known: bool,
    pub settings: HostSettings,
    pub pause: Option<Pause>,
    /// Why it is not used until a person has done something.
    pub held: Option<Fault>,
    /// Failures in a row.
    failures: u32,
    /// Requests to be asked less often, in a row.
    rate_limits: u32,
    /// Whether it has ever accepted who we are, and how often in a row it has not since.
    has_succeeded: bool,
    refusals: u32,
    /// One image tries whether the host is well again.
    is_probing: bool,
    per_second: Pace,
    per_hour: Pace,
    /// What the throttle is set to.
    pub throttled_to: Option<u64>,
}

impl Lane {
    pub fn new(facts: HostFacts, is_known: bool) -> Self {
        let per_second = Pace::new(facts.limits.requests_per_second, SECOND);
        let per_hour = Pace::new(facts.limits.requests_per_hour, HOUR);
        Self {
            facts,
            is_known,
            settings: HostSettings::default(),
            pause: None,
            held: None,
            failures: 0,
            rate_limits: 0,
            has_succeeded: false,
            refusals: 0,
            is_probing: false,
            per_second,
            per_hour,
            throttled_to: None,
        }
    }

    /// What is known of the host has changed.
    pub fn learn(&mut self, facts: HostFacts) {
        if facts != self.facts {
            self.per_second = Pace::new(facts.limits.requests_per_second, SECOND);
            self.per_hour = Pace::new(facts.limits.requests_per_hour, HOUR);
            self.held = None;
            self.facts = facts;
        }
    }

    /// Whether it may be asked something now.
    pub fn is_open(&self, now: Millis) -> bool {
        !self.is_closed() && self.pause.as_ref().is_none_or(|pause| pause.until <= now)
    }

    /// Whether it is not used until a person has done something.
    pub const fn is_closed(&self) -> bool {
        !self.is_known || !self.settings.enabled || self.held.is_some()
    }

    /// Whether it is not used for so long that nobody should wait for it.
    pub fn is_out_for_long(&self, now: Millis) -> bool {
        self.is_closed() || self.pause.as_ref().is_some_and(|pause| pause.until > now + MINUTE)
    }

    /// Images sent at once.
    pub fn parallel_images(&self) -> usize {
        if self.is_probing {
            1
        } else {
            self.settings.parallel_images.unwrap_or(self.facts.limits.parallel_images).max(1)
        }
    }

    /// The clock was set back by so much: what was to come then comes as much earlier by it.
    pub fn set_back(&mut self, by: Millis) {
        if let Some(pause) = &mut self.pause {
            pause.until = pause.until.saturating_sub(by);
        }
        self.per_second.set_back(by);
        self.per_hour.set_back(by);
    }

    /// No pause is longer from now on than it was to be in all: the clock may have been set back while nobody looked. Says whether
    /// this one was.
    pub fn shorten_pause(&mut self, now: Millis) -> bool {
        match &mut self.pause {
            Some(pause) if pause.until.saturating_sub(now) > pause.length_ms => {
                pause.until = now.saturating_add(pause.length_ms);
                true
            }
            _ => false,
        }
    }

    /// Takes the right to one request.
    pub fn take_request(&mut self, now: Millis) -> bool {
        let may = self.per_second.is_free(now) && self.per_hour.is_free(now);
        if may {
            self.per_second.take(now);
            self.per_hour.take(now);
        }
        may
    }

    /// When it is to be looked at again: the end of a pause, and of waiting for the next request.
    pub fn deadlines(&self) -> impl Iterator<Item = Millis> {
        let is_closed = self.is_closed();
        let pause = self.pause.as_ref().map(|pause| pause.until);
        let deadlines = [pause, self.per_second.free_at(), self.per_hour.free_at()];
        deadlines.into_iter().flatten().filter(move |_| !is_closed)
    }

    /// A request was answered well. Says whether a pause has ended.
    pub fn succeeded(&mut self) -> bool {
        self.failures = 0;
        self.rate_limits = 0;
        self.refusals = 0;
        self.has_succeeded = true;
        self.is_probing = false;
        // Others may still wait out what the host has asked for; a pause that we chose is over.
        let chosen = self.pause.as_ref().is_some_and(|pause| is_breaker(&pause.fault));
        if chosen {
            self.pause = None;
        }
        chosen
    }

    /// The host does not accept who we are, or wants to see a person. Says whether that is to be believed: what has worked a
    /// moment ago is not given up for one odd answer.
    pub fn refused(&mut self) -> bool {
        self.refusals += 1;
        !self.has_succeeded || self.refusals >= REFUSALS_MAX
    }

    /// A request has failed in a way that says something about the host: after some in a row it is left alone for a while.
    pub fn failed(&mut self, fault: &Fault, now: Millis) -> bool {
        self.failures += 1;
        let retry = &self.facts.retry;
        if self.failures < retry.breaker_failures && !self.is_probing || !self.is_open(now) {
            return false;
        }
        let words = format!("{} {}", self.facts.name, "failed several times in a row and is left alone for a moment.");
        let fault = Fault::new(fault.kind, format!("{words} {}", fault.words));
        let length_ms = retry.breaker_ms;
        self.pause = Some(Pause { until: now + length_ms, length_ms, is_asked: false, fault });
        self.failures = 0;
        self.is_probing = true;
        true
    }

    /// The host asks to be left alone. Says until when it is.
    pub fn asked_for_time(&mut self, fault: &Fault, wait_ms: Millis, now: Millis) -> Millis {
        let is_first = self.is_open(now);
        if is_first {
            self.rate_limits += 1;
        }
        let unsaid = fault.wait_ms.is_none_or(|ms| ms <= 0) && fault.kind == crate::core::FaultKind::RateLimited;
        let wait_ms = if unsaid { retry::rate_limit_ms(&self.facts.retry, self.rate_limits) } else { wait_ms };
        let until = now.saturating_add(wait_ms);
        if self.pause.as_ref().is_none_or(|pause| pause.until < until && (is_first || !unsaid)) {
            let is_asked = fault.wait_ms.is_some_and(|ms| ms > 0);
            self.pause = Some(Pause { until, length_ms: wait_ms, is_asked, fault: fault.clone() });
        }
        self.pause.as_ref().map_or(until, |pause| pause.until)
    }

    /// Why its galleries wait, in words; `None` when they only wait for their turn.
    pub fn waits_for(&self, now: Millis) -> Option<String> {
        let name = &self.facts.name;
        if !self.is_known {
            return Some(format!(
                "There is no host “{name}” any more. Choose another host for it, or bring the host's definition back."
            ));
        }
        if !self.settings.enabled {
            return Some(format!("{name} is switched off. Switch it on, or choose another host."));
        }
        if let Some(fault) = &self.held {
            return Some(format!("{name} is held: {}", fault.words));
        }
        self.pause.as_ref().filter(|pause| pause.until > now).map(|pause| pause.fault.words.clone())
    }

    pub fn row(&self, now: Millis) -> HostRow {
        HostRow {
            id: self.facts.id.clone(),
            name: self.facts.name.clone(),
            is_known: self.is_known,
            is_closed: self.is_closed(),
            waits_for: self.waits_for(now),
            paused_until: self
                .pause
                .as_ref()
                .map(|pause| pause.until)
                .filter(|until| *until > now && !self.is_closed()),
            settings: self.settings.clone(),
            options: self.facts.options.clone(),
            secrets: self.facts.secrets.clone(),
            parallel_images: self.parallel_images(),
            is_own: self.facts.is_own,
        }
    }
}

/// Whether a pause was our own decision.
const fn is_breaker(fault: &Fault) -> bool {
    !matches!(fault.kind, crate::core::FaultKind::RateLimited | crate::core::FaultKind::Quota)
}

/// At most so many requests in any period. Remembers when the last ones were, so it is exact.
#[derive(Debug)]
struct Pace {
    count: Option<usize>,
    period: Millis,
    taken: VecDeque<Millis>,
}

impl Pace {
    fn new(count: Option<u32>, period: Millis) -> Self {
        let count = count.and_then(|count| usize::try_from(count.max(1)).ok());
        Self { count, period, taken: VecDeque::new() }
    }

    /// When the next request may be made, if not always.
    fn free_at(&self) -> Option<Millis> {
        let is_full = self.count.is_some_and(|count| self.taken.len() >= count);
        self.taken.front().filter(|_| is_full).map(|first| first + self.period)
    }

    fn set_back(&mut self, by: Millis) {
        self.taken.iter_mut().for_each(|at| *at -= by);
    }

    fn is_free(&self, now: Millis) -> bool {
        self.free_at().is_none_or(|at| at <= now)
    }

    fn take(&mut self, now: Millis) {
        if let Some(count) = self.count {
            while self.taken.len() >= count {
                self.taken.pop_front();
            }
            self.taken.push_back(now);
        }
    }
}
