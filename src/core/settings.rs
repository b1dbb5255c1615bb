//! What a person can choose. Every setting has a reader; unknown keys of a newer version stay in the store untouched.

use super::bandwidth::Bandwidth;
use super::desktop::DesktopSettings;
use super::proxy::Proxy;

/// Longest explanation of what is wrong with one stored value.
const WHY_CHARS_MAX: usize = 300;
/// Stored values that are told one by one.
const UNUSABLE_TOLD_MAX: usize = 20;

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
    /// `uploads.parallel_images`: images in flight at once, all hosts together.
    pub parallel_images: usize,
    /// `uploads.host`: where new galleries go.
    pub host: String,
    /// `uploads.bandwidth_limit` and `uploads.bandwidth_schedule`: all hosts together.
    pub bandwidth: Bandwidth,
    /// `network.proxy`: how hosts are reached.
    pub proxy: Proxy,
    /// `uploads.disk_reserve`: with less free space (MiB) on the drive of the data directory nothing new is begun.
    pub disk_reserve_mib: u32,
    /// `adding.…`: what is made of folders.
    pub adding: AddingSettings,
    /// `secrets.store`: where passwords and keys are kept.
    pub secret_store: SecretStore,
    /// `output.…`: what becomes of a gallery's output.
    pub output: OutputSettings,
    /// `desktop.…`: what the desktop around the program sees of it.
    pub desktop: DesktopSettings,
}

/// What is made of folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddingSettings {
    /// `adding.subfolders`: whether sub-folders with images become galleries of their own.
    pub subfolders: Subfolders,
    /// `adding.recognise`: how images that were uploaded before are recognised.
    pub recognise: Recognise,
}

/// What becomes of a gallery's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSettings {
    /// `output.template`: the template of galleries that have none of their own.
    pub template: String,
    /// `output.save`: whether it is saved in `galleries/` of the data directory.
    pub save: bool,
    /// `output.save_in_folder`: whether it is saved in `.uploaded/` of the gallery's folder.
    pub save_in_folder: bool,
    /// `output.copy_automatically`: whether it is on the clipboard once a gallery is complete.
    pub copy_automatically: bool,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self { template: "default".to_owned(), save: true, save_in_folder: false, copy_automatically: false }
    }
}

/// Where passwords and keys are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretStore {
    /// In the key store of the system.
    #[default]
    Keyring,
    /// In a file that only the person can read: where there is no key store, and the person agrees.
    File,
}

impl SecretStore {
    const fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

/// What becomes of sub-folders with images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subfolders {
    /// Galleries of their own; the window asks whether that shall stay so.
    #[default]
    Ask,
    /// Galleries of their own.
    Galleries,
    /// Nothing.
    Ignore,
}

impl Subfolders {
    const NAMES: [&str; 3] = ["ask", "galleries", "ignore"];
}

/// How images that were uploaded before are recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recognise {
    /// Same place, size and time: costs nothing.
    #[default]
    Path,
    /// Same content, wherever it is: every image is read when its folder is scanned.
    Content,
}

impl Recognise {
    const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Content => "content",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folder_base_url: String::new(),
            thumbnail_px: 300,
            start_automatically: false,
            resume_on_start: true,
            parallel_images: 12,
            host: super::queue::DEFAULT_HOST.to_owned(),
            bandwidth: Bandwidth::default(),
            proxy: Proxy::default(),
            disk_reserve_mib: 200,
            adding: AddingSettings::default(),
            secret_store: SecretStore::Keyring,
            output: OutputSettings::default(),
            desktop: DesktopSettings::default(),
        }
    }
}

/// A stored value that this version cannot use: it is damaged, or of a newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The setting, as a person knows it.
    setting: String,
    why: String,
    /// What is used instead, in words.
    instead: String,
}

impl Unusable {
    /// `why` may quote what is stored, however long that is.
    pub(super) fn new(setting: String, why: &str, instead: &str) -> Self {
        let mut why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if let Some((end, _)) = why.char_indices().nth(WHY_CHARS_MAX) {
            why.truncate(end);
            why.push('…');
        }
        let instead = if instead.is_empty() { "nothing".to_owned() } else { format!("“{instead}”") };
        Self { setting, why, instead }
    }

