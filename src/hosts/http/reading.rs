//! What is made of an answer. It is foreign and may be made to take long, so it is read away from the runtime.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::{Bindings, Place, Run};
use crate::core::{Fault, FaultKind, ImageLinks};
use crate::hosts::answer::{Answer, fault, is_value, link};
use crate::hosts::definition::{Definition, Step, Success};
use crate::hosts::extract::{Missing, replace};
use crate::hosts::keys::Keys;

/// How long the links of one answer may be rewritten.
const REWRITING_MAX: Duration = Duration::from_secs(2);

/// The one thread for large answers, whichever host they are of: together they never take more than one core, nor the memory of
/// more than one.
static LARGE: OnceLock<mpsc::Sender<Job>> = OnceLock::new();

type Job = Box<dyn FnOnce() + Send>;

/// An answer, and what was found in it.
pub(super) struct Read {
    pub answer: Answer,
    /// Values for the place that the step is about.
    found: Vec<(String, String)>,
    /// Where the step has `items`.
    pub records: Option<Vec<BTreeMap<String, String>>>,
}

/// Why an answer is of no use.
enum Unusable {
    Fault(Fault),
    Missing(Missing, Box<Answer>),
}

impl Run<'_> {
    /// Does `work` with an answer on a thread of its own. One after the other, so that a host never takes more than one core.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        is_large: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let _turn = self.host.reading.acquire().await.ok(); // It is never closed.
        let (sender, done) = oneshot::channel();
        let job = move || drop(sender.send(work()));
        if is_large {
            on_the_thread_for_large(Box::new(job)).await;
        } else {
            tokio::task::spawn_blocking(job);
        }
        // Nobody answers where it panicked.
        done.await.map_err(|_| {
            tracing::error!("an answer of {} could not be read", self.name());
            let words = "BBDrop made a mistake with the host's answer; its log says which. Please report it.";
            self.fault(FaultKind::HostFault, words)
        })
    }

    /// Checks the answer to `step` and takes out what it is there for.
    pub(super) async fn read(&self, step: &Arc<Step>, answer: Answer, place: &mut Place<'_>) -> Result<Read, Fault> {
        let (definition, step) = (Arc::clone(&self.definition), Arc::clone(step));
        let bindings = self.bindings.clone();
        let (mut part, file, image) = (place.part.clone(), place.file.cloned(), place.image.clone());
        let (is_first, is_about_an_image) = (place.is_first, place.is_about_an_image);
        let is_large = answer.is_large();
        let work = move || {
            let made = BTreeMap::new();
            let place = Place { part: &mut part, image, file: file.as_ref(), is_first, is_about_an_image, made };
            read(&definition, &step, &bindings, answer, place)
        };
        match self.apart(is_large, work).await? {
            Ok(mut read) => {
                for (name, value) in std::mem::take(&mut read.found) {
                    place.put(&name, value);
                }
                Ok(read)
            }
            Err(Unusable::Fault(fault)) => Err(self.hide(fault, place)),
            Err(Unusable::Missing(Missing::Name(name), _)) => Err(self.missing(&name)),
            Err(Unusable::Missing(Missing::Value(name), answer)) if name == "link" && !answer.is_html() => {
                Err(no_link(&self.definition, &name))
            }
            Err(Unusable::Missing(Missing::Value(_) | Missing::Senseless, answer)) => {
                Err(answer.senseless(self.name()))
            }
        }
    }

    /// Whether what is asked again and again is there now.
    pub(super) async fn is_ready(&self, until: &Success, answer: Answer) -> Result<(Answer, bool), Fault> {
        let until = until.clone();
        self.apart(answer.is_large(), move || {
            let is_ready = answer.is_ready(&until);
            (answer, is_ready)
        })
        .await
    }

    /// What was extracted for an image, as links that can be put into a post.
    pub(super) async fn links(
        &self,
        values: BTreeMap<String, String>,
        must_have_link: bool,
    ) -> Result<ImageLinks, Fault> {
        let (definition, keys) = (Arc::clone(&self.definition), self.keys());
        self.apart(false, move || links(&definition, &keys, &values, must_have_link, Instant::now() + REWRITING_MAX))
            .await?
    }

    /// The links of those records that have some, with their names.
    pub(super) async fn all_links(
        &self,
        records: Vec<BTreeMap<String, String>>,
    ) -> Result<Vec<(Option<String>, ImageLinks)>, Fault> {
        let (definition, keys) = (Arc::clone(&self.definition), self.keys());
        self.apart(true, move || {
            let until = Instant::now() + REWRITING_MAX;
            let named = |record: BTreeMap<String, String>| {
                let links = links(&definition, &keys, &record, true, until).ok()?;
                Some((record.get("name").cloned(), links))
            };
            records.into_iter().filter_map(named).collect()
        })
        .await
    }

    /// The link of a gallery's page.
    pub(super) async fn page(&self, page: String, name: &'static str) -> Result<String, Fault> {
        let (definition, keys) = (Arc::clone(&self.definition), self.keys());
        self.apart(false, move || {
            let until = Instant::now() + REWRITING_MAX;
            good_link(&definition, &keys, page, until).ok_or_else(|| no_link(&definition, name))
        })
        .await?
    }
}

