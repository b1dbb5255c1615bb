//! Every word the window shows, in one place, so that a translation is one file. Holds no behaviour but counting.

pub mod dialogs;
pub mod settings;
pub mod statistics;
pub mod templates;
pub mod welcome;

use super::panels::Panel;
use crate::core::gallery::in_words;
use crate::core::{GalleryState, ImageState};

/// What a command is called, the letter that picks it in an open menu, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// On buttons and in menus; also the accessible name.
    pub label: &'static str,
    /// One letter of the label.
    pub access: char,
    /// One sentence for the tooltip.
    pub tooltip: &'static str,
}

const fn words(label: &'static str, access: char, tooltip: &'static str) -> Words {
    Words { label, access, tooltip }
}

pub const ADD_FOLDERS: Words = words("Add folders…", 'A', "Choose folders of images and put them into the queue.");
pub const ADD_IMAGES: Words =
    words("Add images…", 'I', "Choose images; those of one folder become a gallery of just these.");
pub const IMPORT_OLD: Words = words(
    "Import from BBDrop 0.9…",
    'B',
    "Take over queue, tabs, results and templates of BBDrop 0.9, mostly from .bbdrop in your home. It can be repeated.",
);
pub const OPEN_DATA_FOLDER: Words =
    words("Open data folder", 'D', "Show the folder in which BBDrop keeps its queue and what it has published.");
pub const QUIT: Words = words("Quit", 'Q', "End BBDrop. What is in the queue stays there.");
pub const SELECT_ALL: Words = words("Select all", 'A', "Select every gallery.");
pub const COPY_OUTPUT: Words =
    words("Copy BBCode", 'C', "Put the BBCode of the selected galleries on the clipboard, ready to paste.");
pub const RENAME: Words = words("Rename", 'N', "Call the selected gallery something else.");
pub const REMOVE: Words =
    words("Remove", 'R', "Take the selected galleries out of the queue. Published images stay where they are.");
pub const START: Words = words("Start", 'S', "Upload the selected galleries, or all when nothing is selected.");
pub const PAUSE: Words = words(
    "Pause",
    'P',
    "Let what is being sent finish, then hold the selected galleries, or all when nothing is selected.",
);
pub const STOP: Words = words("Stop", 'T', "Stop sending the selected galleries, or all when nothing is selected.");
pub const RETRY: Words =
    words("Retry failed", 'R', "Try again what failed in the selected galleries, or in all when nothing is selected.");
pub const RESCAN: Words =
    words("Rescan", 'C', "Look at the folders of the selected galleries again. Results are kept.");
pub const REUSE: Words =
    words("Reuse links", 'L', "Take the links of the earlier upload of the same images instead of uploading again.");
pub const RESET: Words = words("Reset…", 'E', "Forget all results of the selected galleries and begin anew.");
pub const RELOCATE: Words = words("Folder has moved…", 'F', "Choose where the folder of the gallery is now.");
pub const MOVE_TOP: Words = words("Move to top", 'M', "Upload the selected galleries before all others.");
pub const MOVE_UP: Words = words("Move up", 'U', "One place earlier in the queue.");
pub const MOVE_DOWN: Words = words("Move down", 'D', "One place later in the queue.");
pub const MOVE_BOTTOM: Words = words("Move to bottom", 'B', "Upload the selected galleries after all others.");
pub const PRIORITY_HIGH: Words =
    words("High priority", 'H', "Before galleries of normal priority, wherever they stand.");
pub const PRIORITY_NORMAL: Words = words("Normal priority", 'N', "In the order of the queue.");
pub const PRIORITY_LOW: Words = words("Low priority", 'W', "After galleries of normal priority, wherever they stand.");
pub const CLEAR_COMPLETED: Words =
    words("Clear completed…", 'C', "Take every completed gallery that is shown out of the queue.");
pub const NEW_TAB: Words = words("New tab…", 'T', "Make a tab to sort galleries into.");
pub const RENAME_TAB: Words = words("Rename tab…", 'R', "Call the tab that is shown something else.");
pub const CLOSE_TAB: Words =
    words("Delete tab…", 'D', "Take the tab away that is shown. Its galleries go to the first one.");
