//! Long output to several posts: between items where that is possible, with the tags that are open closed and opened again.

use super::settings::Settings;
use super::sheet::{Break, Pair, Sheet};

/// The posts; one when there is no limit or it is kept.
pub(super) fn split(sheet: Sheet, settings: &Settings) -> Vec<String> {
    let limits = Limits {
        images: settings.images_max.unwrap_or(usize::MAX),
        characters: settings.characters_max.unwrap_or(usize::MAX),
    };
    let characters = if limits.characters == usize::MAX { 0 } else { sheet.out.chars().count() };
    if sheet.images <= limits.images && characters <= limits.characters {
        return vec![sheet.out];
    }
    let places = places(&sheet);
    let mut splitter = Splitter { sheet: &sheet, limits, characters, parts: Vec::new(), start: Start::default() };
    let mut next = 0;
    while !splitter.rest_fits() {
        let mut best: Option<(usize, &Place<'_>)> = None;
        for (index, place) in places.iter().enumerate().skip(next).take_while(|(_, place)| splitter.fits(place)) {
            let is_ahead = place.at.from > splitter.start.at;
            if is_ahead && (place.at.is_good || best.is_none_or(|(_, best)| !best.at.is_good)) {
                best = Some((index, place));
            }
        }
        match best {
            Some((index, place)) => {
                splitter.cut(place);
                next = index + 1;
            }
            None if splitter.limits.characters < usize::MAX => splitter.cut_anywhere(),
            None => break,
        }
        while places.get(next).is_some_and(|place| place.at.from <= splitter.start.at) {
            next += 1;
        }
    }
    splitter.finish()
}

struct Limits {
    images: usize,
    characters: usize,
}

/// A break with what is needed to split there.
struct Place<'s> {
    at: &'s Break,
    /// Characters before it.
    characters: usize,
    /// Tags that are open there, outermost first.
    open: Vec<&'s Pair>,
    /// Characters of their ends.
    closing: usize,
}

/// What a part begins with.
#[derive(Default)]
struct Start {
    at: usize,
    characters: usize,
    images: usize,
    /// Tags that are opened again.
    opening: String,
    opening_characters: usize,
}

struct Splitter<'s> {
    sheet: &'s Sheet,
    limits: Limits,
    /// Of everything.
    characters: usize,
    parts: Vec<String>,
    start: Start,
}

impl Splitter<'_> {
    fn rest_fits(&self) -> bool {
        self.sheet.images - self.start.images <= self.limits.images
            && self.length(self.characters) <= self.limits.characters
    }

    fn fits(&self, place: &Place<'_>) -> bool {
        place.at.images.saturating_sub(self.start.images) <= self.limits.images
            && self.length(place.characters) + place.closing <= self.limits.characters
    }

    /// Of the part from the start up to there.
    fn length(&self, characters: usize) -> usize {
        self.start.opening_characters + characters.saturating_sub(self.start.characters)
    }

    fn cut(&mut self, place: &Place<'_>) {
        let closing: String = place.open.iter().rev().map(|pair| self.sheet.part(&pair.closing)).collect();
        self.push(place.at.from, &closing);
        let skipped = self.sheet.part(&(place.at.from..place.at.to)).chars().count();
        self.start = Start {
            at: place.at.to,
            characters: place.characters + skipped,
            images: place.at.images,
            opening: place.open.iter().map(|pair| self.sheet.part(&pair.opening)).collect(),
            opening_characters: 0,
        };
        self.start.opening_characters = self.start.opening.chars().count();
        self.skip_blanks();
    }

    /// Blanks between two parts belong to none of them.
    fn skip_blanks(&mut self) {
        let rest = self.sheet.since(self.start.at);
        let blanks = rest.len() - rest.trim_start().len();
        self.start.characters += rest.get(..blanks).unwrap_or_default().chars().count();
        self.start.at += blanks;
    }

    /// No place fits: as much as there may be, not inside a tag unless that is longer.
    fn cut_anywhere(&mut self) {
        let rest = self.sheet.since(self.start.at);
        let room = self.limits.characters.saturating_sub(self.start.opening_characters).max(1);
        let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
        let fitting = rest.get(..end).unwrap_or_default();
        let tag = fitting.rfind(['[', '<']).filter(|at| fitting.rfind([']', '>']).is_none_or(|end| end < *at));
        let length = tag.filter(|at| *at > 0).unwrap_or(end);
        self.push(self.start.at + length, "");
        self.start.characters += rest.get(..length).unwrap_or_default().chars().count();
        self.start.at += length;
        (self.start.opening, self.start.opening_characters) = (String::new(), 0);
    }

    fn push(&mut self, end: usize, closing: &str) {
        let part = self.sheet.part(&(self.start.at..end)).trim_end();
        if !part.is_empty() {
            self.parts.push([&self.start.opening, part, closing].concat());
        }
    }

    fn finish(mut self) -> Vec<String> {
        let rest = self.sheet.since(self.start.at);
        if !rest.trim().is_empty() || self.parts.is_empty() {
            self.parts.push([self.start.opening.as_str(), rest].concat());
        }
        self.parts
    }
}

/// The breaks with the characters before them and the tags that are open there.
fn places(sheet: &Sheet) -> Vec<Place<'_>> {
    let mut pairs: Vec<&Pair> = sheet.pairs.iter().collect();
    pairs.sort_by_key(|pair| pair.opening.start);
    let mut pairs = pairs.into_iter().peekable();
    let mut open: Vec<&Pair> = Vec::new();
    let (mut reached, mut characters) = (0, 0);
    let place = |at| {
        let at: &Break = at;
        while let Some(pair) = pairs.next_if(|pair| pair.opening.end <= at.from) {
            open.push(pair);
        }
        open.retain(|pair| pair.closing.start >= at.to);
        characters += sheet.part(&(reached..at.from)).chars().count();
        reached = at.from.max(reached);
        let closing = open.iter().map(|pair| sheet.part(&pair.closing).chars().count()).sum();
        Place { at, characters, open: open.clone(), closing }
    };
    sheet.breaks.iter().map(place).collect()
}
