//! The one place where HTTP clients are made: how long to wait, where to follow, what to trust. Never follows to another origin.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Route;
use super::pin::pinned;
use crate::core::Proxy;

/// Shorter than what common servers wait (Node: 5 s), so that no request meets a connection that is just being closed.
const POOL_IDLE: Duration = Duration::from_secs(4);
/// Redirects within an origin.
const REDIRECTS_MAX: usize = 5;
const USER_AGENT: &str = concat!("BBDrop/", env!("CARGO_PKG_VERSION"));

/// The clients of one host: one, as long as what it depends on stays the same.
#[derive(Debug, Default)]
pub(super) struct Clients {
    made: Mutex<Option<(Kind, Client)>>,
}

/// What a client depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    connect: Duration,
    /// Nothing but plain HTTP: the certificates of the system are not needed, and loading them takes time.
    is_plain: bool,
    /// On this computer: no proxy can be meant.
    is_local: bool,
    route: Route,
}

impl Kind {
    pub fn new<'a>(mut origins: impl Iterator<Item = &'a Url> + Clone, connect: Duration, route: &Route) -> Self {
        let local = |url: &Url| url.host_str().is_some_and(is_local);
        Self {
            connect,
            is_plain: origins.clone().all(|url| url.scheme() == "http"),
            is_local: origins.all(local),
            route: route.clone(),
        }
    }
}

impl Clients {
    /// The client, made when it is asked for first.
    ///
    /// # Errors
    /// Says why there is none, and what to do.
    pub async fn get(&self, kind: Kind) -> Result<Client, String> {
        let mut made = self.made.lock().await;
        if let Some((_, client)) = made.as_ref().filter(|(known, _)| *known == kind) {
            return Ok(client.clone());
        }
        let wanted = kind.clone();
        let client = tokio::task::spawn_blocking(move || build(&wanted)).await;
        let client = client.map_err(|error| error.to_string()).flatten()?;
        *made = Some((kind, client.clone()));
        Ok(client)
    }
}

/// Whether it is this computer by name: no proxy can be meant.
pub(super) fn is_local(host: &str) -> bool {
    ["127.0.0.1", "::1", "[::1]", "localhost"].contains(&host)
}

/// Says once with what TLS computes.
pub(super) fn install_cryptography() {
    static CRYPTOGRAPHY: Once = Once::new();
    CRYPTOGRAPHY.call_once(|| {
        // Fails only when there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn build(kind: &Kind) -> Result<Client, String> {
    install_cryptography();
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(kind.connect)
        .pool_idle_timeout(POOL_IDLE)
        .referer(false)
        .redirect(Policy::custom(|attempt| {
            let first = attempt.previous().first();
            let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
            if same && attempt.previous().len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
        }));
    let builder = match kind.route.pin {
        Some(pin) => builder.tls_backend_preconfigured(pinned(pin)),
        None if kind.is_plain => builder.tls_certs_only([]),
        None => builder,
    };
    let builder = if may_be_closed(kind) { builder.pool_max_idle_per_host(0) } else { builder };
    let builder = match &kind.route.proxy {
        _ if kind.is_local => builder.no_proxy(),
        Proxy::System => match kind.route.environment.named()? {
            None => builder,
            Some(named) => {
                let proxies = named.proxies().map_err(|error| no_proxy(&error))?;
                proxies.into_iter().fold(builder.no_proxy(), reqwest::ClientBuilder::proxy)
            }
        },
        Proxy::Never => builder.no_proxy(),
        Proxy::Through(address) => builder.proxy(reqwest::Proxy::all(address).map_err(|error| no_proxy(&error))?),
    };
    builder.build().map_err(|error| {
        let cause = root_cause(&error);
        format!("Secure connections cannot be made on this computer: {cause}. Check its certificates.")
    })
}

fn no_proxy(error: &reqwest::Error) -> String {
    format!("The proxy cannot be used, so nothing was sent: {}. Check network.proxy.", root_cause(error))
}

/// Whether a proxy may close connections after any answer without saying so, as tinyproxy does: a request that is sent then is lost. In tunnels, which
/// TLS and SOCKS have, nobody does that.
fn may_be_closed(kind: &Kind) -> bool {
    let has_no_tunnel = match &kind.route.proxy {
        Proxy::System => true,
        Proxy::Never => false,
        Proxy::Through(address) => address.starts_with("http"),
    };
    has_no_tunnel && kind.is_plain && !kind.is_local
}

/// The innermost reason: what the system or the other side said. The outer ones name URLs.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// When a byte moved last in one exchange with a host. Time that passes on our side does not count.
#[derive(Debug)]
pub(super) struct Activity {
    begun: Instant,
    last_us: AtomicU64,
    is_ours: AtomicBool,
}

impl Activity {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), last_us: AtomicU64::new(0), is_ours: AtomicBool::new(false) })
    }

    /// A byte moved.
    pub fn touch(&self) {
        let us = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_us.store(us, Ordering::Relaxed);
    }

    /// From here on we are waited for: for the file, or for bandwidth.
    pub fn ours(&self) {
        self.is_ours.store(true, Ordering::Relaxed);
    }

    /// From here on the host is waited for again.
    pub fn theirs(&self) {
        self.touch();
        self.is_ours.store(false, Ordering::Relaxed);
    }

    /// Returns when no byte has moved for `limit`.
    pub async fn idle(&self, limit: Duration) {
        loop {
            if self.is_ours.load(Ordering::Relaxed) {
                self.touch();
            }
            let due = self.begun + Duration::from_micros(self.last_us.load(Ordering::Relaxed)) + limit;
            if due <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_the_others_silence_counts() {
        let activity = Activity::new();
        let limit = Duration::from_mins(1);
        let begun = Instant::now();
        let seconds = |activity: &Arc<Activity>| {
            let activity = Arc::clone(activity);
            async move {
                activity.idle(limit).await;
                begun.elapsed().as_secs()
            }
        };
        assert_eq!(seconds(&activity).await, 60);
        activity.touch();
        let (waited, ()) = tokio::join!(seconds(&activity), async {
            tokio::time::advance(Duration::from_secs(30)).await;
            activity.ours();
            tokio::time::advance(Duration::from_secs(100)).await;
            activity.theirs();
        });
        assert_eq!(waited, 60 + 30 + 100 + 60);
    }
}
