//! Services that speak HTTP: `WebDAV` and S3. `OpenDAL` knows their languages; files are streamed by our own client.
//!
//! `OpenDAL` would hold a whole file in memory for `WebDAV` and parts of 5 MiB and more for S3, so what it does here is to
//! look, to make folders, and to sign. One client, one TLS set-up and one watch over time for all of it.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use opendal::services::{S3, Webdav};
use opendal::{Buffer, HttpBody, HttpTransport, HttpTransporter, OperationContext, Operator};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Url};

use super::StorageError;
use super::body::{End, body};
use super::service::{Content, File, SignIn, not_found_is_empty};
use crate::core::{ContentHash, Fault, FaultKind};
use crate::hosts::answer::{self, Answer};
use crate::hosts::client::{Activity, Clients, Kind};
use crate::hosts::multipart::content_type;
use crate::hosts::names::url_segment;
use crate::hosts::{Route, Timeouts};

/// How long a signed request may be begun.
const SIGNED_FOR: Duration = Duration::from_hours(1);

/// A service that speaks HTTP.
#[derive(Debug)]
pub(super) struct Web {
    operator: Operator,
    way: Way,
    link: Arc<Link>,
    /// Where what is stored can be read when nothing else is said; without a slash at the end.
    url: String,
}

/// How a file is written.
#[derive(Debug)]
enum Way {
    /// `PUT` under another name, then `MOVE` (RFC 4918); with Basic authentication.
    Dav(Option<SignIn>),
    /// A signed `PUT`, which S3 makes visible only when it is whole.
    S3,
}

/// The one way out.
#[derive(Debug)]
struct Link {
    clients: Clients,
    endpoint: Url,
    route: Route,
    /// In words, for the end of a message.
    place: String,
}

impl Web {
    /// Folders below `root` of the `WebDAV` server at `endpoint`.
    pub fn dav(endpoint: &Url, root: &str, account: Option<SignIn>, route: &Route) -> Result<Self, StorageError> {
        let bare = endpoint.as_str().trim_end_matches('/');
        let mut service = Webdav::default().endpoint(bare).root(root);
        if let Some(SignIn { user, password }) = &account {
            service = service.username(user).password(password);
        }
        let url = below(bare, root);
        Self::new(Operator::new(service), Way::Dav(account), (endpoint, route), url)
    }

    /// Objects below `root` in a bucket of a region, at the S3 service at `endpoint`.
    pub fn s3(
        endpoint: &Url,
        (bucket, region): (&str, &str),
        root: &str,
        keys: Option<&(String, String)>,
        route: &Route,
    ) -> Result<Self, StorageError> {
        let bare = endpoint.as_str().trim_end_matches('/');
        let service = S3::default().endpoint(bare).bucket(bucket).region(region).root(root);
        // Nothing from the environment: only what the definition says.
        let service = service.disable_config_load().disable_ec2_metadata();
        let service = match keys {
            Some((access_key, secret_key)) => service.access_key_id(access_key).secret_access_key(secret_key),
            None => service.skip_signature(),
        };
        let url = below(&format!("{bare}/{bucket}"), root);
        Self::new(Operator::new(service), Way::S3, (endpoint, route), url)
    }

    fn new(
        operator: opendal::Result<Operator>,
        way: Way,
        (endpoint, route): (&Url, &Route),
        url: String,
    ) -> Result<Self, StorageError> {
        let operator = operator.map_err(|error| StorageError(error.message().to_owned()))?;
        let (clients, endpoint) = (Clients::default(), endpoint.clone());
        let link = Link { clients, endpoint, route: route.clone(), place: format!("Host: {url}") };
        Ok(Self { operator, way, link: Arc::new(link), url })
    }

