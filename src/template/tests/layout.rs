//! Lines that vanish, tags that are not left empty, values that stay values.

use super::*;

fn bare() -> GalleryView {
    let image = ImageView { name: "a.jpg".into(), link: "https://h/a".into(), ..ImageView::default() };
    GalleryView { name: "N".into(), images: vec![image], ..GalleryView::default() }
}

#[test]
fn only_lines_of_blocks_and_empty_placeholders_vanish() {
    for (text, expected) in [
        ("a\n\n\nb\n\n", "a\n\n\nb\n\n"),
        ("a\n#custom1#\nb", "a\nb"),
        ("a\n #custom1# \nb", "a\nb"),
        ("a\n- #custom1#\nb", "a\n- \nb"),
        ("#custom1#\na", "a"),
        ("a\n#custom1#", "a"),
        ("a\n#custom1#\n", "a\n"),
        ("a\n[if custom1]b[/if]\nc", "a\nc"),
        ("a\n[if not custom1]\nb\n[/if]\nc", "a\nb\nc"),
        ("a\n[if not custom1]\n\nb\n[/if]\nc", "a\n\nb\nc"),
        ("a\n[if custom1]\nb\n[else]\nc\n[/if]\nd", "a\nc\nd"),
        ("a\n\n[if custom1]\nb\n[/if]\n\nc", "a\n\n\nc"),
        ("a\n[each image]\n#image.name#\n[/each]\nc", "a\na.jpg\nc"),
        ("a\n[each image][sep]x[/sep][/each]\nc", "a\nc"),
        ("a\r\n#custom1#\r\nb\r\n", "a\nb\n"),
        ("#width#\n", "0\n"),
    ] {
        check_with(&bare(), text, expected);
    }
    let mut twice = bare();
    twice.images.extend(bare().images);
    check_with(&twice, "[each image]\n#image.name#\n[sep]\n--\n\n[/sep]\n[/each]\n.", "a.jpg\n--\n\na.jpg\n.");
}

#[test]
fn missing_values_leave_no_empty_tags() {
    for (text, expected) in [
        ("[url=#galleryLink#]#folderName#[/url]", "N"),
        ("a [url=#galleryLink#][/url]b", "a b"),
        ("x[b]#custom1#[/b]y", "xy"),
        ("a\n[center][b]#custom1#[/b]\n[/center]\nb", "a\nb"),
        ("a\n[quote]\n#custom1#\n[/quote]\nb", "a\nb"),
        ("[b][if custom1]#custom1#[/if][/b].", "."),
        ("[hr][/hr]", "[hr][/hr]"),
        ("[each image][url=#image.link#][img]#image.thumb#[/img][/url][/each]", "[url=https://h/a]https://h/a[/url]"),
        ("[each image][url=#image.direct#][img]#image.direct#[/img][/url][/each].", "."),
        ("#allImages#", "[url=https://h/a]a.jpg[/url]"),
        ("#FORMAT: html\n[each image]<a href=\"#image.direct#\"><img src=\"#image.thumb#\"></a>[/each].", "."),
        ("#FORMAT: html\n<a href=\"#galleryLink#\">#folderName#</a>", "N"),
        ("#FORMAT: markdown\n[#folderName#](#galleryLink#)", "N"),
        (
            "#FORMAT: markdown\n[each image][![#image.name#](#image.thumb#)](#image.link#)[/each]",
            "[https://h/a](https://h/a)",
        ),
        ("#FORMAT: markdown\na\n![](#galleryLink#)\nb", "a\nb"),
    ] {
        check_with(&bare(), text, expected);
    }
}

#[test]
fn values_are_escaped_by_format() {
    let gallery = GalleryView {
        name: "=[b]<i> \"q\", 'a' & *b*\n".into(),
        gallery_link: "https://h/[a] \"<b>\"&'".into(),
        ..GalleryView::default()
    };
    for (format, expected) in [
        ("bbcode", "=(b)<i> \"q\", 'a' & *b* |https://h/%5Ba%5D%20%22%3Cb%3E%22&%27"),
        ("html", "=[b]&lt;i&gt; &quot;q&quot;, &#39;a&#39; &amp; *b* |https://h/%5Ba%5D%20%22%3Cb%3E%22&amp;%27"),
        ("markdown", "\\=\\[b\\]\\<i\\> \"q\", 'a' \\& \\*b\\* |https://h/%5Ba%5D%20%22%3Cb%3E%22&%27"),
        ("text", "=[b]<i> \"q\", 'a' & *b* |https://h/%5Ba%5D%20%22%3Cb%3E%22&%27"),
        ("json", "=[b]\\u003ci> \\\"q\\\", 'a' & *b*\\n|https://h/%5Ba%5D%20%22%3Cb%3E%22&%27"),
        ("csv", "\"'=[b]<i> \"\"q\"\", 'a' & *b*\n\"|https://h/%5Ba%5D%20%22%3Cb%3E%22&%27"),
    ] {
        check_with(&gallery, &format!("#FORMAT: {format}\n#folderName#|#galleryLink#"), expected);
    }
}

#[test]
fn the_json_template_is_json_of_the_documented_shape() {
    let text =
        |name: &str| builtin().iter().find(|template| template.name == name).map_or("", |template| template.text);
    let mut gallery = GalleryView::sample();
    gallery.name = "a \"b\" \\ \n <c>".to_owned();
    for gallery in [gallery, GalleryView::default()] {
        let json = rendered(text("json"), &gallery).text();
        let read: GalleryView = serde_json::from_str(&json).expect(&json);
        assert_eq!((read.name, read.links.len()), (gallery.name.clone(), gallery.links.len()));
        let shown: Vec<_> =
            gallery.images.iter().filter(|image| image.is_shown()).map(|image| image.link.clone()).collect();
        assert_eq!(read.images.iter().map(|image| image.link.clone()).collect::<Vec<_>>(), shown);
        let csv = rendered(text("csv"), &gallery).text();
        assert!(csv.lines().all(|line| line.matches(',').count() == 6), "{csv}");
    }
}
