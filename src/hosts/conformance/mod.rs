//! The conformance suite: every host that comes with the program, and storage over HTTP, against a server that stands in for it
//! and follows its documentation (`tests/data/hosts`), wrong answers included.

mod stand_in;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::core::settings::SecretStore;
use crate::core::{FaultKind, Folder, GalleryId, Settings};
use stand_in::{Fault as Trouble, Fixture, StandIn, Stored};

/// Names as people have them; none of them may reach beyond its place.
const NAMES: [&str; 9] = [
    "plain.jpg",
    "with \"quotes\" and 'more'.png",
    "line\nbreak.jpg",
    "[b]brackets[i].gif",
    "海辺の写真.jpg",
    "😀 party.png",
    "a&b=c;d%20e+f.jpg",
    "<script>.jpg",
    "trailing space .jpg",
];

/// A host with its stand-in.
struct Trial {
    id: String,
    fixture: Fixture,
    server: StandIn,
    text: String,
    dir: tempfile::TempDir,
    setup: Setup,
    /// An image may be sent from its start again within one upload.
    may_rewind: bool,
}

/// What an open gallery consists of.
struct Uploading {
    host: Host,
    session: Session,
    images: Vec<PageImage>,
}

impl Trial {
    fn new(id: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: PathBuf| {
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let fixture = read(root.join("tests/data/hosts").join(format!("{id}.toml")));
        let fixture: Fixture = toml::from_str(&fixture).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(!fixture.source.is_empty());
        let server = StandIn::start(&fixture);
        let text = match &fixture.definition {
            Some(text) => text.replace("<<url>>", &server.url),
            None => read(root.join("assets/hosts").join(format!("{id}.toml"))),
        };
        let options = Self::origins(&text, &server, &fixture);
        let timeouts = Timeouts { connect: Duration::from_secs(5), idle: Duration::from_secs(20) };
        let setup = Setup { timeouts, options, ..Setup::default() };
        Self {
            id: id.to_owned(),
            fixture,
            server,
            text,
            dir: tempfile::tempdir().expect("a directory"),
            setup,
            may_rewind: false,
        }
    }

    /// What must be set for the host to be found at `server`, and what the fixture wants set.
    fn origins(text: &str, server: &StandIn, fixture: &Fixture) -> BTreeMap<String, String> {
        let definition = Definition::read(text).expect("good");
        let origin = |(name, _): (String, String)| (format!("origins.{name}"), format!("{}/{name}", server.url));
        let mut options: BTreeMap<_, _> = definition.places().into_iter().map(origin).collect();
        options.extend(fixture.options.clone());
        options
    }

    fn definition(&self) -> Definition {
        Definition::read(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.id))
    }

    /// As a new process has it.
    async fn host(&self) -> Host {
        let definition = self.definition();
        let secrets = self.secrets().await;
        match definition.storage {
            Some(_) => Host::Storage(Box::new(ConfiguredStorage::new(definition, secrets))),
            None => Host::Http(HttpHost::new(definition, self.kept(), secrets)),
        }
    }

    /// The same, of a host with steps.
    async fn http_host(&self) -> HttpHost {
        HttpHost::new(self.definition(), self.kept(), self.secrets().await)
    }

    fn kept(&self) -> Kept {
        Kept::new(self.dir.path().join("kept"))
    }

    async fn secrets(&self) -> Arc<Secrets> {
        let secrets = Secrets::new(self.dir.path());
        secrets.keep_in(SecretStore::File);
        let places = self.definition().contacts(&self.setup.options);
        secrets.put(&self.id, self.fixture.secrets.clone(), places).await.expect("kept");
        Arc::new(secrets)
    }

    fn image(&self, name: &str, bytes: usize) -> (PathBuf, Vec<u8>) {
        let path = self.dir.path().join(name);
        let seed = name.len() + bytes;
        let pattern: Vec<u8> = (0..251).map(|n| u8::try_from((n * 7 + seed) % 251).expect("small")).collect();
        let mut content = pattern.repeat(bytes / pattern.len() + 1);
        content.truncate(bytes);
        std::fs::write(&path, &content).expect("written");
        (path, content)
    }

