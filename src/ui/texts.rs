//! Every word the window shows, in one place, so that a translation is one file. Holds no behaviour but counting.

pub mod dialogs;
pub mod settings;
pub mod templates;

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
pub const OPEN_DATA_FOLDER: Words =
    words("Open data folder", 'D', "Show the folder in which BBDrop keeps its queue and what it has published.");
pub const QUIT: Words = words("Quit", 'Q', "End BBDrop. What is in the queue stays there.");
pub const SELECT_ALL: Words = words("Select all", 'A', "Select every gallery.");
pub const COPY_OUTPUT: Words =
    words("Copy BBCode", 'C', "Put the BBCode of the selected galleries on the clipboard, ready to paste.");
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
pub const HOSTS: Words = words("Hosts…", 'H', "How the image hosts are, and their limits.");
pub const SETTINGS: Words = words("Settings…", 'S', "How BBDrop works: uploads, hosts, scanning.");
pub const TEMPLATES: Words =
    words("Templates…", 'T', "What is copied and saved of a gallery: change it, make your own.");
pub const OPEN_FOLDER: Words = words("Open folder", 'F', "Show the gallery's folder in the file manager.");
pub const OPEN_LINK: Words = words("Open gallery link", 'L', "Open the gallery's page in the web browser.");
pub const DETAILS: Words = words("Details panel", 'D', "Show or hide the panel about the selected gallery.");
pub const THEME_SYSTEM: Words = words("Theme of the system", 'S', "Light or dark, as the desktop is set.");
pub const THEME_LIGHT: Words = words("Light theme", 'L', "Dark text on a light background.");
pub const THEME_DARK: Words = words("Dark theme", 'K', "Light text on a dark background.");
pub const ZOOM_IN: Words = words("Zoom in", 'I', "Make everything larger.");
pub const ZOOM_OUT: Words = words("Zoom out", 'O', "Make everything smaller.");
pub const ZOOM_RESET: Words = words("Normal size", 'N', "Undo zooming.");
pub const SHORTCUTS: Words = words("Keyboard shortcuts", 'K', "List every key the window knows.");
pub const ABOUT: Words = words("About BBDrop", 'A', "Version and licence.");

/// The menus of the menu bar with their access letters.
pub const MENU_FILE: (&str, char) = ("File", 'F');
pub const MENU_EDIT: (&str, char) = ("Edit", 'E');
pub const MENU_QUEUE: (&str, char) = ("Queue", 'Q');
pub const MENU_VIEW: (&str, char) = ("View", 'V');
pub const MENU_TOOLS: (&str, char) = ("Tools", 'T');
pub const MENU_HELP: (&str, char) = ("Help", 'H');

pub const QUEUE: &str = "Galleries";
pub const NOTHING_TO_DO: &str = "There is nothing for this at the moment.";

pub const COLUMN_NUMBER: &str = "#";
pub const COLUMN_NAME: &str = "Gallery name";
pub const COLUMN_UPLOADED: &str = "Uploaded";
pub const COLUMN_PROGRESS: &str = "Progress";
pub const COLUMN_STATUS: &str = "Status";
pub const COLUMN_SIZE: &str = "Size";
pub const COLUMN_HOST: &str = "Image host";
pub const COLUMN_ADDED: &str = "Added";
pub const COLUMN_REASON: &str = "Reason";
pub const COLUMN_FILE: &str = "Image";

pub const DETAILS_TITLE: &str = "Details";
pub const DETAILS_NONE: &str = "Select a gallery to see its images.";
pub const DETAILS_LOADING: &str = "Reading the list of images…";
pub const DETAILS_NO_IMAGES: &str = "No images found yet.";
pub const CLOSE_DETAILS: &str = "Hide details";
pub const FIELD_FOLDER: &str = "Folder";
pub const FIELD_STATUS: &str = "Status";
pub const FIELD_REASON: &str = "Reason";
pub const FIELD_LINK: &str = "Link";
pub const FIELD_HOST: &str = "Image host";
pub const FIELD_FINISHED: &str = "Finished";
pub const COPY_THIS: &str = "Copy";
pub const COPY_THIS_NAME: &str = "Copy this gallery's BBCode";
pub const OPEN_THIS_NAME: &str = "Open this gallery's folder";

pub const EMPTY_TITLE: &str = "Drop folders of images here";
pub const EMPTY_HINT: &str = "Each folder becomes a gallery: BBDrop uploads its images and gives you BBCode to paste.";
pub const EMPTY_OR: &str = "or press Add folders… (Ctrl+O)";
pub const EMPTY_BUTTON: &str = "Choose folders…";

pub const CANCEL: &str = "Cancel";
pub const CLOSE: &str = "Close";
pub const DISMISS: &str = "Dismiss";
pub const REMOVE_TITLE: &str = "Remove from the queue";
pub const REMOVE_STAYS: &str =
    "Images that were already published stay where they are, and your folders are not touched.";
pub const REMOVE_YES: &str = "Remove from queue";
pub const RESET_TITLE: &str = "Reset";
pub const RESET_YES: &str = "Reset";
pub const SUBFOLDERS_TITLE: &str = "Sub-folders";
pub const SUBFOLDERS_QUESTION: &str = "Sub-folders with images have become galleries of their own. Shall that be so from now on? The ones that were added now can be removed from the queue.";
pub const SUBFOLDERS_GALLERIES: &str = "Yes, galleries";
pub const SUBFOLDERS_IGNORE: &str = "No, ignore them";
pub const FILTER: &str = "Show";
pub const FILTER_WHAT: &str = "Show only galleries in one state.";
pub const FILTER_ALL: &str = "All states";
pub const FILTER_NOTHING: &str = "No gallery is in this state.";
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

/// A choice of the state filter: `Failed (3)`.
pub fn filter(state: GalleryState, count: usize) -> String {
    format!("{} ({count})", self::state(state))
}

/// What will happen when the hovering things are dropped; `unusable` names what will be left out.
pub fn drop_will(galleries: usize, first: Option<&str>, unusable: &[String]) -> String {
    let left_out = match unusable {
        [] => String::new(),
        [one] => format!("“{one}”"),
        several => format!("{} files", several.len()),
    };
    match (galleries, first) {
        (0, _) if unusable.len() == 1 => format!("{left_out} cannot be uploaded. BBDrop takes folders and images."),
        (0, _) => format!("These {left_out} cannot be uploaded. BBDrop takes folders and images."),
        (_, Some(name)) if unusable.is_empty() => format!("Add “{name}” to the queue"),
        (_, Some(name)) => format!("Add “{name}” to the queue, without {left_out}"),
        _ if unusable.is_empty() => format!("Add {} to the queue", in_words(galleries)),
        _ => format!("Add {} to the queue, without {left_out}", in_words(galleries)),
    }
}

pub fn images(uploaded: u32, usable: u32, failed: u32, skipped: u32) -> String {
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    format!("{uploaded} of {usable} images uploaded{failed}{skipped}")
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
        GalleryState::Queued => "Waiting for its turn.",
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

/// `3 galleries added from Explorer`.
pub fn added_from(count: usize, source: &str) -> String {
    format!("{} added from {source}", in_words(count))
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
