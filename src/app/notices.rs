//! What a person is told about the answers to commands. Sends nothing.

use crate::core::gallery::in_words;
use crate::core::message::has_subfolders;
use crate::core::output::TemplatesDone;
use crate::core::{AddOutcome, Notice, Output, Refusal, Reply, Tested};

/// Refusals whose reasons are told.
const REFUSED_TOLD_MAX: usize = 20;

/// Something has gone wrong.
pub fn error_notice(words: String) -> Notice {
    Notice::Tell { words, is_error: true }
}

/// What a person is told about an answer; most are seen in the table anyway.
pub fn reply_notices(reply: Result<Reply, Refusal>) -> Vec<Notice> {
    match reply {
        Ok(Reply::Added(outcomes)) => {
            let mut notices = added_notices(&outcomes.concat());
            notices.extend(has_subfolders(&outcomes).then_some(Notice::HasSubfolders));
            notices
        }
        Ok(Reply::Output(output)) => copied_notices(output),
        Ok(Reply::Imported(report)) => {
            vec![Notice::Tell { words: report.summary(), is_error: !report.not_taken.is_empty() }]
        }
        Ok(Reply::Tested(tested)) => tested.iter().map(tested_notice).collect(),
        Ok(Reply::Told { words, .. } | Reply::Templates(TemplatesDone { words, .. })) => {
            let words = Some(words).filter(|words| !words.is_empty());
            words.map(|words| Notice::Tell { words, is_error: false }).into_iter().collect()
        }
        Ok(
            Reply::Changed(_)
            | Reply::Images(_)
            | Reply::Report(_)
            | Reply::Tab(_)
            | Reply::Host(_)
            | Reply::Kept(_)
            | Reply::Done,
        ) => Vec::new(),
        Err(refusal) => vec![error_notice(refusal.words)],
    }
}

fn tested_notice(tested: &Tested) -> Notice {
    Notice::Tell { words: format!("{}: {}", tested.what, tested.words), is_error: !tested.ok }
}

fn added_notices(outcomes: &[AddOutcome]) -> Vec<Notice> {
    let tell = |words: String| Notice::Tell { words, is_error: false };
    let count = |wanted: fn(&&AddOutcome) -> bool| outcomes.iter().filter(wanted).count();
    let added = count(|outcome| matches!(outcome, AddOutcome::Added(_)));
    let duplicates = count(|outcome| matches!(outcome, AddOutcome::Duplicate(_)));
    let mut notices = Vec::new();
    match added {
        0 => {}
        _ => notices.push(tell(format!("{} added", in_words(added)))),
    }
    match duplicates {
        0 => {}
        1 => notices.push(tell("Already in the queue".to_owned())),
        _ => notices.push(tell(format!("{duplicates} folders were already in the queue"))),
    }
    let refused = outcomes.iter().filter_map(|outcome| match outcome {
        AddOutcome::Refused(refusal) => Some(refusal.words.as_str()),
        AddOutcome::Added(_) | AddOutcome::Duplicate(_) => None,
    });
    notices.extend(refused_words(&refused.collect::<Vec<_>>()).map(error_notice));
    notices
}

/// What could not be added and why, in one message however much it is.
fn refused_words(refused: &[&str]) -> Option<String> {
    match refused {
        [] => None,
        [one] => Some((*one).to_owned()),
        several => {
            let told = several.iter().take(REFUSED_TOLD_MAX).copied().collect::<Vec<_>>().join("\n");
            let rest = match several.len().saturating_sub(REFUSED_TOLD_MAX) {
                0 => String::new(),
                rest => format!("\nand {rest} more"),
            };
            Some(format!("{} could not be added.\n{told}{rest}", several.len()))
        }
    }
}

fn copied_notices(output: Output) -> Vec<Notice> {
    let words = match output.galleries {
        0 => return vec![error_notice("There is nothing to copy yet: no image is uploaded.".to_owned())],
        count => format!("BBCode of {} copied", in_words(count)),
    };
    vec![Notice::Copy(output.text), Notice::Tell { words, is_error: false }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::RefusalCode;

    #[test]
    fn however_much_is_refused_is_one_message() {
        let refused =
            |path: String| AddOutcome::Refused(Refusal::new(RefusalCode::NotAFolder, format!("A file: {path}.")));
        let told = |count: usize| {
            let notices = added_notices(&(0..count).map(|path| refused(path.to_string())).collect::<Vec<_>>());
            let [Notice::Tell { words, is_error: true }] = notices.as_slice() else { panic!("{notices:?}") };
            words.clone()
        };
        assert_eq!(told(1), "A file: 0.");
        assert_eq!(told(2), "2 could not be added.\nA file: 0.\nA file: 1.");
        let many = told(10_000);
        assert!(many.starts_with("10000 could not be added.\nA file: 0.\n"), "{many}");
        assert!(many.ends_with("\nA file: 19.\nand 9980 more"), "{many}");
    }
}
