//! The settings as the window shows them: on which page, in which words, with which control. A test compares them with those there are.

use crate::core::integration::Entry;

/// One page of the settings.
pub struct Page {
    pub title: &'static str,
    pub settings: &'static [Setting],
}

/// One setting.
pub struct Setting {
    /// As `bbdrop config` knows it.
    pub key: &'static str,
    pub label: &'static str,
    /// A sentence or two about it.
    pub what: &'static str,
    pub kind: Kind,
    /// Shown while nothing is written.
    pub hint: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy)]
pub enum Kind {
    Switch,
    Text,
    Number(u32, u32),
    /// Values and their words.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of the hosts.
    Host,
    /// One of the templates.
    Template,
}

impl Setting {
    /// Whether every word that is searched for is in it; with none it is.
    pub fn has(&self, wanted: &str) -> bool {
        let choices: &[(&str, &str)] = if let Kind::Choice(choices) = self.kind { choices } else { &[] };
        let words = [self.key, self.label, self.what].into_iter().chain(choices.iter().map(|(_, words)| *words));
        let words = words.collect::<Vec<_>>().join(" ").to_lowercase();
        wanted.to_lowercase().split_whitespace().all(|word| words.contains(word))
    }
}

const fn setting(key: &'static str, label: &'static str, kind: Kind, what: &'static str) -> Setting {
    Setting { key, label, what, kind, hint: "" }
}

/// The page that also has the limits.
pub const NETWORK: &str = "Network";
/// The page that also has the entries of the file manager.
pub const INTEGRATION: &str = "Integration";
pub const FILE_MANAGER: &str = "Entries of the file manager";
pub const FILE_MANAGER_WHAT: &str = "“Add to BBDrop” in the menu of folders.";
pub const FILE_MANAGER_UNKNOWN: &str = "They are being looked at.";
pub const FILE_MANAGER_ADD: &str = "Add entries";
pub const FILE_MANAGER_REMOVE: &str = "Remove entries";

/// How one entry is.
pub const fn entry(entry: Entry) -> &'static str {
    match entry {
        Entry::Present => "present",
        Entry::Outdated => "starts another BBDrop, or is an old one",
        Entry::Missing => "missing",
    }
}

