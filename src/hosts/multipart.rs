//! The framing of a multipart form (RFC 7578), escaped as browsers do it (WHATWG HTML, "multipart form data").
//!
//! Ours, because reqwest's lets line breaks of a file name into the header, and its many small pieces cost a write each.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use crate::core::image::ImageKind;

/// What stands around the image in the body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub content_type: String,
    /// Before the image; everything, when there is none.
    pub head: Vec<u8>,
    /// After the image.
    pub tail: Vec<u8>,
}

/// A field's value.
pub(super) enum Field<'a> {
    Text(String),
    /// The image, by its file name.
    File(&'a str),
}

/// The frame of a form with `fields`, in their order.
pub(super) fn frame<'a>(fields: impl IntoIterator<Item = (&'a str, Field<'a>)>) -> Frame {
    let boundary = boundary();
    let (mut head, mut tail) = (String::new(), String::new());
    let mut text = &mut head;
    for (name, field) in fields {
        push(text, format_args!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", escape(name)));
        match field {
            Field::Text(value) => push(text, format_args!("\r\n\r\n{value}\r\n")),
            Field::File(file) => {
                let kind = content_type(file);
                push(text, format_args!("; filename=\"{}\"\r\nContent-Type: {kind}\r\n\r\n", escape(file)));
                text = &mut tail;
                text.push_str("\r\n");
            }
        }
    }
    push(text, format_args!("--{boundary}--\r\n"));
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Frame { content_type, head: head.into_bytes(), tail: tail.into_bytes() }
}

/// Writing into a text cannot fail.
fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(more);
}

/// Nothing that an image could contain by design: 128 bits that nobody can foresee.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("BBDrop{:016x}{:016x}", random(), random())
}

fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// By the ending; who looks at the content finds out for himself.
pub(super) fn content_type(file: &str) -> &'static str {
    match ImageKind::of_name(file) {
        Some(kind) => kind.media_type(),
        None if file.to_ascii_lowercase().ends_with(".html") => "text/html; charset=utf-8",
        None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_names_cannot_leave_their_place() {
        let fields = [
            ("key", Field::Text("a\r\nb".into())),
            ("fi\"le[]", Field::File("x\"\r\nEvil: 1\r\n\r\n海.JPG")),
            ("last", Field::Text("z".into())),
        ];
        let frame = frame(fields);
        let boundary = frame.content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\nb\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"fi%22le[]\"; \
             filename=\"x%22%0D%0AEvil: 1%0D%0A%0D%0A海.JPG\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        let tail =
            format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"last\"\r\n\r\nz\r\n--{boundary}--\r\n");
        assert_eq!(String::from_utf8(frame.head).as_deref(), Ok(head.as_str()));
        assert_eq!(String::from_utf8(frame.tail).as_deref(), Ok(tail.as_str()));
    }

    #[test]
    fn a_form_without_an_image_is_all_head() {
        let frame = frame([("a", Field::Text("b".into()))]);
        assert!(frame.tail.is_empty() && frame.head.ends_with(b"--\r\n"));
        assert_ne!(boundary(), boundary());
    }
}
