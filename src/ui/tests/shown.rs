//! What a person sees and hears.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::{Bench, Snapshot, details, row, snapshot, three};
use crate::core::snapshot::Doors;
use crate::core::{Arrival, GalleryId, GalleryState};

#[test]
fn an_empty_queue_says_what_to_do() {
    let mut bench = Bench::new(Snapshot::default());
    assert!(bench.shows("Drop folders of images here"));
    assert!(bench.is_enabled("Choose folders…"));
    assert_eq!(bench.click("Choose folders…"), [crate::ui::Action::PickFolders]);
}

#[test]
fn every_failure_shows_on_its_row_and_in_the_details() {
    let mut bench = Bench::new(Snapshot { details: Some(details(3)), ..three() });
    let value = bench.harness.get_by_label("birds").value().unwrap_or_default();
    assert!(value.contains("The host has no room left."), "{value}");
    bench.click("birds");
    assert!(bench.shows("The host has no room left."));
    assert!(bench.shows("Details of birds"));
    assert!(bench.shows("Press Retry failed to try again"));
    assert!(bench.shows("The file is empty."), "reason of an image");
    assert!(bench.shows("two.jpg"));
    bench.click("About");
    assert!(bench.shows("/photos/birds"));
}

#[test]
fn images_of_another_gallery_are_not_shown() {
    let mut bench = Bench::new(Snapshot { details: Some(details(2)), ..three() });
    bench.click("birds");
    assert!(!bench.shows("two.jpg"));
    assert!(bench.shows("Reading the list of images…"));
}

#[test]
fn the_status_bar_counts() {
    let mut shown = snapshot(vec![
        row(1, "a", GalleryState::Uploading),
        row(2, "b", GalleryState::Queued),
        row(3, "c", GalleryState::Queued),
        row(4, "d", GalleryState::Failed),
    ]);
    shown.bytes_per_second = 4_404_019;
    shown.doors = Doors { folder_port: Some(27849), ..Doors::default() };
    let bench = Bench::new(shown);
    assert!(bench.shows("1 uploading · 2 queued · 1 failed · 4.20 MiB/s · 00:00:05 left · port 27849 listening"));
}

#[test]
fn trouble_is_told_as_long_as_it_lasts() {
    let mut bench = Bench::new(Snapshot {
        trouble: Some("The disk is full. Nothing is accepted until there is room.".to_owned()),
        doors: Doors { trouble: Some("Port 27849 is taken by another program.".to_owned()), ..Doors::default() },
        ..three()
    });
    assert!(bench.shows("The disk is full."));
    assert!(bench.shows("Port 27849 is taken"));
    bench.click("Dismiss");
    assert!(bench.shows("The disk is full."), "only the port's banner can be put away");
    assert!(bench.harness.query_all_by_label("Dismiss").next().is_none());
    bench.harness.state_mut().snapshot = three();
    bench.run();
    assert!(!bench.shows("The disk is full."));
}

#[test]
fn states_are_words() {
    let rows = GalleryState::ALL.into_iter().zip(1..).map(|(state, id)| row(id, &format!("g{id}"), state)).collect();
    let bench = Bench::new(snapshot(rows));
    for state in GalleryState::ALL {
        let word = crate::ui::texts::state(state);
        assert!(bench.harness.query_all_by_label(word).next().is_some(), "{word}");
    }
}

/// egui itself draws without pause while something hovers, so the harness never settles here.
#[test]
fn hovering_says_what_a_drop_will_do() {
    let mut bench = Bench::new(Snapshot::default());
    let hovered = |name: &str| egui::HoveredFile { path: Some(format!("/photos/{name}").into()), mime: String::new() };
    bench.harness.input_mut().hovered_files = vec![hovered("cats")];
    bench.harness.run_steps(3);
    assert!(bench.shows("Add “cats” to Main"));
    bench.harness.input_mut().hovered_files.push(hovered("dogs"));
    bench.harness.run_steps(3);
    assert!(bench.shows("Add 2 galleries to Main"));
}

