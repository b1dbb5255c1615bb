//! The templates that are always there. Each is a file in `assets/templates`, to copy and change.

/// A built-in template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, as a file of the person's own would have it.
    pub name: &'static str,
    /// What it makes, in a line.
    pub words: &'static str,
    /// The template.
    pub text: &'static str,
}

macro_rules! builtin {
    ($name:literal, $file:literal, $words:literal) => {
        Builtin {
            name: $name,
            words: $words,
            text: include_str!(concat!("../../assets/templates/", $file, ".template.txt")),
        }
    };
}

/// All of them; the default is the first.
#[rustfmt::skip] // A table.
static BUILTIN: [Builtin; 12] = [
    builtin!("default", "default", "BBCode: clickable thumbnails"),
    builtin!("bbcode-direct", "bbcode-direct", "BBCode: thumbnails that open the file itself"),
    builtin!("bbcode-full", "bbcode-full", "BBCode: full images, one below the other"),
    builtin!("bbcode-links", "bbcode-links", "BBCode: file names that open the image's page"),
    builtin!("html", "html", "HTML: thumbnails and downloads"),
    builtin!("markdown", "markdown", "Markdown: thumbnails and downloads"),
    builtin!("page-links", "page-links", "plain links to the images' pages"),
    builtin!("direct-links", "direct-links", "plain links to the files themselves"),
    builtin!("thumbnail-links", "thumbnail-links", "plain links to the thumbnails"),
    builtin!("json", "json", "JSON, as `templates render --data` takes it"),
    builtin!("csv", "csv", "CSV for spreadsheets"),
    builtin!("Extended Example", "extended-example", "BBCode: a post with everything, to copy and change"),
];

/// The built-in templates.
#[must_use]
pub fn builtin() -> &'static [Builtin] {
    &BUILTIN
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT, GalleryView, parse, render};
    use super::*;

    #[test]
    fn they_have_no_problems_and_names_of_their_own() {
        for template in builtin() {
            assert_eq!(parse(template.text).1, [], "{}", template.name);
            assert_eq!(builtin().iter().filter(|other| other.name == template.name).count(), 1);
            assert!(template.text.ends_with('\n'), "{}", template.name);
        }
        assert_eq!(builtin().first().map(|first| (first.name, first.text)), Some(("default", DEFAULT)));
    }

    #[test]
    fn none_of_them_trips_over_an_empty_gallery() {
        for template in builtin() {
            let text = render(&parse(template.text).0, &GalleryView::default()).text();
            assert!(!text.contains("[url=]") && !text.contains("[img][/img]") && !text.contains("=\"\""), "{text}");
        }
    }
}
