//! The scripted server as a host of the program, and what both of them know afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::upload_server::{Config, Faults, Kind, Latency, UploadServer};
use super::{Home, PATIENCE, eventually_within};

/// Short waits, so that a bad day is over in seconds.
const IMPATIENT: &str = "[retry]\nfirst_ms = 20\nmax_ms = 200\nbreaker_ms = 150\nquota_ms = 200\n";

/// How it is asked what a gallery has.
const FIND: &str = r#"
[[find]]
method = "GET"
url = "{origin.api}/galleries/{gallery.hash}/images"
items = { each = "json:/images", extract = { name = "json:/name", link = "json:/show_url", thumb = "json:/th_url", direct = "json:/direct_url" } }
"#;

/// The server, as the host `id`.
pub struct ScriptedHost {
    pub id: &'static str,
    pub server: UploadServer,
}

impl ScriptedHost {
    /// Starts a server and tells the program of `home` about it.
    pub fn start(home: &Home, id: &'static str, latency: Duration) -> Self {
        Self::with(home, id, latency, "")
    }

    /// A host that can be asked what it has.
    pub fn start_with_list(home: &Home, id: &'static str, latency: Duration) -> Self {
        Self::with(home, id, latency, FIND)
    }

    fn with(home: &Home, id: &'static str, latency: Duration, more: &str) -> Self {
        let server = UploadServer::start(Config { hashes: false, ..Config::default() }).expect("a server");
        server.set(Faults { latency: Latency::all(latency), ..Faults::default() });
        let hosts = home.data().join("hosts");
        std::fs::create_dir_all(&hosts).expect("made");
        std::fs::write(hosts.join(format!("{id}.toml")), definition(id, server.url()) + more).expect("written");
        Self { id, server }
    }

    /// How often each image was stored, by gallery name and file name; a gallery name must not be used twice.
    pub fn stored(&self) -> BTreeMap<(String, String), usize> {
        let mut stored = BTreeMap::new();
        for gallery in self.server.galleries() {
            for (file, arrivals) in self.server.images_of(&gallery.hash) {
                *stored.entry((gallery.name.clone(), file)).or_default() += arrivals.len();
            }
        }
        stored
    }

    /// The galleries of the server that hold images, by name.
    pub fn galleries_with_images(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut galleries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for gallery in self.server.galleries() {
            if !self.server.images_of(&gallery.hash).is_empty() {
                galleries.entry(gallery.name.clone()).or_default().insert(gallery.hash.clone());
            }
        }
        galleries
    }

    pub fn requests(&self, kind: Kind) -> usize {
        self.server.received().iter().filter(|arrival| arrival.kind == kind).count()
    }
}

pub fn definition(id: &str, url: &str) -> String {
    format!(
        r#"[host]
id = "{id}"
name = "Scripted host {id}"
{IMPATIENT}
[origins]
api = "{url}"

[[open]]
method = "POST"
url = "{{origin.api}}/galleries"
json = {{ name = "{{gallery.name}}" }}
extract = {{ hash = "json:/hash", key = "json:/upload_key", link = "json:/url" }}

[[upload]]
method = "POST"
url = "{{origin.api}}/images"
multipart = {{ gallery = "{{gallery.hash}}", key = "{{gallery.key}}", img = "{{file}}" }}
extract = {{ link = "json:/show_url", thumb = "json:/th_url", direct = "json:/direct_url" }}

[[close]]
method = "POST"
url = "{{origin.api}}/galleries/{{gallery.hash}}/finalize"
json = {{ upload_key = "{{gallery.key}}" }}
"#
    )
}

impl Home {
    /// Folders `NAME-0`, `NAME-1` … with so many small pictures each.
    pub fn albums(&self, name: &str, count: usize, pictures: u32) -> Vec<String> {
        let folder = |n| self.pictures(&format!("{name}-{n}"), pictures, 8);
        (0..count).map(|n| folder(n).to_str().expect("Unicode").to_owned()).collect()
    }

    /// Puts folders into the queue for a host and has them uploaded.
    pub fn upload(&self, folders: &[String], host: &str) {
        let mut args = vec!["queue", "add", "--start", "--host", host];
        args.extend(folders.iter().map(String::as_str));
        let ran = self.run(&args);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// Galleries in each state, from the database.
    pub fn count(&self, state: &str) -> usize {
        self.states().iter().filter(|other| *other == state).count()
    }

    /// Waits until nothing is under way and nothing waits for its turn.
    pub fn wait_until_settled(&self, patience: Duration) {
        eventually_within(patience.max(PATIENCE), "everything has settled", || {
            let busy = ["added", "scanning", "queued", "uploading"];
            let is_settled =
                |states: &[String]| !states.is_empty() && !states.iter().any(|state| busy.contains(&state.as_str()));
            // The resident says it a moment later than the database has it: once the disk has it, too.
            let state = |row: &serde_json::Value| row["state"].as_str().unwrap_or_default().to_owned();
            let told = || self.list().iter().map(state).collect::<Vec<_>>();
            (is_settled(&self.states()) && is_settled(&told())).then_some(())
        });
    }
}