#[test]
fn news_goes_by_itself_and_errors_stay_until_clicked_away() {
    let mut bench = Bench::new(three());
    bench.harness.state_mut().ui.tell("“dogs” is finished.".to_owned(), false);
    bench.harness.state_mut().ui.tell("“birds” failed.".to_owned(), true);
    bench.run();
    assert!(bench.shows("“dogs” is finished."));
    bench.harness.run_steps(40);
    assert!(!bench.shows("“dogs” is finished."));
    assert!(bench.shows("“birds” failed."));
    bench.click("Dismiss");
    assert!(!bench.shows("“birds” failed."));
}

#[test]
fn a_long_error_folds_and_can_be_copied_whole() {
    let mut bench = Bench::new(three());
    let long = "3 could not be added.\n".to_owned() + &"This folder cannot be read: /photos/somewhere.\n".repeat(12);
    bench.harness.state_mut().ui.tell(long.clone(), true);
    bench.run();
    assert!(bench.shows("3 could not be added.") && !bench.shows(&long));
    bench.click("Details of this message");
    assert!(bench.shows(&long));
    bench.harness.get_by_label("Copy this message").click();
    let mut copied = || {
        bench.harness.step();
        bench.harness.output().platform_output.commands.first().cloned()
    };
    assert_eq!((0..8).find_map(|_| copied()), Some(egui::OutputCommand::CopyText(long)));
    bench.harness.state_mut().ui.tell("word ".repeat(100), true);
    bench.run();
    assert!(bench.shows("word word…"), "without a sentence it is cut between words");
}

/// A clipboard that refuses does nothing, or still has what was on it before.
#[test]
fn what_the_clipboard_refuses_is_said_and_pasted_nowhere() {
    let paste = |text: &str| Some(egui::Event::Paste(text.to_owned()));
    for (answer, is_refused) in [(paste("two\r\nlines"), false), (paste("older"), true), (None, true)] {
        let mut bench = Bench::new(three());
        bench.key_with(Modifiers::COMMAND, Key::F);
        bench.harness.ctx.copy_text("two\nlines".to_owned());
        bench.harness.step();
        if let Some(paste) = answer.clone() {
            bench.harness.event(paste);
        }
        bench.run();
        assert_eq!(bench.shows("The clipboard did not take"), is_refused, "{answer:?}");
        assert_eq!(bench.harness.get_by_label("Search the queue").value().unwrap_or_default(), "", "{answer:?}");
    }
}

#[test]
fn toasts_cover_no_caption() {
    let mut bench = Bench::new(three());
    for number in 0..5 {
        bench
            .harness
            .state_mut()
            .ui
            .tell(format!("Error {number} that is long enough for two lines of a toast."), true);
    }
    bench.run();
    let rects = |bench: &Bench, name: &str| -> Vec<egui::Rect> {
        bench.harness.query_all_by_label_contains(name).map(|node| node.rect()).collect()
    };
    let toasts = rects(&bench, "Dismiss").into_iter().chain(rects(&bench, "Error "));
    let toasts = toasts.reduce(egui::Rect::union).expect("toasts");
    let captions = ["Hide ", "in a window of its own"].map(|name| rects(&bench, name)).concat();
    assert!(
        captions.len() >= 12 && captions.iter().all(|caption| !caption.intersects(toasts)),
        "{toasts:?} {captions:?}"
    );
}

