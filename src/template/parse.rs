//! Text to template: pieces of text and placeholders, plus what is wrong with it. Never fails.

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// Something the gallery puts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The folder's name.
    FolderName,
    /// The gallery's name.
    GalleryName,
    /// How many images are in the output.
    PictureCount,
    /// How many images are missing from it.
    FailedCount,
    /// Median width in pixels.
    Width,
    /// Median height in pixels.
    Height,
    /// The larger of both.
    Longest,
    /// The most frequent ending, in upper case.
    Extension,
    /// Size of all images in binary units.
    FolderSize,
    /// The gallery's page.
    GalleryLink,
    /// One clickable thumbnail per image.
    AllImages,
}

impl Placeholder {
    const ALL: [(&'static str, Self); 11] = [
        ("folderName", Self::FolderName),
        ("galleryName", Self::GalleryName),
        ("pictureCount", Self::PictureCount),
        ("failedCount", Self::FailedCount),
        ("width", Self::Width),
        ("height", Self::Height),
        ("longest", Self::Longest),
        ("extension", Self::Extension),
        ("folderSize", Self::FolderSize),
        ("galleryLink", Self::GalleryLink),
        ("allImages", Self::AllImages),
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, placeholder)| placeholder)
    }
}

/// Something in a template that will not do what its writer expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub words: String,
}

/// Reads a template. What is not understood stays text and is reported.
#[must_use]
pub fn parse(text: &str) -> (Template, Vec<Problem>) {
    let mut parser = Parser { pieces: Vec::new(), plain: String::new(), problems: Vec::new() };
    for (index, line) in text.split_inclusive('\n').enumerate() {
        parser.line(line, index + 1);
    }
    parser.flush();
    (Template { pieces: parser.pieces }, parser.problems)
}

struct Parser {
    pieces: Vec<Piece>,
    plain: String,
    problems: Vec<Problem>,
}

impl Parser {
    fn line(&mut self, line: &str, number: usize) {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('#') {
            self.plain.push_str(before);
            let column = line.chars().count() - after.chars().count();
            let name: String = after.chars().take_while(char::is_ascii_alphanumeric).collect();
            let tail = after.strip_prefix(name.as_str()).unwrap_or(after);
            rest = match (name.as_str(), tail.strip_prefix('#')) {
                ("", Some(tail)) => {
                    self.plain.push('#'); // `##` is a literal #.
                    tail
                }
                (name, Some(tail)) => {
                    self.placeholder(name, number, column);
                    tail
                }
                (_, None) => {
                    self.plain.push('#');
                    after
                }
            };
        }
        self.plain.push_str(rest);
    }

    fn placeholder(&mut self, name: &str, line: usize, column: usize) {
        if let Some(placeholder) = Placeholder::from_name(name) {
            self.flush();
            self.pieces.push(Piece::Placeholder(placeholder));
        } else {
            let words = format!("There is no placeholder named {name}. Write ## for a # that is meant as such.");
            self.problems.push(Problem { line, column, words });
            self.plain.extend(["#", name, "#"]);
        }
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.plain)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problems(text: &str) -> Vec<(usize, usize)> {
        parse(text).1.into_iter().map(|problem| (problem.line, problem.column)).collect()
    }

    #[test]
    fn problems_name_line_and_column() {
        assert_eq!(problems("a #folderName# ## b"), []);
        assert_eq!(problems("ä #nonsense#\n  #foldername#"), [(1, 3), (2, 3)]);
        assert_eq!(problems("colour #fff, C# and #1"), []);
    }

    #[test]
    fn the_default_has_no_problems() {
        assert_eq!(problems(super::super::DEFAULT), []);
    }

    proptest! {
        #[test]
        fn any_text_parses(text in ".{0,200}") { let _ = parse(&text); }
    }
}
