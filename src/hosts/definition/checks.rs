//! From what is written to what can be run: every rule of the language, said in words that name the key.

use reqwest::header::HeaderName;
use reqwest::{Method, Url};

use super::raw::{self, Scalar, Table};
use super::{Content, Definition, Extract, Field, Step, Success};
use crate::core::HostFacts;
use crate::core::host::{Limits, Retry};
use crate::core::queue::DEFAULT_HOST;
use crate::hosts::value::{Scope, Value};

/// What an answer to an upload can give.
const IMAGE_RESULTS: [&str; 3] = ["link", "thumb", "direct"];
/// Headers that follow from the request itself.
const OWN_HEADERS: [&str; 6] = ["connection", "content-length", "content-type", "expect", "host", "transfer-encoding"];
/// Longest id.
const ID_BYTES_MAX: usize = 64;
/// A day.
const WAIT_MS_MAX: i64 = 86_400_000;

/// Everything that a step is checked against.
struct Context<'a> {
    origins: &'a [(String, String)],
    scope: Scope,
}

pub fn check(raw: raw::Definition) -> Result<Definition, String> {
    let (facts, home) = facts(raw.host, &raw.limits, &raw.retry)?;
    let origins = origins(raw.origins)?;
    // `name` goes with the session, as what the steps extract.
    let scope = Scope { variables: vec!["name".to_owned()], has_file: false };
    let mut context = Context { origins: &origins, scope };
    let open = gallery_steps(&mut context, "open", raw.open)?;
    let count = raw.upload.len();
    let (Some(upload), 1) = (raw.upload.into_iter().next(), count) else {
        return Err(format!("[[upload]] must be there exactly once, not {count} times"));
    };
    context.scope.has_file = true;
    let upload = step(&context, upload).and_then(upload_step).map_err(|words| format!("[[upload]]: {words}"))?;
    context.scope.has_file = false;
    let close = gallery_steps(&mut context, "close", raw.close)?;
    Ok(Definition { facts, home, open, upload, close })
}

fn facts(host: raw::Host, limits: &raw::Limits, retry: &raw::Retry) -> Result<(HostFacts, String), String> {
    let is_id = |id: &str| {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !id.is_empty() && id.len() <= ID_BYTES_MAX && id.bytes().all(known)
    };
    if !is_id(&host.id) {
        return Err(format!("host.id takes lower-case letters, digits and -, not “{}”", host.id));
    }
    if host.id == DEFAULT_HOST {
        return Err(format!("host.id “{DEFAULT_HOST}” is BBDrop's own; choose another"));
    }
    if host.name.trim().is_empty() || host.name.chars().any(char::is_control) {
        return Err("host.name must be there, for people to read".to_owned());
    }
    if !host.home.is_empty() {
        web_address("host.home", &host.home)?;
    }
    let facts = HostFacts {
        limits: self::limits(limits)?,
        retry: self::retry(retry)?,
        id: host.id,
        name: host.name.trim().to_owned(),
    };
    Ok((facts, host.home))
}

fn limits(raw: &raw::Limits) -> Result<Limits, String> {
    let default = Limits::default();
    let per = |key, value: Option<i64>| value.map(|value| whole(key, value, 1, 1_000_000)).transpose();
    let bytes = raw.image_bytes_max.map(|value| whole("limits.image_bytes_max", value, 1, i64::MAX)).transpose()?;
    let parallel = raw.parallel_images.map(|value| whole("limits.parallel_images", value, 1, 64)).transpose()?;
    Ok(Limits {
        parallel_images: parallel.unwrap_or(default.parallel_images),
        requests_per_second: per("limits.requests_per_second", raw.requests_per_second)?,
        requests_per_hour: per("limits.requests_per_hour", raw.requests_per_hour)?,
        image_bytes_max: bytes,
    })
}

