//! Every placeholder, block, filter and setting.

use super::*;

/// Every placeholder of the table with its value in the sample, inside the loop it belongs to.
const VALUES: &[(&str, &str)] = &[
    ("folderName", "Summer trip"),
    ("galleryName", "Summer trip"),
    ("galleryTitle", "Summer trip 2026"),
    ("galleryLink", "https://host.example/g/7"),
    ("host", "Example host"),
    ("pictureCount", "3"),
    ("failedCount", "1"),
    ("width", "1920"),
    ("height", "1080"),
    ("longest", "1920"),
    ("extension", "JPG"),
    ("folderSize", "4.0 MiB"),
    ("folderBytes", "4194304"),
    (
        "allImages",
        "[url=https://host.example/i/1][img]https://host.example/t/1.jpg[/img][/url] \
         [url=https://host.example/i/2][img]https://host.example/t/2.jpg[/img][/url] \
         [url=https://host.example/i/3][img]https://host.example/t/3.png[/img][/url]",
    ),
    ("cover", "[url=https://host.example/c][img]https://host.example/t/c.jpg[/img][/url]"),
    (
        "hostLinks",
        "[url=https://files.example/a]Example files 1/2[/url]\n[url=https://files.example/b]Example files 2/2[/url]",
    ),
    ("custom1", "Lisbon"),
    ("custom2", "Portugal"),
    ("custom3", "July"),
    ("custom4", "2026"),
    ("ext1", "e1"),
    ("ext2", "e2"),
    ("ext3", "e3"),
    ("ext4", "e4"),
    ("videoDetails", ""),
    ("screenshotSheet", ""),
    ("downloadLinks", ""),
    ("filename", ""),
    ("duration", ""),
    ("resolution", ""),
    ("fps", ""),
    ("bitrate", ""),
    ("videoCodec", ""),
    ("audioCodec", ""),
    ("audioTracks", ""),
    ("filesize", ""),
    ("image.link", "https://host.example/i/1;https://host.example/i/2;https://host.example/i/3"),
    ("image.thumb", "https://host.example/t/1.jpg;https://host.example/t/2.jpg;https://host.example/t/3.png"),
    ("image.direct", "https://host.example/d/1.jpg;https://host.example/d/2.jpg;https://host.example/d/3.png"),
    ("image.delete", "https://host.example/x/1;https://host.example/x/2;https://host.example/x/3"),
    ("image.name", "beach 1.jpg;beach 2.jpg;harbour.png"),
    ("image.stem", "beach 1;beach 2;harbour"),
    ("image.index", "1;2;3"),
    ("image.width", "1920;1920;1200"),
    ("image.height", "1080;1080;1600"),
    ("image.size", "1.5 MiB;2.0 MiB;512.0 KiB"),
    ("image.bytes", "1572864;2097152;524288"),
    (
        "image.bbcode",
        "[url=https://host.example/i/1][img]https://host.example/t/1.jpg[/img][/url];\
         [url=https://host.example/i/2][img]https://host.example/t/2.jpg[/img][/url];\
         [url=https://host.example/i/3][img]https://host.example/t/3.png[/img][/url]",
    ),
    ("link.url", "https://files.example/a;https://files.example/b"),
    ("link.host", "Example files;Example files"),
    ("link.name", "trip.part1.zip;trip.part2.zip"),
    ("link.index", "1;2"),
    ("link.size", "4.0 MiB;1.0 MiB"),
    ("link.bytes", "4194304;1048576"),
    ("link.part", "1;2"),
    ("link.parts", "2;2"),
    ("failed.name", "broken.jpg"),
    ("failed.stem", "broken"),
    ("failed.index", "1"),
    ("failed.size", "0.0 KiB"),
    ("failed.state", "failed"),
    ("failed.reason", "The host did not take it."),
];

