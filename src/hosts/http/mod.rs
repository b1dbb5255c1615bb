//! A service that a definition describes: opens galleries, sends images, closes. Retries nothing but after signing in again.

mod collect;
mod exchange;
mod reading;
mod sending;
mod sharex;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use reqwest::Url;

use super::answer;
use super::client::Clients;
use super::definition::{Definition, Kind, Thumbnails};
use super::file::FileFacts;
use super::kept::Kept;
use super::secrets::Secrets;
use super::session::{Part, State};
use super::{Opened, PageImage, Setup, Source, Upload};
use crate::core::gallery::Session;
use crate::core::image::is_cover;
use crate::core::{Closed, Fault, FaultKind, Gallery, HostFacts, ImageLinks, Sent};
use sending::End;

/// A service that a definition describes.
#[derive(Debug)]
pub struct HttpHost {
    definition: Arc<Definition>,
    kept: Kept,
    clients: Clients,
    secrets: Arc<Secrets>,
    /// One at a time.
    signing_in: tokio::sync::Mutex<()>,
    /// The one turn to read an answer.
    reading: tokio::sync::Semaphore,
}

/// The definition at work with what the person has set.
struct Run<'a> {
    host: &'a HttpHost,
    definition: Arc<Definition>,
    setup: &'a Setup,
    bindings: Bindings,
}

/// What names stand for, wherever they are.
#[derive(Clone)]
struct Bindings {
    origins: BTreeMap<String, Url>,
    options: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
}

/// What a step is about: a gallery at the host, or one image of it.
struct Place<'a> {
    part: &'a mut Part,
    /// What was extracted for the image.
    image: BTreeMap<String, String>,
    file: Option<&'a FileFacts>,
    /// Whether the gallery is made with this image.
    is_first: bool,
    is_about_an_image: bool,
    /// What the image has given its gallery.
    made: BTreeMap<String, String>,
}

impl HttpHost {
    /// The host of `definition`. Contacts nobody yet.
    #[must_use]
    pub fn new(definition: Definition, kept: Kept, secrets: Arc<Secrets>) -> Self {
        Self {
            definition: Arc::new(definition),
            kept,
            clients: Clients::default(),
            secrets,
            signing_in: tokio::sync::Mutex::default(),
            reading: tokio::sync::Semaphore::new(1),
        }
    }

    /// What the queue knows of it.
    #[must_use]
    pub fn facts(&self) -> &HostFacts {
        &self.definition.facts
    }

