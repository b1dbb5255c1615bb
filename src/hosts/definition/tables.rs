//! The tables of a definition: who the host is, what it takes, what a person may choose, where it is.

use std::collections::BTreeMap;

use super::step::check_success;
use super::written::{self, Pairs};
use super::{Also, Failure, Origin, Problem, Secret, origin_url, web_url};
use crate::core::host::{Limits, Retry};
use crate::core::printable::is_unprintable;
use crate::core::queue::DEFAULT_HOST;
use crate::core::{FaultKind, HostFacts, HostOption, HostSecret, Takes};
use crate::hosts::lookup::Pattern;
use crate::hosts::names::NameRules;
use crate::hosts::values::{characters, is_name};

/// Endings of image files that a host can be said to take.
const FORMATS: [&str; 9] = ["avif", "bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

pub(super) fn home(host: &written::Host) -> Result<Option<String>, Problem> {
    match &host.home {
        Some(home) if web_url(home).is_none() => Err(Problem::at("host.home", "is no http:// or https:// URL")),
        home => Ok(home.clone()),
    }
}

pub(super) fn gallery_images_max(limits: &written::Limits) -> Result<Option<u32>, Problem> {
    let max = within("limits.gallery_images_max", limits.gallery_images_max, 1, 1_000_000)?;
    Ok(max.and_then(|max| u32::try_from(max).ok()))
}

pub(super) fn facts(
    host: &written::Host,
    limits: &written::Limits,
    retry: &written::Retry,
) -> Result<HostFacts, Problem> {
    check_id(&host.id).map_err(|words| Problem::at("host.id", words))?;
    if host.name.trim().is_empty() || host.name.chars().count() > 60 || host.name.contains(is_unprintable) {
        return Err(Problem::at("host.name", "takes 1 to 60 characters on one line"));
    }
    let most = u64::from(u32::MAX);
    let default = Limits::default();
    let number = |value: Option<u64>| value.and_then(|value| u32::try_from(value).ok());
    let limits = Limits {
        parallel_images: within("limits.parallel_images", limits.parallel_images, 1, 16)?
            .and_then(|images| usize::try_from(images).ok())
            .unwrap_or(default.parallel_images),
        requests_per_second: number(within("limits.requests_per_second", limits.requests_per_second, 1, most)?),
        requests_per_hour: number(within("limits.requests_per_hour", limits.requests_per_hour, 1, most)?),
        image_bytes_max: within("limits.image_bytes_max", limits.image_bytes_max, 1, u64::MAX)?,
    };
    Ok(HostFacts { limits, retry: retry_of(retry)?, ..HostFacts::named(&host.id, host.name.trim()) })
}

/// Whether a host can be known by `id`.
///
/// # Errors
/// Says what it takes.
pub fn check_id(id: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if id.is_empty() || id.len() > 40 || !id.chars().all(good) {
        return Err("takes up to 40 small letters, digits, - and _".to_owned());
    }
    if id == DEFAULT_HOST {
        return Err(format!("“{DEFAULT_HOST}” is taken by the folder on this computer"));
    }
    Ok(())
}

fn retry_of(written: &written::Retry) -> Result<Retry, Problem> {
    /// An hour.
    const MS_MAX: u64 = 3_600_000;
    let default = Retry::default();
    let ms = |key, value, default| -> Result<i64, Problem> {
        Ok(within(key, value, 1, MS_MAX)?.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(default))
    };
    let count = |key, value, default| -> Result<u32, Problem> {
        Ok(within(key, value, 1, 100)?.and_then(|count| u32::try_from(count).ok()).unwrap_or(default))
    };
    let retry = Retry {
        first_ms: ms("retry.first_ms", written.first_ms, default.first_ms)?,
        max_ms: ms("retry.max_ms", written.max_ms, default.max_ms)?,
        network_attempts: count("retry.network_attempts", written.network_attempts, default.network_attempts)?,
        host_fault_attempts: count(
            "retry.host_fault_attempts",
            written.host_fault_attempts,
            default.host_fault_attempts,
        )?,
        breaker_failures: count("retry.breaker_failures", written.breaker_failures, default.breaker_failures)?,
        breaker_ms: ms("retry.breaker_ms", written.breaker_ms, default.breaker_ms)?,
        quota_ms: ms("retry.quota_ms", written.quota_ms, default.quota_ms)?,
    };
    if retry.first_ms > retry.max_ms {
        return Err(Problem::at("retry.first_ms", "is longer than retry.max_ms"));
    }
    Ok(retry)
}

fn within(key: &str, value: Option<u64>, min: u64, max: u64) -> Result<Option<u64>, Problem> {
    match value {
        Some(value) if !(min..=max).contains(&value) => {
            Err(Problem::at(key, format!("takes a whole number from {min} to {max}, not {value}")))
        }
        _ => Ok(value),
    }
}

pub(super) fn names(limits: &written::Limits) -> Result<NameRules, Problem> {
    let chars_max = within("limits.name_chars_max", limits.name_chars_max, 4, 1000)?;
    let allowed = limits.name_chars.as_deref().map(|ranges| {
        characters(ranges)
            .ok_or_else(|| Problem::at("limits.name_chars", "takes characters and ranges, as in A-Za-z0-9 _-"))
    });
    let default = NameRules::default();
    Ok(NameRules {
        chars_max: chars_max.and_then(|max| usize::try_from(max).ok()).unwrap_or(default.chars_max),
        allowed: allowed.transpose()?,
    })
}

pub(super) fn formats(written: Option<Vec<String>>) -> Result<Option<Vec<String>>, Problem> {
    let Some(formats) = written else { return Ok(None) };
    match formats.iter().enumerate().find(|(_, format)| !FORMATS.contains(&format.as_str())) {
        Some((n, format)) => {
            let words = format!("takes {}, not “{format}”", FORMATS.join(", "));
            Err(Problem::at(&format!("limits.formats.{n}"), words))
        }
        None => Ok(Some(formats)),
    }
}

/// The places, and the options by which the person says that they are elsewhere.
pub(super) fn origins(written: Pairs<written::Origin>) -> Result<(BTreeMap<String, Origin>, Vec<HostOption>), Problem> {
    let (mut origins, mut options) = (BTreeMap::new(), Vec::new());
    for (name, origin) in written.0 {
        let key = format!("origins.{name}");
        if !is_name(&name) {
            return Err(Problem::at(&key, "a name has small letters, digits and _"));
        }
        let table = match origin {
            written::Origin::Url(url) => written::OriginTable { url, also: Vec::new(), label: None },
            written::Origin::Table(table) => table,
        };
        let url = match table.url.as_str() {
            "" if table.label.is_some() => None,
            text => Some(origin_url(text).ok_or_else(|| {
                Problem::at(&key, format!("takes an http:// or https:// URL without user, ? and #, not “{text}”"))
            })?),
        };
        let also = table.also.iter().map(|text| {
            let words = format!("takes https://*.HOST.TLD, not “{text}”");
            Also::parse(text).ok_or_else(|| Problem::at(&format!("{key}.also"), words))
        });
        let also = also.collect::<Result<_, _>>()?;
        options.push(HostOption {
            label: table.label.unwrap_or_else(|| format!("Address of {name}")),
            takes: Takes::Url,
            default: url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()).unwrap_or_default(),
            key,
        });
        origins.insert(name, Origin { url, also });
    }
    Ok((origins, options))
}

