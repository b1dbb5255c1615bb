//! The thread that filters, sorts and counts what the window shows: 100,000 galleries take longer than a frame. Decides nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::window::Waker;
use crate::core::{Scene, Snapshot, Wanted};

/// The room on the drive is looked at no more often.
const DISK_EVERY: Duration = Duration::from_secs(10);

/// Says that there is something new. Never waits, cheap to clone; works before the arranger has begun.
#[derive(Clone, Debug)]
pub struct Bell(SyncSender<()>);

impl Bell {
    /// Rings.
    pub fn ring(&self) {
        let _ = self.0.try_send(()); // It has been rung already when it is full.
    }
}

/// A bell, and what hears it.
#[must_use]
pub fn bell() -> (Bell, Receiver<()>) {
    let (sender, receiver) = sync_channel(1);
    (Bell(sender), receiver)
}

/// What the arranger is made of.
pub struct Parts {
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    pub rings: Receiver<()>,
    pub bell: Bell,
    pub waker: Waker,
    pub data_dir: PathBuf,
}

/// Makes scenes of snapshots as they are wanted, until it is dropped.
pub struct Arranger {
    wanted: watch::Sender<Arc<Wanted>>,
    scenes: watch::Receiver<Arc<Scene>>,
    bell: Bell,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Arranger {
    /// Begins. The first scene is there at once, so that the first frame shows the queue.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(parts: Parts, wanted: Arc<Wanted>) -> std::io::Result<Self> {
        let Parts { mut snapshots, rings, bell, waker, data_dir } = parts;
        let mut disk = Disk { data_dir, looked: None, free: None };
        let mut first = Scene::default().next(Arc::clone(&snapshots.borrow_and_update()), Arc::clone(&wanted), now());
        first.disk_free = disk.free();
        let (wanted, mut wants) = watch::channel(wanted);
        let (made, scenes) = watch::channel(Arc::new(first));
        let ending = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&ending);
        let work = move || {
            // Letting go of the last scene that has a snapshot costs as much as a frame may, so that is never left to the window.
            let mut retired: Vec<Arc<Scene>> = Vec::new();
            while rings.recv().is_ok() && !ends.load(Ordering::Acquire) {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                let wanted = Arc::clone(&wants.borrow_and_update());
                let mut next = made.borrow().next(snapshot, wanted, now());
                next.disk_free = disk.free();
                retired.push(made.send_replace(Arc::new(next)));
                waker.wake();
                retired.retain(|scene| Arc::strong_count(scene) > 1);
            }
        };
        let thread = std::thread::Builder::new().name("arranger".to_owned()).spawn(work)?;
        bell.ring();
        Ok(Self { wanted, scenes, bell, ending, thread: Some(thread) })
    }

    /// From now on the queue is wanted so.
    pub fn want(&self, wanted: Arc<Wanted>) {
        self.wanted.send_replace(wanted);
        self.bell.ring();
    }

    /// The newest scene.
    pub fn scene(&mut self) -> Arc<Scene> {
        Arc::clone(&self.scenes.borrow_and_update())
    }
}

impl Drop for Arranger {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        self.bell.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // It has nothing left to say.
        }
    }
}

/// How much room there is, looked at now and then.
struct Disk {
    data_dir: PathBuf,
    looked: Option<Instant>,
    free: Option<u64>,
}

impl Disk {
    fn free(&mut self) -> Option<u64> {
        if self.looked.is_none_or(|looked| looked.elapsed() >= DISK_EVERY) {
            self.looked = Some(Instant::now());
            self.free = fs4::available_space(&self.data_dir).ok();
        }
        self.free
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_made_and_what_is_new_too() {
        let (publish, snapshots) = watch::channel(Arc::new(Snapshot::default()));
        let (bell, rings) = bell();
        let dir = tempfile::tempdir().expect("a directory");
        let (waker, data_dir) = (Waker::default(), dir.path().to_owned());
        let parts = Parts { snapshots, rings, bell: bell.clone(), waker, data_dir };
        let mut arranger = Arranger::start(parts, Arc::default()).expect("a thread");
        let wanted = Arc::new(Wanted { words: "x".to_owned(), ..Wanted::default() });
        arranger.want(Arc::clone(&wanted));
        while *arranger.scene().wanted != *wanted {
            std::thread::yield_now();
        }
        publish.send_replace(Arc::new(Snapshot { bytes_per_second: 7, ..Snapshot::default() }));
        bell.ring();
        while arranger.scene().snapshot.bytes_per_second != 7 {
            std::thread::yield_now();
        }
        assert!(arranger.scene().disk_free.is_some());
    }
}
