//! Text to template: never fails. What is not understood stays text and is reported.

use std::ops::Range;

use super::condition::{Condition, Subject};
use super::filter::{self, FILTERS_MAX, Filter};
use super::lexer::{self, Lexeme, Token};
use super::names::{self, Kind, PLACEHOLDERS, Scope};
use super::problem::{Problem, Problems, similar};
use super::settings::{Format, KEYS, Key};
use super::tree::{Each, If, List, Piece, Template, Value};

/// Blocks in blocks. There is no limit to blocks beside each other.
const DEPTH_MAX: usize = 60;
/// Most items in a row.
const PER_ROW_MAX: usize = 1000;

/// Reads a template.
#[must_use]
pub fn parse(text: &str) -> (Template, Vec<Problem>) {
    let mut problems = Problems::new(text);
    let mut template = Template::default();
    let tokens = lexer::lex(text);
    let mut set = Vec::new();
    let mut body = Parser::new(text, &mut problems);
    for token in &tokens {
        let Lexeme::Setting(key) = token.kind else {
            body.token(token);
            continue;
        };
        if set.contains(&key) {
            body.problems.add(token.at.clone(), "This is set above already; the last one counts.");
        }
        set.push(key);
        let line = body.part(&token.at);
        let name = line.find(':').map_or(0, |colon| colon + 1);
        let value = line.get(name..).unwrap_or_default();
        let from = token.at.start + name + (value.len() - value.trim_start().len());
        let at = from..from + value.trim().len();
        if key == Key::PostTitle {
            template.title = Some(title(text, at, body.problems));
        } else if let Err((words, meant)) = template.settings.set(key, value) {
            body.problems.add_unknown(at, value.trim(), meant.map(str::to_owned), &words);
        }
    }
    template.body = body.finish();
    let is_split = template.settings.images_max.or(template.settings.characters_max).is_some();
    if is_split && template.settings.format == Format::Json {
        problems.add(0..0, "JSON cannot be split into several posts; MAX IMAGES and MAX CHARACTERS have no effect.");
    }
    (template, problems.finish())
}

/// The title is one line.
fn title<'t>(text: &'t str, at: Range<usize>, problems: &mut Problems<'t>) -> Vec<Piece> {
    let mut tokens = Vec::new();
    lexer::lex_body(text, at, &mut tokens);
    let mut parser = Parser::new(text, problems);
    parser.is_title = true;
    for token in &tokens {
        parser.token(token);
    }
    parser.finish()
}

struct Parser<'t, 'p> {
    text: &'t str,
    problems: &'p mut Problems<'t>,
    /// What is open; the first one is the template.
    frames: Vec<Frame>,
    /// Those of them that are not broken; a few. There may be very many broken ones.
    sound: Vec<usize>,
    /// How many of `frames` have that end.
    open: [usize; 3],
    is_title: bool,
}

/// A block whose end has not come yet.
struct Frame {
    block: Block,
    /// Its opening tag.
    at: Range<usize>,
    /// What is inside, after `[else]` if there was one.
    pieces: Vec<Piece>,
}

enum Block {
    Template,
    If {
        condition: Condition,
        then: Option<Vec<Piece>>,
    },
    Each {
        list: List,
        per_row: Option<usize>,
    },
    Sep,
    /// Reported. It and its end stay text, and so its end is not reported, too.
    Broken(End),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    If,
    Each,
    Sep,
}

impl Block {
    const fn end(&self) -> Option<End> {
        match self {
            Self::Template => None,
            Self::If { .. } => Some(End::If),
            Self::Each { .. } => Some(End::Each),
            Self::Sep => Some(End::Sep),
            Self::Broken(end) => Some(*end),
        }
    }
}

impl<'t, 'p> Parser<'t, 'p> {
    fn new(text: &'t str, problems: &'p mut Problems<'t>) -> Self {
        let template = Frame { block: Block::Template, at: 0..0, pieces: Vec::new() };
        Self { text, problems, frames: vec![template], sound: vec![0], open: [0; 3], is_title: false }
    }

