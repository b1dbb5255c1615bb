//! Tabs, names in cells, rows and tabs that are dragged, and what the next start remembers.

use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::core::post::Field;
use crate::core::{Column, Direction, Reply, Tab, TabId};
use crate::ui::{Answer, Matter};

/// cats and birds are in Main, dogs in Trips.
pub fn tabbed() -> Snapshot {
    let mut dogs = row(2, "dogs", GalleryState::Completed);
    dogs.place.tab = TabId(2);
    let rows = vec![row(1, "cats", GalleryState::Ready), dogs, row(3, "birds", GalleryState::Failed)];
    let trips = Tab { id: TabId(2), name: "Trips".to_owned() };
    let tabs = Tab::first().into_iter().chain([trips]).collect();
    Snapshot { tabs, ..snapshot(rows) }
}

/// The names of the rows, from top to bottom.
fn names(bench: &Bench) -> Vec<String> {
    let mut rows: Vec<_> = bench
        .harness
        .get_all_by_role(egui::accesskit::Role::Row)
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Presses at one name and lets go at another, `below` points under its middle.
fn drag(bench: &mut Bench, from: &str, to: &str, below: f32) -> Vec<Action> {
    let start = bench.harness.get_by_label(from).rect().center();
    let end = bench.harness.get_by_label(to).rect().center() + egui::vec2(0.0, below);
    let press = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [egui::Event::PointerMoved(start), press(start, true)] {
        bench.harness.event(event);
    }
    bench.harness.step();
    for part in [0.3, 0.7, 1.0] {
        bench.harness.event(egui::Event::PointerMoved(start + (end - start) * part));
        bench.harness.step();
    }
    bench.harness.event(press(end, false));
    bench.run()
}

#[test]
fn a_tab_shows_its_galleries_and_is_changed_by_keys() {
    let mut bench = Bench::new(tabbed());
    assert_eq!(names(&bench), ["cats", "dogs", "birds"]);
    bench.click("Trips (1)");
    assert_eq!(names(&bench), ["dogs"]);
    bench.key_with(Modifiers::COMMAND, Key::Tab);
    assert_eq!(names(&bench), ["cats", "dogs", "birds"], "after the last comes the first");
    bench.key_with(Modifiers::COMMAND, Key::Tab);
    assert_eq!(names(&bench), ["cats", "birds"]);
    bench.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Tab);
    assert_eq!(names(&bench).len(), 3);
}

#[test]
fn a_new_tab_is_shown_once_it_is_there() {
    let mut bench = Bench::new(tabbed());
    bench.key_with(Modifiers::COMMAND, Key::T);
    bench.harness.get_by_label("Name of the tab").type_text("Summer");
    bench.run();
    let asked = bench.key(Key::Enter);
    assert_eq!(asked, [Action::AskAbout(Matter::NameTab, Command::AddTab("Summer".to_owned()))]);
    let refused: Answer = Err(crate::core::Refusal::new(crate::core::RefusalCode::BadRequest, "There is one already."));
    bench.harness.state_mut().ui.answered(&Matter::NameTab, &refused, &mut Vec::new());
    bench.run();
    assert!(bench.shows("There is one already."));
    bench.harness.state_mut().ui.answered(&Matter::NameTab, &Ok(Reply::Tab(TabId(9))), &mut Vec::new());
    let mut snapshot = tabbed();
    snapshot.tabs = snapshot.tabs.iter().cloned().chain([Tab { id: TabId(9), name: "Summer".to_owned() }]).collect();
    bench.harness.state_mut().snapshot = snapshot;
    bench.run();
    assert!(!bench.shows("Name of the tab"));
    assert_eq!(bench.harness.state().wanted.tab, Some(TabId(9)));
}

#[test]
fn a_tab_with_galleries_is_deleted_after_a_question_and_main_never() {
    let mut bench = Bench::new(tabbed());
    bench.click("Main (2)");
    assert_eq!(bench.key_with(Modifiers::COMMAND, Key::W), []);
    bench.click("Trips (1)");
    bench.key_with(Modifiers::COMMAND, Key::W);
    assert!(bench.shows("Its 1 gallery will be in “Main”"));
    let asked = bench.key(Key::Enter);
    assert_eq!(asked, [ask(Command::DeleteTab { tab: TabId(2), into: TabId::MAIN })]);
    assert_eq!(bench.harness.state().wanted.tab, Some(TabId::MAIN), "where its gallery is");
}

