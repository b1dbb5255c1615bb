//! The icon in the notification area: a click shows the window, its menu ends the program, and notifications come from it. Its window, which
//! nobody sees, has a thread of its own.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};
use std::{io, ptr};

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, POINT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::Shell::{
    NIF_ICON, NIF_INFO, NIF_MESSAGE, NIF_TIP, NIIF_INFO, NIM_ADD, NIM_DELETE, NIM_MODIFY, NIN_BALLOONHIDE,
    NIN_BALLOONTIMEOUT, NIN_BALLOONUSERCLICK, NOTIFYICONDATAW, Shell_NotifyIconW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    AppendMenuW, CreatePopupMenu, CreateWindowExW, DefWindowProcW, DestroyMenu, DestroyWindow, DispatchMessageW,
    GetCursorPos, GetMessageW, GetSystemMetrics, HICON, IMAGE_ICON, LR_SHARED, LoadImageW, MF_STRING, MSG,
    PostMessageW, PostQuitMessage, RegisterClassW, RegisterWindowMessageW, SM_CXSMICON, SM_CYSMICON,
    SetForegroundWindow, TPM_NONOTIFY, TPM_RETURNCMD, TPM_RIGHTBUTTON, TrackPopupMenu, WM_APP, WM_CLOSE, WM_DESTROY,
    WM_LBUTTONUP, WM_NULL, WM_RBUTTONUP, WNDCLASSW, WS_OVERLAPPED,
};
use windows_sys::w;

use crate::platform::desktop::Wish;

/// What the icon tells its window.
const OF_ICON: u32 = WM_APP + 1;
/// There is one icon.
const ICON: u32 = 1;
/// The program's own icon among its resources (winresource gives it this number).
const ICON_RESOURCE: usize = 1;
const SHOW: usize = 1;
const QUIT: usize = 2;

/// Whether the icon shall be there as long as the program.
static IS_WANTED: AtomicBool = AtomicBool::new(false);
/// What Windows says when the taskbar is new, and has lost all icons.
static TASKBAR_IS_NEW: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// What the thread of the icon calls: a window procedure is a function without memory of its own.
    static WISH: OnceCell<Box<dyn Fn(Wish)>> = const { OnceCell::new() };
}

type Wisher = Box<dyn Fn(Wish) + Send>;

/// The icon, there or not.
pub struct Tray {
    wish: Option<Wisher>,
    window: Option<(isize, JoinHandle<()>)>,
}

impl Tray {
    pub fn new(wish: Wisher) -> Self {
        Self { wish: Some(wish), window: None }
    }

    pub fn show(&mut self, is_shown: bool) -> io::Result<()> {
        if IS_WANTED.swap(is_shown, Ordering::AcqRel) == is_shown {
            return Ok(());
        }
        match (is_shown, &self.window) {
            (true, _) => tell(NIM_ADD, &described(self.window()?)),
            (false, Some((window, _))) => tell(NIM_DELETE, &empty(*window)),
            (false, None) => Ok(()),
        }
    }

    /// Windows shows it as a notification of its own. Without an icon there is one for as long as it is shown.
    pub fn notify(&mut self, title: &str, words: &str) -> io::Result<()> {
        let mut icon = described(self.window()?);
        icon.uFlags |= NIF_INFO;
        icon.dwInfoFlags = NIIF_INFO;
        fill(&mut icon.szInfoTitle, title);
        fill(&mut icon.szInfo, words);
        tell(NIM_MODIFY, &icon).or_else(|_| tell(NIM_ADD, &icon))
    }

    /// Its window, made when it is first needed.
    fn window(&mut self) -> io::Result<isize> {
        if let Some((window, _)) = &self.window {
            return Ok(*window);
        }
        let wish = self.wish.take().ok_or_else(|| io::Error::other("it has failed before"))?;
        let (made, window) = sync_channel(1);
        let work = move || {
            let _ = WISH.with(|cell| cell.set(wish)); // The thread is new, so it is empty.
            let window = make_window();
            let is_made = window.is_ok();
            let _ = made.send(window); // Somebody waits for it below.
            if is_made {
                answer_messages();
            }
        };
        let thread = Builder::new().name("tray".to_owned()).spawn(work)?;
        let window = window.recv().map_err(io::Error::other)??;
        self.window = Some((window, thread));
        Ok(window)
    }
}

impl Drop for Tray {
    #[expect(unsafe_code, reason = "a call of the system's")]
    fn drop(&mut self) {
        let Some((window, thread)) = self.window.take() else { return };
        let _ = tell(NIM_DELETE, &empty(window)); // It may not be there.
        // SAFETY: takes numbers; the window's own thread takes the message.
        let is_told = unsafe { PostMessageW(window as HWND, WM_CLOSE, 0, 0) };
        if is_told != 0 {
            let _ = thread.join(); // It has nothing to panic about.
        }
    }
}

fn empty(window: isize) -> NOTIFYICONDATAW {
    NOTIFYICONDATAW {
        cbSize: size_of::<NOTIFYICONDATAW>() as u32,
        hWnd: window as HWND,
        uID: ICON,
        ..NOTIFYICONDATAW::default()
    }
}

fn described(window: isize) -> NOTIFYICONDATAW {
    let mut icon = empty(window);
    icon.uFlags = NIF_MESSAGE | NIF_ICON | NIF_TIP;
    icon.uCallbackMessage = OF_ICON;
    icon.hIcon = own_icon();
    fill(&mut icon.szTip, "BBDrop");
    icon
}

