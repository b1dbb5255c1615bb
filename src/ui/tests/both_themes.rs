//! Every dialog and every panel, opened as a person opens it, in both themes and small windows: everything has a name, nothing is cut off, Tab goes
//! round and is seen where it is, Enter and Escape do what they do in any dialog.

use std::collections::BTreeSet;

use egui::accesskit::{NodeId, Role};
use egui::epaint::{ClippedShape, Shape};
use egui::{Id, Key, LayerId, Modifiers, Rect, Theme, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::actions::Dropped;
use super::arranged::tabbed;
use super::hosts::{entry, two_hosts};
use super::{Bench, Snapshot, details, dialog_hosts, dialog_templates, dialog_welcome, row, snapshot, three};
use crate::core::legacy::{ImportReport, Item, Kind};
use crate::core::{GalleryState, HostPreview, Refusal, RefusalCode, Reply};
use crate::ui::Matter;
use crate::ui::texts::settings::PAGES;

const NORMAL: Vec2 = Vec2::new(1280.0, 800.0);
const SMALLEST: Vec2 = Vec2::new(800.0, 600.0);
/// What is left of the smallest window at 150 %.
const SMALLEST_ZOOMED: Vec2 = Vec2::new(533.0, 400.0);
const SHIFTED: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
/// More stops of the Tab key than there are anywhere.
const STOPS_MAX: usize = 300;
/// Cells of the table that the mouse chooses in; the keyboard has the menus for that.
const CELLS: [&str; 2] = ["Template", "Image host"];

/// Something to look at, and how a person comes to see it.
struct Part {
    name: String,
    shown: Snapshot,
    open: Box<dyn Fn(&mut Bench)>,
    /// Enter alone closes it.
    has_default: bool,
    /// So often Escape is pressed until it is gone.
    escapes: usize,
}

impl Part {
    fn new(name: &str, shown: Snapshot, open: impl Fn(&mut Bench) + 'static) -> Self {
        Self { name: name.to_owned(), shown, open: Box::new(open), has_default: false, escapes: 1 }
    }

    fn with_default(self) -> Self {
        Self { has_default: true, ..self }
    }

    fn opened(&self) -> Bench {
        let mut bench = Bench::new(self.shown.clone());
        (self.open)(&mut bench);
        bench.run();
        bench
    }
}

fn answer(bench: &mut Bench, matter: &Matter, reply: Reply) {
    bench.harness.state_mut().ui.answered(matter, &Ok(reply), &mut Vec::new());
}

fn menu(name: &'static str, what: &'static str) -> impl Fn(&mut Bench) {
    move |bench| drop(entry(bench, name, what))
}

fn of_tabs() -> Vec<Part> {
    vec![
        Part::new("new tab", three(), |bench| drop(bench.key_with(Modifiers::COMMAND, Key::T))),
        Part::new("rename a tab", tabbed(), rename_tab),
        Part::new("rename a tab, refused", tabbed(), |bench| {
            rename_tab(bench);
            let words = "There is a tab called “Trips” already. Choose another name.";
            let refusal = Refusal::new(RefusalCode::BadRequest, words);
            bench.harness.state_mut().ui.answered(&Matter::NameTab, &Err(refusal), &mut Vec::new());
        }),
        Part::new("question about deleting a tab", tabbed(), |bench| {
            bench.click("Trips (1)");
            bench.key_with(Modifiers::COMMAND, Key::W);
        })
        .with_default(),
        Part::new("question about merging tabs", tabbed(), |bench| {
            bench.harness.get_by_label("Trips (1)").click_secondary();
            bench.run();
            bench.click("Merge into");
            bench.click("Main");
        })
        .with_default(),
    ]
}

fn of_templates() -> Vec<Part> {
    vec![
        Part::new("templates", dialog_templates::templates(), menu("Tools", "Templates…")),
        Part {
            // The first one asks about what is not saved.
            escapes: 2,
            ..Part::new("template with a problem", dialog_templates::templates(), |bench| {
                entry(bench, "Tools", "Templates…");
                bench.click("mine, own");
                dialog_templates::write(bench, " #widht#");
            })
        },
        Part::new("template that is not saved", dialog_templates::templates(), |bench| {
            entry(bench, "Tools", "Templates…");
            bench.click("mine, own");
            dialog_templates::write(bench, "!");
            bench.click("Close");
        }),
        Part::new("template that has made something", dialog_templates::made_with_mine(), |bench| {
            entry(bench, "Tools", "Templates…");
            bench.click("mine, own");
            dialog_templates::write(bench, "!");
            dialog_templates::save(bench);
        }),
    ]
}

fn dialogs() -> Vec<Part> {
    let mut parts = vec![
        Part::new("about", three(), menu("Help", "About BBDrop")).with_default(),
        Part::new("guide", three(), |bench| drop(bench.key(Key::F1))).with_default(),
        Part::new("shortcuts", three(), menu("Help", "Keyboard shortcuts")).with_default(),
        Part::new("statistics", two_hosts(), menu("Tools", "Statistics")).with_default(),
        Part::new("hosts", dialog_hosts::hosts(), menu("Tools", "Hosts…")),
        Part::new("host with everything", dialog_hosts::hosts(), |bench| {
            entry(bench, "Tools", "Hosts…");
            bench.click("Host full, ready");
        }),
        Part { escapes: 2, ..Part::new("host from a file", two_hosts(), host_file) },
        Part::new("imported", three(), imported).with_default(),
        Part::new("question about removing", three(), |bench| {
            bench.click("birds");
            bench.key(Key::Delete);
        })
        .with_default(),
        Part::new("question about beginning anew", three(), |bench| {
            bench.click("birds");
            entry(bench, "Queue", "Reset…");
        }),
        Part::new("question about closing", uploading(), |bench| {
            let input = bench.harness.input_mut();
            input.viewports.entry(egui::ViewportId::ROOT).or_default().events.push(egui::ViewportEvent::Close);
            bench.harness.step();
            bench.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
        })
        .with_default(),
        Part::new("sub-folders", three(), |bench| {
            let settings = bench.harness.state().snapshot.settings.clone();
            bench.harness.state_mut().ui.ask_about_subfolders(&settings);
        }),
        Part::new("first page", dialog_welcome::first(), |_| {}).with_default(),
        Part::new("commands", three(), |bench| drop(bench.key_with(SHIFTED, Key::P))).with_default(),
    ];
    parts.extend(of_tabs());
    parts.extend(of_templates());
    parts.extend(PAGES.iter().map(|page| {
        Part::new(&format!("settings: {}", page.title), two_hosts(), |bench| {
            bench.key_with(Modifiers::COMMAND, Key::Comma);
            bench.harness.get_by_role_and_label(Role::ListBoxOption, page.title).click();
        })
    }));
    parts
}

fn rename_tab(bench: &mut Bench) {
    bench.harness.get_by_label("Trips (1)").click_secondary();
    bench.run();
    bench.click("Rename tab…");
}

fn host_file(bench: &mut Bench) {
    entry(bench, "Tools", "Hosts…");
    bench.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped("/tmp/party.sxcu".into())));
    bench.run();
    let preview = HostPreview {
        id: "party".to_owned(),
        name: "My party".to_owned(),
        home: Some("https://party.example/with/a/page/that/has/a/very/long/address".to_owned()),
        places: vec![("api".to_owned(), "https://party.example".to_owned())],
        sends: vec!["the image".to_owned(), "headers: pw".to_owned()],
        replaces: Some("Your party".to_owned()),
        ..HostPreview::default()
    };
    answer(bench, &Matter::ReadHost, Reply::Host(Box::new(preview)));
}

