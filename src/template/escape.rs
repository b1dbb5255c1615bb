//! Values to text that its format takes for a value and nothing else.

use std::fmt::Write as _;

use super::names::Kind;
use super::settings::Format;

/// Puts a value into text of that format.
pub(super) fn push(out: &mut String, format: Format, kind: Kind, value: &str) {
    if if kind == Kind::Url { is_plain_address(value) } else { is_plain(value) } {
        return out.push_str(value);
    }
    if kind == Kind::Url {
        return push_address(out, format, &url(value));
    }
    match format {
        Format::Bbcode => out.extend(value.chars().map(|c| match c {
            // Parentheses: boards differ in the entities they know.
            '[' => '(',
            ']' => ')',
            c => without_line_end(c),
        })),
        Format::Html => push_html(out, value),
        Format::Markdown => push_markdown(out, value),
        Format::Text => out.extend(value.chars().map(without_line_end)),
        Format::Json => push_json(out, value),
        Format::Csv => push_csv(out, value),
    }
}

/// Nothing in it means anything in any format. Most values are like that, and only looked at.
fn is_plain(value: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'.');
    let bytes = value.as_bytes();
    let is_word = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.last() != Some(&b' ');
    bytes.iter().all(u8::is_ascii_digit) || is_word && bytes.iter().all(is_plain)
}

/// The same for addresses.
fn is_plain_address(address: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!+=$".contains(&byte);
    (address.starts_with("https://") || address.starts_with("http://")) && address.bytes().all(is_plain)
}

fn push_address(out: &mut String, format: Format, address: &str) {
    match format {
        Format::Html => push_html(out, address),
        Format::Markdown => {
            for c in address.chars() {
                match c {
                    '(' => out.push_str("%28"),
                    ')' => out.push_str("%29"),
                    '*' => out.push_str("%2A"),
                    c => out.push(c),
                }
            }
        }
        Format::Csv => push_csv(out, address),
        Format::Bbcode | Format::Text | Format::Json => out.push_str(address),
    }
}

fn without_line_end(c: char) -> char {
    if is_line_end(c) { ' ' } else { c }
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn push_html(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(without_line_end(c)),
        }
    }
}

/// <https://spec.commonmark.org/0.31.2/#backslash-escapes>; what means something only at the beginning of a line is escaped at
/// the beginning of a value.
fn push_markdown(out: &mut String, value: &str) {
    let is_list = value.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')', '-', '+', '=', ':']);
    let mut may_be_list = is_list;
    for c in value.chars() {
        let is_sign = "\\`*_[]<>#!|~&$".contains(c);
        let opens_list = may_be_list && !c.is_ascii_digit();
        if is_sign || opens_list {
            out.push('\\');
        }
        may_be_list &= c.is_ascii_digit();
        out.push(without_line_end(c));
    }
}

/// The inside of a string literal.
fn push_json(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `<` and the two line ends of JavaScript: JSON is put into pages, too.
            c if c.is_control() || matches!(c, '<' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c)); // A string takes everything.
            }
            c => out.push(c),
        }
    }
}

/// RFC 4180, and no formulas: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn push_csv(out: &mut String, value: &str) {
    let is_formula = value.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || value.starts_with(['\t', '\r', '\n']);
    let is_quoted = value.contains(['"', ',', ';', '\t', '\n', '\r', '|']) || value.trim().len() < value.len();
    let guard = if is_formula { "'" } else { "" };
    if is_quoted {
        out.extend(["\"", guard, &value.replace('"', "\"\""), "\""]);
    } else {
        out.extend([guard, value]);
    }
}

/// An address without signs that could end it or its tag; what is percent-encoded already stays. A link that would run a
/// script leads nowhere.
pub(super) fn url(address: &str) -> String {
    let address = address.trim();
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_script = ["javascript", "vbscript", "data"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    let mut escaped = String::with_capacity(address.len() + 8);
    let mut rest = address.chars();
    while let Some(c) = rest.next() {
        let is_code = || rest.as_str().get(..2).is_some_and(|code| code.chars().all(|c| c.is_ascii_hexdigit()));
        let is_unsafe = match c {
            '%' => !is_code(),
            ':' => is_script,
            c => !c.is_ascii_graphic() || "[]\"'<>`{}|\\^".contains(c),
        };
        if is_unsafe { push_encoded(&mut escaped, c) } else { escaped.push(c) }
    }
    escaped
}

/// Text as a part of an address: everything but letters, digits and `-._~` is percent-encoded (RFC 3986, 2.3).
pub(super) fn component(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._~".contains(c) { escaped.push(c) } else { push_encoded(&mut escaped, c) }
    }
    escaped
}

