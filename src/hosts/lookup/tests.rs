//! What is found and what is refused.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const JSON: &str = r#"{"data":{"url":"u","ok":true,"n":12,"f":1.5,"none":null,"a b":"s","id":9007199254740993},
    "files":[{"url":"f0","kind":"thumb","w":100},{"url":"f1","kind":"full","w":900}],"x.y":"dot"}"#;

fn in_json(path: &str) -> Result<String, String> {
    json(JSON, path)
}

#[test]
fn json_paths_find_what_newtonsoft_finds() {
    for (path, expected) in [
        ("data.url", "u"),
        ("$.data.url", "u"),
        ("$['data']['url']", "u"),
        ("$.['data'].url", "u"),
        ("data['url']", "u"),
        ("data[\"url\"]", "u"),
        ("['x.y']", "dot"),
        ("data.ok", "True"),
        ("data.n", "12"),
        ("data.f", "1.5"),
        ("data.none", ""),
        ("data.a b", "s"),
        ("data.id", "9007199254740993"),
        ("data.missing.deeper", ""),
        ("files[1].url", "f1"),
        ("files.[0].url", "f0"),
        ("$.files[0]['url']", "f0"),
        ("files[9].url", ""),
        ("files[-1:].url", "f1"),
        ("files[::2].url", "f0"),
        ("files[?(@.kind=='full')].url", "f1"),
        ("files[?(@.w>100)].url", "f1"),
        ("files[?(@.w >= 900 && @.kind != 'thumb')].url", "f1"),
        ("files[?(@.w == '100')].url", "f0"),
        ("files[?(@.kind =~ /^TH/i)].url", "f0"),
        ("files[?(@.missing || (@.w < 101))].url", "f0"),
        ("files[?(@.url == $.files[1].url)].kind", "full"),
        ("..ok", "True"),
        ("data.*.x", ""),
    ] {
        assert_eq!(in_json(path).as_deref(), Ok(expected), "{path}");
    }
    assert_eq!(json("[{\"code\":\"c\"}]", "$.[0].code").as_deref(), Ok("c"));
    assert_eq!(json("\u{feff}[[\"c\"]]", "[0][0]").as_deref(), Ok("c"));
    assert_eq!(json("\"text\"", "$").as_deref(), Ok("text"));
}

#[test]
fn json_paths_say_what_is_wrong() {
    for (path, words) in [
        ("files[*].url", "2 values"),
        ("..url", "3 values"),
        ("data", "an object"),
        ("files", "a list"),
        ("files[0", "character 8: a ] is missing"),
        ("files[a]", "character 7: brackets take"),
        ("files['a]", "quote is never closed"),
        ("files[0]x", "dot or a bracket"),
        ("files[?(@.a == b)]", "“b” is no number"),
        ("files[?(@.a =~ /(/)]", "pattern cannot be read"),
        ("a..", "name is missing"),
        ("a.", "name is missing"),
        ("a]", "never opened"),
        ("files[::0]", "cannot be 0"),
    ] {
        let error = in_json(path).expect_err(path);
        assert!(error.contains(words), "{path}: {error}");
    }
    assert!(json("<html>", "a").expect_err("no JSON").contains("no JSON"));
    assert!(json(&"[".repeat(100_000), "a").is_err());
    let deep_filter = format!("a[?({}@.b{})]", "(".repeat(50), ")".repeat(50));
    assert!(in_json(&deep_filter).expect_err("deep").contains("too deep"));
}

const PAGE: &str = "<!DOCTYPE html><html><body><p>one<p class='big red'>two &amp; <b>three</b>\
    <div class=links><a href='/a'>A</a><a HREF='/b'>B</a></div><textarea id=code>[url]x[/url]</textarea>\
    <table><tr><td>cell</table><script>if (a < b) {}</script>";

