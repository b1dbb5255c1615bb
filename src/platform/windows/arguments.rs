//! What the program is started with. Reads only.

use std::env;
use std::ffi::OsString;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};

use windows_link::link;

use super::super::command_line::split_literally;

link!("kernel32.dll" "system" fn GetCommandLineW() -> *const u16);

/// As the usual rules have it, unless that gives an argument with a quote in it, which no path has.
pub fn arguments() -> Vec<OsString> {
    let usual: Vec<_> = env::args_os().collect();
    let has_quote = |argument: &OsString| argument.encode_wide().any(|unit| unit == u16::from(b'"'));
    if !usual.iter().skip(1).any(has_quote) {
        return usual;
    }
    match split_literally(&line()) {
        Some(literal) => {
            let literal = literal.iter().map(|units| OsString::from_wide(units));
            usual.into_iter().take(1).chain(literal).collect()
        }
        None => usual,
    }
}

/// <https://learn.microsoft.com/windows/win32/api/processenv/nf-processenv-getcommandlinew>
#[expect(unsafe_code, reason = "a call of the system's")]
fn line() -> Vec<u16> {
    // SAFETY: the system's own text, which ends with a null and stays as it is as long as the process lives.
    unsafe {
        let line = GetCommandLineW();
        let length = (0..).take_while(|&index: &usize| *line.add(index) != 0).count();
        std::slice::from_raw_parts(line, length).to_vec()
    }
}
