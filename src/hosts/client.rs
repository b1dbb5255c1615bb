//! The one place where HTTP clients are made.

use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::{Attempt, Policy};

use crate::core::{Fault, FaultKind};

/// Redirects followed for one request.
const REDIRECTS_MAX: usize = 5;
/// Connections are kept for the next image so long; servers close them on their own soon after.
const POOL_IDLE: Duration = Duration::from_secs(30);
/// Different timeouts remembered; a person changes them once, if ever.
const CLIENTS_MAX: usize = 4;

static CRYPTOGRAPHY: Once = Once::new();

/// The clients of one host, made when they are first needed.
#[derive(Debug)]
pub struct Clients {
    /// Spoken to without TLS only: then no certificates are read.
    is_plain: bool,
    made: Mutex<Vec<(Duration, Client)>>,
}

impl Clients {
    /// For a host that is spoken to without TLS only, or not.
    #[must_use]
    pub const fn new(is_plain: bool) -> Self {
        Self { is_plain, made: Mutex::new(Vec::new()) }
    }

    /// The client that gives up connecting after `connect`.
    ///
    /// # Errors
    /// When this computer's certificates cannot be read.
    pub fn get(&self, connect: Duration) -> Result<Client, Fault> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = made.iter().find(|(timeout, _)| *timeout == connect) {
            return Ok(client.clone());
        }
        let client = self.make(connect)?;
        if made.len() >= CLIENTS_MAX {
            made.remove(0);
        }
        made.push((connect, client.clone()));
        Ok(client)
    }

    fn make(&self, connect: Duration) -> Result<Client, Fault> {
        // Fails only when there is a provider already, which will do.
        CRYPTOGRAPHY.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let builder = Client::builder()
            .user_agent(concat!("BBDrop/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(Policy::custom(within_origin));
        let builder = if self.is_plain { builder.tls_certs_only([]) } else { builder };
        builder.build().map_err(|error| {
            let words =
                format!("Secure connections are not possible: {}. Install the system's certificates.", reason(&error));
            Fault::new(FaultKind::Network, words)
        })
    }
}

/// A definition names the origins it speaks to; a redirect must not add one. What is not followed is the answer.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_same = attempt.previous().last().is_some_and(|previous| previous.origin() == attempt.url().origin());
    if is_same && attempt.previous().len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
}

/// The innermost cause, which says most. Never an address.
pub fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