    async fn open(&self, name: &str, images: usize) -> Uploading {
        let host = self.host().await;
        let opened = host.open(&gallery(name), images, None, &Settings::default(), &self.setup).await;
        let opened = opened.unwrap_or_else(|fault| panic!("{}: {fault}", self.id));
        Uploading { host, session: opened.session, images: Vec::new() }
    }

    async fn send(&self, to: &mut Uploading, name: &str, bytes: usize) -> Result<ImageLinks, Fault> {
        let (source, _) = self.image(name, bytes);
        let stamp = Stamp::of(&std::fs::metadata(&source).expect("a file"));
        let meter = Meter::default();
        let position = u32::try_from(to.images.len()).expect("few");
        let thumbnail =
            (!to.host.makes_thumbnails()).then(|| Thumbnail { bytes: b"a thumbnail".to_vec(), ending: "jpg" });
        let upload = Upload {
            source,
            stamp,
            thumbnail,
            meter: meter.clone(),
            position,
            is_uncertain: false,
            has_namesake: false,
        };
        let sent = {
            let sending = to.host.upload(&to.session, upload, &self.setup);
            tokio::pin!(sending);
            let mut seen = 0;
            loop {
                tokio::select! {
                    biased;
                    sent = &mut sending => break sent?,
                    () = tokio::time::sleep(Duration::from_millis(1)) => {
                        let now = meter.image.load(Ordering::Relaxed);
                        assert!((now >= seen || self.may_rewind) && now <= bytes as u64, "{}: progress from {seen} to {now}", self.id);
                        seen = now;
                    }
                }
            }
        };
        assert_eq!(meter.image.load(Ordering::Relaxed), bytes as u64, "{}: progress at the end", self.id);
        to.session = sent.session.unwrap_or_else(|| to.session.clone());
        to.images.push(PageImage { position, name: name.to_owned(), links: sent.links.clone() });
        Ok(sent.links)
    }

    /// Closes the gallery; every image then has its links.
    async fn close(&self, to: &mut Uploading, name: &str) -> String {
        let closed = to.host.close(&to.session, name, &to.images, &self.setup).await;
        let closed = closed.unwrap_or_else(|fault| panic!("{}: {fault}", self.id));
        for (position, links) in closed.images {
            let links = links.unwrap_or_else(|fault| panic!("{}: {fault}", self.id));
            to.images[position as usize].links = links;
        }
        let links: BTreeSet<_> = to.images.iter().map(|image| &image.links.link).collect();
        assert_eq!(links.len(), to.images.len(), "{}: every image has a link of its own", self.id);
        for PageImage { name, links, .. } in &to.images {
            assert!(links.link.starts_with("http"), "{}: {name}: {links:?}", self.id);
            assert!(links.thumb.starts_with("http"), "{}: {name} has no thumbnail: {links:?}", self.id);
            for link in [&links.link, &links.thumb, &links.direct] {
                assert!(!link.contains(['[', ']', '"', '<', '>', '\n', ' ']), "{}: {link}", self.id);
            }
        }
        closed.link
    }

    /// What the stand-in has of images, without the thumbnails that are ours.
    fn stored(&self) -> Vec<Stored> {
        self.server.stored().into_iter().filter(|stored| stored.content != b"a thumbnail").collect()
    }

    /// What becomes of one image in that trouble.
    async fn in_trouble(&self, trouble: Trouble) -> Result<ImageLinks, Fault> {
        let mut to = self.open("Trouble", 1).await;
        self.send_in_trouble(&mut to, trouble).await
    }

    async fn send_in_trouble(&self, to: &mut Uploading, trouble: Trouble) -> Result<ImageLinks, Fault> {
        self.server.fail(trouble, 1);
        let outcome = self.send(to, "plain.jpg", 300_000).await;
        if let Err(fault) = &outcome {
            for secret in self.fixture.secrets.values() {
                assert!(!fault.words.contains(secret.as_str()), "{}: {fault}", self.id);
            }
            assert!(!fault.words.is_empty());
        }
        outcome
    }

    /// Whether the answer to an image says where it is.
    fn is_given_links(&self) -> bool {
        let definition = self.definition();
        definition.storage.is_none() && !definition.collects()
    }
}

