//! Long output in several posts.

use super::*;

fn many(count: usize) -> GalleryView {
    let image = |index: usize| ImageView {
        name: format!("{index}.jpg"),
        link: format!("https://h/{index}"),
        thumb: format!("https://t/{index}"),
        ..ImageView::default()
    };
    GalleryView { name: "N".into(), images: (1..=count).map(image).collect(), ..GalleryView::default() }
}

fn parts(text: &str, count: usize) -> Vec<String> {
    rendered(text, &many(count)).parts
}

#[test]
fn by_images() {
    let text = "#MAX IMAGES: 2\n#folderName#:\n[each image]\n#image.index#\n[/each]\nend\n";
    assert_eq!(parts(text, 2), ["N:\n1\n2\nend\n"]);
    assert_eq!(parts(text, 5), ["N:\n1\n2", "3\n4", "5\nend\n"]);
    let text = "#MAX IMAGES: 2\n[each image]#image.index#[sep], [/sep][/each].";
    assert_eq!(parts(text, 5), ["1, 2", "3, 4", "5."]);
    let text = "#MAX IMAGES: 4\n[each image 2]#image.index#[sep] [/sep][/each]";
    assert_eq!(parts(text, 6), ["1 2\n3 4", "5 6"]);
    let text = "#MAX IMAGES: 1\n#FORMAT: text\n#SEPARATOR: |\n#allImages#";
    assert_eq!(parts(text, 3), ["https://h/1", "https://h/2", "https://h/3"]);
}

#[test]
fn open_tags_are_closed_and_opened_again() {
    let text = "#MAX IMAGES: 2\n[center]#folderName#\n[b]\n[each image]#image.index# [/each][/b][/center]";
    assert_eq!(
        parts(text, 5),
        ["[center]N\n[b]\n1 2[/b][/center]", "[center][b]3 4[/b][/center]", "[center][b]5 [/b][/center]"]
    );
    let text = "#MAX IMAGES: 2\n#FORMAT: html\n<p class=\"x\">[each image]#image.index#<br>[/each]</p>";
    assert_eq!(parts(text, 3), ["<p class=\"x\">1<br>2<br></p>", "<p class=\"x\">3<br></p>"]);
    let text = "#MAX IMAGES: 2\n[*]x[each image][i]#image.index#[/i][/each]";
    assert_eq!(parts(text, 3), ["[*]x[i]1[/i][i]2[/i]", "[i]3[/i]"]);
}

#[test]
fn by_characters_and_never_inside_an_item() {
    for limit in [100, 150, 1000] {
        let text = format!("#MAX CHARACTERS: {limit}\n[spoiler]\n#allImages#\n[/spoiler]\n");
        let whole = rendered("#allImages#", &many(50)).text();
        let made = parts(&text, 50);
        assert!(made.len() > 1);
        for part in &made {
            assert!(part.chars().count() <= limit, "{part}");
            assert_eq!(part.matches("[url=").count(), part.matches("[/url]").count());
            assert!(part.starts_with("[spoiler]") && part.trim_end().ends_with("[/spoiler]"), "{part}");
        }
        let links = |text: &str| text.match_indices("https://h/").count();
        assert_eq!(made.iter().map(|part| links(part)).sum::<usize>(), links(&whole));
    }
    let long = GalleryView { name: "ä".repeat(350), ..GalleryView::default() };
    let made = rendered("#MAX CHARACTERS: 100\n[b]#folderName#[/b]", &long).parts;
    assert_eq!(made.len(), 4);
    assert!(made.iter().all(|part| part.chars().count() <= 100 && !part.contains("[/b") || part.ends_with("[/b]")));
    let text = format!("#MAX CHARACTERS: 100\n{}\n{}", "a".repeat(60), "b".repeat(60));
    assert_eq!(rendered(&text, &long).parts, ["a".repeat(60), "b".repeat(60)]);
}

#[test]
fn posts_are_numbered() {
    let made = rendered("#POSTTITLE: T\n#MAX IMAGES: 1\n[each image]#image.index#[/each]", &many(2));
    assert_eq!((made.title_of(0).as_str(), made.title_of(1).as_str()), ("T (1/2)", "T (2/2)"));
    assert_eq!(made.text(), "1\n\n2");
    assert_eq!(rendered("#POSTTITLE: T\nx", &many(2)).title_of(0), "T");
}

proptest! {
    #[test]
    fn no_link_is_lost_and_no_limit_broken(
        images in 0_usize..30, images_max in 1_usize..10, characters_max in 100_usize..400, rows in 1_usize..5,
    ) {
        let head = format!("#MAX IMAGES: {images_max}\n#MAX CHARACTERS: {characters_max}\n");
        for body in [
            "#folderName#\n[center]#allImages#[/center]\nend".to_owned(),
            format!("[each image {rows}]\n[url=#image.link#][img]#image.thumb#[/img][/url][sep] [/sep]\n[/each]\n"),
            "[list]\n[each image]\n[*][url=#image.link#]#image.name#[/url]\n\n[/each]\n[/list]".to_owned(),
        ] {
            let made = parts(&format!("{head}{body}"), images);
            let mut links = Vec::new();
            for part in &made {
                prop_assert!(part.chars().count() <= characters_max, "{} {}", part.chars().count(), part);
                prop_assert!(part.matches("[url=").count() <= images_max);
                prop_assert_eq!(part.matches("[url=").count(), part.matches("[/url]").count());
                prop_assert_eq!(part.matches("[center]").count(), part.matches("[/center]").count());
                links.extend(part.split("[url=https://h/").skip(1).filter_map(|rest| rest.split(']').next()?.parse::<usize>().ok()));
            }
            prop_assert_eq!(links, (1..=images).collect::<Vec<_>>());
        }
    }
}
