//! Template and gallery to text. Pure, linear in its output; values are escaped and never expanded twice.

use std::borrow::Cow;

use super::condition::{Condition, Operand, Subject};
use super::facts::{Facts, binary_size, stem};
use super::filter::Filter;
use super::gallery::{GalleryView, ImageView, LinkView};
use super::markdown::Brackets;
use super::names::{Entry, Kind, Placeholder};
use super::settings::{Format, Settings};
use super::sheet::Sheet;
use super::split::split;
use super::tags::{Syntax, Tags};
use super::tree::{Each, List, Piece, Template, Value};
use super::{escape, markup};

/// What a template makes of a gallery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What `#POSTTITLE:` says: one line of plain text; empty without it.
    pub title: String,
    /// The posts, in order; at least one.
    pub parts: Vec<String>,
    /// There was more than fits into memory.
    pub is_cut: bool,
}

impl Rendered {
    /// All posts, an empty line between them.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.join("\n\n")
    }

    /// The title of a post, counted from 0; numbered when there are several.
    #[must_use]
    pub fn title_of(&self, part: usize) -> String {
        match self.parts.len() {
            0 | 1 => self.title.clone(),
            count => format!("{} ({}/{count})", self.title, part + 1).trim_start().to_owned(),
        }
    }
}

/// Renders `gallery`.
#[must_use]
pub fn render(template: &Template, gallery: &GalleryView) -> Rendered {
    let facts = Facts::of(gallery);
    let title = template.title.as_ref().map(|title| {
        let settings = Settings { format: Format::Text, ..Settings::default() };
        let mut renderer = Renderer::new(gallery, &facts, &settings);
        renderer.pieces(title, Place::OUTSIDE);
        renderer.sheet.out.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let settings = &template.settings;
    let mut renderer = Renderer::new(gallery, &facts, settings);
    let is_limited = settings.images_max.or(settings.characters_max).is_some();
    renderer.sheet.is_split = is_limited && settings.format != Format::Json;
    renderer.pieces(&template.body, Place::OUTSIDE);
    let mut sheet = renderer.sheet;
    sheet.finish();
    let is_cut = sheet.is_full();
    let parts = if sheet.is_split { split(sheet, settings) } else { vec![sheet.out] };
    Rendered { title: title.unwrap_or_default(), parts, is_cut }
}

/// Where in a loop a piece stands.
#[derive(Clone, Copy)]
struct Place<'g> {
    item: Item<'g>,
    /// From 0.
    index: usize,
    /// Neither the last item nor the last one of a row.
    is_followed: bool,
}

#[derive(Clone, Copy)]
enum Item<'g> {
    None,
    Image(&'g ImageView),
    Failed(&'g ImageView),
    Link(&'g LinkView),
}

impl Place<'_> {
    const OUTSIDE: Self = Self { item: Item::None, index: 0, is_followed: false };
}

/// Empty markup would be left by missing values; who sees to that depends on the format.
enum Tidy {
    Tags(Tags),
    Brackets(Brackets),
    Nothing,
}

struct Renderer<'g> {
    gallery: &'g GalleryView,
    facts: &'g Facts<'g>,
    settings: &'g Settings,
    sheet: Sheet,
    tidy: Tidy,
    /// The last `[sep]`.
    separator: Option<(usize, usize)>,
}

impl<'g> Renderer<'g> {
    fn new(gallery: &'g GalleryView, facts: &'g Facts<'g>, settings: &'g Settings) -> Self {
        let tidy = match settings.format {
            Format::Bbcode => Tidy::Tags(Tags::new(Syntax::Bbcode)),
            Format::Html => Tidy::Tags(Tags::new(Syntax::Html)),
            Format::Markdown => Tidy::Brackets(Brackets::default()),
            Format::Text | Format::Json | Format::Csv => Tidy::Nothing,
        };
        Self { gallery, facts, settings, sheet: Sheet::default(), tidy, separator: None }
    }

    fn pieces(&mut self, pieces: &[Piece], place: Place<'g>) {
        for piece in pieces {
            if self.sheet.is_full() {
                return;
            }
            match piece {
                Piece::Text(text) => self.literal(text),
                Piece::Verbatim(written) => self.literal(&written.replace('\r', "\n")),
                Piece::Value(value) => self.value(value, place),
                Piece::If(block) => {
                    let holds = self.holds(&block.condition, place);
                    self.sheet.mark();
                    match (holds, &block.otherwise) {
                        (true, _) => self.pieces(&block.then, place),
                        (false, Some(otherwise)) => self.pieces(otherwise, place),
                        (false, None) => self.sheet.hole(),
                    }
                    self.sheet.mark();
                }
                Piece::Each(each) => self.each(each),
                Piece::Separator(inside) => {
                    self.sheet.mark();
                    if place.is_followed {
                        let from = self.sheet.end();
                        self.pieces(inside, place);
                        self.separator = Some((from, self.sheet.end()));
                    }
                    self.sheet.mark();
                }
            }
        }
    }

    fn literal(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            let sheet = &mut self.sheet;
            if index > 0 {
                sheet.line_end();
            }
            match &mut self.tidy {
                Tidy::Tags(tags) => {
                    if index > 0 {
                        tags.line_end();
                    }
                    tags.literal(sheet, line);
                }
                Tidy::Brackets(brackets) => {
                    if index > 0 {
                        brackets.line_end();
                    }
                    brackets.literal(sheet, line);
                }
                Tidy::Nothing => sheet.out.push_str(line),
            }
        }
    }

    fn each(&mut self, each: &Each) {
        let facts = self.facts;
        let gallery = self.gallery;
        match each.list {
            List::Image => self.items(each, facts.shown.iter().map(|image| Item::Image(image))),
            List::Failed => self.items(each, facts.missing.iter().map(|image| Item::Failed(image))),
            List::Link => {
                let links = gallery.links.iter().filter(|link| !link.url.trim().is_empty());
                self.items(each, links.map(Item::Link).collect::<Vec<_>>().into_iter());
            }
        }
    }

    fn items(&mut self, each: &Each, items: impl ExactSizeIterator<Item = Item<'g>>) {
        let count = items.len();
        self.sheet.mark();
        if count == 0 {
            self.sheet.hole();
        }
        for (index, item) in items.enumerate() {
            if self.sheet.is_full() {
                return;
            }
            let is_last = index + 1 == count;
            let ends_row = each.per_row.is_some_and(|count| (index + 1) % count == 0);
            let from = self.sheet.end();
            self.separator = None;
            self.sheet.mark();
            self.sheet.is_in_item = true;
            self.sheet.item_start = if each.per_row.is_some() { from } else { 0 };
            self.pieces(&each.body, Place { item, index, is_followed: !is_last && !ends_row });
            self.sheet.is_in_item = false;
            self.sheet.item_start = 0;
            // In rows the line end of the template's last line is not the item's.
            let had_line_end = each.per_row.is_some() && self.sheet.pop_line_end(from);
            if each.list == List::Image {
                self.sheet.images += 1;
            }
            let end = self.sheet.end();
            let separator = self.separator.filter(|(_, to)| self.sheet.since(*to).trim().is_empty());
            self.sheet.push_break(separator.map_or(end, |(from, _)| from), end, true);
            if if is_last { had_line_end } else { ends_row } {
                self.sheet.push_line_end();
            }
        }
        self.sheet.mark();
    }

    fn value(&mut self, value: &Value, place: Place<'g>) {
        let Value { entry, filters } = value;
        if entry.kind == Kind::Markup {
            return self.markup(entry.placeholder, place);
        }
        let mut text = self.text(entry, place);
        for filter in filters {
            text = filter.apply(text);
        }
        if text.trim().is_empty() {
            return self.sheet.hole();
        }
        let format = self.settings.format;
        if filters.contains(&Filter::Raw) {
            self.sheet.value(|out| out.push_str(&text));
        } else {
            self.sheet.value(|out| escape::push(out, format, entry.kind, &text));
        }
    }

    fn markup(&mut self, placeholder: Placeholder, place: Place<'g>) {
        let format = self.settings.format;
        match (placeholder, place.item) {
            (Placeholder::AllImages, _) if !self.facts.shown.is_empty() => self.all_images(),
            (Placeholder::HostLinks, _) if self.has_links() => {
                let links = self.gallery.links.iter().filter(|link| !link.url.trim().is_empty());
                for (index, link) in links.enumerate() {
                    let separator = if index > 0 { markup::separator_of_links(format) } else { "" };
                    let end = self.sheet.end();
                    self.sheet.push_break(end, end, true);
                    self.sheet.value(|out| {
                        out.push_str(separator);
                        markup::link(out, format, link);
                    });
                }
            }
            (Placeholder::Cover, _) if self.has_cover() => {
                let cover = &self.gallery.cover;
                self.sheet.value(|out| markup::cover(out, format, cover));
            }
            (Placeholder::ImageBbcode, Item::Image(image)) if format == Format::Bbcode => {
                self.sheet.value(|out| markup::image(out, format, image));
            }
            (Placeholder::ImageBbcode, Item::Image(image)) => {
                let mut bbcode = String::new();
                markup::image(&mut bbcode, Format::Bbcode, image);
                self.sheet.value(|out| escape::push(out, format, Kind::Text, &bbcode));
            }
            _ => self.sheet.hole(),
        }
    }

    fn all_images(&mut self) {
        let format = self.settings.format;
        let usual = markup::separator_of_images(format);
        let separator = self.settings.separator.as_deref().unwrap_or(usual);
        for (index, image) in self.facts.shown.iter().enumerate() {
            if self.sheet.is_full() {
                return;
            }
            let starts_line = self.settings.per_line.is_some_and(|count| index % count == 0);
            let separator = match (index, starts_line) {
                (0, _) => "",
                (_, true) => "\n",
                (_, false) => separator,
            };
            let end = self.sheet.end();
            self.sheet.push_break(end, end + separator.len(), true);
            self.sheet.value(|out| {
                out.push_str(separator);
                markup::image(out, format, image);
            });
            self.sheet.images += 1;
        }
        let end = self.sheet.end();
        self.sheet.push_break(end, end, true);
    }

    fn has_links(&self) -> bool {
        self.gallery.links.iter().any(|link| !link.url.trim().is_empty())
    }

    fn has_cover(&self) -> bool {
        !self.gallery.cover.link.trim().is_empty() || !self.gallery.cover.thumb.trim().is_empty()
    }

    fn holds(&self, condition: &Condition, place: Place<'g>) -> bool {
        let Subject::Known(entry) = condition.subject else {
            return condition.holds(&Operand { text: "", number: None });
        };
        if entry.kind == Kind::Markup {
            let is_there = match entry.placeholder {
                Placeholder::AllImages => !self.facts.shown.is_empty(),
                Placeholder::HostLinks => self.has_links(),
                Placeholder::Cover => self.has_cover(),
                _ => matches!(place.item, Item::Image(_)),
            };
            return condition.holds(&Operand { text: if is_there { "yes" } else { "" }, number: None });
        }
        let text = self.text(entry, place);
        condition.holds(&Operand { text: &text, number: self.number(entry.placeholder, place) })
    }

    /// The value as it is.
    fn text(&self, entry: &Entry, place: Place<'g>) -> Cow<'g, str> {
        if let Some(number) = self.number(entry.placeholder, place) {
            let text = if entry.kind == Kind::Size { binary_size(number) } else { number.to_string() };
            return Cow::Owned(text);
        }
        let gallery = self.gallery;
        let first = |one: &'g String, other: &'g String| if one.trim().is_empty() { other } else { one };
        let text = match (entry.placeholder, place.item) {
            (Placeholder::FolderName, _) => first(&gallery.folder, &gallery.name),
            (Placeholder::GalleryName, _) => first(&gallery.name, &gallery.folder),
            (Placeholder::GalleryTitle, _) => first(&gallery.title, first(&gallery.name, &gallery.folder)),
            (Placeholder::GalleryLink, _) => &gallery.gallery_link,
            (Placeholder::Host, _) => &gallery.host,
            (Placeholder::Extension, _) => return Cow::Borrowed(&self.facts.extension),
            (Placeholder::Custom(index), _) => return field(&gallery.fields.custom, index),
            (Placeholder::Ext(index), _) => return field(&gallery.fields.ext, index),
            (Placeholder::ImageLink, Item::Image(image)) => &image.link,
            (Placeholder::ImageThumb, Item::Image(image)) => &image.thumb,
            (Placeholder::ImageDirect, Item::Image(image)) => &image.direct,
            (Placeholder::ImageDelete, Item::Image(image)) => &image.delete,
            (Placeholder::ItemName, Item::Image(image) | Item::Failed(image)) => &image.name,
            (Placeholder::ItemStem, Item::Image(image) | Item::Failed(image)) => {
                return Cow::Borrowed(stem(&image.name));
            }
            (Placeholder::FailedReason, Item::Failed(image)) => &image.reason,
            (Placeholder::FailedState, Item::Failed(image)) => &image.state,
            (Placeholder::ItemName, Item::Link(link)) => &link.name,
            (Placeholder::LinkUrl, Item::Link(link)) => &link.url,
            (Placeholder::LinkHost, Item::Link(link)) => &link.host,
            _ => return Cow::Borrowed(""),
        };
        Cow::Borrowed(text)
    }

    /// The value of what is a number.
    fn number(&self, placeholder: Placeholder, place: Place<'g>) -> Option<u64> {
        let count = |length: usize| u64::try_from(length).ok();
        match (placeholder, place.item) {
            (Placeholder::PictureCount, _) => count(self.facts.shown.len()),
            (Placeholder::FailedCount, _) => count(self.facts.missing.len()),
            (Placeholder::Width, _) => Some(self.facts.width.into()),
            (Placeholder::Height, _) => Some(self.facts.height.into()),
            (Placeholder::Longest, _) => Some(self.facts.width.max(self.facts.height).into()),
            (Placeholder::FolderSize, _) => Some(self.facts.bytes),
            (Placeholder::ItemIndex, Item::Image(_) | Item::Failed(_) | Item::Link(_)) => count(place.index + 1),
            (Placeholder::ImageWidth, Item::Image(image)) => Some(image.width.into()),
            (Placeholder::ImageHeight, Item::Image(image)) => Some(image.height.into()),
            (Placeholder::ItemSize, Item::Image(image) | Item::Failed(image)) => Some(image.size),
            (Placeholder::ItemSize, Item::Link(link)) => Some(link.size),
            (Placeholder::LinkPart, Item::Link(link)) => Some(link.part.into()),
            (Placeholder::LinkParts, Item::Link(link)) => Some(link.parts.into()),
            _ => None,
        }
    }
}

fn field(fields: &[String], index: usize) -> Cow<'_, str> {
    Cow::Borrowed(fields.get(index).map_or("", String::as_str))
}
