//! What is picked in the dialogs of the system, and what the window asks and says about it: an import, a host from a file, sub-folders.

use egui::accesskit::Role;
use egui::{Key, Modifiers};

use crate::support::display::{Display, Window};
use crate::support::old_database::{OldDatabase, OldRow, images};
use crate::support::zenity::Zenity;
use crate::support::{Home, eventually, sample_gallery, skipped};

const UPLOADER: &str = r#"{"Version": "15.0.0", "Name": "My party", "DestinationType": "ImageUploader", "RequestMethod": "POST",
    "RequestURL": "http://127.0.0.1:1/", "Headers": {"pw": "correct horse"}, "Body": "MultipartFormData", "FileFormName": "f", "URL": "{json:url}"}"#;

fn choose(window: &Window, menu: &str, command: &str) {
    window.click(Role::Button, menu);
    window.click(Role::MenuItem, command);
}

#[test]
fn what_is_picked_is_taken_with_an_account_a_look_or_a_question() {
    let Ok(display) = Display::open().map_err(|missing| skipped(&missing)) else { return };
    let home = Home::new();
    let zenity = Zenity::new(&home, Some("read -r picked < \"${0%/*}/picked\"; echo \"$picked\""));
    let pick = |path: &std::path::Path| {
        std::fs::write(zenity.dir.join("picked"), format!("{}\n", path.display())).expect("written");
    };
    let mut program = display.start(&home, &["-v"], &zenity.env());
    let window = program.window();
    window.settle();

    let old = OldDatabase::create(&home.path().join(".bbdrop/bbdrop.db"), 16);
    let done = OldRow { status: "completed", tab: (1, "Main"), host: "imx", total: 3, ..OldRow::default() };
    let path = |name: &str| home.path().join(name).display().to_string();
    old.add(&OldRow { path: path("gone/Rome"), name: "Rome", images: images("rome", 3), ..done.clone() });
    old.add(&OldRow { path: path("gone/Oslo"), name: "Oslo", host: "closed", status: "uploading", ..done });
    pick(old.close().parent().expect("a directory"));
    choose(&window, "File", "Import from BBDrop 0.9…");
    window.wait_for_words("Taken (");
    assert!(!window.shows("Taking over"), "that is over");
    window.shot("account-of-an-import");
    window.key(Key::Escape, Modifiers::NONE);
    window.wait_for_row("Rome", "Completed");

    let file = home.path().join("party.sxcu");
    std::fs::write(&file, UPLOADER).expect("written");
    pick(&file);
    choose(&window, "Tools", "Hosts…");
    window.click(Role::Button, "Add from file…");
    window.wait_for_words("Add this host?");
    window.wait_for_words("http://127.0.0.1:1");
    assert!(!window.shows("correct horse"), "what is secret is not shown");
    window.shot("host-from-a-file");
    window.click(Role::Button, "Add host");
    eventually("the host is there", || home.run(&["hosts", "list"]).stdout.contains("my-party").then_some(()));
    window.key(Key::Escape, Modifiers::NONE);

    let folder = home.pictures("Trip", 2, 20);
    home.pictures("Trip/Day 1", 2, 20);
    pick(&folder);
    window.click(Role::Button, "Add folders…");
    window.wait_for_words("Sub-folders with images have become galleries");
    window.shot("question-about-sub-folders");
    window.click(Role::Button, "Yes, galleries");
    eventually("it is kept", || {
        (home.run(&["config", "get", "adding.subfolders"]).stdout == "galleries\n").then_some(())
    });
    window.wait_for_row("Day 1", "Ready");

    pick(&sample_gallery().join("1.jpg"));
    choose(&window, "File", "Add images…");
    eventually("the picked image is a gallery", || (home.list().len() == 5).then_some(()));
    assert_eq!(home.run(&["quit"]).code, 0);
    let (ended, said) = (program.wait(), program.said());
    assert!(ended.success() && !said.contains("panicked"), "{said}");
}
