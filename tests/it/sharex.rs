//! ShareX uploaders by the real program: the shapes that there are, from the file to the links in the post; files that are odd.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::stand_in::{Fixture, StandIn};
use crate::support::{Home, Ran, sample_gallery};

fn text(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

fn good(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn server(rules: &str) -> StandIn {
    let fixture: Fixture = toml::from_str(&format!("source = \"made up\"\n{rules}")).expect("a fixture");
    StandIn::start(&fixture)
}

fn import(home: &Home, name: &str, content: &[u8]) -> Ran {
    let file = home.path().join(name);
    std::fs::write(&file, content).expect("written");
    home.run(&["hosts", "import", "--yes", text(&file)])
}

/// Uploads the sample gallery by the uploader `file`, which is for the server at `/up`. Returns the post.
fn upload(file: &Value, server: &StandIn, link: &str) -> String {
    let home = Home::new();
    let mut file = file.clone();
    let path = file["RequestURL"].as_str().expect("a path");
    file["RequestURL"] = format!("{}{path}", server.url).into();
    file["Name"] = "Shape".into();
    good(&import(&home, "shape.sxcu", file.to_string().as_bytes()));
    let ran = home.run(&["--run-once", text(&sample_gallery()), "--host", "shape", "--output-to-stdout"]);
    good(&ran);
    // Where the host makes no thumbnails, they are sent too.
    let mut stored = server.stored();
    stored.retain(|image| sample_gallery().join(&image.file).exists());
    assert!(stored.len() >= 3, "{ran:?}");
    for image in &stored {
        assert!(image.content == std::fs::read(sample_gallery().join(&image.file)).expect("read"), "{}", image.file);
    }
    let links: BTreeSet<_> = ran.stdout.split("[url=").skip(1).filter_map(|rest| rest.split(']').next()).collect();
    assert_eq!(links.len(), stored.len(), "{ran:?}");
    assert!(links.iter().all(|found| found.starts_with(&format!("{}{link}", server.url))), "{ran:?}");
    ran.stdout
}

#[test]
fn a_form_with_a_json_answer() {
    let server = server(
        r#"
[[answer]]
method = "POST"
path = "/up"
when = "album=of a day"
body = '{"files":[{"url":"<<base>>/i/<<n>>.png","thumb":"<<base>>/t/<<n>>.png","delete":"<<base>>/d/<<n>>"}]}'
stores = "g"
"#,
    );
    let file = json!({
        "Version": "16.1.0", "DestinationType": "ImageUploader, FileUploader", "RequestMethod": "POST", "RequestURL": "/up?key=1",
        "Headers": { "X-Token": "{base64:user:pass}" }, "Body": "MultipartFormData",
        "Arguments": { "album": "of a day", "name": "{filename}", "empty": null }, "FileFormName": "img[]",
        "URL": "{json:files[0].url}", "ThumbnailURL": "{json:files[?(@.thumb)].thumb}", "DeletionURL": "{json:$.files[0].delete}",
    });
    let post = upload(&file, &server, "/i/");
    assert!(post.contains(&format!("[img]{}/t/", server.url)), "{post}");
}

#[test]
fn raw_bytes_to_an_address_with_the_name() {
    let rules = "[[answer]]\nmethod = \"PUT\"\npath = \"/up/*\"\nbody = \"<<base>>/raw/<<n>>\\n\"\nstores = \"g\"\n";
    let server = server(rules);
    let file = json!({ "version": "14.0.0", "requestmethod": "put", "RequestURL": "/up/{filename}", "body": "binary" });
    upload(&file, &server, "/raw/");
}

#[test]
fn the_old_syntax() {
    let rules = r#"
[[answer]]
method = "POST"
path = "/up"
when = "name={x}"
body = '{"data":{"link":"/i/<<n>>/"}}'
stores = "g"
"#;
    let server = server(rules);
    let link = format!("{}$json:data.link$", server.url);
    let file = json!({
        "Version": "13.7.1", "RequestMethod": "POST", "RequestURL": "/up", "Body": "MultipartFormData",
        "Arguments": { "name": "{x}" }, "FileFormName": "file", "URL": link,
    });
    upload(&file, &server, "/i/");
}

#[test]
fn the_oldest_files_with_patterns() {
    let rules = r#"
[[answer]]
method = "POST"
path = "/up"
headers = { "Content-Type" = "text/html" }
body = '<html><input value="<<base>>/i/<<n>>"><input value="<<base>>/t/<<n>>"></html>'
stores = "g"
"#;
    let server = server(rules);
    let file = json!({
        "RequestURL": "/up", "FileFormName": "file", "RegexList": ["(?<=value=\")(?<url>[^\"]+)", "value=\"([^\"]*/t/\\d+)"],
        "URL": "$regex:1,url$", "ThumbnailURL": "$2,1$",
    });
    let post = upload(&file, &server, "/i/");
    assert!(post.contains(&format!("[img]{}/t/", server.url)), "{post}");
}

#[test]
fn the_address_after_a_redirect() {
    let rules = r#"
[[answer]]
method = "POST"
path = "/up"
status = 302
headers = { "Location" = "/view/<<n>>" }
stores = "g"
[[answer]]
method = "GET"
path = "/view/*"
headers = { "Content-Type" = "text/html" }
body = "<html>Here it is</html>"
"#;
    for file in [
        json!({ "RequestType": "POST", "RequestURL": "/up", "FileFormName": "file", "ResponseType": "RedirectionURL" }),
        json!({ "Version": "15.0.0", "RequestURL": "/up", "Body": "MultipartFormData", "FileFormName": "f", "URL": "{responseurl}" }),
    ] {
        upload(&file, &server(rules), "/view/");
    }
}

#[test]
fn an_xml_answer() {
    let rules = r#"
[[answer]]
method = "POST"
path = "/up"
headers = { "Content-Type" = "application/xml" }
body = "<?xml version='1.0'?><r><image id='<<n>>'><url>//x/</url></image></r>"
stores = "g"
"#;
    let server = server(rules);
    let link = format!("{}/i/{{xml:/r/image/@id}}", server.url);
    let file = json!({
        "Version": "17.0.0", "RequestURL": "/up", "Body": "MultipartFormData", "FileFormName": "file", "URL": link,
    });
    upload(&file, &server, "/i/");
}

#[test]
fn files_as_editors_write_them_load() {
    let plain =
        "// mine\n/* { */ {\"Version\":\"15.0.0\",\"Name\":\"Wide\",\"RequestURL\":\"a.example\",\"Body\":\"Binary\",}";
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let broken = [plain.as_bytes(), b"\xff"].concat();
    for (name, content) in [("a.SXCU", plain.as_bytes()), ("b.sxcu", &wide), ("c.sxcu", &broken)] {
        let home = Home::new();
        let ran = import(&home, name, content);
        good(&ran);
        assert!(ran.stdout.contains("Wide (wide)"), "{ran:?}");
        assert!(home.run(&["hosts", "show", "wide"]).stdout.contains("https://a.example"));
    }
    let home = Home::new();
    for (content, words) in [
        ("[]", "line 1, column 1: the file is a list, not an object"),
        ("x = 1", "line 1, column 1: the file is a number, true or false, not an object"),
        ("", "line 1, column 1: the file ends where a value should be"),
    ] {
        let ran = import(&home, "wrong.sxcu", content.as_bytes());
        assert!(ran.code == 1 && ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn what_is_odd_is_said_and_does_not_hinder() {
    let home = Home::new();
    let file = home.path().join("odd.sxcu");
    let content = "{\"Version\":\"15.0.0\",\n \"RequestURL\":\"a.example\", \"Body\":\"Binary\",\n \"ErrorMessage\":\"{nothing}\"}";
    std::fs::write(&file, content).expect("written");
    let ran = home.run(&["hosts", "check", text(&file)]);
    good(&ran);
    assert!(
        ran.stdout.contains("  odd       line 3, column 2, ErrorMessage, character 1: there is no function"),
        "{ran:?}"
    );
    let ran = home.run(&["hosts", "check", "--json", text(&file)]);
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert!(json[0]["warnings"][0].as_str().is_some_and(|words| words.contains("ErrorMessage")), "{json}");
    assert!(json[0]["usable"] == true && json[0]["loads"] == true, "{json}");
    let texts = "{\"Version\":\"15.0.0\",\"RequestURL\":\"a.example\",\"Body\":\"JSON\",\"Data\":\"{input}\"}";
    for (content, loads) in [(texts, true), ("{\"Version\":1", false)] {
        std::fs::write(&file, content).expect("written");
        let ran = home.run(&["hosts", "check", "--json", text(&file)]);
        let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert!(ran.code == 1 && json[0]["usable"] == false && json[0]["loads"] == loads, "{json}");
    }
}

#[test]
fn a_broken_definition_does_not_hinder_a_good_one() {
    let home = Home::new();
    let hosts = home.data().join("hosts");
    std::fs::create_dir_all(&hosts).expect("made");
    std::fs::write(hosts.join("broken.toml"), "[host]\nid = 5").expect("written");
    let good_one = br#"{"Version":"15.0.0","Name":"Good","RequestURL":"a.example","Body":"Binary"}"#;
    let ran = import(&home, "good.sxcu", good_one);
    assert!(ran.code == 0 && ran.stderr.contains("broken.toml") && ran.stderr.contains("left out"), "{ran:?}");
    good(&home.run(&["hosts", "show", "good"]));
    let ran = home.run(&["hosts", "remove", "good"]);
    assert!(ran.code == 0 && ran.stderr.contains("broken.toml"), "{ran:?}");
    // Whoever asks for all of them is told by the exit code.
    assert_eq!(home.run(&["hosts", "reload"]).code, 2);
}
