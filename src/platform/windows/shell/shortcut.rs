//! A shortcut in "Send to", through the shell's own object for shortcuts. On a thread of its own: COM is set up for a thread as a
//! whole, and the window's has it in its own way.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use windows::Win32::System::Com::{
    CLSCTX_INPROC_SERVER, COINIT_APARTMENTTHREADED, CoCreateInstance, CoInitializeEx, CoUninitialize, IPersistFile,
    STGM_READ,
};
use windows_core::{GUID, Interface as _, PCWSTR, Result};
use windows_sys::Win32::System::Com::CoTaskMemFree;
use windows_sys::Win32::UI::Shell::{FOLDERID_SendTo, SHGetKnownFolderPath};

use interface::IShellLinkW;

/// <https://learn.microsoft.com/windows/win32/api/shobjidl_core/nn-shobjidl_core-ishelllinkw>
const SHELL_LINK: GUID = GUID::from_u128(0x0002_1401_0000_0000_c000_0000_0000_0046);
/// The path as it was written, whether there is something or not.
const RAW_PATH: u32 = 4;
/// The longest path there is (<https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation>).
const PATH_UNITS_MAX: usize = 32_768;

mod interface {
    use std::ffi::c_void;

    use windows_core::{HRESULT, IUnknown, IUnknown_Vtbl, PCWSTR, interface};

    /// The methods in the order of the interface; those that nobody here calls take whatever there is.
    #[interface("000214F9-0000-0000-C000-000000000046")]
    pub unsafe trait IShellLinkW: IUnknown {
        pub fn get_path(&self, file: *mut u16, units: i32, found: *mut c_void, flags: u32) -> HRESULT;
        fn get_id_list(&self, list: *mut *mut c_void) -> HRESULT;
        fn set_id_list(&self, list: *const c_void) -> HRESULT;
        fn get_description(&self, text: *mut u16, units: i32) -> HRESULT;
        fn set_description(&self, text: PCWSTR) -> HRESULT;
        fn get_working_directory(&self, text: *mut u16, units: i32) -> HRESULT;
        fn set_working_directory(&self, text: PCWSTR) -> HRESULT;
        fn get_arguments(&self, text: *mut u16, units: i32) -> HRESULT;
        fn set_arguments(&self, text: PCWSTR) -> HRESULT;
        fn get_hotkey(&self, key: *mut u16) -> HRESULT;
        fn set_hotkey(&self, key: u16) -> HRESULT;
        fn get_show_command(&self, command: *mut i32) -> HRESULT;
        fn set_show_command(&self, command: i32) -> HRESULT;
        fn get_icon_location(&self, text: *mut u16, units: i32, index: *mut i32) -> HRESULT;
        pub fn set_icon_location(&self, text: PCWSTR, index: i32) -> HRESULT;
        fn set_relative_path(&self, text: PCWSTR, reserved: u32) -> HRESULT;
        fn resolve(&self, window: *mut c_void, flags: u32) -> HRESULT;
        pub fn set_path(&self, text: PCWSTR) -> HRESULT;
    }
}

/// Where ours is.
///
/// # Errors
/// The system's.
#[expect(unsafe_code, reason = "a call of the system's")]
pub fn path() -> io::Result<PathBuf> {
    let (send_to, mut text) = (FOLDERID_SendTo, std::ptr::null_mut());
    // SAFETY: writes a pointer to a text that ends with a null and is ours to free, also when it fails (then it is null).
    let folder = unsafe {
        let result = SHGetKnownFolderPath(&raw const send_to, 0, std::ptr::null_mut(), &raw mut text);
        let folder = (result == 0).then(|| until_null(text));
        CoTaskMemFree(text.cast());
        folder
    };
    let folder = folder.ok_or_else(|| io::Error::other("Windows has no “Send to” folder"))?;
    Ok(PathBuf::from(folder).join("BBDrop.lnk"))
}

/// What the shortcut starts; nothing when there is none that can be read.
pub fn target(shortcut: &Path) -> Option<PathBuf> {
    let file = shortcut.exists().then(|| wide(shortcut))?;
    let found = with_link(move |link| {
        let mut text = vec![0_u16; PATH_UNITS_MAX];
        #[expect(unsafe_code, reason = "calls of the system's")]
        // SAFETY: the file's name ends with a null; pointer and number of units are those of `text`.
        unsafe {
            link.cast::<IPersistFile>()?.Load(PCWSTR(file.as_ptr()), STGM_READ)?;
            link.get_path(text.as_mut_ptr(), PATH_UNITS_MAX as i32, std::ptr::null_mut(), RAW_PATH).ok()?;
        }
        let length = text.iter().position(|unit| *unit == 0).unwrap_or(0);
        Ok(PathBuf::from(OsString::from_wide(text.get(..length).unwrap_or_default())))
    });
    // What cannot be read is there, and is not ours.
    Some(found.unwrap_or_default())
}

/// Writes it anew.
///
/// # Errors
/// The system's.
pub fn write(shortcut: &Path, program: &Path) -> io::Result<()> {
    if let Some(folder) = shortcut.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let (file, program) = (wide(shortcut), wide(program));
    with_link(move |link| {
        #[expect(unsafe_code, reason = "calls of the system's")]
        // SAFETY: both texts end with a null.
        unsafe {
            link.set_path(PCWSTR(program.as_ptr())).ok()?;
            link.set_icon_location(PCWSTR(program.as_ptr()), 0).ok()?;
            link.cast::<IPersistFile>()?.Save(PCWSTR(file.as_ptr()), true)
        }
    })
}

fn with_link<T: Send + 'static>(work: impl FnOnce(&IShellLinkW) -> Result<T> + Send + 'static) -> io::Result<T> {
    let work = move || {
        #[expect(unsafe_code, reason = "calls of the system's")]
        // SAFETY: the thread is new, what is made lives no longer than COM on it.
        unsafe {
            CoInitializeEx(None, COINIT_APARTMENTTHREADED).ok()?;
            let done = CoCreateInstance::<_, IShellLinkW>(&SHELL_LINK, None, CLSCTX_INPROC_SERVER)
                .and_then(|link| work(&link));
            CoUninitialize();
            done
        }
    };
    let thread = std::thread::Builder::new().name("shortcut".to_owned()).spawn(work)?;
    let done = thread.join().map_err(|_| io::Error::other("it stopped unexpectedly"))?;
    done.map_err(io::Error::other)
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

/// # Safety
/// `text` ends with a null.
#[expect(unsafe_code, reason = "a text of the system's")]
unsafe fn until_null(text: *const u16) -> OsString {
    // SAFETY: as the caller says.
    unsafe {
        let length = (0..).take_while(|&index: &usize| *text.add(index) != 0).count();
        OsString::from_wide(std::slice::from_raw_parts(text, length))
    }
}
