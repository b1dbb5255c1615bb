//! By which window system the window is shown, and which libraries it needs. They are loaded at run time, so that the program starts without them.

use std::env;

use libloading::Library;
use winit::event_loop::EventLoopBuilder;
use winit::platform::x11::EventLoopBuilderExtX11 as _;

/// Library and Debian package.
type Need = (&'static str, &'static str);

const X11: [Need; 6] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];
const WAYLAND: [Need; 2] = [("libwayland-client.so.0", "libwayland-client0"), ("libxkbcommon.so.0", "libxkbcommon0")];
/// One of these draws: OpenGL or Vulkan.
const DRAWING: [Need; 3] = [("libEGL.so.1", "libegl1"), ("libGL.so.1", "libgl1"), ("libvulkan.so.1", "libvulkan1")];

/// X11 where it is, on a Wayland desktop, too (Xwayland): winit 0.30 takes no drops from Wayland, and there no window knows its place or comes to the
/// front for another launch.
pub fn choose_window_system<T: 'static>(builder: &mut EventLoopBuilder<T>) {
    if has_wayland() && has_x11() {
        builder.with_x11();
    }
}

fn has_x11() -> bool {
    is_set("DISPLAY") && (!has_wayland() || X11.iter().all(|need| is_there(need.0)))
}

fn has_wayland() -> bool {
    is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Looks whether a window can be opened at all.
///
/// # Errors
/// In words that name what is missing and the package it is in.
pub fn check_window_libraries() -> Result<(), String> {
    let needs: &[Need] = if has_x11() {
        &X11
    } else if has_wayland() {
        &WAYLAND
    } else {
        return Err("There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.".to_owned());
    };
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !is_there(need.0)).collect();
    if let Some((first, _)) = missing.first() {
        let packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
        let packages = packages.join(" ");
        return Err(format!(
            "The window needs system libraries that are missing ({first}). Install the package: {packages} (Debian: sudo apt install {packages})."
        ));
    }
    if DRAWING.iter().any(|need| is_there(need.0)) {
        return Ok(());
    }
    Err("The window needs OpenGL or Vulkan, and neither is there. Install the package: libgl1 libegl1 (Debian: sudo apt install libgl1 libegl1 libgl1-mesa-dri)."
        .to_owned())
}

#[expect(unsafe_code, reason = "the only way to ask the loader")]
fn is_there(library: &str) -> bool {
    // SAFETY: these are the system's own libraries; their initialisers run anyway when the window opens.
    let loaded = unsafe { Library::new(library) };
    match loaded {
        Ok(library) => {
            // Stays loaded: the window needs it in a moment.
            std::mem::forget(library);
            true
        }
        Err(_) => false,
    }
}
