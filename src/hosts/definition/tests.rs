//! What is read, and what is said of the rest.

use super::*;
use crate::core::host::{Limits, Retry};
use crate::hosts::testing::SCRIPTED;

#[test]
fn a_good_definition_is_read_in_its_order() {
    let definition = Definition::parse(SCRIPTED).expect("good");
    assert_eq!(definition.facts.id, "scripted");
    assert_eq!(definition.facts.limits, Limits::default());
    assert_eq!(definition.facts.retry, Retry::default());
    let [upload] = definition.steps(Kind::Upload) else { panic!("{:?}", definition.steps) };
    assert!(upload.sends_file() && upload.needs_json());
    let Some(Request { body: Body::Multipart(pairs), .. }) = &upload.request else { panic!("{upload:?}") };
    let keys: Vec<_> = pairs.0.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["gallery", "key", "img"]);
    assert_eq!((definition.steps(Kind::Open).len(), definition.steps(Kind::Close).len()), (1, 1));

    let more = SCRIPTED.replace(
        "[origins]",
        "home = 'https://x.example'\n[limits]\nparallel_images = 2\nrequests_per_hour = 5\nimage_bytes_max = 9\n\
         [retry]\nfirst_ms = 20\nmax_ms = 40\nnetwork_attempts = 3\nbreaker_ms = 7\n[origins]",
    );
    let facts = Definition::parse(&more).expect("good").facts;
    assert_eq!((facts.limits.parallel_images, facts.limits.requests_per_second), (2, None));
    assert_eq!((facts.limits.requests_per_hour, facts.limits.image_bytes_max), (Some(5), Some(9)));
    assert_eq!((facts.retry.first_ms, facts.retry.max_ms, facts.retry.breaker_ms), (20, 40, 7));
    assert_eq!((facts.retry.network_attempts, facts.retry.host_fault_attempts), (3, 4));
}

/// What is said of the scripted host with `to` in the place of `from`.
fn check(from: &str, to: &str, words: &[&str]) {
    assert!(SCRIPTED.contains(from), "{from}");
    let error = Definition::parse(&SCRIPTED.replacen(from, to, 1)).expect_err(to);
    for words in words {
        assert!(error.contains(words), "{to}: {error:?} lacks {words:?}");
    }
}

#[test]
fn what_is_wrong_with_a_host_is_said_with_its_place() {
    for (from, to, words) in [
        ("[host]", "[hots]", &["line 1", "hots"] as &[&str]),
        ("name = \"Scripted host\"", "name = 5", &["line 3", "string"]),
        ("name = \"Scripted host\"", "name = ' '", &["line 3", "host.name"]),
        ("id = \"scripted\"", "", &["id"]),
        ("id = \"scripted\"", "id = 'Scripted'", &["line 2", "host.id"]),
        ("id = \"scripted\"", "id = 'folder'", &["host.id", "folder"]),
        ("[origins]", "home = 'nowhere'\n[origins]", &["line 4", "host.home"]),
        ("[origins]", "thumbnails = 'nobody'\n[origins]", &["line 4", "nobody"]),
        ("[origins]", "[limits]\nparallel = 1\n[origins]", &["line 5", "parallel"]),
        ("[origins]", "[limits]\nparallel_images = 0\n[origins]", &["line 5", "limits.parallel_images", "1 to 16"]),
        ("[origins]", "[limits]\nformats = ['jpg', 'exe']\n[origins]", &["line 5", "limits.formats.1", "exe"]),
        ("[origins]", "[limits]\nname_chars = ''\n[origins]", &["line 5", "limits.name_chars"]),
        ("[origins]", "[retry]\nfirst_ms = -1\n[origins]", &["line 5", "-1"]),
        ("[origins]", "[retry]\nnetwork_attempts = 0\n[origins]", &["retry.network_attempts"]),
        ("[origins]", "[retry]\nfirst_ms = 9\nmax_ms = 8\n[origins]", &["line 5", "retry.first_ms", "retry.max_ms"]),
        ("[origins]", "[options.Size]\nlabel = 's'\n[origins]", &["line 4", "options.Size"]),
        ("[origins]", "[options.size]\nlabel = 's'\nmin = 1\n[origins]", &["line 4", "options.size", "min and max"]),
        ("[origins]", "[options.size]\nlabel = 's'\nmin = 1\nmax = 2\ndefault = '3'\n[origins]", &["line 8", "1 to 2"]),
        ("[origins]", "[secrets.Key]\nlabel = 'Key'\n[origins]", &["secrets.Key"]),
        ("[origins]", "[[rewrite]]\nmatch = '('\nwith = ''\n[origins]", &["line 5", "[[rewrite]] number 1, match"]),
        ("[origins]", "[[failure]]\nkind = 'expired'\n[origins]", &["line 4", "[[failure]] number 1", "says when"]),
        ("[origins]", "[[failure]]\nstatus = 1\nkind = 'odd'\n[origins]", &["line 6", "kind", "host_fault"]),
    ] {
        check(from, to, words);
    }
}

