//! Where things from outside are dragged over the window, and where they were dropped. The window's library does not say, so a thread asks the system
//! as long as something is dragged; the window reads what it said without waiting. Decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use eframe::egui::{DroppedFileHandle, RawInput};

use super::arranger::{self, Bell};
use super::window::Waker;
use crate::platform::pointer::{self, Look, Place};

/// How often the pointer is looked at while something is dragged.
const EVERY: Duration = Duration::from_millis(33);
/// What was dropped does not wait longer until it is known where.
const KNOWN_WITHIN: Duration = Duration::from_millis(150);
/// A place that no window has.
const NOWHERE: Place = [i16::MIN, i16::MIN];

/// The thread that asks the system. It rests while nobody wants to know, and ends when this is dropped.
pub struct Pointer {
    shared: Arc<Shared>,
    bell: Bell,
}

#[derive(Default)]
struct Shared {
    window: AtomicIsize,
    is_wanted: AtomicBool,
    /// The number of the last question.
    asked: AtomicU32,
    /// The question that was answered, and the place: one number, so that they belong together.
    said: AtomicU64,
}

/// What is known of the pointer since the last question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    NothingYet,
    /// The system does not know, or does not tell.
    Nowhere,
    At(Place),
}

impl Pointer {
    /// Begins to rest.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        Self::start_with(waker, pointer::over)
    }

    fn start_with(waker: Waker, over: impl Fn(isize) -> Option<Look> + Send + 'static) -> std::io::Result<Self> {
        let (shared, (bell, rings)) = (Arc::new(Shared::default()), arranger::bell());
        let asker = Asker { shared: Arc::clone(&shared), waker, rings, over };
        // Nobody waits for it at the end: a place that the system has not said yet is of no use to anybody.
        std::thread::Builder::new().name("pointer".to_owned()).spawn(move || asker.run())?;
        Ok(Self { shared, bell })
    }

    /// The window as the system knows it.
    pub fn set_window(&self, window: isize) {
        self.shared.window.store(window, Ordering::Release);
    }

    /// Whether anybody wants to know. What was said before is no answer any more.
    fn want(&self, is_wanted: bool) {
        if self.shared.is_wanted.swap(is_wanted, Ordering::AcqRel) != is_wanted {
            self.ask();
        }
    }

    /// Only what the system says from now on counts.
    fn ask(&self) {
        self.shared.asked.fetch_add(1, Ordering::AcqRel);
        self.bell.ring();
    }

    fn said(&self) -> Said {
        let (question, place) = unpacked(self.shared.said.load(Ordering::Acquire));
        match place {
            _ if question != self.shared.asked.load(Ordering::Acquire) => Said::NothingYet,
            NOWHERE => Said::Nowhere,
            place => Said::At(place),
        }
    }
}

/// What the thread works with.
struct Asker<O> {
    shared: Arc<Shared>,
    waker: Waker,
    rings: Receiver<()>,
    over: O,
}

impl<O: Fn(isize) -> Option<Look>> Asker<O> {
    fn run(self) {
        while self.rings.recv().is_ok() {
            if self.shared.is_wanted.load(Ordering::Acquire) {
                self.watch();
            }
        }
    }

    /// Looks and says where the pointer is, until nobody wants to know.
    fn watch(&self) {
        let mut look = (self.over)(self.shared.window.load(Ordering::Acquire));
        while self.shared.is_wanted.load(Ordering::Acquire) {
            let question = self.shared.asked.load(Ordering::Acquire);
            let said = packed(question, look.as_mut().and_then(|look| look()).unwrap_or(NOWHERE));
            if self.shared.said.swap(said, Ordering::AcqRel) != said {
                self.waker.wake();
            }
            if self.rings.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }
}

fn packed(question: u32, [x, y]: Place) -> u64 {
    let ([q0, q1, q2, q3], [x0, x1], [y0, y1]) = (question.to_be_bytes(), x.to_be_bytes(), y.to_be_bytes());
    u64::from_be_bytes([q0, q1, q2, q3, x0, x1, y0, y1])
}

fn unpacked(said: u64) -> (u32, Place) {
    let [q0, q1, q2, q3, x0, x1, y0, y1] = said.to_be_bytes();
    (u32::from_be_bytes([q0, q1, q2, q3]), [i16::from_be_bytes([x0, x1]), i16::from_be_bytes([y0, y1])])
}

/// What was dropped, as long as it is not known where.
#[derive(Default)]
pub struct Drops {
    held: Vec<DroppedFileHandle>,
    since: Option<Instant>,
}

/// What a look at the input has shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dragged {
    /// Where the things are that are dragged, or where those were dropped that are in the input.
    pub at: Option<Place>,
    /// Something is held, and shall be looked at again within that time.
    pub again: Option<Duration>,
}

