//! FTP and FTPS (RFC 959, 4217): files are streamed under another name and renamed. Retries nothing but a connection that the
//! server has closed while nobody used it.
//!
//! Not through `OpenDAL`: its service panics where the system has no certificates, waits for a connection as long as it
//! likes, and cannot say what a server has answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls_platform_verifier::ConfigVerifierExt as _;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::tokio_rustls::TlsConnector;
use suppaftp::types::FileType;
use suppaftp::{FtpError, FtpResult, Mode, Status};
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::THUMBS;
use super::service::{File, SignIn};
use super::spec::Address;
use crate::core::{ContentHash, Fault, FaultKind, Proxy};
use crate::hosts::answer;
use crate::hosts::client::{Activity, install_cryptography, is_local};
use crate::hosts::{Route, Timeouts};

/// Servers close connections that nobody uses, some after half a minute.
const POOL_IDLE: Duration = Duration::from_secs(20);
/// Connections that wait to be used again.
const POOL_MAX: usize = 16;
/// Longest part of a server's own words that is shown.
const WORDS_MAX: usize = 200;

/// Folders below a root of an FTP server.
#[derive(Debug)]
pub(super) struct Ftp {
    address: Address,
    /// With a slash before it and none after it; empty for the server's own root.
    root: String,
    sign_in: SignIn,
    route: Route,
    tls: OnceCell<rustls::ClientConfig>,
    waiting: Mutex<Vec<Waiting>>,
    /// In words, for the end of a message.
    place: String,
}

/// A connection that nobody uses.
struct Waiting {
    since: Instant,
    stream: AsyncRustlsFtpStream,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("since", &self.since).finish_non_exhaustive()
    }
}

/// Why something did not work.
enum Trouble {
    /// On the way to the server, or by its own words.
    Ftp(FtpError),
    /// On our side.
    Fault(Fault),
}

impl From<FtpError> for Trouble {
    fn from(error: FtpError) -> Self {
        Self::Ftp(error)
    }
}

