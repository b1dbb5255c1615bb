//! What a host's answer means: values where it is good, a fault in words where it is not. Never repeats what was sent.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::client::{Activity, root_cause};
use super::definition::{Failure, Step, Success, web_url};
use super::extract::scalar;
use super::lookup::{self, Document, Pattern};
use crate::core::printable::{is_unprintable, one_line};
use crate::core::{Fault, FaultKind, Millis, Proxy};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest answer that needs no permit of [`LARGE`].
const SMALL_BYTES_MAX: usize = 64 * 1024;
/// Larger answers are in memory only a few at a time, of all hosts together: read, one can take thirty times its bytes.
static LARGE: Semaphore = Semaphore::const_new(2);
/// A body may come as slowly as this, …
const SLOWEST_BYTES_PER_SECOND: usize = 8 * 1024;
/// … but has this long at least.
const BODY_TIME_MIN: Duration = Duration::from_secs(30);
/// How long all searches in one answer may take together.
const READING_MAX: Duration = Duration::from_secs(4);
/// Longest value that is taken out of an answer.
pub(super) const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Longest part of a host's own words that is shown.
const WORDS_MAX: usize = 200;
/// Headers that say how many requests are left, …
const REMAINING: [&str; 5] = [
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-ratelimit-userremaining",
    "x-ratelimit-clientremaining",
    "x-post-rate-limit-remaining",
];
/// … and when there are more.
const RESET: [&str; 4] = ["ratelimit-reset", "x-ratelimit-reset", "x-ratelimit-userreset", "x-post-rate-limit-reset"];
/// A larger number of seconds is a date.
const SECONDS_SINCE_1970_MIN: Millis = 1_000_000_000;
/// How long a host is left alone that has no more requests for us and does not say until when.
const REST_MS: Millis = 60_000;
/// Where hosts put their words, in the order in which they are looked for.
const WORDS_KEYS: [&str; 9] =
    ["error", "message", "error_description", "msg", "detail", "description", "reason", "errors", "status_txt"];

/// A host's answer, read.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Where the body is no UTF-8.
    text: OnceLock<Option<String>>,
    json: OnceLock<Option<Value>>,
    html: OnceLock<Option<Document>>,
    /// Since when it is being searched.
    searched_since: OnceLock<Instant>,
    _large: Option<SemaphorePermit<'static>>,
}

/// A fault of `kind` at the host called `host`.
pub(super) fn fault(kind: FaultKind, words: &str, host: &str) -> Fault {
    Fault::new(kind, format!("{words} Host: {host}"))
}

/// What an error below HTTP means.
pub(super) fn unreachable(error: &reqwest::Error, connect: Duration, proxy: &Proxy, host: &str) -> Fault {
    let cause = root_cause(error);
    let by = if let Proxy::Through(address) = proxy { format!(" by the proxy {address}") } else { String::new() };
    let check = if by.is_empty() { "Check the network" } else { "Check the network and, in the settings, the proxy" };
    let words = if error.is_connect() && error.is_timeout() {
        format!("There was no connection{by} within {}. {check}, then retry.", seconds(connect))
    } else if error.is_connect() {
        format!("The host cannot be reached{by}: {cause}. {check}, then retry.")
    } else {
        format!("The connection broke: {cause}. Check the network, then retry.")
    };
    fault(FaultKind::Network, &words, host)
}

