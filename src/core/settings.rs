//! What a person can choose. Every setting has a reader; unknown keys of a newer version stay in the store untouched.

/// The settings, checked. Field docs name the key under which `bbdrop config` and the store know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `folder.base_url`: where the "my folder" host is reachable from outside; empty means `file://`.
    pub folder_base_url: String,
    /// `thumbnails.size`: longest edge of the thumbnails we make, in pixels.
    pub thumbnail_px: u32,
    /// `uploads.start_automatically`: upload as soon as a folder is scanned.
    pub start_automatically: bool,
    /// `uploads.resume_on_start`: go on with what was uploading when the program ended.
    pub resume_on_start: bool,
    /// `uploads.parallel_images`: images in flight at once.
    pub parallel_images: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folder_base_url: String::new(),
            thumbnail_px: 300,
            start_automatically: false,
            resume_on_start: true,
            parallel_images: 4,
        }
    }
}

impl Settings {
    /// Every key with its present value, in the order of the settings pages.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        vec![
            ("folder.base_url", self.folder_base_url.clone()),
            ("thumbnails.size", self.thumbnail_px.to_string()),
            ("uploads.start_automatically", self.start_automatically.to_string()),
            ("uploads.resume_on_start", self.resume_on_start.to_string()),
            ("uploads.parallel_images", self.parallel_images.to_string()),
        ]
    }

    /// Changes one setting.
    ///
    /// # Errors
    /// Says in words which key is unknown or which values are allowed; nothing is changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.trim();
        match key {
            "folder.base_url" => self.folder_base_url = base_url(value)?,
            "thumbnails.size" => self.thumbnail_px = number(key, value, 50, 1000)?,
            "uploads.start_automatically" => self.start_automatically = switch(key, value)?,
            "uploads.resume_on_start" => self.resume_on_start = switch(key, value)?,
            "uploads.parallel_images" => {
                self.parallel_images = usize::try_from(number(key, value, 1, 16)?).unwrap_or(1);
            }
            _ => return Err(no_such_setting(key)),
        }
        Ok(())
    }
}

/// What is said to a key that is none.
#[must_use]
pub fn no_such_setting(key: &str) -> String {
    format!("There is no setting named {key}. `bbdrop config list` shows them all.")
}

fn number(key: &str, value: &str, min: u32, max: u32) -> Result<u32, String> {
    value
        .parse()
        .ok()
        .filter(|n| (min..=max).contains(n))
        .ok_or_else(|| format!("{key} takes a whole number from {min} to {max}, not “{value}”."))
}

fn switch(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(format!("{key} takes true or false, not “{value}”.")),
    }
}

fn base_url(value: &str) -> Result<String, String> {
    let known = ["http://", "https://", "file://"].iter().any(|scheme| value.starts_with(scheme));
    if (known || value.is_empty()) && !value.contains(|c: char| c.is_whitespace() || "[]<>\"".contains(c)) {
        Ok(value.trim_end_matches('/').to_owned())
    } else {
        Err(format!(
            "folder.base_url takes a URL that starts with http://, https:// or file:// and has no spaces or brackets, not “{value}”."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn every_listed_setting_can_be_set_to_what_it_shows() {
        let shown = Settings::default();
        let mut settings = shown.clone();
        for (key, value) in shown.entries() {
            assert_eq!(settings.set(key, &value), Ok(()), "{key}");
        }
        assert_eq!(settings, shown);
    }

    #[test]
    fn every_listed_setting_changes_something() {
        for ((key, before), new) in
            Settings::default().entries().into_iter().zip(["https://x.example/a", "200", "true", "false", "2"])
        {
            let mut settings = Settings::default();
            settings.set(key, new).expect(key);
            let after = settings.entries().into_iter().find(|(k, _)| *k == key).map(|(_, v)| v);
            assert_ne!(after, Some(before), "{key}");
        }
    }

    #[test]
    fn bad_values_change_nothing_and_name_the_key() {
        let mut settings = Settings::default();
        for (key, value) in [
            ("thumbnails.size", "9"),
            ("uploads.parallel_images", "0"),
            ("uploads.resume_on_start", "maybe"),
            ("folder.base_url", "ftp://x"),
            ("folder.base_url", "https://x/[b]"),
            ("nonsense", "1"),
        ] {
            let words = settings.set(key, value).expect_err(key);
            assert!(words.contains(key), "{words}");
        }
        assert_eq!(settings, Settings::default());
    }
}
