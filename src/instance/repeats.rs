//! A repeated `request_id` repeats the answer, not the work.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::protocol::{Request, Response};
use crate::core::{Refusal, RefusalCode};

/// Requests that are remembered; older ones give way.
const REMEMBERED_MAX: usize = 256;
/// Text of answers that is remembered, in bytes.
const ANSWERS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The latest requests with their answers.
#[derive(Debug, Default)]
pub struct Repeats(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    id: String,
    /// Tells another request with the same id from a repetition.
    fingerprint: u64,
    answer: Arc<OnceCell<Response>>,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.answer
            .get()
            .map_or(0, |response| response.data.len() + response.notes.iter().map(String::len).sum::<usize>())
    }
}

impl Repeats {
    /// The answer of `work`, which is done once for all requests with one id; without an id, each time.
    pub async fn answer(&self, request: &Request, work: impl Future<Output = Response>) -> Response {
        if request.request_id.is_empty() {
            return work.await;
        }
        match self.cell(request) {
            // When the first asker goes away, the next one's work takes its place; nothing else cancels it.
            Ok(cell) => cell.get_or_init(|| work).await.clone(),
            Err(refusal) => refusal.into(),
        }
    }

    fn cell(&self, request: &Request) -> Result<Arc<OnceCell<Response>>, Refusal> {
        let fingerprint = fingerprint(request);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.iter().find(|entry| entry.id == request.request_id) {
            if entry.fingerprint == fingerprint {
                return Ok(Arc::clone(&entry.answer));
            }
            let words = "This request_id belongs to another request. Give each request one of its own.";
            return Err(Refusal::new(RefusalCode::BadRequest, words));
        }
        while entries.len() >= REMEMBERED_MAX || entries.iter().map(Entry::bytes).sum::<usize>() > ANSWERS_BYTES_MAX {
            entries.pop_front();
        }
        let answer = Arc::<OnceCell<Response>>::default();
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
            repeats.answer(&request, work).await
        };
        let (first, second) = tokio::join!(ask(request("a", "/x")), ask(request("a", "/x")));
        assert_eq!((first.data.as_str(), second.data.as_str()), ("0", "0"), "also while the first is under way");
        assert_eq!(ask(request("a", "/x")).await.data, "0");
        assert_eq!(ask(request("a", "/y")).await.refusal_code(), Some(RefusalCode::BadRequest));
        assert_eq!(ask(request("b", "/x")).await.data, "1");
        assert_eq!(ask(request("", "/x")).await.data, "2");
        assert_eq!(ask(request("", "/x")).await.data, "3", "without an id nothing is remembered");
    }

    #[tokio::test]
    async fn what_is_remembered_is_bounded() {
        let repeats = Repeats::default();
        for n in 0..2 * REMEMBERED_MAX {
            let response = Response::done("x".repeat(1024 * 1024));
            repeats.answer(&request(&n.to_string(), "/x"), async { response }).await;
        }
        let entries = repeats.0.lock().expect("no panic");
        assert!(entries.iter().map(Entry::bytes).sum::<usize>() <= ANSWERS_BYTES_MAX + 1024 * 1024);
    }
}