    pub fn place(&self) -> &str {
        &self.link.place
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn is_taken(&self, folder: &str, timeouts: Timeouts) -> Result<bool, Fault> {
        let entries = self.operator(timeouts).list(&format!("{folder}/")).await;
        // Some list the folder itself, too; and one that was only made has nothing in it but our own.
        let is_other = |entry: &opendal::Entry| ![folder, super::THUMBS].contains(&entry.name().trim_matches('/'));
        let entries = entries.map_or_else(not_found_is_empty, |entries| Ok(entries.iter().any(is_other)));
        entries.map_err(|error| self.fault(&error))
    }

    pub async fn make(&self, folder: &str, timeouts: Timeouts) -> Result<(), Fault> {
        if matches!(self.way, Way::S3) {
            return Ok(()); // A folder is a part of a name there.
        }
        let operator = self.operator(timeouts);
        let path = format!("{folder}/{}/", super::THUMBS);
        match operator.create_dir(&path).await {
            Ok(()) => Ok(()),
            // Two galleries that make the folder above at once: some servers refuse one of them.
            Err(_) => operator.create_dir(&path).await.map_err(|error| self.fault(&error)),
        }
    }

    pub async fn bytes(&self, path: &str, timeouts: Timeouts) -> Result<Option<u64>, Fault> {
        match self.operator(timeouts).stat(path).await {
            Ok(found) => Ok(found.is_file().then(|| found.content_length())),
            Err(error) if error.kind() == opendal::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fault(&error)),
        }
    }

    /// Streams a file.
    pub async fn write(&self, path: &str, file: File, timeouts: Timeouts) -> Result<Option<ContentHash>, Fault> {
        let account = match &self.way {
            Way::Dav(account) => account.as_ref(),
            Way::S3 => {
                let request = self.signed_put(path, timeouts).await?;
                return self.put(request, file, timeouts).await;
            }
        };
        let client = self.link.client(timeouts).await?;
        let request = |method, path: &str| {
            let request = client.request(method, below(&self.url, path));
            account
                .into_iter()
                .fold(request, |request, sign_in| request.basic_auth(&sign_in.user, Some(&sign_in.password)))
        };
        let partial = file.partial.clone();
        // copyparty would give the file another name when there is one, unless it is told.
        let put = request(Method::PUT, partial.as_deref().unwrap_or(path)).header("Replace", "1");
        let hash = self.put(put.header(CONTENT_TYPE, content_type(path)), file, timeouts).await?;
        if let Some(partial) = partial {
            let to = below(&self.url, path);
            // RFC 4918, 9.9: in place of what may be there.
            let request = request(move_method(), &partial).header("Destination", to).header("Overwrite", "T");
            self.check(&self.link.exchange(request, &Activity::new(), timeouts).await?)?;
        }
        Ok(hash)
    }

    async fn signed_put(&self, path: &str, timeouts: Timeouts) -> Result<RequestBuilder, Fault> {
        let signed =
            self.operator(timeouts).presign_write_with(path, SIGNED_FOR).content_type(content_type(path)).await;
        let signed = signed.map_err(|error| self.fault(&error))?;
        let client = self.link.client(timeouts).await?;
        let request = client.request(signed.method().clone(), signed.uri().to_string());
        Ok(request.headers(signed.header().clone()))
    }

    async fn put(&self, request: RequestBuilder, file: File, timeouts: Timeouts) -> Result<Option<ContentHash>, Fault> {
        let activity = Activity::new();
        let end = End::default();
        let request = match file.content {
            Content::Image(mut source) if file.bytes == 0 => {
                source.next().await?;
                let _ = source.hash().map(|hash| end.set(Ok(hash))); // It was empty.
                request.header(CONTENT_LENGTH, 0)
            }
            Content::Image(source) => {
                let body = body(source, file.bytes, Arc::clone(&end), Arc::clone(&activity));
                request.header(CONTENT_LENGTH, file.bytes).body(body)
            }
            Content::Made(bytes) => {
                self.check(&self.link.exchange(request.body(bytes), &activity, timeouts).await?)?;
                return Ok(None);
            }
        };
        let answer = self.link.exchange(request, &activity, timeouts).await;
        // A fault of the image itself goes before what the host makes of it.
        if let Some(Err(fault)) = end.get() {
            return Err(fault.clone());
        }
        self.check(&answer?)?;
        let words = "The host answered before it had the whole image. Retry later.";
        let whole = end.get().cloned().unwrap_or_else(|| Err(self.link.fault(FaultKind::HostFault, words)));
        whole.map(Some)
    }