#[test]
fn what_is_wrong_with_a_request_is_said_with_its_place() {
    for (from, to, words) in [
        ("api = \"http://127.0.0.1:9000\"", "", &["origins"] as &[&str]),
        ("http://127.0.0.1:9000", "file:///etc", &["line 5", "origins.api", "file:///etc"]),
        ("http://127.0.0.1:9000", "http://me:pw@x.example", &["origins.api"]),
        ("\"http://127.0.0.1:9000\"", "{ url = 'http://a.example', also = ['http://*.com'] }", &["origins.api.also"]),
        ("\"http://127.0.0.1:9000\"", "{ url = '' }", &["origins.api"]),
        ("\"http://127.0.0.1:9000\"", "7", &["line 5", "an origin takes"]),
        (
            "{origin.api}/images",
            "http://127.0.0.1:9000/images",
            &["line 13", "[[upload]] number 1, url", "{origin.NAME}"],
        ),
        ("{origin.api}/images", "{origin.cdn}/images", &["[[upload]] number 1", "{origin.cdn}"]),
        ("{origin.api}/images", "{origin.api}.evil.example", &["[[upload]] number 1", "url"]),
        ("url = \"{origin.api}/images\"", "uri = \"\"", &["line 13", "uri"]),
        ("url = \"{origin.api}/images\"", "", &["line 11", "[[upload]] number 1, url", "missing"]),
        ("img = \"{file}\"", "img = \"x{file}\"", &["line 14", "[[upload]] number 1, multipart.img", "alone"]),
        ("img = \"{file}\"", "img = \"x\"", &["upload", "{file}"]),
        ("img = \"{file}\"", "img = \"{file}\", two = \"{file}\"", &["upload", "only once"]),
        ("img = \"{file}\"", "img = \"{file.md6}\"", &["line 14", "{file.md6}", "{file.size}"]),
        ("img = \"{file}\"", "img = \"{file\"", &["line 14", "brace"]),
        ("multipart = {", "json = {", &["[[upload]] number 1, json.img", "multipart"]),
        (
            "name = \"{gallery.name}\"",
            "name = \"{file.name}\"",
            &["line 9", "[[open]] number 1, json.name", "{file.…}"],
        ),
        ("name = \"{gallery.name}\"", "name = \"{gallery.hash}\"", &["[[open]] number 1", "{gallery.hash}"]),
        ("name = \"{gallery.name}\"", "name = \"{secret.key}\"", &["[[open]] number 1", "{secret.key}"]),
        ("name = \"{gallery.name}\"", "name = \"{option.size}\"", &["[[open]] number 1", "{option.size}"]),
        (
            "[[close]]",
            "[[close]]\nexpect = { named = 'x' }",
            &["line 17", "[[close]] number 1, expect.named", "not extracted"],
        ),
        (
            "[[close]]",
            "[[cover]]\nmethod = 'GET'\nurl = '{origin.api}/c'\n[[close]]",
            &["cover", "exactly one step must send"],
        ),
        ("key = \"{gallery.key}\"", "key = \"{gallery.kay}\"", &["[[upload]] number 1", "{gallery.kay}"]),
        ("link = \"json:/show_url\", ", "", &["upload", "link"]),
    ] {
        check(from, to, words);
    }
}

#[test]
fn what_is_wrong_with_an_answer_is_said_with_its_place() {
    for (from, to, words) in [
        ("\"json:/hash\"", "\"xpath:///\"", &["line 10", "[[open]] number 1, extract.hash"] as &[&str]),
        ("\"json:/hash\"", "\"regex:(\"", &["line 10", "extract.hash"]),
        ("\"json:/hash\"", "\"somewhere\"", &["line 10", "extract.hash", "json:/POINTER"]),
        ("\"json:/hash\"", "\"json:hash\"", &["extract.hash", "begins with /"]),
        ("\"json:/hash\"", "\"header:a b\"", &["extract.hash", "a b"]),
        ("\"json:/hash\"", "{ from = 'body', with = '$1' }", &["extract.hash.with", "match"]),
        ("{ hash =", "{ name =", &["[[open]] number 1", "extract.name"]),
        // No value can be made of one that comes after it: there are no circles.
        ("[[open]]", "[[open]]\nset = { a = '{gallery.b}', b = '{gallery.a}' }", &["line 7", "set.a", "{gallery.b}"]),
        ("[[close]]\nmethod = \"POST\"", "[[close]]\nmethod = \"GET\"", &["[[close]] number 1", "GET"]),
        ("[[close]]\nmethod = \"POST\"", "[[close]]\nmethod = \"BREW\"", &["line 17", "[[close]] number 1", "BREW"]),
        ("[[close]]", "[[close]]\nform = { a = 'b' }", &["[[close]] number 1", "only one of"]),
        ("[[close]]", "[[close]]\nheaders = { 'a b' = 'c' }", &["[[close]] number 1", "headers", "a b"]),
        ("[[close]]", "[[close]]\nheaders = { Host = 'c' }", &["line 17", "[[close]] number 1", "headers", "Host"]),
        ("[[close]]", "[[close]]\nsuccess = { path = 'x', equals = 'y' }", &["line 17", "success.path"]),
        ("[[close]]", "[[close]]\npoll = { every_ms = 0, at_most = 1, until = {} }", &["line 17", "poll.every_ms"]),
        ("[[close]]", "[[close]]\nitems = { each = 'body', extract = {} }", &["items", "[[collect]]"]),
        ("[[close]]", "[[close", &["line 16"]),
        ("[origins]", "[storage]\nservice = 'webdav'\n[origins]", &["open", "no steps"]),
    ] {
        check(from, to, words);
    }
}