pub(super) fn own_options(written: Pairs<written::HostOption>) -> Result<Vec<HostOption>, Problem> {
    let mut options = Vec::new();
    for (name, option) in written.0 {
        let key = format!("options.{name}");
        if !is_name(&name) {
            return Err(Problem::at(&key, "a name has small letters, digits and _"));
        }
        let takes = match (option.choices, option.min, option.max, option.switch) {
            (None, None, None, false) => Takes::Text,
            (None, None, None, true) => Takes::Switch,
            (Some(choices), None, None, false) if !choices.0.is_empty() => Takes::Choice(choices.0),
            (None, Some(min), Some(max), false) if min <= max => Takes::Number(min, max),
            _ => return Err(Problem::at(&key, "has choices, or min and max, or switch = true, or none of them")),
        };
        let default = match (&takes, option.default.as_str()) {
            (Takes::Switch, "") => "false".to_owned(),
            (_, "") => String::new(),
            (takes, default) => {
                takes.read("default", default).map_err(|words| Problem::at(&format!("{key}.default"), words))?
            }
        };
        options.push(HostOption { key, label: option.label, takes, default });
    }
    Ok(options)
}

pub(super) fn secrets(written: Pairs<written::Secret>) -> Result<Vec<Secret>, Problem> {
    let secret = |(name, secret): (String, written::Secret)| {
        if is_name(&name) {
            Ok(Secret { name, label: secret.label, is_optional: secret.optional, is_given: secret.given })
        } else {
            Err(Problem::at(&format!("secrets.{name}"), "a name has small letters, digits and _"))
        }
    };
    written.0.into_iter().map(secret).collect()
}

