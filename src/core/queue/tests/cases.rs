//! Single histories that a person can follow, in the world of the random ones.

use super::*;

#[test]
fn accepted_folders_stay_until_they_are_removed() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1, 2, 2, 3], false, false));
    world.happen(Happening::Answer(0, 0));
    assert_eq!(world.galleries.len(), 3);
    world.happen(Happening::Crash);
    assert_eq!(world.galleries.len(), 3);
    world.happen(Happening::Remove(2, false));
    assert_eq!(world.galleries.keys().map(|id| id.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn removed_galleries_stay_in_the_history_unless_that_is_forgotten_too() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1, 2, 3], true, false));
    world.come_to_rest();
    assert_eq!(world.history.len(), 3);
    world.happen(Happening::Remove(1, false));
    world.happen(Happening::Remove(2, true));
    assert_eq!(world.galleries.len(), 1);
    let history: Vec<_> = world.history.iter().map(|folder| folder.to_string_lossy().into_owned()).collect();
    assert_eq!(history, ["/f1", "/f3"]);
}

/// Adds `/f1` as somebody of whom nobody knows who it is, or as this user.
fn bring(world: &mut World, unproven: bool, start: bool) {
    let choices = Choices { start, unproven, ..Choices::default() };
    world.command(Command::Add { paths: vec!["/f1".into()], choices });
    scan_and_settle(world);
}

/// Nothing of the folder was uploaded before.
fn scan_and_settle(world: &mut World) {
    while !world.under_way.is_empty() {
        let scan = world.under_way.iter().position(|effect| matches!(effect, Effect::Scan { .. }));
        world.happen(Happening::Answer(scan.unwrap_or(0), u8::from(scan.is_some())));
    }
    world.answer_everything();
}

#[test]
fn what_nobody_knows_who_brought_starts_only_when_the_person_says_so() {
    for (automatically, start) in [(false, false), (true, false), (true, true)] {
        let mut world = World::new();
        let value = automatically.to_string();
        world.command(Command::Configure { key: "uploads.start_automatically".to_owned(), value });
        let held = |world: &World| {
            let gallery = &world.galleries[&GalleryId(1)];
            assert_eq!(gallery.state, GalleryState::Ready, "{automatically} {start}");
            let reason = gallery.reason.as_ref().expect("a reason on its row");
            assert!(reason.kind == FaultKind::Unproven && reason.words.contains("press Start"), "{reason}");
        };
        bring(&mut world, true, start);
        held(&world);
        bring(&mut world, true, start);
        held(&world);
        for happening in [Happening::Rescan(None), Happening::Crash] {
            world.happen(happening);
            scan_and_settle(&mut world);
            held(&world);
        }
        world.happen(Happening::Start(Some(1)));
        world.answer_everything();
        let gallery = &world.galleries[&GalleryId(1)];
        assert_eq!((gallery.state, gallery.reason.as_ref()), (GalleryState::Completed, None));
    }
}

#[test]
fn what_this_user_brings_as_well_is_like_any_other() {
    for (automatically, state) in [(false, GalleryState::Ready), (true, GalleryState::Completed)] {
        let mut world = World::new();
        let value = automatically.to_string();
        world.command(Command::Configure { key: "uploads.start_automatically".to_owned(), value });
        bring(&mut world, true, false);
        bring(&mut world, false, false);
        let gallery = &world.galleries[&GalleryId(1)];
        assert_eq!((gallery.state, gallery.reason.as_ref()), (state, None));
    }
}

#[test]
fn ids_are_never_given_out_twice() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], false, false));
    world.happen(Happening::Answer(0, 0));
    world.happen(Happening::Remove(1, false));
    world.happen(Happening::Crash);
    world.happen(Happening::Add(vec![1], false, false));
    let n = world.under_way.iter().position(|e| matches!(e, Effect::Resolve { .. })).expect("asked");
    world.happen(Happening::Answer(n, 0));
    assert_eq!(world.galleries.keys().map(|id| id.0).collect::<Vec<_>>(), [2]);
}

#[test]
fn quitting_answers_who_waits_and_begins_nothing() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], true, false));
    world.happen(Happening::Answer(0, 0));
    world.command(Command::Await(vec![GalleryId(1)]));
    assert_eq!(world.unanswered.len(), 1);
    world.under_way.clear();
    world.command(Command::Quit);
    assert!(world.unanswered.is_empty());
    assert!(matches!(world.under_way.as_slice(), [Effect::Shutdown]), "{:?}", world.under_way);
    let effects = world.queue.step(Event::Scanned { gallery: GalleryId(1), outcome: scan(0, Vec::new()) }, 0);
    assert!(effects.iter().all(|e| matches!(e, Effect::Write(_))), "{effects:?}");
}