/// What it means that no byte moved for so long.
pub(super) fn silent(idle: Duration, host: &str) -> Fault {
    let words = format!("The host did not answer for {}. Check the network, then retry.", seconds(idle));
    fault(FaultKind::Network, &words, host)
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// Reads a whole answer.
///
/// # Errors
/// When it breaks off, is too long or comes too slowly, unless its status alone says enough.
pub(super) async fn read(mut response: reqwest::Response, activity: &Activity, host: &str) -> Result<Answer, Fault> {
    activity.touch();
    let status = response.status();
    let (mut body, mut large, mut waited) = (Vec::new(), None, Duration::ZERO);
    loop {
        let seconds = u64::try_from(body.len() / SLOWEST_BYTES_PER_SECOND).unwrap_or(u64::MAX);
        let allowed = BODY_TIME_MIN.saturating_add(Duration::from_secs(seconds));
        let begun = tokio::time::Instant::now();
        let chunk = match tokio::time::timeout(allowed.saturating_sub(waited), response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            _ if !status.is_success() => break,
            Ok(Err(error)) => return Err(broken_off(&error, host)),
            Err(_) => {
                return Err(fault(FaultKind::HostFault, "The host's answer comes too slowly. Retry later.", host));
            }
        };
        waited = waited.saturating_add(begun.elapsed());
        activity.touch();
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            if !status.is_success() {
                break;
            }
            return Err(fault(FaultKind::HostFault, "The host's answer is longer than 4 MiB. Retry later.", host));
        }
        body.extend_from_slice(&chunk);
        if large.is_none() && body.len() > SMALL_BYTES_MAX {
            activity.ours();
            large = LARGE.acquire().await.ok(); // Never closed.
            activity.theirs();
        }
    }
    let url = response.url().clone();
    let answer = Answer::new(url, status, std::mem::take(response.headers_mut()), body);
    Ok(Answer { _large: large, ..answer })
}

/// An answer that ends too early is the host's fault, a connection that is cut is not.
fn broken_off(error: &reqwest::Error, host: &str) -> Fault {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut};
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        let kind = inner.downcast_ref().map(std::io::Error::kind);
        if kind.is_some_and(|kind| [BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut].contains(&kind)) {
            let words = format!("The connection broke: {}. Check the network, then retry.", root_cause(error));
            return fault(FaultKind::Network, &words, host);
        }
        cause = inner.source();
    }
    fault(FaultKind::HostFault, "The host's answer broke off. Retry later.", host)
}