pub const MERGE_TAB: Words =
    words("Merge into", 'M', "Give all galleries of the tab that is shown to another one, and take it away.");
pub const NEXT_TAB: Words = words("Next tab", 'X', "Show the tab to the right.");
pub const PREVIOUS_TAB: Words = words("Previous tab", 'P', "Show the tab to the left.");
pub const HOSTS: Words = words("Hosts…", 'H', "How the image hosts are, and their limits.");
pub const SETTINGS: Words = words("Settings…", 'S', "How BBDrop works: uploads, hosts, scanning.");
pub const TEMPLATES: Words =
    words("Templates…", 'T', "What is copied and saved of a gallery: change it, make your own.");
pub const STATISTICS: Words = words("Statistics", 'A', "How much was uploaded, today and altogether, by host.");
pub const OPEN_FOLDER: Words = words("Open folder", 'F', "Show the gallery's folder in the file manager.");
pub const OPEN_LINK: Words = words("Open gallery link", 'L', "Open the gallery's page in the web browser.");
pub const RESET_LAYOUT: Words = words("Reset layout", 'R', "Put every panel and column back where it was at first.");
pub const SEARCH: Words =
    words("Search", 'E', "Show only galleries with certain words in their name, path, link or reason.");
pub const PALETTE: Words = words("All commands…", 'C', "Find a command by typing a part of its name.");

/// The entry of a panel in the menu.
pub const fn panel(panel: Panel) -> Words {
    match panel {
        Panel::Galleries => words("Galleries", 'G', "The queue."),
        Panel::Filters => {
            words("Filters panel", 'F', "Show or hide the panel that narrows the queue by state and host.")
        }
        Panel::Quick => words("Quick settings panel", 'Q', "Show or hide the settings for what is added next."),
        Panel::Hosts => words("Hosts panel", 'H', "Show or hide how the hosts are."),
        Panel::Details => words("Details panel", 'D', "Show or hide the panel about the selected gallery."),
        Panel::Progress => words("Progress panel", 'P', "Show or hide how far everything is."),
        Panel::Speed => words("Speed panel", 'S', "Show or hide the speed of the last two minutes."),
        Panel::Log => words("Log panel", 'L', "Show or hide what has happened."),
    }
}
pub const THEME_SYSTEM: Words = words("Theme of the system", 'S', "Light or dark, as the desktop is set.");
pub const THEME_LIGHT: Words = words("Light theme", 'L', "Dark text on a light background.");
pub const THEME_DARK: Words = words("Dark theme", 'K', "Light text on a dark background.");
pub const LIMITS: Words = words("Speed limits…", 'L', "How much of the line uploads may take, also by time of day.");
pub const FILE_MANAGER_ADD: Words =
    words("Add entries", 'A', "Puts “Add to BBDrop” into the menu that the file manager shows for folders.");
pub const FILE_MANAGER_REMOVE: Words =
    words("Remove entries", 'R', "Takes “Add to BBDrop” out of the menu that the file manager shows for folders.");
pub const ZOOM_IN: Words = words("Zoom in", 'I', "Make everything larger.");
pub const ZOOM_OUT: Words = words("Zoom out", 'O', "Make everything smaller.");
pub const ZOOM_RESET: Words = words("Reset zoom", 'R', "Everything as large as at first.");
pub const GUIDE: Words = words("User guide", 'U', "Read how BBDrop is used.");
pub const GUIDE_SECTIONS: &str = "Sections of the user guide";
pub const SHORTCUTS: Words = words("Keyboard shortcuts", 'K', "List every key the window knows.");
pub const ABOUT: Words = words("About BBDrop", 'A', "Version and licence.");