fn retry(raw: &raw::Retry) -> Result<Retry, String> {
    let default = Retry::default();
    let wait = |key, value: Option<i64>, default| whole(key, value.unwrap_or(default), 0, WAIT_MS_MAX);
    let count = |key, value: Option<i64>, default: u32| whole(key, value.unwrap_or(default.into()), 1, 100);
    let retry = Retry {
        first_ms: wait("retry.first_ms", raw.first_ms, default.first_ms)?,
        max_ms: wait("retry.max_ms", raw.max_ms, default.max_ms)?,
        network_attempts: count("retry.network_attempts", raw.network_attempts, default.network_attempts)?,
        host_fault_attempts: count("retry.host_fault_attempts", raw.host_fault_attempts, default.host_fault_attempts)?,
        breaker_failures: count("retry.breaker_failures", raw.breaker_failures, default.breaker_failures)?,
        breaker_ms: wait("retry.breaker_ms", raw.breaker_ms, default.breaker_ms)?,
    };
    if retry.max_ms < retry.first_ms {
        return Err("retry.max_ms must not be less than retry.first_ms".to_owned());
    }
    Ok(retry)
}

fn whole<T: TryFrom<i64>>(key: &str, value: i64, min: i64, max: i64) -> Result<T, String> {
    let number = (min..=max).contains(&value).then(|| T::try_from(value).ok()).flatten();
    number.ok_or_else(|| format!("{key} takes a whole number from {min} to {max}, not {value}"))
}

fn web_address(key: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| format!("{key} takes an address that begins with http:// or https://, not “{text}”"))
}

fn origins(table: Table) -> Result<Vec<(String, String)>, String> {
    let mut origins = table.0;
    for (name, address) in &mut origins {
        let url = web_address(&format!("origins.{name}"), address)?;
        let has_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        if has_more || url.password().is_some() || address.contains(['{', '}']) {
            return Err(format!("origins.{name} takes scheme, host, port and path, nothing else"));
        }
        url.as_str().trim_end_matches('/').clone_into(address);
    }
    Ok(origins)
}

/// Steps whose extracts become variables of the gallery, each known to those after it.
fn gallery_steps(context: &mut Context<'_>, kind: &str, raw: Vec<raw::Step>) -> Result<Vec<Step>, String> {
    let mut steps = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let place = |words: String| format!("[[{kind}]] {}: {words}", index + 1);
        let step = step(context, raw).map_err(place)?;
        for (name, _) in &step.extract {
            if name == "name" {
                return Err(place("extract.name is taken: {gallery.name} is the gallery's title".to_owned()));
            }
            if !context.scope.variables.contains(name) {
                context.scope.variables.push(name.clone());
            }
        }
        steps.push(step);
    }
    Ok(steps)
}

fn upload_step(step: Step) -> Result<Step, String> {
    let files = match &step.body {
        Content::Multipart(fields) => fields.iter().filter(|(_, field)| matches!(field, Field::File)).count(),
        Content::Nothing | Content::Json(_) | Content::Form(_) => 0,
    };
    if files != 1 {
        return Err("multipart must have exactly one value {file}: the image".to_owned());
    }
    if !step.extract.iter().any(|(name, _)| name == "link") {
        return Err("extract must have link: where the image is".to_owned());
    }
    match step.extract.iter().find(|(name, _)| !IMAGE_RESULTS.contains(&name.as_str())) {
        Some((name, _)) => Err(format!("extract.{name} is unknown; an upload gives {}", IMAGE_RESULTS.join(", "))),
        None => Ok(step),
    }
}

fn step(context: &Context<'_>, raw: raw::Step) -> Result<Step, String> {
    let method = match raw.method.as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        other => return Err(format!("method takes GET, POST, PUT, PATCH or DELETE, not “{other}”")),
    };
    let (origin, path) = address(context, &raw.url)?;
    let mut headers = Vec::new();
    for (name, value) in values(context, "headers", raw.headers)? {
        headers.push((header(&format!("headers.{name}"), &name)?, value));
    }
    let query = values(context, "query", raw.query)?;
    let body = content(context, [("json", raw.json), ("form", raw.form), ("multipart", raw.multipart)])?;
    let success = raw.success.map(success).transpose()?;
    let extract = raw.extract.0.into_iter().map(|(name, from)| Ok((name.clone(), extract(&name, &from)?)));
    let extract = extract.collect::<Result<_, String>>()?;
    Ok(Step { method, origin, path, headers, query, body, success, extract })
}

