//! What a host's answer means: a fault in words, or the values a definition takes from it. Sends nothing, reads no clock.

use bytes::Bytes;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde_json::Value as Json;

use super::definition::{Extract, Step};
use crate::core::{Fault, FaultKind, Millis};

/// The longest part of a host's own words that is shown.
const WORDS_CHARS_MAX: usize = 200;
/// The longest value that is taken from an answer.
const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Where hosts put their words, the most telling places first.
const WORDS_AT: [&str; 10] = [
    "/error/message",
    "/error_message",
    "/error",
    "/errors/0/message",
    "/errors/0",
    "/data/error",
    "/message",
    "/detail",
    "/description",
    "/status_txt",
];

/// One answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// 200, 404 …
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// What `step` takes from the answer, in the order of its definition; values that are not there are left out.
    ///
    /// # Errors
    /// What the answer means when it is no success. `host` is the host's name, for the words.
    pub fn values(&self, host: &str, step: &Step, now: Millis) -> Result<Vec<(String, String)>, Fault> {
        if !self.status.is_success() {
            return Err(self.refusal(host, now));
        }
        let json = if step.needs_json() { self.json(host)? } else { Json::Null };
        if let Some(success) = &step.success {
            match json.pointer(&success.path) {
                Some(value) if *value == success.equals => {}
                Some(_) => return Err(self.rejected(host)),
                None => return Err(self.nonsense(host, &format!("an answer without {}", success.path))),
            }
        }
        let values = step.extract.iter().filter_map(|(name, extract)| {
            let value = match extract {
                Extract::Json(path) => text_of(json.pointer(path)?)?,
                Extract::Header(header) => self.headers.get(header)?.to_str().ok()?.trim().to_owned(),
                Extract::Body => self.text().trim().to_owned(),
            };
            (!value.is_empty() && value.len() <= VALUE_BYTES_MAX).then(|| (name.clone(), value))
        });
        Ok(values.collect())
    }

    /// The host said that all is well, but `what` does not fit.
    pub fn nonsense(&self, host: &str, what: &str) -> Fault {
        let words = format!("{host} sent {what}{}. Retry later; if it stays so, the host has changed.", self.quoted());
        Fault::new(FaultKind::HostFault, words)
    }

    fn json(&self, host: &str) -> Result<Json, Fault> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let what = match (self.body.is_empty(), self.is_html(), error.is_eof()) {
                (true, ..) => "an empty answer",
                (_, true, _) => "a web page instead of data",
                (.., true) => "an answer that ends too early",
                _ => "an answer that is no JSON",
            };
            self.nonsense(host, what)
        })
    }

    /// What a status that is no success means.
    fn refusal(&self, host: &str, now: Millis) -> Fault {
        let (status, wait_ms) = (self.status.as_u16(), self.wait_ms(now));
        let said = || format!("{}{}", self.status_in_words(), self.quoted());
        if self.is_challenge() {
            let words = format!("{host} wants to see a person first. Open its site in a browser, then retry.");
            return Fault::new(FaultKind::Challenge, words);
        }
        match status {
            429 => {
                Fault::new(FaultKind::RateLimited, format!("{host} asks to be asked less often.")).with_wait_ms(wait_ms)
            }
            503 if wait_ms.is_some() => {
                let words = format!("{host} is busy and asks to wait: {}.", said());
                Fault::new(FaultKind::RateLimited, words).with_wait_ms(wait_ms)
            }
            401 | 403 => {
                let words = format!("{host} does not let BBDrop in: {}. Check the sign-in for this host.", said());
                Fault::new(FaultKind::Auth, words)
            }
            507 => {
                let words = format!("{host} has no room left: {}. Free some there, or wait.", said());
                Fault::new(FaultKind::Quota, words).with_wait_ms(wait_ms)
            }
            413 => {
                let words = format!("The image is larger than {host} takes: {}. Make it smaller, then retry.", said());
                Fault::new(FaultKind::TooLarge, words)
            }
            408 | 500..=599 => Fault::new(FaultKind::HostFault, format!("{host} failed: {}. Retry later.", said())),
            400..=499 => self.rejected(host),
            300..=399 => {
                let to = self.headers.get(LOCATION).and_then(|to| to.to_str().ok()).and_then(|to| Url::parse(to).ok());
                let to = to.map(|to| format!(" to {}", to.origin().ascii_serialization())).unwrap_or_default();
                let words = format!(
                    "{host} sends BBDrop elsewhere{to}, which is not followed. Sign in to the network, or check the host's definition."
                );
                Fault::new(FaultKind::HostFault, words)
            }
            _ => self.nonsense(host, &format!("the status {}", self.status_in_words())),
        }
    }

    fn rejected(&self, host: &str) -> Fault {
        let words = self
            .words()
            .map_or_else(|| format!("it answered {}", self.status_in_words()), |words| format!("“{words}”"));
        Fault::new(FaultKind::Rejected, format!("{host} does not take it: {words}."))
    }

    /// Cloudflare's page for people (<https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/>).
    fn is_challenge(&self) -> bool {
        let mitigated = self.headers.get("cf-mitigated").is_some_and(|value| value.as_bytes() == b"challenge");
        let is_blocking = matches!(self.status.as_u16(), 403 | 503);
        mitigated || (is_blocking && self.is_html() && self.text().contains("Just a moment"))
    }

    /// `Retry-After`: seconds or a date (RFC 9110, 10.2.3).
    fn wait_ms(&self, now: Millis) -> Option<Millis> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse::<u64>() {
            return Some(Millis::try_from(seconds).unwrap_or(Millis::MAX).saturating_mul(1000));
        }
        let date = DateTimeParser::new().parse_timestamp(value).ok()?;
        Some(date.as_millisecond().saturating_sub(now).max(0))
    }

    fn status_in_words(&self) -> String {
        match self.status.canonical_reason() {
            Some(reason) => format!("{} {reason}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }

    /// The host's own words, after a colon, when there are any.
    fn quoted(&self) -> String {
        self.words().map(|words| format!(": “{words}”")).unwrap_or_default()
    }

    fn words(&self) -> Option<String> {
        let json: Option<Json> = serde_json::from_slice(&self.body).ok();
        let words = match &json {
            Some(json) => {
                WORDS_AT.into_iter().find_map(|path| json.pointer(path)?.as_str()).or(json.as_str())?.to_owned()
            }
            None if self.is_html() => return None,
            None => self.text(),
        };
        let words = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let words = words.collect::<Vec<_>>().join(" ");
        let words = words.trim_end_matches('.');
        match words.char_indices().nth(WORDS_CHARS_MAX) {
            Some((end, _)) => Some(format!("{}…", words.get(..end).unwrap_or_default())),
            None => (!words.is_empty()).then(|| words.to_owned()),
        }
    }

    fn is_html(&self) -> bool {
        let is_said = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        is_said.is_some_and(|value| value.to_ascii_lowercase().contains("html"))
            || self.body.trim_ascii_start().starts_with(b"<")
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Whether a person can open it as it is.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let is_safe = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>".contains(c));
    is_safe && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::hosts::Definition;
    use crate::hosts::definition::tests::scripted;

    /// 1994-11-06 08:49:07 UTC, half a minute before the date in RFC 9110.
    const NOW: Millis = 784_111_747_000;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::try_from(*name).expect("name"), HeaderValue::try_from(*value).expect("value"))
        });
        let status = StatusCode::from_u16(status).expect("status");
        Answer { status, headers: headers.collect(), body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn step(extra: &str) -> Step {
        let text = scripted("h").replace("[[close]]", &format!("{extra}\n[[close]]"));
        Definition::parse(&text).expect("good").upload
    }

    #[test]
    fn every_refusal_has_its_kind_and_the_hosts_own_words() {
        use FaultKind::{Auth, Challenge, HostFault, Quota, RateLimited, Rejected, TooLarge};
        let html = [("content-type", "text/html; charset=utf-8")];
        let json = [("content-type", "application/json")];
        for (answer, kind, wait_ms, words) in [
            (answer(429, &[], ""), RateLimited, None, "less often"),
            (answer(429, &[("retry-after", "7")], "{}"), RateLimited, Some(7_000), "less often"),
            (answer(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], ""), RateLimited, Some(30_000), "busy"),
            (answer(503, &[("retry-after", "Sun, 06 Nov 1994 08:48:37 GMT")], ""), RateLimited, Some(0), "busy"),
            (answer(503, &[("retry-after", "soon")], ""), HostFault, None, "503"),
            (answer(503, &html, "<title>Just a moment...</title>"), Challenge, None, "browser"),
            (answer(403, &html, "<title>Just a moment...</title>"), Challenge, None, "browser"),
            (answer(429, &[("cf-mitigated", "challenge")], ""), Challenge, None, "browser"),
            (answer(401, &json, r#"{"error":{"message":"Bad key."}}"#), Auth, None, "“Bad key”"),
            (answer(403, &html, "<h1>No</h1>"), Auth, None, "403 Forbidden. Check"),
            (answer(507, &[], ""), Quota, None, "no room"),
            (answer(413, &[], ""), TooLarge, None, "larger"),
            (answer(400, &json, r#"{"message":"bad\n name"}"#), Rejected, None, "“bad name”"),
            (answer(404, &[], ""), Rejected, None, "404 Not Found"),
            (answer(415, &[], "no such\ttype"), Rejected, None, "“no such type”"),
            (answer(422, &json, r#"{"errors":["one","two"]}"#), Rejected, None, "“one”"),
            (answer(418, &html, "<b>teapot</b>"), Rejected, None, "418 I'm a teapot."),
            (answer(408, &[], ""), HostFault, None, "408"),
            (answer(500, &json, r#"{"error":"boom"}"#), HostFault, None, "“boom”"),
            (answer(502, &html, "<html>"), HostFault, None, "502 Bad Gateway. Retry"),
            (answer(599, &[], ""), HostFault, None, "599"),
            (
                answer(302, &[("location", "https://x.example/a?b=c")], ""),
                HostFault,
                None,
                "to https://x.example, which",
            ),
            (answer(304, &[], ""), HostFault, None, "elsewhere"),
        ] {
            let fault = answer.values("Host", &step(""), NOW).expect_err("refused");
            assert_eq!((fault.kind, fault.wait_ms), (kind, wait_ms), "{answer:?}");
            assert!(fault.words.contains(words) && fault.words.contains("Host"), "{}", fault.words);
            assert!(!fault.words.contains('<') && fault.words.ends_with('.'), "{}", fault.words);
        }
    }

    #[test]
    fn long_words_are_cut() {
        let fault = answer(400, &[], &"ö".repeat(500)).values("Host", &step(""), NOW).expect_err("refused");
        assert_eq!(fault.words.matches('ö').count(), WORDS_CHARS_MAX);
    }

    #[test]
    fn a_success_that_makes_no_sense_is_the_hosts_fault() {
        for (body, words) in [
            ("", "an empty answer"),
            ("<!DOCTYPE html><html>", "a web page instead of data"),
            ("{\"show_url\": \"http", "ends too early"),
            ("thanks!", "no JSON: “thanks!”"),
        ] {
            let fault = answer(200, &[], body).values("Host", &step(""), NOW).expect_err(body);
            assert_eq!(fault.kind, FaultKind::HostFault, "{body}");
            assert!(fault.words.contains(words), "{}", fault.words);
        }
    }

    #[test]
    fn values_are_taken_as_the_definition_says() {
        let body = r#"{"show_url": " http://h/1 ", "th_url": null, "direct_url": 7}"#;
        let values = answer(201, &[], body).values("Host", &step(""), NOW).expect("success");
        assert_eq!(values, [("link", " http://h/1 "), ("direct", "7")].map(|(n, v)| (n.to_owned(), v.to_owned())));

        let text = scripted("h")
            .replace("link = \"json:/show_url\"", "link = \"body\"")
            .replace("thumb = \"json:/th_url\", direct = \"json:/direct_url\"", "thumb = \"header:X-Thumb\"");
        let step = Definition::parse(&text).expect("good").upload;
        let values = answer(200, &[("x-thumb", "http://h/t")], "http://h/1\n").values("Host", &step, NOW);
        let expected = [("link", "http://h/1"), ("thumb", "http://h/t")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(values.expect("success"), expected);
    }

    #[test]
    fn a_success_must_be_one() {
        let step = step("success = { path = \"/ok\", equals = true }");
        let values = |body: &str| answer(200, &[], body).values("Host", &step, NOW);
        values(r#"{"ok": true}"#).expect("success");
        let fault = values(r#"{"ok": false, "message": "wrong format"}"#).expect_err("refused");
        assert_eq!((fault.kind, fault.words.as_str()), (FaultKind::Rejected, "Host does not take it: “wrong format”."));
        assert_eq!(values(r#"{"fine": true}"#).expect_err("nonsense").kind, FaultKind::HostFault);
    }

    #[test]
    fn web_addresses_are_absolute_and_harmless() {
        for good in ["http://h/1", "https://h.example:8080/a%20b?c=d#e", "https://例え.jp/海"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in
            ["", "/show/1", "ftp://h/1", "javascript:alert(1)", "http://", "http://h/a b", "http://h/\"onload=", "h/1"]
        {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
