//! From a file's keys to a [`Sxcu`], with everything that is wrong said at once.

use super::expression::{Call, Expression, Part};
use super::fields::{Fields, Written};
use super::functions::Rules;
use super::grammar::{Grammar, Reading, Remark, Syntax};
use super::json::{self, Place, Value};
use super::problem::{Problem, Spot};
use super::version;
use super::{BYTES_MAX, Body, Destination, Method, Request, Results, Source, Sxcu, address, usable};

const METHODS: [(&str, Method); 5] = [
    ("GET", Method::Get),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];
const BODIES: [(&str, Body); 6] = [
    ("None", Body::None),
    ("MultipartFormData", Body::Multipart),
    ("FormURLEncoded", Body::Form),
    ("JSON", Body::Json),
    ("XML", Body::Xml),
    ("Binary", Body::Binary),
];
const DESTINATIONS: [(&str, Destination); 5] = [
    ("ImageUploader", Destination::Images),
    ("TextUploader", Destination::Texts),
    ("FileUploader", Destination::Files),
    ("URLShortener", Destination::ShortLinks),
    ("URLSharingService", Destination::SharedLinks),
];
/// Up to 12.3.1; none means that it follows from method and destination.
const FORMATS: [(&str, Option<OldFormat>); 6] = [
    ("Automatic", None),
    ("MultipartFormData", Some(OldFormat::Body(Body::Multipart))),
    ("URLQueryString", Some(OldFormat::Query)),
    ("JSON", Some(OldFormat::Body(Body::Json))),
    ("FormURLEncoded", Some(OldFormat::Body(Body::Form))),
    ("Binary", Some(OldFormat::Body(Body::Binary))),
];
const SOURCES: [(&str, Source); 4] = [
    ("Text", Source::Text),
    ("RedirectionURL", Source::FinalUrl),
    ("Headers", Source::Headers),
    ("LocationHeader", Source::Location),
];

#[derive(Clone, Copy)]
enum OldFormat {
    Query,
    Body(Body),
}

/// The text of a file: UTF-8 or, when it says so, UTF-16. What is neither becomes �, as in `ShareX`.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match pair {
            [first, second] => unit([*first, *second]),
            _ => 0xfffd,
        });
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

pub(super) fn parse(bytes: &[u8]) -> Result<Sxcu, Vec<Problem>> {
    let whole = |place, words: &str, mend: &str| vec![Spot { key: String::new(), place }.problem(words, mend)];
    if bytes.len() > BYTES_MAX {
        let words = format!("the file is longer than {} KiB", BYTES_MAX >> 10);
        return Err(whole(Place::START, &words, "This is hardly a custom uploader; export it again."));
    }
    let node = json::parse(&decode(bytes));
    let node = node.map_err(|(place, words)| whole(place, &words, "The file must be a JSON object."))?;
    let Value::Map(entries) = node.value else {
        let words = format!("the file is {}, not an object", node.value.kind());
        return Err(whole(node.at, &words, "A custom uploader is one JSON object {…}; export it again."));
    };
    let mut fields = Fields::new(entries);
    let sxcu = definition(&mut fields);
    if fields.problems.is_empty() {
        fields.warnings.sort_by_key(|warning| (warning.line, warning.column, warning.character));
        fields.warnings.dedup();
        Ok(Sxcu { warnings: fields.warnings, ..sxcu })
    } else {
        fields.problems.sort_by_key(|problem| (problem.line, problem.column, problem.character));
        fields.problems.dedup();
        Err(fields.problems)
    }
}

fn definition(fields: &mut Fields) -> Sxcu {
    let generation = version::generation(fields);
    let name = fields.text("Name").text;
    let destinations = fields.choices("DestinationType", &DESTINATIONS);
    let before = fields.problems.len();
    let patterns = fields.list("RegexList");
    if generation.syntax == Syntax::Braces && !generation.is_oldest {
        let wrong = fields.problems.split_off(before); // It is not read any more.
        fields.warnings.extend(wrong);
    }
    let grammar = Grammar {
        syntax: generation.syntax,
        has_codes: false,
        rules: Rules { patterns: &patterns, is_old: generation.syntax != Syntax::Braces },
    };
    let mut reader = Reader { fields, grammar, is_oldest: generation.is_oldest, obstacle: None };
    let request = reader.request();
    let results = Results {
        link: reader.field("URL"),
        thumbnail: reader.optional("ThumbnailURL"),
        deletion: reader.optional("DeletionURL"),
        error: reader.optional("ErrorMessage"),
        source: reader.old_choice("ResponseType", &SOURCES).unwrap_or(Source::Text),
    };
    let name = if name.trim().is_empty() { address::host(&request.url.outline()) } else { name };
    let obstacle = reader.obstacle;
    let sxcu = Sxcu { name, destinations, request, results, obstacle, warnings: Vec::new() };
    let obstacle = usable::obstacle(&sxcu, fields).or(sxcu.obstacle);
    Sxcu { obstacle, ..sxcu }
}

struct Reader<'a> {
    fields: &'a mut Fields,
    grammar: Grammar<'a>,
    is_oldest: bool,
    /// What is wrong with the address, although the file loads.
    obstacle: Option<Problem>,
}