/// As much of `text` as there is room for, and the null at the end.
fn fill(room: &mut [u16], text: &str) {
    let last = room.len().saturating_sub(1);
    for (unit, place) in text.encode_utf16().zip(room.iter_mut().take(last)) {
        *place = unit;
    }
}

/// <https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-shell_notifyiconw>
#[expect(unsafe_code, reason = "a call of the system's")]
fn tell(what: u32, icon: &NOTIFYICONDATAW) -> io::Result<()> {
    // SAFETY: the description is whole, says its size, and is only read.
    let is_done = unsafe { Shell_NotifyIconW(what, icon) };
    if is_done == 0 { Err(io::Error::other("the taskbar does not answer")) } else { Ok(()) }
}

/// In the size of the notification area.
#[expect(unsafe_code, reason = "a call of the system's")]
fn own_icon() -> HICON {
    // SAFETY: the name is the number of a resource of this program; a shared icon is the system's to free.
    unsafe {
        let program = GetModuleHandleW(ptr::null());
        let (width, height) = (GetSystemMetrics(SM_CXSMICON), GetSystemMetrics(SM_CYSMICON));
        LoadImageW(program, ptr::without_provenance(ICON_RESOURCE), IMAGE_ICON, width, height, LR_SHARED)
    }
}

/// At the top, so that it hears of a new taskbar; never shown.
#[expect(unsafe_code, reason = "a window is made of calls of the system's")]
fn make_window() -> io::Result<isize> {
    let name = w!("BBDropTray");
    // SAFETY: class and name are alive for the calls, names end with a null, and `answer` is a window procedure.
    unsafe {
        TASKBAR_IS_NEW.store(RegisterWindowMessageW(w!("TaskbarCreated")), Ordering::Release);
        let program = GetModuleHandleW(ptr::null());
        let class =
            WNDCLASSW { lpfnWndProc: Some(answer), hInstance: program, lpszClassName: name, ..WNDCLASSW::default() };
        RegisterClassW(&raw const class);
        let none = ptr::null_mut();
        let window = CreateWindowExW(0, name, name, WS_OVERLAPPED, 0, 0, 0, 0, none, none, program, ptr::null());
        if window.is_null() { Err(io::Error::last_os_error()) } else { Ok(window as isize) }
    }
}

#[expect(unsafe_code, reason = "calls of the system's")]
fn answer_messages() {
    let mut message = MSG::default();
    // SAFETY: the message is ours. GetMessageW gives -1 for an error, 0 for the end.
    unsafe {
        while GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) > 0 {
            DispatchMessageW(&raw const message);
        }
    }
}

#[expect(unsafe_code, reason = "the system calls it")]
unsafe extern "system" fn answer(window: HWND, message: u32, wparam: WPARAM, lparam: LPARAM) -> LRESULT {
    match message {
        OF_ICON => of_icon(window, lparam as u32),
        // SAFETY: the window is this thread's own.
        WM_CLOSE => unsafe {
            DestroyWindow(window);
        },
        // SAFETY: takes a number.
        WM_DESTROY => unsafe { PostQuitMessage(0) },
        _ if message != 0 && message == TASKBAR_IS_NEW.load(Ordering::Acquire) => {
            if IS_WANTED.load(Ordering::Acquire) {
                let _ = tell(NIM_ADD, &described(window as isize)); // The next taskbar is the next chance.
            }
        }
        // SAFETY: the arguments are passed on as they came.
        _ => return unsafe { DefWindowProcW(window, message, wparam, lparam) },
    }
    0
}

/// <https://learn.microsoft.com/windows/win32/shell/notification-area>
fn of_icon(window: HWND, what: u32) {
    match what {
        WM_LBUTTONUP => wish(Wish::Show),
        NIN_BALLOONUSERCLICK => {
            wish(Wish::Show);
            forget_unwanted(window);
        }
        NIN_BALLOONTIMEOUT | NIN_BALLOONHIDE => forget_unwanted(window),
        WM_RBUTTONUP => match choose(window) {
            SHOW => wish(Wish::Show),
            QUIT => wish(Wish::Quit),
            _ => {}
        },
        _ => {}
    }
}

/// An icon that was there for a notification only goes with it.
fn forget_unwanted(window: HWND) {
    if !IS_WANTED.load(Ordering::Acquire) {
        let _ = tell(NIM_DELETE, &empty(window as isize)); // It may be gone already.
    }
}

fn wish(what: Wish) {
    WISH.with(|cell| cell.get().map(|wish| wish(what)));
}

/// The menu, until something is chosen in it or it is left. A menu of a window that is not in front would stay open
/// (<https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-trackpopupmenu>, remarks).
#[expect(unsafe_code, reason = "a menu is made of calls of the system's")]
fn choose(window: HWND) -> usize {
    let mut at = POINT::default();
    // SAFETY: the window is this thread's own, the texts end with a null, the menu is destroyed here.
    unsafe {
        let menu = CreatePopupMenu();
        AppendMenuW(menu, MF_STRING, SHOW, w!("Show BBDrop"));
        AppendMenuW(menu, MF_STRING, QUIT, w!("Quit"));
        GetCursorPos(&raw mut at);
        SetForegroundWindow(window);
        let flags = TPM_RETURNCMD | TPM_NONOTIFY | TPM_RIGHTBUTTON;
        let chosen = TrackPopupMenu(menu, flags, at.x, at.y, 0, window, ptr::null());
        PostMessageW(window, WM_NULL, 0, 0);
        DestroyMenu(menu);
        usize::try_from(chosen).unwrap_or(0)
    }
}
