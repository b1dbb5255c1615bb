//! For the tests of this layer: a definition, and a server that answers what it is told to. Never in a build.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::iter::Peekable;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

/// A small definition that uses what there is.
pub const SCRIPTED: &str = r#"[host]
id = "scripted"
name = "Scripted host"
[origins]
api = "http://127.0.0.1:9000"
[[open]]
method = "POST"
url = "{origin.api}/galleries"
json = { name = "{gallery.name}" }
extract = { hash = "json:/hash", key = "json:/upload_key", link = "json:/url" }
[[upload]]
method = "POST"
url = "{origin.api}/images"
multipart = { gallery = "{gallery.hash}", key = "{gallery.key}", img = "{file}" }
extract = { link = "json:/show_url", thumb = "json:/th_url", direct = "json:/direct_url" }
[[close]]
method = "POST"
url = "{origin.api}/galleries/{gallery.hash}/finalize"
json = { upload_key = "{gallery.key}" }
"#;

/// What the server does with one request.
pub enum Turn {
    /// Reads it and answers so.
    Answer(String),
    /// Reads it, answers so and ends the connection.
    Last(String),
    /// Answers so after the head, without reading more.
    Early(String),
    /// Reads the head, then cuts the connection.
    Cut,
    /// Reads the head, then does nothing until the client goes away.
    Stall,
}

/// A request as it arrived.
#[derive(Debug)]
pub struct Arrived {
    pub head: String,
    /// As far as it came.
    pub body: Vec<u8>,
}

pub struct Server {
    pub url: String,
    arrived: mpsc::Receiver<Arrived>,
    /// Whoever stalls does so until this is gone.
    stalls: mpsc::SyncSender<()>,
}

impl Server {
    /// Answers one request after the other, whatever they ask for; keeps connections where it can.
    pub fn new(turns: Vec<Turn>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, arrived) = mpsc::sync_channel(turns.len());
        let (stalls, released) = mpsc::sync_channel(1);
        let answering = std::thread::Builder::new().name("server".to_owned()).spawn(move || {
            let mut turns = turns.into_iter().peekable();
            while turns.peek().is_some() {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, &mut turns, &sender, &released);
            }
        });
        drop(answering.expect("a thread")); // It ends with its turns, or with the test.
        Self { url, arrived, stalls }
    }

    /// Every request there was, once all turns are taken.
    pub fn requests(self) -> Vec<Arrived> {
        drop(self.stalls);
        self.arrived.iter().collect()
    }
}

/// An answer with a body of known length.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

pub fn json(body: &str) -> Turn {
    Turn::Answer(answer(200, "Content-Type: application/json\r\n", body))
}

fn serve(
    stream: TcpStream,
    turns: &mut Peekable<impl Iterator<Item = Turn>>,
    sender: &mpsc::SyncSender<Arrived>,
    released: &mpsc::Receiver<()>,
) {
    let mut writer = stream.try_clone().expect("cloned");
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                return; // The client has closed it: the next turn is for the next connection.
            }
        }
        let length = |line: &str| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
        let length: u64 = head.lines().find_map(length).unwrap_or(0);
        let Some(turn) = turns.next() else { return };
        let mut body = Vec::new();
        if matches!(turn, Turn::Answer(_) | Turn::Last(_)) {
            let _ = (&mut reader).take(length).read_to_end(&mut body); // What did not come is missing in `body`.
        }
        let is_whole = body.len() as u64 == length;
        let _ = sender.send(Arrived { head, body });
        match turn {
            Turn::Answer(answer) => drop(writer.write_all(answer.as_bytes())),
            Turn::Last(answer) => {
                drop(writer.write_all(answer.as_bytes()));
                return;
            }
            Turn::Early(answer) => {
                drop(writer.write_all(answer.as_bytes()));
                let _ = released.recv();
            }
            Turn::Cut => return,
            Turn::Stall => drop(released.recv().ok()), // What the client sends piles up in the system.
        }
        if !is_whole || turns.peek().is_none() {
            return;
        }
    }
}