    /// Its definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    #[cfg(test)]
    pub(super) const fn secrets_for_tests(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    pub(super) fn makes_thumbnails(&self) -> bool {
        self.definition.thumbnails == Thumbnails::Host
    }

    /// Opens the gallery, or what is missing of it: where the host takes only so many images in one gallery, there are several.
    /// With an earlier session that has enough of them it has expired, and all are opened anew.
    pub(super) async fn open(
        &self,
        gallery: &Gallery,
        images: usize,
        earlier: Option<&Session>,
        setup: &Setup,
    ) -> Result<Opened, Fault> {
        let mut state = match earlier {
            Some(session) => State::read(session, self.name())?,
            None => State { definition: self.definition.fingerprint.clone(), ..State::default() },
        };
        let mut run = self.run(self.definition_of(&state).await?, setup, &state).await?;
        state.options.clone_from(&run.bindings.options);
        let needed = run.definition.gallery_images_max.map_or(1, |max| images.div_ceil(max as usize).max(1));
        let first = if state.parts.len() < needed { state.parts.len() } else { 0 };
        state.parts.truncate(first);
        self.kept.keep(&run.definition).await?;
        for n in first..needed {
            let part = run.open(&gallery.name, n).await?;
            state.parts.push(part);
        }
        Ok(Opened { session: state.write()?, first_alone: is_unmade(&run.definition, &state) })
    }

    /// Whether the gallery comes into being with its next image.
    pub(super) async fn first_alone(&self, session: &Session) -> Result<bool, Fault> {
        let state = State::read(session, self.name())?;
        Ok(is_unmade(&*self.definition_of(&state).await?, &state))
    }

    pub(super) async fn upload(&self, session: &Session, upload: Upload, setup: &Setup) -> Result<Sent, Fault> {
        let mut state = State::read(session, self.name())?;
        let mut run = self.run(self.definition_of(&state).await?, setup, &state).await?;
        run.check(&upload)?;
        let file = facts_of(&upload, &run.definition).await?;
        let n = run.definition.gallery_images_max.map_or(0, |max| (upload.position / max) as usize);
        let is_first = is_unmade(&run.definition, &state);
        let part = state.parts.get_mut(n).ok_or_else(|| {
            run.fault(FaultKind::Expired, "The host's gallery is full; another one is opened for the rest.")
        })?;
        let cookies = part.cookies.clone();
        if upload.is_uncertain
            && let Some(links) = run.find(part, &file).await?
        {
            return Ok(Sent::with(links));
        }
        let (mut sent, made) = match run.upload(part, &upload, &file, is_first).await {
            Err(fault) if fault.kind == FaultKind::Auth && run.can_sign_in() => {
                run.sign_in_again(part).await?;
                upload.meter.rewind();
                run.upload(part, &upload, &file, is_first).await?
            }
            outcome => outcome?,
        };
        let has_signed_in = run.signs_in_by_cookie() && part.cookies != cookies;
        if is_first && !made.is_empty() || has_signed_in {
            if let Some(page) = made.get("link") {
                part.link = run.page(page.clone(), "gallery.link").await?;
            }
            sent.session = Some(state.write()?);
        }
        Ok(sent)
    }

    pub(super) async fn close(
        &self,
        session: &Session,
        title: &str,
        images: &[PageImage],
        setup: &Setup,
    ) -> Result<Closed, Fault> {
        let mut state = State::read(session, self.name())?;
        let mut run = self.run(self.definition_of(&state).await?, setup, &state).await?;
        let max = run.definition.gallery_images_max;
        let mut closed = Closed::default();
        for (n, part) in state.parts.iter_mut().enumerate() {
            let is_here = |image: &&PageImage| max.is_none_or(|max| (image.position / max) as usize == n);
            let images: Vec<_> = images.iter().filter(is_here).collect();
            part.vars.insert("name".to_owned(), run.definition.names.fit(title, &suffix(n)));
            let found = match run.close(part, &images).await {
                Err(fault) if fault.kind == FaultKind::Auth && run.can_sign_in() => {
                    run.sign_in_again(part).await?;
                    run.close(part, &images).await?
                }
                outcome => outcome?,
            };
            closed.images.extend(found);
            if closed.link.is_empty() {
                closed.link.clone_from(&part.link);
            }
        }
        Ok(closed)
    }

    /// Signs in with `entered`, and tries whether the host accepts it. Returns what is to be kept: that, and what the host gave.
    ///
    /// # Errors
    /// What the host says.
    pub async fn sign_in(
        &self,
        entered: BTreeMap<String, String>,
        setup: &Setup,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut run = self.run_with(Arc::clone(&self.definition), setup, &State::default(), entered)?;
        let mut part = Part::default();
        run.sign_in(&mut part).await?;
        run.test(&mut part).await?;
        Ok(run.bindings.secrets)
    }

    /// Whether the image is still there; `None` when the host cannot be asked.
    ///
    /// # Errors
    /// What the host says instead.
    pub async fn check(&self, links: &ImageLinks, setup: &Setup) -> Result<Option<()>, Fault> {
        self.about(Kind::Check, links, setup).await.map_err(Fault::on_one_line)
    }

    /// Takes the image away again; `None` when the host cannot be asked.
    ///
    /// # Errors
    /// What the host says instead.
    pub async fn delete(&self, links: &ImageLinks, setup: &Setup) -> Result<Option<()>, Fault> {
        self.about(Kind::Delete, links, setup).await.map_err(Fault::on_one_line)
    }

    async fn about(&self, kind: Kind, links: &ImageLinks, setup: &Setup) -> Result<Option<()>, Fault> {
        if self.definition.steps(kind).is_empty() {
            return Ok(None);
        }
        let run = self.run(Arc::clone(&self.definition), setup, &State::default()).await?;
        let mut part = Part::default();
        let mut place = Place::of_image(&mut part, None, false);
        for (name, value) in
            [("link", &links.link), ("thumb", &links.thumb), ("direct", &links.direct), ("delete", &links.delete)]
        {
            place.image.insert(name.to_owned(), value.clone());
        }
        for step in self.definition.steps(kind) {
            run.step(step, &mut place, None).await?;
        }
        Ok(Some(()))
    }

    /// The definition that a gallery was opened with.
    async fn definition_of(&self, state: &State) -> Result<Arc<Definition>, Fault> {
        if state.definition == self.definition.fingerprint {
            return Ok(Arc::clone(&self.definition));
        }
        self.kept.get(&state.definition, self.name()).await
    }

    async fn run<'a>(&'a self, definition: Arc<Definition>, setup: &'a Setup, state: &State) -> Result<Run<'a>, Fault> {
        let mut run = self.run_with(definition, setup, state, BTreeMap::new())?;
        // Nobody is asked for what nobody needs.
        if !run.definition.secrets.is_empty() {
            run.bindings.secrets = run.known_secrets().await?;
        }
        Ok(run)
    }

    fn run_with<'a>(
        &'a self,
        definition: Arc<Definition>,
        setup: &'a Setup,
        state: &State,
        secrets: BTreeMap<String, String>,
    ) -> Result<Run<'a>, Fault> {
        definition.check_flows(&setup.options).map_err(|words| {
            let words = format!("The host is not used as it is: {words}.");
            answer::fault(FaultKind::Auth, &words, &definition.facts.name)
        })?;
        let mut options: BTreeMap<_, _> = definition
            .facts
            .options
            .iter()
            .filter_map(|option| {
                let name = option.key.strip_prefix("options.")?.to_owned();
                Some((name, setup.options.get(&option.key).unwrap_or(&option.default).clone()))
            })
            .collect();
        options.extend(state.options.iter().map(|(name, value)| (name.clone(), value.clone())));
        let origins = definition.origins(&setup.options);
        Ok(Run { host: self, definition, setup, bindings: Bindings { origins, options, secrets } })
    }

    fn name(&self) -> &str {
        &self.definition.facts.name
    }
}