/// The menus of the menu bar with their access letters.
pub const MENU_FILE: (&str, char) = ("File", 'F');
pub const MENU_EDIT: (&str, char) = ("Edit", 'E');
pub const MENU_QUEUE: (&str, char) = ("Queue", 'Q');
pub const MENU_VIEW: (&str, char) = ("View", 'V');
pub const MENU_TOOLS: (&str, char) = ("Tools", 'T');
pub const MENU_PANELS: &str = "Panels";
pub const MENU_FILE_MANAGER: &str = "File manager";
pub const MENU_ORDER: &str = "Order";
pub const MENU_PRIORITY: &str = "Priority";
pub const MENU_TABS: &str = "Tabs";
pub const TAB_ALL: &str = "All";
pub const TAB_NAME: &str = "Name of the tab";
pub const TAB_MOVE_ALL: &str = "Move all galleries to";
pub const NEW_TAB_TITLE: &str = "New tab";
pub const NEW_TAB_YES: &str = "Make tab";
pub const RENAME_TAB_TITLE: &str = "Rename tab";
pub const RENAME_TAB_YES: &str = "Rename";
pub const CLOSE_TAB_TITLE: &str = "Delete tab";
pub const CLOSE_TAB_YES: &str = "Delete tab";
pub const MERGE_TAB_TITLE: &str = "Merge tabs";
pub const MERGE_TAB_YES: &str = "Merge";
pub fn merge_tab_question(name: &str, count: usize, into: &str) -> String {
    format!("Merge the tab “{name}” into “{into}”? Its {} will be there, and “{name}” is gone.", in_words(count))
}
pub fn close_tab_question(name: &str, count: usize, into: &str) -> String {
    format!("Delete the tab “{name}”? Its {} will be in “{into}”; nothing is lost.", in_words(count))
}
pub const CHOICE_COPY_AS: &str = "Copy as";
pub const CHOICE_NO_TEMPLATES: &str = "There are no templates.";
pub const CHOICE_HOST: &str = "Set host";
pub const CHOICE_TEMPLATE: &str = "Set template";
pub const CHOICE_TAB: &str = "Move to tab";
pub fn editing(what: &str) -> String {
    format!("Change: {what}")
}
pub fn dragged(count: usize) -> String {
    in_words(count)
}
pub const DRAG_SORTED: &str = "Sorted by a column: click # to change the order of the queue";
pub const COLUMN_RENAME: &str = "Name of this column";
pub const MENU_HELP: (&str, char) = ("Help", 'H');

pub const LAYOUT_NEWER: &str = "it comes from a newer BBDrop";
pub const LAYOUT_PANELS: &str = "a panel is missing or twice in it";
pub fn layout_broken(why: &str) -> String {
    format!("it is broken ({why})")
}

pub const QUEUE: &str = "Galleries";
pub const NOTHING_TO_DO: &str = "There is nothing for this at the moment.";

pub const COLUMN_NUMBER: &str = "#";
pub const COLUMN_NAME: &str = "Gallery name";
pub const COLUMN_UPLOADED: &str = "Uploaded";
pub const COLUMN_PROGRESS: &str = "Progress";
pub const COLUMN_STATUS: &str = "Status";
pub const COLUMN_SIZE: &str = "Size";
pub const COLUMN_SPEED: &str = "Speed";
pub const COLUMN_ETA: &str = "Time left";
pub const COLUMN_FINISHED: &str = "Finished";
pub const COLUMN_LINK: &str = "Gallery link";
pub const COLUMNS_RESET: &str = "Columns as at first";
pub const SORT_RESET: &str = "Order of the queue";
pub const COLUMN_TEMPLATE: &str = "Template";
pub const TEMPLATE_DEFAULT: &str = "Default";
pub const COLUMN_TAB: &str = "Tab";
pub const COLUMN_HOST: &str = "Image host";
pub const COLUMN_ADDED: &str = "Added";
pub const COLUMN_REASON: &str = "Reason";

