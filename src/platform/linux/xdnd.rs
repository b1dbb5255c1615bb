//! What is dragged over the window under X11, by the protocol XDND, version 5 (<https://www.freedesktop.org/wiki/Specifications/XDND/>), on a
//! connection of its own. A window beside the program's receives in its name (`XdndProxy`), because the window's library takes a list of files whole
//! or not at all, takes none that comes in pieces (INCR, as GTK sends more than 256 KiB), and tells no place. Programs that know no proxies, if
//! there still are any, have to do with that library.

use std::error::Error;
use std::io;
use std::os::fd::AsFd as _;
use std::thread::Builder;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask,
    PropMode, Property, Timestamp, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_FROM_PARENT, NONE};

use super::super::drag::{Drag, Look, Place};

const VERSION: u32 = 5;
/// How long nothing may come of a list once the things were let go.
const COMES_WITHIN: Duration = Duration::from_secs(10);
/// A list of some hundred thousand files; more is no list.
const LIST_BYTES_MAX: usize = 64 << 20;
/// Kinds of things that one drag may offer.
const KINDS_MAX: u32 = 1024;

x11rb::atom_manager! {
    Atoms:
    AtomsCookie {
        XdndAware,
        XdndProxy,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndSelection,
        XdndTypeList,
        XdndActionCopy,
        INCR,
        LIST: b"text/uri-list",
    }
}

type Tell = Box<dyn FnMut(Drag) + Send>;
type Outcome<T> = Result<T, Box<dyn Error>>;

/// On Wayland there is no such window.
pub fn receive(window: isize, tell: Tell) -> io::Result<()> {
    let Some(window) = Window::try_from(window).ok().filter(|window| *window != NONE) else { return Ok(()) };
    let work = move || {
        let received = Receiver::new(window, tell).and_then(Receiver::run);
        if let Err(error) = received {
            tracing::warn!("what is dragged comes from the window's library only: {error}");
        }
    };
    // Nobody waits for it at the end: it ends with the window.
    Builder::new().name("drops".to_owned()).spawn(work).map(drop)
}

pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// With each drag comes its place.
pub fn over(_window: isize) -> Option<Look> {
    None
}

struct Receiver {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    /// The program's.
    window: Window,
    tell: Tell,
    drag: Option<Held>,
}

/// What is over the window now, or was let go over it.
struct Held {
    source: Window,
    /// Ours, which its list comes to: what a program still sends of a drag that is over comes to nobody.
    requestor: Window,
    is_of_files: bool,
    place: Place,
    list: List,
    /// When it was let go, or when something of its list came after that.
    dropped: Option<Instant>,
}

/// The addresses of what is dragged.
enum List {
    NotAsked,
    Asked,
    /// In pieces, so far.
    Coming(Vec<u8>),
    There,
    Refused,
}

impl Receiver {
    fn new(window: Window, tell: Tell) -> Outcome<Self> {
        let (connection, screen) = RustConnection::connect(None)?;
        let root = connection.setup().roots.get(screen).ok_or("the display has no screen")?.root;
        let atoms = Atoms::new(&connection)?.reply()?;
        let proxy = unseen(&connection, root)?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        connection.change_window_attributes(window, &events)?.check()?;
        connection.change_property32(PropMode::REPLACE, proxy, atoms.XdndAware, AtomEnum::ATOM, &[VERSION])?;
        for through in [proxy, window] {
            connection.change_property32(PropMode::REPLACE, through, atoms.XdndProxy, AtomEnum::WINDOW, &[proxy])?;
        }
        Ok(Self { connection, atoms, root, window, tell, drag: None })
    }

    /// Until the program's window is gone.
    fn run(mut self) -> Outcome<()> {
        loop {
            self.connection.flush()?;
            match self.connection.poll_for_event()? {
                Some(Event::DestroyNotify(gone)) if gone.window == self.window => return Ok(()),
                Some(event) => self.take(&event)?,
                None => self.wait()?,
            }
        }
    }

