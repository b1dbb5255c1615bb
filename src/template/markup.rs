//! Ready-made markup in every format: a clickable thumbnail, a file-host link.

use super::escape::push;
use super::gallery::{CoverView, ImageView, LinkView};
use super::names::Kind::{Text, Url};
use super::settings::Format;

/// Between images, when the template does not say.
pub(super) const fn separator_of_images(format: Format) -> &'static str {
    match format {
        Format::Bbcode | Format::Html | Format::Markdown => " ",
        Format::Text | Format::Csv => "\n",
        Format::Json => ", ",
    }
}

/// Between file-host links.
pub(super) const fn separator_of_links(format: Format) -> &'static str {
    match format {
        Format::Html => "<br>\n",
        Format::Markdown => "  \n",
        Format::Json => ", ",
        Format::Bbcode | Format::Text | Format::Csv => "\n",
    }
}

/// A clickable thumbnail. Without a thumbnail the link is shown as text, so that there is no empty tag.
pub(super) fn image(out: &mut String, format: Format, image: &ImageView) {
    match format {
        Format::Json => {
            object(
                out,
                &[("name", &image.name)],
                &[("link", &image.link), ("thumb", &image.thumb), ("direct", &image.direct)],
            );
        }
        Format::Csv => row(out, &image.name, &[&image.link, &image.thumb, &image.direct]),
        _ => clickable(out, format, &image.link, &image.thumb, &image.name),
    }
}

/// The same for a cover, which may have no link.
pub(super) fn cover(out: &mut String, format: Format, cover: &CoverView) {
    let CoverView { link, thumb } = cover;
    match format {
        Format::Json => object(out, &[], &[("link", link), ("thumb", thumb)]),
        Format::Csv => row(out, "", &[link, thumb]),
        _ if !link.trim().is_empty() => clickable(out, format, link, thumb, ""),
        _ => thumbnail(out, format, thumb, ""),
    }
}

/// A link named after its host.
pub(super) fn link(out: &mut String, format: Format, link: &LinkView) {
    let part = if link.parts > 1 { format!(" {}/{}", link.part, link.parts) } else { String::new() };
    let host = if link.host.trim().is_empty() { &link.name } else { &link.host };
    match format {
        Format::Json => object(out, &[("host", &link.host), ("name", &link.name)], &[("url", &link.url)]),
        Format::Csv => row(out, &format!("{host}{part}"), &[&link.url]),
        _ => clickable(out, format, &link.url, "", &format!("{host}{part}")),
    }
}

fn clickable(out: &mut String, format: Format, link: &str, thumb: &str, name: &str) {
    let (before, between, after) = match format {
        Format::Bbcode => ("[url=", "]", "[/url]"),
        Format::Html => ("<a href=\"", "\">", "</a>"),
        Format::Markdown => ("[", "](", ")"),
        // These have no links.
        Format::Text | Format::Json | Format::Csv => return push(out, format, Url, link),
    };
    out.push_str(before);
    if format != Format::Markdown {
        push(out, format, Url, link);
        out.push_str(between);
    }
    if !thumb.trim().is_empty() {
        thumbnail(out, format, thumb, name);
    } else if !name.trim().is_empty() {
        push(out, format, Text, name);
    } else {
        push(out, format, Url, link);
    }
    if format == Format::Markdown {
        out.push_str(between);
        push(out, format, Url, link);
    }
    out.push_str(after);
}

fn thumbnail(out: &mut String, format: Format, thumb: &str, name: &str) {
    match format {
        Format::Bbcode => {
            out.push_str("[img]");
            push(out, format, Url, thumb);
            out.push_str("[/img]");
        }
        Format::Html => {
            out.push_str("<img src=\"");
            push(out, format, Url, thumb);
            out.push_str("\" alt=\"");
            push(out, format, Text, name);
            out.push_str("\">");
        }
        Format::Markdown => {
            out.push_str("![");
            push(out, format, Text, name);
            out.push_str("](");
            push(out, format, Url, thumb);
            out.push(')');
        }
        Format::Text | Format::Json | Format::Csv => push(out, format, Url, thumb),
    }
}

fn object(out: &mut String, words: &[(&str, &String)], addresses: &[(&str, &String)]) {
    let words = words.iter().map(|(key, value)| (Text, key, value));
    let addresses = addresses.iter().map(|(key, value)| (Url, key, value));
    out.push('{');
    for (index, (kind, key, value)) in words.chain(addresses).enumerate() {
        out.extend([if index == 0 { "\"" } else { ", \"" }, key, "\": \""]);
        push(out, Format::Json, kind, value);
        out.push('"');
    }
    out.push('}');
}

fn row(out: &mut String, name: &str, addresses: &[&String]) {
    push(out, Format::Csv, Text, name);
    for address in addresses {
        out.push(',');
        push(out, Format::Csv, Url, address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(make: impl Fn(&mut String, Format)) -> [String; 6] {
        Format::ALL.map(|(_, format)| {
            let mut out = String::new();
            make(&mut out, format);
            out
        })
    }

    #[test]
    fn images_in_every_format() {
        let view = |thumb: &str| ImageView {
            name: "a[1]\"<,.jpg".into(),
            link: "https://h/a b".into(),
            thumb: thumb.into(),
            ..ImageView::default()
        };
        assert_eq!(
            made(|out, format| image(out, format, &view("https://t/1"))),
            [
                "[url=https://h/a%20b][img]https://t/1[/img][/url]",
                "<a href=\"https://h/a%20b\"><img src=\"https://t/1\" alt=\"a[1]&quot;&lt;,.jpg\"></a>",
                "[![a\\[1\\]\"\\<,.jpg](https://t/1)](https://h/a%20b)",
                "https://h/a%20b",
                "{\"name\": \"a[1]\\\"\\u003c,.jpg\", \"link\": \"https://h/a%20b\", \"thumb\": \"https://t/1\", \"direct\": \"\"}",
                "\"a[1]\"\"<,.jpg\",https://h/a%20b,https://t/1,",
            ]
        );
        let without = made(|out, format| image(out, format, &view(" ")));
        assert_eq!(
            without.get(..3).expect("three"),
            [
                "[url=https://h/a%20b]a(1)\"<,.jpg[/url]",
                "<a href=\"https://h/a%20b\">a[1]&quot;&lt;,.jpg</a>",
                "[a\\[1\\]\"\\<,.jpg](https://h/a%20b)",
            ]
        );
        let nameless = ImageView { name: String::new(), ..view("") };
        assert_eq!(made(|out, format| image(out, format, &nameless))[0], "[url=https://h/a%20b]https://h/a%20b[/url]");
    }

    #[test]
    fn links_in_every_format() {
        let view =
            LinkView { url: "https://f/1".into(), host: "Files".into(), part: 1, parts: 2, ..LinkView::default() };
        assert_eq!(
            made(|out, format| link(out, format, &view)),
            [
                "[url=https://f/1]Files 1/2[/url]",
                "<a href=\"https://f/1\">Files 1/2</a>",
                "[Files 1/2](https://f/1)",
                "https://f/1",
                "{\"host\": \"Files\", \"name\": \"\", \"url\": \"https://f/1\"}",
                "Files 1/2,https://f/1",
            ]
        );
    }

    #[test]
    fn a_cover_without_a_link_is_a_picture() {
        let view = CoverView { link: String::new(), thumb: "https://t/1".into() };
        let made = made(|out, format| cover(out, format, &view));
        assert_eq!(
            made.get(..3).expect("three"),
            ["[img]https://t/1[/img]", "<img src=\"https://t/1\" alt=\"\">", "![](https://t/1)"]
        );
    }
}
