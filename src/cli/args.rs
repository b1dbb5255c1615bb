//! The arguments, as in the user guide.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::core::GalleryState;

/// Where the data directory is said when it is not an argument.
pub const DATA_DIR: &str = "BBDROP_DATA_DIR";

/// The whole command line.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(
    name = "bbdrop",
    version,
    about = "Uploads folders of images and gives back BBCode to paste.",
    after_help = "Examples:\n  bbdrop ~/Pictures/Trip              add a folder to the running BBDrop, or start it\n  bbdrop --run-once Trip --output-to-stdout > trip.txt\n  bbdrop --headless                   be there without a window\n  bbdrop queue start --all\n  bbdrop output 7\n  bbdrop templates check mine.template.txt\n\nExit codes: 0 done or handed over, 1 something failed, 2 wrong usage, 3 not a folder or nothing in it to upload,\n4 host unknown or not ready, 5 BBDrop is not running, 6 data directory unusable, locked or from a newer version."
)]
pub struct Args {
    /// Folders of images to add to the queue.
    pub folders: Vec<PathBuf>,
    /// Run without a window until `bbdrop quit`, SIGINT or SIGTERM.
    #[arg(long, conflicts_with = "run_once")]
    pub headless: bool,
    /// Upload the folders, wait for the end, exit.
    #[arg(long, requires = "folders")]
    pub run_once: bool,
    /// With --run-once: print the rendered output, and nothing else, on stdout.
    #[arg(long, requires = "run_once")]
    pub output_to_stdout: bool,
    /// With --run-once: the host to upload to, from `hosts list`.
    #[arg(long, value_name = "ID", requires = "run_once")]
    pub host: Option<String>,
    /// With --run-once: the gallery's title; otherwise the folder's name.
    #[arg(long, value_name = "TITLE", requires = "run_once")]
    pub name: Option<String>,
    /// With --run-once: the template of the output, from `templates list`.
    #[arg(long, value_name = "NAME", requires = "run_once")]
    pub template: Option<String>,
    /// With --run-once: print the galleries as JSON.
    #[arg(long, requires = "run_once", conflicts_with = "output_to_stdout")]
    pub json: bool,
    /// What draws the window.
    #[arg(long, value_enum, default_value = "auto")]
    pub renderer: Renderer,
    /// Everything the program keeps lives below this directory.
    #[arg(long, value_name = "DIR", env = DATA_DIR, global = true)]
    pub data_dir: Option<PathBuf>,
    /// Say more on stderr; twice for everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Say only what went wrong.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Option<Subcommand>,
}

impl Args {
    /// The arguments of a launch with folders and nothing else said.
    #[must_use]
    pub fn of_folders(folders: Vec<PathBuf>, data_dir: Option<PathBuf>) -> Self {
        Self {
            folders,
            headless: false,
            run_once: false,
            output_to_stdout: false,
            host: None,
            name: None,
            template: None,
            json: false,
            renderer: Renderer::default(),
            data_dir,
            verbose: 0,
            quiet: false,
            command: None,
        }
    }

