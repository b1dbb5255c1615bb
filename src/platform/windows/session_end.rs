//! The end of the Windows session (log off, shut down, restart). A window that nobody sees waits for the message: a program that has
//! loaded user32 gets no console event for it, with or without a console
//! (<https://learn.microsoft.com/windows/console/setconsolectrlhandler>, remarks). Never refuses the end.

use std::cell::OnceCell;
use std::ptr;
use std::thread::Builder;

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, RegisterClassW, WM_ENDSESSION,
    WM_QUERYENDSESSION, WNDCLASSW, WS_OVERLAPPED,
};
use windows_sys::w;

const AGREED: LRESULT = 1;

thread_local! {
    /// What the thread of the window calls: a window procedure is a function without memory of its own.
    static END: OnceCell<Box<dyn Fn()>> = const { OnceCell::new() };
}

/// Calls `end` when the session ends. The system waits for it, five seconds by default, and then ends the process
/// (<https://learn.microsoft.com/windows/win32/shutdown/shutdown-changes-for-windows-vista>).
pub fn on_session_end(end: impl Fn() + Send + 'static) {
    // The thread waits for messages until the process ends; there is nothing in it to be closed.
    let started = Builder::new().name("session-end".to_owned()).spawn(move || {
        let _ = END.with(|cell| cell.set(Box::new(end))); // The thread is new, so it is empty.
        wait_for_messages();
    });
    if let Err(error) = started {
        tracing::warn!("the end of the session will not be noticed: {error}");
    }
}

/// A window at the top that is never shown: message-only windows get no broadcasts
/// (<https://learn.microsoft.com/windows/win32/winmsg/window-features#message-only-windows>).
#[expect(unsafe_code, reason = "a window is made of calls of the system's")]
fn wait_for_messages() {
    let name = w!("BBDropSessionEnd");
    // SAFETY: null is this program's own file.
    let program = unsafe { GetModuleHandleW(ptr::null()) };
    let class =
        WNDCLASSW { lpfnWndProc: Some(answer), hInstance: program, lpszClassName: name, ..WNDCLASSW::default() };
    // SAFETY: class and name are alive for the calls, name ends with a null, and `answer` is a window procedure. Window and
    // messages stay in this thread. GetMessageW gives -1 for an error, 0 for the end.
    unsafe {
        RegisterClassW(&raw const class);
        let window = CreateWindowExW(
            0,
            name,
            name,
            WS_OVERLAPPED,
            0,
            0,
            0,
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            program,
            ptr::null(),
        );
        if window.is_null() {
            // The queue survives that, too; and without a desktop (a service, Wine without a display) nobody signs out.
            tracing::info!("the end of the session will not be noticed: no window can be made");
            return;
        }
        let mut message = MSG::default();
        while GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) > 0 {
            DispatchMessageW(&raw const message);
        }
    }
}

/// <https://learn.microsoft.com/windows/win32/shutdown/wm-queryendsession> asks; whether the session really ends comes with
/// <https://learn.microsoft.com/windows/win32/shutdown/wm-endsession>.
#[expect(unsafe_code, reason = "the system calls it")]
unsafe extern "system" fn answer(window: HWND, message: u32, wparam: WPARAM, lparam: LPARAM) -> LRESULT {
    match message {
        WM_QUERYENDSESSION => AGREED,
        WM_ENDSESSION if wparam != 0 => {
            END.with(|cell| cell.get().map(|end| end()));
            0
        }
        // SAFETY: the arguments are passed on as they came.
        _ => unsafe { DefWindowProcW(window, message, wparam, lparam) },
    }
}
