//! Each panel on hand-made snapshots: what it shows, which actions come out, by keyboard alone, with names, in both themes.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::hosts::{host, two_hosts};
use super::{Bench, Snapshot, ask, details, row, snapshot, three};
use crate::core::gallery::Past;
use crate::core::{Command, GalleryId, GalleryState, Output, Reply, TemplateRow};
use crate::ui::{Action, Matter, PictureOf};

fn states() -> Snapshot {
    let rows = vec![
        row(1, "cats", GalleryState::Failed),
        row(2, "dogs", GalleryState::Failed),
        row(3, "birds", GalleryState::Ready),
    ];
    Snapshot { hosts: two_hosts().hosts, ..snapshot(rows) }
}

/// Presses Tab until what has this name has the keyboard.
fn tab_to(bench: &mut Bench, name: &str) {
    for _ in 0..200 {
        bench.key(Key::Tab);
        if bench.harness.query_all_by_label(name).any(|node| node.accesskit_node().is_focused()) {
            return;
        }
    }
    panic!("Tab never comes to “{name}”");
}

fn value(bench: &Bench, name: &str) -> String {
    bench.harness.get_by_label(name).value().unwrap_or_default()
}

#[test]
fn filters_narrow_and_widen_the_queue() {
    let mut bench = Bench::new(states());
    assert!(bench.shows("Failed (2)"));
    bench.click("Failed (2)");
    assert!(bench.shows("cats") && !bench.shows("birds"));
    bench.click_with("Ready (1)", Modifiers::COMMAND);
    assert!(bench.shows("cats") && bench.shows("birds"), "Ctrl adds");
    bench.click("Ready (1)");
    assert!(!bench.shows("cats") && bench.shows("birds"), "a click alone shows only these");
    bench.click("Ready (1)");
    assert!(bench.shows("cats"), "once more takes it out");
    bench.click("Failed (2)");
    bench.click("All states (3)");
    assert!(bench.shows("birds"));
}

#[test]
fn filters_work_by_keyboard() {
    let mut bench = Bench::new(states());
    tab_to(&mut bench, "Failed (2)");
    bench.key(Key::Space);
    assert!(bench.shows("cats") && !bench.shows("birds"));
}

#[test]
fn what_is_filtered_away_is_not_selected() {
    let mut bench = Bench::new(states());
    bench.click("birds");
    assert!(bench.is_enabled("Remove"));
    bench.click("Failed (2)");
    assert!(!bench.is_enabled("Remove"));
}

#[test]
fn quick_settings_change_settings() {
    let template = |name: &str| TemplateRow { name: name.to_owned(), ..TemplateRow::default() };
    let templates = vec![template("default"), template("Forum")].into();
    let mut bench = Bench::new(Snapshot { templates, ..states() });
    let configured = |key: &str, value: &str| ask(Command::Configure { key: key.to_owned(), value: value.to_owned() });
    bench.click("Host for new galleries");
    assert!(bench.click("Host other").contains(&configured("uploads.host", "other")));
    bench.click("Template of galleries that have none of their own");
    assert!(bench.click("Forum").contains(&configured("output.template", "Forum")));
    assert!(
        bench.click("Start new galleries automatically").contains(&configured("uploads.start_automatically", "true"))
    );
    tab_to(&mut bench, "Thumbnails");
    assert!(bench.harness.get_by_role_and_label(Role::SpinButton, "Thumbnails").accesskit_node().is_focused());
}

#[test]
fn the_panel_of_hosts_says_how_they_are_and_holds_them() {
    let mut shown = states();
    shown.hosts = vec![host("folder", None, None), host("other", Some("Wrong key."), None)];
    let mut rows = shown.rows.clone();
    std::sync::Arc::make_mut(&mut rows[1]).host = "other".to_owned();
    // High enough for both.
    let mut bench = Bench::sized(Snapshot { rows, ..shown }, egui::vec2(1280.0, 1200.0));
    assert!(bench.shows("2 galleries"));
    assert!(bench.shows("Wrong key."));
    let off =
        Command::ConfigureHost { host: "folder".to_owned(), key: "enabled".to_owned(), value: "false".to_owned() };
    assert_eq!(bench.click("Pause Host folder"), [ask(off)]);
    assert_eq!(bench.click("Resume Host other"), [ask(Command::ResumeHost("other".to_owned()))]);
}