    /// What a person is told about `all` of them, in one message.
    #[must_use]
    pub fn in_words(all: &[Self]) -> Option<String> {
        const KEPT: &str = "What is stored is kept until you set it anew.";
        match all {
            [] => None,
            [Self { setting, why, instead }] => Some(format!(
                "The stored value of the setting {setting} cannot be used; {instead} is used instead. {why} {KEPT}"
            )),
            several => {
                let line = |one: &Self| format!("\n{}: {} is used instead. {}", one.setting, one.instead, one.why);
                let told: String = several.iter().take(UNUSABLE_TOLD_MAX).map(line).collect();
                let rest = match several.len().saturating_sub(UNUSABLE_TOLD_MAX) {
                    0 => String::new(),
                    rest => format!("\nand {rest} more"),
                };
                Some(format!("The stored values of {} settings cannot be used. {KEPT}{told}{rest}", several.len()))
            }
        }
    }
}

impl Settings {
    /// What is stored, as far as this version can use it; for the rest the defaults hold. Keys that are unknown are those of a newer version,
    /// which has a use for them: nothing is said.
    #[must_use]
    pub fn restore(stored: impl IntoIterator<Item = (String, String)>) -> (Self, Vec<Unusable>) {
        let mut settings = Self::default();
        let defaults = settings.entries();
        let mut unusable = Vec::new();
        for (key, value) in stored {
            if let Err(why) = settings.set(&key, &value)
                && let Some((_, instead)) = defaults.iter().find(|(known, _)| *known == key)
            {
                unusable.push(Unusable::new(key, &why, instead));
            }
        }
        (settings, unusable)
    }

    /// Every key with its present value, in the order of the settings pages.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        vec![
            ("folder.base_url", self.folder_base_url.clone()),
            ("thumbnails.size", self.thumbnail_px.to_string()),
            ("uploads.start_automatically", self.start_automatically.to_string()),
            ("uploads.resume_on_start", self.resume_on_start.to_string()),
            ("uploads.parallel_images", self.parallel_images.to_string()),
            ("uploads.host", self.host.clone()),
            ("uploads.bandwidth_limit", self.bandwidth.limit_text()),
            ("uploads.bandwidth_schedule", self.bandwidth.schedule_text()),
            ("network.proxy", self.proxy.text().to_owned()),
            ("uploads.disk_reserve", self.disk_reserve_mib.to_string()),
            (
                "adding.subfolders",
                Subfolders::NAMES.get(self.adding.subfolders as usize).copied().unwrap_or_default().to_owned(),
            ),
            ("adding.recognise", self.adding.recognise.name().to_owned()),
            ("secrets.store", self.secret_store.name().to_owned()),
            ("output.template", self.output.template.clone()),
            ("output.save", self.output.save.to_string()),
            ("output.save_in_folder", self.output.save_in_folder.to_string()),
            ("output.copy_automatically", self.output.copy_automatically.to_string()),
            ("desktop.keep_awake", self.desktop.keep_awake.to_string()),
            ("desktop.notify", self.desktop.notify.to_string()),
            ("desktop.tray", self.desktop.tray.to_string()),
            ("desktop.close_to_tray", self.desktop.close_to_tray.to_string()),
            ("desktop.autostart", self.desktop.autostart.to_string()),
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
                self.parallel_images = usize::try_from(number(key, value, 1, 64)?).unwrap_or(1);
            }
            "uploads.host" => value.clone_into(&mut self.host), // Whether there is such a host, the queue knows.
            "uploads.bandwidth_limit" => self.bandwidth.set_limit(key, value)?,
            "uploads.bandwidth_schedule" => self.bandwidth.set_schedule(key, value)?,
            "network.proxy" => self.proxy = Proxy::parse(value)?,
            "uploads.disk_reserve" => self.disk_reserve_mib = number(key, value, 0, 1_000_000)?,
            "adding.subfolders" => {
                self.adding.subfolders = match choice(key, value, Subfolders::NAMES)? {
                    0 => Subfolders::Ask,
                    1 => Subfolders::Galleries,
                    _ => Subfolders::Ignore,
                };
            }
            "adding.recognise" => {
                self.adding.recognise = match choice(key, value, ["path", "content"])? {
                    0 => Recognise::Path,
                    _ => Recognise::Content,
                };
            }
            "secrets.store" => {
                self.secret_store = match choice(key, value, ["keyring", "file"])? {
                    0 => SecretStore::Keyring,
                    _ => SecretStore::File,
                };
            }
            "output.template" if value.is_empty() => return Err(format!("{key} takes the name of a template.")),
            "output.template" => value.clone_into(&mut self.output.template), // Whether there is one, the engine knows.
            "output.save" => self.output.save = switch(key, value)?,
            "output.save_in_folder" => self.output.save_in_folder = switch(key, value)?,
            "output.copy_automatically" => self.output.copy_automatically = switch(key, value)?,
            "desktop.keep_awake" => self.desktop.keep_awake = switch(key, value)?,
            "desktop.notify" => self.desktop.notify = switch(key, value)?,
            "desktop.tray" => self.desktop.tray = switch(key, value)?,
            "desktop.close_to_tray" => self.desktop.close_to_tray = switch(key, value)?,
            "desktop.autostart" => self.desktop.autostart = switch(key, value)?,
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

