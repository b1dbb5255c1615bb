//! What goes with a gallery at an HTTP host: the galleries it is there, their values and cookies. Stored as JSON.

use std::collections::BTreeMap;

use cookie_store::CookieStore;
use reqwest::Url;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};

use crate::core::gallery::Session;
use crate::core::{Fault, FaultKind};

/// Most cookies that one gallery keeps, and their bytes.
const COOKIES_MAX: usize = 50;
const COOKIE_BYTES_MAX: usize = 8 * 1024;

/// A gallery of ours, as its host has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Fingerprint of the definition it was opened with: it goes on with that one.
    pub definition: String,
    /// What the person had chosen.
    pub options: BTreeMap<String, String>,
    /// One for each gallery at the host: more than one where it takes only so many images in each.
    pub parts: Vec<Part>,
}

/// One gallery at the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// What was extracted, by its names, and `name`.
    pub vars: BTreeMap<String, String>,
    /// Its page.
    #[serde(default)]
    pub link: String,
    /// As `Set-Cookie` says them, each with the URL that it came from.
    #[serde(default)]
    pub cookies: Vec<(String, String)>,
}

impl State {
    /// # Errors
    /// When it is none.
    pub fn read(session: &Session, host: &str) -> Result<Self, Fault> {
        serde_json::from_str(&session.0).map_err(|error| {
            let words = format!(
                "The gallery's session cannot be read ({error}). Reset the gallery to upload it anew. Host: {host}"
            );
            Fault::new(FaultKind::Rejected, words)
        })
    }

    /// # Errors
    /// Never in practice.
    pub fn write(&self) -> Result<Session, Fault> {
        serde_json::to_string(self).map(Session).map_err(|error| Fault::new(FaultKind::HostFault, error.to_string()))
    }
}

impl Part {
    /// The cookies for a request to `url`.
    pub fn cookie_header(&self, url: &Url) -> Option<HeaderValue> {
        if self.cookies.is_empty() {
            return None;
        }
        let mut store = CookieStore::default();
        for (from, cookie) in &self.cookies {
            if let Ok(from) = Url::parse(from) {
                let _ = store.parse(cookie, &from); // What is none is not sent.
            }
        }
        let pairs: Vec<_> = store.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        HeaderValue::from_str(&pairs.join("; ")).ok().filter(|value| !value.is_empty())
    }

    /// Keeps the cookies of an answer from `url`; a later one of the same name takes the place of an earlier one.
    pub fn keep_cookies(&mut self, url: &Url, headers: &HeaderMap) {
        let mut from = url.clone();
        from.set_query(None);
        for cookie in headers.get_all(SET_COOKIE) {
            let Some(cookie) = cookie.to_str().ok().filter(|cookie| cookie.len() <= COOKIE_BYTES_MAX) else { continue };
            let name = |cookie: &str| cookie.split('=').next().unwrap_or_default().trim().to_owned();
            self.cookies.retain(|(_, known)| name(known) != name(cookie));
            self.cookies.push((from.to_string(), cookie.to_owned()));
        }
        let surplus = self.cookies.len().saturating_sub(COOKIES_MAX);
        self.cookies.drain(..surplus);
    }

    /// Adds the cookies to the headers of a request.
    pub fn add_cookies(&self, url: &Url, headers: &mut HeaderMap) {
        if let Some(cookies) = self.cookie_header(url).filter(|_| !headers.contains_key(COOKIE)) {
            headers.insert(COOKIE, cookies);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn cookies_go_back_to_where_they_are_from() {
        let mut headers = HeaderMap::new();
        for cookie in
            ["a=1; Path=/; HttpOnly", "b=2; Domain=.example.com; Path=/", "c=3; Domain=other.org", "d=4; Secure"]
        {
            headers.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        let mut part = Part::default();
        part.keep_cookies(&url("https://www.example.com/x?secret=1"), &headers);
        let json = serde_json::to_string(&part).expect("JSON");
        assert!(!json.contains("secret"), "{json}");
        let part: Part = serde_json::from_str(&json).expect("read again");
        let sent = |to: &str| {
            let header = part.cookie_header(&url(to)).map(|value| value.to_str().expect("text").to_owned());
            let mut pairs: Vec<_> = header.unwrap_or_default().split("; ").map(str::to_owned).collect();
            pairs.sort();
            pairs.join("; ")
        };
        assert_eq!(sent("https://www.example.com/y"), "a=1; b=2; d=4");
        assert_eq!(sent("http://www.example.com/y"), "a=1; b=2");
        assert_eq!(sent("https://s8.example.com/y"), "b=2");
        assert_eq!(sent("https://example.org/y"), "");
    }

    #[test]
    fn a_newer_cookie_takes_the_place_of_an_older_one_and_there_are_only_so_many() {
        let mut part = Part::default();
        for n in 0..200 {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, HeaderValue::from_str(&format!("a={n}; Path=/")).expect("a header"));
            headers.append(SET_COOKIE, HeaderValue::from_str(&format!("n{n}=x; Path=/")).expect("a header"));
            part.keep_cookies(&url("http://a.example/"), &headers);
        }
        assert_eq!(part.cookies.len(), COOKIES_MAX);
        let header = part.cookie_header(&url("http://a.example/z")).expect("cookies");
        assert!(header.to_str().expect("text").contains("a=199"));
    }
}