#[test]
fn a_tab_that_is_gone_is_left_but_not_while_the_queue_is_being_opened() {
    let mut bench = Bench::new(tabbed());
    bench.click("Trips (1)");
    let tabs = std::mem::take(&mut bench.harness.state_mut().snapshot.tabs);
    bench.run();
    assert_eq!(bench.harness.state().wanted.tab, Some(TabId(2)), "the queue is being opened: it comes back");
    bench.harness.state_mut().snapshot.tabs = tabs.iter().take(1).cloned().collect();
    bench.run();
    assert_eq!(bench.harness.state().wanted.tab, None, "a tab that is gone is not shown");
}

#[test]
fn merging_asks_once_and_the_galleries_are_shown_where_they_are() {
    let mut bench = Bench::new(tabbed());
    bench.harness.get_by_label("Trips (1)").click_secondary();
    bench.run();
    bench.click("Merge into");
    assert_eq!(bench.click("Main"), []);
    assert!(bench.shows("Merge the tab “Trips” into “Main”? Its 1 gallery will be there"));
    let asked = bench.key(Key::Enter);
    assert_eq!(asked, [ask(Command::DeleteTab { tab: TabId(2), into: TabId::MAIN })]);
    assert_eq!(bench.harness.state().wanted.tab, Some(TabId::MAIN));
}

#[test]
fn rows_are_dragged_onto_tabs_and_between_rows() {
    let mut bench = Bench::new(tabbed());
    let asked = drag(&mut bench, "cats", "Trips (1)", 0.0);
    assert!(asked.contains(&ask(Command::MoveToTab(these([1]), TabId(2)))), "{asked:?}");
    let asked = drag(&mut bench, "birds", "cats", -4.0);
    assert!(asked.contains(&ask(Command::Move(these([3]), Direction::Before(GalleryId(1))))), "{asked:?}");
    let asked = drag(&mut bench, "cats", "birds", 4.0);
    assert!(asked.contains(&ask(Command::Move(these([1]), Direction::Bottom))), "{asked:?}");
    // Sorted by name, there is no order to change.
    bench.click("Gallery name");
    let asked = drag(&mut bench, "birds", "dogs", 4.0);
    assert!(!asked.iter().any(|action| matches!(action, Action::Ask(Command::Move(..)))), "{asked:?}");
}

#[test]
fn tabs_are_dragged_into_another_order() {
    let mut bench = Bench::new(tabbed());
    let asked = drag(&mut bench, "Trips (1)", "Main (2)", 0.0);
    assert_eq!(asked, [ask(Command::MoveTab(TabId(2), 0))]);
}

#[test]
fn a_name_is_changed_in_its_cell() {
    let mut bench = Bench::new(three());
    bench.click("dogs");
    bench.key(Key::F2);
    bench.harness.get_by_label("Change: Gallery name").type_text("Hounds");
    bench.run();
    assert_eq!(bench.key(Key::Enter), [ask(Command::Rename(GalleryId(2), "Hounds".to_owned()))]);
    assert!(!bench.shows("Change: Gallery name"));
    bench.key(Key::F2);
    bench.harness.get_by_label("Change: Gallery name").type_text("never");
    bench.run();
    assert_eq!(bench.key(Key::Escape), []);
    assert!(!bench.shows("Change: Gallery name"));
}

