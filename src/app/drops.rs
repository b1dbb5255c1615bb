//! What is dragged over the window from outside, and what is dropped on it, on its way to [`crate::ui`]: from the window's library, which does not say
//! where, or from the system itself. Decides nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use eframe::egui::{DroppedFile, DroppedFileHandle, HoveredFile, RawInput};

use super::pointer::{Pointer, Said};
use super::uri_list::{self, Things};
use super::window::Waker;
use crate::platform::drag::{self, Drag, Place};

/// What was dropped does not wait longer until it is known where.
const KNOWN_WITHIN: Duration = Duration::from_millis(150);
/// What the window may not have looked at yet.
const TOLD_MAX: usize = 64;
const LOST: &str = "What was dropped could not be added: the program that it comes from has not said what it is. Drop it again, or use “Add folders…”.";

/// What was dropped, as long as the window does not have it.
pub struct Drops {
    pointer: Pointer,
    waker: Waker,
    /// From the window's library, as long as it is not known where.
    held: Vec<DroppedFileHandle>,
    since: Option<Instant>,
    tell: SyncSender<Told>,
    told: Receiver<Told>,
    /// What is over the window now, if the system itself has told.
    over: Option<(Place, Arc<Things>)>,
}

/// What the system has told of a drag.
#[derive(Debug)]
enum Told {
    Over(Place, Arc<Things>),
    Gone,
    Dropped(Place, Arc<Things>),
    Lost,
}

/// What a look at the input has shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Dragged {
    /// Where the things are that are dragged, or where those were dropped that are in the input.
    pub at: Option<Place>,
    /// What of the things that are dragged is not on this computer.
    pub elsewhere: Arc<[String]>,
    /// There is something still, and shall be looked at again within that time.
    pub again: Option<Duration>,
    /// What could not be taken of what was dropped, in words.
    pub trouble: Option<String>,
}

impl Drops {
    /// Nothing comes before there is a window.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        Ok(Self::with(Pointer::start(waker.clone())?, waker))
    }

    fn with(pointer: Pointer, waker: Waker) -> Self {
        let (tell, told) = sync_channel(TOLD_MAX);
        Self { pointer, waker, held: Vec::new(), since: None, tell, told, over: None }
    }

    /// The window as the system knows it. What was over another one is not over this one.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn set_window(&mut self, window: isize) -> std::io::Result<()> {
        self.over = None;
        self.pointer.set_window(window);
        drag::receive(window, teller(self.tell.clone(), self.waker.clone()))
    }

    /// Puts into the input what is dragged and what was dropped. Nothing is given to a window that draws nothing.
    pub fn look(&mut self, input: &mut RawInput, now: Instant) -> Dragged {
        let is_drawn = input.viewport().visible() != Some(false);
        let mut dragged = self.look_at_library(input, is_drawn, now);
        if is_drawn {
            self.look_at_system(input, &mut dragged);
        }
        dragged
    }

    /// Holds what was dropped until the pointer's place at that moment is known, or until nobody would wait any longer; then it is in the input.
    fn look_at_library(&mut self, input: &mut RawInput, is_drawn: bool, now: Instant) -> Dragged {
        if !input.dropped_files.is_empty() {
            self.held.append(&mut input.dropped_files);
            self.since.get_or_insert(now);
            self.pointer.ask();
        }
        let is_over = !input.hovered_files.is_empty();
        self.pointer.want(is_drawn && (is_over || !self.held.is_empty()));
        let said = self.pointer.said();
        let waited = self.since.map(|since| now.saturating_duration_since(since));
        let rest = waited.map_or(Duration::ZERO, |waited| KNOWN_WITHIN.saturating_sub(waited));
        if is_drawn && (said != Said::NothingYet || rest.is_zero()) {
            input.dropped_files.append(&mut self.held);
            self.since = None;
            self.pointer.want(is_over);
        }
        let is_held = is_drawn && !self.held.is_empty();
        let at = match said {
            Said::At(place) if is_over || !input.dropped_files.is_empty() => Some(place),
            _ => None,
        };
        Dragged { at, again: is_held.then_some(rest), ..Dragged::default() }
    }

    /// Takes what the system has told, up to one drop: the next may be at another place, and words about this one must not be lost.
    fn look_at_system(&mut self, input: &mut RawInput, dragged: &mut Dragged) {
        while let Ok(told) = self.told.try_recv() {
            self.over = None;
            match told {
                Told::Over(at, things) => self.over = Some((at, things)),
                Told::Gone => {}
                Told::Lost => {
                    dragged.trouble = Some(LOST.to_owned());
                    dragged.again = Some(Duration::ZERO);
                    return;
                }
                Told::Dropped(at, things) => {
                    dragged.at = Some(at);
                    dragged.trouble = uri_list::not_added(&things.elsewhere);
                    dragged.again = Some(Duration::ZERO);
                    input.dropped_files.extend(
                        things.paths.iter().map(|path| -> DroppedFileHandle { Arc::new(Dropped(path.clone())) }),
                    );
                    return;
                }
            }
        }
        if let Some((at, things)) = &self.over {
            dragged.at = Some(*at);
            dragged.elsewhere = Arc::clone(&things.elsewhere);
            let hovered = |path: &PathBuf| HoveredFile { path: Some(path.clone()), ..HoveredFile::default() };
            input.hovered_files.extend(things.paths.iter().map(hovered));
            if **things == Things::default() {
                input.hovered_files.push(HoveredFile::default());
            }
        }
    }

    /// What the window has not got, when there is no window any more.
    pub fn rest(&mut self) -> Vec<PathBuf> {
        let told = self.told.try_iter().filter_map(|told| match told {
            Told::Dropped(_, things) => Some(things.paths.clone()),
            _ => None,
        });
        self.held.drain(..).map(|file| file.path().to_path_buf()).chain(told.flatten()).collect()
    }
}