#[test]
fn xpath_finds_in_html_as_browsers_read_it() {
    for (path, expected) in [
        ("//textarea[@id='code']", &["[url]x[/url]"] as &[_]),
        ("//div[contains(@class,'link')]/a/@href", &["/a", "/b"]),
        ("(//a)[2]/@href", &["/b"]),
        ("//a[last()]", &["B"]),
        ("//a[1]", &["A"]),
        ("//p[2]", &["two & three"]),
        ("//p[2]/text()", &["two & "]),
        ("//p[contains(concat(' ', @class, ' '), ' red ')]", &["two & three"]),
        ("/html/body//tbody/tr/td", &["cell"]),
        ("//A[.='A']/following-sibling::a", &["B"]),
        ("//a[@href='/b']/preceding-sibling::*[1]/@href", &["/a"]),
        ("//td/ancestor::table/tbody/tr/td | //b", &["three", "cell"]),
        ("//b/..", &["two & three"]),
        ("count(//a)", &["2"]),
        ("string(//a/@href)", &["/a"]),
        ("//a[position()=2]", &["B"]),
        ("//*[starts-with(@href, '/b')]/self::a", &["B"]),
        ("substring-after(//a/@href, '/')", &["a"]),
        ("substring('12345', 2, 3)", &["234"]),
        ("translate('bar','abc','AB')", &["BAr"]),
        ("normalize-space('  a  b ')", &["a b"]),
        ("1 + 2 * 3 - 4 div 2", &["5"]),
        ("-(3) < -2 and not(false())", &["true"]),
        ("round(2.5) mod 2", &["1"]),
        ("id('code')", &["[url]x[/url]"]),
        ("//a[@href != '/a']", &["B"]),
        ("name(//a)", &["a"]),
        ("//nothing", &[]),
        ("/", &["onetwo & threeAB[url]x[/url]cellif (a < b) {}"]),
    ] {
        assert_eq!(xpath(PAGE, path, Kind::Html).expect(path), expected, "{path}");
    }
    assert_eq!(XPath::new("//a").expect("good").find(PAGE, Kind::Html).as_deref(), Ok("A"));
}

#[test]
fn xpath_finds_in_xml() {
    let text = "\u{feff}<?xml version='1.0'?><!-- c --><r xmlns:m='urn:m' xmlns='urn:d'><Link a='1'>x</Link><m:link>y</m:link>\
        <e><![CDATA[<z>]]></e><e/></r>";
    for (path, expected) in [
        ("/r/Link", &["x"] as &[_]),
        ("//link", &["y"]),
        ("//m:link", &["y"]),
        ("//m:*", &["y"]),
        ("//@a", &["1"]),
        ("//e", &["<z>", ""]),
        ("//comment()", &[" c "]),
        ("/r/*[2]", &["y"]),
        ("sum(//@a) = 1", &["true"]),
        ("//e/following::*", &[""]),
        ("//e[2]/preceding::Link", &["x"]),
    ] {
        assert_eq!(xpath(text, path, Kind::Xml).expect(path), expected, "{path}");
    }
    assert!(xpath("<a><b></a>", "//b", Kind::Xml).expect_err("broken").contains("no XML"));
}

#[test]
fn xpath_says_what_is_wrong() {
    for (path, words) in [
        ("", "character 1"),
        ("//", "character 3: a name, * or a function is missing"),
        ("//a[", "missing"),
        ("//a[1", "] is missing"),
        ("//a]", "does not belong"),
        ("//a[foo(1)]", "no function foo()"),
        ("contains('a')", "does not take 1"),
        ("'open", "never closed"),
        ("up::a", "no such axis"),
        ("//a[?]", "“?” does not belong"),
    ] {
        let error = XPath::new(path).expect_err(path);
        assert!(error.contains(words), "{path}: {error}");
    }
    assert!(xpath(PAGE, "count('a')", Kind::Html).expect_err("text").contains("nodes"));
}