fn gallery(name: &str) -> Gallery {
    let folder = Folder { path: PathBuf::from("/a"), key: PathBuf::from("/a"), chosen: None };
    Gallery::new(GalleryId(1), folder, name, "")
}

async fn success(id: &str) {
    let trial = Trial::new(id);
    let mut one = trial.open("One", 1).await;
    trial.send(&mut one, "plain.jpg", 0).await.unwrap_or_else(|fault| panic!("{id}: {fault}"));
    trial.close(&mut one, "One").await;
    let mut many = trial.open("Löwe & \"Bär\" [2]", 60).await;
    let mut contents = Vec::new();
    for n in 0..60 {
        // Not every system has files of every name.
        let name = NAMES.get(n).filter(|name| std::fs::write(trial.dir.path().join(name), "").is_ok());
        let name = name.map_or_else(|| format!("IMG_{n}.jpg"), |name| (*name).to_owned());
        contents.push(trial.image(&name, n * 1_000).1);
        trial.send(&mut many, &name, n * 1_000).await.unwrap_or_else(|fault| panic!("{id}, {name:?}: {fault}"));
    }
    trial.close(&mut many, "Löwe & \"Bär\" [2]").await;
    let stored = trial.stored();
    assert_eq!(stored.len(), 61, "{id}");
    let (first, rest) = stored.split_first().expect("images");
    assert!(first.content.is_empty());
    for (stored, content) in rest.iter().zip(&contents) {
        assert!(stored.content == *content, "{id}: {} arrived as it was", stored.file);
        assert_eq!(stored.gallery, rest[0].gallery, "{id}: one gallery");
    }
}

async fn wrong_answers(id: &str) {
    for (trouble, kind) in [
        (Trouble::Status(429), FaultKind::RateLimited),
        (Trouble::Status(500), FaultKind::HostFault),
        (Trouble::Status(413), FaultKind::TooLarge),
        (Trouble::Truncated, FaultKind::HostFault),
        (Trouble::Html, FaultKind::HostFault),
        (Trouble::Empty, FaultKind::HostFault),
        (Trouble::CutAfter(0), FaultKind::Network),
        (Trouble::CutAfter(100_000), FaultKind::Network),
    ] {
        let trial = Trial::new(id);
        if trouble == Trouble::Empty && !trial.is_given_links() {
            continue; // They come at the end, or are known before.
        }
        let fault = trial.in_trouble(trouble).await.expect_err(&format!("{id}: {trouble:?}"));
        assert_eq!(fault.kind, kind, "{id}: {trouble:?}: {fault}");
        assert_eq!(fault.wait_ms, (kind == FaultKind::RateLimited).then_some(7_000), "{id}");
        // The next one goes through, in the same gallery.
        let mut to = trial.open("After", 2).await;
        trial.server.fail(trouble, 1);
        assert!(trial.send(&mut to, "plain.jpg", 300_000).await.is_err());
        trial.send(&mut to, "plain.jpg", 300_000).await.unwrap_or_else(|fault| panic!("{id}: {trouble:?}: {fault}"));
        trial.close(&mut to, "After").await;
    }
}

async fn expired_sign_in(id: &str) {
    let trial = Trial { may_rewind: true, ..Trial::new(id) };
    let outcome = trial.in_trouble(Trouble::Status(401)).await;
    if trial.definition().steps(definition::Kind::SignIn).is_empty() {
        assert_eq!(outcome.expect_err("refused").kind, FaultKind::Auth, "{id}");
    } else {
        assert!(outcome.is_ok(), "{id}: signs in again by itself: {outcome:?}");
    }
}

async fn silence_and_cancelling(id: &str) {
    let mut trial = Trial::new(id);
    // Only the silence is short: a busy machine may take longer to open a gallery.
    let mut to = trial.open("Silent", 1).await;
    trial.setup.timeouts.idle = Duration::from_millis(60);
    let fault = trial.send_in_trouble(&mut to, Trouble::Stall).await.expect_err("silent");
    assert_eq!(fault.kind, FaultKind::Network, "{id}: {fault}");
    trial.setup.timeouts.idle = Duration::from_secs(20);
    let mut to = trial.open("Cancelled", 2).await;
    trial.server.fail(Trouble::Stall, 1);
    let is_under_way = async {
        while trial.server.is_to_fail() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        sent = trial.send(&mut to, "plain.jpg", 300_000) => panic!("{id}: ended before it was cancelled: {sent:?}"),
        () = is_under_way => {}
    }
    trial.send(&mut to, "plain.jpg", 300_000).await.unwrap_or_else(|fault| panic!("{id}: {fault}"));
    trial.close(&mut to, "Cancelled").await;
}

