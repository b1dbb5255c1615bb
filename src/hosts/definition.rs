//! A host as data: reads and checks a definition (TOML). Sends nothing; `docs/hosts.md` explains the language.

mod checks;
mod raw;

use reqwest::Method;
use reqwest::header::HeaderName;

use super::value::Value;
use crate::core::HostFacts;

/// One host that is spoken to over HTTP, checked.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What the queue knows of it.
    pub facts: HostFacts,
    /// Its home page; empty when none is named.
    pub home: String,
    /// Once per gallery, before the first image.
    pub open: Vec<Step>,
    /// Once per image.
    pub upload: Step,
    /// Once per gallery, after the last image.
    pub close: Vec<Step>,
}

/// One request, and what is taken from its answer.
#[derive(Clone, Debug)]
pub struct Step {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// The beginning of the address, from the definition's origins; without a slash at the end.
    pub origin: String,
    /// The rest of the address.
    pub path: Value,
    /// Besides those that every request has.
    pub headers: Vec<(HeaderName, Value)>,
    /// Added to the address.
    pub query: Vec<(String, Value)>,
    /// What is sent.
    pub body: Content,
    /// What the answer must say besides its status.
    pub success: Option<Success>,
    /// What is taken from the answer, and as what.
    pub extract: Vec<(String, Extract)>,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// A JSON object of texts.
    Json(Vec<(String, Value)>),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, Value)>),
    /// `multipart/form-data`.
    Multipart(Vec<(String, Field)>),
}

/// A value of a multipart form.
#[derive(Clone, Debug)]
pub enum Field {
    /// A text.
    Text(Value),
    /// The image.
    File,
}

/// What a field of the answer must be.
#[derive(Clone, Debug)]
pub struct Success {
    /// JSON pointer (RFC 6901).
    pub path: String,
    /// The value there.
    pub equals: serde_json::Value,
}

/// Where in an answer something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extract {
    /// At a JSON pointer (RFC 6901).
    Json(String),
    /// In a header.
    Header(HeaderName),
    /// The whole text.
    Body,
}

/// What is wrong with a definition: where (line or key), and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DefinitionError(String);

impl Definition {
    /// Reads and checks a definition.
    ///
    /// # Errors
    /// Names the line or the key, and says what must be there instead.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let raw = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        checks::check(raw).map_err(DefinitionError)
    }

    /// Whether it is spoken to without TLS only.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let mut steps = self.open.iter().chain([&self.upload]).chain(&self.close);
        steps.all(|step| step.origin.starts_with("http://"))
    }
}

