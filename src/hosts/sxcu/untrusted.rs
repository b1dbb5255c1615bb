//! Custom uploaders come from strangers: reads any bytes as one, and as the answer of its host. What the fuzz target and the
//! property tests run.

use super::{Context, Moment, Stage, Sxcu};

/// A custom uploader, read, filled, and used on an answer.
///
/// # Panics
/// When something is taken that must not be.
pub fn sxcu_file(bytes: &[u8]) {
    // Behind the first line break that follows a closing brace comes what the host answers.
    let end = bytes.windows(2).position(|pair| pair == b"}\n").map_or(bytes.len(), |at| at + 1);
    let (_, answer) = bytes.split_at(end.min(bytes.len()));
    let sxcu = match Sxcu::parse(bytes) {
        Ok(sxcu) => sxcu,
        Err(problems) => {
            assert!(
                !problems.is_empty() && problems.iter().all(|problem| problem.line > 0 && !problem.words.is_empty())
            );
            return;
        }
    };
    let answers = sxcu.questions().into_iter().map(|question| {
        let first = question.choices.into_iter().next();
        (question.id, first.unwrap_or(question.default))
    });
    let answers = answers.collect();
    let moment = Moment { now: jiff::Zoned::default(), counter: 1, random: &|below| below / 2 };
    let headers = vec![("Location".to_owned(), "/1".to_owned())];
    let response =
        sxcu.response(String::from_utf8_lossy(answer).into_owned(), "https://a.example/".to_owned(), headers);
    let (file_name, input) = ("a b.png", "<\"&");
    let response = Some(&response);
    let context = Context { stage: Stage::Value, file_name, input, response, answers: &answers, moment: &moment };
    if let Ok(address) = sxcu.address(&context) {
        assert!(address.to_ascii_lowercase().starts_with("http"), "{address}");
    }
    for pairs in [&sxcu.request.headers, &sxcu.request.arguments] {
        let _ = sxcu.fill(pairs, &context);
    }
    let _ = sxcu.data(&context);
    let _ = sxcu.link(&context);
    for result in [&sxcu.results.thumbnail, &sxcu.results.deletion, &sxcu.results.error] {
        let _ = sxcu.result(result, &context);
    }
    let _ = (sxcu.usable_for_images(), sxcu.secrets());
}
