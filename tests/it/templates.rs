//! `bbdrop templates`: listed, shown, checked, rendered; nothing of it needs a queue or a data directory.

use crate::support::Home;

fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name.replace('/', std::path::MAIN_SEPARATOR_STR));
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("Unicode").to_owned()
}

#[test]
fn built_in_templates_are_always_there_and_own_ones_beside_them() {
    let home = Home::new();
    let listed = home.run(&["templates", "list"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let names = ["default", "html", "markdown", "json", "csv", "Extended Example"];
    assert!(names.iter().all(|name| listed.stdout.lines().any(|line| line.starts_with(name))), "{listed:?}");
    assert_eq!(home.run(&["templates", "show", "default"]).stdout, "#folderName#\n#allImages#\n");
    assert!(!home.data().exists(), "nothing was made");

    let file = write(&home, "data/templates/my own.template.txt", "mine: #folderName#\n");
    let listed = home.run(&["templates", "list"]);
    assert!(listed.stdout.lines().any(|line| line.starts_with("my own") && line.ends_with(&file)), "{listed:?}");
    assert_eq!(home.run(&["templates", "show", "my own"]).stdout, "mine: #folderName#\n");
    assert_eq!(home.run(&["templates", "render", "my own"]).stdout, "mine: Summer trip\n");
    let missing = home.run(&["templates", "show", "nothing"]);
    assert_eq!((missing.code, missing.stderr.as_str()), (2, "There is no template “nothing”.\n"));
}

#[test]
fn check_says_where_and_what() {
    let home = Home::new();
    let good = write(&home, "good.template.txt", "#folderName#\n[if galleryLink]#galleryLink#[/if]\n");
    let checked = home.run(&["templates", "check", &good]);
    assert_eq!((checked.code, checked.stdout.as_str(), checked.stderr.as_str()), (0, "", ""));
    let bad = write(&home, "bad.template.txt", "é #foldrName#\n[if width]\n");
    let checked = home.run(&["templates", "check", &bad]);
    let expected =
        format!("{bad}:1:3: #foldrName#: did you mean #folderName#?\n{bad}:2:1: This [if …] has no [/if].\n");
    assert_eq!((checked.code, checked.stdout), (1, expected));
    for name in ["default", "json", "Extended Example"] {
        assert_eq!(home.run(&["templates", "check", name]).code, 0, "{name}");
    }
    assert_eq!(home.run(&["templates", "check", "not there"]).code, 2);
    let binary = home.path().join("binary.template.txt");
    std::fs::write(&binary, b"\xff\xfe").expect("written");
    let checked = home.run(&["templates", "check", binary.to_str().expect("Unicode")]);
    assert!(checked.code == 1 && checked.stderr.contains("no UTF-8"), "{checked:?}");
}

#[test]
fn render_prints_what_the_template_makes_of_a_gallery() {
    let home = Home::new();
    let data = write(
        &home,
        "gallery.json",
        r#"{"name":"Trip [1]","gallery_link":"https://h/g","new":true,"images":[
            {"name":"a.jpg","link":"https://h/1","thumb":"https://t/1","width":4,"height":3,"size":2048},
            {"name":"b.jpg","link":"https://h/2","thumb":"https://t/2"},
            {"name":"c.jpg","link":"","state":"failed","reason":"too large"}]}"#,
    );
    let render = |args: &[&str]| home.run(&[&["templates", "render"], args].concat());
    let made = render(&["default", "--data", &data]);
    let expected =
        "Trip (1)\n[url=https://h/1][img]https://t/1[/img][/url] [url=https://h/2][img]https://t/2[/img][/url]\n";
    assert_eq!((made.code, made.stdout.as_str(), made.stderr.as_str()), (0, expected, ""));

    let text =
        "#POSTTITLE: #folderName#\n#MAX IMAGES: 1\n[each image]\n#image.name#\n[/each]\n#failedCount# #broken#\n";
    let file = write(&home, "mine.template.txt", text);
    let made = render(&[&file, "--data", &data, "--json"]);
    let posts: serde_json::Value = serde_json::from_str(&made.stdout).expect("JSON");
    let expected = serde_json::json!([
        {"title": "Trip [1] (1/2)", "text": "a.jpg"},
        {"title": "Trip [1] (2/2)", "text": "b.jpg\n1 #broken#\n"}
    ]);
    assert_eq!((made.code, posts), (0, expected));
    assert!(made.stderr.starts_with(&format!("{file}:6:15: There is no placeholder named broken.")), "{made:?}");

    let broken = write(&home, "broken.json", "{");
    let made = render(&["default", "--data", &broken]);
    assert!(made.code == 1 && made.stderr.starts_with("This is no gallery in JSON"), "{made:?}");
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn files_of_bbdrop_0_9_are_imported_once() {
    let home = Home::new();
    let good = write(&home, "old/Forum post.template.txt", "[b]#folderName#[/b]\n#allImages#\n");
    let bad = write(&home, "old/Broken.template.txt", "[if width]\n");
    let ran = home.run(&["templates", "import", &good, &bad]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("“Forum post” is imported.\n")
            && ran.stdout.contains("“Broken” is imported. It is not in order: line 1"),
        "{ran:?}"
    );
    assert!(home.run(&["templates", "import", &good]).stdout.contains("there already"));
    assert_eq!(home.run(&["templates", "show", "Forum post"]).stdout, "[b]#folderName#[/b]\n#allImages#\n");
    let refused = home.run(&["templates", "import", &good, "/none.template.txt"]);
    assert!(refused.code == 1 && refused.stderr.contains("/none.template.txt"), "{refused:?}");
}
