//! What files become, what is filled in, and what is said of those that are wrong.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../tests/data/sxcu/", $name, ".sxcu")) as &[u8])),*]
    };
}

const GOOD: [(&str, &[u8]); 9] =
    files!["bom", "today", "no_version", "dollars", "oldest", "oldest_shortener", "json_body", "text_form", "odd",];
const BAD: [(&str, &[u8]); 5] = files!["wrong", "list_too_short", "no_colon", "no_address", "list"];

fn load(name: &str) -> Sxcu {
    let (_, bytes) = GOOD.iter().find(|(known, _)| *known == name).expect(name);
    Sxcu::parse(bytes).expect(name)
}

fn written(key: &str, text: &str) -> Vec<u8> {
    let mut file = serde_json::json!({"Version": "15.0.0", "RequestURL": "https://a.example/", "Body": "Binary"});
    file[key] = text.into();
    file.to_string().into_bytes()
}

fn with<T>(response: Option<&Response>, answers: &[(&str, &str)], run: impl FnOnce(&Context<'_>) -> T) -> T {
    let answers: BTreeMap<_, _> = answers.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    let now = "2026-03-05T15:04:09.007+00:00[UTC]".parse().expect("a date");
    let moment = Moment { now, counter: 35, random: &|_| 1 };
    let context = Context {
        stage: Stage::Value,
        file_name: "a b.png",
        input: "<\"&",
        response,
        answers: &answers,
        moment: &moment,
    };
    run(&context)
}

/// What `text` as `URL` gives for an answer.
fn result(text: &str) -> Result<String, String> {
    let sxcu = Sxcu::parse(&written("URL", text)).map_err(|problems| problems[0].to_string())?;
    let headers = vec![("X-Id".to_owned(), "h".to_owned())];
    let body = r#"{"a":{"b":"v"},"list":[{"u":"one"},{"u":"two"}],"x":"{|}"}"#.to_owned();
    let response = sxcu.response(body, "https://final.example/".to_owned(), headers);
    with(Some(&response), &[], |context| sxcu.link(context))
}

/// What `text` as a value of an argument gives.
fn value(text: &str) -> Result<String, String> {
    let file = serde_json::json!({"Version": "15.0.0", "RequestURL": "a.example", "Body": "Form".to_owned() + "URLEncoded",
        "Arguments": {"x": text}});
    let sxcu = Sxcu::parse(file.to_string().as_bytes()).map_err(|problems| problems[0].to_string())?;
    with(None, &[], |context| sxcu.fill(&sxcu.request.arguments, context)).map(|mut pairs| pairs.remove(0).1)
}

#[test]
fn files_become_definitions() {
    for (name, method, body, destinations, host, usable) in [
        ("bom", Method::Post, Body::Multipart, 2, "With a BOM", Ok(())),
        ("today", Method::Post, Body::Multipart, 1, "img.example", Ok(())),
        ("no_version", Method::Put, Body::Binary, 0, "No version, today's syntax", Ok(())),
        ("dollars", Method::Post, Body::Multipart, 2, "….old.example", Ok(())),
        ("oldest", Method::Post, Body::Multipart, 0, "oldest.example", Ok(())),
        ("oldest_shortener", Method::Get, Body::None, 1, "short.example", Err("without a body. It shortens URLs")),
        ("json_body", Method::Post, Body::Json, 1, "paste.example", Err("a JSON body. It is for texts")),
        (
            "text_form",
            Method::Post,
            Body::Multipart,
            1,
            "paste.example",
            Err("column 1, FileFormName: it sends no file"),
        ),
        ("odd", Method::Post, Body::Binary, 0, "odd", Ok(())),
    ] {
        let sxcu = load(name);
        assert_eq!((sxcu.request.method, sxcu.request.body), (method, body), "{name}");
        assert_eq!((sxcu.destinations.len(), sxcu.name.as_str()), (destinations, host), "{name}");
        match (sxcu.usable_for_images(), usable) {
            (Ok(()), Ok(())) => {}
            (Err(words), Err(part)) => assert!(words.contains(part), "{name}: {words}"),
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn files_that_are_wrong_say_everything_at_once() {
    let expected: [(&str, &[&str]); 5] = [
        (
            "wrong",
            &[
                "line 3, column 3, DestinationType: “Fax” is not known here. Write None, or some of ImageUploader",
                "line 4, column 3, RequestMethod: “SEND” is not known here. Write one of GET",
                "line 5, column 3, RequestURL, character 7: ftp:// cannot be used",
                "line 6, column 16, Headers.Bad Name: “Bad Name” is no name of a header",
                "line 8, column 3, Arguments: here is a list, where an object",
                "line 9, column 3, URL, character 23: JSON path, character 3: brackets take",
                "line 9, column 3, URL, character 32: there is no function “nothing”. There are response",
            ],
        ),
        ("list_too_short", &["line 7, column 3, URL, character 2: this asks for pattern 2 of RegexList, which has 1"]),
        ("no_colon", &["line 3, column 16: a : is missing behind \"RequestURL\""]),
        ("no_address", &["line 1, column 1, RequestURL: the address is missing"]),
        ("list", &["line 1, column 1: the file is a list, not an object"]),
    ];
    for ((name, bytes), (same, expected)) in BAD.iter().zip(expected) {
        assert_eq!(*name, same);
        let problems = Sxcu::parse(bytes).expect_err(name);
        let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), expected.len(), "{name}: {words:#?}");
        for (words, expected) in words.iter().zip(expected) {
            assert!(words.starts_with(expected), "{name}: {words}\n{expected}");
        }
    }
}

#[test]
fn requests_are_filled() {
    let today = load("today");
    with(None, &[("select:small|large", "large")], |context| {
        let address = "https://www.img.example/upload?key=kept&day=2026-03-05&album=a%20b&bare";
        assert_eq!(today.address(context).as_deref(), Ok(address));
        let headers = today.fill(&today.request.headers, context).expect("headers");
        assert_eq!(headers[1].1, "Basic dXNlcjpwYXNz");
        let arguments = today.fill(&today.request.arguments, context).expect("arguments");
        let values: Vec<_> = arguments.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["a b.png", "1111", "100%d", "large", "nobody"]);
    });
    let unanswered = with(None, &[], |context| today.fill(&today.request.arguments, context)).expect_err("no answer");
    assert_eq!(unanswered, "size: nobody chose yet between small, large");
    let questions = today.questions();
    assert_eq!(
        questions.iter().map(|question| question.title.as_str()).collect::<Vec<_>>(),
        ["Choose one", "Your name"]
    );
    assert_eq!((questions[0].choices.len(), questions[1].default.as_str()), (2, "nobody"));
    assert_eq!(today.secrets(), ["Parameters.key"]);
    assert_eq!(load("bom").secrets(), ["Headers.Authorization"]);

    let put = load("no_version");
    assert_eq!(with(None, &[], |context| put.address(context)).as_deref(), Ok("https://b.example/a%20b.png?ttl=3600"));
    let dollars = load("dollars");
    let address = with(None, &[("input:Token", "t&t")], |context| dollars.address(context));
    assert_eq!(address.as_deref(), Ok("https://b.old.example/upload?token=t%26t"));
    let oldest = load("oldest");
    let arguments = with(None, &[], |context| oldest.fill(&oldest.request.arguments, context)).expect("arguments");
    assert_eq!(arguments, [("note".to_owned(), "<\"&".to_owned())]);
    let shortener = load("oldest_shortener");
    let address = with(None, &[], |context| shortener.address(context));
    assert_eq!(address.as_deref(), Ok("https://short.example/new?url=%3C%22%26&api_key=abc"));
    let data = with(None, &[], |context| load("json_body").data(context)).expect("data");
    assert_eq!(
        data,
        "{\n  \"text\": \"<\\\"&\",\n  \"name\": \"a b.png\", \"json\": \"{json:x}\", \"year\": \"2026\"\n}"
    );
}

#[test]
fn results_are_read_from_answers() {
    let old = load("dollars");
    let response = old.response("<a href=\"L\" del=D>".to_owned(), String::new(), Vec::new());
    with(Some(&response), &[], |context| {
        assert_eq!(old.link(context).as_deref(), Ok("L"));
        assert_eq!(old.result(&old.results.thumbnail, context).as_deref(), Ok("https://old.example/{t}/L"));
        assert_eq!(old.result(&old.results.deletion, context).as_deref(), Ok("https://old.example/d/D"));
    });
    let oldest = load("oldest");
    let headers = vec![("location".to_owned(), "/x/42".to_owned())];
    let response = oldest.response("no".to_owned(), String::new(), headers);
    assert_eq!(with(Some(&response), &[], |context| oldest.link(context)).as_deref(), Ok("http://oldest.example/i/42"));
    let shortener = load("oldest_shortener");
    let response = shortener.response("no".to_owned(), "https://s.example/1".to_owned(), Vec::new());
    assert_eq!(with(Some(&response), &[], |context| shortener.link(context)).as_deref(), Ok("https://s.example/1"));
    let bom = load("bom");
    let response = bom.response("<html>".to_owned(), String::new(), Vec::new());
    assert!(with(Some(&response), &[], |context| bom.link(context)).expect_err("HTML").contains("no JSON"));
    let xml = load("json_body");
    let response = xml.response("<r><link>x</link></r>".to_owned(), String::new(), Vec::new());
    assert_eq!(with(Some(&response), &[], |context| xml.link(context)).as_deref(), Ok("x"));
}

#[test]
fn texts_follow_the_grammar() {
    for (text, expected) in [
        ("", r#"{"a":{"b":"v"},"list":[{"u":"one"},{"u":"two"}],"x":"{|}"}"#),
        ("{json:a.b}", "v"),
        ("{JSON:$.a.b}", "v"),
        ("{json:a.b", "v"),
        ("{json|a.b}", "v"),
        ("x{json:a.b}{json:a.missing}", "xv"),
        ("{json:a.b}{json:}", "v"),
        ("{json:{response}|list[1].u}", "two"),
        ("{json:list[?(@.u=='one')].u}", "one"),
        ("https://x:8/{header:x-id}:{header:None}", "https://x:8/h:"),
        ("{responseurl}", "https://final.example/"),
        ("{base64:a:b}", "YTpi"),
        ("{base64:a\\|b\\}\\\\}", "YXxifVw="),
        ("{regex:\"b\":\"(.)\"|1}", "v"),
        ("{regex:\\{\\\\\\|\\}}", "{|}"),
        ("{regex:{json:list[0].u}|(?<n>n)e|n}", "n"),
        ("{regex:\\\\w+}", "a"),
        ("{json:a.b}{regex:(a)|9}", "v"),
        ("{random:x|y}", "y"),
        ("{{random:xml|json}:a.b}", "v"),
        ("{js{base64:}on:a.b}", "v"),
        ("{filename}{input}", "a%20b.png"),
        ("a}b", "a"),
        ("a|b", "a"),
        ("a\\}\\|b\\", "a}|b"),
        ("{outputbox:t|{json:a.b}}", ""),
        ("{inputbox:Q|d}", "d"),
        ("%y", "%y"),
    ] {
        assert_eq!(result(text).as_deref(), Ok(expected), "{text}");
    }
    for (text, words) in [
        ("{json:a}", "an object"),
        ("{json:list[*].u}", "2 values"),
        ("{{random:a|nope}:x}", "no function “nope”"),
        ("{inputbox:Q}", "“Q” was not answered"),
        ("{select:a|b}", "between a, b"),
        ("{xml:/a}", "no XML"),
        ("{header}", "needs 1"),
    ] {
        let error = result(text).expect_err(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    let deep = result(&"{base64:".repeat(40)).expect_err("deep");
    assert!(deep.contains("nested too deep"), "{deep}");
    assert!(result(&"{response}".repeat(60)).expect_err("many").contains("too many calls"));
}

#[test]
fn codes_are_replaced_as_sharex_does() {
    for (text, expected) in [
        ("%y %yy %mo %mon %mon2 %d %h:%mi:%s.%ms", "2026 26 03 March March 05 15:04:09.007"),
        ("%h %pm", "03 PM"),
        ("%w %w2 %wy %unix", "Thursday Thursday 10 1772723049"),
        ("%i %i{4} %ix %iX{4} %ia %iA %iAa %iaA %ib{2,8} %iB{40,2}", "35 0035 23 0023 z Z Z z 00100011 0Z"),
        ("%ib %width|", "35b "),
        ("%rn %rn{3} %rx{2} %rX %ra %rna", "1 111 11 1 1 3"),
        ("%guid", "11111111-1111-4111-9111-111111111111"),
        ("%radjective%ranimal%remoji{2}", "BraveCrane😎😎"),
        ("a%nb", "a\r\nb"),
        ("100\\% \\%d %z %t %pn", "100% %d %z %t %pn"),
        ("%un %uln %cn %rf{c:\\\\x.txt}", "%un %uln %cn %rf{c:\\\\x.txt}"),
        ("%rn{99999999}", &"1".repeat(1000)),
        ("{base64:%y}", "MjAyNg=="),
    ] {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn odd_things_are_said_but_do_not_hinder() {
    let odd = load("odd");
    let words: Vec<_> = odd.warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "line 6, column 16, Headers.X-Who, character 1: %un would tell",
        "line 6, column 16, Headers.X-Who, character 8: %cn would tell",
        "line 6, column 39, Headers.X-Path, character 1: %rf{C:\\list.txt} would tell",
        "line 6, column 70, Headers.X-Encoded, character 2: “%d0” looks encoded, but ShareX replaces its %d",
        "line 7, column 3, URL, character 40: ShareX ends the text here",
    ];
    assert_eq!(words.len(), expected.len(), "{words:#?}");
    for (words, expected) in words.iter().zip(expected) {
        assert!(words.starts_with(expected), "{words}");
    }
    assert!(load("today").warnings.is_empty() && load("dollars").warnings.is_empty());
    assert!(load("oldest").warnings[0].words.contains("version of ShareX is missing"));
}

#[test]
fn wide_and_broken_encodings_are_read() {
    let text = "{\"Version\":\"15.0.0\",\"Name\":\"海\",\"RequestURL\":\"a.example\"}";
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    for bytes in [
        text.as_bytes().to_vec(),
        [&[0xff, 0xfe], wide(u16::to_le_bytes).as_slice()].concat(),
        [&[0xfe, 0xff], wide(u16::to_be_bytes).as_slice()].concat(),
        text.replace('海', "\\u6d77").into_bytes(),
    ] {
        assert_eq!(Sxcu::parse(&bytes).expect("good").name, "海");
    }
    assert_eq!(Sxcu::parse(b"{\"Name\":\"\xff\",\"RequestURL\":\"a.example\"}").expect("good").name, "\u{fffd}");
    let long = format!("{{\"Name\":\"{}\"}}", "x".repeat(BYTES_MAX));
    assert!(Sxcu::parse(long.as_bytes()).expect_err("long")[0].words.contains("longer"));
    for deep in ["[", "{\"a\":", "{a:[", "/*", "{\"a"] {
        assert_eq!(Sxcu::parse(deep.repeat(50_000).as_bytes()).expect_err("deep").len(), 1);
    }
}

fn parsed(file: &serde_json::Value) -> Sxcu {
    Sxcu::parse(file.to_string().as_bytes()).expect("it loads")
}

#[test]
fn what_sharex_can_do_without_does_not_hinder() {
    let mut file = serde_json::json!({"Version": "15.0.0", "RequestURL": "a.example", "Body": "Binary",
        "URL": "{response}", "ThumbnailURL": "https://a.example/{random:one}{}", "DeletionURL": "{regex:(}",
        "ErrorMessage": "{json:a[}", "ResponseType": "JSON", "RequestType": "application/json", "RegexList": "none"});
    let sxcu = parsed(&file);
    let words: Vec<_> = sxcu.warnings.iter().map(ToString::to_string).collect();
    for expected in [
        ", ThumbnailURL, character 19: “random” needs 2 parameters and has 1. Write them",
        ", ThumbnailURL, character 31: this call has no name",
        ", DeletionURL, character 1: the pattern cannot be read",
        ", ErrorMessage, character 1: JSON path",
        ", ResponseType: “JSON” is not known here",
        ", RequestType: “application/json” is not known here",
        ", RegexList: here is a text, where a list",
    ] {
        assert!(words.iter().any(|words| words.contains(expected)), "{expected}: {words:#?}");
    }
    assert_eq!(words.len(), 7, "{words:#?}");
    let Results { thumbnail, deletion, error, source, .. } = &sxcu.results;
    assert!(thumbnail.is_empty() && deletion.is_empty() && error.is_empty() && *source == Source::Text);
    // Before 12.4 they meant something.
    file["Version"] = "12.0.0".into();
    let problems = Sxcu::parse(file.to_string().as_bytes()).expect_err("wrong");
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys.len(), 3, "{problems:?}");
    assert!(["ResponseType", "RequestType", "RegexList"].iter().all(|key| keys.contains(key)), "{keys:?}");
}

#[test]
fn keys_and_values_are_read_as_json_net_reads_them() {
    for text in [
        r#"{"version":"15.0.0","REQUESTURL":"a.example","destinationtype":5,"requestmethod":2,"body":5,"headers":{"N":1,"T":true,"O":null}}"#,
        r#"{"Version":15.0,"RequestURL":"x","requesturl":"a.example","DestinationType":"4, imageuploader","RequestMethod":"Put","Body":"binary",
            "Headers":{"n":"0","T":"true","O":""},"HEADERS":{"N":"1","T":"true","O":""}} trailing"#,
    ] {
        let sxcu = Sxcu::parse(text.as_bytes()).expect(text);
        assert_eq!((sxcu.request.method, sxcu.request.body), (Method::Put, Body::Binary));
        assert!(
            [Destination::Images, Destination::Files].iter().all(|kind| sxcu.destinations.contains(kind)),
            "{text}"
        );
        let headers = with(None, &[], |context| sxcu.fill(&sxcu.request.headers, context)).expect("filled");
        let values: Vec<_> = headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["1", "true", ""]);
        assert_eq!(with(None, &[], |context| sxcu.address(context)).as_deref(), Ok("https://a.example"));
    }
    let none = Sxcu::parse(
        br#"{"Version":"15.0.0","RequestURL":"a.example","DestinationType":"None","Body":null,"Arguments":null}"#,
    );
    let none = none.expect("it loads");
    assert!(none.destinations.is_empty() && none.request.method == Method::Post && none.request.body == Body::None);
}

#[test]
fn a_placeholder_for_the_host_loads_and_says_where_it_is() {
    for (url, character) in
        [("Webhook URL", 1), ("https://[YOUR_DOMAIN]/up", 9), ("<url>/upload", 1), ("https://<you>.a.example/", 9)]
    {
        let text = format!("{{\n  \"Version\": \"15.0.0\",\n  \"RequestURL\": \"{url}\",\n  \"Body\": \"Binary\"\n}}");
        let sxcu = Sxcu::parse(text.as_bytes()).expect("it loads");
        let words = sxcu.usable_for_images().expect_err("no host");
        assert!(words.starts_with(&format!("line 3, column 3, RequestURL, character {character}: “")), "{words}");
        assert!(words.contains("is no host. Write an address like"), "{words}");
    }
}

#[test]
fn why_no_image_can_be_sent_is_said_with_its_key() {
    for (key, value, destination, expected) in [
        ("Body", "JSON", "TextUploader", "Body: it sends no file, its request is with a JSON body. It is for texts."),
        (
            "Body",
            "XML",
            "URLSharingService",
            "Body: it sends no file, its request is with an XML body. It shares URLs.",
        ),
        ("Body", "None", "ImageUploader", "without a body. Write \"Body\": \"MultipartFormData\" or \"Binary\""),
        ("Body", "FormURLEncoded", "", "with a form of texts. It is hardly meant for images."),
        (
            "RequestMethod",
            "GET",
            "FileUploader",
            "RequestMethod: it sends no file, a GET request has no body. Write POST",
        ),
        ("Body", "MultipartFormData", "URLShortener, ImageUploader", "FileFormName: it sends no file, the name of"),
    ] {
        let mut file = serde_json::json!({"Version": "15.0.0", "RequestURL": "a.example", "Body": "Binary"});
        file[key] = value.into();
        file["DestinationType"] = destination.into();
        let words = parsed(&file).usable_for_images().expect_err(value);
        assert!(words.contains(expected), "{words}");
    }
}

#[test]
fn files_without_a_version_have_the_body_of_old_ones() {
    for (version, method, link, body) in [
        (None, Some("POST"), "$json:url$", Body::Multipart),
        (None, Some("POST"), "{json:url}", Body::Multipart),
        (None, None, "$json:url$", Body::Multipart),
        (Some("0.1.0"), Some("POST"), "$json:url$", Body::Multipart),
        (Some("1.3"), Some("PUT"), "{response}", Body::Multipart),
        (None, Some("GET"), "$json:url$", Body::None),
        (Some("12.4.0"), Some("POST"), "$json:url$", Body::None),
        (Some("14.0.0"), Some("POST"), "{json:url}", Body::None),
    ] {
        let mut file = serde_json::json!({"RequestURL": "a.example", "FileFormName": "f", "URL": link});
        for (key, value) in [("Version", version), ("RequestMethod", method)] {
            if let Some(value) = value {
                file[key] = value.into();
            }
        }
        let sxcu = parsed(&file);
        assert_eq!(sxcu.request.body, body, "{file}");
        let response = sxcu.response("{\"url\":\"u\"}".to_owned(), String::new(), Vec::new());
        let link = with(Some(&response), &[], |context| sxcu.link(context)).expect("a link");
        assert!(["u", "{\"url\":\"u\"}"].contains(&link.as_str()), "{file}: {link}");
    }
    let get = serde_json::json!({"RequestURL": "a.example", "RequestMethod": "GET", "Arguments": {"u": "$input$"}});
    assert_eq!(parsed(&get).request.parameters.len(), 1);
}

#[test]
fn signs_of_another_generation_are_said() {
    for (version, link, expected) in [
        (
            "13.7.1",
            "{json:url}",
            "texts have {…}, which means nothing in files of this version. If it does not work, write \"Version\": \"14.0.0\"",
        ),
        (
            "13.7.2",
            "$json:url$",
            "texts have $…$, which means nothing in files of this version. If it does not work, write \"Version\": \"13.7.1\"",
        ),
    ] {
        let file = serde_json::json!({"Version": version, "RequestURL": "a.example", "Body": "Binary", "URL": link});
        let sxcu = parsed(&file);
        assert!(sxcu.warnings.len() == 1 && sxcu.warnings[0].to_string().contains(expected), "{:?}", sxcu.warnings);
        let response = sxcu.response("{}".to_owned(), String::new(), Vec::new());
        assert_eq!(with(Some(&response), &[], |context| sxcu.link(context)).as_deref(), Ok(link), "as ShareX does");
    }
}

#[test]
fn an_answer_without_anything_that_is_looked_for_is_a_failure() {
    for (text, expected) in [
        ("https://a.example/i/{json:missing}", None),
        ("https://a.example/i/{json:missing}.png", None),
        ("{header:None}{regex:nothing here}", None),
        ("https://a.example/{json:a.b}{json:missing}", Some("https://a.example/v")),
        ("https://a.example/{filename}", Some("https://a.example/a%20b.png")),
    ] {
        match (result(text), expected) {
            (Ok(link), Some(expected)) => assert_eq!(link, expected, "{text}"),
            (Err(words), None) => assert!(words.contains("what URL looks for is not in it"), "{text}: {words}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}

#[test]
fn many_slow_searches_are_given_up_together() {
    let text = "{regex:(?:(?=a*)a)*z}".repeat(40);
    let sxcu = Sxcu::parse(&written("URL", &text)).expect("it loads");
    let response = sxcu.response("a".repeat(1 << 20), String::new(), Vec::new());
    let began = std::time::Instant::now();
    let words = with(Some(&response), &[], |context| sxcu.link(context)).expect_err("too long");
    assert!(words.contains("too long"), "{words}");
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

/// The example with some bytes replaced, taken out or put in.
fn damaged(example: &[u8], damage: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = example.to_vec();
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
    #![proptest_config(crate::core::tests::cases(5_000))]

    #[test]
    fn any_bytes_are_a_definition_or_problems(
        noise in proptest::collection::vec(any::<u8>(), 0..300),
        damage in proptest::collection::vec(any::<(prop::sample::Index, u8, u8)>(), 0..6),
    ) {
        untrusted::sxcu_file(&noise);
        for (_, example) in GOOD.iter().chain(&BAD) {
            untrusted::sxcu_file(&damaged(example, &damage));
        }
    }

    #[test]
    fn any_text_is_filled_or_refused(text in "([{}|:\\\\$%]|json|regex|random|base64|response|%rn\\{|.){0,30}") {
        let _ = result(&text);
        let _ = value(&text);
        for version in ["13.0.0", "12.0.0"] {
            let file = serde_json::json!({"Version": version, "RequestURL": text, "RegexList": ["a(b)"], "URL": text});
            untrusted::sxcu_file(file.to_string().as_bytes());
        }
    }
}
