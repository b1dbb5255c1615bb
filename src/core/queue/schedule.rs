//! Who is next: scans, galleries and images, within the limits.

use super::{Effect, Queue, Work, Write};
use crate::core::{Gallery, GalleryId, GalleryState, Millis};

/// Folders scanned at once.
pub(super) const SCANS_MAX: usize = 4;
/// Galleries of one host whose images are sent at once.
pub(super) const GALLERIES_PER_HOST_MAX: usize = 1;

impl Queue {
    /// Fills every free slot.
    pub(super) fn schedule(&mut self, now: Millis) {
        self.drop_drained_work();
        if self.stopping {
            return;
        }
        self.start_scans();
        self.start_galleries();
        self.start_images(now);
    }

    /// Work of galleries that are no longer uploading ends with its last transfer.
    fn drop_drained_work(&mut self) {
        let galleries = &self.galleries;
        self.work.retain(|id, work| {
            let uploading = galleries.get(id).is_some_and(|gallery| gallery.state == GalleryState::Uploading);
            uploading || !work.is_drained()
        });
    }

    fn start_scans(&mut self) {
        while self.index.scanning() < SCANS_MAX {
            let Some(id) = self.index.first_unscanned(&self.scope) else { return };
            self.transition(id, GalleryState::Scanning);
            if let Some(gallery) = self.galleries.get(&id) {
                self.effects.push(Effect::Scan { gallery: id, path: gallery.folder.path.clone() });
            }
        }
    }

    fn start_galleries(&mut self) {
        for id in self.index.first_queued(&self.scope) {
            let Some(gallery) = self.galleries.get(&id) else { continue };
            if self.sending(&gallery.host) >= GALLERIES_PER_HOST_MAX {
                continue;
            }
            self.transition(id, GalleryState::Uploading);
            // After a quick pause and start its transfers may still be under way: the work goes on.
            if let (None, Some(gallery)) = (self.work.get(&id), self.galleries.get(&id)) {
                self.effects.push(Effect::Begin(Box::new(gallery.clone())));
                self.work.insert(id, Work::default());
            }
        }
    }

    /// Galleries of `host` that hold its slots. One that only waits for being closed does not.
    fn sending(&self, host: &str) -> usize {
        let holds = |(id, work): &(&GalleryId, &Work)| {
            let uploading = |gallery: &Gallery| gallery.host == host && gallery.state == GalleryState::Uploading;
            !work.is_closing() && self.galleries.get(id).is_some_and(uploading)
        };
        self.work.iter().filter(holds).count()
    }

    fn start_images(&mut self, now: Millis) {
        let mut free = self.settings.parallel_images.saturating_sub(self.in_flight());
        for (id, work) in &mut self.work {
            let Some(gallery) = self.galleries.get(id) else { continue };
            if gallery.state != GalleryState::Uploading {
                continue;
            }
            if work.is_due_to_begin(now) {
                self.effects.push(Effect::Begin(Box::new(gallery.clone())));
                continue;
            }
            while free > 0 {
                let Some(image) = work.next_image(now) else { break };
                free -= 1;
                self.effects.push(Effect::Write(Write::PutImage(*id, Box::new(image.clone()))));
                self.effects.push(Effect::Upload { gallery: Box::new(gallery.clone()), image: Box::new(image) });
            }
            if let Some(images) = work.close_when_done(now) {
                self.effects.push(Effect::Close { gallery: Box::new(gallery.clone()), images });
            }
        }
    }
}