impl Ftp {
    pub fn new(address: Address, root: &str, sign_in: Option<SignIn>, route: Route) -> Self {
        let root = if root.is_empty() { String::new() } else { format!("/{root}") };
        let scheme = if address.is_secure { "ftps" } else { "ftp" };
        let place = format!("Host: {scheme}://{}:{}{root}", address.host, address.port);
        // RFC 1635.
        let anonymous = || SignIn { user: "anonymous".to_owned(), password: "anonymous@".to_owned() };
        let sign_in = sign_in.unwrap_or_else(anonymous);
        Self { address, root, sign_in, route, tls: OnceCell::new(), waiting: Mutex::default(), place }
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub async fn is_taken(&self, folder: &str, timeouts: Timeouts) -> Result<bool, Fault> {
        let path = self.path(folder);
        let names = async {
            let mut stream = self.stream(timeouts).await?;
            let names = stream.nlst(Some(&path)).await.or_else(|error| nothing(error, Vec::new()))?;
            self.keep(stream);
            Ok(names)
        };
        let names = self.watch(names, &Activity::new(), timeouts).await?;
        // One that was only made has nothing in it but our own.
        let is_entry = |name: &String| ![".", "..", THUMBS].contains(&name.rsplit('/').next().unwrap_or_default());
        Ok(names.iter().any(is_entry))
    }

    pub async fn make(&self, folder: &str, timeouts: Timeouts) -> Result<(), Fault> {
        let path = format!("{}/{THUMBS}", self.path(folder));
        let made = async {
            let mut stream = self.stream(timeouts).await?;
            for (end, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
                make_one(&mut stream, path.get(..end).unwrap_or_default()).await?;
            }
            self.keep(stream);
            Ok(())
        };
        self.watch(made, &Activity::new(), timeouts).await
    }

    pub async fn bytes(&self, path: &str, timeouts: Timeouts) -> Result<Option<u64>, Fault> {
        let path = self.path(path);
        let bytes = async {
            let mut stream = self.stream(timeouts).await?;
            let bytes = stream.size(&path).await.map(Some).or_else(|error| nothing(error, None))?;
            self.keep(stream);
            Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()))
        };
        self.watch(bytes, &Activity::new(), timeouts).await
    }

    pub async fn write(&self, path: &str, mut file: File, timeouts: Timeouts) -> Result<Option<ContentHash>, Fault> {
        let path = self.path(path);
        let partial = file.partial.take().map(|partial| self.path(&partial));
        let activity = Activity::new();
        let written = async {
            let mut stream = self.stream(timeouts).await?;
            let mut data = stream.put_with_stream(partial.as_ref().unwrap_or(&path)).await?;
            send(&mut file, &mut data, &activity).await?;
            if self.address.is_secure {
                data.shutdown().await.map_err(FtpError::ConnectionError)?;
                // What the server says at the end has the tickets with which the next connection continues this session;
                // many servers insist on that.
                let _ = data.read(&mut [0; 64]).await;
            }
            stream.finalize_put_stream(data).await?;
            if let Some(partial) = &partial {
                rename(&mut stream, partial, &path).await?;
            }
            self.keep(stream);
            Ok(file.hash())
        };
        self.watch(written, &activity, timeouts).await
    }

    /// Gives up when no byte moves, and says what went wrong.
    async fn watch<T>(
        &self,
        work: impl Future<Output = Result<T, Trouble>>,
        activity: &Activity,
        timeouts: Timeouts,
    ) -> Result<T, Fault> {
        let outcome = tokio::select! {
            biased;
            outcome = work => outcome,
            () = activity.idle(timeouts.idle) => Err(Trouble::Fault(answer::silent(timeouts.idle, self.name()))),
        };
        outcome.map_err(|trouble| match trouble {
            Trouble::Ftp(error) => self.fault(&error),
            Trouble::Fault(fault) => fault,
        })
    }

    /// A connection that waits, or a new one.
    async fn stream(&self, timeouts: Timeouts) -> Result<AsyncRustlsFtpStream, Trouble> {
        while let Some(Waiting { since, mut stream }) = self.take() {
            // A server that has closed it has said so by now: then there is something to read.
            let is_quiet = stream.get_ref().try_read(&mut [0; 1]).is_err_and(|error| would_block(&error));
            let is_fresh = since.elapsed() < POOL_IDLE;
            if is_quiet && (is_fresh || stream.noop().await.is_ok()) {
                return Ok(stream);
            }
        }
        self.connect(timeouts).await
    }

    async fn connect(&self, timeouts: Timeouts) -> Result<AsyncRustlsFtpStream, Trouble> {
        let Address { host, port, is_secure } = &self.address;
        self.check_proxy().map_err(|words| Trouble::Fault(answer::fault(FaultKind::Rejected, &words, self.name())))?;
        let connection = connect((host.as_str(), *port), timeouts.connect).await?;
        let is_v6 = connection.peer_addr().is_ok_and(|address| address.is_ipv6());
        let mut stream = AsyncRustlsFtpStream::connect_with_stream(connection).await?;
        if *is_secure {
            stream = stream.into_secure(AsyncRustlsConnector::from(self.tls().await?), host).await?;
        }
        let wait = timeouts.connect;
        stream = stream.passive_stream_builder(move |address| Box::pin(connect(address, wait)));
        // Data go to where the commands go, whatever a server behind a router believes its address to be.
        stream.set_passive_nat_workaround(true);
        if is_v6 {
            stream.set_mode(Mode::ExtendedPassive);
        }
        stream.login(&self.sign_in.user, &self.sign_in.password).await?;
        stream.transfer_type(FileType::Binary).await?;
        Ok(stream)
    }

    /// FTP is not sent by a proxy, and never past one that is meant for it.
    ///
    /// # Errors
    /// Names the proxy.
    fn check_proxy(&self) -> Result<(), String> {
        if is_local(&self.address.host) {
            return Ok(());
        }
        let meant = match &self.route.proxy {
            Proxy::Never => None,
            Proxy::Through(_) => Some("network.proxy"),
            Proxy::System => {
                self.route.environment.named()?.and_then(|named| named.all.as_ref()).map(|_| "the variable ALL_PROXY")
            }
        };
        meant.map_or(Ok(()), |meant| {
            let words = "BBDrop cannot send FTP by a proxy, and does not go past the one in";
            Err(format!("{words} {meant}. Set `proxy` of this host to `none` if it may, or use WebDAV."))
        })
    }

    async fn tls(&self) -> Result<TlsConnector, Trouble> {
        let made = self.tls.get_or_try_init(|| async {
            let made = tokio::task::spawn_blocking(|| {
                install_cryptography();
                rustls::ClientConfig::with_platform_verifier().map_err(|error| error.to_string())
            });
            made.await.map_err(|error| error.to_string()).flatten()
        });
        let made = made.await.map(|config| {
            // Each connection keeps its own tickets: sessions that take them from each other run out of them.
            let mut config = config.clone();
            config.resumption = Resumption::in_memory_sessions(1);
            TlsConnector::from(Arc::new(config))
        });
        made.map_err(|cause| {
            let words = format!("Secure connections cannot be made on this computer: {cause}. Check its certificates.");
            Trouble::Fault(answer::fault(FaultKind::Rejected, &words, self.name()))
        })
    }

    fn take(&self) -> Option<Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, stream: AsyncRustlsFtpStream) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < POOL_MAX {
            waiting.push(Waiting { since: Instant::now(), stream });
        }
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn name(&self) -> &str {
        self.place.strip_prefix("Host: ").unwrap_or(&self.place)
    }

    /// Says what an error of the protocol means.
    fn fault(&self, error: &FtpError) -> Fault {
        let (kind, words) = match error {
            FtpError::ConnectionError(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                (FaultKind::Network, "There was no connection in time. Check the network, then retry.".to_owned())
            }
            FtpError::ConnectionError(error) => {
                (FaultKind::Network, format!("The connection broke: {error}. Check the network, then retry."))
            }
            FtpError::SecureError(why) => (
                FaultKind::Network,
                format!("The connection cannot be made secure: {why}. Check the server's certificate, then retry."),
            ),
            FtpError::UnexpectedResponse(response) => {
                meaning(response.status, &String::from_utf8_lossy(&response.body))
            }
            FtpError::BadResponse | FtpError::InvalidAddress(_) | FtpError::DataConnectionAlreadyOpen => {
                (FaultKind::HostFault, "The server's answer makes no sense. Retry later.".to_owned())
            }
        };
        answer::fault(kind, &words, self.name())
    }
}

