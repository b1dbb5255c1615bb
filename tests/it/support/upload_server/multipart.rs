//! The little of multipart/form-data (RFC 7578) that an upload needs, read as it comes. Never keeps the content of a file.

use memchr::memmem::{self, Finder};
use percent_encoding::percent_decode_str;

/// Of the headers of one part, in bytes.
const HEADERS_MAX: usize = 16 * 1024;
/// Of a text field, in bytes.
const TEXT_MAX: usize = 1024;
/// So much of the next piece is looked at together with what was left of the last one.
const LOOK_AHEAD: usize = 4 * 1024;

/// Why a body is not a form.
pub type Malformed = &'static str;

/// The fields of an upload; more comes in with every [`Form::take`].
pub struct Form {
    /// Line end, two dashes and the boundary: what ends a part.
    delimiter: Finder<'static>,
    state: State,
    part: Part,
    /// The end of the last piece, which may be the start of a delimiter or of a header.
    held: Vec<u8>,
    gallery: Vec<u8>,
    key: Vec<u8>,
    hashes: bool,
    image: Option<Image>,
}

/// The file, counted.
pub struct Image {
    pub file_name: String,
    pub bytes: u64,
    hasher: Option<blake3::Hasher>,
}

enum State {
    Content,
    AfterDelimiter,
    Headers,
    Epilogue,
}

enum Part {
    Ignored,
    Gallery,
    Key,
    Image,
}

impl Form {
    /// For a request of this content type; `hashes` says whether the image's content is hashed.
    pub fn new(content_type: &str, hashes: bool) -> Result<Self, Malformed> {
        let parameters = parameters(content_type);
        let boundary = find(&parameters, "boundary").filter(|_| content_type.starts_with("multipart/form-data"));
        let delimiter = format!("\r\n--{}", boundary.ok_or("no multipart/form-data with a boundary")?);
        Ok(Self {
            delimiter: Finder::new(&delimiter).into_owned(),
            state: State::Content,
            part: Part::Ignored,
            // The first delimiter may be the very first line.
            held: b"\r\n".to_vec(),
            gallery: Vec::new(),
            key: Vec::new(),
            hashes,
            image: None,
        })
    }

    pub fn gallery(&self) -> String {
        String::from_utf8_lossy(&self.gallery).into_owned()
    }

    pub fn key(&self) -> String {
        String::from_utf8_lossy(&self.key).into_owned()
    }

    /// There as soon as its headers are.
    pub fn image(&self) -> Option<&Image> {
        self.image.as_ref()
    }

    /// Whether the last delimiter has come.
    pub fn is_whole(&self) -> bool {
        matches!(self.state, State::Epilogue)
    }

    /// Reads on, wherever the body was cut.
    pub fn take(&mut self, mut piece: &[u8]) -> Result<(), Malformed> {
        while !self.held.is_empty() && !piece.is_empty() {
            let mut held = std::mem::take(&mut self.held);
            let held_before = held.len();
            let (next, rest) = piece.split_at(piece.len().min(LOOK_AHEAD));
            held.extend_from_slice(next);
            let used = self.read(&held)?;
            if used >= held_before {
                piece = &piece[used - held_before..];
                held.clear();
            } else {
                piece = rest;
                held.drain(..used);
            }
            self.held = held;
        }
        let used = self.read(piece)?;
        self.held.extend_from_slice(&piece[used..]);
        Ok(())
    }

    /// How many bytes it could make something of.
    fn read(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            let step = match self.state {
                State::Content => self.content(rest)?,
                State::AfterDelimiter => self.after_delimiter(rest)?,
                State::Headers => self.headers(rest)?,
                State::Epilogue => rest.len(),
            };
            if step == 0 {
                return Ok(used);
            }
            used += step;
        }
    }

    fn content(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let delimiter = self.delimiter.needle().len();
        if let Some(end) = self.delimiter.find(bytes) {
            self.state = State::AfterDelimiter;
            self.data(&bytes[..end])?;
            return Ok(end + delimiter);
        }
        let safe = bytes.len().saturating_sub(delimiter - 1);
        self.data(&bytes[..safe])?;
        Ok(safe)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let text = match self.part {
            Part::Ignored => return Ok(()),
            Part::Gallery => &mut self.gallery,
            Part::Key => &mut self.key,
            Part::Image => {
                if let Some(image) = &mut self.image {
                    image.bytes += bytes.len() as u64;
                    if let Some(hasher) = &mut image.hasher {
                        hasher.update(bytes);
                    }
                }
                return Ok(());
            }
        };
        text.extend_from_slice(bytes);
        if text.len() > TEXT_MAX { Err("a text field is too long") } else { Ok(()) }
    }

    fn after_delimiter(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        self.state = match bytes.get(..2) {
            None => return Ok(0),
            Some(b"--") => State::Epilogue,
            Some(b"\r\n") => State::Headers,
            Some(_) => return Err("neither a part nor the end follows a boundary"),
        };
        Ok(2)
    }

    fn headers(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return if bytes.len() > HEADERS_MAX { Err("the headers of a part are too long") } else { Ok(0) };
        };
        let headers = String::from_utf8_lossy(&bytes[..end]);
        let mut fields = headers.split("\r\n").filter_map(|line| line.split_once(':'));
        let disposition = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"));
        let (_, disposition) = disposition.ok_or("a part without Content-Disposition")?;
        let parameters = parameters(disposition);
        self.part = match find(&parameters, "name") {
            Some("gallery") => Part::Gallery,
            Some("key") => Part::Key,
            Some("img") => {
                let file_name = file_name(&parameters).ok_or("an image without a file name")?;
                let hasher = self.hashes.then(blake3::Hasher::new);
                self.image = Some(Image { file_name, bytes: 0, hasher });
                Part::Image
            }
            _ => Part::Ignored,
        };
        self.state = State::Content;
        Ok(end + 4)
    }
}