/// All pages, in the order of the list.
pub static PAGES: [Page; 9] = [
    Page {
        title: "General",
        settings: &[
            setting(
                "uploads.start_automatically",
                "Start automatically",
                Kind::Switch,
                "Upload galleries as soon as their folders are scanned, without waiting for Start.",
            ),
            setting(
                "uploads.resume_on_start",
                "Go on after a restart",
                Kind::Switch,
                "Go on with what was being uploaded when BBDrop ended. Otherwise it waits as paused.",
            ),
        ],
    },
    Page {
        title: "Uploads",
        settings: &[
            setting(
                "uploads.parallel_images",
                "Images at once",
                Kind::Number(1, 64),
                "All hosts together. Each host has a limit of its own in Tools, Hosts.",
            ),
            setting(
                "desktop.keep_awake",
                "Keep the computer awake",
                Kind::Switch,
                "While something is uploaded it does not go to sleep by itself. The screen still may.",
            ),
            setting(
                "uploads.disk_reserve",
                "Keep free, in MiB",
                Kind::Number(0, 1_000_000),
                "With less free space on the drive of the data folder nothing new is begun.",
            ),
        ],
    },
    Page {
        title: "Hosts",
        settings: &[
            setting(
                "uploads.host",
                "New galleries go to",
                Kind::Host,
                "What is in the queue already stays where it goes.",
            ),
            Setting {
                key: "folder.base_url",
                label: "Public address of My folder",
                kind: Kind::Text,
                what: "Where others can reach what is published into My folder. Empty: links work on this computer only.",
                hint: "https://example.org/pictures",
            },
            setting(
                "thumbnails.size",
                "Thumbnails, longest edge in pixels",
                Kind::Number(50, 1000),
                "For hosts that make none, such as folders and storage.",
            ),
        ],
    },
    Page {
        title: "Templates",
        settings: &[
            setting("output.template", "Template", Kind::Template, "For galleries that have none of their own."),
            setting(
                "output.copy_automatically",
                "Copy automatically",
                Kind::Switch,
                "Puts the output on the clipboard once a gallery is complete.",
            ),
            setting(
                "output.save",
                "Save output as files",
                Kind::Switch,
                "Text and JSON of every gallery, in the folder galleries of the data folder.",
            ),
            setting(
                "output.save_in_folder",
                "Save output beside the images",
                Kind::Switch,
                "Into a folder .uploaded inside each gallery's own folder.",
            ),
        ],
    },
    Page {
        title: "Scanning",
        settings: &[
            setting(
                "adding.subfolders",
                "Sub-folders with images",
                Kind::Choice(&[
                    ("ask", "become galleries; ask whether that is right"),
                    ("galleries", "become galleries"),
                    ("ignore", "are ignored"),
                ]),
                "What becomes of folders inside a folder that is added.",
            ),
            setting(
                "adding.recognise",
                "Recognise uploaded images by",
                Kind::Choice(&[("path", "place, size and time"), ("content", "content, wherever they are")]),
                "By content every image is read when its folder is scanned, which takes longer.",
            ),
        ],
    },
    Page {
        title: "Notifications",
        settings: &[setting(
            "desktop.notify",
            "Tell what has come to an end",
            Kind::Switch,
            "As a notification of the system, while the window is minimised or hidden.",
        )],
    },
    Page {
        title: NETWORK,
        settings: &[
            setting("uploads.bandwidth_limit", "Limit in KiB/s", Kind::Text, "All hosts together; 0 is no limit."),
            Setting {
                key: "uploads.bandwidth_schedule",
                label: "Other limits by time of day",
                kind: Kind::Text,
                what: "Times with their limits in KiB/s, commas between. The first that fits counts.",
                hint: super::dialogs::SCHEDULE_HINT,
            },
            Setting {
                key: "network.proxy",
                label: "Proxy",
                kind: Kind::Text,
                what: "“system” is the one of the system, “none” none, otherwise its address (http, https, socks5, socks5h). FTP goes without.",
                hint: "socks5h://127.0.0.1:1080",
            },
        ],
    },
    Page {
        title: INTEGRATION,
        settings: &[
            setting(
                "desktop.autostart",
                "Start when you sign in",
                Kind::Switch,
                "On Windows and Linux. BBDrop then goes on with what it was uploading.",
            ),
            setting(
                "desktop.tray",
                "Icon in the notification area",
                Kind::Switch,
                "On Windows, while BBDrop runs. A click shows the window, a right click can end BBDrop.",
            ),
            setting(
                "desktop.close_to_tray",
                "Closing the window leaves BBDrop running",
                Kind::Switch,
                "On Windows, as long as its icon is in the notification area. File, Quit ends it.",
            ),
        ],
    },
    Page {
        title: "Advanced",
        settings: &[setting(
            "secrets.store",
            "Keep passwords and keys in",
            Kind::Choice(&[("keyring", "the key store of the system"), ("file", "a file that only you can read")]),
            "The key store is safer. The file is for systems that have none.",
        )],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::core::Settings;

    #[test]
    fn every_setting_has_one_control_that_takes_its_default() {
        let mut shown = BTreeSet::new();
        for setting in PAGES.iter().flat_map(|page| page.settings) {
            assert!(shown.insert(setting.key), "{} is there twice", setting.key);
            assert!(!setting.label.is_empty() && setting.what.ends_with('.'), "{}", setting.key);
        }
        let entries = Settings::default().entries();
        assert_eq!(shown, entries.iter().map(|(key, _)| *key).collect());
        for (key, default) in entries {
            let setting = PAGES.iter().flat_map(|page| page.settings).find(|setting| setting.key == key);
            let values: Vec<String> = match setting.expect("shown").kind {
                Kind::Switch => vec!["true".to_owned(), "false".to_owned()],
                Kind::Number(min, max) => vec![min.to_string(), max.to_string()],
                Kind::Choice(choices) => choices.iter().map(|(value, _)| (*value).to_owned()).collect(),
                Kind::Text | Kind::Host | Kind::Template => vec![default.clone()],
            };
            for value in &values {
                assert_eq!(Settings::default().set(key, value), Ok(()), "{key}");
            }
            if let Kind::Number(min, max) = setting.expect("shown").kind {
                for outside in [min.checked_sub(1), max.checked_add(1)].into_iter().flatten() {
                    assert!(Settings::default().set(key, &outside.to_string()).is_err(), "{key}: {outside}");
                }
            } else {
                assert!(values.contains(&default), "{key}");
            }
        }
    }

    #[test]
    fn no_page_is_empty_and_a_search_finds_words_anywhere() {
        assert!(PAGES.iter().all(|page| !page.settings.is_empty()));
        let found = |wanted: &str| {
            let all = PAGES.iter().flat_map(|page| page.settings);
            all.filter(|setting| setting.has(wanted)).map(|setting| setting.key).collect::<Vec<_>>()
        };
        assert_eq!(found("KEY STORE"), ["secrets.store"]);
        assert_eq!(found("sub-folders ignored"), ["adding.subfolders"]);
        assert!(found("").len() > 10 && found("xyzzy").is_empty());
    }
}
