//! The pure heart: galleries, images, the queue and what may happen to them.
//!
//! Never contains I/O, clocks, threads, tokio, `SQLite` or egui: `now` and directory listings are arguments.

pub mod fault;
pub mod gallery;
pub mod image;
pub mod host;
pub mod bandwidth;
pub mod desktop;
pub mod integration;
pub mod legacy;
pub mod message;
pub mod natural;
pub mod output;
pub mod path_bytes;
pub mod post;
pub mod printable;
pub mod proxy;
pub mod queue;
pub mod report;
pub mod retry;
pub mod scene;
pub mod settings;
pub mod snapshot;
#[cfg(test)]
pub mod tests;

pub use fault::{Fault, FaultKind};
pub use gallery::{Folder, Gallery, GalleryId, GalleryState, Tally};
pub use host::{HostFacts, HostOption, HostPreview, HostSecret, HostSettings, Takes};
pub use image::{Closed, ContentHash, Image, ImageLinks, ImageState, Sent};
pub use integration::Integration;
pub use message::{
    AddOutcome, Arrival, Choices, Command, Direction, Entered, Refusal, RefusalCode, Reply, Selection, Tested,
};
pub use output::{Output, OutputWish, SavedFile, TemplateChange, TemplateRow};
pub use post::{Field, Tab, TabId};
pub use proxy::Proxy;
pub use queue::Queue;
pub use scene::{Column, Scene, Wanted};
pub use settings::Settings;
pub use snapshot::{Details, Notice, Row, Snapshot};

/// Milliseconds since the Unix epoch (UTC).
pub type Millis = i64;
