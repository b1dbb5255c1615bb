//! What a definition asks the person: choices and texts. Asked once and kept, so that a queue need not wait.

use super::expression::{Call, Expression};

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The same for the same question; the key of its answer.
    pub id: String,
    /// What to ask.
    pub title: String,
    /// What may be answered; anything when there are none.
    pub choices: Vec<String>,
    /// Taken when nothing was answered.
    pub default: String,
}

/// The questions in `expressions`, each once.
pub(super) fn all<'a>(expressions: impl Iterator<Item = &'a Expression>) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for call in expressions.flat_map(Expression::calls) {
        let question = match call {
            Call::Select(choices) => Question {
                id: id_of_choice(choices),
                title: "Choose one".to_owned(),
                choices: outlines(choices),
                default: String::new(),
            },
            Call::InputBox { title, default } => Question {
                id: id_of_input(title),
                title: title_of_input(title),
                choices: Vec::new(),
                default: default.outline(),
            },
            _ => continue,
        };
        if !questions.iter().any(|known| known.id == question.id) {
            questions.push(question);
        }
    }
    questions
}

pub(super) fn id_of_choice(choices: &[Expression]) -> String {
    format!("select:{}", outlines(choices).join("|"))
}

pub(super) fn id_of_input(title: &Expression) -> String {
    format!("input:{}", title.outline())
}

pub(super) fn title_of_input(title: &Expression) -> String {
    let title = title.outline();
    if title.is_empty() { "Input".to_owned() } else { title }
}

/// The choices; `ShareX` leaves out the empty ones.
pub(super) fn outlines(choices: &[Expression]) -> Vec<String> {
    choices.iter().map(Expression::outline).filter(|choice| !choice.is_empty()).collect()
}
