//! Progress on the taskbar's button of the window, through the shell's own object for that. Stays on the thread that made it.

use std::io;

use windows::Win32::System::Com::{
    CLSCTX_INPROC_SERVER, COINIT_APARTMENTTHREADED, CoCreateInstance, CoInitializeEx, CoUninitialize,
};
use windows_core::GUID;

use crate::core::desktop::Progress;
use interface::ITaskbarList3;

/// <https://learn.microsoft.com/windows/win32/api/shobjidl_core/nn-shobjidl_core-itaskbarlist3>
const TASKBAR_LIST: GUID = GUID::from_u128(0x56fd_f344_fd6d_11d0_958a_0060_97c9_a090);
/// <https://learn.microsoft.com/windows/win32/api/shobjidl_core/nf-shobjidl_core-itaskbarlist3-setprogressstate>
const NO_PROGRESS: i32 = 0;
const NORMAL: i32 = 2;
const ERROR: i32 = 4;

mod interface {
    use std::ffi::c_void;

    use windows_core::{HRESULT, IUnknown, IUnknown_Vtbl, interface};

    /// The methods in the order of the interface and of those it is made of, as far as somebody here calls them.
    #[interface("EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF")]
    pub unsafe trait ITaskbarList3: IUnknown {
        pub fn init(&self) -> HRESULT;
        fn add_tab(&self, window: *mut c_void) -> HRESULT;
        fn delete_tab(&self, window: *mut c_void) -> HRESULT;
        fn activate_tab(&self, window: *mut c_void) -> HRESULT;
        fn set_active_alt(&self, window: *mut c_void) -> HRESULT;
        fn mark_fullscreen_window(&self, window: *mut c_void, fullscreen: i32) -> HRESULT;
        pub fn set_progress_value(&self, window: *mut c_void, completed: u64, total: u64) -> HRESULT;
        pub fn set_progress_state(&self, window: *mut c_void, flags: i32) -> HRESULT;
    }
}

/// COM on this thread, and the shell's object.
pub struct Taskbar {
    list: Option<ITaskbarList3>,
}

impl Taskbar {
    #[expect(unsafe_code, reason = "calls of the system's")]
    pub fn new() -> io::Result<Self> {
        // SAFETY: the thread is ours; what is made here is dropped before COM ends on it, in `drop`.
        unsafe {
            CoInitializeEx(None, COINIT_APARTMENTTHREADED).ok().map_err(io::Error::other)?;
            let mut taskbar = Self { list: None };
            let list: ITaskbarList3 =
                CoCreateInstance(&TASKBAR_LIST, None, CLSCTX_INPROC_SERVER).map_err(io::Error::other)?;
            list.init().ok().map_err(io::Error::other)?;
            taskbar.list = Some(list);
            Ok(taskbar)
        }
    }

    #[expect(unsafe_code, reason = "calls of the system's")]
    pub fn show(&self, window: isize, progress: Option<Progress>) -> io::Result<()> {
        let Some(list) = &self.list else { return Ok(()) };
        let window = window as *mut std::ffi::c_void;
        // SAFETY: takes numbers; a window that is gone is an error.
        unsafe {
            let state = match progress {
                None => NO_PROGRESS,
                Some(Progress { has_failed: true, .. }) => ERROR,
                Some(_) => NORMAL,
            };
            list.set_progress_state(window, state).ok().map_err(io::Error::other)?;
            match progress {
                None => Ok(()),
                Some(progress) => list
                    .set_progress_value(window, u64::from(progress.thousandths), 1000)
                    .ok()
                    .map_err(io::Error::other),
            }
        }
    }
}

impl Drop for Taskbar {
    #[expect(unsafe_code, reason = "a call of the system's")]
    fn drop(&mut self) {
        self.list = None;
        // SAFETY: it was set up on this thread, and nothing of it is left.
        unsafe { CoUninitialize() };
    }
}
