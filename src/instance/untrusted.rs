//! Everything that comes from outside, one function a kind of input, each for any bytes: what the fuzz targets and the
//! property test below run. A function panics when the program would take something it must not take.

use super::delegate::{self, Parsed};
use super::message::{self, Message};
use super::{inbox, path_text, ports, resident_file};

/// Reads bytes as one kind of input.
type Reader = fn(&[u8]);

/// All of them, each with an example that is understood.
pub const INPUTS: [(Reader, &str); 5] = [
    (folder_message, "/home/me/Pictures/海辺\n"),
    (delegate_request, r#"{"output_to_stdout":true,"token":"0","command":"run_once","folders":["/a"]}"#),
    (dot_env, "# mine\nSINGLEINSTANCE_PORT_START=54000\nexport BBDROP_PORT=\"27849\"\n"),
    (resident_file, r#"{"protocol":1,"pid":2,"folder_port":3,"delegate_port":null,"started_at":"","token":"0"}"#),
    (inbox_file, r#"{"folders":["/a","file:///b%FF"]}"#),
];

/// One message of the folder channel.
pub fn folder_message(bytes: &[u8]) {
    match message::read(bytes) {
        Ok(Message::Raise) => assert!(bytes.len() <= message::MESSAGE_BYTES_MAX),
        Ok(Message::Folder(path)) => {
            assert!(path.is_absolute() && message::is_on_a_drive(&path) && bytes.len() <= message::MESSAGE_BYTES_MAX);
        }
        Err(refusal) => {
            let line = message::answer(&Err(refusal), true);
            assert!(line.starts_with("ERROR ") && line.ends_with('\n') && line.lines().count() == 1, "{line}");
        }
    }
}

/// One request of the delegate channel.
pub fn delegate_request(bytes: &[u8]) {
    if let Parsed::Request(request) = delegate::parse(bytes) {
        let written = serde_json::to_vec(&request).unwrap_or_default();
        assert!(matches!(delegate::parse(&written), Parsed::Request(again) if again == request));
        for text in &request.folders {
            let _ = path_text::read(text);
        }
    }
}

/// The `.env` file.
pub fn dot_env(bytes: &[u8]) {
    if let Ok(ports) = ports::parse(bytes) {
        assert!(ports.folder > 0 && *ports.delegate.start() > 0 && !ports.delegate.is_empty());
    }
}

/// `resident.json`.
pub fn resident_file(bytes: &[u8]) {
    if let Some(file) = resident_file::parse(bytes) {
        let written = serde_json::to_vec(&file).unwrap_or_default();
        assert_eq!(resident_file::parse(&written), Some(file));
    }
}

/// A file of the inbox.
pub fn inbox_file(bytes: &[u8]) {
    for path in inbox::parse(bytes).unwrap_or_default() {
        assert_eq!(path_text::read(&path_text::write(&path)), Ok(path));
    }
}

#[cfg(test)]
mod tests {
    use super::INPUTS;
    use proptest::prelude::*;
    use proptest::sample::Index;

    /// The example with some bytes replaced, taken out or put in: reaches further than noise.
    fn damaged(example: &str, damage: &[(Index, u8, u8)]) -> Vec<u8> {
        let mut bytes = example.as_bytes().to_vec();
        for (at, kind, byte) in damage {
            let at = at.index(bytes.len() + 1);
            match (kind % 3, bytes.get_mut(at)) {
                (0, Some(old)) => *old = *byte,
                (1, Some(_)) => drop(bytes.remove(at)),
                _ => bytes.insert(at, *byte),
            }
        }
        bytes
    }

    proptest! {
        #![proptest_config(crate::core::tests::cases(20_000))]

        #[test]
        fn no_bytes_are_taken_for_what_they_are_not(
            noise in proptest::collection::vec(any::<u8>(), 0..1100),
            damage in proptest::collection::vec(any::<(Index, u8, u8)>(), 0..6),
        ) {
            for (read, example) in INPUTS {
                read(&noise);
                read(&damaged(example, &damage));
            }
        }
    }

    #[test]
    fn deep_long_and_odd_inputs_end() {
        let deep = "[".repeat(100_000);
        let deep_object = r#"{"folders":"#.repeat(50_000);
        let long = format!(r#"{{"folders":["{}"]}}"#, "/x".repeat(500_000));
        let lines = "BBDROP_PORT=$A${A}\n\"'=#\n".repeat(2_000);
        for (read, example) in INPUTS {
            for input in [&deep, &deep_object, &long, &lines, "", "\0", "\u{feff}", example] {
                read(input.as_bytes());
            }
        }
    }
}