impl Step {
    /// Whether its answer must be JSON.
    #[must_use]
    pub fn needs_json(&self) -> bool {
        self.success.is_some() || self.extract.iter().any(|(_, extract)| matches!(extract, Extract::Json(_)))
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> DefinitionError {
    let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    let words = error.message().lines().collect::<Vec<_>>().join(", ");
    DefinitionError(line.map_or_else(|| words.clone(), |line| format!("line {line}: {words}")))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::core::host::{Limits, Retry};

    /// The smallest whole definition, at `address`.
    pub fn scripted(address: &str) -> String {
        format!(
            r#"
[host]
id = "scripted"
name = "Scripted host"
[origins]
api = "http://{address}"
[[open]]
method = "POST"
url = "{{origin.api}}/galleries"
json = {{ name = "{{gallery.name}}" }}
extract = {{ hash = "json:/hash", key = "json:/upload_key", link = "json:/url" }}
[[upload]]
method = "POST"
url = "{{origin.api}}/images"
multipart = {{ gallery = "{{gallery.hash}}", key = "{{gallery.key}}", img = "{{file}}" }}
extract = {{ link = "json:/show_url", thumb = "json:/th_url", direct = "json:/direct_url" }}
[[close]]
method = "POST"
url = "{{origin.api}}/galleries/{{gallery.hash}}/finalize"
json = {{ upload_key = "{{gallery.key}}" }}
"#
        )
    }

    #[test]
    fn a_small_definition_has_defaults() {
        let definition = Definition::parse(&scripted("127.0.0.1:9000")).expect("good");
        assert_eq!((definition.facts.id.as_str(), definition.facts.name.as_str()), ("scripted", "Scripted host"));
        assert_eq!(definition.facts.limits, Limits::default());
        assert_eq!(definition.facts.retry, Retry::default());
        assert_eq!((definition.open.len(), definition.close.len()), (1, 1));
        assert_eq!(definition.upload.origin, "http://127.0.0.1:9000");
        let Content::Multipart(fields) = &definition.upload.body else { panic!("{definition:?}") };
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["gallery", "key", "img"], "the order is kept");
        assert!(definition.is_plain() && definition.upload.needs_json() && !definition.close[0].needs_json());
    }

    #[test]
    fn limits_retries_and_the_rest_are_read() {
        let text = scripted("h").replace(
            "[origins]",
            "home = \"https://h.example/\"\n[limits]\nparallel_images = 2\nrequests_per_second = 3\nrequests_per_hour = 400\n\
             image_bytes_max = 10485760\n[retry]\nfirst_ms = 1\nmax_ms = 2\nnetwork_attempts = 3\nhost_fault_attempts = 4\n\
             breaker_failures = 5\nbreaker_ms = 6\n[origins]",
        );
        let text = text.replace(
            "json = { upload_key",
            "headers = { Accept = \"application/json\" }\nquery = { a = \"{gallery.key}\" }\n\
             success = { path = \"/status\", equals = \"ok\" }\nform = { upload_key",
        );
        let definition = Definition::parse(&text).expect("good");
        assert_eq!(
            definition.facts.limits,
            Limits {
                parallel_images: 2,
                requests_per_second: Some(3),
                requests_per_hour: Some(400),
                image_bytes_max: Some(10_485_760)
            }
        );
        let retry = definition.facts.retry;
        assert_eq!((retry.first_ms, retry.max_ms, retry.network_attempts), (1, 2, 3));
        assert_eq!((retry.host_fault_attempts, retry.breaker_failures, retry.breaker_ms), (4, 5, 6));
        assert!(matches!(definition.close[0].body, Content::Form(_)) && definition.close[0].needs_json());
        assert_eq!(definition.home, "https://h.example/");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let all_upload = scripted("h");
        let (before, rest) = all_upload.split_once("[[upload]]").expect("upload");
        let (_, close) = rest.split_once("[[close]]").expect("close");
        let no_upload = format!("{before}[[close]]{close}");
        assert_eq!(
            Definition::parse(&no_upload).map(|_| ()).map_err(|error| error.to_string()),
            Err("[[upload]] must be there exactly once, not 0 times".to_owned())
        );
        for (old, new, expected) in [
            ("id = \"scripted\"", "id = \"Bad Id\"", "host.id"),
            ("id = \"scripted\"", "id = \"folder\"", "host.id"),
            ("id = \"scripted\"\n", "", "line 2: missing field `id`"),
            ("name = \"Scripted host\"", "name = \" \"", "host.name"),
            ("[origins]", "colour = 1\n[origins]", "line 5: unknown field `colour`"),
            ("[origins]", "home = \"h.example\"\n[origins]", "host.home"),
            ("[origins]", "[limits]\nparallel_images = 0\n[origins]", "limits.parallel_images"),
            ("[origins]", "[limits]\nrequests_per_second = 0\n[origins]", "limits.requests_per_second"),
            ("[origins]", "[limits]\nimage_bytes_max = -1\n[origins]", "limits.image_bytes_max"),
            ("[origins]", "[retry]\nnetwork_attempts = 0\n[origins]", "retry.network_attempts"),
            ("[origins]", "[retry]\nfirst_ms = 9\nmax_ms = 8\n[origins]", "retry.max_ms"),
            ("api = \"http://h\"", "api = \"ftp://h\"", "origins.api"),
            ("api = \"http://h\"", "api = \"http://u:p@h\"", "origins.api"),
            ("api = \"http://h\"", "api = \"http://h?x\"", "origins.api"),
            ("url = \"{origin.api}/galleries\"", "url = \"http://x/galleries\"", "[[open]] 1: url must begin"),
            ("url = \"{origin.api}/images\"", "url = \"{origin.www}/images\"", "[[upload]]: url names {origin.www}"),
            ("url = \"{origin.api}/images\"", "url = \"{origin.api}.evil.com/\"", "[[upload]]: url"),
            (
                "method = \"POST\"\nurl = \"{origin.api}/images\"",
                "method = \"TRACE\"\nurl = \"{origin.api}/images\"",
                "method",
            ),
            ("json = { name = \"{gallery.name}\" }", "json = { name = \"{gallery.hash}\" }", "[[open]] 1: json.name"),
            ("json = { name = \"{gallery.name}\" }", "json = { a = \"\" }\nform = { a = \"\" }", "only one of"),
            ("json = { name = \"{gallery.name}\" }", "multipart = { a = \"{file}\" }", "[[open]] 1: multipart.a"),
            ("img = \"{file}\"", "img = \"x\"", "[[upload]]: multipart must have exactly one value {file}"),
            ("link = \"json:/show_url\", ", "", "[[upload]]: extract must have link"),
            ("thumb = \"json:/th_url\"", "size = \"json:/th_url\"", "[[upload]]: extract.size"),
            ("thumb = \"json:/th_url\"", "thumb = \"json:th_url\"", "[[upload]]: extract.thumb"),
            ("thumb = \"json:/th_url\"", "thumb = \"css:img\"", "[[upload]]: extract.thumb"),
            ("hash = \"json:/hash\"", "name = \"json:/hash\"", "[[open]] 1: extract.name"),
            ("[[close]]", "[[close]]\nheaders = { Host = \"x\" }", "[[close]] 1: headers.Host"),
            ("[[close]]", "[[close]]\nheaders = { \"a b\" = \"x\" }", "[[close]] 1: headers.a b"),
            ("[[close]]", "[[close]]\nsuccess = { path = \"x\", equals = 1 }", "[[close]] 1: success.path"),
            ("[[close]]", "[[close]]\nsuccess = { path = \"/x\", equals = [] }", "equals takes"),
            ("upload_key = \"{gallery.key}\"", "upload_key = \"{file.name}\"", "[[close]] 1: json.upload_key"),
            ("[host]", "[host", "line 2: "),
        ] {
            let text = scripted("h").replacen(old, new, 1);
            assert_ne!(text, scripted("h"), "{old}");
            let words = Definition::parse(&text).map(|_| ()).expect_err(new).to_string();
            assert!(words.contains(expected), "{new}: {words}");
        }
    }
}
