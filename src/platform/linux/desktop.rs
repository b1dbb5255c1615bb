//! Linux: other programs of the desktop are asked over D-Bus, and a file below `$XDG_CONFIG_HOME` starts the program at sign-in. Whoever
//! does not answer within a few seconds is not there.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedFd;

use super::notifications::Notifications;
use super::shell::quoted_for_desktop;
use crate::platform::desktop::Wish;

pub(super) const NAME: &str = "BBDrop";
const WHY: &str = "Uploads are under way";
/// How long another program may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);
/// GNOME's flag for going to sleep (<https://gitlab.gnome.org/GNOME/gnome-session/-/blob/main/gnome-session/org.gnome.SessionManager.xml>).
const SLEEP: u32 = 4;

/// Who is asked, and what holds for as long as it is kept.
pub struct Desktop {
    notifications: Notifications,
    awake: Option<Held>,
}

/// What keeps the computer awake: it ends with the connection, or with the file.
#[expect(dead_code, reason = "they are kept, not used")]
enum Held {
    Session(Connection),
    Login(OwnedFd),
}

impl Desktop {
    pub fn new(wish: Box<dyn Fn(Wish) + Send>) -> Self {
        Self { notifications: Notifications::new(wish), awake: None }
    }

    pub fn keep_awake(&mut self, awake: bool) -> Result<(), String> {
        self.awake = match self.awake.take() {
            _ if !awake => None,
            Some(held) => Some(held),
            None => Some(by_session().or_else(|_| by_login()).map_err(words("The computer may go to sleep"))?),
        };
        Ok(())
    }

    pub fn notify(&mut self, title: &str, text: &str) -> Result<(), String> {
        self.notifications.show(title, text).map_err(words("A notification could not be shown"))
    }
}

fn words(what: &'static str) -> impl Fn(zbus::Error) -> String {
    move |error| format!("{what}: {error}.")
}

pub(super) fn session() -> zbus::Result<Connection> {
    Builder::session()?.method_timeout(ANSWER_MAX).build()
}

/// A connection for this alone, so that closing it ends it. KDE, Xfce and MATE know the first
/// (<https://www.freedesktop.org/wiki/Specifications/power-management-spec/>), GNOME and Cinnamon the second.
fn by_session() -> zbus::Result<Held> {
    let session = session()?;
    let power = "org.freedesktop.PowerManagement";
    let (path, interface) = ("/org/freedesktop/PowerManagement/Inhibit", "org.freedesktop.PowerManagement.Inhibit");
    let (gnome, gnome_path) = ("org.gnome.SessionManager", "/org/gnome/SessionManager");
    session.call_method(Some(power), path, Some(interface), "Inhibit", &(NAME, WHY)).or_else(|_| {
        session.call_method(Some(gnome), gnome_path, Some(gnome), "Inhibit", &(NAME, 0_u32, WHY, SLEEP))
    })?;
    Ok(Held::Session(session))
}

/// logind, for everything else: nothing happens by itself because nobody is there
/// (<https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html>).
fn by_login() -> zbus::Result<Held> {
    let system = Builder::system()?.method_timeout(ANSWER_MAX).build()?;
    let (name, interface) = ("org.freedesktop.login1", "org.freedesktop.login1.Manager");
    let body = ("idle", NAME, WHY, "block");
    let answer = system.call_method(Some(name), "/org/freedesktop/login1", Some(interface), "Inhibit", &body)?;
    Ok(Held::Login(answer.body().deserialize()?))
}

/// <https://specifications.freedesktop.org/autostart-spec/latest/>
pub fn set_autostart(is_wanted: bool, program: &Path, arguments: &[OsString]) -> io::Result<()> {
    let path = config_home()?.join("autostart/bbdrop.desktop");
    let entry = entry(program, arguments);
    let present = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        present => Some(present?),
    };
    match (is_wanted, present) {
        (true, Some(present)) if present == entry => Ok(()),
        (true, _) => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, entry)
        }
        (false, Some(present)) if present == entry => fs::remove_file(&path),
        (false, _) => Ok(()),
    }
}

fn entry(program: &Path, arguments: &[OsString]) -> Vec<u8> {
    let mut entry = b"[Desktop Entry]\nType=Application\nName=BBDrop\nIcon=bbdrop\nTerminal=false\nExec=".to_vec();
    entry.extend(quoted_for_desktop(program.as_os_str().as_bytes()));
    for argument in arguments {
        entry.push(b' ');
        entry.extend(quoted_for_desktop(argument.as_bytes()));
    }
    entry.push(b'\n');
    entry
}

fn config_home() -> io::Result<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
    home.ok_or_else(|| io::Error::other("there is no home directory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_starts_the_program_as_it_was_started() {
        let entry = entry(Path::new("/a b/bbdrop"), &["--data-dir".into(), "/x".into()]);
        let entry = String::from_utf8(entry).expect("text");
        assert!(entry.ends_with("\nExec=\"/a b/bbdrop\" \"--data-dir\" \"/x\"\n"), "{entry}");
    }
}
