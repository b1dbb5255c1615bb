//! A repeated `request_id` repeats the answer, not the work. Only what changes something is remembered.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::protocol::{Request, Response};
use crate::core::{Refusal, RefusalCode};

/// Requests that are remembered; older ones give way.
const REMEMBERED_MAX: usize = 256;
/// Ids and answers that are remembered, in bytes.
const ANSWERS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The latest requests with their answers.
#[derive(Debug, Default)]
pub struct Repeats(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    id: String,
    /// Tells another request with the same id from a repetition.
    fingerprint: u64,
    answer: Arc<OnceCell<Encoded>>,
}

/// A response as it is sent.
pub type Encoded = Arc<Vec<u8>>;

impl Entry {
    fn bytes(&self) -> usize {
        self.id.len() + self.answer.get().map_or(0, |answer| answer.len())
    }
}

impl Repeats {
    /// The answer of `work`, which is done once for all requests with one id; without an id, and what only looks, each time.
    pub async fn answer(&self, request: &Request, work: impl Future<Output = Response>) -> Encoded {
        let work = async { Arc::new(work.await.encode()) };
        if request.request_id.is_empty() || request.only_looks() {
            return work.await;
        }
        match self.cell(request) {
            Ok(cell) => {
                // When the first asker goes away, the next one's work takes its place; nothing else cancels it.
                let answer = Arc::clone(cell.get_or_init(|| work).await);
                self.forget_what_is_too_much();
                answer
            }
            Err(refusal) => Arc::new(Response::from(refusal).encode()),
        }
    }

    /// The oldest answers first.
    fn forget_what_is_too_much(&self) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes: usize = entries.iter().map(Entry::bytes).sum();
        entries.retain(|entry| {
            let goes = bytes > ANSWERS_BYTES_MAX && entry.answer.initialized();
            bytes -= if goes { entry.bytes() } else { 0 };
            !goes
        });
    }

    fn cell(&self, request: &Request) -> Result<Arc<OnceCell<Encoded>>, Refusal> {
        let fingerprint = fingerprint(request);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter().find(|entry| entry.id == request.request_id) {
            if entry.fingerprint == fingerprint {
                return Ok(Arc::clone(&entry.answer));
            }
            let words = "This request_id belongs to another request. Give each request one of its own.";
            return Err(Refusal::new(RefusalCode::BadRequest, words));
        }
        while entries.len() >= REMEMBERED_MAX {
            entries.pop_front();
        }
        let answer = Arc::<OnceCell<Encoded>>::default();
        entries.push_back(Entry { id: request.request_id.clone(), fingerprint, answer: Arc::clone(&answer) });
        Ok(answer)
    }
}

fn fingerprint(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    // The order of the fields is that of the struct, so equal requests have equal text.
    serde_json::to_vec(request).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::output::PostText;
    use crate::instance::Verb;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn request(id: &str, folder: &str) -> Request {
        Request { request_id: id.to_owned(), folders: vec![folder.to_owned()], ..Request::default() }
    }

    #[tokio::test]
    async fn the_same_request_is_done_once_and_another_one_is_refused() {
        let (repeats, done) = (Repeats::default(), AtomicUsize::new(0));
        let ask = async |request: Request| {
            let work = async {
                tokio::task::yield_now().await;
                Response::done(done.fetch_add(1, Ordering::Relaxed).to_string())
            };
            let encoded = repeats.answer(&request, work).await;
            serde_json::from_slice::<Response>(&encoded).expect("a response")
        };
        let (first, second) = tokio::join!(ask(request("a", "/x")), ask(request("a", "/x")));
        assert_eq!((first.data.as_str(), second.data.as_str()), ("0", "0"), "also while the first is under way");
        assert_eq!(ask(request("a", "/x")).await.data, "0");
        assert_eq!(ask(request("a", "/y")).await.refusal_code(), Some(RefusalCode::BadRequest));
        assert_eq!(ask(request("b", "/x")).await.data, "1");
        assert_eq!(ask(request("", "/x")).await.data, "2");
        assert_eq!(ask(request("", "/x")).await.data, "3", "without an id nothing is remembered");
    }

    /// How many answers are remembered after that, and their bytes.
    async fn remembered(command: Verb, id_bytes: usize, response: Response) -> (usize, usize) {
        let repeats = Repeats::default();
        for n in 0..2 * REMEMBERED_MAX {
            let request = Request { command, ..request(&format!("{n}{}", "x".repeat(id_bytes)), "/x") };
            repeats.answer(&request, async { response.clone() }).await;
        }
        let entries = repeats.0.lock().expect("no panic");
        (entries.len(), entries.iter().map(Entry::bytes).sum())
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded_wherever_in_an_answer_it_is() {
        let long = "x".repeat(1024 * 1024);
        let post = PostText { text: long.clone(), ..PostText::default() };
        for response in [
            Response::done(long.clone()),
            Response { posts: vec![post], ..Response::default() },
            Response { output: vec![long.clone().into()], ..Response::default() },
            Response { settings: vec![(String::new(), long)], ..Response::default() },
        ] {
            let (count, bytes) = remembered(Verb::RunOnce, 1, response).await;
            assert!((10..16).contains(&count) && bytes <= ANSWERS_BYTES_MAX, "{count} answers of {bytes} bytes");
        }
        let (_, bytes) = remembered(Verb::Add, 100_000, Response::done("")).await;
        assert!(bytes <= ANSWERS_BYTES_MAX, "ids of {bytes} bytes");
        let large = Response::done("x".repeat(ANSWERS_BYTES_MAX));
        let repeats = Repeats::default();
        repeats.answer(&request("a", "/x"), async { large }).await;
        assert!(repeats.0.lock().expect("no panic").is_empty(), "larger than all that is remembered");
    }

    #[tokio::test]
    async fn what_only_looks_is_not_remembered() {
        for command in [Verb::Queue, Verb::Hosts, Verb::Tabs, Verb::Status, Verb::Show, Verb::Output, Verb::Settings] {
            assert_eq!(remembered(command, 1, Response::done("")).await, (0, 0), "{command:?}");
        }
    }
}
