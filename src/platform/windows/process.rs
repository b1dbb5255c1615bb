//! Whose a process is, and what it is called. Opens processes with the least right there is and changes nothing about them.

use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::path::PathBuf;
use std::{io, ptr};

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, HANDLE};
use windows_sys::Win32::Security::{EqualSid, GetTokenInformation, TOKEN_QUERY, TOKEN_USER, TokenUser};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::Win32::System::Threading::{
    OpenProcess, OpenProcessToken, PROCESS_QUERY_LIMITED_INFORMATION, QueryFullProcessImageNameW,
};

use super::super::owner::Owner;

/// `TOKEN_USER` and the longest SID (`SECURITY_MAX_SID_SIZE`, 68 bytes) in words that are aligned for both.
const USER_WORDS: usize = 16;
/// The longest path there is (<https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation>).
const PATH_UNITS_MAX: u32 = 32_768;

/// Process 0 is what the system says of sockets that nobody has any more.
pub(super) fn owner_of(process: u32) -> Owner {
    if process == 0 {
        return Owner::Unknown;
    }
    if process == std::process::id() {
        return Owner::Us;
    }
    let ours = std::process::id();
    User::of(ours).map_or(Owner::Unknown, |our_user| {
        let has_our_user = User::of(process).map(|theirs| theirs.is(&our_user));
        judge(has_our_user, [session_of(process), session_of(ours)])
    })
}

/// What follows from whether a process has our user, or why that cannot be seen, and from its session and ours.
fn judge(has_our_user: io::Result<bool>, sessions: [Option<u32>; 2]) -> Owner {
    match has_our_user {
        Ok(true) => Owner::Us,
        Ok(false) => Owner::Another,
        // Who cannot be looked into in our own session may be this user with more rights ("as administrator"); in another
        // session it is another user, or a service.
        Err(error) if is_denied(&error) => match sessions {
            [Some(theirs), Some(ours)] if theirs != ours => Owner::Another,
            _ => Owner::Unknown,
        },
        Err(_) => Owner::Unknown,
    }
}

fn is_denied(error: &io::Error) -> bool {
    error.raw_os_error().and_then(|code| u32::try_from(code).ok()) == Some(ERROR_ACCESS_DENIED)
}

/// <https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-processidtosessionid>
#[expect(unsafe_code, reason = "a call of the system's")]
fn session_of(process: u32) -> Option<u32> {
    let mut session = 0;
    // SAFETY: writes one number, into `session`.
    let is_known = unsafe { ProcessIdToSessionId(process, &raw mut session) };
    (is_known != 0).then_some(session)
}

/// `bbdrop.exe (process 1234)`; other people's programs have no name.
pub(super) fn name_of(process: u32) -> Option<String> {
    if process == 0 {
        return None;
    }
    let name = open(process).ok().and_then(|handle| image_of(&handle));
    Some(name.map_or_else(|| format!("process {process}"), |name| format!("{name} (process {process})")))
}

/// The file name of the program
/// (<https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-queryfullprocessimagenamew>).
#[expect(unsafe_code, reason = "a call of the system's")]
fn image_of(process: &OwnedHandle) -> Option<String> {
    let mut path = vec![0_u16; PATH_UNITS_MAX as usize];
    let mut units = PATH_UNITS_MAX;
    // SAFETY: the handle is open, the pointer and the number of units are those of `path`.
    let is_known = unsafe { QueryFullProcessImageNameW(process.as_raw_handle(), 0, path.as_mut_ptr(), &raw mut units) };
    if is_known == 0 {
        return None;
    }
    let path = PathBuf::from(String::from_utf16_lossy(path.get(..units as usize)?));
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// <https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess>
#[expect(unsafe_code, reason = "a call of the system's")]
fn open(process: u32) -> io::Result<OwnedHandle> {
    // SAFETY: takes numbers only; the handle it gives is nobody else's.
    unsafe {
        let handle = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process);
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(OwnedHandle::from_raw_handle(handle)) }
    }
}

/// <https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocesstoken>
#[expect(unsafe_code, reason = "a call of the system's")]
fn token_of(process: &OwnedHandle) -> io::Result<OwnedHandle> {
    let mut token: HANDLE = ptr::null_mut();
    // SAFETY: the process is open; the handle that is written into `token` is nobody else's.
    unsafe {
        if OpenProcessToken(process.as_raw_handle(), TOKEN_QUERY, &raw mut token) == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedHandle::from_raw_handle(token))
    }
}

