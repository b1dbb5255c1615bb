//! Templates of BBDrop 0.9 against a small model of how it worked: text was replaced in text, innermost conditions first.
//! The links and their order are the same; blank lines and escaping are not compared.

use super::*;

const NAMES: [&str; 13] = [
    "folderName",
    "pictureCount",
    "width",
    "height",
    "longest",
    "extension",
    "folderSize",
    "galleryLink",
    "allImages",
    "cover",
    "hostLinks",
    "custom1",
    "ext4",
];

/// What 0.9 put in for a name.
fn value(gallery: &GalleryView, name: &str) -> String {
    let clickable = |link: &str, thumb: &str| format!("[url={link}][img]{thumb}[/img][/url]");
    match name {
        "allImages" => {
            let shown = gallery.images.iter().filter(|image| !image.link.is_empty());
            shown.map(|image| clickable(&image.link, &image.thumb)).collect::<Vec<_>>().join("  ")
        }
        "cover" => clickable("https://host.example/c", "https://host.example/t/c.jpg"),
        "hostLinks" => {
            ["https://files.example/a", "https://files.example/b"].map(|link| format!("[url={link}]x[/url]")).join("\n")
        }
        "folderName" => gallery.name.clone(),
        "galleryLink" => gallery.gallery_link.clone(),
        "custom1" => gallery.fields.custom.first().cloned().unwrap_or_default(),
        "ext4" => gallery.fields.ext.get(3).cloned().unwrap_or_default(),
        "extension" => "JPG".to_owned(),
        "pictureCount" => "3".to_owned(),
        "width" | "longest" => "1920".to_owned(),
        "height" => "1080".to_owned(),
        _ => "4.0 MiB".to_owned(),
    }
}

/// As 0.9 made it, without its limit of 50 conditions.
fn as_in_0_9(template: &str, gallery: &GalleryView) -> String {
    let mut text = template.to_owned();
    while let Some((before, after)) = text.split_once("[/if]") {
        let (before, block) = before.rsplit_once("[if ").expect("balanced");
        let (condition, block) = block.split_once(']').expect("closed");
        let (yes, no) = block.split_once("[else]").unwrap_or((block, ""));
        let is_met = match condition.split_once('=') {
            Some((name, expected)) => value(gallery, name).trim() == expected.trim(),
            None => !value(gallery, condition).trim().is_empty(),
        };
        text = format!("{before}{}{after}", if is_met { yes } else { no });
    }
    NAMES.iter().fold(text, |text, name| text.replace(&format!("#{name}#"), &value(gallery, name)))
}

fn links(text: &str) -> Vec<&str> {
    let is_end = |c: char| "[]()\"'".contains(c) || c.is_whitespace();
    text.split("https://").skip(1).map(|rest| rest.split(is_end).next().unwrap_or_default()).collect()
}

fn template() -> impl Strategy<Value = String> {
    let name = || proptest::sample::select(NAMES.to_vec());
    let leaf = prop_oneof![
        // With a space behind it: a bare link ends there, whatever becomes of what follows.
        4 => name().prop_map(|name| format!("#{name}# ")),
        1 => proptest::sample::select(vec!["[b]", "[/b]", "\n", " ", "[url=#galleryLink#]here[/url]", "text, ", "•"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let some = || proptest::collection::vec(inner.clone(), 0..4).prop_map(|parts| parts.concat());
        let equals = prop_oneof![Just(""), Just("=Lisbon"), Just("= Lisbon "), Just("=JPG"), Just("=1920")];
        prop_oneof![
            some(),
            // What is ready-made is only asked whether it is there.
            (name(), equals, some())
                .prop_filter("", |(name, equals, _)| {
                    equals.is_empty() || !["allImages", "cover", "hostLinks"].contains(name)
                })
                .prop_map(|(name, equals, yes)| format!("[if {name}{equals}]{yes}[/if]")),
            (name(), some(), some()).prop_map(|(name, yes, no)| format!("[if {name}]{yes}[else]{no}[/if]")),
        ]
    })
}

proptest! {
    #[test]
    fn the_links_are_those_of_0_9_in_the_same_order(
        template in template(),
        custom in prop_oneof![Just(""), Just(" "), Just("Lisbon"), Just("https://mine.example/1")],
        link in prop_oneof![Just(""), Just("https://host.example/g/7")],
        missing in proptest::option::of(0..3_usize),
    ) {
        let mut gallery = GalleryView::sample();
        gallery.fields.custom = vec![custom.to_owned()];
        gallery.fields.ext = vec![String::new(), String::new(), String::new(), custom.to_owned()];
        gallery.gallery_link = link.to_owned();
        if let Some(image) = missing.and_then(|missing| gallery.images.get_mut(missing)) {
            // It was not in what 0.9 had either. Numbers are of what is left, so they are left out.
            image.link = String::new();
        }
        let numbers = ["pictureCount", "width", "height", "longest", "extension", "folderSize"];
        prop_assume!(missing.is_none() || !numbers.iter().any(|name| template.contains(name)));
        let (parsed, problems) = parse(&template);
        prop_assert!(problems.is_empty(), "{:?}", problems);
        let made = render(&parsed, &gallery).text();
        let expected = as_in_0_9(&template, &gallery);
        prop_assert_eq!(links(&made), links(&expected), "{}", template);
    }
}
