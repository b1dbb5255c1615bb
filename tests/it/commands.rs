//! Commands from several clients at once, at random moments: a model of what was asked for and the database agree.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::Home;
use crate::support::launch::Chance;
use crate::support::scripted::ScriptedHost;

const CLIENTS: usize = 4;
const GALLERIES_OF_A_CLIENT: usize = 4;
const COMMANDS: usize = 40;
const IMAGES: u32 = 12;

/// What the last commands want of a gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Idle,
    Going,
    Held,
    Gone,
}

#[derive(Clone, Debug)]
struct Model {
    wish: Wish,
    priority: i64,
}

/// One command, and what the model makes of it.
fn command(home: &Home, chance: &Chance, id: i64, model: &mut Model) {
    let (args, wish): (&[&str], _) = match (chance.below(20), model.wish) {
        (0..6, _) => (&["start"], Wish::Going),
        (6..10, Wish::Going) => (&["pause"], Wish::Held),
        (10..13, Wish::Going | Wish::Held) => (&["stop"], Wish::Idle),
        // What was stopped with some of its images is incomplete: to retry would be to start it.
        (13, wish) if wish != Wish::Idle => (&["retry"], wish),
        (14, wish) => (&["move", "top"], wish),
        (15, wish) => (&["move", "up"], wish),
        (16, wish) => (&["move", "down"], wish),
        (17, wish) => (&["priority", "high"], wish),
        (18, wish) => (&["priority", "low"], wish),
        (19, _) if chance.below(8) == 0 => (&["remove"], Wish::Gone),
        (19, _) if chance.below(8) == 0 => (&["forget"], Wish::Gone),
        (_, wish) => (&["pause"], if wish == Wish::Going { Wish::Held } else { wish }),
    };
    let id = id.to_string();
    let args: Vec<_> = ["queue"].iter().chain(args).copied().chain([id.as_str()]).collect();
    let ran = home.run(&args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    model.wish = wish;
    match args.get(2) {
        Some(&"high") => model.priority = 1,
        Some(&"low") => model.priority = -1,
        _ => {}
    }
}

fn client(home: &Home, chance: &Chance, ids: &[i64]) -> BTreeMap<i64, Model> {
    let mut models: BTreeMap<_, _> = ids.iter().map(|id| (*id, Model { wish: Wish::Idle, priority: 0 })).collect();
    for _ in 0..COMMANDS {
        let id = ids[chance.below(ids.len())];
        let model = models.get_mut(&id).expect("ours");
        if model.wish != Wish::Gone {
            command(home, chance, id, model);
        }
        chance.moment(Duration::from_millis(15));
    }
    models
}

fn check(home: &Home, models: &BTreeMap<i64, Model>) {
    let listed = home.list();
    let states: BTreeMap<i64, (String, String)> = listed
        .iter()
        .map(|gallery| {
            let text = |key: &str| gallery[key].as_str().expect("text").to_owned();
            (gallery["id"].as_i64().expect("a number"), (text("state"), text("priority")))
        })
        .collect();
    for (id, model) in models {
        let Some((state, priority)) = states.get(id) else {
            assert_eq!(model.wish, Wish::Gone, "gallery {id} is not there");
            continue;
        };
        let fits: &[&str] = match model.wish {
            Wish::Going => &["completed"],
            Wish::Held => &["paused", "completed"],
            Wish::Idle => &["ready", "incomplete", "completed"],
            Wish::Gone => &[],
        };
        assert!(fits.contains(&state.as_str()), "gallery {id} is {state}: {model:?}");
        let expected = ["low", "normal", "high"][usize::try_from(model.priority + 1).expect("small")];
        assert_eq!(priority, expected, "gallery {id}");
    }
    let by_position: Vec<i64> = home.query("SELECT id FROM galleries ORDER BY position, id");
    let shown: Vec<i64> = listed.iter().filter_map(|gallery| gallery["id"].as_i64()).collect();
    assert_eq!(shown, by_position, "the order that is shown is the one that is stored");
}

#[test]
fn four_clients_at_once_and_the_database_agrees_with_the_model() {
    let home = Home::new();
    let chance = Chance::from_environment("BBDROP_COMMANDS_SEED");
    let host = ScriptedHost::start(&home, "scripted", Duration::from_millis(8));
    let resident = home.resident(&[]);
    let folders = home.albums("album", CLIENTS * GALLERIES_OF_A_CLIENT, IMAGES);
    let mut args = vec!["queue", "add", "--host", host.id];
    args.extend(folders.iter().map(String::as_str));
    assert_eq!(home.run(&args).code, 0);
    home.wait_until_settled(Duration::ZERO);
    let ids: Vec<i64> = home.query("SELECT id FROM galleries ORDER BY id");
    let models: BTreeMap<_, _> = std::thread::scope(|scope| {
        let home = &home;
        let clients: Vec<_> = ids
            .chunks(GALLERIES_OF_A_CLIENT)
            .map(|ids| {
                let chance = chance.branch();
                scope.spawn(move || client(home, &chance, ids))
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect()
    });
    home.wait_until_settled(Duration::ZERO);
    check(&home, &models);
    // What is left goes on to its end, and nothing is missing.
    assert_eq!(home.run(&["queue", "start", "--all"]).code, 0);
    home.wait_until_settled(Duration::ZERO);
    let left = models.values().filter(|model| model.wish != Wish::Gone).count();
    assert_eq!(home.count("completed"), left, "{:?}", home.list());
    let names: Vec<String> = home.query("SELECT name FROM galleries");
    let stored = host.stored();
    for name in &names {
        for image in 1..=IMAGES {
            assert!(stored.contains_key(&(name.clone(), format!("{image}.png"))), "{name}: {image}");
        }
    }
    let last = *home.query::<i64>("SELECT id FROM galleries ORDER BY position DESC LIMIT 1").first().expect("some");
    assert_eq!(home.run(&["queue", "move", "top", &last.to_string()]).code, 0);
    assert_eq!(home.list()[0]["id"], last);
    assert_eq!(resident.quit(), 0);
}