#[test]
fn every_placeholder() {
    let mut gallery = GalleryView::sample();
    gallery.fields.custom = ["Lisbon", "Portugal", "July", "2026"].map(str::to_owned).to_vec();
    gallery.fields.ext = ["e1", "e2", "e3", "e4"].map(str::to_owned).to_vec();
    let tested: Vec<_> = VALUES.iter().map(|(name, _)| *name).collect();
    let known: Vec<_> = PLACEHOLDERS.iter().map(|entry| entry.name).collect();
    assert_eq!(tested, known);
    for (entry, (name, value)) in PLACEHOLDERS.iter().zip(VALUES) {
        let template = match entry.scope {
            Scope::Gallery => format!("<#{name}#>"),
            scope => format!("<{}#{name}#[sep];[/sep][/each]>", scope.block()),
        };
        check_with(&gallery, &template, &format!("<{value}>"));
        let there = if value.is_empty() { "no" } else { "yes" };
        let template = match entry.scope {
            Scope::Gallery => format!("[if {name}]yes[else]no[/if]"),
            scope => format!("{}[if {name}]yes[else]no[/if][if failed.index != 1][/if][/each]", scope.block()),
        };
        if entry.scope == Scope::Gallery {
            check_with(&gallery, &template, there);
        }
    }
}

#[test]
fn old_templates_make_the_same_of_a_gallery() {
    let template = "#folderName#\n[hr][/hr]\n[center][size=4][b][color=#11c153]#folderName#[/color][/b][/size]\n\n\
        [size=3][b][color=\"#888\"]#pictureCount# IMAGES • #extension# • #width#x#height# • #folderSize# [/color] [/b][/size]\n\
        [/center][hr][/hr]#allImages#\n\
        [if galleryLink][b]Gallery link[/b]: #galleryLink#[else][i]Sorry, no gallery link available.[/i][/if]\n\
        ext1: [if ext1]#ext1#[else]no ext1 value set[/if]\n\
        custom1: [if custom1]#custom1#[else]no custom1 value set[/if]\n\
        [if custom1=Lisbon][if extension=PNG]never[else]nested[/if][/if]\n\
        [if ext2]\nnot there\n[/if]\n\
        [if hostLinks][b]Download links:[/b]\n#hostLinks#[/if]";
    check(
        template,
        "Summer trip\n[hr][/hr]\n[center][size=4][b][color=#11c153]Summer trip[/color][/b][/size]\n\n\
         [size=3][b][color=\"#888\"]3 IMAGES • JPG • 1920x1080 • 4.0 MiB [/color] [/b][/size]\n\
         [/center][hr][/hr]\
         [url=https://host.example/i/1][img]https://host.example/t/1.jpg[/img][/url] \
         [url=https://host.example/i/2][img]https://host.example/t/2.jpg[/img][/url] \
         [url=https://host.example/i/3][img]https://host.example/t/3.png[/img][/url]\n\
         [b]Gallery link[/b]: https://host.example/g/7\n\
         ext1: no ext1 value set\n\
         custom1: Lisbon\n\
         nested\n\
         [b]Download links:[/b]\n\
         [url=https://files.example/a]Example files 1/2[/url]\n[url=https://files.example/b]Example files 2/2[/url]",
    );
    let many = "[if custom1]x[/if]".repeat(200);
    check(&many, &"x".repeat(200));
}

#[test]
fn titles() {
    let gallery = GalleryView { name: "A [b] #width#\n".into(), ..GalleryView::sample() };
    let made = rendered("#POSTTITLE:  #folderName# (#pictureCount#) [if custom1]#custom1|upper#[/if] \nbody", &gallery);
    assert_eq!((made.title.as_str(), made.text().as_str()), ("A [b] #width# (3) LISBON", "body"));
    let made = rendered("#folderName|slice:0:1#", &gallery);
    assert_eq!((made.title.as_str(), made.text().as_str()), ("", "A"));
}

#[test]
fn conditions() {
    for (condition, expected) in [
        ("pictureCount", "yes"),
        ("pictureCount > 2", "yes"),
        ("pictureCount > 3", "no"),
        ("pictureCount>=3", "yes"),
        ("not failedCount", "no"),
        ("failedCount = 1", "yes"),
        ("custom2", "no"),
        ("not custom2", "yes"),
        ("custom1=Lisbon", "yes"),
        ("custom1 = lisbon", "no"),
        ("custom1 != Porto", "yes"),
        ("custom1 contains sbo", "yes"),
        ("folderSize >= 4 MiB", "yes"),
        ("folderSize > 4 MiB", "no"),
        ("allImages", "yes"),
        ("hostLinks", "yes"),
        ("cover", "yes"),
        ("gallery_link", "yes"),
        ("videoDetails", "no"),
    ] {
        check(&format!("[if {condition}]yes[else]no[/if]"), expected);
    }
    check_with(
        &GalleryView::default(),
        "[if pictureCount]a[/if][if allImages]b[/if][if hostLinks]c[/if][if width]d[/if].",
        ".",
    );
}

