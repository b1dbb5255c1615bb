//! What may be handed to the system, which starts whatever program it has for it: links came from somewhere else once.

use std::ffi::OsString;
use std::path::Path;

use crate::instance::path_of_url;

/// What a gallery's page in a folder is called.
const PAGE: &str = "index.html";

/// A gallery's link, if it is one of the web, a page of a gallery on this computer, or anything below `published`.
///
/// # Errors
/// In words, when it is something else.
pub fn link(link: &str, published: &Path) -> Result<OsString, String> {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    let is_good = match scheme.as_str() {
        "http" | "https" => true,
        "file" => path_of_url(link).is_some_and(|path| {
            let climbs = path.components().any(|part| part.as_os_str() == "..");
            !climbs && (path.starts_with(published) || path.file_name().is_some_and(|name| name == PAGE))
        }),
        _ => false,
    };
    if is_good {
        return Ok(link.into());
    }
    Err(format!(
        "This link is not opened, because it is neither an address of the web nor a gallery on this computer: {link}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_web_and_our_own_pages_are_opened() {
        let published = Path::new("/data/my galleries/published");
        for (text, is_opened) in [
            ("https://host.example/g/1", true),
            ("HTTP://host.example/", true),
            ("file:///data/my%20galleries/published/Trip_1/index.html", true),
            ("file:///data/my%20galleries/published/Trip_1/1.jpg", true),
            ("file:///mnt/nas/Trip_1/index.html", true),
            ("file:///data/my%20galleries/published/../evil.desktop", false),
            ("file:///data/my%20galleries/published/%2e%2e/evil.desktop", false),
            ("file:///home/me/evil.desktop", false),
            ("file://server/share/evil.exe", false),
            ("javascript:alert(1)", false),
            ("ms-msdt:/id", false),
            ("/home/me/evil.desktop", false),
            ("FILE:///home/me/evil.desktop", false),
            ("", false),
        ] {
            assert_eq!(link(text, published).is_ok(), is_opened, "{text}");
        }
    }
}