    fn part(&self, at: &Range<usize>) -> &'t str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    fn token(&mut self, token: &Token) {
        let at = &token.at;
        match token.kind {
            Lexeme::Nothing | Lexeme::Setting(_) => {}
            Lexeme::Text => self.text(at),
            Lexeme::Hash => self.push_text("#"),
            Lexeme::Placeholder => self.placeholder(at),
            Lexeme::If => self.open_if(at),
            Lexeme::Each => self.open_each(at),
            Lexeme::Sep => self.open_sep(at),
            Lexeme::Else => self.otherwise(at),
            Lexeme::EndIf => self.close(at, End::If),
            Lexeme::EndEach => self.close(at, End::Each),
            Lexeme::EndSep => self.close(at, End::Sep),
            Lexeme::Unclosed | Lexeme::Misplaced | Lexeme::UnknownSetting => self.stray(token),
        }
    }

    /// What looks like something and is text.
    fn stray(&mut self, token: &Token) {
        let written = self.part(&token.at);
        match token.kind {
            Lexeme::Misplaced => {
                let words = format!("{written}: belongs into the first lines of the template, before everything else.");
                self.problems.add(token.at.clone(), words);
            }
            Lexeme::UnknownSetting => {
                let name = written.trim_start_matches('#');
                let meant = similar(name, KEYS.iter().map(|(_, known, ..)| *known)).map(|meant| format!("#{meant}"));
                self.problems.add_unknown(token.at.clone(), written, meant, "");
            }
            _ if written.starts_with('[') => {
                self.problems.add(token.at.clone(), format!("{written} needs a ] in the same line."));
            }
            _ => {
                let name = written.split('|').next().unwrap_or_default();
                let words = format!("{name} needs a # at its end. Write ## for a # that is meant as such.");
                self.problems.add(token.at.clone(), words);
            }
        }
        self.verbatim(&token.at);
    }

    /// The blocks around it that are not broken, outermost first.
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sound.iter().filter_map(|index| self.frames.get(*index)).map(|frame| &frame.block)
    }

    /// How many blocks with that end are open.
    fn open_with(&mut self, end: End) -> &mut usize {
        let [ifs, loops, separators] = &mut self.open;
        match end {
            End::If => ifs,
            End::Each => loops,
            End::Sep => separators,
        }
    }

    fn push_frame(&mut self, frame: Frame) {
        if let Some(end) = frame.block.end() {
            *self.open_with(end) += 1;
        }
        if !matches!(frame.block, Block::Broken(_)) {
            self.sound.push(self.frames.len());
        }
        self.frames.push(frame);
    }

    fn pop_frame(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        if let Some(end) = frame.block.end() {
            *self.open_with(end) -= 1;
        }
        self.sound.pop_if(|index| *index == self.frames.len());
        Some(frame)
    }

    fn push(&mut self, piece: Piece) {
        let innermost = self.sound.last().and_then(|index| self.frames.get_mut(*index));
        if let Some(frame) = innermost {
            push(&mut frame.pieces, piece);
        }
    }

    fn push_text(&mut self, text: &str) {
        self.push(Piece::Text(text.to_owned()));
    }

    /// Text as it stands there.
    fn text(&mut self, at: &Range<usize>) {
        let text = self.part(at);
        if !text.contains('\r') {
            self.push_text(text);
        } else if self.is_title {
            self.push_text(&text.replace('\r', " "));
        } else {
            self.push_text(&text.replace("\r\n", "\n").replace('\r', "\n"));
        }
    }

    /// What looks like more than text and stays text.
    fn verbatim(&mut self, at: &Range<usize>) {
        let written = self.part(at).to_owned();
        self.push(Piece::Verbatim(written));
    }

    /// The loop it is in, also when that has no end yet.
    fn scope(&self) -> Scope {
        let scope = self.blocks().find_map(|block| match block {
            Block::Each { list, .. } => Some(list.scope()),
            _ => None,
        });
        scope.unwrap_or(Scope::Gallery)
    }

    fn placeholder(&mut self, at: &Range<usize>) {
        let inside = self.part(at).strip_prefix('#').and_then(|rest| rest.strip_suffix('#')).unwrap_or_default();
        let (name, filters) = match inside.split_once('|') {
            Some((name, filters)) => (name, Some(filters)),
            None => (inside, None),
        };
        let Some(entry) = names::find(name) else {
            let meant = similar(name, PLACEHOLDERS.iter().map(|entry| entry.name)).map(|meant| format!("#{meant}#"));
            let words = format!("There is no placeholder named {name}. Write ## for a # that is meant as such.");
            let place = at.start..at.start + name.len() + 2;
            let (place, meant) = if filters.is_none() { (place, meant) } else { (at.clone(), None) };
            self.problems.add_unknown(place, &format!("#{name}#"), meant, &words);
            return self.verbatim(at);
        };
        let read = self.fits(entry, at).and_then(|()| match filters {
            None => Some(Vec::new()),
            Some(_) if entry.kind == Kind::Markup => {
                self.problems.add(at.clone(), format!("#{}# is ready-made and takes no filters.", entry.name));
                None
            }
            Some(filters) => self.filters(filters, at.start + 2 + name.len()),
        });
        match read {
            Some(filters) => self.push(Piece::Value(Value { entry, filters })),
            None => self.verbatim(at),
        }
    }

    /// Whether the placeholder means something here.
    fn fits(&mut self, entry: &names::Entry, at: &Range<usize>) -> Option<()> {
        let scope = self.scope();
        if entry.scope != Scope::Gallery && entry.scope != scope {
            let block = entry.scope.block();
            let words = format!("#{}# only means something between {block} and [/each].", entry.name);
            self.problems.add(at.clone(), words);
            return None;
        }
        if entry.kind == Kind::Markup && entry.scope == Scope::Gallery && scope != Scope::Gallery {
            self.problems.add(at.clone(), format!("#{}# cannot be repeated in a loop.", entry.name));
            return None;
        }
        Some(())
    }

    fn filters(&mut self, written: &str, from: usize) -> Option<Vec<Filter>> {
        let pieces = filter::pieces(written);
        if pieces.len() > FILTERS_MAX {
            self.problems.add(from..from + written.len(), format!("There can be {FILTERS_MAX} filters, not more."));
            return None;
        }
        let mut filters = Vec::new();
        for (offset, piece) in &pieces {
            match Filter::parse(piece) {
                Ok(filter) => filters.push(filter),
                Err((words, meant)) => {
                    let name = piece.split(':').next().unwrap_or_default();
                    let at = from + offset..from + offset + name.len();
                    self.problems.add_unknown(at, name, meant.map(str::to_owned), &words);
                }
            }
        }
        (filters.len() == pieces.len()).then_some(filters)
    }

    fn open(&mut self, at: &Range<usize>, block: Block) {
        if matches!(block, Block::Broken(_)) {
            self.verbatim(at);
        }
        self.push_frame(Frame { block, at: at.clone(), pieces: Vec::new() });
    }

    /// Opens a block that stays text, and says why.
    fn open_broken(&mut self, at: &Range<usize>, end: End, words: impl Into<String>) {
        self.problems.add(at.clone(), words);
        self.open(at, Block::Broken(end));
    }

    fn is_too_deep(&self) -> bool {
        self.sound.len() > DEPTH_MAX
    }

    fn open_if(&mut self, at: &Range<usize>) {
        let inside = self.part(at).strip_prefix("[if").and_then(|tag| tag.strip_suffix(']')).unwrap_or_default();
        if self.is_too_deep() {
            return self.open_broken(at, End::If, format!("There are more than {DEPTH_MAX} blocks in each other."));
        }
        let condition = match Condition::parse(inside) {
            Ok(condition) => condition,
            Err(words) => return self.open_broken(at, End::If, words),
        };
        match &condition.subject {
            Subject::Unknown(name) => {
                let known = PLACEHOLDERS.iter().map(|entry| entry.name);
                let from = at.start + "[if".len() + inside.find(name.as_str()).unwrap_or(0);
                let words = format!("There is no placeholder named {name}.");
                let meant = similar(name, known).map(str::to_owned);
                self.problems.add_unknown(from..from + name.len(), name, meant, &words);
            }
            Subject::Known(entry) if entry.scope != Scope::Gallery && entry.scope != self.scope() => {
                let block = entry.scope.block();
                let words = format!("{} only means something between {block} and [/each].", entry.name);
                self.problems.add(at.clone(), words);
            }
            Subject::Known(_) => {}
        }
        if let Some(words) = condition.flaw() {
            self.problems.add(at.clone(), words);
        }
        self.open(at, Block::If { condition, then: None });
    }

    fn open_each(&mut self, at: &Range<usize>) {
        let inside = self.part(at).strip_prefix("[each").and_then(|tag| tag.strip_suffix(']')).unwrap_or_default();
        let mut words = inside.split_whitespace();
        let (name, number, more) = (words.next().unwrap_or_default(), words.next(), words.next());
        let Some((_, list)) = List::ALL.into_iter().find(|(known, _)| *known == name) else {
            let from = at.start + "[each".len() + inside.find(name).unwrap_or(0);
            let meant = similar(name, List::ALL.into_iter().map(|(known, _)| known)).map(str::to_owned);
            let otherwise = "There are [each image], [each link] and [each failed].";
            self.problems.add_unknown(from..from + name.len(), name, meant, otherwise);
            return self.open(at, Block::Broken(End::Each));
        };
        let per_row = number.map(|number| number.parse().ok().filter(|count| (1..=PER_ROW_MAX).contains(count)));
        if more.is_some() || per_row == Some(None) {
            let words = format!("Behind {name} there can only be how many go into a row: 1 to {PER_ROW_MAX}.");
            return self.open_broken(at, End::Each, words);
        }
        if self.scope() != Scope::Gallery {
            return self.open_broken(at, End::Each, "A loop cannot be in a loop.");
        }
        if self.is_too_deep() {
            return self.open_broken(at, End::Each, format!("There are more than {DEPTH_MAX} blocks in each other."));
        }
        self.open(at, Block::Each { list, per_row: per_row.flatten() });
    }

    fn open_sep(&mut self, at: &Range<usize>) {
        if self.scope() == Scope::Gallery {
            self.open_broken(at, End::Sep, "[sep] only means something between [each …] and [/each].");
        } else if self.blocks().any(|block| matches!(block, Block::Sep)) {
            self.open_broken(at, End::Sep, "A [sep] cannot be in a [sep].");
        } else if self.is_too_deep() {
            self.open_broken(at, End::Sep, format!("There are more than {DEPTH_MAX} blocks in each other."));
        } else {
            self.open(at, Block::Sep);
        }
    }

    fn otherwise(&mut self, at: &Range<usize>) {
        match self.frames.last_mut() {
            Some(Frame { block: Block::If { then: then @ None, .. }, pieces, .. }) => {
                *then = Some(std::mem::take(pieces));
                return;
            }
            Some(Frame { block: Block::Broken(End::If), .. }) => {}
            Some(Frame { block: Block::If { .. }, .. }) => {
                self.problems.add(at.clone(), "This [if …] has an [else] already.");
            }
            _ => self.problems.add(at.clone(), "[else] only means something between [if …] and [/if]."),
        }
        self.verbatim(at);
    }

    fn close(&mut self, at: &Range<usize>, end: End) {
        // Looked for only where it is, so that many ends without a beginning take no time.
        let is_open = *self.open_with(end) > 0;
        let place = if is_open { self.frames.iter().rposition(|frame| frame.block.end() == Some(end)) } else { None };
        let Some(depth) = place else {
            let opening = match end {
                End::If => "[if …]",
                End::Each => "[each …]",
                End::Sep => "[sep]",
            };
            self.problems.add(at.clone(), format!("There is no {opening} that this would end."));
            return self.verbatim(at);
        };
        while self.frames.len() > depth + 1 {
            self.give_up();
        }
        let Some(Frame { block, pieces, .. }) = self.pop_frame() else { return };
        match block {
            Block::If { condition, then: Some(then) } => {
                self.push(Piece::If(Box::new(If { condition, then, otherwise: Some(pieces) })));
            }
            Block::If { condition, then: None } => {
                self.push(Piece::If(Box::new(If { condition, then: pieces, otherwise: None })));
            }
            Block::Each { list, per_row } => self.push(Piece::Each(Box::new(Each { list, per_row, body: pieces }))),
            Block::Sep => self.push(Piece::Separator(pieces)),
            Block::Broken(_) | Block::Template => self.verbatim(at),
        }
    }

    /// The innermost block has no end: its tags become text, what is in it stays.
    fn give_up(&mut self) {
        let Some(Frame { block, at, pieces }) = self.pop_frame() else { return };
        let (words, then) = match block {
            Block::If { then, .. } => ("This [if …] has no [/if].", then),
            Block::Each { .. } => ("This [each …] has no [/each].", None),
            Block::Sep => ("This [sep] has no [/sep].", None),
            Block::Broken(_) | Block::Template => return,
        };
        self.problems.add(at.clone(), words);
        self.verbatim(&at);
        if let Some(then) = then {
            for piece in then {
                self.push(piece);
            }
            self.push(Piece::Verbatim("[else]".to_owned()));
        }
        for piece in pieces {
            self.push(piece);
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        while self.frames.len() > 1 {
            self.give_up();
        }
        self.frames.pop().map(|template| template.pieces).unwrap_or_default()
    }
}

/// Text goes on with text.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (_, Piece::Text(text)) if text.is_empty() => {}
        (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
        (_, piece) => pieces.push(piece),
    }
}