#[test]
fn a_gallery_that_has_begun_stays_at_its_host_and_that_is_said() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], true, false));
    world.come_to_rest();
    world.happen(Happening::Add(vec![2], false, false));
    world.answer_everything();
    world.record.clear();
    world.command(Command::SetHost(Selection::all(), "other".to_owned()));
    let hosts: Vec<_> = world.galleries.values().map(|gallery| gallery.host.as_str()).collect();
    assert_eq!(hosts, ["folder", "other"]);
    let told = "Told { changed: [GalleryId(2)], words: \"1 gallery stays at its host";
    assert!(world.record.contains(told), "{}", world.record);
    world.record.clear();
    world.command(Command::SetHost(Selection::of([GalleryId(2)]), "folder".to_owned()));
    assert!(world.record.contains("Ok(Changed([GalleryId(2)]))"), "{}", world.record);
}

#[test]
fn a_template_that_is_renamed_is_kept_by_its_galleries_and_by_the_settings() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1, 2], false, false));
    world.happen(Happening::Answer(0, 0));
    world.command(Command::SetTemplate(Selection::of([GalleryId(1)]), Some("mine".to_owned())));
    world.command(Command::Configure { key: "output.template".to_owned(), value: "mine".to_owned() });
    world.queue.take_settings_changed();
    let done = TemplatesDone { renamed: Some(("mine".to_owned(), "yours".to_owned())), ..TemplatesDone::default() };
    world.tickets += 1;
    let ticket = Ticket(world.tickets);
    world.unanswered.insert(ticket);
    world.step(Event::TemplatesChanged { ticket, outcome: Ok(done) });
    let templates: Vec<_> = world.galleries.values().map(|gallery| gallery.post.template.as_deref()).collect();
    assert_eq!(templates, [Some("yours"), None]);
    assert_eq!(world.queue.settings().output.template, "yours");
    assert!(world.queue.take_settings_changed(), "the window hears of it");
}

#[test]
fn only_what_is_complete_now_is_copied_and_only_when_that_is_wanted() {
    for (wanted, copied) in [("false", 0), ("true", 1)] {
        let mut world = World::new();
        world.command(Command::Configure { key: "output.copy_automatically".to_owned(), value: wanted.to_owned() });
        world.happen(Happening::Add(vec![1], true, false));
        world.come_to_rest();
        assert_eq!(
            world.galleries.values().map(|gallery| gallery.state).collect::<Vec<_>>(),
            [GalleryState::Completed]
        );
        world.command(Command::RenderAgain(Selection::all()));
        world.answer_everything();
        let count = |copies: &str| world.record.matches(copies).count();
        assert_eq!((count("copies: true"), count("copies: false")), (copied, 2 - copied), "{wanted}");
    }
}

/// The stored order of the queue.
fn order(world: &World) -> Vec<i64> {
    let mut galleries: Vec<_> = world.galleries.values().collect();
    galleries.sort_by_key(|gallery| (gallery.place.position, gallery.id));
    galleries.iter().map(|gallery| gallery.id.0).collect()
}

#[test]
fn galleries_go_in_front_of_any_other_however_often() {
    let mut world = World::new();
    world.happen(Happening::Add((1..=6).collect(), false, false));
    world.happen(Happening::Answer(0, 0));
    let mut expected: Vec<i64> = (1..=6).collect();
    assert_eq!(order(&world), expected);
    let go = |world: &mut World, moving: &[i64], target: i64| {
        let moving = Selection::of(moving.iter().copied().map(GalleryId));
        world.command(Command::Move(moving, Direction::Before(GalleryId(target))));
    };
    go(&mut world, &[5, 2], 1);
    assert_eq!(order(&world), [2, 5, 1, 3, 4, 6]);
    // In front of itself: where it is, but together.
    go(&mut world, &[2, 1], 1);
    assert_eq!(order(&world), [5, 2, 1, 3, 4, 6]);
    go(&mut world, &[1, 2, 3, 4, 5, 6], 3);
    assert_eq!(order(&world), [5, 2, 1, 3, 4, 6]);
    go(&mut world, &[5], 99);
    assert_eq!(order(&world), [5, 2, 1, 3, 4, 6]);
    expected = order(&world);
    // The same gap is filled until it has no room left.
    for turn in 0..200 {
        let (moved, target) = if turn % 2 == 0 { (6, 1) } else { (4, 6) };
        go(&mut world, &[moved], target);
        expected.retain(|id| *id != moved);
        let at = expected.iter().position(|id| *id == target).expect("there");
        expected.insert(at, moved);
        assert_eq!(order(&world), expected, "turn {turn}");
    }
}