#[test]
fn loops() {
    check("[each image]#image.index#[/each]", "123");
    check("[each image]#image.index#[sep], [/sep][/each].", "1, 2, 3.");
    check("[each image 2]#image.index#[sep] [/sep][/each].", "1 2\n3.");
    check("[each image 2]\n<#image.index#>\n[/each]\n.", "<1><2>\n<3>\n.");
    check("[each image]\n#image.index#: #image.stem#\n[/each]\nend", "1: beach 1\n2: beach 2\n3: harbour\nend");
    check("[each image][if image.width > 1500]#image.index#[sep]/[/sep][/if][/each]", "1/2/");
    check(
        "[each link]#link.part# of #link.parts# at #link.host##pictureCount#[sep]\n[/sep][/each]",
        "1 of 2 at Example files3\n2 of 2 at Example files3",
    );
    check("[each failed]#failed.name#: #failed.reason#[/each]", "broken.jpg: The host did not take it.");
    check_with(&GalleryView::default(), "a\n[each image]\n#image.link#\n[/each]\nb", "a\nb");
}

#[test]
fn filters() {
    for (placeholder, expected) in [
        ("folderName|upper", "SUMMER TRIP"),
        ("folderName|lower|slice:0:6", "summer"),
        ("folderName|replace: :_", "Summer_trip"),
        ("folderName|url", "Summer%20trip"),
        ("galleryLink|replace:https:http", "http://host.example/g/7"),
        ("pictureCount|replace:3:three", "three"),
        ("folderName|slice:50|upper", ""),
    ] {
        check(&format!("#{placeholder}#."), &format!("{expected}."));
    }
    let gallery = GalleryView { name: " [b]x[/b] ".into(), ..GalleryView::default() };
    check_with(&gallery, "#folderName#|#folderName|raw#|#folderName|trim|raw#", " (b)x(/b) | [b]x[/b] |[b]x[/b]");
    check("## #####folderName#", "# ##Summer trip");
}

#[test]
fn settings() {
    let short = |text: &str| text.replace("https://host.example/", "");
    let made = |head: &str| short(&rendered(&format!("{head}#allImages#"), &GalleryView::sample()).text());
    let one = |index: usize, end: &str| format!("[url=i/{index}][img]t/{index}.{end}[/img][/url]");
    let (a, b, c) = (one(1, "jpg"), one(2, "jpg"), one(3, "png"));
    assert_eq!(made("#SEPARATOR: two spaces\n"), format!("{a}  {b}  {c}"));
    assert_eq!(made("#SEPARATOR: \"\\n--\\n\"\n"), format!("{a}\n--\n{b}\n--\n{c}"));
    assert_eq!(made("#PER LINE: 2\n"), format!("{a} {b}\n{c}"));
    assert_eq!(made("#PER LINE: 1\n#SEPARATOR: |\n"), format!("{a}\n{b}\n{c}"));
    assert_eq!(made("#FORMAT: text\n"), "i/1\ni/2\ni/3");
    assert_eq!(made("#FORMAT: html\n").lines().count(), 1);
    assert_eq!(
        made("#FORMAT: markdown\n#PER LINE: 3\n"),
        "[![beach 1.jpg](t/1.jpg)](i/1) [![beach 2.jpg](t/2.jpg)](i/2) [![harbour.png](t/3.png)](i/3)"
    );
}

#[test]
fn values_are_not_expanded_again() {
    let gallery = GalleryView { name: "#width# [if a]".into(), ..GalleryView::sample() };
    check_with(&gallery, "#folderName|raw#", "#width# [if a]");
    check_with(&gallery, "#FORMAT: text\n#folderName#", "#width# [if a]");
}

#[test]
fn images_without_links_are_left_out_and_counted() {
    let mut gallery = GalleryView::sample();
    if let Some(image) = gallery.images.first_mut() {
        image.link = String::new();
    }
    check_with(
        &gallery,
        "#pictureCount# #failedCount# [each failed]#failed.name# [/each]",
        "2 2 beach 1.jpg broken.jpg ",
    );
}

