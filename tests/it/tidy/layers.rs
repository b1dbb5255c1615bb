//! The table of layers: who may use whom, and what each must never touch. `docs/ARCHITECTURE.md` shows the same table.

/// One module below `src`.
pub struct Layer {
    pub name: &'static str,
    /// Other modules of ours.
    pub uses: &'static [&'static str],
    /// Crates, besides [`EVERYWHERE`]. One more is fine when it belongs to what the layer is for.
    pub crates: &'static [&'static str],
    /// Paths that are not for this layer, outside tests.
    pub never: &'static [&'static [&'static str]],
    /// Whether asking a path for what is on disk (`path.exists()`) is forbidden, too.
    pub is_blind: bool,
}

/// Crates that only describe data, errors and dates.
pub const EVERYWHERE: &[&str] = &["jiff", "serde", "serde_json", "thiserror"];

const ENVIRONMENT: &[&str] = &["std::env"];
const SYSTEM: &[&str] = &["std::os"];
const SOCKETS: &[&str] = &["std::net", "tokio::net"];
const WORLD: &[&str] = &["std::fs", "std::io", "std::process", "std::thread"];
const LOCKS: &[&str] =
    &["std::sync::Barrier", "std::sync::Condvar", "std::sync::Mutex", "std::sync::RwLock", "std::sync::mpsc"];
const CLOCKS: &[&str] = &["jiff::Timestamp::now", "jiff::Zoned::now", "std::time::Instant", "std::time::SystemTime"];

/// The layers, innermost first.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "core",
        uses: &[],
        crates: &["os_str_bytes"],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS, WORLD, LOCKS, CLOCKS],
        is_blind: true,
    },
    Layer {
        name: "template",
        uses: &["core"],
        crates: &["strsim"],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS, WORLD, LOCKS, CLOCKS],
        is_blind: true,
    },
    Layer { name: "files", uses: &[], crates: &["tempfile"], never: &[ENVIRONMENT, SYSTEM, SOCKETS], is_blind: false },
    Layer {
        name: "store",
        uses: &["core", "files"],
        crates: &["rusqlite", "rusqlite_migration", "tracing"],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS],
        is_blind: false,
    },
    Layer {
        name: "hosts",
        uses: &["core", "files"],
        crates: &[
            "base64",
            "blake3",
            "bytes",
            "cookie_store",
            "deunicode",
            "fancy_regex",
            "futures_util",
            "getrandom",
            "html5ever",
            "html_escape",
            "http",
            "imagesize",
            "keyring",
            "md5",
            "opendal",
            "percent_encoding",
            "regex",
            "reqwest",
            "roxmltree",
            "rustls",
            "rustls_platform_verifier",
            "sha1",
            "sha2",
            "suppaftp",
            "tempfile",
            "tokio",
            "toml",
            "tracing",
        ],
        never: &[ENVIRONMENT, SYSTEM],
        is_blind: false,
    },
    Layer {
        name: "engine",
        uses: &["core", "files", "hosts", "store", "template"],
        crates: &[
            "blake3",
            "fast_image_resize",
            "fs4",
            "futures_util",
            "image",
            "imagesize",
            "tempfile",
            "tokio",
            "tokio_util",
            "tracing",
        ],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS],
        is_blind: false,
    },
    Layer {
        name: "instance",
        uses: &["core", "files", "platform"],
        crates: &[
            "getrandom",
            "hmac",
            "percent_encoding",
            "sha2",
            "subtle",
            "tempfile",
            "tokio",
            "tokio_util",
            "tracing",
        ],
        never: &[ENVIRONMENT, SYSTEM],
        is_blind: false,
    },
    Layer {
        name: "platform",
        uses: &["core"],
        crates: &[
            "directories",
            "libloading",
            "raw_window_handle",
            "rustix",
            "socket2",
            "tracing",
            "windows",
            "windows_core",
            "windows_link",
            "windows_registry",
            "windows_sys",
            "winit",
            "x11rb",
            "zbus",
        ],
        never: &[],
        is_blind: false,
    },
    Layer {
        name: "ui",
        uses: &["core", "template"],
        crates: &["egui", "egui_commonmark", "egui_table", "egui_tiles"],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS, WORLD, LOCKS],
        is_blind: true,
    },
    Layer {
        name: "cli",
        uses: &["app", "core", "engine", "hosts", "instance", "platform", "store", "template"],
        crates: &["clap", "ctrlc", "rpassword", "tempfile", "tokio", "tracing", "tracing_subscriber"],
        never: &[ENVIRONMENT, SYSTEM, SOCKETS],
        is_blind: false,
    },
    Layer {
        name: "app",
        uses: &["cli", "core", "engine", "files", "hosts", "instance", "platform", "store", "template", "ui"],
        crates: &[
            "directories",
            "eframe",
            "egui",
            "egui_system_font_provider",
            "egui_winit",
            "fs4",
            "opener",
            "percent_encoding",
            "rfd",
            "tempfile",
            "tokio",
            "tracing",
        ],
        never: &[SYSTEM, SOCKETS],
        is_blind: false,
    },
];
