//! The words of the first page.

/// The host that is a folder of the person's own.
pub const FOLDER: &str = "folder";

pub const TITLE: &str = "Welcome to BBDrop";
pub const WHAT: &str =
    "Drop folders of images on the window. Each becomes a gallery, is uploaded, and gives back BBCode ready to paste.";
pub const HOST_TITLE: &str = "Where images go";
pub const HOST: &str = "Image host";
pub const HOST_FOLDER: &str =
    "Nothing leaves this computer: images are copied into the folder “published” of the data folder.";
pub const HOST_SIGN_IN: &str = "This host wants to know who you are: sign in under Tools, Hosts before you start.";
pub const HOST_NOTHING: &str = "This host can be used without signing in.";
pub const TEMPLATE_TITLE: &str = "What you paste";
pub const TEMPLATE: &str = "Template";
pub const INTEGRATION_TITLE: &str = "File manager";
pub const INTEGRATION: &str = "Offer BBDrop in the menu of folders";
pub const INTEGRATION_THERE: &str = "BBDrop is in the menu of folders already.";
pub const LATER: &str = "All of this can be changed later, in Edit, Settings and in Tools.";
pub const DONE: &str = "Done";
pub const IMPORT: &str = "Import from 0.9…";
pub const IMPORT_WHAT: &str = "Take over queue, tabs, results and templates of BBDrop 0.9.";