    /// Whether something was written.
    fn check(&self, answer: &Answer) -> Result<(), Fault> {
        let words = match (&self.way, answer.status.as_u16()) {
            // RFC 4918, 9.7.1; some say 404.
            (Way::Dav(_), 404 | 409) => {
                "The gallery's folder is not there any more, nor is what was in it. Remove the gallery and add it \
                 again."
            }
            (Way::S3, 404) => "There is no such bucket. Check its name and its region.",
            // What stores a file says so by 201 or 204, S3 by nothing but 200; a page comes from something in between.
            (_, 200) if answer.is_html() => return Err(answer.senseless(self.link.name())),
            _ => return self.link.check(answer),
        };
        Err(self.link.fault(FaultKind::Rejected, &format!("{words} ({})", answer.status.as_u16())))
    }

    /// The service, with our client below it.
    fn operator(&self, timeouts: Timeouts) -> Operator {
        let transport = HttpTransporter::new(Transport { link: Arc::clone(&self.link), timeouts });
        self.operator.clone().with_context(OperationContext::new().with_http_transport(transport))
    }

    /// Says what an error of the service means; mostly it is what the transport has said.
    fn fault(&self, error: &opendal::Error) -> Fault {
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            if let Some(fault) = inner.downcast_ref::<Fault>() {
                return fault.clone();
            }
            cause = inner.source();
        }
        let (kind, words) = match error.kind() {
            opendal::ErrorKind::NotFound => {
                (FaultKind::Rejected, "There is no such place at the host. Check its address.".to_owned())
            }
            _ => (FaultKind::HostFault, format!("The host's answer makes no sense: {}. Retry later.", error.message())),
        };
        self.link.fault(kind, &words)
    }
}

impl Link {
    async fn client(&self, timeouts: Timeouts) -> Result<reqwest::Client, Fault> {
        let kind = Kind::new([&self.endpoint].into_iter(), timeouts.connect, &self.route);
        self.clients.get(kind).await.map_err(|words| self.fault(FaultKind::Rejected, &words))
    }

    /// One request and its answer, whatever that says.
    async fn exchange(
        &self,
        request: RequestBuilder,
        activity: &Arc<Activity>,
        timeouts: Timeouts,
    ) -> Result<Answer, Fault> {
        let exchange = async {
            match request.send().await {
                Ok(response) => answer::read(response, activity, self.name()).await,
                Err(error) => Err(answer::unreachable(&error, timeouts.connect, &self.route.proxy, self.name())),
            }
        };
        tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = activity.idle(timeouts.idle) => Err(answer::silent(timeouts.idle, self.name())),
        }
    }

    fn check(&self, answer: &Answer) -> Result<(), Fault> {
        match xml_words(&answer.body) {
            Some(words) => answer.saying(words).check_status(self.name()),
            None => answer.check_status(self.name()),
        }
    }

    fn fault(&self, kind: FaultKind, words: &str) -> Fault {
        answer::fault(kind, words, self.name())
    }

    fn name(&self) -> &str {
        self.place.strip_prefix("Host: ").unwrap_or(&self.place)
    }
}

/// Our client, as `OpenDAL` wants one. Answers that `OpenDAL` has no use for become faults here, where their words are known.
struct Transport {
    link: Arc<Link>,
    timeouts: Timeouts,
}

