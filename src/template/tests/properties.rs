//! What holds for every template and every gallery.

use std::time::{Duration, Instant};

use super::*;

/// Pieces of templates, so that random ones reach further than noise.
const PIECES: [&str; 49] = [
    "#",
    "##",
    "|",
    "[",
    "]",
    "\n",
    "\r\n",
    "\r",
    " ",
    "x",
    "ä",
    ":",
    "\\",
    "=",
    "#folderName#",
    "#custom1#",
    "#allImages#",
    "#hostLinks#",
    "#cover#",
    "#nonsense#",
    "#width|upper#",
    "#folderName|replace:\\#:\\|#",
    "#width|",
    "[if custom1]",
    "[if not width > 5]",
    "[if width < =5]",
    "[if nonsense=]",
    "[if #width#]",
    "[if",
    "[else]",
    "[/if]",
    "[each image]",
    "[each image 2]",
    "[each failed]",
    "[each x]",
    "[/each]",
    "[sep]",
    "[/sep]",
    "#image.link#",
    "[url=",
    "[/url]",
    "[b]",
    "#FORMAT: html\n",
    "#POSTTITLE: ",
    "#FORMAT: bbcode\n",
    "#FORMTA: x\n",
    "#SEPARATOR: \"\\n\"\n",
    "\u{feff}",
    "#MAX CHARACTERS: 100\n",
];

fn templates() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..30).prop_map(|pieces| pieces.concat())
}

fn galleries() -> impl Strategy<Value = GalleryView> {
    let value = || "[\\[\\]<>\"'&a=#|\n ä*(){}-]{0,12}";
    let image = (value(), value(), value(), 0_u32..3000).prop_map(|(name, link, thumb, width)| ImageView {
        name,
        link: link.clone(),
        thumb: thumb.clone(),
        direct: thumb,
        width,
        ..ImageView::default()
    });
    (value(), value(), value(), proptest::collection::vec(image, 0..6)).prop_map(|(name, link, custom, images)| {
        GalleryView {
            name,
            gallery_link: link.clone(),
            links: vec![LinkView { url: link, host: custom.clone(), ..LinkView::default() }],
            fields: Fields { custom: vec![custom.clone()], ext: vec![custom] },
            images,
            ..GalleryView::default()
        }
    })
}

proptest! {
    #![proptest_config(crate::core::tests::cases(4_000))]

    #[test]
    fn any_text_is_taken(text in ".{0,200}", pieces in templates()) {
        untrusted::template(text.as_bytes());
        untrusted::template(pieces.as_bytes());
    }

    #[test]
    fn any_template_renders_any_gallery(text in templates(), gallery in galleries(), head in 0_usize..4) {
        let heads = ["", "#MAX CHARACTERS: 100\n", "#MAX IMAGES: 1\n#FORMAT: markdown\n", "#FORMAT: csv\n"];
        let head = heads.get(head).copied().unwrap_or_default();
        let rendered = render(&parse(&format!("{head}{text}")).0, &gallery);
        prop_assert!(!rendered.parts.is_empty());
    }

    /// Tags come from the template; a value adds none and takes none.
    #[test]
    fn no_value_is_markup(gallery in galleries()) {
        let one = |entry: &Entry| {
            let block = entry.scope.block();
            let end = if block.is_empty() { "" } else { "[/each]" };
            format!("{block}#{}#{end}\u{1}", entry.name)
        };
        let values = PLACEHOLDERS.iter().filter(|entry| entry.kind != Kind::Markup).map(one).collect::<Vec<_>>().concat();
        let made = |format: &str| rendered(&format!("#FORMAT: {format}\n{values}"), &gallery).text();
        prop_assert!(!made("bbcode").contains(['[', ']', '\n']));
        prop_assert!(!made("html").contains(['<', '>', '"', '\'', '\n']));
        let markdown = made("markdown");
        let mut signs = markdown.chars();
        while let Some(c) = signs.next() {
            if c == '\\' { signs.next(); } else { prop_assert!(!"*_[]<>`".contains(c), "{markdown}"); }
        }
        let cells = made("csv");
        for cell in cells.split('\u{1}') {
            let inside = cell.strip_prefix('"').unwrap_or(cell).trim_start();
            prop_assert!(!inside.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        let json = rendered(&format!("#FORMAT: json\n\"{values}\""), &gallery).text().replace('\u{1}', "");
        prop_assert!(serde_json::from_str::<String>(&json).is_ok(), "{}", json);
    }

    #[test]
    fn ready_made_markup_is_balanced(gallery in galleries()) {
        let bbcode = rendered("#allImages##hostLinks##cover#", &gallery).text();
        for (open, close) in [("[url=", "[/url]"), ("[img]", "[/img]"), ("[", "]")] {
            prop_assert_eq!(bbcode.matches(open).count(), bbcode.matches(close).count(), "{}", bbcode);
        }
        let empty = ["[url=]", "[img][/img]"].into_iter().find(|tag| bbcode.contains(tag));
        prop_assert!(empty.is_none() && !bbcode.replace("[/img]", "").contains("][/url]"), "{}", bbcode);
        let html = rendered("#FORMAT: html\n#allImages##hostLinks##cover#", &gallery).text();
        prop_assert_eq!(html.matches("<a href=\"").count(), html.matches("</a>").count(), "{}", html);
    }
}

#[test]
fn rendering_is_linear_and_ends() {
    let image = |index: u32| ImageView {
        name: format!("picture {index}.jpg"),
        link: format!("https://host.example/i/{index}"),
        thumb: format!("https://host.example/t/{index}.jpg"),
        width: 1920,
        height: index,
        size: 1 << 20,
        ..ImageView::default()
    };
    let gallery =
        |count| GalleryView { name: "N".into(), images: (0..count).map(image).collect(), ..GalleryView::default() };
    let (small, large) = (gallery(2_000), gallery(20_000));
    let text = "#MAX CHARACTERS: 20000\n[center]\n[each image 4]\n[if image.width > 5][url=#image.link#][img]#image.thumb#[/img][/url]\
        [sep] [/sep][/if][b]#custom1#[/b]#image.width##width#\n[/each]\n[/center]#allImages#";
    let template = parse(text).0;
    let took = |gallery: &GalleryView| {
        let once = || {
            let started = Instant::now();
            assert!(!render(&template, gallery).is_cut);
            started.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap_or_default()
    };
    let (few, many) = (took(&small), took(&large));
    assert!(many < few * 40 + Duration::from_millis(200), "ten times the images took {many:?} instead of {few:?}");
    // A template that repeats everything is cut instead of taking all memory.
    let huge = render(&parse(&"#allImages#".repeat(100)).0, &large);
    assert!(huge.is_cut && huge.text().len() < 66 << 20);
}
