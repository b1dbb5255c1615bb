//! The dialog of templates: the list, the text with its problems and completions, the preview, saving.

use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::hosts::{entry, two_hosts};
use super::{Bench, actions::Dropped, row as gallery};
use crate::core::output::TemplatesDone;
use crate::core::post::Post;
use crate::core::{
    Command, GalleryId, GalleryState, Refusal, RefusalCode, Reply, Row, Selection, Snapshot, TemplateChange,
    TemplateRow,
};
use crate::ui::texts::templates as texts;
use crate::ui::{Action, Matter};

fn row(name: &str, text: &str, is_own: bool) -> TemplateRow {
    TemplateRow {
        name: name.to_owned(),
        text: text.into(),
        is_own,
        is_builtin: !is_own,
        words: if is_own { "" } else { "BBCode: clickable thumbnails" },
        trouble: None,
    }
}

pub fn templates() -> Snapshot {
    let rows = [row("default", "#folderName#\n#allImages#\n", false), row("mine", "Hello #width#", true)];
    Snapshot { templates: rows.into(), ..two_hosts() }
}

/// What has output of `mine`, and what has not.
pub fn made_with_mine() -> Snapshot {
    let (usual, mine) = (Post::default(), Post { template: Some("mine".to_owned()), ..Post::default() });
    let made = |id, state, post: &Post| Arc::new(Row { post: Arc::new(post.clone()), ..gallery(id, "x", state) });
    let rows = vec![
        made(1, GalleryState::Completed, &mine),
        made(2, GalleryState::Incomplete, &mine),
        made(3, GalleryState::Ready, &mine),
        made(4, GalleryState::Completed, &usual),
    ];
    Snapshot { rows, ..templates() }
}

/// Saves `mine` with a mark behind it.
pub fn save(bench: &mut Bench) {
    bench.click("Save");
    let rows = [row("mine", "Hello #width#!", true)];
    let answer = Ok(Reply::Templates(TemplatesDone { templates: rows.into(), ..TemplatesDone::default() }));
    bench.harness.state_mut().ui.answered(&Matter::Templates, &answer, &mut Vec::new());
    bench.run();
}

fn ask(change: TemplateChange) -> Action {
    Action::AskAbout(Matter::Templates, Command::Templates(change))
}

fn open(template: &str) -> Bench {
    let mut bench = Bench::new(templates());
    assert_eq!(entry(&mut bench, "Tools", "Templates…"), [ask(TemplateChange::List)]);
    bench.click(template);
    bench
}

/// Writes at the end of the text.
pub fn write(bench: &mut Bench, text: &str) {
    bench.harness.get_by_label(texts::TEMPLATE_TEXT).focus();
    bench.run();
    bench.key_with(Modifiers::COMMAND, Key::End);
    bench.harness.get_by_label(texts::TEMPLATE_TEXT).type_text(text);
    bench.run();
}

#[test]
fn problems_are_shown_as_one_types_and_a_suggestion_is_one_press() {
    let mut bench = open("mine, own");
    bench.harness.check_accessibility();
    write(&mut bench, " #widht#");
    assert!(bench.shows("Line 1, column 15") && bench.shows("id you mean"));
    bench.click("Write #width#");
    assert!(!bench.shows("Line 1, column"));
    let (name, text) = ("mine".to_owned(), "Hello #width# #width#".to_owned());
    assert_eq!(bench.click("Save"), [ask(TemplateChange::Save { name, text })]);
}

#[test]
fn completions_come_after_a_sign_and_are_taken_with_enter() {
    let mut bench = open("mine, own");
    write(&mut bench, " #folderN");
    assert!(bench.shows("#folderName#   the folder's name"));
    bench.key(Key::Enter);
    assert!(bench.shows(texts::TEMPLATE_CHANGED));
    assert_eq!(
        bench.click("Save"),
        [ask(TemplateChange::Save { name: "mine".to_owned(), text: "Hello #width# #folderName#".to_owned() })]
    );
}