pub const DETAILS_TITLE: &str = "Details";
pub const DETAILS_NONE: &str = "Select a gallery to see its images.";
pub const DETAILS_LOADING: &str = "Reading the list of images…";
pub const DETAILS_NO_IMAGES: &str = "No images found yet.";
pub const PAGE_IMAGES: &str = "Images";
pub const PAGE_OUTPUT: &str = "Output";
pub const PAGE_ABOUT: &str = "About";
pub const OUTPUT_LOADING: &str = "Making the output…";
pub const OUTPUT_NONE: &str = "There is no output yet: no image is uploaded.";
pub const OUTPUT_NAME: &str = "Output of this gallery";
pub const TROUBLE_TITLE: &str = "What went wrong";
pub const TROUBLE_COPY: &str = "Copy all of it";
pub const TOAST_DETAILS: &str = "Details";
pub const TOAST_DETAILS_NAME: &str = "Details of this message";
/// Longer messages fold, in bytes.
const LEAD_MAX: usize = 200;
/// The first sentences of a message that is too long to be read at a glance, or its first words.
pub fn lead(words: &str) -> Option<String> {
    if words.len() <= LEAD_MAX {
        return None;
    }
    let gaps = words.match_indices(char::is_whitespace).map(|(at, _)| at).take_while(|at| *at <= LEAD_MAX);
    let leads: Vec<_> = gaps.filter_map(|at| words.get(..at)).collect();
    let lead = leads.iter().rfind(|lead| lead.ends_with('.')).or(leads.last())?;
    Some(if lead.ends_with('.') { (*lead).to_owned() } else { format!("{lead}…") })
}
pub const CLIPBOARD_REFUSED: &str = "The clipboard did not take what was copied: another program holds it. Copy again.";
pub const COPY_MESSAGE: &str = "Copy this message";
pub const FIELD_SIZE: &str = "Size";
pub const FIELD_TEMPLATE: &str = "Template";
pub const FIELD_TAB: &str = "Tab";
pub const FIELD_ADDED: &str = "Added";
pub const FIELD_FOLDER: &str = "Folder";
pub const FIELD_LINK: &str = "Link";
pub const FIELD_HOST: &str = "Image host";
pub const FIELD_FINISHED: &str = "Finished";
pub const COPY_THIS: &str = "Copy";
pub const COPY_THIS_NAME: &str = "Copy this gallery's BBCode";
pub const OPEN_THIS_NAME: &str = "Open this gallery's folder";

pub const EMPTY_TITLE: &str = "Drop folders of images here";
pub const EMPTY_HINT: &str = "Each folder becomes a gallery: BBDrop uploads its images and gives you BBCode to paste.";
pub const EMPTY_KEYS: &str = "Ctrl+O does the same; Ctrl+Shift+O is for single images.";
pub const EMPTY_BUTTON: &str = "Choose folders…";

pub const CANCEL: &str = "Cancel";
pub const CLOSE: &str = "Close";
pub const DISMISS: &str = "Dismiss";
pub const CLOSING_TITLE: &str = "Close while uploading?";
pub const CLOSING_YES: &str = "Stop and close";
pub const CLOSING_NO: &str = "Keep uploading";
pub const CLOSING_HIDE: &str = "Hide window";
pub fn closing_question(uploading: usize) -> String {
    let are = if uploading == 1 { "is" } else { "are" };
    format!(
        "{} {are} being uploaded. If you close BBDrop now, uploading stops and goes on by itself the next time; finished images are not sent again.",
        in_words(uploading)
    )
}
pub const LIMIT_NAME: &str = "Speed limit";
pub const LIMIT_WHAT: &str = "How much of the line uploads may take, all hosts together.";
pub const LIMIT_WHAT_TIMES: &str = "How much of the line uploads may take, all hosts together. At some times of the day another limit holds (Settings, Network).";
pub const LIMIT_OTHER: &str = "Other…";
/// A limit in KiB/s; 0 is none.
pub fn limit(kib: u32) -> String {
    match kib {
        0 => "No limit".to_owned(),
        kib if kib >= 1000 => format!("{},{:03} KiB/s", kib / 1000, kib % 1000),
        kib => format!("{kib} KiB/s"),
    }
}
pub const TITLE: &str = "BBDrop";
/// The window's title while something is on its way.
pub fn title(percent: &str) -> String {
    format!("{percent} – {TITLE}")
}
pub const REMOVE_TITLE: &str = "Remove from the queue";
pub const REMOVE_STAYS: &str =
    "Images that were already published stay where they are, and your folders are not touched.";
