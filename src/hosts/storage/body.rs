//! An image as the body of one request, whose length is known: it ends with the last byte, not after it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::core::{ContentHash, Fault, FaultKind};
use crate::hosts::Source;
use crate::hosts::client::Activity;

/// How the reading of an image ended; nothing yet while it is read.
pub(super) type End = Arc<OnceLock<Result<ContentHash, Fault>>>;

/// An image on its way.
struct Sending {
    source: Source,
    /// Bytes that are still to come.
    left: u64,
    end: End,
    activity: Arc<Activity>,
}

/// A body of `bytes` bytes, at least one. Who sends it asks for no more once he has as many.
pub(super) fn body(source: Source, bytes: u64, end: End, activity: Arc<Activity>) -> reqwest::Body {
    let sending = Sending { source, left: bytes, end, activity };
    reqwest::Body::wrap_stream(futures_util::stream::try_unfold(sending, |mut sending| async move {
        Ok::<_, Fault>(sending.next().await?.map(|chunk| (chunk, sending)))
    }))
}

impl Sending {
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.activity.ours();
        let next = self.read().await;
        self.activity.theirs();
        if let Err(fault) = &next {
            let _ = self.end.set(Err(fault.clone())); // It was empty.
        }
        next.map(Some)
    }

    /// The next bytes; with the last ones it is known whether everything is as it was scanned.
    async fn read(&mut self) -> Result<Bytes, Fault> {
        let broke_off = || Fault::new(FaultKind::LocalFile, "Reading the file broke off; retry.");
        let chunk = self.source.next().await?.ok_or_else(broke_off)?;
        self.left = self.left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if self.left == 0 {
            self.source.next().await?;
            let _ = self.end.set(Ok(self.source.hash().ok_or_else(broke_off)?)); // It was empty.
        }
        Ok(chunk)
    }
}