#[test]
fn a_built_in_one_is_copied_and_an_own_one_deleted() {
    let mut bench = open("default");
    assert!(!bench.is_enabled("Delete") && !bench.is_enabled("Save"));
    let (name, text) = ("default copy".to_owned(), "#folderName#\n#allImages#\n".to_owned());
    assert_eq!(bench.click("Copy"), [ask(TemplateChange::Save { name, text })]);
    bench.click("mine, own");
    assert_eq!(bench.click("Delete"), [ask(TemplateChange::Delete("mine".to_owned()))]);
}

#[test]
fn what_is_not_saved_is_not_lost_by_one_press() {
    let mut bench = open("mine, own");
    write(&mut bench, "!");
    bench.click("Close");
    assert!(bench.shows("Not saved: mine."));
    bench.click(texts::TEMPLATE_DISCARD);
    assert!(!bench.shows("Not saved"));
}

#[test]
fn what_is_saved_is_no_draft_any_more_and_refusals_are_shown() {
    let mut bench = open("mine, own");
    write(&mut bench, "!");
    bench.click("Save");
    let rows = [row("mine", "Hello #width#!", true)];
    let done = TemplatesDone { templates: rows.into(), words: "Saved.".to_owned(), ..TemplatesDone::default() };
    bench.harness.state_mut().snapshot.templates = done.templates.clone();
    let answer = Ok(Reply::Templates(done));
    bench.harness.state_mut().ui.answered(&Matter::Templates, &answer, &mut Vec::new());
    bench.run();
    assert!(bench.shows("Saved.") && !bench.shows(texts::TEMPLATE_CHANGED));
}

#[test]
fn the_preview_is_of_a_sample_without_a_gallery() {
    let bench = open("mine, own");
    assert!(bench.shows(texts::PREVIEW_SAMPLE));
}

#[test]
fn the_preview_is_of_the_template_that_is_chosen() {
    let mut bench = open("mine, own");
    let preview = |bench: &Bench| bench.harness.get_by_label(texts::PREVIEW).value().unwrap_or_default();
    assert!(preview(&bench).starts_with("Hello 1920"), "{}", preview(&bench));
    bench.click("default");
    assert!(!preview(&bench).contains("Hello"), "{}", preview(&bench));
}

#[test]
fn files_that_are_dropped_are_taken_over() {
    let mut bench = open("mine, own");
    let file = std::path::PathBuf::from("/old/nice.template.txt");
    bench.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(file.clone())));
    assert_eq!(bench.run(), [ask(TemplateChange::Import(vec![file]))]);
}

#[test]
fn what_was_made_with_a_template_is_rendered_again_on_demand() {
    let mut bench = open("mine, own");
    bench.harness.state_mut().snapshot = made_with_mine();
    write(&mut bench, "!");
    assert!(!bench.shows(texts::RENDER_AGAIN), "nothing is saved");
    bench.click("Save");
    let mut answered = |answer| {
        bench.harness.state_mut().ui.answered(&Matter::Templates, &answer, &mut Vec::new());
        bench.run();
        bench.shows(texts::RENDER_AGAIN)
    };
    assert!(!answered(Err(Refusal::new(RefusalCode::BadRequest, "No."))), "nothing was saved");
    save(&mut bench);
    assert!(bench.shows("2 galleries have output of this template as it was."));
    let again = Command::RenderAgain(Selection::of([GalleryId(1), GalleryId(2)]));
    assert_eq!(bench.click(texts::RENDER_AGAIN), [Action::AskAbout(Matter::RenderAgain, again)]);
    let answer = Ok(Reply::Changed(vec![GalleryId(1), GalleryId(2)]));
    bench.harness.state_mut().ui.answered(&Matter::RenderAgain, &answer, &mut Vec::new());
    bench.run();
    assert!(bench.shows("The output of 2 galleries is made anew") && !bench.shows("as it was"));
}