/// What a refusal means, and what to do (RFC 959, 4.2).
fn meaning(status: Status, body: &str) -> (FaultKind, String) {
    let said: String = body.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_MAX).collect();
    let said = said.trim().trim_end_matches('.');
    let is_full = ["no space", "quota", "disk full"].iter().any(|words| said.to_lowercase().contains(words));
    match status {
        Status::RequestedActionNotTaken | Status::ExceededStorage => {
            (FaultKind::Quota, format!("The server has no room left ({said}). Free some, or wait."))
        }
        _ if is_full => (FaultKind::Quota, format!("The server has no room left ({said}). Free some, or wait.")),
        Status::InvalidCredentials | Status::LoginNeedAccount | Status::NotLoggedIn | Status::StoringNeedAccount => {
            (FaultKind::Auth, format!("The server does not accept who we are ({said}). Check user and password."))
        }
        Status::FileUnavailable | Status::BadFilename => (
            FaultKind::Rejected,
            format!("The server does not let us ({said}). Is the folder still there, and may we write into it?"),
        ),
        Status::BadCommand
        | Status::BadArguments
        | Status::NotImplemented
        | Status::BadSequence
        | Status::NotImplementedParameter => {
            (FaultKind::Rejected, format!("The server cannot do what is needed ({said}). Check its settings."))
        }
        _ => (FaultKind::HostFault, format!("The server failed ({said}). Retry later.")),
    }
}

