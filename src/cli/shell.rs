//! `bbdrop shell …`: the entries of the system's file manager. Needs neither a resident nor the data directory.

use std::io;

use super::args::Shell;
use super::{Exit, Face, print};
use crate::app;
use crate::core::Integration;
use crate::core::integration::Entry;
use crate::platform::shell;

/// Does it, and shows how the entries are then.
pub fn run(action: Shell, face: Face) -> Exit {
    let (integration, json) = match action {
        Shell::Install => (shell::install(), false),
        Shell::Remove => (shell::remove(), false),
        Shell::Status { json } => (shell::status(), json),
    };
    match integration {
        Ok(integration) => print::written(show(&integration, json)),
        Err(words) => app::complain(face, &words, Exit::Failed),
    }
}

fn show(integration: &Integration, json: bool) -> io::Result<()> {
    if json {
        return print::json(&integration.places);
    }
    let line = |what: &str, entry: Entry, at: &str| format!("{:<9}  {what}  ({at})", entry.name());
    print::lines(integration.places.iter().map(|place| line(&place.what, place.entry, &place.at)))
}