#[test]
fn the_details_have_three_pages() {
    let mut bench = Bench::new(Snapshot { details: Some(details(3)), ..three() });
    bench.click("birds");
    assert!(bench.shows("one.jpg") && bench.shows("Failed: The file is empty. Replace it and press Retry failed."));
    let asked = bench.click("Output");
    let about = Action::AskAbout(Matter::OutputOf(GalleryId(3)), Command::Output(vec![GalleryId(3)]));
    assert!(asked.contains(&about), "{asked:?}");
    assert!(bench.shows("Making the output…"));
    assert_eq!(bench.run(), [], "it is asked once");
    bench.click("About");
    assert!(bench.shows("/photos/birds"));
}

#[test]
fn the_output_is_shown_and_made_anew_when_it_would_be_another() {
    let mut bench = Bench::new(Snapshot { details: Some(details(2)), ..three() });
    bench.click("dogs");
    bench.click("Output");
    let output = |text: &str| Ok(Reply::Output(Output { text: text.to_owned(), galleries: 1, ..Output::default() }));
    let answer = |bench: &mut Bench, id: i64, text: &str| {
        bench.harness.state_mut().ui.answered(&Matter::OutputOf(GalleryId(id)), &output(text), &mut Vec::new());
        bench.run();
    };
    answer(&mut bench, 1, "[b]cats[/b]");
    assert!(bench.shows("Making the output…"), "that is another gallery's");
    answer(&mut bench, 2, "[b]dogs[/b]");
    assert_eq!(value(&bench, "Output of this gallery"), "[b]dogs[/b]");
    let long = "line of the output\n".repeat(2000);
    answer(&mut bench, 2, &long);
    assert!(value(&bench, "Output of this gallery").len() < long.len(), "only the start is laid out");
    assert!(bench.shows("characters more are copied"));

    let state = bench.harness.state_mut();
    let rows = &mut state.snapshot.rows;
    std::sync::Arc::make_mut(&mut rows[1]).name = "hounds".to_owned();
    let mut asked = Vec::new();
    for _ in 0..30 {
        bench.harness.run_steps(5);
        asked.extend(bench.actions.take());
    }
    let about = Action::AskAbout(Matter::OutputOf(GalleryId(2)), Command::Output(vec![GalleryId(2)]));
    assert_eq!(asked.iter().filter(|action| **action == about).count(), 1, "{asked:?}");
}

#[test]
fn what_went_wrong_can_be_copied() {
    let mut bench = Bench::new(Snapshot { details: Some(details(3)), ..three() });
    bench.click("birds");
    assert!(!bench.shows("local_file"));
    bench.click("What went wrong");
    let copied = bench.click("Copy all of it");
    let [Action::CopyText(text)] = copied.as_slice() else { panic!("{copied:?}") };
    for words in
        ["birds", "/photos/birds", "The host has no room left.", "two.jpg (local_file, 0 attempts): The file is empty."]
    {
        assert!(text.contains(words), "{text}");
    }
    bench.click("cats");
    assert!(!bench.shows("What went wrong"), "nothing has");
}