impl Image {
    /// BLAKE3 of what has come so far, in hexadecimal digits.
    pub fn content_hash(&self) -> Option<String> {
        self.hasher.as_ref().map(|hasher| hasher.finalize().to_hex().to_string())
    }
}

/// As clients write it: percent-encoded UTF-8 (RFC 5987), or quoted with `"` and line ends as `%22`, `%0D`, `%0A` (WHATWG).
fn file_name(parameters: &[(String, String)]) -> Option<String> {
    if let Some((_, encoded)) = find(parameters, "filename*").and_then(|value| value.split_once("''")) {
        return Some(percent_decode_str(encoded).decode_utf8_lossy().into_owned());
    }
    find(parameters, "filename").map(|name| name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// What follows the first `;` of a header: names and values, without their quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let (value, end) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => after.split_once(';').map_or((after.trim().to_owned(), ""), |(value, end)| (value.to_owned(), end)),
        };
        found.push((name.trim_matches([';', ' ', '\t']).to_owned(), value));
        rest = end;
    }
    found
}

/// The text up to the closing quote, and what follows the quote.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut signs = quoted.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => break,
            '\\' => value.extend(signs.next()),
            _ => value.push(sign),
        }
    }
    (value, signs.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT_TYPE: &str = "multipart/form-data; charset=utf-8; boundary=\"a-b\"";
    const CONTENT: &[u8] = b"\r\n--a-\r\r\n\r\n--a-\r\n--a";

    fn body() -> Vec<u8> {
        let mut body = b"Preamble\r\n--a-b\r\nContent-Disposition: form-data; name=\"gallery\"\r\n\r\ng1\r\n".to_vec();
        body.extend(b"--a-b\r\nX: y\r\ncontent-disposition: form-data; name=key\r\n\r\n\r\n--a-b\r\n");
        body.extend(
            b"Content-Disposition: form-data; name=\"img\"; filename=\"a;=1.png\"\r\nContent-Type: image/png\r\n\r\n",
        );
        body.extend(CONTENT);
        body.extend(b"\r\n--a-b--\r\nepilogue");
        body
    }

    fn check(pieces: &[&[u8]]) {
        let mut form = Form::new(CONTENT_TYPE, true).expect("a form");
        for piece in pieces {
            form.take(piece).expect("well made");
        }
        let image = form.image().expect("an image");
        assert!(form.is_whole(), "{pieces:?}");
        assert_eq!((form.gallery(), form.key()), ("g1".to_owned(), String::new()));
        assert_eq!((image.file_name.as_str(), image.bytes), ("a;=1.png", CONTENT.len() as u64));
        assert_eq!(image.content_hash(), Some(blake3::hash(CONTENT).to_hex().to_string()));
    }

    #[test]
    fn a_form_may_be_cut_anywhere() {
        let body = body();
        check(&[&body[..body.len() - 8]]);
        for first in 0..body.len() {
            for second in first..body.len() {
                check(&[&body[..first], &body[first..second], &body[second..]]);
            }
        }
        for size in 1..body.len() {
            check(&body.chunks(size).collect::<Vec<_>>());
        }
    }

    #[test]
    fn file_names_as_clients_write_them() {
        for (header, name) in [
            (r#"form-data; name="img"; filename="a b.jpg""#, "a b.jpg"),
            ("form-data; name=img; filename=plain.jpg", "plain.jpg"),
            (r#"form-data; filename="%22q%22; x=\"\\.jpg"; name="img""#, r#""q"; x="\.jpg"#),
            ("form-data; name=\"img\"; filename*=utf-8''%E6%B5%B7%201.jpg", "海 1.jpg"),
            (r#"form-data; name="img"; filename="海.jpg""#, "海.jpg"),
        ] {
            assert_eq!(file_name(&parameters(header)).as_deref(), Some(name), "{header}");
        }
    }

    #[test]
    fn what_is_no_form_is_said() {
        assert!(Form::new("application/json", true).is_err());
        for body in [
            "--a-b\r\nX: y\r\n\r\n",
            "--a-bc\r\n",
            "--a-b\r\nContent-Disposition: form-data; name=img\r\n\r\n",
            &format!(
                "--a-b\r\nContent-Disposition: form-data; name=key\r\n\r\n{}\r\n--a-b--",
                "x".repeat(TEXT_MAX + 1)
            ),
        ] {
            let mut form = Form::new(CONTENT_TYPE, true).expect("a form");
            assert!(form.take(body.as_bytes()).is_err(), "{body}");
        }
    }
}