pub(super) fn number(key: &str, value: &str, min: u32, max: u32) -> Result<u32, String> {
    value
        .parse()
        .ok()
        .filter(|n| (min..=max).contains(n))
        .ok_or_else(|| format!("{key} takes a whole number from {min} to {max}, not “{value}”."))
}

/// Which of `choices` it is.
fn choice<const N: usize>(key: &str, value: &str, choices: [&str; N]) -> Result<usize, String> {
    let words = || format!("{key} takes {}, not “{value}”.", choices.join(" or "));
    choices.iter().position(|choice| *choice == value).ok_or_else(words)
}

pub(super) fn switch(key: &str, value: &str) -> Result<bool, String> {
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
    use super::{Settings, Unusable};

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
        let new = [
            "https://x.example/a",
            "200",
            "true",
            "false",
            "2",
            "other",
            "500",
            "08:00-18:00=200",
            "none",
            "5",
            "ignore",
            "content",
            "file",
            "html",
            "false",
            "true",
            "true",
            "false",
            "false",
            "false",
            "true",
            "true",
        ];
        assert_eq!(new.len(), Settings::default().entries().len());
        for ((key, before), new) in Settings::default().entries().into_iter().zip(new) {
            let mut settings = Settings::default();
            settings.set(key, new).expect(key);
            let after = settings.entries().into_iter().find(|(k, _)| *k == key).map(|(_, v)| v);
            assert_ne!(after, Some(before), "{key}");
        }
    }

    #[test]
    fn what_is_stored_and_cannot_be_used_is_told_and_the_default_holds() {
        let restore = |stored: &[(&str, &str)]| {
            Settings::restore(stored.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
        };
        let told = |stored: &[(&str, &str)]| Unusable::in_words(&restore(stored).1);
        let sound = [("thumbnails.size", "200"), ("of.a.newer.version", "1"), ("output.save", "false")];
        let (settings, unusable) = restore(&sound);
        assert_eq!((settings.thumbnail_px, settings.output.save, unusable), (200, false, Vec::new()));
        assert_eq!(told(&sound), None);

        let (settings, _) = restore(&[("thumbnails.size", "huge"), ("uploads.parallel_images", "3")]);
        assert_eq!((settings.thumbnail_px, settings.parallel_images), (300, 3), "the others are used");
        let words = told(&[("thumbnails.size", "huge")]).expect("told");
        for part in ["thumbnails.size", "“huge”", "“300” is used instead", "50 to 1000", "kept until you set it"]
        {
            assert!(words.contains(part), "{words}");
        }

        let words = told(&[("folder.base_url", "gopher://x")]).expect("told");
        assert!(words.contains("; nothing is used instead. ") && words.contains("gopher://x"), "{words}");

        let long = "x".repeat(1_000_000);
        let words = told(&[("output.save", &long), ("adding.recognise", "by\nsmell"), ("x", "y")]).expect("told");
        assert!(words.starts_with("The stored values of 2 settings cannot be used."), "{words}");
        assert!(words.contains("\noutput.save: “true” is used instead.") && words.contains("“by smell”"), "{words}");
        assert!(words.len() < 1_000, "{} bytes", words.len());
        let many: Vec<_> = restore(&[("output.save", "?")]).1.into_iter().cycle().take(25).collect();
        assert!(Unusable::in_words(&many).is_some_and(|words| words.ends_with("\nand 5 more")));
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
            ("uploads.bandwidth_schedule", "noon"),
            ("adding.subfolders", "maybe"),
            ("output.template", " "),
            ("output.save", "perhaps"),
            ("desktop.tray", "perhaps"),
            ("nonsense", "1"),
        ] {
            let words = settings.set(key, value).expect_err(key);
            assert!(words.contains(key), "{words}");
        }
        assert_eq!(settings, Settings::default());
    }
}