#[test]
fn a_field_of_ones_own_is_changed_by_a_double_click() {
    let mut layout = Layout::default();
    layout.columns.toggle(Column::Field(Field::Custom1));
    layout.columns.move_to(Column::Field(Field::Custom1), Column::Number);
    layout.columns.rename(Field::Custom1, "Source");
    let mut bench =
        Bench::arranged(snapshot(vec![row(1, "cats", GalleryState::Ready)]), egui::vec2(1280.0, 800.0), layout);
    assert!(bench.shows("Source"));
    let at = bench.harness.get_by_label("Change: Source").rect().center();
    // All in one frame: the harness lets a quarter of a second pass in each.
    let events = &mut bench.harness.input_mut().events;
    events.push(egui::Event::PointerMoved(at));
    for pressed in [true, false, true, false] {
        let button = PointerButton::Primary;
        events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    bench.run();
    bench.harness.get_by_label("Change: Source").type_text("scan");
    bench.run();
    let field = Command::SetField { selection: these([1]), field: Field::Custom1, value: "scan".to_owned() };
    assert_eq!(bench.key(Key::Enter), [ask(field)]);
}

#[test]
fn letters_go_to_the_row_that_begins_with_them() {
    let mut bench = Bench::new(three());
    bench.click("cats");
    bench.harness.event(egui::Event::Text("D".to_owned()));
    assert_eq!(bench.run(), [ask(Command::LookAt(Some(GalleryId(2))))]);
}

#[test]
fn menus_offer_what_there_is() {
    let mut snapshot = tabbed();
    snapshot.templates = [crate::core::TemplateRow { name: "forum".to_owned(), ..Default::default() }].into();
    let mut bench = Bench::new(snapshot);
    bench.harness.get_by_label("dogs").click_secondary();
    bench.run();
    bench.click("Move to tab");
    assert_eq!(bench.click("Main"), [ask(Command::MoveToTab(these([2]), TabId::MAIN))]);
    bench.harness.get_by_label("dogs").click_secondary();
    bench.run();
    bench.click("Copy as");
    let wish = crate::core::OutputWish { template: Some("forum".to_owned()), ..Default::default() };
    assert_eq!(bench.click("forum"), [ask(Command::OutputAs(vec![GalleryId(2)], wish))]);
}

#[test]
fn clearing_takes_what_is_completed_after_a_question() {
    let mut bench = Bench::new(tabbed());
    bench.click("Queue");
    bench.click("Clear completed…");
    let asked = bench.click("Remove from queue");
    assert_eq!(asked, [ask(Command::Remove(these([2])))]);
}

#[test]
fn the_search_box_narrows_and_escape_empties_it() {
    let mut bench = Bench::new(three());
    bench.key_with(Modifiers::COMMAND, Key::F);
    for letter in ["o", "g"] {
        bench.harness.event(egui::Event::Text(letter.to_owned()));
        bench.run();
    }
    assert_eq!(names(&bench), ["dogs"]);
    bench.key(Key::Escape);
    assert_eq!(names(&bench).len(), 3);
}

#[test]
fn closing_is_asked_about_while_something_is_uploaded() {
    let mut bench = Bench::new(snapshot(vec![row(1, "cats", GalleryState::Uploading)]));
    let request = |bench: &mut Bench| {
        let input = bench.harness.input_mut();
        input.viewports.entry(egui::ViewportId::ROOT).or_default().events.push(egui::ViewportEvent::Close);
        bench.harness.step();
        bench.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
        bench.harness.run_steps(3);
    };
    request(&mut bench);
    assert!(bench.shows("1 gallery is being uploaded."));
    bench.harness.key_press(Key::Escape);
    bench.harness.run_steps(3);
    assert!(!bench.shows("1 gallery is being uploaded."));
    request(&mut bench);
    bench.actions.take();
    bench.harness.key_press(Key::Enter);
    bench.harness.run_steps(3);
    assert!(bench.actions.take().contains(&Action::CloseNow));
    let ready = snapshot(vec![row(1, "cats", GalleryState::Ready)]);
    bench.harness.state_mut().snapshot = ready;
    request(&mut bench);
    assert!(!bench.shows("being uploaded."), "nothing would stop");
}

#[test]
fn where_the_program_can_go_on_without_its_window_closing_offers_that() {
    let mut bench = Bench::new(snapshot(vec![row(1, "cats", GalleryState::Uploading)]));
    bench.harness.state_mut().ui.set_can_hide(true);
    let input = bench.harness.input_mut();
    input.viewports.entry(egui::ViewportId::ROOT).or_default().events.push(egui::ViewportEvent::Close);
    bench.harness.step();
    bench.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
    bench.harness.run_steps(3);
    bench.actions.take();
    bench.harness.get_by_label("Hide window").click();
    bench.harness.run_steps(3);
    let actions = bench.actions.take();
    assert!(actions.contains(&Action::PutAway) && !actions.contains(&Action::CloseNow), "{actions:?}");
    assert!(!bench.shows("being uploaded."));
}

#[test]
fn the_next_start_is_arranged_alike() {
    let mut bench = Bench::new(tabbed());
    bench.click("Gallery name");
    bench.click("Trips (1)");
    bench.key_with(Modifiers::COMMAND, Key::Plus);
    bench.key_with(Modifiers::COMMAND, Key::D);
    bench.click("View");
    bench.click("Light theme");
    let kept = bench.harness.state().kept.clone().expect("it was kept");
    let read = Layout::read(&kept.write().expect("written")).expect("read");
    let ctx = egui::Context::default();
    Ui::new(read.clone()).prepare(&ctx);
    assert_eq!(ctx.options(|options| options.theme_preference), egui::ThemePreference::Light);
    let bench = Bench::arranged(tabbed(), egui::vec2(1280.0, 800.0), read);
    assert_eq!(names(&bench), ["dogs"]);
    assert!((bench.harness.ctx.zoom_factor() - 1.1).abs() < 0.01);
    assert_eq!(bench.harness.state().wanted.sort.len(), 1);
    assert!(!bench.shows("Select a gallery to see its images."), "the details are hidden");
}