    /// Whether something is said that only makes sense without a command.
    #[must_use]
    pub fn has_launch_arguments(&self) -> bool {
        !self.folders.is_empty() || self.headless || self.run_once
    }
}

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// The faster one to start on this system first, the other when it fails.
    #[default]
    Auto,
    /// OpenGL only.
    Glow,
    /// Vulkan, Direct3D or Metal only.
    Wgpu,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Whether BBDrop is running, and what it is doing.
    Status {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Work with the galleries in the queue.
    Queue {
        #[command(subcommand)]
        action: Queue,
    },
    /// Print a gallery's rendered output.
    Output {
        /// The gallery's id, from `queue list`.
        id: i64,
        /// Another template than the gallery's, from `templates list`.
        #[arg(long, value_name = "NAME")]
        template: Option<String>,
        /// Print the gallery as JSON, as `templates render --data` takes it.
        #[arg(long)]
        json: bool,
    },
    /// Show the tabs and change them.
    Tabs {
        #[command(subcommand)]
        action: Tabs,
    },
    /// Show, check and try templates. Nothing of this touches the queue.
    Templates {
        #[command(subcommand)]
        action: Templates,
    },
    /// Show hosts and change how they are used.
    Hosts {
        #[command(subcommand)]
        action: Hosts,
    },
    /// Show and change settings.
    Config {
        #[command(subcommand)]
        action: Config,
    },
    /// The entries of the system's file manager that add folders to BBDrop.
    Shell {
        #[command(subcommand)]
        action: Shell,
    },
    /// Take over queue, tabs, finished results and templates from BBDrop 0.9. Nothing of it is changed; it can be repeated.
    Import {
        /// Its data directory, mostly ~/.bbdrop; or its bbdrop.db, or one of its templates.
        from: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask the running BBDrop to shut down cleanly.
    Quit,
}

/// `bbdrop queue …`
#[derive(Debug, clap::Subcommand)]
pub enum Queue {
    /// Show the galleries.
    List {
        /// Only those in this state.
        #[arg(long, value_parser = state)]
        state: Option<GalleryState>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one gallery with its images and what went wrong on their way.
    Show {
        /// The gallery's id, from `queue list`.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put folders, or images of a folder, into the queue.
    Add(Addition),
    /// Upload, or go on.
    Start(Selected),
    /// Let what is in flight finish, then hold.
    Pause(Selected),
    /// Cancel what is in flight.
    Stop(Selected),
    /// Try exactly what failed once more.
    Retry(Selected),
    /// Take out of the queue; published images stay where they are.
    Remove(Selected),
    /// Remove, and forget what was uploaded from their folders: added again, they are like new.
    Forget(Selected),
    /// Look at the folders again: new, changed and removed files. Results are kept.
    Rescan(Selected),
    /// Forget all results and begin anew. Published images stay where they are.
    Reset(Selected),
    /// Take the links of an earlier upload of the same images instead of uploading them again.
    Reuse(Selected),
    /// Change the order of the queue.
    Move {
        /// Where to.
        #[arg(value_enum)]
        to: To,
        /// The gallery in front of which they go, for `before`.
        #[arg(long, value_name = "ID", required_if_eq("to", "before"))]
        target: Option<i64>,
        #[command(flatten)]
        selected: Selected,
    },
    /// Change who goes first.
    Priority {
        /// Which.
        #[arg(value_enum)]
        priority: Urgency,
        #[command(flatten)]
        selected: Selected,
    },
    /// Upload to another host; only what has not begun.
    Host {
        /// The host's id, from `hosts list`.
        host: String,
        #[command(flatten)]
        selected: Selected,
    },
    /// Call a gallery something else; at its host it keeps the name it was opened with.
    Rename {
        /// The gallery's id, from `queue list`.
        id: i64,
        /// The new name.
        name: String,
        /// Print the changed gallery as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the output with another template.
    Template {
        /// Its name, from `templates list`; “” is the one of the settings.
        template: String,
        #[command(flatten)]
        selected: Selected,
    },
    /// Make the output anew, with all that is saved of it. Nothing is uploaded.
    Render(Selected),
    /// Fill a field of your own: templates have it as #custom1# to #custom4# and #ext1# to #ext4#.
    Field {
        /// Its name.
        field: String,
        /// What is to be in it.
        value: String,
        #[command(flatten)]
        selected: Selected,
    },
    /// Show galleries in another tab.
    Tab {
        /// Its name, from `tabs list`.
        tab: String,
        #[command(flatten)]
        selected: Selected,
    },
    /// Say where the folder of a gallery is now.
    Relocate {
        /// The gallery's id, from `queue list`.
        id: i64,
        /// The folder.
        folder: PathBuf,
        /// Print the changed gallery as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `bbdrop queue add`.
#[derive(Clone, Debug, clap::Args)]
pub struct Addition {
    /// Folders, or images: those of one folder become one gallery.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// The host to upload to, from `hosts list`.
    #[arg(long, value_name = "ID")]
    pub host: Option<String>,
    /// The gallery's title; otherwise the folder's name.
    #[arg(long, value_name = "TITLE")]
    pub name: Option<String>,
    /// The template of their output, from `templates list`.
    #[arg(long, value_name = "NAME")]
    pub template: Option<String>,
    /// The tab they are shown in, from `tabs list`.
    #[arg(long, value_name = "NAME")]
    pub tab: Option<String>,
    /// Upload as soon as they are scanned.
    #[arg(long)]
    pub start: bool,
    /// Print the galleries as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Where a gallery moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum To {
    Top,
    Up,
    Down,
    Bottom,
    /// In front of another gallery, named by `--target`.
    Before,
}

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Urgency {
    High,
    Normal,
    Low,
}

/// `bbdrop tabs …`
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Tabs {
    /// Every tab in its order, and how many galleries are in it.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// One more tab.
    Add {
        /// Its name.
        name: String,
    },
    /// Call a tab something else.
    Rename {
        /// Its name.
        name: String,
        /// Its new name.
        to: String,
    },
    /// Take a tab away; its galleries go into the first tab, or into another.
    Remove {
        /// Its name.
        name: String,
        /// The tab for its galleries.
        #[arg(long, value_name = "NAME")]
        into: Option<String>,
    },
    /// Change the order.
    Move {
        /// Its name.
        name: String,
        /// Its new place, from 1.
        place: usize,
    },
}

/// `bbdrop templates …`
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Templates {
    /// Every template: those of BBDrop, and your own from `templates/` in the data directory.
    List,
    /// The text of a template, to copy and change.
    Show {
        /// Its name, from `templates list`.
        name: String,
    },
    /// Take over template files, e.g. of BBDrop 0.9.
    Import {
        /// The files, called NAME.template.txt.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// What is wrong with a template, a line each, with its place. Exit code 1 when something is.
    Check {
        /// The file, or a template's name.
        file: PathBuf,
    },
    /// Print what a template makes of a gallery.
    Render {
        /// The file, or a template's name.
        file: PathBuf,
        /// The gallery as JSON; without it a sample.
        #[arg(long, value_name = "GALLERY.json")]
        data: Option<PathBuf>,
        /// Print JSON: an array of posts, each with `title` and `text`.
        #[arg(long)]
        json: bool,
    },
}

/// `bbdrop hosts …`
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Hosts {
    /// Every host and how it is.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// One host with its settings.
    Show {
        /// Its id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change one setting of a host.
    Set {
        /// Its id.
        id: String,
        /// The setting, from `hosts show`.
        key: String,
        /// Its new value.
        value: String,
    },
    /// Use a host again that is paused or held.
    Resume {
        /// Its id.
        id: String,
    },
    /// Say what is wrong with definitions (TOML) or ShareX uploaders (.sxcu), or what they do.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add the host of a definition (TOML) or a ShareX uploader (.sxcu).
    Import {
        /// The file.
        file: PathBuf,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
        /// Take the place of a host of the same id.
        #[arg(long)]
        replace: bool,
    },
    /// Add a storage of your own; then `hosts set ID endpoint …`.
    Add {
        /// What it is to be called: small letters, digits, - and _.
        id: String,
        /// What it is.
        kind: StorageKind,
    },
    /// Take away a host that was added.
    Remove {
        /// Its id.
        id: String,
    },
    /// Enter what the host must know of you; on stdin a line each when that is no terminal.
    SignIn {
        /// Its id.
        id: String,
    },
    /// Forget what was entered for a host.
    SignOut {
        /// Its id.
        id: String,
    },
    /// Upload one tiny image, and take it away again where the host can.
    Test {
        /// Its id.
        id: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read all definitions again.
    Reload,
}

/// What a storage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StorageKind {
    /// A folder on this computer or a mounted drive.
    Folder,
    /// A `WebDAV` server.
    Webdav,
    /// An S3-compatible server.
    S3,
    /// An FTP server.
    Ftp,
}

/// Which galleries.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(id = "which", required = true, multiple = true, args = ["ids", "all", "state"])]
pub struct Selected {
    /// Gallery ids, from `queue list`.
    pub ids: Vec<i64>,
    /// Every gallery.
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// Only those in this state.
    #[arg(long, value_parser = state)]
    pub state: Option<GalleryState>,
    /// Print the changed galleries as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `bbdrop shell …`
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum Shell {
    /// Make them, or make them start this program.
    Install,
    /// Take them away.
    Remove,
    /// How each of them is.
    Status {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `bbdrop config …`
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Config {
    /// Every setting with its value.
    List,
    /// One setting.
    Get {
        /// Its name.
        key: String,
    },
    /// Change one setting.
    Set {
        /// Its name.
        key: String,
        /// Its new value.
        value: String,
    },
}

fn state(name: &str) -> Result<GalleryState, String> {
    let names = GalleryState::ALL.map(GalleryState::name).join(", ");
    GalleryState::from_name(name).ok_or_else(|| format!("the states are {names}"))
}

#[cfg(test)]
mod tests {
    use super::PathBuf;
    use clap::{CommandFactory as _, Parser as _};

    #[test]
    fn the_definition_is_consistent() {
        super::Args::command().debug_assert();
    }

    #[test]
    fn folders_alone_are_read_the_same_way_without_the_grammar() {
        let (folder, data_dir) = (PathBuf::from("/a folder"), PathBuf::from("/data"));
        let data_dir_argument = format!("--data-dir={}", data_dir.display());
        let parsed =
            super::Args::parse_from(["bbdrop".into(), folder.clone().into_os_string(), data_dir_argument.into()]);
        let short = super::Args::of_folders(vec![folder], Some(data_dir));
        assert_eq!(format!("{parsed:?}"), format!("{short:?}"));
    }
}