#[test]
fn what_other_launches_brought_is_told_and_revealed() {
    let mut bench = Bench::new(three());
    for ids in [vec![GalleryId(1), GalleryId(2)], vec![GalleryId(3)]] {
        let arrival = Arrival { added: ids, ..Arrival::default() };
        bench.harness.state_mut().ui.arrived(&arrival);
    }
    bench.run();
    assert!(bench.shows("3 galleries added from outside"), "a burst is one piece of news");
    let arrival = Arrival {
        duplicates: vec![(GalleryId(1), "cats".to_owned())],
        refused: vec!["There is no such folder: /x".to_owned()],
        ..Arrival::default()
    };
    bench.harness.state_mut().ui.arrived(&arrival);
    bench.run();
    assert!(bench.shows("Already in the queue: cats"));
    assert!(bench.shows("Refused: There is no such folder: /x"));
}

#[test]
fn nothing_is_drawn_again_while_nothing_moves() {
    for shown in [Snapshot::default(), three()] {
        let mut bench = Bench::new(shown);
        bench.run();
        let delay = bench.harness.output().viewport_output.values().map(|output| output.repaint_delay).min();
        assert_eq!(delay, Some(std::time::Duration::MAX));
    }
}

#[test]
fn moving_bars_are_drawn_now_and_then() {
    let mut bench = Bench::new(snapshot(vec![row(1, "cats", GalleryState::Uploading)]));
    bench.run();
    let delay = bench.harness.output().viewport_output.values().map(|output| output.repaint_delay).min();
    assert!(delay.is_some_and(|delay| delay > std::time::Duration::ZERO && delay <= crate::ui::PROGRESS_EVERY));
}

/// The harness refuses input widgets without a name whenever it has settled.
#[test]
fn every_control_has_a_name_also_in_menus_and_dialogs() {
    let mut bench = Bench::new(Snapshot { details: Some(details(2)), ..three() });
    bench.click("dogs");
    for menu in ["File", "Edit", "View", "Help"] {
        bench.click(menu);
        bench.harness.check_accessibility();
        bench.key(Key::Escape);
    }
    for (entry, closed_by) in [("Keyboard shortcuts", Key::Escape), ("About BBDrop", Key::Enter)] {
        bench.click("Help");
        bench.click(entry);
        bench.harness.check_accessibility();
        assert!(bench.shows("Close"), "{entry}");
        bench.key(closed_by);
        assert!(!bench.shows("Close"), "{entry}");
    }
}

#[test]
fn the_details_panel_comes_and_goes() {
    let mut bench = Bench::new(three());
    bench.click("cats");
    assert!(bench.shows("Details of cats"));
    bench.click("Hide details");
    assert!(!bench.shows("Details of cats"));
    bench.key(Key::Enter);
    assert!(bench.shows("Details of cats"));
    bench.key_with(Modifiers::COMMAND, Key::D);
    assert!(!bench.shows("Details of cats"));
}

#[test]
fn zoom_and_theme_are_commands() {
    let mut bench = Bench::new(three());
    bench.key_with(Modifiers::COMMAND, Key::Plus);
    assert!((bench.harness.ctx.zoom_factor() - 1.1).abs() < 0.01);
    for _ in 0..30 {
        bench.key_with(Modifiers::COMMAND, Key::Minus);
    }
    assert!((bench.harness.ctx.zoom_factor() - 0.75).abs() < 0.01, "not smaller than that");
    bench.key_with(Modifiers::COMMAND, Key::Num0);
    assert!((bench.harness.ctx.zoom_factor() - 1.0).abs() < 0.01);
    bench.click("View");
    bench.click("Light theme");
    assert_eq!(bench.harness.ctx.theme(), egui::Theme::Light);
}

#[test]
fn a_long_queue_draws_only_what_is_visible() {
    let rows = (1..=10_000).map(|id| row(id, &format!("gallery {id}"), GalleryState::Ready)).collect();
    let mut bench = Bench::sized(snapshot(rows), egui::vec2(800.0, 600.0));
    let drawn = bench.harness.query_all_by_role(egui::accesskit::Role::Row).count();
    assert!((10..60).contains(&drawn), "{drawn}");
    bench.key(Key::End);
    bench.run();
    assert!(bench.harness.query_by_label("gallery 10000").is_some());
}
