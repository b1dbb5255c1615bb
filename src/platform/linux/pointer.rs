//! Where the pointer is, asked of the X server on a connection of its own: that of the window belongs to the window's thread.

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::super::pointer::Look;

/// What the extension and the first screens of Xwayland are called.
const XWAYLAND: &[u8] = b"XWAYLAND";

/// On Wayland there is no such window, and no way to ask.
pub fn over(window: isize) -> Option<Look> {
    let window = Window::try_from(window).ok().filter(|window| *window != 0)?;
    let (connection, screen) = RustConnection::connect(None).ok()?;
    let root = connection.setup().roots.get(screen)?.root;
    if is_xwayland(&connection, root) {
        return None;
    }
    Some(Box::new(move || {
        let found = connection.query_pointer(window).ok()?.reply().ok()?;
        found.same_screen.then_some([found.win_x, found.win_y])
    }))
}

/// Xwayland is not told where the pointer is while something from a Wayland program is dragged: what it says then is where the
/// pointer was before. From version 23 on it has an extension that says what it is, older ones call their screens so
/// (<https://gitlab.freedesktop.org/xorg/app/xisxwayland>).
fn is_xwayland(connection: &RustConnection, root: Window) -> bool {
    let extension = || connection.query_extension(XWAYLAND).ok()?.reply().ok().map(|found| found.present);
    let screen = || {
        let screens = connection.randr_get_screen_resources_current(root).ok()?.reply().ok()?;
        let first = connection.randr_get_output_info(*screens.outputs.first()?, screens.config_timestamp).ok()?;
        first.reply().ok().map(|output| output.name.starts_with(XWAYLAND))
    };
    extension() == Some(true) || screen() == Some(true)
}
