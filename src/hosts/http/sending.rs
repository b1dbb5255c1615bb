//! A body on its way: what stands before the image, the image, what stands after it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::core::{ContentHash, Fault, FaultKind};
use crate::hosts::Source;
use crate::hosts::client::Activity;

/// How the reading of an image ended; nothing yet while it is read.
pub(super) type End = Arc<OnceLock<Result<ContentHash, Fault>>>;

pub(super) struct Sending {
    pub head: Bytes,
    pub tail: Bytes,
    pub source: Source,
    pub end: End,
    pub activity: Arc<Activity>,
}

impl Sending {
    pub fn body(self) -> reqwest::Body {
        reqwest::Body::wrap_stream(futures_util::stream::try_unfold(self, |mut sending| async move {
            Ok::<_, Fault>(sending.next().await?.map(|chunk| (chunk, sending)))
        }))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        if !self.head.is_empty() {
            self.activity.touch();
            return Ok(Some(std::mem::take(&mut self.head)));
        }
        if self.end.get().is_none() {
            self.activity.ours();
            let next = self.source.next().await;
            self.activity.theirs();
            match next {
                Ok(Some(chunk)) => {
                    self.look_for_the_end().await?;
                    return Ok(Some(chunk));
                }
                Ok(None) => {
                    let broke_off = || Fault::new(FaultKind::LocalFile, "Reading the file broke off; retry.");
                    let _ = self.end.set(self.source.hash().ok_or_else(broke_off)); // It was empty.
                }
                Err(fault) => {
                    let _ = self.end.set(Err(fault.clone())); // It was empty.
                    return Err(fault);
                }
            }
        }
        let tail = std::mem::take(&mut self.tail);
        Ok((!tail.is_empty()).then_some(tail))
    }

    /// Behind the last byte of a body nobody asks for more: when the image is all there is, its end is looked for before.
    async fn look_for_the_end(&mut self) -> Result<(), Fault> {
        if !self.tail.is_empty() || !self.source.is_at_end() {
            return Ok(());
        }
        let end = self.source.next().await.map(|_| self.source.hash());
        let broke_off = || Fault::new(FaultKind::LocalFile, "Reading the file broke off; retry.");
        let end = end.and_then(|hash| hash.ok_or_else(broke_off));
        let _ = self.end.set(end.clone()); // It was empty.
        end.map(|_| ())
    }
}
