//! The words of the dialogs. Holds no behaviour but counting.

pub use super::{CANCEL, CLOSE};

pub const OK: &str = "OK";
pub const APPLY: &str = "Apply";
pub const DEFAULTS: &str = "Restore defaults";
pub const SETTINGS_TITLE: &str = "Settings";
pub const SETTINGS_PAGES: &str = "Pages of settings";
pub const SETTINGS_SEARCH: &str = "Search settings";

pub const HOSTS_TITLE: &str = "Hosts";
pub const HOSTS_LIST: &str = "Image hosts";
pub const SEARCH: &str = "Search";
pub const SEARCH_NOTHING: &str = "Nothing has these words.";
pub const HOST_READY: &str = "Ready.";
pub const HOST_RESUME: &str = "Use it again now";
pub const HOST_RESUME_WHAT: &str = "End the pause and try the host again.";
pub const HOST_ENABLED: &str = "Use this host";
pub const HOST_IS_USUAL: &str = "New galleries go here.";
pub const HOST_MAKE_USUAL: &str = "Use for new galleries";
pub const HOST_GONE: &str = "Its definition is gone. Galleries wait until it is back.";

/// How a host is, in a word or two for the list.
pub const STAND_READY: &str = "ready";
pub const STAND_PAUSED: &str = "paused";
pub const STAND_SIGN_IN: &str = "needs sign-in";
pub const STAND_HELD: &str = "stopped";
pub const STAND_OFF: &str = "off";
pub const STAND_GONE: &str = "gone";

pub const SIGN_IN_TITLE: &str = "Sign in";
pub const SIGN_IN: &str = "Sign in";
pub const SIGN_OUT: &str = "Sign out";
pub const SIGN_IN_BUSY: &str = "Asking the host…";
pub const SIGNED_IN: &str = "The host has what it needs of you.";
pub const SIGNED_IN_NOT: &str = "The host needs to know who you are.";
pub const SIGNED_IN_OPTIONAL: &str = "The host can be used without.";
pub const SIGN_IN_DONE: &str = "Kept. Test the connection to see whether the host accepts it.";
pub const SIGN_OUT_DONE: &str = "Forgotten.";
pub const SECRET_KEPT: &str = "kept, not shown";
pub const SECRET_OPTIONAL: &str = "may be empty";
pub const SECRETS_IN_STORE: &str = "It is kept in the key store of your system.";
pub const SECRETS_IN_FILE: &str = "It is kept in secrets.json in the data folder, which only you can read.";

pub const OPTIONS_TITLE: &str = "What the host does";
pub const LIMITS_TITLE: &str = "Limits";
pub const ADDRESSES_TITLE: &str = "Addresses, certificate, proxy";

pub const TEST_TITLE: &str = "Connection";
pub const TEST: &str = "Test connection";
pub const TEST_BUSY: &str = "Testing… The window can be used meanwhile.";
pub const TEST_WHAT: &str = "Uploads one tiny image, and takes it away again where the host can do that.";
pub const TEST_GOOD: &str = "Everything works.";

pub const IMPORT: &str = "Add from file…";
pub const IMPORT_WHAT: &str = "A definition (.toml) or a ShareX uploader (.sxcu). It can also be dropped here.";
pub const IMPORT_READING: &str = "Reading the file…";
pub const IMPORT_TITLE: &str = "Add this host?";
pub const IMPORT_TRUST: &str =
    "Whoever wrote the file decides where your images go. Add it only if you know these addresses.";
pub const IMPORT_CONTACTS: &str = "It contacts";
pub const IMPORT_SENDS: &str = "It sends";
pub const IMPORT_ASKS: &str = "It asks you for";
pub const IMPORT_ODD: &str = "What is odd about it";
pub const IMPORT_HOME: &str = "Home page";
pub const IMPORT_YES: &str = "Add host";
pub const IMPORT_REPLACE: &str = "Replace host";
pub const IMPORT_DROP: &str = "Drop to look at this host";
pub const IMPORT_ONE: &str = "Drop one file at a time: a definition (.toml) or a ShareX uploader (.sxcu).";
pub const IMPORT_BACK: &str = "Back";
pub const REMOVE_HOST: &str = "Remove host";
pub const REMOVE_HOST_WHAT: &str = "Takes the host away that was added. Its definition is kept in the folder hosts/removed; galleries that go there wait.";
pub const REMOVE_HOST_BUILTIN: &str = "This host comes with BBDrop. It can be switched off.";

/// The settings that every host has: key, label, and what is shown while nothing is written.
pub const HOST_SETTINGS: [(&str, &str, &str); 10] = [
    ("enabled", HOST_ENABLED, ""),
    ("parallel_images", "Images at once", ""),
    ("galleries_at_once", "Galleries at once", ""),
    ("bandwidth_limit", "Limit in KiB/s (0: none)", ""),
    ("bandwidth_schedule", "Other limits by time of day", SCHEDULE_HINT),
    ("connect_timeout", "Seconds to wait for a connection", ""),
    ("idle_timeout", "Seconds without a byte", ""),
    ("shrink_to_fit", "Make images smaller that are too large for the host", ""),
    ("certificate", "Trust only this certificate (SHA-256)", "the system decides"),
    ("proxy", "Proxy", "as in the settings"),
];
pub const SCHEDULE_HINT: &str = "08:00-18:00=200,22:00-06:00=0";
pub const AS_DEFINED: &str = "as the host says";

/// `Paused until 14:00. …`
pub fn host_paused(until: &str, why: &str) -> String {
    format!("Paused until {until}. {why}")
}

/// `150 to 500`.
pub fn range(min: u32, max: u32) -> String {
    format!("{min} to {max}")
}

/// `1.2 s`, `120 ms`.
pub fn took(ms: u64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}

/// `4 at once, as the host says`.
pub fn parallel_default(count: usize) -> String {
    format!("{AS_DEFINED} ({count})")
}

/// Said of a definition that takes the place of another.
pub fn replaces(name: &str) -> String {
    format!("It takes the place of “{name}”, which keeps its galleries and settings.")
}

pub fn caution(words: &str) -> String {
    format!("Caution: {words}.")
}

pub const OLD_TITLE: &str = "Import from BBDrop 0.9";
pub const OLD_TAKEN: &str = "Taken";
pub const OLD_THERE: &str = "There already";
pub const OLD_NOT_TAKEN: &str = "Not taken";
pub const OLD_LIST: &str = "What became of it";
pub const OLD_COPY: &str = "Copy list";
pub const OLD_COPY_WHAT: &str = "Puts the whole list on the clipboard.";