impl Drops {
    /// Holds what was dropped until the pointer's place at that moment is known, or until nobody would wait any longer; then it is in the input.
    /// Nothing is given to a window that draws nothing.
    pub fn look(&mut self, input: &mut RawInput, pointer: &Pointer, now: Instant) -> Dragged {
        if !input.dropped_files.is_empty() {
            self.held.append(&mut input.dropped_files);
            self.since.get_or_insert(now);
            pointer.ask();
        }
        let (is_over, is_drawn) = (!input.hovered_files.is_empty(), input.viewport().visible() != Some(false));
        pointer.want(is_drawn && (is_over || !self.held.is_empty()));
        let said = pointer.said();
        let waited = self.since.map(|since| now.saturating_duration_since(since));
        let rest = waited.map_or(Duration::ZERO, |waited| KNOWN_WITHIN.saturating_sub(waited));
        if is_drawn && (said != Said::NothingYet || rest.is_zero()) {
            input.dropped_files.append(&mut self.held);
            self.since = None;
            pointer.want(is_over);
        }
        let is_held = is_drawn && !self.held.is_empty();
        let at = match said {
            Said::At(place) if is_over || !input.dropped_files.is_empty() => Some(place),
            _ => None,
        };
        Dragged { at, again: is_held.then_some(rest) }
    }