impl Reader<'_> {
    fn request(&mut self) -> Request {
        let method = self.fields.choice("RequestMethod", &METHODS);
        let method = method.or_else(|| self.old_choice("RequestType", &METHODS)).unwrap_or(Method::Post);
        let mut url = self.fields.text("RequestURL");
        let mut parameters = self.fields.map("Parameters");
        address::move_query(&mut url, &mut parameters);
        let headers = self.fields.map("Headers");
        let mut arguments = self.fields.map("Arguments");
        let file_field = self.fields.text("FileFormName").text;
        let mut body = self.fields.choice("Body", &BODIES);
        if body.is_none() && self.is_oldest {
            let format = self.old_choice("RequestFormat", &FORMATS).flatten();
            match (format, method) {
                (Some(OldFormat::Body(old)), _) => {
                    if matches!(old, Body::Json | Body::Binary) {
                        parameters.append(&mut arguments);
                    }
                    body = Some(old);
                }
                (None, Method::Post | Method::Put | Method::Patch) => body = Some(Body::Multipart),
                (Some(OldFormat::Query) | None, _) => parameters.append(&mut arguments),
            }
        }
        let body = body.unwrap_or(Body::None);
        arguments.retain(|(name, _)| !name.is_empty());
        let data = self.fields.text("Data");
        let url_expression = self.text(&url);
        self.check_address(&url, &url_expression);
        self.grammar.has_codes = true;
        let request = Request {
            method,
            url: url_expression,
            parameters: self.pairs(parameters),
            headers: self.headers(headers),
            body,
            arguments: self.pairs(arguments),
            file_field,
            data: match body {
                Body::Json | Body::Xml => {
                    let reading = self.grammar.read_data(&data.text);
                    self.take(&data.spot, reading)
                }
                _ => Expression::default(),
            },
        };
        self.grammar.has_codes = false;
        request
    }

    /// A host like `[your host]` stands for one: `ShareX` loads the file, and it can be used when the person has written theirs.
    fn check_address(&mut self, url: &Written, expression: &Expression) {
        if url.text.trim().is_empty() {
            let mend = "Add \"RequestURL\": \"https://…\", the address to which files are sent.";
            self.fields.problems.push(url.spot.problem("the address is missing", mend));
            return;
        }
        let Some(Err(wrong)) = expression.literal().map(|url| address::check(&url)) else { return };
        let at = 1 + url.text.split_once("://").map_or(0, |(scheme, _)| scheme.chars().count() + 3);
        let mend = "Write an address like https://host.example/upload.".to_owned();
        match wrong {
            address::Wrong::Scheme(words) => {
                self.fields.problems.push(url.spot.remark(&Remark { at, words, mend }));
            }
            address::Wrong::Host(words) => self.obstacle = Some(url.spot.remark(&Remark { at, words, mend })),
        }
    }

    /// One of `names` for a key that only old files have. `ShareX` knows it no more and ignores it in newer ones.
    fn old_choice<T: Copy>(&mut self, key: &str, names: &[(&str, T)]) -> Option<T> {
        let before = self.fields.problems.len();
        let found = self.fields.choice(key, names);
        if !self.is_oldest {
            let wrong = self.fields.problems.split_off(before);
            self.fields.warnings.extend(wrong);
        }
        found
    }

    /// A result that `ShareX` can do without: the file's URL is known before it is looked for.
    fn optional(&mut self, key: &str) -> Expression {
        let before = self.fields.problems.len();
        let expression = self.field(key);
        let wrong = self.fields.problems.split_off(before);
        if wrong.is_empty() {
            return expression;
        }
        self.fields.warnings.extend(wrong);
        Expression::default()
    }

    fn field(&mut self, key: &str) -> Expression {
        let written = self.fields.text(key);
        self.text(&written)
    }

    fn text(&mut self, written: &Written) -> Expression {
        let reading = self.grammar.read(&written.text);
        self.take(&written.spot, reading)
    }

    fn take(&mut self, spot: &Spot, reading: Reading) -> Expression {
        self.fields.problems.extend(reading.problems.iter().map(|remark| spot.remark(remark)));
        self.fields.warnings.extend(reading.warnings.iter().map(|remark| spot.remark(remark)));
        let asks = |part: &Part| matches!(part, Part::Call(call) if matches!(**call, Call::OutputBox { .. }));
        if reading.expression.0.iter().any(asks) {
            let mend = "Look for the link elsewhere; nothing can be shown while a queue works.";
            self.fields.warnings.push(spot.problem("outputbox only shows something in ShareX", mend));
        }
        reading.expression
    }

    fn pairs(&mut self, pairs: Vec<(String, Written)>) -> Vec<(String, Expression)> {
        pairs.into_iter().map(|(name, written)| (name, self.text(&written))).collect()
    }

    fn headers(&mut self, pairs: Vec<(String, Written)>) -> Vec<(String, Expression)> {
        let mut headers = Vec::new();
        for (name, written) in pairs {
            let is_sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            let value = self.text(&written);
            let name = name.trim();
            if name.is_empty() && value.is_empty() {
                continue;
            }
            if name.is_empty() || !name.chars().all(is_sign) {
                let mend = "A header's name has letters, digits and -, as in User-Agent.";
                self.fields.problems.push(written.spot.problem(&format!("“{name}” is no name of a header"), mend));
            }
            headers.push((name.to_owned(), value));
        }
        headers
    }
}
