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
    world.happen(Happening::Remove(2));
    assert_eq!(world.galleries.keys().map(|id| id.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn ids_are_never_given_out_twice() {
    let mut world = World::new();
    world.happen(Happening::Add(vec![1], false, false));
    world.happen(Happening::Answer(0, 0));
    world.happen(Happening::Remove(1));
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