    /// What is held still, when there is no window any more.
    pub fn rest(&mut self) -> Vec<std::path::PathBuf> {
        self.held.drain(..).map(|file| file.path().to_path_buf()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{SyncSender, sync_channel};

    use eframe::egui;

    /// A system that says where the pointer is when the test wants it to.
    struct System {
        pointer: Pointer,
        place: SyncSender<Option<Place>>,
        /// Each time somebody begins to ask; what comes is cut off when nobody asks any more.
        asked: Receiver<Receiver<()>>,
    }

    fn system() -> System {
        let (place, places) = sync_channel(8);
        let (tell, asked) = sync_channel(8);
        let places = std::sync::Mutex::new(places);
        let over = move |_| -> Option<Look> {
            let (alive, ended) = sync_channel::<()>(0);
            tell.send(ended).ok()?;
            let places = std::mem::replace(&mut *places.lock().ok()?, sync_channel(0).1);
            Some(Box::new(move || {
                let _ = &alive;
                places.recv().ok()?
            }))
        };
        System { pointer: Pointer::start_with(Waker::default(), over).expect("a thread"), place, asked }
    }

    #[derive(Debug)]
    struct Dropped(std::path::PathBuf);

    impl egui::DroppedFile for Dropped {
        fn path(&self) -> &std::path::Path {
            &self.0
        }

        fn bytes(&self) -> Result<Vec<u8>, String> {
            Err("never read".to_owned())
        }
    }

    fn hovering() -> RawInput {
        RawInput { hovered_files: vec![egui::HoveredFile::default()], ..RawInput::default() }
    }

    fn dropping(name: &str) -> RawInput {
        RawInput { dropped_files: vec![Arc::new(Dropped(name.into()))], ..RawInput::default() }
    }

    /// Looks again and again until it is known where.
    fn wait(
        drops: &mut Drops,
        pointer: &Pointer,
        mut input: impl FnMut() -> RawInput,
        at: Instant,
    ) -> (Place, RawInput) {
        loop {
            let mut input = input();
            if let Some(place) = drops.look(&mut input, pointer, at).at {
                return (place, input);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_said_and_to_which_question_stays_together() {
        for (question, place) in [(0, [0, 0]), (7, [-3, 1200]), (u32::MAX, [i16::MAX, -1]), (1, NOWHERE)] {
            assert_eq!(unpacked(packed(question, place)), (question, place));
        }
    }

    #[test]
    fn the_system_is_asked_only_while_something_is_dragged() {
        let (system, mut drops, now) = (system(), Drops::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(drops.look(&mut RawInput::default(), &system.pointer, now), Dragged::default());
        }
        assert!(system.asked.try_recv().is_err(), "nothing is dragged");
        system.place.send(Some([10, 20])).expect("it is asked");
        assert_eq!(wait(&mut drops, &system.pointer, hovering, now).0, [10, 20]);
        let asking = system.asked.recv().expect("it was asked");
        assert_eq!(drops.look(&mut RawInput::default(), &system.pointer, now), Dragged::default(), "it is gone");
        let _ = system.place.send(Some([30, 40])); // The last question may still be open.
        assert!(asking.recv().is_err(), "nobody asks any more");
        assert_eq!(drops.look(&mut hovering(), &system.pointer, now).at, None, "the place of another time is none");
    }

    #[test]
    fn a_drop_waits_for_the_place_it_had() {
        let (system, mut drops, now) = (system(), Drops::default(), Instant::now());
        system.place.send(Some([10, 20])).expect("it is asked");
        wait(&mut drops, &system.pointer, hovering, now);
        let mut input = dropping("/a");
        let dragged = drops.look(&mut input, &system.pointer, now);
        assert_eq!(dragged, Dragged { at: None, again: Some(KNOWN_WITHIN) });
        assert!(input.dropped_files.is_empty(), "that it was at another place before says nothing");
        let mut second = dropping("/b");
        drops.look(&mut second, &system.pointer, now + KNOWN_WITHIN / 3);
        assert!(second.dropped_files.is_empty());
        // One may be the answer to a question from before.
        for _ in 0..2 {
            system.place.send(Some([50, 60])).expect("it is asked");
        }
        let (place, input) = wait(&mut drops, &system.pointer, RawInput::default, now);
        assert_eq!(place, [50, 60]);
        let paths: Vec<_> = input.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        assert_eq!(paths, [std::path::PathBuf::from("/a"), "/b".into()]);
        assert_eq!(drops.look(&mut RawInput::default(), &system.pointer, now), Dragged::default(), "once");
    }

    #[test]
    fn a_drop_waits_for_no_system_that_says_nothing() {
        let (system, mut drops, now) = (system(), Drops::default(), Instant::now());
        assert!(drops.look(&mut dropping("/a"), &system.pointer, now).again.is_some());
        let (mut early, mut late) = (RawInput::default(), RawInput::default());
        let again = drops.look(&mut early, &system.pointer, now + KNOWN_WITHIN / 3).again;
        assert_eq!((early.dropped_files.len(), again), (0, KNOWN_WITHIN.checked_sub(KNOWN_WITHIN / 3)));
        assert_eq!(drops.look(&mut late, &system.pointer, now + KNOWN_WITHIN), Dragged::default());
        assert_eq!(late.dropped_files.len(), 1);
        // Nor where the system cannot say it at all.
        let nowhere = Pointer::start_with(Waker::default(), |_| None).expect("a thread");
        let mut input = dropping("/b");
        while input.dropped_files.is_empty() {
            drops.look(&mut input, &nowhere, now);
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_held_when_the_window_goes_is_there_still() {
        let (system, mut drops, now) = (system(), Drops::default(), Instant::now());
        drops.look(&mut dropping("/a"), &system.pointer, now);
        let mut hidden = dropping("/b");
        hidden.viewports.entry(egui::ViewportId::ROOT).or_default().minimized = Some(true);
        let dragged = drops.look(&mut hidden, &system.pointer, now + KNOWN_WITHIN);
        assert_eq!(
            (hidden.dropped_files.len(), dragged),
            (0, Dragged::default()),
            "a window that draws nothing takes nothing"
        );
        assert_eq!(drops.rest(), [std::path::PathBuf::from("/a"), "/b".into()]);
        assert!(drops.rest().is_empty());
    }
}