async fn slow_answers(id: &str) {
    let trial = Trial::new(id);
    trial.server.answer_slowly();
    let mut to = trial.open("Slow", 2).await;
    for name in ["a.jpg", "b.jpg"] {
        trial.send(&mut to, name, 1_000).await.unwrap_or_else(|fault| panic!("{id}: {fault}"));
    }
    trial.close(&mut to, "Slow").await;
}

async fn resume(id: &str) {
    let trial = Trial::new(id);
    let mut to = trial.open("Half done", 4).await;
    trial.send(&mut to, "a.jpg", 10).await.expect(id);
    trial.send(&mut to, "b.jpg", 20).await.expect(id);
    // A new process; the definition has changed meanwhile, the gallery goes on with its own.
    let mut later = Trial { text: trial.text.replace("POST", "PATCH"), ..trial };
    let mut to = Uploading { host: later.host().await, ..to };
    later.send(&mut to, "c.jpg", 30).await.unwrap_or_else(|fault| panic!("{id}: {fault}"));
    later.send(&mut to, "d.jpg", 40).await.expect(id);
    later.close(&mut to, "Half done").await;
    let galleries: BTreeSet<_> = later.stored().into_iter().map(|stored| stored.gallery).collect();
    assert_eq!(galleries.len(), 1, "{id}: {galleries:?}");
    if later.definition().storage.is_some() {
        return; // Its galleries are folders, whatever the definition says.
    }
    // Without its definition the gallery says so, and nothing is sent elsewhere.
    std::fs::remove_dir_all(later.dir.path().join("kept")).expect("removed");
    later.text.push('\n');
    to.host = later.host().await;
    let fault = later.send(&mut to, "e.jpg", 50).await.expect_err("gone");
    assert_eq!(fault.kind, FaultKind::Rejected, "{id}: {fault}");
}

async fn two_at_once(id: &str) {
    let trial = Trial::new(id);
    let (mut one, mut two) = (trial.open("One", 10).await, trial.open("Two", 10).await);
    for n in 0..10 {
        let (of_one, of_two) = (format!("one {n}.jpg"), format!("two {n}.jpg"));
        let (sent_one, sent_two) =
            tokio::join!(trial.send(&mut one, &of_one, 100 + n), trial.send(&mut two, &of_two, 200 + n));
        sent_one.and(sent_two).unwrap_or_else(|fault| panic!("{id}: {fault}"));
    }
    trial.close(&mut one, "One").await;
    trial.close(&mut two, "Two").await;
    let mut galleries: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for Stored { gallery, content, .. } in trial.stored() {
        galleries.entry(gallery).or_default().insert(content.len() < 200);
    }
    let has_galleries = galleries.keys().any(|gallery| !gallery.is_empty());
    assert_eq!(galleries.len(), if has_galleries { 2 } else { 1 }, "{id}: {galleries:?}");
    assert!(!has_galleries || galleries.values().all(|whose| whose.len() == 1), "{id} mixes galleries");
}

async fn missing_secrets(id: &str) {
    let trial = Trial::new(id);
    let host = trial.http_host().await;
    let needed = host.definition().secrets.iter().any(|secret| !secret.is_optional && !secret.is_given);
    host.secrets_for_tests().put(id, BTreeMap::new(), BTreeSet::new()).await.expect("forgotten");
    let outcome = host.open(&gallery("None"), 1, None, &trial.setup).await;
    if needed {
        let fault = outcome.expect_err("not known");
        assert_eq!(fault.kind, FaultKind::Auth, "{id}: {fault}");
        assert!(fault.words.contains("bbdrop hosts sign-in"), "{id}: {fault}");
        assert_eq!(trial.stored(), Vec::new());
    } else {
        assert!(outcome.is_ok(), "{id}");
    }
}