pub const REMOVE_YES: &str = "Remove from queue";
pub const REMOVE_HISTORY: &str = "Also from history";
pub const REMOVE_HISTORY_WHAT: &str =
    "BBDrop forgets that it has uploaded these images: added again, they are uploaded like new ones.";
pub const RESET_TITLE: &str = "Reset";
pub const RESET_YES: &str = "Reset";
pub const SUBFOLDERS_TITLE: &str = "Sub-folders";
pub const SUBFOLDERS_QUESTION: &str = "Sub-folders with images have become galleries of their own. Shall that be so from now on? The ones that were added now can be removed from the queue.";
pub const SUBFOLDERS_GALLERIES: &str = "Yes, galleries";
pub const SUBFOLDERS_IGNORE: &str = "No, ignore them";
pub const HOSTS_TITLE: &str = "Hosts";
pub const HOST_RESUME_WHAT: &str = "End the pause and try the host again.";
pub const FILTERS_TITLE: &str = "Filters";
pub const FILTER_STATES: &str = "State";
pub const FILTER_HOSTS: &str = "Image host";
pub const FILTER_TEMPLATES: &str = "Template";
pub const FILTER_ALL_TEMPLATES: &str = "All templates";
pub const FILTER_ALL: &str = "All states";
pub const FILTER_DEFAULT_TEMPLATE: &str = TEMPLATE_DEFAULT;
pub const FILTER_ALL_HOSTS: &str = "All hosts";
pub const FILTER_NOTHING: &str = "No gallery is like that. Choose other filters, or empty the search box.";
pub const FILTER_NOTHING_YES: &str = "Show all galleries";
pub const SEARCH_NAME: &str = "Search the queue";
pub const SEARCH_HINT: &str = "Search";
pub const SEARCH_CLEAR: &str = "Empty the search box";
pub const QUICK_TITLE: &str = "Quick settings";
pub const QUICK_HOST_SHORT: &str = "Host";
pub const QUICK_HOST: &str = "Host for new galleries";
pub const QUICK_HOST_WHAT: &str = "Where galleries go that are added from now on.";
pub const QUICK_TEMPLATE: &str = "Template of galleries that have none of their own";
pub const QUICK_THUMBNAILS: &str = "Thumbnails";
pub const QUICK_START: &str = "Start automatically";
pub const QUICK_START_NAME: &str = "Start new galleries automatically";
pub const QUICK_START_WHAT: &str = "Upload new galleries as soon as they are scanned.";
pub const PIXELS: &str = " px";
pub const HOSTS_MORE: &str = "All hosts and limits…";
pub const HOST_RESUME_SHORT: &str = "Resume";
pub const HOST_PAUSE: &str = "Pause";
pub const HOST_USE: &str = "Use";
pub const HOST_PAUSE_WHAT: &str = "Begin nothing new at this host, or use it again.";
pub const HOST_OFF: &str = "Not used";
pub const PROGRESS_TITLE: &str = "Progress";
pub const PROGRESS_NOTHING: &str = "There is nothing in the queue yet.";
pub const SPEED_NOTHING: &str = "Nothing was sent in the last two minutes.";
pub const SPEED_TITLE: &str = "Speed";
pub const SPEED_PLOT: &str = "Speed of the last two minutes";
pub const PALETTE_HINT: &str = "Type a part of a command";
pub const PALETTE_NOTHING: &str = "No command is called like that, or it has nothing to do now.";
pub const LOG_TITLE: &str = "Log";
pub const LOG_EMPTY: &str = "Nothing has happened since the window was opened.";
pub const ABOUT_WHAT: &str = "Drop folders of images, get BBCode to paste.";
pub const ABOUT_LICENCE: &str = "Free software under the MIT or the Apache 2.0 licence.";
pub const ABOUT_ICON: &str = "BBDrop";