pub(super) fn rewrites(written: Vec<written::Rewrite>) -> Result<Vec<(Pattern, String)>, Problem> {
    let rewrite = |(n, rewrite): (usize, written::Rewrite)| {
        let pattern = Pattern::new(&rewrite.pattern);
        Ok((pattern.map_err(|words| Problem::at(&format!("rewrite.{n}.match"), words))?, rewrite.with))
    };
    written.into_iter().enumerate().map(rewrite).collect()
}

pub(super) fn failures(written: Vec<written::Failure>) -> Result<Vec<Failure>, Problem> {
    /// What a definition may make of an answer.
    const KINDS: [FaultKind; 8] = [
        FaultKind::RateLimited,
        FaultKind::HostFault,
        FaultKind::Challenge,
        FaultKind::Auth,
        FaultKind::Quota,
        FaultKind::Expired,
        FaultKind::Rejected,
        FaultKind::TooLarge,
    ];
    let failure = |(n, failure): (usize, written::Failure)| {
        let place = format!("failure.{n}");
        let kind = KINDS.into_iter().find(|kind| kind.name() == failure.kind).ok_or_else(|| {
            let kinds = KINDS.map(FaultKind::name).join(", ");
            Problem::at(&format!("{place}.kind"), format!("takes {kinds}, not “{}”", failure.kind))
        })?;
        if failure.status.is_none() && failure.path.is_none() && failure.matches.is_none() {
            return Err(Problem::at(&place, "says when: status, path (with equals) or matches"));
        }
        let when = written::Success {
            status: failure.status.into_iter().collect(),
            path: failure.path,
            equals: failure.equals,
            matches: failure.matches,
        };
        Ok(Failure { when: check_success(&place, when)?, kind, words: failure.words })
    };
    written.into_iter().enumerate().map(failure).collect()
}

pub(super) fn check_pointer(key: &str, pointer: &str) -> Result<(), Problem> {
    let good = pointer.is_empty() || pointer.starts_with('/');
    if good {
        Ok(())
    } else {
        Err(Problem::at(key, format!("a JSON pointer begins with /, as in /data/url, not “{pointer}”")))
    }
}

/// What a person is asked for.
pub(super) fn asked_for(secrets: &[Secret]) -> Vec<HostSecret> {
    let asked = secrets.iter().filter(|secret| !secret.is_given);
    let asked = asked.map(|Secret { name, label, is_optional, .. }| HostSecret {
        name: name.clone(),
        label: label.clone(),
        is_optional: *is_optional,
    });
    asked.collect()
}