async fn signing_in(id: &str) {
    let trial = Trial::new(id);
    let host = trial.http_host().await;
    let kept = host.sign_in(trial.fixture.secrets.clone(), &trial.setup).await;
    let kept = kept.unwrap_or_else(|fault| panic!("{id}: {fault}"));
    for secret in &host.definition().secrets {
        assert!(secret.is_optional || kept.contains_key(&secret.name), "{id}: {} is known", secret.name);
    }
}

#[tokio::test]
async fn a_cover_is_sent_as_such_where_the_person_wants_it() {
    for (wanted, galleries) in [("true", ["g1", "covers", "g1"]), ("false", ["g1", "g1", "g1"])] {
        let mut trial = Trial::new("pixhost");
        trial.setup.options.insert("options.covers".to_owned(), wanted.to_owned());
        let mut to = trial.open("With a cover", 3).await;
        for name in ["a.jpg", "Cover.JPG", "covers.jpg"] {
            trial.send(&mut to, name, 500).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
        }
        trial.close(&mut to, "With a cover").await;
        let stored: Vec<_> = trial.stored().into_iter().map(|stored| stored.gallery).collect();
        assert_eq!(stored, galleries);
        assert_eq!(to.images[1].links.link.contains("/cover/"), wanted == "true", "{:?}", to.images[1]);
    }
}

#[tokio::test]
async fn what_the_host_says_of_an_image_or_a_gallery_must_be_so() {
    for (id, right, wrong, words) in [
        ("copyparty", "\"sz\":<<size>>,\"fn\"", "\"sz\":7,\"fn\"", "size at the host is “7” where “500” was expected"),
        ("imx", "<<last:gallery_name>>", "Other &amp; one", "named at the host is “Other & one” where “Named” was"),
    ] {
        let mut trial = Trial::new(id);
        for rule in &mut trial.fixture.answer {
            rule.body = rule.body.replace(right, wrong);
        }
        trial.server = StandIn::start(&trial.fixture);
        trial.setup.options = Trial::origins(&trial.text, &trial.server, &trial.fixture);
        let mut to = trial.open("Named", 1).await;
        let fault = match trial.send(&mut to, "a.jpg", 500).await {
            Err(fault) => fault,
            Ok(_) => to.host.close(&to.session, "Named", &to.images, &trial.setup).await.expect_err("not so"),
        };
        assert_eq!(fault.kind, FaultKind::HostFault, "{id}: {fault}");
        assert!(fault.words.contains(words), "{id}: {fault}");
    }
}

async fn all(id: &str) {
    success(id).await;
    wrong_answers(id).await;
    expired_sign_in(id).await;
    silence_and_cancelling(id).await;
    slow_answers(id).await;
    resume(id).await;
    two_at_once(id).await;
}

#[tokio::test]
async fn webdav() {
    all("webdav").await;
}

#[tokio::test]
async fn s3() {
    all("s3").await;
}

/// One test for each host, so that a failure says whose it is.
macro_rules! conforms {
    ($($name:ident = $id:literal),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            all($id).await;
            missing_secrets($id).await;
            signing_in($id).await;
        }
    )*

    #[test]
    fn no_host_is_left_out() {
        let ids: BTreeSet<_> = [$($id),*].into();
        let definition = |text: &&str| Definition::read(text).expect("good").facts.id;
        let builtin: BTreeSet<_> = builtin::TEXTS.iter().map(definition).collect();
        assert_eq!(builtin.iter().map(String::as_str).collect::<BTreeSet<_>>(), ids);
    }};
}

conforms! {
    nullpointer = "0x0",
    catbox = "catbox",
    chevereto = "chevereto",
    copyparty = "copyparty",
    freeimage = "freeimage",
    imgbb = "imgbb",
    imgbox = "imgbox",
    imgur = "imgur",
    immich = "immich",
    imx = "imx",
    litterbox = "litterbox",
    lsky = "lsky",
    piwigo = "piwigo",
    pixhost = "pixhost",
    rustypaste = "rustypaste",
    turboimagehost = "turboimagehost",
    uguu = "uguu",
    xbackbone = "xbackbone",
    zipline = "zipline",
}
