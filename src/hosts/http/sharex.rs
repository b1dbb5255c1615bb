//! One image by a ShareX uploader: its request is made as ShareX makes it; everything else is as for other definitions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Url};

use super::exchange::{Image, set_kind};
use super::sending::Sending;
use super::{Place, Run};
use crate::core::{Fault, FaultKind};
use crate::hosts::answer::{self, Answer};
use crate::hosts::client::Activity;
use crate::hosts::file::FileFacts;
use crate::hosts::keys::Keys;
use crate::hosts::multipart::{Field, Frame, content_type, frame};
use crate::hosts::sxcu::{self, Body, Context, Moment, Response, Source, Stage, Sxcu};

impl Run<'_> {
    /// Sends the image and puts what the answer gives at its place.
    pub(super) async fn send_as_sharex(
        &self,
        sxcu: &Arc<Sxcu>,
        place: &mut Place<'_>,
        image: Image,
        file: &FileFacts,
    ) -> Result<Answer, Fault> {
        let counter = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let now = jiff::Zoned::now();
        let (answers, file_name) = (self.answers(), file.name.clone());
        let moment = Moment { now: now.clone(), counter, random: &below };
        let context = Context {
            stage: Stage::Value,
            file_name: &file_name,
            input: "",
            response: None,
            answers: &answers,
            moment: &moment,
        };
        let client = self.client().await?;
        let activity = Activity::new();
        let end = Arc::clone(&image.1);
        let request = self.sharex_request(sxcu, &context, &client, image, file, &activity)?;
        let answer = self.transmit(request, &activity, Some(&end), place.part).await?;
        let (sxcu, host, keys) = (Arc::clone(sxcu), self.name().to_owned(), self.keys());
        let (answer, results) = self
            .apart(answer.is_large(), move || {
                let response = response(&sxcu, &answer);
                let moment = Moment { now, counter, random: &below };
                let context = Context {
                    stage: Stage::Result,
                    file_name: &file_name,
                    input: "",
                    response: Some(&response),
                    answers: &answers,
                    moment: &moment,
                };
                let results = check(&sxcu, &context, &answer, &host, &keys)
                    .and_then(|()| results(&sxcu, &context, &answer, &host, &keys));
                (answer, results)
            })
            .await?;
        place.image.extend(results?.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(answer)
    }

    fn sharex_request(
        &self,
        sxcu: &Sxcu,
        context: &Context<'_>,
        client: &Client,
        (source, end): Image,
        file: &FileFacts,
        activity: &Arc<Activity>,
    ) -> Result<RequestBuilder, Fault> {
        let wrong =
            |words: String| self.fault(FaultKind::Rejected, &format!("The uploader cannot be used: {words}. Mend it."));
        let address = sxcu.address(context).map_err(wrong)?;
        let url = self.at_its_origin(&address).filter(|url| self.may_ask(url)).ok_or_else(|| {
            // Not all of it: it may have keys.
            let to = Url::parse(&address).map(|url| url.origin().ascii_serialization());
            wrong(format!("its address leads elsewhere than it declares, to {}", to.unwrap_or_default()))
        })?;
        let method = match sxcu.request.method {
            sxcu::Method::Get => Method::GET,
            sxcu::Method::Post => Method::POST,
            sxcu::Method::Put => Method::PUT,
            sxcu::Method::Patch => Method::PATCH,
            sxcu::Method::Delete => Method::DELETE,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in sxcu.fill(&sxcu.request.headers, context).map_err(wrong)? {
            let name =
                HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong(format!("“{name}” is no header")))?;
            let value = HeaderValue::from_bytes(value.as_bytes());
            let value = value.map_err(|_| wrong(format!("the header {name} has line breaks")))?;
            if ![CONTENT_LENGTH, reqwest::header::HOST].contains(&name) {
                headers.insert(name, value);
            }
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let frame = match sxcu.request.body {
            Body::Multipart => {
                let arguments = sxcu.fill(&sxcu.request.arguments, context).map_err(wrong)?;
                let arguments = arguments.iter().filter(|(name, _)| !name.is_empty());
                let fields = arguments.map(|(name, value)| (name.as_str(), Field::Text(value.clone())));
                headers.remove(CONTENT_TYPE);
                frame(fields.chain([(sxcu.request.file_field.as_str(), Field::File(&file.name))]))
            }
            _ => Frame { content_type: content_type(&file.name).to_owned(), head: Vec::new(), tail: Vec::new() },
        };
        set_kind(&mut headers, &frame.content_type);
        let length = file.bytes + u64::try_from(frame.head.len() + frame.tail.len()).unwrap_or(u64::MAX);
        let sending =
            Sending { head: frame.head.into(), tail: frame.tail.into(), source, end, activity: Arc::clone(activity) };
        Ok(client.request(method, url).headers(headers).header(CONTENT_LENGTH, length).body(sending.body()))
    }

    /// `address`, where the person has set that its place is elsewhere.
    fn at_its_origin(&self, address: &str) -> Option<Url> {
        let url = Url::parse(address).ok()?;
        let declared = self.definition.origins.values().find_map(|origin| origin.url.as_ref());
        let set = self.bindings.origins.values().next()?;
        if declared.is_none_or(|declared| declared == set || declared.origin() != url.origin()) {
            return Some(url);
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Url::parse(&format!("{}{}{query}", set.as_str().trim_end_matches('/'), url.path())).ok()
    }

    /// Those in its headers, parameters, arguments and address.
    pub(super) fn keys_of_sharex(&self, sxcu: &Sxcu) -> Vec<String> {
        let answers = self.answers();
        let moment = Moment { now: jiff::Zoned::default(), counter: 0, random: &|_| 0 };
        sxcu.secret_values(&Context {
            stage: Stage::Value,
            file_name: "",
            input: "",
            response: None,
            answers: &answers,
            moment: &moment,
        })
    }

    /// What the person has answered, by the questions' ids.
    fn answers(&self) -> BTreeMap<String, String> {
        let questions = self.definition.questions.iter();
        let answer = |(id, name): &(String, String)| {
            let answer = self.bindings.options.get(name).filter(|answer| !answer.is_empty())?;
            Some((id.clone(), answer.clone()))
        };
        questions.filter_map(answer).collect()
    }
}

/// The answer as the uploader searches it.
fn response(sxcu: &Sxcu, answer: &Answer) -> Response {
    let headers = answer.headers.iter();
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    if !answer.headers.contains_key(LOCATION) {
        headers.push((LOCATION.to_string(), answer.url.to_string())); // It was followed already.
    }
    sxcu.response(answer.text().to_owned(), answer.url.to_string(), headers)
}

fn check(sxcu: &Sxcu, context: &Context<'_>, answer: &Answer, host: &str, keys: &Keys) -> Result<(), Fault> {
    if sxcu.results.source == Source::Location && answer.status.is_redirection() {
        return Ok(());
    }
    answer.check_status(host).map_err(|fault| {
        let said = sxcu.result(&sxcu.results.error, context).unwrap_or_default();
        // Before it is cut: half a key is one, too.
        let said = answer::said(&keys.hide(&said));
        let words = if said.is_empty() { keys.hide(&fault.words) } else { format!("{said} Host: {host}") };
        Fault { words, ..fault }
    })
}

/// The links that the answer gives.
fn results(
    sxcu: &Sxcu,
    context: &Context<'_>,
    answer: &Answer,
    host: &str,
    keys: &Keys,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let senseless = |words: String| {
        let fault = answer.senseless(host);
        let words = answer::said(&keys.hide(&words));
        Fault { words: format!("{} It says: {words}.", fault.words), ..fault }
    };
    let link = with_scheme(&sxcu.link(context).map_err(senseless)?, &answer.url);
    if answer.is_html() && !link.starts_with("http") {
        return Err(answer.senseless(host));
    }
    let optional = |expression| sxcu.result(expression, context).unwrap_or_default();
    let thumb = with_scheme(&optional(&sxcu.results.thumbnail), &answer.url);
    // What the link leads to is the file itself, unless there is a thumbnail besides.
    let direct = if sxcu.results.thumbnail.is_empty() { link.clone() } else { String::new() };
    let mut results =
        vec![("link", link), ("thumb", thumb), ("direct", direct), ("delete", optional(&sxcu.results.deletion))];
    results.retain(|(_, value)| !value.is_empty() && answer::is_value(value));
    Ok(results)
}

/// `link` with the scheme of `asked`, when it has none and is a path behind a host: `ShareX` opens such links. `1.png` is none.
fn with_scheme(link: &str, asked: &Url) -> String {
    let link = link.trim();
    let scheme = asked.scheme();
    if link.starts_with("//") {
        return format!("{scheme}:{link}");
    }
    let Some((host, _)) = link.split_once('/') else { return link.to_owned() };
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let is_name = name == "localhost" || name.contains('.') && !name.starts_with('.');
    if is_name && port.parse::<u16>().is_ok() { format!("{scheme}://{link}") } else { link.to_owned() }
}

/// A number below `most`, by chance.
fn below(most: usize) -> usize {
    let number = getrandom::u64().unwrap_or_default();
    usize::try_from(number % u64::try_from(most).unwrap_or(1).max(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_without_a_scheme_get_that_of_the_host() {
        let asked: Url = "http://a.example:8080/up".parse().expect("a URL");
        for (link, expected) in [
            ("https://b.example/1.png", "https://b.example/1.png"),
            (" b.example/1.png\n", "http://b.example/1.png"),
            ("127.0.0.1:9292/f/1", "http://127.0.0.1:9292/f/1"),
            ("localhost/f", "http://localhost/f"),
            ("//b.example/1", "http://b.example/1"),
            ("/f/1.png", "/f/1.png"),
            ("1.png", "1.png"),
            ("$json:url$", "$json:url$"),
            ("", ""),
        ] {
            assert_eq!(with_scheme(link, &asked), expected, "{link}");
        }
    }
}
