//! Whose process is at the other end of a socket of 127.0.0.1. Never guesses: what the system does not tell is
//! [`Owner::Unknown`], and nothing here waits or fails.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

#[cfg(target_os = "linux")]
use super::linux as system;
#[cfg(windows)]
use super::windows as system;

/// Whose process is at the other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This user's.
    Us,
    /// Another user's.
    Another,
    /// The system cannot tell: nobody is there (any more), or there is no way to ask.
    Unknown,
}

/// Who holds the client end of an accepted connection; `local` is our end, `peer` theirs.
///
/// A client that has closed already may have no owner any more. So this is asked before the message is read.
#[must_use]
pub fn owner_of_peer(local: SocketAddr, peer: SocketAddr) -> Owner {
    match (v4(peer), v4(local)) {
        (Some(own), Some(other)) => system::owner_of(Ends { own, other }),
        _ => Owner::Unknown,
    }
}

/// Who serves a connection that this process has made; `local` is our end, `peer` theirs.
///
/// Asked after connecting: whoever listened before may be gone. A connection that is not accepted yet is nobody's and goes to whoever
/// listens; the listener is asked for first, so that it is the one that the connection came to.
#[must_use]
pub fn owner_of_server(local: SocketAddr, peer: SocketAddr) -> Owner {
    let listener = owner_of_listener(peer.port());
    match owner_of_peer(local, peer) {
        Owner::Unknown => listener,
        connected => connected,
    }
}

/// Who listens where a connection to 127.0.0.1:`port` would end.
pub(super) fn owner_of_listener(port: u16) -> Owner {
    system::owner_of(Ends::of_listener(port))
}

/// The program that listens there, for a sentence: `python3 (process 1234)`, `a program of user nobody`. It may take some
/// milliseconds.
#[must_use]
pub fn holder_of(port: u16) -> Option<String> {
    system::holder_of(Ends::of_listener(port))
}

/// Both ends of the socket that is looked for, its own first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) own: SocketAddrV4,
    /// 0.0.0.0:0 for a listener.
    pub(super) other: SocketAddrV4,
}

impl Ends {
    const fn of_listener(port: u16) -> Self {
        Self { own: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), other: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0) }
    }

    pub(super) const fn is_listener(self) -> bool {
        self.other.port() == 0
    }
}

fn v4(address: SocketAddr) -> Option<SocketAddrV4> {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => Some(SocketAddrV4::new(ip, address.port())),
        IpAddr::V6(_) => None,
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use super::{Ends, Owner};

    pub(super) const fn owner_of(_: Ends) -> Owner {
        Owner::Unknown
    }

    pub(super) const fn holder_of(_: Ends) -> Option<String> {
        None
    }
}

#[cfg(test)]
#[cfg(any(target_os = "linux", windows))]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn listener() -> (TcpListener, u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    #[cfg_attr(windows, ignore = "for a real Windows: Wine's server has all listeners, so its table names process 0")]
    fn a_listener_of_ours_is_ours() {
        let (listener, port) = listener();
        assert_eq!(owner_of_listener(port), Owner::Us);
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let server = || owner_of_server(client.local_addr().unwrap(), client.peer_addr().unwrap());
        assert_eq!(server(), Owner::Us, "not accepted yet");
        let _accepted = listener.accept().unwrap();
        assert_eq!(server(), Owner::Us);
    }

    #[test]
    fn a_client_of_ours_is_ours() {
        let (listener, port) = listener();
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let (server, peer) = listener.accept().unwrap();
        // Wine counts a socket as its process's once that has used it.
        client.write_all(b"x").unwrap();
        assert_eq!(owner_of_peer(server.local_addr().unwrap(), peer), Owner::Us);
        drop(client);
    }

    #[test]
    fn who_is_not_there_is_unknown() {
        let (listener, port) = listener();
        let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let (server, peer) = listener.accept().unwrap();
        drop(client);
        assert_ne!(owner_of_peer(server.local_addr().unwrap(), peer), Owner::Another);
        drop(server);
        assert_ne!(owner_of_peer(listener.local_addr().unwrap(), peer), Owner::Another);
        drop(listener);
        assert_eq!(owner_of_listener(port), Owner::Unknown);
        assert_eq!(holder_of(port), None);
        assert_eq!(owner_of_peer(peer, "[::1]:1".parse().unwrap()), Owner::Unknown);
    }

    #[test]
    #[cfg_attr(windows, ignore = "for a real Windows: Wine's server has all listeners, so its table names process 0")]
    fn the_holder_is_named() {
        let (_listener, port) = listener();
        let holder = holder_of(port).unwrap();
        assert!(holder.ends_with(&format!(" (process {})", std::process::id())), "{holder}");
    }
}