/// Passes on what the system tells, with what the things are. Where the things are need not be passed on each time; all else waits for the window.
fn teller(tell: SyncSender<Told>, waker: Waker) -> impl FnMut(Drag) + Send {
    let (host, mut place, mut things) = (drag::host_name(), None, Arc::<Things>::default());
    move |drag| {
        if let Drag::Holds(list) = &drag {
            things = Arc::new(uri_list::read(list, &host));
        }
        let told = match drag {
            Drag::Holds(_) => place.map(|at| Told::Over(at, Arc::clone(&things))),
            Drag::Over(at) => Some(Told::Over(*place.insert(at), Arc::clone(&things))),
            Drag::Gone => Some(Told::Gone),
            Drag::Dropped(at) => Some(Told::Dropped(at, Arc::clone(&things))),
            Drag::Lost => Some(Told::Lost),
        };
        if !matches!(told, None | Some(Told::Over(..))) {
            (place, things) = (None, Arc::default());
        }
        // A window that is gone needs to know nothing.
        let _ = match told {
            Some(over @ Told::Over(..)) => tell.try_send(over).map_err(drop),
            Some(told) => tell.send(told).map_err(drop),
            None => Ok(()),
        };
        waker.wake();
    }
}

/// As [`crate::ui`] takes it. Nobody reads files there.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a path only".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::drag::Look;

    use eframe::egui;

    /// A system that says where the pointer is when the test wants it to.
    struct System {
        drops: Drops,
        place: SyncSender<Option<Place>>,
        /// Each time somebody begins to ask; what comes is cut off when nobody asks any more.
        asked: Receiver<Receiver<()>>,
    }

    fn drops(over: impl Fn(isize) -> Option<Look> + Send + 'static) -> Drops {
        Drops::with(Pointer::start_with(Waker::default(), over).expect("a thread"), Waker::default())
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
        System { drops: drops(over), place, asked }
    }

    fn hovering() -> RawInput {
        RawInput { hovered_files: vec![egui::HoveredFile::default()], ..RawInput::default() }
    }

    fn dropping(name: &str) -> RawInput {
        RawInput { dropped_files: vec![Arc::new(Dropped(name.into()))], ..RawInput::default() }
    }

    /// Looks again and again until it is known where.
    fn wait(drops: &mut Drops, mut input: impl FnMut() -> RawInput, at: Instant) -> (Place, RawInput) {
        loop {
            let mut input = input();
            if let Some(place) = drops.look(&mut input, at).at {
                return (place, input);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_system_is_asked_only_while_something_is_dragged() {
        let (mut system, now) = (system(), Instant::now());
        let drops = &mut system.drops;
        for _ in 0..3 {
            assert_eq!(drops.look(&mut RawInput::default(), now), Dragged::default());
        }
        assert!(system.asked.try_recv().is_err(), "nothing is dragged");
        system.place.send(Some([10, 20])).expect("it is asked");
        assert_eq!(wait(drops, hovering, now).0, [10, 20]);
        let asking = system.asked.recv().expect("it was asked");
        assert_eq!(drops.look(&mut RawInput::default(), now), Dragged::default(), "it is gone");
        let _ = system.place.send(Some([30, 40])); // The last question may still be open.
        assert!(asking.recv().is_err(), "nobody asks any more");
        assert_eq!(drops.look(&mut hovering(), now).at, None, "the place of another time is none");
    }

    #[test]
    fn a_drop_waits_for_the_place_it_had() {
        let (mut system, now) = (system(), Instant::now());
        let drops = &mut system.drops;
        system.place.send(Some([10, 20])).expect("it is asked");
        wait(drops, hovering, now);
        let mut input = dropping("/a");
        let dragged = drops.look(&mut input, now);
        assert_eq!(dragged, Dragged { again: Some(KNOWN_WITHIN), ..Dragged::default() });
        assert!(input.dropped_files.is_empty(), "that it was at another place before says nothing");
        let mut second = dropping("/b");
        drops.look(&mut second, now + KNOWN_WITHIN / 3);
        assert!(second.dropped_files.is_empty());
        // One may be the answer to a question from before.
        for _ in 0..2 {
            system.place.send(Some([50, 60])).expect("it is asked");
        }
        let (place, input) = wait(drops, RawInput::default, now);
        assert_eq!(place, [50, 60]);
        assert_eq!(paths(&input), [std::path::PathBuf::from("/a"), "/b".into()]);
        assert_eq!(drops.look(&mut RawInput::default(), now), Dragged::default(), "once");
    }

    #[test]
    fn a_drop_waits_for_no_system_that_says_nothing() {
        let (mut system, now) = (system(), Instant::now());
        let drops = &mut system.drops;
        assert!(drops.look(&mut dropping("/a"), now).again.is_some());
        let (mut early, mut late) = (RawInput::default(), RawInput::default());
        let again = drops.look(&mut early, now + KNOWN_WITHIN / 3).again;
        assert_eq!((early.dropped_files.len(), again), (0, KNOWN_WITHIN.checked_sub(KNOWN_WITHIN / 3)));
        assert_eq!(drops.look(&mut late, now + KNOWN_WITHIN), Dragged::default());
        assert_eq!(late.dropped_files.len(), 1);
        // Nor where the system cannot say it at all.
        let mut nowhere = self::drops(|_| None);
        let mut input = dropping("/b");
        while input.dropped_files.is_empty() {
            nowhere.look(&mut input, now);
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_is_held_when_the_window_goes_is_there_still() {
        let (mut system, now) = (system(), Instant::now());
        let drops = &mut system.drops;
        drops.look(&mut dropping("/a"), now);
        let mut hidden = dropping("/b");
        hidden.viewports.entry(egui::ViewportId::ROOT).or_default().minimized = Some(true);
        let dragged = drops.look(&mut hidden, now + KNOWN_WITHIN);
        assert_eq!(
            (hidden.dropped_files.len(), dragged),
            (0, Dragged::default()),
            "a window that draws nothing takes nothing"
        );
        assert_eq!(drops.rest(), [std::path::PathBuf::from("/a"), "/b".into()]);
        assert!(drops.rest().is_empty());
    }

    fn paths(input: &RawInput) -> Vec<PathBuf> {
        input.dropped_files.iter().map(|file| file.path().to_owned()).collect()
    }

    #[cfg(unix)]
    #[test]
    fn what_the_system_tells_is_in_the_input_with_its_place() {
        let (mut drops, now) = (drops(|_| None), Instant::now());
        let mut tell = teller(drops.tell.clone(), Waker::default());
        let look = |drops: &mut Drops| {
            let mut input = RawInput::default();
            (drops.look(&mut input, now), input)
        };
        let hovered = |input: &RawInput| -> Vec<Option<PathBuf>> {
            input.hovered_files.iter().map(|file| file.path.clone()).collect()
        };
        let list = b"file:///a\r\nsftp://nas/b\r\n".to_vec();
        tell(Drag::Over([1, 2]));
        let (dragged, input) = look(&mut drops);
        assert_eq!((dragged.at, hovered(&input)), (Some([1, 2]), vec![None]), "nobody knows yet what it is");
        tell(Drag::Holds(list.clone()));
        let (dragged, input) = look(&mut drops);
        assert_eq!((dragged.at, hovered(&input)), (Some([1, 2]), vec![Some("/a".into())]));
        assert_eq!(*dragged.elsewhere, ["sftp://nas/b".to_owned()]);
        assert_eq!(look(&mut drops).0, dragged, "as long as it is there");
        tell(Drag::Gone);
        assert_eq!(look(&mut drops).0, Dragged::default());

        for place in [[3, 4], [5, 6]] {
            tell(Drag::Holds(list.clone()));
            tell(Drag::Dropped(place));
        }
        for place in [[3, 4], [5, 6]] {
            let (dragged, input) = look(&mut drops);
            assert_eq!((dragged.at, paths(&input)), (Some(place), vec![PathBuf::from("/a")]));
            assert!(dragged.again.is_some() && dragged.trouble.is_some_and(|words| words.contains("sftp://nas/b")));
        }
        tell(Drag::Lost);
        tell(Drag::Holds(b"file:///a".to_vec()));
        tell(Drag::Dropped([3, 4]));
        assert_eq!(look(&mut drops).0.trouble.as_deref(), Some(LOST), "also when another drop comes at once");
        assert_eq!(paths(&look(&mut drops).1), [PathBuf::from("/a")]);
        assert_eq!(look(&mut drops).0, Dragged::default());
        tell(Drag::Holds(list));
        tell(Drag::Dropped([7, 8]));
        assert_eq!(drops.rest(), [PathBuf::from("/a")], "also when the window goes before it looks");
    }
}