fn imported(bench: &mut Bench) {
    let item = |kind, name: &str| Item::new(kind, name, "a name twice");
    let taken = (0..50).map(|number| item(Kind::Gallery, &format!("Trip {number}"))).collect();
    let report = ImportReport { taken, not_taken: vec![item(Kind::Template, "forum")], ..ImportReport::default() };
    answer(bench, &Matter::ImportOld, Reply::Imported(Box::new(report)));
}

fn uploading() -> Snapshot {
    let rows = vec![row(1, "cats", GalleryState::Uploading), row(2, "birds", GalleryState::Failed)];
    Snapshot { hosts: two_hosts().hosts, details: Some(details(2)), bytes_per_second: 4_404_019, ..snapshot(rows) }
}

/// The window with its panels.
fn panels() -> Vec<Part> {
    let page = |page: &'static str| {
        Part::new(&format!("details: {page}"), uploading(), move |bench| {
            bench.click("birds");
            bench.harness.get_by_role_and_label(Role::Tab, page).click();
        })
    };
    let mut parts: Vec<_> = ["Images", "Output", "About"].map(page).into();
    parts.push(Part::new("what went wrong", uploading(), |bench| {
        bench.click("birds");
        bench.click("What went wrong");
    }));
    parts.push(Part::new("log", uploading(), |bench| {
        for click in ["View", "Panels", "Log panel"] {
            bench.click(click);
        }
        bench.key(Key::Escape);
        let mut rows = bench.harness.state().snapshot.rows.clone();
        std::sync::Arc::make_mut(&mut rows[0]).state = GalleryState::Incomplete;
        bench.harness.state_mut().snapshot.rows = rows;
    }));
    parts.push(Part::new("nothing", Snapshot::default(), |_| {}));
    parts.push(Part::new("nothing found", three(), |bench| drop(bench.click("Missing (0)"))));
    parts
}