/// Keys that are no command: what they do.
pub const OTHER_KEYS: [(&str, &str); 5] = [
    ("Up, Down, Page Up, Page Down, Home, End", "Move through the queue"),
    ("Shift with these", "Extend the selection"),
    ("Enter or double click", "Show the details of the gallery"),
    ("Alt with an underlined letter", "Open that menu"),
    ("Esc", "Close a dialog or a menu; otherwise select nothing"),
];

pub fn version() -> String {
    format!("Version {}", env!("CARGO_PKG_VERSION"))
}

/// `3 galleries selected`.
pub fn selected(count: usize) -> String {
    format!("{} selected", in_words(count))
}

/// What the person is asked before galleries leave the queue.
pub fn remove_question(count: usize, first: &str) -> String {
    if count == 1 {
        format!("Remove “{first}” from the queue?")
    } else {
        format!("Remove {} from the queue?", in_words(count))
    }
}

/// What the person is asked before results are forgotten.
pub fn reset_question(count: usize) -> String {
    let them = if count == 1 { "this gallery".to_owned() } else { in_words(count) };
    format!("Forget the links of {them} and begin anew? What is published already stays where it is.")
}

/// `Pause Pixhost`: a button beside the name of a host.
pub fn of_host(words: &str, host: &str) -> String {
    format!("{words} {host}")
}

/// A choice of a filter: `Failed (3)`.
pub fn counted_filter(words: &str, count: usize) -> String {
    format!("{words} ({count})")
}

/// How a column is sorted.
pub const fn sorted(descending: bool) -> &'static str {
    if descending { "sorted, largest first" } else { "sorted" }
}

pub fn hide(title: &str) -> String {
    format!("Hide {}", title.to_lowercase())
}

pub fn float(title: &str) -> String {
    format!("{title} in a window of its own")
}

pub fn dock(title: &str) -> String {
    format!("{title} back into the window")
}

/// `12 of 300 shown`.
pub fn shown(shown: usize, total: usize) -> String {
    format!("{shown} of {total} shown")
}

/// `00:03:10 left`.
pub fn left(time: &str) -> String {
    format!("{time} left")
}

/// `disk 512 GiB`.
pub fn disk(free: &str) -> String {
    format!("disk {free}")
}

/// `17.6 MiB of 102 MiB`.
pub fn bytes_of(arrived: &str, total: &str) -> String {
    format!("{arrived} of {total}")
}

pub fn speeds(now: &str, peak: &str, total: &str) -> String {
    format!("Now {now} · highest {peak} · sent {total}")
}

/// A line of the log.
pub fn happened(name: &str, state: GalleryState, reason: &str) -> String {
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("{name} · {}{reason}", self::state(state))
}

/// A command in the palette, for screen readers.
pub fn palette_entry(label: &str) -> String {
    format!("Command: {label}")
}

/// What is told of a gallery that has come to an end.
pub fn ended(name: &str, state: GalleryState, reason: &str) -> String {
    match state {
        GalleryState::Completed => format!("“{name}” is uploaded."),
        GalleryState::Incomplete => format!("“{name}” is not complete. {reason}"),
        GalleryState::Missing => format!("The folder of “{name}” cannot be reached. {reason}"),
        _ => format!("“{name}” failed. {reason}"),
    }
}

/// What is told of galleries that come to a good end one soon after the other: `12 galleries are uploaded.`
pub fn several_uploaded(count: usize) -> String {
    format!("{} are uploaded.", in_words(count))
}

/// How the message begins that an import has begun.
pub const IMPORTING: &str = "Taking over what BBDrop 0.9 has kept";

/// Said while everything of BBDrop 0.9 in a folder is taken over.
#[must_use]
pub fn importing(folder: &str) -> String {
    format!("{IMPORTING} in {folder}…")
}

/// What will happen when things are dropped of which nobody knows what they are.
pub fn drop_adds(tab: &str) -> String {
    format!("Add to {tab}")
}

/// What will happen when things are dropped that have nothing but these addresses.
pub fn drop_elsewhere(addresses: &[String]) -> String {
    match addresses {
        [one] => format!("“{one}” is not on this computer. Copy it here first."),
        several => format!("These {} things are not on this computer. Copy them here first.", several.len()),
    }
}

