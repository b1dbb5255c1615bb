//! The address of a request: what `ShareX` changes in it when a file is read, and how it is put together.

use std::net::Ipv6Addr;

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::evaluate::RESERVED;
use super::fields::Written;

/// Moves the query of `url` to `parameters`; what is there already stays. Names without a value get an empty one.
pub(super) fn move_query(url: &mut Written, parameters: &mut Vec<(String, Written)>) {
    let Some((address, query)) = url.text.split_once('?') else { return };
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    // A name that is itself made by a call would be lost as a parameter: only values are filled.
    if pairs.is_empty() || pairs.iter().any(|(name, _)| name.contains(['{', '}', '$', '|'])) {
        return;
    }
    let kept = parameters.len();
    for (name, value) in pairs {
        if parameters.iter().take(kept).any(|(known, _)| *known == name) {
            continue;
        }
        let mut moved = parameters.iter_mut().skip(kept);
        if let Some((_, written)) = moved.find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            written.text = format!("{},{value}", written.text);
            continue;
        }
        parameters.push((name, Written { text: value, spot: url.spot.clone() }));
    }
    url.text = address.to_owned();
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// `url` with a scheme: `https` when it has none.
pub(super) fn with_scheme(url: &str) -> String {
    let url = url.trim();
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if has_scheme { url.to_owned() } else { format!("https://{}", url.trim_start_matches('/')) }
}

/// What is wrong with an address, in words.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It is for another kind of server.
    Scheme(String),
    /// It names none.
    Host(String),
}

impl Wrong {
    pub fn words(self) -> String {
        match self {
            Self::Scheme(words) | Self::Host(words) => words,
        }
    }
}

/// # Errors
/// What is wrong with an address that is ready to be used.
pub(super) fn check(url: &str) -> Result<(), Wrong> {
    let url = with_scheme(url);
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(Wrong::Scheme(format!("{scheme}:// cannot be used, only http:// and https://")));
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_brackets = host.strip_prefix('[').and_then(|host| host.split_once(']')).map(|(inner, _)| inner);
    let is_no_number = host.contains(['[', ']']) && in_brackets.is_none_or(|host| host.parse::<Ipv6Addr>().is_err());
    if is_no_number
        || host.is_empty()
        || host.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\^`{|}".contains(c))
    {
        return Err(Wrong::Host(format!("“{host}” is no host")));
    }
    Ok(())
}

/// The host's name without `www.`, for display.
pub(super) fn host(url: &str) -> String {
    let url = with_scheme(url);
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}

/// Appends parameters; one without a value becomes a bare name.
pub(super) fn with_query(url: &str, parameters: &[(String, String)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let pairs = parameters.iter().filter(|(name, _)| !name.is_empty()).map(|(name, value)| match value.as_str() {
        "" => encoded(name),
        value => format!("{}={}", encoded(name), encoded(value)),
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    match (query.as_str(), url.contains('?')) {
        ("", _) => url.to_owned(),
        (query, false) => format!("{url}?{query}"),
        (query, true) if url.ends_with(['?', '&']) => format!("{url}{query}"),
        (query, true) => format!("{url}&{query}"),
    }
}
