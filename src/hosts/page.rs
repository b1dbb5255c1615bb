//! The `index.html` of a gallery on a storage host: self-contained, no script, light and dark.

use super::PageImage;

const STYLE: &str = "body{margin:2rem auto;max-width:80rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;\
color:#222;background:#fff}h1{font-size:1.4rem}ul{display:grid;gap:1rem;padding:0;list-style:none;\
grid-template-columns:repeat(auto-fill,minmax(12rem,1fr))}a{color:inherit;text-decoration:none}\
img{display:block;width:100%;height:12rem;object-fit:contain;background:#0001}\
span{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.85rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#1e1e1e}img{background:#fff1}}";

/// The page of a gallery called `title`.
#[must_use]
pub fn html(title: &str, images: &[PageImage]) -> String {
    let title = escape(title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<ul>\n"
    );
    for image in images {
        let (link, name) = (escape(&image.links.link), escape(&image.name));
        let shown = if image.links.thumb.is_empty() { &image.links.link } else { &image.links.thumb };
        let thumb = escape(shown);
        page.extend([format!(
            "<li><a href=\"{link}\"><img src=\"{thumb}\" alt=\"{name}\" loading=\"lazy\"><span>{name}</span></a></li>\n"
        )]);
    }
    page.push_str("</ul>\n</body>\n</html>\n");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ImageLinks;

    #[test]
    fn values_cannot_leave_their_place() {
        let links = ImageLinks { link: "\"><script>".into(), ..ImageLinks::default() };
        let page = html("<script>alert(1)</script>", &[PageImage { position: 0, name: "\" onload=\"x".into(), links }]);
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains("\" onload"), "{page}");
    }
}
