//! The thread that makes the small pictures of the details panel: reading and shrinking an image takes longer than a frame. Decides nothing.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use eframe::egui::ColorImage;
use tokio::sync::watch;

use super::window::Waker;
use crate::engine;
use crate::ui::{Made, Wish};

/// Pictures that may wait for the window.
const MADE_MAX: usize = 16;

/// Makes pictures, newest wishes only, until it is dropped.
pub struct Pictures {
    wishes: watch::Sender<Arc<[Wish]>>,
    bell: SyncSender<()>,
    made: Receiver<Made>,
}

impl Pictures {
    /// Begins.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: Waker, edge_px: u32) -> std::io::Result<Self> {
        let (wishes, wanted) = watch::channel(Arc::from([]));
        let (bell, rings) = sync_channel(1);
        let (give, made) = sync_channel(MADE_MAX);
        let maker = Maker { wanted, give, waker, edge_px, done: HashSet::new() };
        // Nobody waits for it at the end: the picture it may be at is of no use to anybody.
        std::thread::Builder::new().name("pictures".to_owned()).spawn(move || maker.run(&rings))?;
        Ok(Self { wishes, bell, made })
    }

    /// From now on only these are wanted.
    pub fn make(&self, wishes: Arc<[Wish]>) {
        self.wishes.send_replace(wishes);
        let _ = self.bell.try_send(()); // It has been rung already when it is full.
    }

    /// One that was made.
    pub fn take(&self) -> Option<Made> {
        self.made.try_recv().ok()
    }
}

struct Maker {
    wanted: watch::Receiver<Arc<[Wish]>>,
    give: SyncSender<Made>,
    waker: Waker,
    edge_px: u32,
    /// Of the present wishes, those that were made already.
    done: HashSet<crate::ui::PictureOf>,
}

impl Maker {
    fn run(mut self, rings: &Receiver<()>) {
        while rings.recv().is_ok() {
            while let Some(wish) = self.next() {
                let picture = engine::small_picture(&wish.file, self.edge_px)
                    .map(|small| ColorImage::from_rgba_unmultiplied(small.size, &small.rgba));
                if self.give.send((wish.of, picture)).is_err() {
                    return;
                }
                self.done.insert(wish.of);
                self.waker.wake();
            }
        }
    }

    /// What to make next: the first one on the screen that is not there.
    fn next(&mut self) -> Option<Wish> {
        let wanted = Arc::clone(&self.wanted.borrow_and_update());
        self.done.retain(|done| wanted.iter().any(|wish| wish.of == *done));
        wanted.iter().find(|wish| !self.done.contains(&wish.of)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::GalleryId;
    use crate::ui::PictureOf;

    #[test]
    fn pictures_are_made_small_and_what_is_none_is_said() {
        let dir = tempfile::tempdir().expect("a directory");
        let (good, bad) = (dir.path().join("good.png"), dir.path().join("bad.png"));
        image::RgbImage::from_pixel(400, 200, image::Rgb([200, 0, 0])).save(&good).expect("saved");
        std::fs::write(&bad, "no picture").expect("written");
        let of = |position| PictureOf { gallery: GalleryId(1), position, modified_at: 0, bytes: 0 };
        let pictures = Pictures::start(Waker::default(), 96).expect("a thread");
        let wishes = [(0, good), (1, bad), (2, dir.path().join("not there.jpg"))];
        pictures.make(wishes.into_iter().map(|(position, file)| Wish { of: of(position), file }).collect());
        let mut made = Vec::new();
        while made.len() < 3 {
            made.extend(pictures.made.recv().ok());
        }
        assert_eq!(made.iter().map(|made| made.0.position).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(made[0].1.as_ref().map(|picture| picture.size), Some([96, 48]));
        assert!(made[1].1.is_none() && made[2].1.is_none());
        assert!(pictures.take().is_none(), "nothing is made twice");
    }
}