impl Answer {
    pub const fn new(url: Url, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            url,
            status,
            headers,
            body,
            text: OnceLock::new(),
            json: OnceLock::new(),
            html: OnceLock::new(),
            searched_since: OnceLock::new(),
            _large: None,
        }
    }

    /// Whether it takes more than a moment to search.
    pub const fn is_large(&self) -> bool {
        self.body.len() > SMALL_BYTES_MAX
    }

    pub fn text(&self) -> &str {
        let mended = || match String::from_utf8_lossy(&self.body) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        };
        self.text.get_or_init(mended).as_deref().or_else(|| std::str::from_utf8(&self.body).ok()).unwrap_or_default()
    }

    /// Whether the answer is good, as its status and the definition say.
    ///
    /// # Errors
    /// What the answer says instead.
    pub fn check(&self, step: &Step, failures: &[Failure], host: &str) -> Result<(), Fault> {
        let json = self.json();
        if let Some(failure) = failures.iter().find(|failure| self.is_it(&failure.when, json)) {
            let said = failure.words.clone().unwrap_or_else(|| format!("The host refused it{}.", self.words()));
            return Err(fault(failure.kind, &said, host).with_wait_ms(self.wait_ms()));
        }
        if !step.success.status.contains(&self.status.as_u16()) {
            self.check_status(host)?;
        }
        if step.needs_json() && json.is_none() {
            return Err(self.senseless(host));
        }
        let success = &step.success;
        match (&success.path, json) {
            (Some(path), Some(json)) if json.pointer(path).is_none() => return Err(self.senseless(host)),
            _ if success.matches.is_some() && self.text().trim().is_empty() => return Err(self.senseless(host)),
            _ if self.is_it(success, json) => {}
            // Where a status is asked for and it is another good one, the answer is not what was meant.
            _ => return Err(if self.is_html() { self.senseless(host) } else { self.refusal(host) }),
        }
        Ok(())
    }

    /// Whether everything that is asked for holds.
    fn is_it(&self, when: &Success, json: Option<&Value>) -> bool {
        let status = when.status.is_empty() || when.status.contains(&self.status.as_u16());
        let value = |path: &String| json.and_then(|json| json.pointer(path));
        let path = when.path.as_ref().is_none_or(|path| match (&when.equals, value(path)) {
            (Some(equals), Some(found)) => scalar(found).as_ref() == Some(equals),
            (None, Some(found)) => ![Value::Null, Value::Bool(false), "".into(), 0.into()].contains(found),
            (_, None) => false,
        });
        status && path && when.matches.as_ref().is_none_or(|pattern| self.has(pattern))
    }

    /// Whether `success` holds: for what is asked again until it does.
    pub fn is_ready(&self, success: &Success) -> bool {
        self.is_it(success, self.json())
    }

    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| lookup::json_value(self.text()).ok()).as_ref()
    }

    pub fn html(&self) -> Option<&Document> {
        let read = || Document::read(self.text(), lookup::Kind::Html, self.time_left()).ok();
        self.html.get_or_init(read).as_ref()
    }

    /// How long it may still be searched.
    pub fn time_left(&self) -> Duration {
        READING_MAX.saturating_sub(self.searched_since.get_or_init(Instant::now).elapsed())
    }

    /// Whether `pattern` is in it.
    fn has(&self, pattern: &Pattern) -> bool {
        pattern.is_in_within(self.text(), self.time_left()).unwrap_or(false)
    }

    /// The same answer, saying `words` to people.
    pub fn saying(&self, words: &str) -> Self {
        Self::new(self.url.clone(), self.status, self.headers.clone(), words.as_bytes().to_vec())
    }

    /// The host answered, but not with what it should have.
    pub fn senseless(&self, host: &str) -> Fault {
        let words = if self.is_html() {
            "The host answered with a web page instead of a result. Retry later."
        } else {
            "The host's answer makes no sense. Retry later."
        };
        fault(FaultKind::HostFault, words, host)
    }

    fn refusal(&self, host: &str) -> Fault {
        fault(FaultKind::Rejected, &format!("The host refused it{}.", self.words()), host)
    }

    /// Whether the host did what it was asked for.
    ///
    /// # Errors
    /// What its status and its words mean.
    pub fn check_status(&self, host: &str) -> Result<(), Fault> {
        let code = self.status.as_u16();
        let said = format!("{code}{}", self.words());
        let wait_ms = self.wait_ms();
        let (kind, words) = if self.is_challenge() {
            let words = "The host wants to see a person first. Open its site in a browser, then retry.";
            (FaultKind::Challenge, words.to_owned())
        } else {
            match code {
                200..=299 => return Ok(()),
                300..=399 => return Err(self.redirect(host)),
                401 | 403 => {
                    (FaultKind::Auth, format!("The host does not accept who we are ({said}). Check the account."))
                }
                408 | 425 => (FaultKind::HostFault, format!("The host was not ready ({said}). Retry later.")),
                413 => (FaultKind::TooLarge, format!("The image is too large for the host ({said}). Make it smaller.")),
                429 => (FaultKind::RateLimited, format!("The host asks to wait ({said}).")),
                503 if wait_ms.is_some() => (FaultKind::RateLimited, format!("The host asks to wait ({said}).")),
                507 => (FaultKind::Quota, format!("The host has no room left ({said}). Free some, or wait.")),
                400..=499 => return Err(self.refusal(host)),
                _ => (FaultKind::HostFault, format!("The host failed ({said}). Retry later.")),
            }
        };
        Err(fault(kind, &words, host).with_wait_ms(wait_ms))
    }

    fn redirect(&self, host: &str) -> Fault {
        let location = self.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        match location.and_then(|location| self.url.join(location).ok()) {
            Some(to) if to.origin() != self.url.origin() => {
                let words = format!(
                    "The host sends us on to {}, which its definition does not allow; nothing was sent there. \
                     Get a newer definition.",
                    to.origin().ascii_serialization()
                );
                fault(FaultKind::Rejected, &words, host)
            }
            _ => fault(FaultKind::HostFault, "The host sends us around in circles. Retry later.", host),
        }
    }

    /// How long the host wants to be left alone, whichever way it says so.
    fn wait_ms(&self) -> Option<Millis> {
        self.retry_after_ms().or_else(|| self.rest_ms())
    }

    /// How long the host takes no more requests, as it says in an answer that is good otherwise. The names are those of
    /// draft-ietf-httpapi-ratelimit-headers, of Laravel (Lsky Pro) and of imgur.
    pub fn rest_ms(&self) -> Option<Millis> {
        let number = |name: &str| self.headers.get(name)?.to_str().ok()?.trim().parse::<Millis>().ok();
        if !REMAINING.iter().any(|name| number(name) == Some(0)) {
            return None;
        }
        let reset = RESET.iter().find_map(|name| number(name));
        Some(match reset {
            // Some count from now, some since 1970.
            Some(at) if at > SECONDS_SINCE_1970_MIN => {
                at.saturating_mul(1_000).saturating_sub(jiff::Timestamp::now().as_millisecond()).max(0)
            }
            Some(seconds) => seconds.max(0).saturating_mul(1_000),
            None => REST_MS,
        })
    }

    /// Seconds or a date (RFC 9110, 10.2.3).
    fn retry_after_ms(&self) -> Option<Millis> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse::<u32>() {
            return Some(Millis::from(seconds).saturating_mul(1_000));
        }
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond();
        Some(at.saturating_sub(jiff::Timestamp::now().as_millisecond()).max(0))
    }

    pub fn is_html(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let begin = String::from_utf8_lossy(self.body.get(..64).unwrap_or(&self.body)).trim_start().to_lowercase();
        kind.is_some_and(|kind| kind.starts_with("text/html"))
            || begin.starts_with("<!doctype html")
            || begin.starts_with("<html")
    }

    /// Cloudflare's page for browsers
    /// (<https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/>).
    fn is_challenge(&self) -> bool {
        let marked = self.headers.get("cf-mitigated").is_some_and(|value| value == "challenge");
        let blocks = [403, 503].contains(&self.status.as_u16()) && self.is_html();
        marked || blocks && String::from_utf8_lossy(&self.body).contains("Just a moment")
    }

    /// `: ` and the host's own words, when it has any for people.
    fn words(&self) -> String {
        let words = match self.json() {
            Some(json) => json_words(json, 3),
            None if self.is_html() => None,
            None => String::from_utf8(self.body.clone()).ok().filter(|text| !text.contains('<')),
        };
        let words = words.map(|words| said(&words)).filter(|words| !words.is_empty());
        words.map_or(String::new(), |words| format!(": {words}"))
    }
}

