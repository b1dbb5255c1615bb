//! Letters typed one after the other go to the next row whose name begins with them. Knows no widget.

use crate::core::{GalleryId, Scene};

/// After so long without a letter the next one begins anew, in seconds.
const PAUSE_S: f64 = 1.0;

/// What was typed lately.
#[derive(Debug, Default)]
pub struct TypeAhead {
    typed: String,
    at: f64,
}

impl TypeAhead {
    /// The row to go to, after `letters` came at `now` (in seconds) while the keyboard was at `from`.
    pub fn find(&mut self, letters: &str, now: f64, from: Option<GalleryId>, scene: &Scene) -> Option<GalleryId> {
        if letters.is_empty() {
            return None;
        }
        if now - self.at > PAUSE_S {
            self.typed.clear();
        }
        self.at = now;
        self.typed.extend(letters.chars().flat_map(char::to_lowercase));
        let mut letters = self.typed.chars();
        let first = letters.next()?;
        // The same letter again and again goes from one to the next.
        let repeats = letters.clone().all(|letter| letter == first);
        let wanted = if repeats { first.to_string() } else { self.typed.clone() };
        let at = from.and_then(|id| scene.place_of(id)).unwrap_or(0);
        let start = if repeats && from.is_some() { at + 1 } else { at };
        let count = scene.len();
        let places = (0..count).map(|place| (start + place) % count);
        places
            .filter_map(|place| scene.shown_at(place))
            .find(|(_, row)| begins(&row.name, &wanted))
            .map(|(_, row)| row.id)
    }
}

/// Whether `name` begins with `wanted`, which is in lower case.
fn begins(name: &str, wanted: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    wanted.chars().all(|letter| letters.next() == Some(letter))
}