/// Whether the gallery is made with its next image.
fn is_unmade(definition: &Definition, state: &State) -> bool {
    let has = |name: &str| state.parts.iter().all(|part| part.vars.contains_key(name));
    definition.made_by_first_image().any(|name| !has(name))
}

/// What the name of the nth gallery at the host ends in.
fn suffix(n: usize) -> String {
    if n == 0 { String::new() } else { format!(" ({})", n + 1) }
}

/// What the definition wants to know of the image.
async fn facts_of(upload: &Upload, definition: &Definition) -> Result<FileFacts, Fault> {
    let name = upload.source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut facts = FileFacts::new(name, upload.stamp.bytes, upload.stamp.modified_at);
    if definition.hashes.is_empty() {
        return Ok(facts);
    }
    let (path, hashes) = (upload.source.clone(), definition.hashes.iter().copied().collect::<Vec<_>>());
    let read = tokio::task::spawn_blocking(move || facts.hash(&path, &hashes).map(|()| facts));
    read.await.map_err(|error| Fault::new(FaultKind::LocalFile, error.to_string()))?
}

impl Run<'_> {
    /// Opens the nth gallery at the host.
    async fn open(&mut self, name: &str, n: usize) -> Result<Part, Fault> {
        let definition = Arc::clone(&self.definition);
        let fresh = || {
            let name = definition.names.fit(name, &suffix(n));
            Part { vars: BTreeMap::from([("name".to_owned(), name)]), ..Part::default() }
        };
        let mut part = fresh();
        match self.open_once(&mut part).await {
            Err(fault) if fault.kind == FaultKind::Auth && self.can_sign_in() && !self.signs_in_by_cookie() => {
                part = fresh();
                self.sign_in_again(&mut part).await?;
                self.open_once(&mut part).await?;
            }
            outcome => outcome?,
        }
        if let Some(page) = part.vars.remove("link") {
            part.link = self.page(page, "link").await?;
        }
        Ok(part)
    }

    async fn open_once(&mut self, part: &mut Part) -> Result<(), Fault> {
        self.check_secrets()?;
        if self.signs_in_by_cookie() {
            self.sign_in(part).await?;
        }
        let definition = Arc::clone(&self.definition);
        for step in definition.steps(Kind::Open) {
            self.step(step, &mut Place::of(part), None).await?;
        }
        Ok(())
    }

    /// Sends the image, and its thumbnail where the host makes none. Also returns what that gave the gallery.
    async fn upload(
        &self,
        part: &mut Part,
        upload: &Upload,
        file: &FileFacts,
        is_first: bool,
    ) -> Result<(Sent, BTreeMap<String, String>), Fault> {
        let source = Source::open(upload.source.clone(), upload.stamp, upload.meter.clone()).await?;
        let (mut sent, made) = self.send(part, source, file, is_first).await?;
        if let Some(thumbnail) = &upload.thumbnail {
            let name = format!("thumb_{}.{}", file.get(super::values::About::Stem), thumbnail.ending);
            let bytes = thumbnail.bytes.len() as u64;
            let file = FileFacts::new(name, bytes, upload.stamp.modified_at);
            let source = Source::of_bytes(thumbnail.bytes.clone().into());
            let (thumb, _) = self.send(part, source, &file, false).await?;
            sent.links.thumb = if thumb.links.direct.is_empty() { thumb.links.link } else { thumb.links.direct };
        } else if !self.host.makes_thumbnails() {
            let links = &mut sent.links;
            links.thumb.clone_from(if links.direct.is_empty() { &links.link } else { &links.direct });
        }
        Ok((sent, made))
    }

    async fn send(
        &self,
        part: &mut Part,
        source: Source,
        file: &FileFacts,
        is_first: bool,
    ) -> Result<(Sent, BTreeMap<String, String>), Fault> {
        let mut source = Some(source);
        let mut place = Place::of_image(part, Some(file), is_first);
        let (mut hash, mut rest_ms) = (None, None);
        let unread =
            || self.fault(FaultKind::HostFault, "The host answered before it had the whole image. Retry later.");
        if let Some(sxcu) = &self.definition.sxcu
            && let Some(source) = source.take()
        {
            let end = End::default();
            let answer = self.send_as_sharex(sxcu, &mut place, (source, Arc::clone(&end)), file).await?;
            rest_ms = answer.rest_ms();
            hash = Some(end.get().cloned().unwrap_or_else(|| Err(unread()))?);
        }
        for step in self.definition.steps(self.kind_for(file, &place)?) {
            let end = End::default();
            let image = if step.sends_file() { source.take().map(|source| (source, Arc::clone(&end))) } else { None };
            let sends_file = image.is_some();
            let read = self.step(step, &mut place, image).await?;
            rest_ms = read.and_then(|read| read.answer.rest_ms()).or(rest_ms);
            if sends_file {
                hash = Some(end.get().cloned().unwrap_or_else(|| Err(unread()))?);
            }
        }
        let links = self.links(place.image, !self.definition.collects()).await?;
        Ok((Sent { hash, rest_ms, ..Sent::with(links) }, place.made))
    }

    /// How this image is sent: as the gallery's cover where the host has such a thing and the person wants it.
    fn kind_for(&self, file: &FileFacts, place: &Place<'_>) -> Result<Kind, Fault> {
        match self.definition.steps(Kind::Cover).first() {
            Some(step) if is_cover(&file.name) && !self.is_left_out(step, place)? => Ok(Kind::Cover),
            _ => Ok(Kind::Upload),
        }
    }

    /// The links of an image that may have arrived already.
    async fn find(&self, part: &mut Part, file: &FileFacts) -> Result<Option<ImageLinks>, Fault> {
        for step in self.definition.steps(Kind::Find) {
            let mut place = Place::of_image(part, Some(file), false);
            let Some(read) = self.step(step, &mut place, None).await? else { continue };
            let is_it = |record: &BTreeMap<String, String>| {
                record.get("name").is_some_and(|name| *name == file.name || *name == file.ascii_name)
            };
            let found = read.records.into_iter().flatten().find(is_it).unwrap_or(place.image);
            if found.contains_key("link") {
                return self.links(found, true).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Whether the host can be asked for new access without a person.
    fn can_sign_in(&self) -> bool {
        !self.definition.steps(Kind::SignIn).is_empty() && self.check_secrets().is_ok()
    }

    /// Whether signing in gives nothing but cookies: they go with each gallery.
    fn signs_in_by_cookie(&self) -> bool {
        !self.definition.steps(Kind::SignIn).is_empty() && !self.definition.secrets.iter().any(|secret| secret.is_given)
    }

    async fn sign_in(&mut self, part: &mut Part) -> Result<(), Fault> {
        let definition = Arc::clone(&self.definition);
        let mut given = Part { cookies: std::mem::take(&mut part.cookies), ..Part::default() };
        for step in definition.steps(Kind::SignIn) {
            self.step(step, &mut Place::of(&mut given), None).await?;
        }
        part.cookies = given.cookies;
        self.bindings.secrets.extend(given.vars);
        Ok(())
    }

    /// The host no longer accepts who we are: signs in again, unless another transfer just has.
    async fn sign_in_again(&mut self, part: &mut Part) -> Result<(), Fault> {
        let host = self.host;
        let _one_at_a_time = host.signing_in.lock().await;
        let known = self.known_secrets().await?;
        if known != self.bindings.secrets {
            self.bindings.secrets = known;
            return Ok(());
        }
        self.sign_in(part).await?;
        if self.signs_in_by_cookie() {
            return Ok(());
        }
        host.secrets.renew(&self.definition.facts.id, self.bindings.secrets.clone()).await
    }

    /// What was entered for the places that are contacted.
    async fn known_secrets(&self) -> Result<BTreeMap<String, String>, Fault> {
        let definition = &self.definition;
        self.host.secrets.of(&definition.facts.id, &definition.contacts(&self.setup.options)).await
    }

    async fn test(&self, part: &mut Part) -> Result<(), Fault> {
        for step in self.definition.steps(Kind::Test) {
            self.step(step, &mut Place::of(part), None).await?;
        }
        Ok(())
    }

    /// Whether everything is known that must be to sign in.
    fn check_secrets(&self) -> Result<(), Fault> {
        let is_missing = |secret: &&super::definition::Secret| {
            !secret.is_optional && !secret.is_given && !self.bindings.secrets.contains_key(&secret.name)
        };
        match self.definition.secrets.iter().find(is_missing) {
            Some(secret) => {
                let id = &self.definition.facts.id;
                let words = format!("{} is not known. Sign in: `bbdrop hosts sign-in {id}`.", secret.label);
                Err(self.fault(FaultKind::Auth, &words))
            }
            None => Ok(()),
        }
    }

    /// What can be known before anything is sent.
    fn check(&self, upload: &Upload) -> Result<(), Fault> {
        let bytes = upload.stamp.bytes;
        if let Some(max) = self.definition.facts.limits.image_bytes_max.filter(|max| bytes > *max) {
            let (size, most) = sizes(bytes, max);
            let words = format!("The image has {size}, the host takes {most}. Make it smaller.");
            return Err(self.fault(FaultKind::TooLarge, &words));
        }
        let ending = Path::new(&upload.source).extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match &self.definition.formats {
            Some(formats) if !formats.contains(&ending) => {
                let words = format!("The host takes {}, not {ending}. Convert the image.", formats.join(", "));
                Err(self.fault(FaultKind::Rejected, &words))
            }
            _ => Ok(()),
        }
    }
}

/// Two sizes in words that differ.
fn sizes(one: u64, other: u64) -> (String, String) {
    let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    let (long, short) = (megabytes(one), megabytes(other));
    if long == short { (format!("{one} bytes"), format!("{other} bytes")) } else { (long, short) }
}
