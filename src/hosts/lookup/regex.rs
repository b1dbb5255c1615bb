//! Regular expressions as .NET writes them. What needs no look-around and no back-reference runs in linear time; the rest is
//! tried place by place, with a limit of steps for each and of time for all.

mod dotnet;

use std::time::{Duration, Instant};

use fancy_regex::RegexInput;

use super::{ANSWER_BYTES_MAX, TIME_MAX, check_path, check_size};
use dotnet::Work;

/// Steps back that the slow engine may take from one place in the text.
const BACKTRACKS_MAX: usize = 50_000;
/// How far the slow engine looks from one place in the text: less, the more work it is.
const fn reach_bytes(work: Work) -> usize {
    match work {
        Work::Plain => 16 << 10,
        Work::Repeated => 4 << 10,
        Work::Nested => 256,
    }
}
/// Size of a compiled pattern, in the measures of the engines.
const COMPILED_BYTES_MAX: usize = 2 << 20;
/// Up to this size the linear engine is fast enough for the longest answer.
const SMALL_BYTES_MAX: usize = 64 << 10;
/// Longest text for a pattern that is larger.
const TEXT_BYTES_FOR_LARGE: usize = 128 << 10;
const INSTRUCTIONS_MAX: usize = 20_000;
/// Parentheses in each other.
const NEST_MAX: u32 = 50;

/// A pattern, read and ready.
#[derive(Clone, Debug)]
pub struct Pattern {
    engine: Engine,
    /// By .NET's numbers: first the groups without a name, then the named ones.
    groups: Vec<usize>,
    names: Vec<(String, usize)>,
}

#[derive(Clone, Debug)]
enum Engine {
    /// With the longest text that it may be used for.
    Linear(regex::Regex, usize),
    /// With how far it looks from one place.
    Backtracking(Box<fancy_regex::Regex>, usize),
}

impl Pattern {
    /// Reads a pattern in .NET's syntax.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        check_path("pattern", pattern)?;
        let (translated, work) = dotnet::translate(pattern, dotnet::End::BeforeLineBreak)?;
        Self::build(&translated, work)
    }

    /// Reads a pattern for very many short texts: one that runs in linear time. `$` is the very end.
    ///
    /// # Errors
    /// As [`Pattern::new`], and when it looks around or back.
    pub(super) fn new_linear(pattern: &str) -> Result<Self, String> {
        check_path("pattern", pattern)?;
        let (translated, work) = dotnet::translate(pattern, dotnet::End::VeryEnd)?;
        let pattern = Self::build(&translated, work)?;
        match pattern.engine {
            Engine::Linear(..) => Ok(pattern),
            Engine::Backtracking(..) => Err("a pattern in a filter cannot look around or back".to_owned()),
        }
    }

    fn build(translated: &str, work: Work) -> Result<Self, String> {
        let names: Vec<Option<String>>;
        let engine = match linear(translated) {
            Ok((regex, text_bytes_max)) => {
                names = regex.capture_names().map(|name| name.map(str::to_owned)).collect();
                Engine::Linear(regex, text_bytes_max)
            }
            Err(regex::Error::CompiledTooBig(_)) => return Err("the pattern is too large".to_owned()),
            Err(_) => {
                let regex = backtracking(translated)?;
                names = regex.capture_names().map(|name| name.map(str::to_owned)).collect();
                Engine::Backtracking(Box::new(regex), reach_bytes(work))
            }
        };
        let (mut groups, mut with_name): (Vec<usize>, Vec<(String, usize)>) = (Vec::new(), Vec::new());
        for (at, name) in names.into_iter().enumerate() {
            match name {
                None => groups.push(at),
                Some(name) => with_name.push((dotnet::written_name(&name).to_owned(), at)),
            }
        }
        groups.extend(with_name.iter().filter(|(name, _)| name.parse::<usize>().is_err()).map(|(_, at)| *at));
        Ok(Self { engine, groups, names: with_name })
    }

    /// Whether there is a group of this number or name.
    #[must_use]
    pub fn has_group(&self, group: &str) -> bool {
        self.group(group).is_some()
    }

    /// What the first match in `text` has in `group` (a number, a name, or nothing for the whole match); empty when nothing
    /// matches or there is no such group.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn find(&self, text: &str, group: &str) -> Result<String, String> {
        self.find_within(text, group, TIME_MAX)
    }

    /// As [`Pattern::find`], in the time that is left for this search.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn find_within(&self, text: &str, group: &str, left: Duration) -> Result<String, String> {
        let Some(group) = self.group(group) else { return Ok(String::new()) };
        let found = self.first(text, group, Instant::now() + TIME_MAX.min(left))?;
        Ok(found.unwrap_or_default().to_owned())
    }

    /// What every match in `text` has in `group`, in the time that is left for this search.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn find_all_within(&self, text: &str, group: &str, left: Duration) -> Result<Vec<String>, String> {
        self.check(text)?;
        let Some(group) = self.group(group) else { return Ok(Vec::new()) };
        let deadline = Instant::now() + TIME_MAX.min(left);
        match &self.engine {
            Engine::Linear(regex, _) => {
                let mut all = Vec::new();
                for found in regex.captures_iter(text) {
                    // Linear is each search, not all of them together.
                    check_time(deadline)?;
                    all.push(found.get(group).map_or("", |found| found.as_str()).to_owned());
                }
                Ok(all)
            }
            Engine::Backtracking(regex, reach) => {
                let (mut all, mut from) = (Vec::new(), 0);
                while let Some(found) = attempts(regex, *reach, text, from, deadline)? {
                    all.push(found.get(group).map_or("", |found| found.as_str()).to_owned());
                    let end = found.get(0).map_or(from, |whole| whole.end());
                    let is_empty = found.get(0).is_none_or(|whole| whole.as_str().is_empty());
                    let step = text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                    from = end + if is_empty { step } else { 0 };
                }
                Ok(all)
            }
        }
    }

    /// Whether it matches anywhere in `text`.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn is_in(&self, text: &str) -> Result<bool, String> {
        self.is_in_within(text, TIME_MAX)
    }

    /// As [`Pattern::is_in`], in the time that is left for this search.
    ///
    /// # Errors
    /// When the search takes too long.
    pub fn is_in_within(&self, text: &str, left: Duration) -> Result<bool, String> {
        self.first(text, 0, Instant::now() + TIME_MAX.min(left)).map(|found| found.is_some())
    }

    fn first<'t>(&self, text: &'t str, group: usize, deadline: Instant) -> Result<Option<&'t str>, String> {
        self.check(text)?;
        match &self.engine {
            Engine::Linear(regex, _) => {
                let found = regex.captures(text);
                Ok(found.map(|found| found.get(group).map_or("", |found| found.as_str())))
            }
            Engine::Backtracking(regex, reach) => {
                let found = attempts(regex, *reach, text, 0, deadline)?;
                Ok(found.map(|found| found.get(group).map_or("", |found| found.as_str())))
            }
        }
    }

    fn check(&self, text: &str) -> Result<(), String> {
        check_size(text)?;
        match &self.engine {
            Engine::Linear(_, most) if text.len() > *most => {
                Err(format!("the answer is longer than {} KiB, too long for so large a pattern", *most >> 10))
            }
            _ => Ok(()),
        }
    }

    fn group(&self, group: &str) -> Option<usize> {
        let group = group.trim();
        let named = self.names.iter().find(|(name, _)| name == group).map(|(_, at)| *at);
        match group.parse::<usize>() {
            _ if group.is_empty() => Some(0),
            Ok(number) => named.or_else(|| self.groups.get(number).copied()),
            Err(_) => named,
        }
    }
}

