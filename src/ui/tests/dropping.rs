//! What is dragged over the window from outside, and where it goes.

use egui::epaint::Shape;
use egui::{Key, Modifiers, Pos2, Rect};
use egui_kittest::kittest::Queryable as _;

use super::actions::Dropped;
use super::arranged::tabbed;
use super::{Bench, Snapshot};
use crate::core::TabId;
use crate::ui::{Action, theme};

const TRIPS: TabId = TabId(2);

fn place_of(bench: &Bench, name: &str) -> Rect {
    bench.harness.get_by_label(name).rect()
}

/// Drags folders there. egui itself draws without pause while something hovers, so the harness never settles here.
fn drag(bench: &mut Bench, names: &[&str], at: Option<Pos2>) {
    let hovered = |name: &&str| egui::HoveredFile { path: Some(format!("/photos/{name}").into()), mime: String::new() };
    bench.harness.input_mut().hovered_files = names.iter().map(hovered).collect();
    bench.harness.state_mut().ui.dragged_to(at, [].into());
    bench.harness.run_steps(2);
}

/// Lets a folder go there.
fn let_go(bench: &mut Bench, name: &str, at: Option<Pos2>) -> Vec<Action> {
    bench.actions.take();
    bench.harness.input_mut().hovered_files.clear();
    bench.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(format!("/photos/{name}").into())));
    bench.harness.state_mut().ui.dragged_to(at, [].into());
    bench.harness.step();
    bench.harness.state_mut().ui.dragged_to(None, [].into());
    bench.run()
}

fn goes_into(name: &str, tab: TabId) -> [Action; 1] {
    [Action::AddFolders(vec![format!("/photos/{name}").into()], tab)]
}

/// Whether the place is painted as that of a tab which takes something, and no veil is over it.
fn is_lit(bench: &Bench, place: Rect) -> bool {
    let surface = &theme::palette_of(&bench.harness.ctx).surface;
    let filled = |color| {
        bench.harness.output().shapes.iter().any(|clipped| match &clipped.shape {
            Shape::Rect(rect) => rect.fill == color && rect.rect.contains(place.center()),
            _ => false,
        })
    };
    filled(surface.selection) && !filled(surface.veil)
}

#[test]
fn a_tab_that_something_is_dragged_over_lights_up_and_says_so() {
    let mut bench = Bench::new(tabbed());
    let (trips, all, row) = (place_of(&bench, "Trips (1)"), place_of(&bench, "All (3)"), place_of(&bench, "birds"));
    drag(&mut bench, &["Rome", "Oslo"], Some(trips.center()));
    assert!(bench.shows("Add 2 galleries to Trips"));
    assert!(is_lit(&bench, trips));
    for (elsewhere, at) in [("a row", Some(row.center())), ("All", Some(all.center())), ("nobody knows where", None)] {
        drag(&mut bench, &["Rome"], at);
        assert!(bench.shows("Add “Rome” to Main"), "{elsewhere}");
        assert!(!is_lit(&bench, trips) && !is_lit(&bench, all), "{elsewhere}");
    }
    bench.harness.input_mut().hovered_files.clear();
    bench.harness.state_mut().ui.dragged_to(None, [].into());
    bench.run();
    assert!(!bench.shows("Add “Rome”"));
}

#[test]
fn a_drop_goes_into_the_tab_it_is_over_otherwise_into_the_one_that_is_shown() {
    let mut bench = Bench::new(tabbed());
    let at = |bench: &Bench, name: &str| Some(place_of(bench, name).center());
    let (main, trips, all, row) =
        (at(&bench, "Main (2)"), at(&bench, "Trips (1)"), at(&bench, "All (3)"), at(&bench, "dogs"));
    assert_eq!(let_go(&mut bench, "Rome", trips), goes_into("Rome", TRIPS));
    assert_eq!(let_go(&mut bench, "Rome", row), goes_into("Rome", TabId::MAIN));
    bench.click("Trips (1)");
    assert_eq!(let_go(&mut bench, "Oslo", main), goes_into("Oslo", TabId::MAIN));
    for elsewhere in [all, row, None] {
        assert_eq!(let_go(&mut bench, "Oslo", elsewhere), goes_into("Oslo", TRIPS), "{elsewhere:?}");
    }
}

#[test]
fn nothing_is_dropped_on_a_tab_through_a_dialog() {
    let mut bench = Bench::new(tabbed());
    let trips = place_of(&bench, "Trips (1)");
    bench.key_with(Modifiers::COMMAND, Key::T);
    drag(&mut bench, &["Rome"], Some(trips.center()));
    assert!(bench.shows("Add “Rome” to Main"));
    assert_eq!(let_go(&mut bench, "Rome", Some(trips.center())), goes_into("Rome", TabId::MAIN));
    bench.key(Key::Escape);
    assert_eq!(let_go(&mut bench, "Rome", Some(trips.center())), goes_into("Rome", TRIPS));
}

#[test]
fn an_empty_queue_has_tabs_to_drop_on_as_well() {
    let mut bench = Bench::new(Snapshot { rows: Vec::new(), ..tabbed() });
    let trips = bench.harness.get_by_label_contains("Trips").rect().center();
    drag(&mut bench, &["Rome"], Some(trips));
    assert!(bench.shows("Add “Rome” to Trips"));
    assert_eq!(let_go(&mut bench, "Rome", Some(trips)), goes_into("Rome", TRIPS));
}