fn push_encoded(out: &mut String, c: char) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(out, "%{byte:02X}"); // A string takes everything.
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(format: Format, kind: Kind, value: &str) -> String {
        let mut out = String::new();
        push(&mut out, format, kind, value);
        out
    }

    #[test]
    fn words_by_format() {
        for (format, value, expected) in [
            (Format::Bbcode, "a [b]x[/b]\n&", "a (b)x(/b) &"),
            (Format::Html, "<a href=\"x\">'&'\n", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39; "),
            (Format::Markdown, "a_b *c* [d](e) <f>", r"a\_b \*c\* \[d\](e) \<f\>"),
            (Format::Markdown, "- a", r"\- a"),
            (Format::Markdown, "12. a. 1.", r"12\. a. 1."),
            (Format::Markdown, "2024", "2024"),
            (Format::Text, "a\r\n[b] <c>", "a  [b] <c>"),
            (Format::Json, "a\"\\\n\u{1}é</script>", "a\\\"\\\\\\n\\u0001é\\u003c/script>"),
            (Format::Csv, "plain name.jpg", "plain name.jpg"),
            (Format::Csv, "a,\"b\"", "\"a,\"\"b\"\"\""),
            (Format::Csv, "=1+1", "'=1+1"),
            (Format::Csv, " @x", "\"' @x\""),
            (Format::Csv, "-2;3", "\"'-2;3\""),
        ] {
            assert_eq!(escaped(format, Kind::Text, value), expected, "{format:?}");
        }
    }

    #[test]
    fn addresses_by_format() {
        for (format, value, expected) in [
            (Format::Bbcode, " https://h/a b[c]%20%é ", "https://h/a%20b%5Bc%5D%20%25%C3%A9"),
            (Format::Html, "https://h/?a=1&b='2'", "https://h/?a=1&amp;b=%272%27"),
            (Format::Html, "JavaScript:alert(1)", "JavaScript%3Aalert(1)"),
            (Format::Html, "java\nscript:alert(1)", "java%0Ascript:alert(1)"),
            (Format::Markdown, "https://h/a(1)", "https://h/a%281%29"),
            (Format::Json, "https://h/\"", "https://h/%22"),
            (Format::Csv, "=https://h/,", "\"'=https://h/,\""),
        ] {
            assert_eq!(escaped(format, Kind::Url, value), expected, "{format:?}");
        }
    }

    proptest! {
        #[test]
        fn no_value_is_more_than_a_value(value in ".{0,40}") {
            for kind in [Kind::Text, Kind::Url] {
                prop_assert!(!escaped(Format::Bbcode, kind, &value).contains(['[', ']', '\n', '\r']));
                prop_assert!(!escaped(Format::Html, kind, &value).contains(['<', '>', '"', '\'', '\n']));
                prop_assert!(!escaped(Format::Text, kind, &value).contains(['\n', '\r']));
                let json = format!("\"{}\"", escaped(Format::Json, kind, &value));
                prop_assert!(serde_json::from_str::<String>(&json).is_ok(), "{}", json);
            }
            let json = format!("\"{}\"", escaped(Format::Json, Kind::Text, &value));
            prop_assert_eq!(serde_json::from_str::<String>(&json).ok(), Some(value.clone()));
            let address = url(&value);
            prop_assert_eq!(url(&address), address.clone(), "what is encoded stays");
            prop_assert!(address.is_ascii() && !address.contains([' ', '[', ']', '"', '<', '>']));
        }

        #[test]
        fn a_csv_value_is_one_cell_and_no_formula(value in "[=+@,;\"'a \t\r\n-]{0,20}") {
            let cell = escaped(Format::Csv, Kind::Text, &value);
            let quoted = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
            if let Some(quoted) = quoted {
                prop_assert!(!quoted.replace("\"\"", "").contains('"'), "{cell}");
            } else {
                prop_assert!(!cell.contains(['"', ',', ';', '\n', '\r']), "{cell}");
            }
            let inside = quoted.map_or(cell.clone(), |quoted| quoted.replace("\"\"", "\""));
            prop_assert!(!inside.trim_start().starts_with(['=', '+', '-', '@']), "{inside}");
            prop_assert_eq!(inside.strip_prefix('\'').filter(|_| !value.starts_with('\'')).unwrap_or(&inside), value);
        }
    }
}
