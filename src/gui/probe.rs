//! Looks before the window is started: the windowing library panics when a library is missing, and a panic is no
//! answer to a person.

use std::env;
use std::path::Path;

use super::GuiError;

/// A library opened at run time, and where to get it.
struct Library {
    file: &'static str,
    package: &'static str,
}

/// What X11 windows need, as the windowing libraries open them.
const X11: [Library; 6] = [
    Library { file: "libX11.so.6", package: "libx11-6" },
    Library { file: "libXcursor.so.1", package: "libxcursor1" },
    Library { file: "libXi.so.6", package: "libxi6" },
    Library { file: "libX11-xcb.so.1", package: "libx11-xcb1" },
    Library { file: "libxkbcommon-x11.so.0", package: "libxkbcommon-x11-0" },
    Library { file: "libGL.so.1", package: "libgl1" },
];

const WAYLAND: [Library; 3] = [
    Library { file: "libwayland-client.so.0", package: "libwayland-client0" },
    Library { file: "libxkbcommon.so.0", package: "libxkbcommon0" },
    Library { file: "libEGL.so.1", package: "libegl1" },
];

/// Whether a window can be opened here, as far as can be told without opening one.
pub fn check() -> Result<(), GuiError> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    // The order in which the windowing library asks.
    let needed: &[Library] = if set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET") {
        &WAYLAND
    } else if set("DISPLAY") {
        &X11
    } else {
        return Err(GuiError::NoDisplay);
    };
    missing(needed, installed).map_or(Ok(()), Err)
}

fn missing(needed: &[Library], installed: impl Fn(&str) -> bool) -> Option<GuiError> {
    let library = needed.iter().find(|library| !installed(library.file))?;
    Some(GuiError::MissingLibrary { library: library.file, package: library.package })
}

/// Searches where the dynamic linker would: its own path, its cache, the usual folders.
fn installed(file: &str) -> bool {
    let own = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];
    let triples =
        ["x86_64-linux-gnu", "aarch64-linux-gnu", "i386-linux-gnu", "arm-linux-gnueabihf", "riscv64-linux-gnu"];
    env::split_paths(&own).any(|folder| folder.join(file).exists())
        || folders.iter().any(|folder| Path::new(folder).join(file).exists())
        || triples.iter().any(|triple| Path::new("/usr/lib").join(triple).join(file).exists())
        || in_cache(file)
}

/// The linker's cache holds file names as zero-terminated text.
fn in_cache(file: &str) -> bool {
    let name = [file.as_bytes(), &[0]].concat();
    std::fs::read("/etc/ld.so.cache").is_ok_and(|cache| cache.windows(name.len()).any(|part| part == name))
}

/// What the windowing libraries say when there is nothing to show a window on, put as our own error.
pub fn explain(message: &str) -> GuiError {
    const NO_DISPLAY: [&str; 3] =
        ["neither WAYLAND_DISPLAY nor", "Failed to open connection to X server", "XOpenDisplayFailed"];
    if NO_DISPLAY.iter().any(|known| message.contains(known)) {
        return GuiError::NoDisplay;
    }
    if message.contains("glutin") {
        return GuiError::MissingLibrary { library: "OpenGL", package: "libgl1" };
    }
    GuiError::Window(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let error = missing(&X11, |file| file != "libxkbcommon-x11.so.0").unwrap();
        assert_eq!(
            error.to_string(),
            "The window needs libxkbcommon-x11.so.0, which is not installed: install the package libxkbcommon-x11-0 (its \
             name on Debian and Ubuntu) and start again."
        );
        assert_eq!(missing(&X11, |_| true), None);
    }

    #[test]
    fn no_display_is_told_from_other_trouble() {
        for message in
            ["neither WAYLAND_DISPLAY nor WAYLAND_SOCKET nor DISPLAY is set.", "Failed to open connection to X server"]
        {
            assert_eq!(explain(message), GuiError::NoDisplay);
        }
        assert_eq!(explain("boom"), GuiError::Window("boom".into()));
    }
}