async fn on_the_thread_for_large(job: Job) {
    let start = || {
        let (sender, mut jobs) = mpsc::channel::<Job>(1);
        let work = move || {
            while let Some(job) = jobs.blocking_recv() {
                let _ = catch_unwind(AssertUnwindSafe(job)); // The log has it; whoever waits notices.
            }
        };
        // Where there is no thread to be had, whoever waits for one notices, too.
        let _ = std::thread::Builder::new().name("answers".to_owned()).spawn(work);
        sender
    };
    let _ = LARGE.get_or_init(start).send(job).await;
}

fn read(
    definition: &Definition,
    step: &Step,
    bindings: &Bindings,
    answer: Answer,
    mut place: Place<'_>,
) -> Result<Read, Unusable> {
    answer.check(step, &definition.failures, &definition.facts.name).map_err(Unusable::Fault)?;
    let mut found = Vec::new();
    for extract in &step.extract {
        match extract.take(&answer, &bindings.values(definition, &place)) {
            Ok(Some(value)) => {
                place.put(&extract.name, value.clone());
                found.push((extract.name.clone(), value));
            }
            Ok(None) => {}
            Err(missing) => return Err(Unusable::Missing(missing, Box::new(answer))),
        }
    }
    let owned =
        |record: Vec<(&str, String)>| record.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let records = step.items.as_ref().map(|items| items.take(&answer).into_iter().map(owned).collect());
    Ok(Read { answer, found, records })
}

fn links(
    definition: &Definition,
    keys: &Keys,
    values: &BTreeMap<String, String>,
    must_have_link: bool,
    until: Instant,
) -> Result<ImageLinks, Fault> {
    let get = |name: &str| match values.get(name) {
        // A link that ends in a slash is what Pixhost gives for an image it has not kept. Uploaders of ShareX have links to
        // folders too.
        Some(value) => good_link(definition, keys, value.clone(), until)
            .filter(|link| !link.ends_with('/') || definition.is_sxcu() && link.matches('/').count() > 3)
            .map(Some)
            .ok_or_else(|| no_link(definition, name)),
        None => Ok(None),
    };
    let [page, thumb, direct, delete] = ["link", "thumb", "direct", "delete"].map(get);
    let links = ImageLinks {
        link: page?.unwrap_or_default(),
        thumb: thumb?.unwrap_or_default(),
        direct: direct?.unwrap_or_default(),
        // Not for posts: some hosts have a key here, and no link.
        delete: delete.unwrap_or_else(|_| deletion_key(keys, values)).unwrap_or_default(),
    };
    if must_have_link && links.link.is_empty() { Err(no_link(definition, "link")) } else { Ok(links) }
}

/// `value` as a link that is given to the person: it leads somewhere, and has none of our keys.
fn good_link(definition: &Definition, keys: &Keys, value: String, until: Instant) -> Option<String> {
    link(&rewrite(definition, value, until)?).filter(|link| !keys.are_in(link))
}

fn deletion_key(keys: &Keys, values: &BTreeMap<String, String>) -> Option<String> {
    values.get("delete").filter(|key| is_value(key) && !keys.are_in(key)).cloned()
}

/// `None` when that takes too long.
fn rewrite(definition: &Definition, mut link: String, until: Instant) -> Option<String> {
    for (pattern, with) in &definition.rewrites {
        let left = until.saturating_duration_since(Instant::now());
        if let Some(rewritten) = replace(pattern, &link, with, left).ok()? {
            link = rewritten;
        }
    }
    Some(link)
}

fn no_link(definition: &Definition, name: &str) -> Fault {
    let words = format!("The host says that it worked, but gives no usable {name}. Retry later.");
    fault(FaultKind::HostFault, &words, &definition.facts.name)
}
