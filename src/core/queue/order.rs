//! The order of the queue: positions with gaps, so that a move changes few rows.

use std::collections::BTreeSet;

use super::Queue;
use crate::core::gallery::{Place, Priority};
use crate::core::{Direction, GalleryId};

/// Distance between neighbours.
const GAP: i64 = 1 << 20;

impl Queue {
    /// The place of a new gallery: at the end.
    pub(super) fn last_place(&self) -> Place {
        let last = self.index.ends().map_or(0, |(_, last)| last);
        Place { position: last.saturating_add(GAP), ..Place::default() }
    }

    /// Moves galleries and keeps their order among themselves. Returns those that have another position now.
    pub(super) fn move_all(&mut self, ids: &BTreeSet<GalleryId>, direction: Direction) -> Vec<GalleryId> {
        let mut moving: Vec<_> = ids.iter().filter_map(|id| self.galleries.get(id)).collect();
        moving.sort_by_key(|gallery| (gallery.place.position, gallery.id));
        let mut moving: Vec<_> = moving.into_iter().map(|gallery| gallery.id).collect();
        if let Direction::Before(target) = direction {
            return self.move_before(moving, target);
        }
        // From the end that they move away from, so that none passes another.
        if matches!(direction, Direction::Top | Direction::Down) {
            moving.reverse();
        }
        let before: Vec<_> = moving.iter().map(|id| self.position(*id)).collect();
        for id in &moving {
            match direction {
                Direction::Top | Direction::Bottom => self.move_to_end(*id, direction == Direction::Top),
                Direction::Up | Direction::Down | Direction::Before(_) => {
                    self.swap_with_neighbour(*id, direction == Direction::Up, ids);
                }
            }
        }
        let changed = moving.iter().zip(before).filter(|(id, before)| self.position(**id) != *before);
        changed.map(|(id, _)| *id).collect()
    }

    /// Puts `moving`, which are in order, in front of `target`; of those behind it only so many move that there is room.
    fn move_before(&mut self, moving: Vec<GalleryId>, target: GalleryId) -> Vec<GalleryId> {
        let among: BTreeSet<_> = moving.iter().copied().collect();
        let next = |queue: &Self, id, up| {
            let mut at = queue.index.neighbour((queue.position(id), id), up);
            while let Some(id) = at.filter(|id| among.contains(id)) {
                at = queue.index.neighbour((queue.position(id), id), up);
            }
            at
        };
        if !self.galleries.contains_key(&target) {
            return Vec::new(); // It has left the queue meanwhile.
        }
        let mut behind = if among.contains(&target) { next(self, target, false) } else { Some(target) };
        let before = match behind {
            Some(id) => next(self, id, true),
            None => next(self, target, true),
        };
        let mut placed = moving;
        let count = |placed: &[GalleryId]| i64::try_from(placed.len()).unwrap_or(i64::MAX / GAP).saturating_add(1);
        let room = count(&placed).saturating_mul(GAP);
        let lower = match (before, behind) {
            (Some(before), _) => self.position(before),
            (None, Some(behind)) => self.position(behind).saturating_sub(room),
            (None, None) => return Vec::new(), // They are all there is.
        };
        let upper = loop {
            let Some(id) = behind else { break lower.saturating_add(count(&placed).saturating_mul(GAP)) };
            let upper = self.position(id);
            if upper.saturating_sub(lower) > count(&placed) {
                break upper;
            }
            placed.push(id);
            behind = next(self, id, false);
        };
        let step = upper.saturating_sub(lower) / count(&placed);
        let mut changed = Vec::new();
        for (id, place) in placed.into_iter().zip(1..) {
            let position = lower.saturating_add(step.saturating_mul(place));
            if self.position(id) != position {
                self.rearrange(id, |gallery| gallery.place.position = position);
                changed.push(id);
            }
        }
        changed
    }

    fn position(&self, id: GalleryId) -> i64 {
        self.galleries.get(&id).map_or(0, |gallery| gallery.place.position)
    }

    fn move_to_end(&mut self, id: GalleryId, top: bool) {
        let Some((first, last)) = self.index.ends() else { return };
        let position = if top { first.saturating_sub(GAP) } else { last.saturating_add(GAP) };
        self.rearrange(id, |gallery| gallery.place.position = position);
    }

    fn swap_with_neighbour(&mut self, id: GalleryId, up: bool, moving: &BTreeSet<GalleryId>) {
        let place = (self.position(id), id);
        // One that moves, too, and could not: nobody passes it.
        let Some(other) = self.index.neighbour(place, up).filter(|other| !moving.contains(other)) else { return };
        let (ours, theirs) = (place.0, self.position(other));
        self.rearrange(id, |gallery| gallery.place.position = theirs);
        self.rearrange(other, |gallery| gallery.place.position = ours);
    }

    pub(super) fn set_priority(&mut self, id: GalleryId, priority: Priority) -> bool {
        let changed = self.galleries.get(&id).is_some_and(|gallery| gallery.place.priority != priority);
        if changed {
            self.rearrange(id, |gallery| gallery.place.priority = priority);
        }
        changed
    }
}