#[test]
fn patterns_are_those_of_dotnet() {
    for (pattern, text, group, expected) in [
        ("a(b)c", "xabc", "", "abc"),
        ("a(b)c", "xabc", "1", "b"),
        ("a(b)c", "xabc", "0", "abc"),
        ("a(b)c", "xabc", "2", ""),
        ("a(?<n>b)c", "xabc", "n", "b"),
        ("a(?'n'b)c", "xabc", "n", "b"),
        ("(?<first>a)(b)", "ab", "1", "b"),
        ("(?<first>a)(b)", "ab", "2", "a"),
        ("(?<7>a)(b)", "ab", "7", "a"),
        ("(?<=url=).+?(?=;)", "url=x;y;", "", "x"),
        ("(?<=a+)b", "aab", "", "b"),
        (r#"{"url":"(.+?)"}"#, r#"{"url":"u"}"#, "1", "u"),
        (r"^(.+)$", "https://x.example/\n", "1", "https://x.example/"),
        (r"(?m)^b$", "a\nb\nc", "", "b"),
        (r"[[\]]+", "a[]", "", "[]"),
        (r"[a-z-[b]]+", "bacb", "", "ac"),
        (r"[^]]+", "]a]", "", "a"),
        (r"\<a\>", "<a>", "", "<a>"),
        (r"(\w)\1", "abb", "", "bb"),
        (r"(?<q>['x]).*?\k<q>", "y'a'", "", "'a'"),
        (r"a(?#comment)b", "ab", "", "ab"),
        (r"a{2}", "aaa", "", "aa"),
        (r"(?i)ABC", "abc", "", "abc"),
        (r"\/x\-y\:", "/x-y:", "", "/x-y:"),
        (r"a(?=b(?!x))b.", "abx abc", "", "abc"),
        (r"(?:(?=\w)[a-c])+(?=;)", "xabc;", "", "abc"),
        ("no", "yes", "", ""),
    ] {
        let found = Pattern::new(pattern).expect(pattern).find(text, group);
        assert_eq!(found.as_deref(), Ok(expected), "{pattern} {group}");
    }
    let pattern = Pattern::new("(?<=x)[a-z]").expect("good");
    assert_eq!(pattern.find_all_within("xa xb yc", "", TIME_MAX).expect("good"), ["a", "b"]);
    assert!(pattern.has_group("0") && !pattern.has_group("1") && !pattern.has_group("n"));
    for (pattern, words) in [
        ("(?=(?=(?=a)))", "within a look-around of a look-around"),
        ("(?R)", "not known here"),
        ("(", "cannot be read"),
        ("[a", "never closed"),
        ("(?<a-b>x)", "only .NET"),
        ("*", "cannot be read"),
    ] {
        let error = Pattern::new(pattern).expect_err(pattern);
        assert!(error.contains(words) && !error.contains('\n'), "{pattern}: {error}");
    }
}

#[test]
fn no_search_takes_long() {
    let started = Instant::now();
    let long = "a".repeat(ANSWER_BYTES_MAX);
    for pattern in [
        "(?:(?=(?:(?=a*)a)*)a)*z",
        "a+?(?=a*z)",
        "(?=a*(?=a*b))a",
        "(?<=(?:a|b)+c)d",
        "(?:a(?<=a*))*z",
        "(a*)*b\\1",
        "(?=(a+)+$)b",
        "(?<=a*)b",
        "(a*b)\\1?",
        "(?:a|a)*c(?=d)",
        "((a*)*)*\\2z",
        "(x+x+)+y",
        "(?:(?=a*)a)*z",
    ] {
        let pattern = Pattern::new(pattern).expect(pattern);
        let begun = Instant::now();
        let _ = pattern.find_within(&long, "", Duration::from_millis(250));
        assert!(begun.elapsed() < Duration::from_secs(8), "{pattern:?} {:?}", begun.elapsed());
    }
    let slow = Pattern::new("(?=(a+)+$)b").expect("good");
    assert!(slow.find(&long, "").expect_err("slow").contains("too long"));
    let nested = "<div>".repeat(400_000);
    assert!(xpath(&nested, "//div", Kind::Html).expect_err("deep").contains("deep"));
    assert!(xpath(&nested, "//div", Kind::Xml).expect_err("deep").contains("deep"));
    let mut formatted: String =
        (0..200).flat_map(|n| ["<font id=".to_owned(), n.to_string(), ">".to_owned()]).collect();
    formatted.push_str(&"<p>".repeat(500_000));
    assert!(xpath(&formatted, "//p", Kind::Html).is_err());
    let wide = "<p><b>x</b>".repeat(60_000);
    assert!(xpath(&wide, "//p[preceding::b]//b[following::p/b]", Kind::Html).expect_err("slow").contains("too long"));
    let list = format!("[{}0]", "0,".repeat(300_000));
    let value = json_value(&list).expect("good");
    assert!(JsonPath::new("[?(@ == $[*])]").expect("good").find(&value).expect_err("slow").contains("too long"));
    assert!(started.elapsed() < Duration::from_secs(100), "{:?}", started.elapsed());
}

/// Each was made to keep a reader busy for minutes, or to fill the memory.
#[test]
fn answers_that_explode_are_refused_soon() {
    let many = |unit: &dyn Fn(usize) -> String| {
        (0..)
            .map(unit)
            .scan(0, |bytes, text| {
                *bytes += text.len();
                (*bytes < ANSWER_BYTES_MAX - 100).then_some(text)
            })
            .collect::<String>()
    };
    let attributes = many(&|n| format!(" a{n}=''"));
    let quoted = many(&|n| format!(" a{n}='>'"));
    let entity = format!("<!DOCTYPE a [<!ENTITY b '{}'>]><a>{}</a>", "x".repeat(1 << 20), "&b;".repeat(7_000));
    let began = Instant::now();
    for (what, text, kind, words) in [
        ("attributes of HTML", format!("<p{attributes}>"), Kind::Html, "too long"),
        ("attributes of HTML that look like the end of the tag", format!("<p{quoted}>"), Kind::Html, "too long"),
        ("attributes of an end tag", format!("</p{attributes}>"), Kind::Html, "too long"),
        ("attributes of XML", format!("<p{attributes}/>"), Kind::Xml, "attributes"),
        ("attributes of XML that look like the end of the tag", format!("<p{quoted}/>"), Kind::Xml, "attributes"),
        ("attributes behind a comment", format!("<a><!-- \" --><p{attributes}/></a>"), Kind::Xml, "attributes"),
        ("an entity", entity, Kind::Xml, "DTD"),
        (
            "an entity behind a comment",
            "<!-- x --><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".to_owned(),
            Kind::Xml,
            "DTD",
        ),
        ("namespaces", format!("<a>{}</a>", many(&|n| format!("<b xmlns:n{n}='{n}'/>"))), Kind::Xml, "namespaces"),
        ("elements", format!("<a>{}</a>", many(&|_| "<b/>".to_owned())), Kind::Xml, ""),
        ("elements of HTML", many(&|_| "<b>".to_owned()), Kind::Html, "deep"),
    ] {
        let asked = Instant::now();
        let error = xpath(&text, "//b", kind).expect_err(what);
        assert!(error.contains(words), "{what}: {error}");
        assert!(asked.elapsed() < 2 * TIME_MAX, "{what} {:?}", asked.elapsed());
    }
    for text in
        [format!("[{}0]", "0,".repeat(1_000_000)), format!("[{}", "{\"a\":".repeat(700_000)), "[[],".repeat(900_000)]
    {
        assert!(json_value(&text).expect_err("large").contains("values"));
    }
    assert!(json_value(&format!("[\"{}\"]", ",[{\\\"".repeat(600_000))).is_ok(), "only what is no text counts");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

/// Each match is found in linear time; all of them together would take hours.
#[test]
fn very_many_matches_share_their_time() {
    let text = "a".repeat(ANSWER_BYTES_MAX);
    let pattern = Pattern::new("a*b|a").expect("good");
    let begun = Instant::now();
    assert!(pattern.find_all_within(&text, "", Duration::from_millis(200)).expect_err("slow").contains("too long"));
    assert!(begun.elapsed() < TIME_MAX, "{:?}", begun.elapsed());
}

#[test]
fn xml_is_read_as_it_is_written() {
    let text = "<?xml version='1.0'?><!-- <a b='1' > --><r><![CDATA[<x \"]]><a b='>' c=\"'\"/><a b = '2'>=====</a></r>";
    assert_eq!(xpath(text, "//a/@b", Kind::Xml), Ok(vec![">".to_owned(), "2".to_owned()]));
}

#[test]
fn too_long_is_refused() {
    let long = "x".repeat(ANSWER_BYTES_MAX + 1);
    assert!(json(&long, "a").expect_err("long").contains("MiB"));
    assert!(xpath(&long, "a", Kind::Html).expect_err("long").contains("MiB"));
    assert!(Pattern::new("a").expect("good").find(&long, "").expect_err("long").contains("MiB"));
    let path = "a".repeat(PATH_BYTES_MAX + 1);
    assert!(JsonPath::new(&path).is_err() && XPath::new(&path).is_err() && Pattern::new(&path).is_err());
}

proptest! {
    #![proptest_config(crate::core::tests::cases(20_000))]

    #[test]
    fn any_path_and_pattern_ends(
        noise in "\\PC{0,40}",
        path in "[$.a-c\\[\\]'?()@=~&|0-9:*/, !<>-]{0,30}",
        expression in "[/a-c\\[\\]'()@=|0-9:*., !<>+-]{0,30}",
        pattern in "[a-c\\[\\]()?*+{}0-9,|<>=!:$^.\\\\wdk'-]{0,25}",
    ) {
        for text in [&noise, &path] {
            if let Ok(path) = JsonPath::new(text) {
                let _ = path.find(&json_value(JSON).expect("JSON"));
            }
        }
        for text in [&noise, &expression] {
            if let Ok(path) = XPath::new(text) {
                let _ = path.find_all(PAGE, Kind::Html);
                let _ = path.find_all("<a><b c='1'>x</b></a>", Kind::Xml);
            }
        }
        for text in [&noise, &pattern] {
            if let Ok(pattern) = Pattern::new(text) {
                let _ = pattern.find("abcabc wd kk \n0-9", "1");
            }
        }
    }

    #[test]
    fn any_answer_ends(html in "(<[a-z/!?-]{0,6}[a-z =\"'/]{0,8}>?|&[a-z#0-9]{0,5};?|\\PC){0,40}", json in "[\\[\\]{}\":,0-9a-c]{0,40}") {
        let _ = xpath(&html, "//*[@a]/.. | //text()", Kind::Html);
        let _ = xpath(&html, "//*[@a]/.. | //text()", Kind::Xml);
        let _ = super::json(&json, "..a[?(@.b)]");
    }
}