fn is_open(bench: &Bench) -> bool {
    let ui = &bench.harness.state().ui;
    ui.dialogs.is_open() || ui.palette.is_some()
}

/// Everything that is painted, the lowest first.
fn shapes(bench: &Bench) -> Vec<ClippedShape> {
    fn flat(clipped: &ClippedShape, into: &mut Vec<ClippedShape>) {
        match &clipped.shape {
            Shape::Vec(parts) => {
                for shape in parts {
                    flat(&ClippedShape { shape: shape.clone(), ..clipped.clone() }, into);
                }
            }
            _ => into.push(clipped.clone()),
        }
    }
    let mut all = Vec::new();
    for shape in &bench.harness.output().shapes {
        flat(shape, &mut all);
    }
    all
}

/// Words that are cut at the left or the right, or lie outside of the window. Of what is behind a dialog nobody reads, a table is scrolled, and the
/// words of a bar are drawn in two halves.
fn cut_off(bench: &Bench) -> Vec<String> {
    let window = bench.harness.ctx.content_rect();
    let veil = crate::ui::theme::palette_of(&bench.harness.ctx).surface.veil;
    let table = bench.harness.query_by_role(Role::Table).map_or(Rect::NOTHING, |table| table.rect());
    let shapes = shapes(bench);
    let is_veil = |shape: &ClippedShape| matches!(&shape.shape, Shape::Rect(rect) if rect.fill == veil);
    let dialog = shapes.iter().rposition(is_veil);
    let texts = shapes.iter().skip(dialog.unwrap_or_default()).filter_map(|shape| match &shape.shape {
        Shape::Text(text) => Some((text, shape.clip_rect)),
        _ => None,
    });
    let is_cut = |words: Rect, clip: Rect| {
        let seen = clip.intersect(window).expand(1.5);
        let is_outside = dialog.is_some() && !clip.intersects(window);
        is_outside || seen.intersects(words) && (words.left() < seen.left() || words.right() > seen.right())
    };
    let is_exempt = |words: &str, clip: Rect| dialog.is_none() && (table.contains_rect(clip) || words.ends_with(" %"));
    texts
        .map(|(text, clip)| (text.galley.text(), text.visual_bounding_rect(), clip))
        .filter(|(words, at, clip)| at.is_positive() && is_cut(*at, *clip) && !is_exempt(words, *clip))
        .map(|(words, at, clip)| format!("“{words}” at {at:?} is cut by {clip:?}"))
        .collect()
}

fn focused(bench: &Bench) -> Option<Id> {
    bench.harness.ctx.memory(egui::Memory::focused)
}

/// Where something is, and what of it is not clipped away.
fn place(bench: &Bench, id: Id) -> (Rect, Rect) {
    let response = bench.harness.ctx.read_response(id).expect("it is there");
    (response.rect, response.interact_rect)
}

/// What is painted there.
fn painted(bench: &Bench, rect: Rect) -> Vec<ClippedShape> {
    let near = rect.expand(3.0);
    shapes(bench).into_iter().filter(|shape| shape.shape.visual_bounding_rect().intersects(near)).collect()
}

/// Looks different than without the keyboard.
fn is_seen(bench: &mut Bench, id: Id) -> bool {
    let rect = place(bench, id).0;
    bench.harness.ctx.memory_mut(|memory| memory.surrender_focus(id));
    bench.harness.step();
    let without = painted(bench, rect);
    bench.harness.ctx.memory_mut(|memory| memory.request_focus(id));
    bench.harness.step();
    without != painted(bench, rect)
}

/// What a screen reader calls it.
fn called(bench: &Bench, id: NodeId) -> String {
    let mut nodes = bench.harness.query_all(by().predicate(move |node| node.locate().0 == id));
    nodes.next().map_or_else(
        || "nothing".to_owned(),
        |node| format!("{:?} “{}”", node.accesskit_node().role(), node.accesskit_node().label().unwrap_or_default()),
    )
}

/// What can be operated in `layer`, but for what arrow keys go through.
fn controls(bench: &Bench, layer: LayerId) -> BTreeSet<NodeId> {
    let there: BTreeSet<NodeId> = bench.harness.ctx.viewport(|viewport| {
        viewport.prev_pass.widgets.get_layer(layer).map(|widget| widget.id.accesskit_id()).collect()
    });
    let nodes = bench.harness.query_all(by().predicate(|node| {
        let by_arrows = node.role() == Role::ListBoxOption || node.role() == Role::Row;
        let is_cell =
            node.role() == Role::ComboBox && node.label().is_some_and(|label| CELLS.contains(&label.as_str()));
        egui::accessibility::is_input(node.role()) && !node.is_disabled() && !by_arrows && !is_cell
    }));
    nodes.map(|node| node.accesskit_node().locate().0).filter(|id| there.contains(id)).collect()
}