#[test]
fn only_pictures_on_the_screen_are_asked_for_and_only_once() {
    let mut many = (*details(2)).clone();
    let first = many.images[0].clone();
    many.images = (0..5000).map(|position| crate::core::Image { position, ..first.clone() }).collect();
    let mut bench = Bench::new(Snapshot { details: Some(many.into()), ..three() });
    let asked = bench.click("dogs");
    let wishes = asked
        .iter()
        .find_map(|action| if let Action::MakePictures(wishes) = action { Some(wishes.clone()) } else { None });
    let wishes = wishes.expect("pictures are wanted");
    assert!((1..40).contains(&wishes.len()), "{}", wishes.len());
    assert_eq!(wishes[0].file, std::path::Path::new("/photos/dogs/one.jpg"));
    assert_eq!(bench.run(), [], "nothing is asked twice");
    let ctx = bench.harness.ctx.clone();
    let ui = &mut bench.harness.state_mut().ui;
    ui.pictured(&ctx, (wishes[0].of, Some(egui::ColorImage::example())));
    ui.pictured(&ctx, (PictureOf { position: 1, ..wishes[0].of }, None));
    let asked = bench.run();
    let [Action::MakePictures(left)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(left.len(), wishes.len() - 2, "what is there, or cannot be, is not asked for");
}

#[test]
fn progress_and_speed_are_words_too() {
    let mut shown = snapshot(vec![row(1, "cats", GalleryState::Uploading), row(2, "dogs", GalleryState::Completed)]);
    shown.bytes_per_second = 2_097_152;
    let bench = Bench::new(shown);
    assert!(bench.shows("13.4 MiB of 19.1 MiB"));
    assert!(bench.shows("Now 2.00 MiB/s"));
    assert!(bench.harness.query_by_label("Speed of the last two minutes").is_some());
}

#[test]
fn the_log_tells_what_has_happened_and_leads_to_it() {
    let mut bench = Bench::new(three());
    bench.click("View");
    bench.click("Panels");
    bench.click("Log panel");
    bench.key(Key::Escape);
    assert!(bench.shows("Nothing has happened since the window was opened."));
    let mut rows = bench.harness.state().snapshot.rows.clone();
    std::sync::Arc::make_mut(&mut rows[0]).state = GalleryState::Completed;
    bench.harness.state_mut().snapshot.rows = rows;
    bench.run();
    let line = "cats · Completed";
    assert!(bench.shows(line));
    assert!(bench.click(line).contains(&ask(Command::LookAt(Some(GalleryId(1))))));
}

#[test]
fn the_palette_finds_and_does_by_keyboard() {
    let mut bench = Bench::new(three());
    let shifted = Modifiers { shift: true, ..Modifiers::COMMAND };
    bench.key_with(shifted, Key::P);
    assert!(bench.shows("Command: Add folders…"));
    bench.harness.event(egui::Event::Text("add im".to_owned()));
    bench.run();
    assert!(!bench.shows("Command: Add folders…"));
    assert_eq!(bench.key(Key::Enter), [Action::PickImages]);
    assert!(!bench.shows("Command:"), "it is closed");
    bench.key_with(shifted, Key::P);
    bench.harness.event(egui::Event::Text("no such thing".to_owned()));
    bench.run();
    assert!(bench.shows("No command is called like that"));
    bench.key(Key::Escape);
    assert!(!bench.shows("No command is called like that"));
}

#[test]
fn panels_are_hidden_floated_and_brought_back() {
    let mut bench = Bench::new(three());
    for title in ["Filters", "Quick settings", "Hosts", "Details", "Progress", "Speed"] {
        bench.click(&format!("{title} in a window of its own"));
        bench.harness.check_accessibility();
        bench.click(&format!("{title} back into the window"));
        bench.click(&format!("Hide {}", title.to_lowercase()));
        assert!(bench.harness.query_by_label(&format!("{title} in a window of its own")).is_none(), "{title}");
    }
    bench.click("View");
    bench.click("Reset layout");
    assert!(bench.harness.query_by_label("Filters in a window of its own").is_some());
}

#[test]
fn columns_are_chosen_at_the_head() {
    let mut bench = Bench::new(three());
    let is_there = |bench: &Bench| bench.harness.query_by_role_and_label(Role::ColumnHeader, "Uploaded").is_some();
    assert!(is_there(&bench));
    bench.harness.get_by_role_and_label(Role::ColumnHeader, "Size").click_secondary();
    bench.run();
    bench.harness.get_by_role_and_label(Role::MenuItemCheckBox, "Uploaded").click();
    bench.run();
    bench.key(Key::Escape);
    assert!(!is_there(&bench));
}

#[test]
fn searching_narrows_and_says_when_nothing_is_left() {
    let mut bench = Bench::new(three());
    bench.key_with(Modifiers::COMMAND, Key::F);
    for letter in ["D", "O", "G", "S"] {
        bench.harness.event(egui::Event::Text(letter.to_owned()));
        bench.run();
    }
    assert!(bench.shows("dogs") && !bench.shows("birds"));
    bench.harness.event(egui::Event::Text(" and more".to_owned()));
    bench.run();
    assert!(bench.shows("No gallery is like that."));
    bench.click("Show all galleries");
    assert!(bench.shows("birds"));
}

#[test]
fn every_panel_has_names_in_both_themes_and_sizes() {
    let mut shown = Snapshot { details: Some(details(3)), ..two_hosts() };
    std::sync::Arc::make_mut(&mut shown.rows[2]).past =
        Past { finished_at: Some(1_795_334_800_000), ..Past::default() };
    for size in [egui::vec2(1280.0, 800.0), egui::vec2(800.0, 600.0)] {
        for theme in [Theme::Dark, Theme::Light] {
            let mut bench = Bench::sized(shown.clone(), size);
            bench.harness.ctx.set_theme(theme);
            bench.click("birds");
            for page in ["Images", "Output", "About"] {
                bench.harness.get_by_role_and_label(Role::Tab, page).click();
                bench.run();
                bench.harness.check_accessibility();
            }
        }
    }
}