fn address(context: &Context<'_>, url: &str) -> Result<(String, Value), String> {
    let known =
        || context.origins.iter().map(|(name, _)| format!("{{origin.{name}}}")).collect::<Vec<_>>().join(" or ");
    let Some((name, rest)) = url.strip_prefix("{origin.").and_then(|rest| rest.split_once('}')) else {
        return Err(format!("url must begin with {}, not “{url}”", known()));
    };
    let Some((_, origin)) = context.origins.iter().find(|(known, _)| known == name) else {
        return Err(format!("url names {{origin.{name}}}, which is not in [origins]; there is {}", known()));
    };
    // Anything else could lead to another host: `{origin.api}.example.org`.
    if !rest.is_empty() && !rest.starts_with(['/', '?']) || rest.contains('#') {
        return Err(format!("url must go on with / or ? after {{origin.{name}}}, and have no #"));
    }
    Ok((origin.clone(), Value::parse(rest, &context.scope).map_err(|words| format!("url {words}"))?))
}

fn values(context: &Context<'_>, key: &str, table: Table) -> Result<Vec<(String, Value)>, String> {
    let value = |(name, text): (String, String)| {
        let value = Value::parse(&text, &context.scope).map_err(|words| format!("{key}.{name} {words}"))?;
        Ok((name, value))
    };
    table.0.into_iter().map(value).collect()
}

fn content(context: &Context<'_>, kinds: [(&str, Option<Table>); 3]) -> Result<Content, String> {
    let mut given = kinds.into_iter().filter_map(|(key, table)| Some((key, table?)));
    let Some((key, table)) = given.next() else { return Ok(Content::Nothing) };
    if given.next().is_some() {
        return Err("only one of json, form and multipart can be sent".to_owned());
    }
    match key {
        "json" => values(context, key, table).map(Content::Json),
        "form" => values(context, key, table).map(Content::Form),
        _ => {
            let field = |(name, text): (String, String)| {
                if text == "{file}" && context.scope.has_file {
                    return Ok((name, Field::File));
                }
                let value = Value::parse(&text, &context.scope).map_err(|words| format!("{key}.{name} {words}"))?;
                Ok((name, Field::Text(value)))
            };
            table.0.into_iter().map(field).collect::<Result<_, String>>().map(Content::Multipart)
        }
    }
}

fn success(raw: raw::Success) -> Result<Success, String> {
    let equals = match raw.equals {
        Scalar::Bool(value) => value.into(),
        Scalar::Integer(value) => value.into(),
        Scalar::Text(value) => value.into(),
    };
    Ok(Success { path: pointer("success.path", &raw.path)?, equals })
}

fn extract(name: &str, from: &str) -> Result<Extract, String> {
    let key = format!("extract.{name}");
    match from.split_once(':') {
        Some(("json", path)) => pointer(&key, path).map(Extract::Json),
        Some(("header", header)) => HeaderName::try_from(header)
            .map(Extract::Header)
            .map_err(|_| format!("{key}: “{header}” is no header's name")),
        None if from == "body" => Ok(Extract::Body),
        _ => Err(format!("{key} takes json:/path, header:Name or body, not “{from}”")),
    }
}

fn pointer(key: &str, path: &str) -> Result<String, String> {
    if path.is_empty() || path.starts_with('/') {
        Ok(path.to_owned())
    } else {
        Err(format!("{key} takes a JSON pointer such as /data/url, not “{path}”"))
    }
}

fn header(key: &str, name: &str) -> Result<HeaderName, String> {
    let header = HeaderName::try_from(name).map_err(|_| format!("{key}: “{name}” is no header's name"))?;
    if OWN_HEADERS.contains(&header.as_str()) {
        return Err(format!("{key} follows from the request; leave it out"));
    }
    Ok(header)
}
