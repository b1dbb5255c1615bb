//! `ShareX`'s custom uploaders: reads a `.sxcu` file into a [`Sxcu`] whose texts are filled when they are needed. Takes what
//! `ShareX` 13 to 17 take, and files that are older. Pure: sends nothing, asks nobody, looks at a clock only to give up.
//!
//! Three things differ from `ShareX` on purpose: `RegexList` of old files still works; `%un`, `%uln`, `%cn` and `%rf{…}`, which
//! would tell a stranger about this computer, are sent as they are written; names of days and months are English.

mod json;
mod problem;
mod fields;
mod version;
mod code;
mod context;
mod expression;
mod functions;
mod grammar;
mod address;
mod read;
mod usable;
mod questions;
mod evaluate;
pub mod untrusted;

pub use code::Code;
pub use context::{Context, Moment, Response, Stage};
pub use evaluate::evaluate;
pub use expression::{Call, Expression, Part, Ready};
pub use problem::Problem;
pub use questions::Question;
pub use read::decode;

/// Longest file, in bytes.
pub const BYTES_MAX: usize = 256 << 10;

/// A custom uploader, checked.
#[derive(Clone, Debug)]
pub struct Sxcu {
    /// As its author calls it, or the host's name.
    pub name: String,
    /// What its author meant it for. `ShareX` does not insist on it, and neither do we.
    pub destinations: Vec<Destination>,
    /// What is sent.
    pub request: Request,
    /// What is read from the answer.
    pub results: Results,
    /// Why no image can be sent with it.
    pub obstacle: Option<Problem>,
    /// What is odd, but does not hinder.
    pub warnings: Vec<Problem>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// Without what [`Request::parameters`] add.
    pub url: Expression,
    /// The query.
    pub parameters: Vec<(String, Expression)>,
    /// Headers; some replace those of the client.
    pub headers: Vec<(String, Expression)>,
    /// How the body is written.
    pub body: Body,
    /// Fields of a form.
    pub arguments: Vec<(String, Expression)>,
    /// Name of the part with the file.
    pub file_field: String,
    /// A JSON or XML body.
    pub data: Expression,
}

/// What is read from the answer. Filled with [`Stage::Result`].
#[derive(Clone, Debug)]
pub struct Results {
    /// The file's URL; when it is empty, the whole answer is.
    pub link: Expression,
    /// The thumbnail's URL.
    pub thumbnail: Expression,
    /// Where the file can be deleted.
    pub deletion: Expression,
    /// What went wrong, in answers that are no success.
    pub error: Expression,
    /// What counts as the answer's text.
    pub source: Source,
}

/// The HTTP methods there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Body {
    None,
    Multipart,
    Form,
    Json,
    Xml,
    Binary,
}

/// What uploaders are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Destination {
    Images,
    Texts,
    Files,
    ShortLinks,
    SharedLinks,
}

/// What counts as the answer's text; only the oldest files choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The body.
    Text,
    /// The URL after redirects.
    FinalUrl,
    /// All headers.
    Headers,
    /// The header `Location`.
    Location,
}