/// Goes round with Tab; everything that is not as it should be.
fn walk(bench: &mut Bench, layer: LayerId) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut unseen = controls(bench, layer);
    bench.key(Key::Tab);
    let Some(first) = focused(bench) else { return vec!["Tab goes nowhere".to_owned()] };
    let mut id = first;
    for _ in 0..STOPS_MAX {
        unseen.remove(&id.accesskit_id());
        let (whole, seen) = place(bench, id);
        // What is larger than its place cannot be seen whole.
        let enough = whole.size().min(Vec2::splat(20.0));
        if seen.width() + 1.0 < enough.x || seen.height() + 1.0 < enough.y {
            wrong.push(format!("{} is out of sight: {seen:?} of {whole:?}", called(bench, id.accesskit_id())));
        } else if !is_seen(bench, id) {
            wrong.push(format!("{} does not show that it has the keyboard", called(bench, id.accesskit_id())));
        }
        bench.key(Key::Tab);
        match focused(bench) {
            Some(next) if next == first => {
                wrong.extend(unseen.iter().map(|id| format!("Tab does not come to {}", called(bench, *id))));
                return wrong;
            }
            Some(next) => id = next,
            None => return vec![format!("the keyboard is lost after {}", called(bench, id.accesskit_id()))],
        }
    }
    wrong.push("Tab does not come round".to_owned());
    wrong
}

/// Names and words in every look.
fn looks(bench: &mut Bench, sizes: &[Vec2]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (theme, size) in
        [Theme::Dark, Theme::Light].into_iter().flat_map(|theme| sizes.iter().map(move |size| (theme, *size)))
    {
        bench.harness.ctx.set_theme(theme);
        bench.harness.set_size(size);
        bench.run();
        bench.harness.check_accessibility();
        wrong.extend(cut_off(bench).into_iter().map(|words| format!("{theme:?}, {size:?}: {words}")));
    }
    wrong
}

fn check(parts: Vec<Part>, look: impl Fn(&Part, &mut Bench) -> Vec<String>) {
    let mut wrong = Vec::new();
    for part in parts {
        let found = look(&part, &mut part.opened());
        wrong.extend(found.into_iter().map(|found| format!("{}: {found}", part.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One part after the other in the dark and in the light theme.
fn walked(bench: &mut Bench, place: usize, layer: LayerId) -> Vec<String> {
    bench.harness.ctx.set_theme(if place.is_multiple_of(2) { Theme::Dark } else { Theme::Light });
    bench.harness.set_size(SMALLEST);
    bench.run();
    walk(bench, layer)
}

#[test]
fn every_dialog_is_whole_in_both_themes_and_sizes() {
    check(dialogs(), |_, bench| {
        assert!(is_open(bench));
        looks(bench, &[NORMAL, SMALLEST, SMALLEST_ZOOMED])
    });
}

#[test]
fn every_panel_is_whole_in_both_themes_and_sizes() {
    check(panels(), |_, bench| looks(bench, &[NORMAL, SMALLEST]));
}

#[test]
fn tab_goes_round_every_dialog() {
    let place = std::cell::Cell::new(0);
    // In the list of commands the keyboard stays in the field, arrows choose.
    let parts = dialogs().into_iter().filter(|part| part.name != "commands").collect();
    check(parts, |_, bench| {
        let layer = bench.harness.ctx.memory(egui::Memory::top_modal_layer).expect("a dialog");
        walked(bench, place.replace(place.get() + 1), layer)
    });
}

#[test]
fn tab_goes_round_the_window() {
    for part in ["details: About", "log"] {
        let parts = panels().into_iter().filter(|known| known.name == part).collect();
        check(parts, |_, bench| walk(bench, LayerId::background()));
    }
}

#[test]
fn escape_closes_every_dialog_and_does_nothing_else() {
    check(dialogs(), |part, bench| {
        bench.actions.take();
        let asked: Vec<_> = (0..part.escapes).flat_map(|_| bench.key(Key::Escape)).collect();
        let stays = is_open(bench).then(|| "Escape leaves it open".to_owned());
        stays.into_iter().chain(asked.iter().map(|action| format!("Escape does {action:?}"))).collect()
    });
}

#[test]
fn enter_is_the_default_button() {
    check(dialogs().into_iter().filter(|part| part.has_default).collect(), |_, bench| {
        bench.key(Key::Enter);
        is_open(bench).then(|| "Enter does nothing".to_owned()).into_iter().collect()
    });
}