impl HttpTransport for Transport {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let (head, body) = request.into_parts();
        let exchange = async {
            let client = self.link.client(self.timeouts).await?;
            let request = client.request(head.method.clone(), head.uri.to_string()).headers(head.headers);
            let request = if body.is_empty() { request } else { request.body(body.to_bytes()) };
            let answer = self.link.exchange(request, &Activity::new(), self.timeouts).await?;
            // Nothing there, or there already: that is for OpenDAL to judge.
            if ![404, 405].contains(&answer.status.as_u16()) {
                self.link.check(&answer)?;
            }
            Ok(answer)
        };
        let answer = exchange.await.map_err(|fault: Fault| {
            opendal::Error::new(opendal::ErrorKind::Unexpected, fault.words.clone()).set_source(fault)
        })?;
        let mut response = Response::new(HttpBody::new(
            futures_util::stream::iter([Ok(Buffer::from(answer.body))]),
            None, // A HEAD tells a length without having it.
        ));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// A path below a URL, both without slashes between them.
fn below(url: &str, path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.fold(url.to_owned(), |url, segment| format!("{url}/{}", url_segment(segment)))
}

fn move_method() -> Method {
    Method::from_bytes(b"MOVE").unwrap_or_default()
}

/// What an error of S3 or of sabre/dav says: `<Message>…</Message>`, `<s:message>…</s:message>`, or just `<Code>`.
fn xml_words(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.trim_start().starts_with('<'))?;
    let begin = ["<Message>", "<s:message>", "<Code>"].iter().find_map(|tag| Some(text.find(tag)? + tag.len()))?;
    let words = text.get(begin..)?;
    words.find('<').and_then(|end| words.get(..end)).filter(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::hosts::testing::{Server, Turn, answer};
    use crate::hosts::{Meter, Source, Stamp};

    #[test]
    fn words_are_found_in_xml() {
        let s3 = b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        assert_eq!(xml_words(s3), Some("Access Denied"));
        assert_eq!(xml_words(b"<d:error><s:message>No room</s:message></d:error>"), Some("No room"));
        for body in [&b"<Error><Message></Message></Error>"[..], b"plain", b"<html>", b"\xff", b""] {
            assert_eq!(xml_words(body), None);
        }
    }

    #[test]
    fn paths_are_encoded_below_a_url() {
        assert_eq!(below("http://x.example/dav", "a b/c#d.jpg"), "http://x.example/dav/a%20b/c%23d.jpg");
        assert_eq!(below("http://x.example", ""), "http://x.example");
    }

    const PATIENT: Timeouts = Timeouts { connect: Duration::from_secs(5), idle: Duration::from_secs(5) };
    const HASTY: Timeouts = Timeouts { connect: Duration::from_secs(5), idle: Duration::from_millis(50) };

    fn dav(server: &Server) -> Web {
        let endpoint = Url::parse(&format!("{}/dav/", server.url)).expect("a URL");
        let sign_in = SignIn { user: "anna".to_owned(), password: "hunter2".to_owned() };
        Web::dav(&endpoint, "a b", Some(sign_in), &Route::default()).expect("a host")
    }

    async fn write(web: &Web, content: &[u8], timeouts: Timeouts) -> Result<Option<ContentHash>, Fault> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.jpg");
        std::fs::write(&path, content).expect("written");
        let stamp = Stamp::of(&std::fs::metadata(&path).expect("a file"));
        let source = Source::open(path, stamp, Meter::default()).await.expect("opened");
        let partial = Some("G/a.jpg.partial".to_owned());
        let file = File { content: Content::Image(source), bytes: stamp.bytes, partial };
        web.write("G/a.jpg", file, timeouts).await
    }

    fn say(status: u16) -> Turn {
        Turn::Answer(answer(status, "", ""))
    }

