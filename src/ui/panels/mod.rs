//! The panels around the queue: which there are, and where they stand at first. What is in each is in its own file.

mod caption;
mod details;
mod dock;
mod filters;
mod hosts;
mod log;
mod progress;
mod quick;
mod speed;

use std::collections::BTreeSet;

use super::{texts, theme};
use egui::Id;
use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

pub use details::Details;
pub use dock::Dock;
pub use progress::uploading_share;

/// A part of the window that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Panel {
    /// The queue itself: it has no caption and cannot be hidden.
    Galleries,
    Filters,
    Quick,
    Hosts,
    Details,
    Progress,
    Speed,
    Log,
}

impl Panel {
    /// Everything.
    pub const ALL: [Self; 8] = [
        Self::Galleries,
        Self::Filters,
        Self::Quick,
        Self::Hosts,
        Self::Details,
        Self::Progress,
        Self::Speed,
        Self::Log,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Galleries => texts::QUEUE,
            Self::Filters => texts::FILTERS_TITLE,
            Self::Quick => texts::QUICK_TITLE,
            Self::Hosts => texts::HOSTS_TITLE,
            Self::Details => texts::DETAILS_TITLE,
            Self::Progress => texts::PROGRESS_TITLE,
            Self::Speed => texts::SPEED_TITLE,
            Self::Log => texts::LOG_TITLE,
        }
    }
}

/// Where every panel stands. Hidden ones keep their place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panels {
    tree: Tree<Panel>,
    hidden: BTreeSet<Panel>,
    /// In windows of their own, above the others.
    floating: BTreeSet<Panel>,
}

impl Default for Panels {
    fn default() -> Self {
        Self { tree: first_tree(), hidden: [Panel::Log].into(), floating: BTreeSet::new() }
    }
}

impl Panels {
    pub fn is_shown(&self, panel: Panel) -> bool {
        !self.hidden.contains(&panel)
    }

    /// Shows or hides a panel; where it was, it comes back.
    pub fn set_shown(&mut self, panel: Panel, shown: bool) {
        if shown {
            self.hidden.remove(&panel);
            // Behind another one it would not be seen.
            self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == panel));
        } else if panel != Panel::Galleries {
            self.hidden.insert(panel);
        }
    }

    /// Whether every panel is in its place exactly once: what was read from a file may be anything.
    pub fn is_whole(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        let mut panels = Vec::new();
        let mut left: Vec<TileId> = self.tree.root.into_iter().collect();
        while let Some(id) = left.pop() {
            if !seen.insert(id) {
                return false;
            }
            match self.tree.tiles.get(id) {
                Some(Tile::Pane(panel)) => panels.push(*panel),
                Some(Tile::Container(container)) => left.extend(container.children().copied()),
                None => return false,
            }
        }
        panels.sort_unstable();
        panels == Panel::ALL && !self.hidden.contains(&Panel::Galleries) && !self.floating.contains(&Panel::Galleries)
    }

    /// Only what is shown is laid out; in a small window the queue and its details have the room.
    fn lay_out(&mut self, size: egui::Vec2) {
        let panes: Vec<(TileId, Panel)> = self
            .tree
            .tiles
            .iter()
            .filter_map(|(id, tile)| if let Tile::Pane(panel) = tile { Some((*id, *panel)) } else { None })
            .collect();
        for (id, panel) in panes {
            let fits = match panel {
                Panel::Filters => size.x >= theme::FILTERS_FROM,
                Panel::Quick | Panel::Hosts => size.x >= theme::SIDE_FROM && size.y >= theme::BELOW_FROM,
                Panel::Progress | Panel::Speed => size.y >= theme::BELOW_FROM,
                Panel::Galleries | Panel::Details | Panel::Log => true,
            };
            let docked = !self.hidden.contains(&panel) && !self.floating.contains(&panel);
            self.tree.set_visible(id, docked && fits);
        }
    }
}

/// What is in a panel scrolls in it, however low it is: egui's own smallest height would be cut off.
fn scroll() -> egui::ScrollArea {
    egui::ScrollArea::vertical().auto_shrink(false).min_scrolled_height(0.0)
}

/// The filters at the left, the queue in the middle, what it is about at the right, how it goes below.
fn first_tree() -> Tree<Panel> {
    let mut tiles = Tiles::default();
    let mut pane = |panel| tiles.insert_pane(panel);
    let [galleries, filters, quick, hosts, details, progress, speed, log] = Panel::ALL.map(&mut pane);
    let right = linear(&mut tiles, LinearDir::Vertical, &[(quick, 0.285), (hosts, 0.2), (details, 0.515)]);
    let top = linear(&mut tiles, LinearDir::Horizontal, &[(filters, 0.125), (galleries, 0.655), (right, 0.22)]);
    let below = linear(&mut tiles, LinearDir::Horizontal, &[(progress, 0.5), (speed, 0.5)]);
    let root = linear(&mut tiles, LinearDir::Vertical, &[(top, 0.8), (below, 0.2), (log, 0.2)]);
    Tree::new(Id::unique("panels"), root, tiles)
}

fn linear(tiles: &mut Tiles<Panel>, dir: LinearDir, children: &[(TileId, f32)]) -> TileId {
    let mut linear = Linear::new(dir, children.iter().map(|child| child.0).collect());
    for (child, share) in children {
        linear.shares.set_share(*child, *share);
    }
    tiles.insert_container(Container::Linear(linear))
}

#[cfg(test)]
mod tests {
    use super::{Panel, Panels};

    #[test]
    fn what_is_twice_or_missing_is_not_whole() {
        assert!(Panels::default().is_whole());
        let mut panels = Panels::default();
        let root = panels.tree.root.expect("a root");
        panels.tree.remove_recursively(root);
        assert!(!panels.is_whole());
    }

    #[test]
    fn the_queue_cannot_be_hidden() {
        let mut panels = Panels::default();
        panels.set_shown(Panel::Galleries, false);
        assert!(panels.is_shown(Panel::Galleries));
    }
}
