//! Which generation of files one is of: by its `Version`, or where that says nothing by how it is written.

use super::fields::Fields;
use super::grammar::Syntax;

/// The last version with the oldest keys.
const OLDEST_LAST: [u32; 3] = [12, 3, 1];
/// The last version with `$…$`.
const DOLLARS_LAST: [u32; 3] = [13, 7, 1];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    /// How its texts are written.
    pub syntax: Syntax,
    /// It says that it is older than 12.4, or says nothing: `ShareX` 13 to 16 then decide the body by the method, and 17 refuses
    /// it.
    pub is_oldest: bool,
}

/// Decides, and warns when it has to guess.
pub(super) fn generation(fields: &mut Fields) -> Generation {
    let newer = |syntax| Generation { syntax, is_oldest: false };
    let written = fields.text("Version");
    let version = parse(&written.text);
    match version {
        Some(version) if version > DOLLARS_LAST => {
            if uses(fields, '$') && !uses(fields, '{') {
                let mend = "If it does not work, write \"Version\": \"13.7.1\".";
                let words = "the texts have $…$, which means nothing in files of this version";
                fields.warnings.push(written.spot.problem(words, mend));
            }
            return newer(Syntax::Braces);
        }
        Some(version) if version > OLDEST_LAST => {
            if uses(fields, '{') && !uses(fields, '$') {
                let mend = "If it does not work, write \"Version\": \"14.0.0\".";
                let words = "the texts have {…}, which means nothing in files of this version";
                fields.warnings.push(written.spot.problem(words, mend));
            }
            return newer(Syntax::Dollars);
        }
        _ => {}
    }
    let is_new = ["RequestMethod", "Body", "Parameters"].iter().any(|key| fields.has(key));
    let is_old = ["RequestType", "RequestFormat", "ResponseType"].iter().any(|key| fields.has(key));
    let has_dollars = uses(fields, '$');
    let syntax = if uses(fields, '{') && !has_dollars || is_new && !has_dollars && !is_old {
        Syntax::Braces
    } else if is_new && has_dollars {
        Syntax::Dollars
    } else {
        Syntax::OldestDollars
    };
    let words = match version {
        None if written.text.trim().is_empty() => "the version of ShareX is missing".to_owned(),
        None => format!("“{}” is no version of ShareX", written.text),
        Some(_) => format!("version {} is so old that ShareX itself refuses the file", written.text),
    };
    let taken = match syntax {
        Syntax::OldestDollars => "from before 12.4",
        Syntax::Dollars => "with $…$",
        Syntax::Braces => "with {…}, as today",
    };
    let mend =
        format!("It is taken for a file {taken}; if that is wrong, write \"Version\": \"14.0.0\" or what it is.");
    fields.warnings.push(written.spot.problem(&words, &mend));
    Generation { syntax, is_oldest: true }
}

/// The first three numbers.
fn parse(text: &str) -> Option<[u32; 3]> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    let mut numbers = text.split('.').map(|number| number.parse::<u32>().ok());
    let first = numbers.next()??;
    let mut rest = || numbers.next().map_or(Some(0), |number| number);
    Some([first, rest()?, rest()?])
}

/// Whether a text has the beginning of a call with this sign.
fn uses(fields: &mut Fields, sign: char) -> bool {
    let mut texts: Vec<String> = ["RequestURL", "URL", "ThumbnailURL", "DeletionURL", "Data", "ErrorMessage"]
        .map(|key| fields.text(key).text)
        .into();
    for key in ["Parameters", "Headers", "Arguments"] {
        texts.extend(fields.map(key).into_iter().map(|(_, written)| written.text));
    }
    let names = [
        "response", "header", "json", "xml", "regex", "filename", "input", "random", "select", "prompt", "base64",
        "output",
    ];
    texts.iter().flat_map(|text| text.split(sign).skip(1)).any(|rest| {
        let rest: String = rest.chars().take(8).collect::<String>().to_ascii_lowercase();
        names.iter().any(|name| rest.starts_with(name))
    })
}
