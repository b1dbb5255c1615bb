//! The protocol as others know it: clients written from the text of the decisions, and the examples of the documentation.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Home, Ran, Resident, eventually, free_port, sample_gallery};

const PYTHON: &str = "/usr/bin/python3";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A resident whose delegate channel is the only port of its range, and the environment that says so.
fn resident(home: &Home) -> (Resident<'_>, [(&'static str, String); 2]) {
    std::fs::create_dir_all(home.data()).expect("made");
    let port = free_port().to_string();
    let env = [("SINGLEINSTANCE_PORT_START", port.clone()), ("SINGLEINSTANCE_PORT_END", port)];
    let lines = env.each_ref().map(|(name, value)| format!("{name}={value}\n"));
    std::fs::write(home.data().join(".env"), lines.concat()).expect("written");
    (home.resident(&[]), env)
}

fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("it runs"))
}

#[test]
fn a_client_from_the_text_of_adr_002_works() {
    let home = Home::new();
    let client = |folder: &str| {
        run(Command::new(PYTHON).arg(repository("tests/it/clients/adr_002.py")).args([&home.port.to_string(), folder]))
    };
    let folder = home.path().join("海辺");
    std::fs::create_dir(&folder).expect("made");
    assert_eq!(client(folder.to_str().expect("Unicode")).code, 1, "nobody is there");
    let resident = home.resident(&[]);
    assert_eq!(client(folder.to_str().expect("Unicode")).code, 0);
    eventually("the folder is in the queue", || (home.paths() == [folder.clone()]).then_some(()));
    assert_eq!(client("").code, 0);
    assert_eq!(home.list().len(), 1);
    assert_eq!(resident.quit(), 0);
}

#[test]
fn a_client_from_the_text_of_adr_007_works() {
    let home = Home::new();
    let (resident, env) = resident(&home);
    let client = |args: &[&str]| -> serde_json::Value {
        let ran = run(Command::new(PYTHON).arg(repository("tests/it/clients/adr_007.py")).args(args).envs(env.clone()));
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str(&ran.stdout).expect("JSON")
    };
    // The bare request of the decision, ended in both ways: a well-formed error, not a hang.
    for args in [&["{\"output_to_stdout\": false}\n"] as &[&str], &["{\"output_to_stdout\": false}", "close"]] {
        let answer = client(args);
        assert_eq!((&answer["success"], &answer["error"]), (&false.into(), &"not authorised".into()), "{answer}");
    }
    let request = serde_json::json!({
        "output_to_stdout": true,
        "token": home.resident_file()["token"],
        "folders": [home.pictures("trip", 2, 20)],
    });
    let answer = client(&[&format!("{request}\n")]);
    assert_eq!(answer["success"], true, "{answer}");
    assert_eq!(answer["data"].as_str().map(|text| text.matches("[url=").count()), Some(2), "{answer}");
    assert_eq!(resident.quit(), 0);
}

/// The code blocks of the documentation in `language`.
fn examples(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository("docs/instance-protocol.md")).expect("read");
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).map(str::to_owned).collect()
}

#[test]
fn the_examples_of_the_documentation_work() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let example = |interpreter: &str, script: &str, folder: &Path| {
        let file = home.path().join("example");
        std::fs::write(&file, script).expect("written");
        let mut command = Command::new(interpreter);
        command.arg(&file).arg(folder).env("BBDROP_DATA_DIR", home.data()).env("BBDROP_PORT", home.port.to_string());
        let ran = run(&mut command);
        assert!(ran.code == 0 && ran.stderr.is_empty(), "{interpreter}: {ran:?}\n{script}");
        ran.stdout
    };
    let (sample, other) = (sample_gallery(), home.pictures("other", 1, 20));
    for (interpreter, language) in [("sh", "sh"), (PYTHON, "python")] {
        let scripts = examples(language);
        assert_eq!(scripts.len(), 2, "one for each channel in {language}");
        let folder = if language == "sh" { &other } else { &sample };
        assert!(example(interpreter, &scripts[0], folder).starts_with("OK added "), "{language}");
    }
    let status: serde_json::Value =
        serde_json::from_str(&example("sh", &examples("sh")[1], &other)).expect("a response");
    assert_eq!(status["status"]["resident"], true, "{status}");
    let output = example(PYTHON, &examples("python")[1], &other);
    assert_eq!(output.matches("[url=").count(), 1, "{output}");
    assert_eq!(resident.quit(), 0);
}