fn linear(pattern: &str) -> Result<(regex::Regex, usize), regex::Error> {
    let build = |bytes_max| {
        let mut builder = regex::RegexBuilder::new(pattern);
        builder.size_limit(bytes_max).dfa_size_limit(COMPILED_BYTES_MAX).nest_limit(NEST_MAX).build()
    };
    match build(SMALL_BYTES_MAX) {
        Err(regex::Error::CompiledTooBig(_)) => build(COMPILED_BYTES_MAX).map(|regex| (regex, TEXT_BYTES_FOR_LARGE)),
        result => result.map(|regex| (regex, ANSWER_BYTES_MAX)),
    }
}

fn backtracking(pattern: &str) -> Result<fancy_regex::Regex, String> {
    let built = fancy_regex::RegexBuilder::new(pattern)
        .backtrack_limit(BACKTRACKS_MAX)
        .delegate_size_limit(COMPILED_BYTES_MAX)
        .delegate_dfa_size_limit(COMPILED_BYTES_MAX)
        .max_prog_size(INSTRUCTIONS_MAX)
        .build();
    built.map_err(|error| {
        let words = error.to_string();
        // Only the last line says what is wrong; before it the pattern is drawn.
        let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("unknown");
        format!("the pattern cannot be read: {}", last.trim().trim_start_matches("error: "))
    })
}

fn check_time(deadline: Instant) -> Result<(), String> {
    if Instant::now() <= deadline { Ok(()) } else { Err("the pattern takes too long; make it more exact".to_owned()) }
}

/// The first match from `from` on, asked for at one place after another so that time can be looked at in between.
fn attempts<'t>(
    regex: &fancy_regex::Regex,
    reach: usize,
    text: &'t str,
    from: usize,
    deadline: Instant,
) -> Result<Option<fancy_regex::Captures<'t, str>>, String> {
    let rest = text.get(from..).unwrap_or_default();
    for at in rest.char_indices().map(|(at, _)| from + at).chain([text.len()]) {
        check_time(deadline)?;
        let end = (at + reach..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        let input =
            RegexInput::new(text.get(..end).unwrap_or(text)).from_pos(at).end_text(end == text.len()).anchored(true);
        let found = regex.captures_input(input);
        match found.map_err(|_| "the pattern takes too many steps; make it more exact")? {
            None => {}
            found => return Ok(found),
        }
    }
    Ok(None)
}