/// What `GetTokenInformation` writes: a `TOKEN_USER`, whose SID lies behind it in the same words. Boxed, so that it stays where
/// its pointer points to.
struct User(Box<[u64; USER_WORDS]>);

impl User {
    /// <https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-gettokeninformation>
    #[expect(unsafe_code, reason = "a call of the system's")]
    fn of(process: u32) -> io::Result<Self> {
        let token = token_of(&open(process)?)?;
        let mut words = Box::new([0_u64; USER_WORDS]);
        let bytes = (USER_WORDS * size_of::<u64>()) as u32;
        let mut used = 0;
        // SAFETY: the token is open, the pointer and the size are those of the words, which are aligned for a `TOKEN_USER`.
        let is_known = unsafe {
            GetTokenInformation(token.as_raw_handle(), TokenUser, words.as_mut_ptr().cast(), bytes, &raw mut used)
        };
        if is_known == 0 { Err(io::Error::last_os_error()) } else { Ok(Self(words)) }
    }

    /// <https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-equalsid>
    #[expect(unsafe_code, reason = "a call of the system's")]
    fn is(&self, other: &Self) -> bool {
        // SAFETY: both begin with a `TOKEN_USER` that the system has written, and its SID lives as long.
        unsafe {
            let ours = (*self.0.as_ptr().cast::<TOKEN_USER>()).User.Sid;
            let theirs = (*other.0.as_ptr().cast::<TOKEN_USER>()).User.Sid;
            EqualSid(ours, theirs) != 0
        }
    }
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Foundation::ERROR_INVALID_PARAMETER;
    use windows_sys::Win32::Security::{CreateWellKnownSid, WinLocalSystemSid};

    use super::*;

    #[test]
    fn this_process_is_ours() {
        let ours = User::of(std::process::id()).unwrap();
        assert!(ours.is(&User::of(std::process::id()).unwrap()));
        assert_eq!(owner_of(std::process::id()), Owner::Us);
        assert_eq!(owner_of(0), Owner::Unknown);
        assert!(name_of(std::process::id()).unwrap().contains(".exe (process "));
        assert_eq!(name_of(0), None);
    }

    /// Nobody of this machine: the account of the system itself, `S-1-5-18`.
    #[expect(unsafe_code, reason = "calls of the system's")]
    fn the_system() -> User {
        const SID_WORD: usize = size_of::<TOKEN_USER>() / size_of::<u64>();
        let mut words = Box::new([0_u64; USER_WORDS]);
        let mut bytes = ((USER_WORDS - SID_WORD) * size_of::<u64>()) as u32;
        // SAFETY: the SID goes behind the `TOKEN_USER`, into as many bytes as are left there; both are aligned.
        unsafe {
            let sid = words.as_mut_ptr().add(SID_WORD).cast();
            assert_ne!(CreateWellKnownSid(WinLocalSystemSid, ptr::null_mut(), sid, &raw mut bytes), 0);
            (*words.as_mut_ptr().cast::<TOKEN_USER>()).User.Sid = sid;
        }
        User(words)
    }

    #[test]
    fn another_user_is_another() {
        let ours = User::of(std::process::id()).unwrap();
        assert!(!ours.is(&the_system()));
        assert!(the_system().is(&the_system()));
    }

    #[test]
    fn who_cannot_be_looked_into_is_another_only_in_another_session() {
        let failed = |code: u32| Err(io::Error::from_raw_os_error(code as i32));
        let (denied, gone) = (|| failed(ERROR_ACCESS_DENIED), || failed(ERROR_INVALID_PARAMETER));
        for (has_our_user, sessions, owner) in [
            (Ok(true), [Some(1), Some(2)], Owner::Us),
            (Ok(false), [Some(1), Some(1)], Owner::Another),
            (denied(), [Some(1), Some(1)], Owner::Unknown),
            (denied(), [Some(0), Some(1)], Owner::Another),
            (denied(), [None, Some(1)], Owner::Unknown),
            (gone(), [Some(0), Some(1)], Owner::Unknown),
        ] {
            let asked = format!("{has_our_user:?} {sessions:?}");
            assert_eq!(judge(has_our_user, sessions), owner, "{asked}");
        }
    }
}