async fn connect(address: impl tokio::net::ToSocketAddrs, wait: Duration) -> FtpResult<TcpStream> {
    let connection = tokio::time::timeout(wait, TcpStream::connect(address)).await;
    let connection = connection.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut)).flatten();
    let connection = connection.map_err(FtpError::ConnectionError)?;
    // Small commands go at once; where that cannot be set, they just go a little later.
    let _ = connection.set_nodelay(true);
    Ok(connection)
}

/// The server says no; it does not fail.
fn is_refusal(error: &FtpError) -> bool {
    matches!(error, FtpError::UnexpectedResponse(response) if (500..560).contains(&response.status.code()))
        || matches!(error, FtpError::UnexpectedResponse(response) if response.status == Status::Unknown)
}

/// `nothing` for a server that says that there is no such file or folder.
fn nothing<T>(error: FtpError, nothing: T) -> FtpResult<T> {
    let kinds = [Status::FileUnavailable, Status::RequestFileActionIgnored];
    let is_nothing = matches!(&error, FtpError::UnexpectedResponse(said) if kinds.contains(&said.status));
    if is_nothing { Ok(nothing) } else { Err(error) }
}

/// Makes one folder. Refused is mostly what is there already; else the first refusal counts.
async fn make_one(stream: &mut AsyncRustlsFtpStream, path: &str) -> FtpResult<()> {
    match stream.mkdir(path).await {
        Err(error) if is_refusal(&error) => stream.cwd(path).await.map_err(|_| error),
        made => made,
    }
}

/// Renames in place of what may be there.
async fn rename(stream: &mut AsyncRustlsFtpStream, from: &str, to: &str) -> FtpResult<()> {
    match stream.rename(from, to).await {
        // Some servers do not do it where there is something.
        Err(error) if is_refusal(&error) => {
            stream.rm(to).await.map_err(|_| error)?;
            stream.rename(from, to).await
        }
        renamed => renamed,
    }
}

/// Sends a file to its end.
async fn send(file: &mut File, to: &mut (impl AsyncWrite + Unpin), activity: &Activity) -> Result<(), Trouble> {
    loop {
        activity.ours();
        let chunk = file.next().await;
        activity.theirs();
        let Some(chunk) = chunk.map_err(Trouble::Fault)? else { return Ok(()) };
        let mut rest = chunk.as_ref();
        while !rest.is_empty() {
            let written = to.write(rest).await.map_err(FtpError::ConnectionError)?;
            activity.touch();
            rest = rest.get(written..).unwrap_or_default();
        }
    }
}

fn would_block(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_kind() {
        for (status, said, kind) in [
            (Status::NotLoggedIn, "530 Login incorrect.", FaultKind::Auth),
            (Status::InvalidCredentials, "430 no", FaultKind::Auth),
            (Status::ExceededStorage, "552 Quota", FaultKind::Quota),
            (Status::FileUnavailable, "550 No space left on device.", FaultKind::Quota),
            (Status::FileUnavailable, "550 Not enough privileges.", FaultKind::Rejected),
            (Status::ActionAborted, "451 Local error", FaultKind::HostFault),
            (Status::NotAvailable, "421 Too many connections", FaultKind::HostFault),
            (Status::NotImplemented, "502 RNFR", FaultKind::Rejected),
        ] {
            let (found, words) = meaning(status, said);
            assert_eq!(found, kind, "{said}");
            assert!(words.contains(said.trim_end_matches('.')), "{words}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_the_network() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let address = Address { host: "127.0.0.1".to_owned(), port, is_secure: false };
        let host = Ftp::new(address, "a", None, Route::default());
        let timeouts = Timeouts { connect: Duration::from_secs(5), idle: Duration::from_secs(5) };
        let fault = host.is_taken("x", timeouts).await.expect_err("nobody is there");
        assert_eq!(fault.kind, FaultKind::Network);
        assert!(fault.words.contains(&format!("Host: ftp://127.0.0.1:{port}/a")), "{fault}");
    }
}