/// The first text for people, at most `depth` tables deep.
fn json_words(json: &Value, depth: usize) -> Option<String> {
    match json {
        Value::String(text) if !text.contains('<') => Some(text.clone()),
        Value::Array(values) if depth > 0 => values.iter().find_map(|value| json_words(value, depth - 1)),
        Value::Object(map) if depth > 0 => {
            WORDS_KEYS.iter().filter_map(|key| map.get(*key)).find_map(|value| json_words(value, depth - 1))
        }
        _ => None,
    }
}

/// What is shown of a host's own words.
pub(super) fn said(words: &str) -> String {
    one_line(words, WORDS_MAX).trim_end_matches('.').to_owned()
}

/// Whether `value` can be kept as one that an answer gave: it is short, on one line, and does nothing but be seen.
pub(super) fn is_value(value: &str) -> bool {
    value.len() <= VALUE_BYTES_MAX && !value.contains(is_unprintable)
}

/// `value` as a link that can be put into a post, as the parser of URLs writes it; `None` when it is none.
pub(super) fn link(value: &str) -> Option<String> {
    /// What would end the place in a post where the link stands. In the brackets of an address there is nothing of it.
    const ENDS: &AsciiSet = &CONTROLS.add(b'[').add(b']').add(b'<').add(b'>').add(b'"').add(b'\'').add(b'`').add(b'\\');
    if value.contains(char::is_whitespace) || !is_value(value) {
        return None;
    }
    let url = web_url(value).filter(|url| url.username().is_empty() && url.password().is_none())?;
    let (path, _) = url.as_str().match_indices('/').nth(2)?;
    let (origin, path) = url.as_str().split_at(path);
    Some(format!("{origin}{}", utf8_percent_encode(path, ENDS))).filter(|link| is_value(link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::definition::{Definition, Kind};
    use crate::hosts::testing::SCRIPTED;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().expect("a header")));
        let url = Url::parse("http://a.example/x").expect("a URL");
        let status = StatusCode::from_u16(status).expect("a status");
        Answer::new(url, status, headers.collect(), body.as_bytes().to_vec())
    }

    const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

    #[test]
    fn hosts_say_when_no_more_requests_are_left() {
        let rest = |headers: &[(&'static str, &str)]| answer(200, headers, "{}").rest_ms();
        assert_eq!(rest(&[]), None);
        assert_eq!(rest(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "9")]), None);
        assert_eq!(rest(&[("x-ratelimit-remaining", "0")]), Some(REST_MS));
        assert_eq!(rest(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "9")]), Some(9_000));
        let at = (jiff::Timestamp::now().as_second() + 100).to_string();
        let until = rest(&[("x-ratelimit-userremaining", "0"), ("x-ratelimit-userreset", &at)]);
        assert!(until.is_some_and(|ms| (90_000..=100_000).contains(&ms)), "{until:?}");
        assert_eq!(rest(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "soon")]), Some(REST_MS));
    }

    #[test]
    fn every_answer_has_its_kind_and_words() {
        use FaultKind::{Auth, Challenge, HostFault, Quota, RateLimited, Rejected, TooLarge};
        let definition = Definition::parse(SCRIPTED).expect("good");
        let step = definition.steps(Kind::Upload).first().expect("a step");
        let long = "x".repeat(500);
        for (status, headers, body, kind, words) in [
            (429, &[] as &[_], "", RateLimited, "429"),
            (429, &[("retry-after", "7")], r#"{"message":"slow down"}"#, RateLimited, "slow down"),
            (503, &[("retry-after", "7")], "", RateLimited, "wait"),
            (503, &[], "", HostFault, "503"),
            (403, &[("cf-mitigated", "challenge")], "", Challenge, "browser"),
            (403, &[HTML], "<html><title>Just a moment...</title>", Challenge, "browser"),
            (503, &[HTML], "<html><title>Just a moment...</title>", Challenge, "browser"),
            (401, &[], r#"{"error":{"message":"bad key","code":1}}"#, Auth, "401: bad key"),
            (403, &[HTML], "<html>no</html>", Auth, "(403)"),
            (507, &[], "", Quota, "room"),
            (413, &[], "", TooLarge, "413"),
            (400, &[], r#"{"status":"error","message":"Bad\n\tname."}"#, Rejected, "refused it: Bad name."),
            (404, &[], "no such gallery", Rejected, "no such gallery"),
            (409, &[], r#"{"errors":[{"detail":"twice"}]}"#, Rejected, "twice"),
            (415, &[HTML], "<html>long</html>", Rejected, "refused it."),
            (422, &[], long.as_str(), Rejected, "xxx…."),
            (418, &[], "", Rejected, "refused"),
            (408, &[], "", HostFault, "408"),
            (500, &[], r#"{"error":"<b>boom</b>"}"#, HostFault, "(500)"),
            (302, &[("location", "http://evil.example/a?secret=1")], "", Rejected, "to http://evil.example,"),
            (302, &[("location", "/x")], "", HostFault, "circles"),
            (200, &[], "", HostFault, "no sense"),
            (200, &[], r#"{"show_url":"http"#, HostFault, "no sense"),
            (200, &[HTML], "<html></html>", HostFault, "web page"),
            (200, &[], "<!DOCTYPE html><p>", HostFault, "web page"),
        ] {
            let fault = answer(status, headers, body).check(step, &[], "Some host").expect_err("a fault");
            assert_eq!(fault.kind, kind, "{status} {body}");
            assert!(fault.words.contains(words), "{status}: {fault}");
            assert!(fault.words.ends_with(" Host: Some host") && !fault.words.contains('<'), "{fault}");
            assert!(!fault.words.contains("secret") && fault.words.chars().count() < 300, "{fault}");
            assert_eq!(fault.wait_ms, (headers == [("retry-after", "7")]).then_some(7_000), "{status}");
        }
    }

    #[test]
    fn a_date_to_wait_for_is_understood() {
        for (date, range) in
            [("Tue, 31 Dec 2199 23:59:59 GMT", 1_000..Millis::MAX), ("Sun, 06 Nov 1994 08:49:37 GMT", 0..1)]
        {
            let wait = answer(429, &[("retry-after", date)], "").wait_ms().expect(date);
            assert!(range.contains(&wait), "{date}: {wait}");
        }
        assert_eq!(answer(429, &[("retry-after", "soon")], "").wait_ms(), None);
    }

    #[test]
    fn success_and_failure_are_what_the_definition_says() {
        let text = SCRIPTED.replace(
            "[[upload]]",
            "[[failure]]\nstatus = 409\nkind = 'expired'\n[[failure]]\npath = '/code'\nequals = '9'\nkind = 'quota'\nwords = 'Full.'\n\
             [[upload]]\nsuccess = { path = '/ok', equals = 'true', status = [404] }",
        );
        let definition = Definition::parse(&text).expect("good");
        let step = definition.steps(Kind::Upload).first().expect("a step");
        let outcome = |status, body: &str| {
            let outcome = answer(status, &[], body).check(step, &definition.failures, "h");
            outcome.map_err(|fault| (fault.kind, fault.words))
        };
        assert_eq!(outcome(404, r#"{"ok":true}"#), Ok(()));
        let refused = outcome(404, r#"{"ok":false,"error":"full"}"#);
        assert_eq!(refused, Err((FaultKind::Rejected, "The host refused it: full. Host: h".to_owned())));
        assert_eq!(outcome(404, r#"{"error":1}"#).map_err(|(kind, _)| kind), Err(FaultKind::HostFault));
        assert_eq!(outcome(409, "{}").map_err(|(kind, _)| kind), Err(FaultKind::Expired));
        assert_eq!(outcome(404, r#"{"ok":true,"code":9}"#), Err((FaultKind::Quota, "Full. Host: h".to_owned())));
    }

    #[test]
    fn only_links_that_cannot_leave_their_place_are_links() {
        for (value, expected) in [
            ("http://x.example/a.jpg", Some("http://x.example/a.jpg")),
            ("https://x.example", Some("https://x.example/")),
            ("http://[::1]:9000/a[b]\"<c>", Some("http://[::1]:9000/a%5Bb%5D%22%3Cc%3E")),
            ("https://h?x=[/url][b]", Some("https://h/?x=%5B/url%5D%5Bb%5D")),
            ("https://h#\"><script>", Some("https://h/#%22%3E%3Cscript%3E")),
            ("http:h/[/url]", Some("http://h/%5B/url%5D")),
            ("HTTPS:\\\\H.example\\a'`", Some("https://h.example/a%27%60")),
            ("https://x.example/海\u{fe0f}", Some("https://x.example/%E6%B5%B7%EF%B8%8F")),
            ("https://x.example/a\u{202e}gpj", None),
            ("https://x.example/a\u{1b}[2J", None),
            ("https://bank.example@evil.example/", None),
            ("https://u:p@x.example/", None),
            ("/a.jpg", None),
            ("x.example/a.jpg", None),
            ("javascript:alert(1)", None),
            ("http://x.example/a b", None),
            ("http://x.example/a\nb", None),
            ("", None),
        ] {
            assert_eq!(link(value).as_deref(), expected, "{value}");
        }
        let long = |letters: usize| format!("https://x.example/{}", "a".repeat(letters));
        assert!(link(&long(16_000)).is_some() && link(&long(17_000)).is_none());
        assert_eq!(link(&format!("https://x.example/{}", "海".repeat(3_000))), None, "it grows");
    }
}