/// What will happen when the hovering things are dropped; `unusable` names what will be left out.
pub fn drop_will(galleries: usize, first: Option<&str>, unusable: &[String], tab: &str) -> String {
    let left_out = match unusable {
        [] => String::new(),
        [one] => format!("“{one}”"),
        several => format!("{} files", several.len()),
    };
    let what = first.map_or_else(|| in_words(galleries), |name| format!("“{name}”"));
    match galleries {
        0 if unusable.len() == 1 => format!("{left_out} cannot be uploaded. BBDrop takes folders and images."),
        0 => format!("These {left_out} cannot be uploaded. BBDrop takes folders and images."),
        _ if unusable.is_empty() => format!("Add {what} to {tab}"),
        _ => format!("Add {what} to {tab}, without {left_out}"),
    }
}

pub fn images(uploaded: u32, usable: u32, failed: u32, skipped: u32) -> String {
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    format!("{uploaded} of {usable} images uploaded{failed}{skipped}")
}

/// What of an output is not shown.
pub fn output_rest(characters: usize) -> String {
    format!("{characters} characters more are copied")
}

/// `2 attempts`.
pub fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

/// What a list leaves out.
pub fn more_images(count: usize) -> String {
    if count == 1 { "and 1 image more".to_owned() } else { format!("and {count} images more") }
}

pub fn port_listening(port: u16) -> String {
    format!("port {port} listening")
}

pub fn details_of(name: &str) -> String {
    format!("Details of {name}")
}

/// The state as one word for the table.
pub const fn state(state: GalleryState) -> &'static str {
    match state {
        GalleryState::Added => "Added",
        GalleryState::Scanning => "Scanning",
        GalleryState::Ready => "Ready",
        GalleryState::Queued => "Queued",
        GalleryState::Uploading => "Uploading",
        GalleryState::Paused => "Paused",
        GalleryState::Completed => "Completed",
        GalleryState::Incomplete => "Incomplete",
        GalleryState::Failed => "Failed",
        GalleryState::Missing => "Missing",
    }
}

/// The state as a sentence, with what can be done.
pub const fn state_sentence(state: GalleryState) -> &'static str {
    match state {
        GalleryState::Added => "In the queue; its folder will be looked at in a moment.",
        GalleryState::Scanning => "Its folder is being listed and measured.",
        GalleryState::Ready => "Ready. Press Start to upload it.",
        GalleryState::Queued => "Waits for its turn.",
        GalleryState::Uploading => "Being uploaded.",
        GalleryState::Paused => "Paused. Press Start to go on.",
        GalleryState::Completed => "Every image is uploaded.",
        GalleryState::Incomplete => "Some images are missing. Press Start or Retry failed to send the rest.",
        GalleryState::Failed => "Nothing is uploaded. Press Retry failed to try again.",
        GalleryState::Missing => {
            "The folder cannot be reached. It is looked for again; bring it back or plug the drive in."
        }
    }
}

/// An image's state as one word.
pub const fn image_state(state: &ImageState) -> &'static str {
    match state {
        ImageState::Pending => "Waiting",
        ImageState::Uploading => "Uploading",
        ImageState::Uploaded(_) => "Uploaded",
        ImageState::Failed(_) => "Failed",
        ImageState::Skipped(_) => "Skipped",
    }
}

/// A state in the status bar: `3 uploading`.
pub fn counted(count: usize, state: GalleryState) -> String {
    format!("{count} {}", state.name())
}

/// `3 galleries added from outside`: by the file manager, a command line, a script.
pub fn added_from_outside(count: usize) -> String {
    format!("{} added from outside", in_words(count))
}

/// `Already in the queue: holiday`.
pub fn already_there(name: &str) -> String {
    format!("Already in the queue: {name}")
}

/// `3 folders were already in the queue`.
pub fn several_already_there(count: usize) -> String {
    if count == 1 {
        "1 folder was already in the queue".to_owned()
    } else {
        format!("{count} folders were already in the queue")
    }
}

/// `Refused: there is no such folder: /x`.
pub fn refused(why: &str) -> String {
    format!("Refused: {why}")
}
