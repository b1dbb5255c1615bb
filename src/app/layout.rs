//! Keeps the layout of the window in a file: read once before the window is there, written on a thread of its own, whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::files;
use crate::ui::Layout;

/// The file in the data directory.
const FILE: &str = "layout.json";
/// Where one is put that cannot be used.
const SET_ASIDE: &str = "layout.old.json";
/// Larger than any layout, in bytes.
const BYTES_MAX: u64 = 1 << 20;
/// Changes of so long a time are written at once: a panel that is being dragged changes with every frame.
const GATHERED: Duration = Duration::from_millis(400);

/// The layout of the last time, and what a person must know when it could not be used.
pub fn load(data_dir: &Path) -> (Layout, Option<String>) {
    let file = data_dir.join(FILE);
    let read = match files::read_plain(&file, BYTES_MAX) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Layout::default(), None),
        Err(error) => Err(error.to_string()),
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| error.to_string()),
    };
    match read.and_then(|text| Layout::read(&text)) {
        Ok(layout) => (layout, None),
        Err(why) => {
            let kept = set_aside(&file, &data_dir.join(SET_ASIDE));
            let words =
                format!("The window looks as at first: its layout of the last time cannot be used, {why}. {kept}");
            (Layout::default(), Some(words))
        }
    }
}

/// Puts a file out of the way that cannot be used; what became of it, in words.
pub fn set_aside(file: &Path, aside: &Path) -> String {
    match files::rename(file, aside) {
        Ok(()) => format!("It is kept as {}.", aside.display()),
        Err(error) => format!("It could not be set aside ({error})."),
    }
}

/// Writes what it is given, the newest at last.
pub struct Keeper {
    layouts: watch::Sender<Option<Arc<Layout>>>,
    /// Rung when there is something to write; gone when it is the end.
    bell: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// # Errors
    /// When the system gives no thread.
    pub fn start(data_dir: PathBuf) -> std::io::Result<Self> {
        let (layouts, mut newest) = watch::channel(None::<Arc<Layout>>);
        let (bell, rings) = sync_channel(1);
        let work = move || {
            let mut is_last = false;
            while !is_last && rings.recv().is_ok() {
                is_last = gather(&rings);
                if let Some(layout) = newest.borrow_and_update().clone()
                    && let Err(error) = write(&data_dir, &layout)
                {
                    tracing::warn!("The layout of the window could not be kept: {error}");
                }
            }
        };
        let thread = std::thread::Builder::new().name("layout".to_owned()).spawn(work)?;
        Ok(Self { layouts, bell: Some(bell), thread: Some(thread) })
    }

    /// From now on this is the layout. Never waits.
    pub fn keep(&self, layout: Arc<Layout>) {
        self.layouts.send_replace(Some(layout));
        if let Some(bell) = &self.bell {
            let _ = bell.try_send(()); // It has been rung already when it is full.
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.bell.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // It has nothing left to say.
        }
    }
}

/// Lets more come; says whether it is the end.
fn gather(rings: &Receiver<()>) -> bool {
    let end = std::time::Instant::now() + GATHERED;
    loop {
        match rings.recv_timeout(end.saturating_duration_since(std::time::Instant::now())) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => return true,
        }
    }
}

fn write(data_dir: &Path, layout: &Layout) -> std::io::Result<()> {
    let text = layout.write()?;
    let mut file = tempfile::Builder::new().prefix(".layout").suffix(".partial").tempfile_in(data_dir)?;
    file.write_all(text.as_bytes())?;
    files::replace(file, &data_dir.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::TabId;

    #[test]
    fn the_newest_layout_is_there_after_the_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let keeper = Keeper::start(dir.path().to_owned()).expect("a thread");
        for tab in 1..=50 {
            keeper.keep(Arc::new(Layout { tab: Some(TabId(tab)), ..Layout::default() }));
        }
        drop(keeper);
        let (layout, words) = load(dir.path());
        assert_eq!((layout.tab, words), (Some(TabId(50)), None));
    }

    #[test]
    fn a_broken_one_is_set_aside_and_said() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(load(dir.path()), (Layout::default(), None));
        std::fs::write(dir.path().join(FILE), "{\"version\": 999}").expect("written");
        let (layout, words) = load(dir.path());
        assert_eq!(layout, Layout::default());
        let words = words.expect("it is said");
        assert!(words.contains("newer") && words.contains(SET_ASIDE), "{words}");
        assert_eq!(std::fs::read_to_string(dir.path().join(SET_ASIDE)).expect("kept"), "{\"version\": 999}");
        assert_eq!(load(dir.path()), (Layout::default(), None));
    }
}