    /// Until something comes, or nothing has come for too long.
    fn wait(&mut self) -> Outcome<()> {
        let dropped = self.drag.as_ref().and_then(|drag| drag.dropped);
        let rest = dropped.map(|since| COMES_WITHIN.saturating_sub(since.elapsed()));
        if rest == Some(Duration::ZERO) {
            return self.end(Drag::Lost);
        }
        let rest = rest.map(Timespec::try_from).transpose()?;
        match poll(&mut [PollFd::from_borrowed_fd(self.connection.stream().as_fd(), PollFlags::IN)], rest.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, event: &Event) -> Outcome<()> {
        match event {
            Event::ClientMessage(message) if message.format == 32 => {
                let (kind, data) = (message.type_, message.data.as_data32());
                self.message(kind, data)
            }
            Event::SelectionNotify(answer) if self.is_drag(|drag| drag.requestor == answer.requestor) => {
                self.answered(answer.property)
            }
            Event::PropertyNotify(changed)
                if changed.state == Property::NEW_VALUE && self.is_drag(|drag| drag.requestor == changed.window) =>
            {
                self.piece()
            }
            Event::DestroyNotify(gone) if self.is_drag(|drag| drag.source == gone.window) => self.end(Drag::Gone),
            _ => Ok(()), // Errors, too: they are about windows of other programs, which may be gone.
        }
    }

    fn is_drag(&self, is: impl Fn(&Held) -> bool) -> bool {
        self.drag.as_ref().is_some_and(is)
    }

    fn message(&mut self, kind: Atom, data: [u32; 5]) -> Outcome<()> {
        let [source, ..] = data;
        match kind {
            _ if kind == self.atoms.XdndEnter => self.enter(data),
            _ if !self.is_drag(|drag| drag.source == source) => Ok(()),
            _ if kind == self.atoms.XdndPosition => self.position(data),
            _ if kind == self.atoms.XdndDrop => self.let_go(data),
            _ if kind == self.atoms.XdndLeave => self.end(Drag::Gone),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, [source, flags, kinds @ ..]: [u32; 5]) -> Outcome<()> {
        if self.drag.is_some() {
            self.end(Drag::Gone)?;
        }
        let has_more = flags & 1 != 0;
        let kinds = if has_more { self.kinds(source)? } else { kinds.to_vec() };
        let is_of_files = kinds.contains(&self.atoms.LIST);
        self.watch(source, EventMask::STRUCTURE_NOTIFY)?;
        let requestor = unseen(&self.connection, self.root)?;
        self.drag = Some(Held { source, requestor, is_of_files, place: [0; 2], list: List::NotAsked, dropped: None });
        Ok(())
    }

    /// Of more kinds than fit into a message.
    fn kinds(&self, source: Window) -> Outcome<Vec<Atom>> {
        let kinds =
            self.connection.get_property(false, source, self.atoms.XdndTypeList, AtomEnum::ATOM, 0, KINDS_MAX)?;
        Ok(kinds.reply().ok().and_then(|kinds| Some(kinds.value32()?.collect())).unwrap_or_default())
    }

    /// A program that ends while it drags says no more.
    fn watch(&self, source: Window, events: EventMask) -> Outcome<()> {
        self.connection.change_window_attributes(source, &ChangeWindowAttributesAux::new().event_mask(events))?;
        Ok(())
    }

    fn position(&mut self, [source, _, at, time, _]: [u32; 5]) -> Outcome<()> {
        let [x1, x0, y1, y0] = at.to_be_bytes();
        let (x, y) = (i16::from_be_bytes([x1, x0]), i16::from_be_bytes([y1, y0]));
        let place = self.connection.translate_coordinates(self.root, self.window, x, y)?.reply().ok();
        let Some(drag) = &mut self.drag else { return Ok(()) };
        drag.place = place.map_or(drag.place, |place| [place.dst_x, place.dst_y]);
        let (place, is_of_files) = (drag.place, drag.is_of_files);
        if is_of_files && matches!(drag.list, List::NotAsked) {
            self.ask(time)?;
        }
        // Always a copy: what would be moved might be deleted there.
        let action = if is_of_files { self.atoms.XdndActionCopy } else { NONE };
        self.send(source, self.atoms.XdndStatus, [self.window, is_of_files.into(), 0, 0, action])?;
        if is_of_files {
            (self.tell)(Drag::Over(place));
        }
        Ok(())
    }

    fn let_go(&mut self, [_, _, time, ..]: [u32; 5]) -> Outcome<()> {
        let Some(drag) = &mut self.drag else { return Ok(()) };
        drag.dropped = Some(Instant::now());
        let place = drag.place;
        match drag.list {
            _ if !drag.is_of_files => self.end(Drag::Lost),
            List::There => self.end(Drag::Dropped(place)),
            // Some give it only now.
            List::NotAsked | List::Refused => self.ask(time),
            List::Asked | List::Coming(_) => Ok(()),
        }
    }

    fn ask(&mut self, time: Timestamp) -> Outcome<()> {
        let Some(drag) = &mut self.drag else { return Ok(()) };
        let (selection, kind) = (self.atoms.XdndSelection, self.atoms.LIST);
        self.connection.convert_selection(drag.requestor, selection, kind, selection, time)?;
        drag.list = List::Asked;
        Ok(())
    }

    fn answered(&mut self, property: Atom) -> Outcome<()> {
        if property == NONE {
            return self.refused();
        }
        let (kind, bytes) = self.property()?;
        match (kind, &mut self.drag) {
            (NONE, _) => self.refused(),
            (kind, Some(drag)) if kind == self.atoms.INCR => {
                drag.list = List::Coming(Vec::new());
                Ok(())
            }
            _ => self.listed(bytes),
        }
    }

    /// The next piece of a list; an empty one is its end.
    fn piece(&mut self) -> Outcome<()> {
        if !self.is_drag(|drag| matches!(drag.list, List::Coming(_))) {
            return Ok(()); // The list, or word that it will come in pieces: the answer says which.
        }
        let (kind, bytes) = self.property()?;
        if kind == NONE {
            return Ok(());
        }
        let Some(Held { list: List::Coming(list), dropped, .. }) = &mut self.drag else { return Ok(()) };
        if bytes.is_empty() {
            let list = std::mem::take(list);
            return self.listed(list);
        }
        list.extend(bytes);
        *dropped = dropped.map(|_| Instant::now());
        if list.len() > LIST_BYTES_MAX { self.refused() } else { Ok(()) }
    }

    /// What has come, and room for more.
    fn property(&self) -> Outcome<(Atom, Vec<u8>)> {
        let Some(drag) = &self.drag else { return Ok((NONE, Vec::new())) };
        let words = u32::try_from(LIST_BYTES_MAX / 4)?;
        let (property, any) = (self.atoms.XdndSelection, AtomEnum::ANY);
        let come = self.connection.get_property(true, drag.requestor, property, any, 0, words)?.reply()?;
        Ok((come.type_, come.value))
    }

    fn listed(&mut self, list: Vec<u8>) -> Outcome<()> {
        (self.tell)(Drag::Holds(list));
        let Some(drag) = &mut self.drag else { return Ok(()) };
        drag.list = List::There;
        let (place, is_dropped) = (drag.place, drag.dropped.is_some());
        if is_dropped { self.end(Drag::Dropped(place)) } else { Ok(()) }
    }

    fn refused(&mut self) -> Outcome<()> {
        match &mut self.drag {
            Some(Held { dropped: Some(_), .. }) => self.end(Drag::Lost),
            Some(drag) => {
                drag.list = List::Refused;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The drag is over; one that was let go but has left nothing is lost.
    fn end(&mut self, how: Drag) -> Outcome<()> {
        let Some(Held { source, requestor, dropped, .. }) = self.drag.take() else { return Ok(()) };
        let how = if dropped.is_some() && how == Drag::Gone { Drag::Lost } else { how };
        let is_taken = matches!(how, Drag::Dropped(_));
        (self.tell)(how);
        self.connection.destroy_window(requestor)?;
        self.watch(source, EventMask::NO_EVENT)?;
        if dropped.is_some() { self.finish(source, is_taken) } else { Ok(()) }
    }

    fn finish(&self, source: Window, is_taken: bool) -> Outcome<()> {
        let action = if is_taken { self.atoms.XdndActionCopy } else { NONE };
        self.send(source, self.atoms.XdndFinished, [self.window, is_taken.into(), action, 0, 0])
    }

    fn send(&self, source: Window, kind: Atom, data: [u32; 5]) -> Outcome<()> {
        let message = ClientMessageEvent::new(32, source, kind, data);
        self.connection.send_event(false, source, EventMask::NO_EVENT, message)?;
        Ok(())
    }
}

/// A window that nobody sees and that is told what becomes of its properties.
fn unseen(connection: &RustConnection, root: Window) -> Outcome<Window> {
    let (window, class) = (connection.generate_id()?, WindowClass::INPUT_ONLY);
    let events = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE).override_redirect(1);
    connection.create_window(0, window, root, -1, -1, 1, 1, 0, class, COPY_FROM_PARENT, &events)?;
    Ok(window)
}