    #[tokio::test]
    async fn a_file_is_sent_under_another_name_and_renamed() {
        for content in [&[][..], &vec![7; 300_000]] {
            let server = Server::new(vec![say(201), say(204)]);
            let web = dav(&server);
            let hash = write(&web, content, PATIENT).await.expect("sent");
            assert_eq!(hash, Some(ContentHash(*blake3::hash(content).as_bytes())));
            let url = server.url.clone();
            let requests = server.requests();
            let (put, moved) = (&requests[0], &requests[1]);
            assert!(put.head.starts_with("PUT /dav/a%20b/G/a.jpg.partial HTTP/1.1"), "{}", put.head);
            let lines = put.head.to_lowercase();
            assert!(lines.contains(&format!("content-length: {}", content.len())), "{lines}");
            assert!(lines.contains("content-type: image/jpeg") && lines.contains("authorization: basic "), "{lines}");
            assert_eq!(put.body, content);
            assert!(moved.head.starts_with("MOVE /dav/a%20b/G/a.jpg.partial"), "{}", moved.head);
            assert!(
                moved.head.to_lowercase().contains(&format!("destination: {url}/dav/a%20b/g/a.jpg")),
                "{}",
                moved.head
            );
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_has_its_kind_and_words() {
        use FaultKind::{Auth, HostFault, Network, Quota, RateLimited, Rejected, TooLarge};
        let xml = "<d:error><s:message>Over the limit</s:message></d:error>";
        for (turns, timeouts, kind, words) in [
            (vec![say(507)], PATIENT, Quota, "no room"),
            (vec![Turn::Answer(answer(507, "", xml))], PATIENT, Quota, "507: Over the limit"),
            (vec![say(401)], PATIENT, Auth, "401"),
            (vec![say(413)], PATIENT, TooLarge, "413"),
            (vec![say(409)], PATIENT, Rejected, "not there any more"),
            (vec![say(404)], PATIENT, Rejected, "not there any more"),
            (vec![say(500)], PATIENT, HostFault, "500"),
            (vec![Turn::Answer(answer(503, "Retry-After: 3\r\n", ""))], PATIENT, RateLimited, "wait"),
            (vec![Turn::Cut], PATIENT, Network, "broke"),
            (vec![Turn::Stall], HASTY, Network, "0.05 s"),
            (vec![say(201), say(423)], PATIENT, Rejected, "refused"),
            (vec![say(201), Turn::Stall], HASTY, Network, "0.05 s"),
        ] {
            let server = Server::new(turns);
            let web = dav(&server);
            let fault = write(&web, &[7; 1000], timeouts).await.expect_err(words);
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.words.contains(words) && fault.words.contains(" Host: http://127.0.0.1:"), "{fault}");
            assert!(!format!("{fault} {web:?}").contains("hunter2"), "{web:?}");
        }
    }

    #[tokio::test]
    async fn what_opendal_meets_on_the_way_has_its_kind() {
        for (turn, timeouts, kind) in [
            (say(401), PATIENT, FaultKind::Auth),
            (say(500), PATIENT, FaultKind::HostFault),
            (say(507), PATIENT, FaultKind::Quota),
            (Turn::Answer(answer(207, "", "<html>")), PATIENT, FaultKind::HostFault),
            (Turn::Answer(answer(302, "Location: http://evil.example/\r\n", "")), PATIENT, FaultKind::Rejected),
            (Turn::Cut, PATIENT, FaultKind::Network),
            (Turn::Stall, HASTY, FaultKind::Network),
        ] {
            let server = Server::new(vec![turn]);
            let fault = dav(&server).is_taken("G", timeouts).await.expect_err("a fault");
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.words.contains(" Host: http://127.0.0.1:"), "{fault}");
        }
    }

    #[tokio::test]
    async fn a_signed_request_has_the_file_and_no_secret() {
        let server = Server::new(vec![say(200)]);
        let endpoint = Url::parse(&server.url).expect("a URL");
        let keys = ("AKID".to_owned(), "hunter2".to_owned());
        let web = Web::s3(&endpoint, ("bucket", "eu-1"), "r", Some(&keys), &Route::default()).expect("a host");
        write(&web, b"abc", PATIENT).await.expect("sent");
        assert!(!format!("{web:?}").contains("hunter2"), "{web:?}");
        let requests = server.requests();
        let head = &requests[0].head;
        assert!(head.starts_with("PUT /bucket/r/G/a.jpg?") && head.contains("X-Amz-Signature="), "{head}");
        assert!(!head.contains("hunter2"), "{head}");
        assert_eq!(requests[0].body, b"abc");
    }
}