#[test]
fn problems_say_where_what_and_what_was_meant() {
    for (text, expected) in [
        ("ä #foldrName#", "1:3: #foldrName#: did you mean #folderName#?"),
        ("a\nä #nonsense#", "2:3: There is no placeholder named nonsense. Write ## for a # that is meant as such."),
        ("#fff##folderName#", "1:1: There is no placeholder named fff. Write ## for a # that is meant as such."),
        ("#folderName|uper#", "1:13: uper: did you mean upper?"),
        ("#folderName|slice#", "1:13: The filter slice is written like this: slice:0:20"),
        ("#allImages|upper#", "1:1: #allImages# is ready-made and takes no filters."),
        ("#folderName", "1:1: #folderName needs a # at its end. Write ## for a # that is meant as such."),
        ("[if galeryLink]a[/if]", "1:5: galeryLink: did you mean galleryLink?"),
        ("[if x]a[/if]", "1:5: There is no placeholder named x."),
        ("[if #width#]a[/if]", "1:1: In [if …] names stand without #, like this: [if folderName]"),
        ("[if ]a[/if]", "1:1: [if …] needs a name, like this: [if galleryLink]"),
        ("[if width > x]a[/if]", "1:1: “x” is no number; > compares numbers."),
        ("[if width\n]", "1:1: [if needs a ] in the same line."),
        ("[if width]a", "1:1: This [if …] has no [/if]."),
        ("a[/if]", "1:2: There is no [if …] that this would end."),
        ("a[else]", "1:2: [else] only means something between [if …] and [/if]."),
        ("[if width]a[else]b[else]c[/if]", "1:19: This [if …] has an [else] already."),
        ("[each imge]a[/each]", "1:7: imge: did you mean image?"),
        ("[each]a[/each]", "1:6: There are [each image], [each link] and [each failed]."),
        ("[each image 0]a[/each]", "1:1: Behind image there can only be how many go into a row: 1 to 1000."),
        ("[each image]a", "1:1: This [each …] has no [/each]."),
        ("[each image][each link]a[/each][/each]", "1:13: A loop cannot be in a loop."),
        ("[sep]a[/sep]", "1:1: [sep] only means something between [each …] and [/each]."),
        ("#image.link#", "1:1: #image.link# only means something between [each image] and [/each]."),
        ("[if image.link]a[/if]", "1:1: image.link only means something between [each image] and [/each]."),
        ("[each image]#allImages#[/each]", "1:13: #allImages# cannot be repeated in a loop."),
        ("#FORMTA: text\n", "1:1: #FORMTA: did you mean #FORMAT?"),
        ("#FORMAT: htm\n", "1:10: htm: did you mean html?"),
        ("#PER LINE: x\n", "1:12: “x” is no whole number from 1 to 1000."),
        ("a\n#FORMAT: text\n", "2:1: #FORMAT: belongs into the first lines of the template, before everything else."),
        ("#PER LINE: 1\n#PER LINE: 2\n", "2:1: This is set above already; the last one counts."),
        (
            "#FORMAT: json\n#MAX IMAGES: 2\n",
            "1:1: JSON cannot be split into several posts; MAX IMAGES and MAX CHARACTERS have no effect.",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text}");
    }
    assert_eq!(problems("[each image][if width]a[/each]"), ["1:13: This [if …] has no [/if]."]);
    assert_eq!(problems("colour #fff, C# and #1, [b]x[/b] [iframe]"), [""; 0]);
    let (_, found) = parse("ä #foldrName# x");
    let found = found.first().expect("one");
    assert_eq!((found.length, found.at.clone(), found.suggestion.as_deref()), (11, 3..14, Some("#folderName#")));
    assert_eq!(parse(&"#x#".repeat(1000)).1.len(), 100);
}

#[test]
fn what_is_not_understood_stays_text() {
    for text in [
        "#nonsense#",
        "#folderName|uper#",
        "a[/if]b",
        "[if width]a",
        "[each imge]a[/each]",
        "[sep]a[/sep]",
        "#image.link#",
    ] {
        assert_eq!(render(&parse(text).0, &GalleryView::sample()).text(), text);
    }
    assert_eq!(render(&parse("[if nonsense]a[else]b[/if]").0, &GalleryView::sample()).text(), "b");
}

#[test]
fn deep_nesting_ends() {
    let deep = |count: usize| format!("{}x{}", "[if width]".repeat(count), "[/if]".repeat(count));
    check(&deep(60), "x");
    assert_eq!(render(&parse(&deep(100_000)).0, &GalleryView::sample()).text().matches('x').count(), 1);
    assert!(problems(&deep(61)).first().is_some_and(|words| words.contains("more than 60 blocks")));
}