impl Sxcu {
    /// Reads a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        read::parse(bytes)
    }

    /// Whether images can be sent with it, as `ShareX` decides it: by the body, not by [`Sxcu::destinations`].
    ///
    /// # Errors
    /// Why not, and which key says so.
    pub fn usable_for_images(&self) -> Result<(), String> {
        self.obstacle.as_ref().map_or(Ok(()), |obstacle| Err(obstacle.to_string()))
    }

    /// The address with its query.
    ///
    /// # Errors
    /// Why it cannot be filled, or what is wrong with it.
    pub fn address(&self, context: &Context<'_>) -> Result<String, String> {
        let filled = evaluate(&self.request.url, &Context { stage: Stage::Address, ..*context })?;
        let url = address::with_scheme(&filled);
        address::check(&url).map_err(address::Wrong::words)?;
        Ok(address::with_query(&url, &self.fill(&self.request.parameters, context)?))
    }

    /// Parameters, headers or arguments with their values.
    ///
    /// # Errors
    /// Which one cannot be filled, and why.
    pub fn fill(&self, pairs: &[(String, Expression)], context: &Context<'_>) -> Result<Vec<(String, String)>, String> {
        let context = Context { stage: Stage::Value, ..*context };
        let filled = pairs.iter().map(|(name, value)| match evaluate(value, &context) {
            Ok(value) => Ok((name.clone(), value)),
            Err(words) => Err(format!("{name}: {words}")),
        });
        filled.collect()
    }

    /// The JSON or XML body.
    ///
    /// # Errors
    /// Why it cannot be filled.
    pub fn data(&self, context: &Context<'_>) -> Result<String, String> {
        let stage = match self.request.body {
            Body::Json => Stage::Json,
            Body::Xml => Stage::Xml,
            Body::None | Body::Multipart | Body::Form | Body::Binary => Stage::Value,
        };
        evaluate(&self.request.data, &Context { stage, ..*context })
    }

    /// An answer, with what counts as its text.
    #[must_use]
    pub fn response(&self, body: String, url: String, headers: Vec<(String, String)>) -> Response {
        let text = match self.results.source {
            Source::Text => body,
            Source::FinalUrl => url.clone(),
            Source::Headers => headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect(),
            Source::Location => {
                let location = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Location"));
                location.map_or(String::new(), |(_, value)| value.clone())
            }
        };
        Response::new(text, url, headers)
    }

    /// The file's URL; without [`Results::link`] the answer's text, without space around it.
    ///
    /// # Errors
    /// Why it cannot be read from the answer. An answer without anything that is looked for is a failure: what is left of the
    /// URL, `https://host.example/i/`, leads nowhere.
    pub fn link(&self, context: &Context<'_>) -> Result<String, String> {
        if !self.results.link.is_empty() {
            let context = Context { stage: Stage::Result, input: "", ..*context };
            let (link, looked_for) = evaluate::with_searches(&self.results.link, &context)?;
            return match looked_for {
                Some(0) => Err("what URL looks for is not in it".to_owned()),
                _ => Ok(link),
            };
        }
        let response = context.response.ok_or("the host has not answered yet")?;
        Ok(response.text.trim().to_owned())
    }

    /// What one of the [`Results`] gives.
    ///
    /// # Errors
    /// Why it cannot be read from the answer.
    pub fn result(&self, expression: &Expression, context: &Context<'_>) -> Result<String, String> {
        evaluate(expression, &Context { stage: Stage::Result, input: "", ..*context })
    }

    /// What the person must be asked, each once.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        questions::all(self.expressions())
    }

    /// The headers, parameters and arguments that look like secrets, by their keys in the file.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        self.secret_pairs().map(|(group, name, _)| format!("{group}.{name}")).collect()
    }

    /// What these are, and what in the address looks like secrets: as far as it can be filled.
    #[must_use]
    pub fn secret_values(&self, context: &Context<'_>) -> Vec<String> {
        let context = Context { stage: Stage::Value, ..*context };
        let values = self.secret_pairs().filter_map(|(_, _, value)| evaluate(value, &context).ok());
        let address = self.address(&context).ok().and_then(|address| reqwest::Url::parse(&address).ok());
        let of_query = |address: &reqwest::Url| {
            let pairs = address.query_pairs().filter(|(name, _)| names_a_secret(name));
            pairs.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
        };
        values.chain(address.iter().flat_map(of_query)).collect()
    }

    fn secret_pairs(&self) -> impl Iterator<Item = (&'static str, &String, &Expression)> {
        let Request { headers, parameters, arguments, .. } = &self.request;
        let groups = [("Headers", headers), ("Parameters", parameters), ("Arguments", arguments)];
        let all =
            groups.into_iter().flat_map(|(group, pairs)| pairs.iter().map(move |(name, value)| (group, name, value)));
        all.filter(|(_, name, value)| !value.is_empty() && names_a_secret(name))
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let Request { url, parameters, headers, arguments, data, .. } = &self.request;
        let Results { link, thumbnail, deletion, error, .. } = &self.results;
        let pairs = parameters.iter().chain(headers).chain(arguments).map(|(_, value)| value);
        [url].into_iter().chain(pairs).chain([data, link, thumbnail, deletion, error])
    }
}

fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 9] = ["auth", "cookie", "hash", "key", "pass", "pwd", "secret", "session", "token"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests;
