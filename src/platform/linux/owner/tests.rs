//! Both ways of asking, on real sockets: ours, another user's, closed ones, IPv4 in IPv6, bound to the device.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use socket2::{Domain, Socket, Type};

use super::super::super::owner::{Ends, Owner, holder_of, owner_of_listener, owner_of_peer};
use super::*;

const NOBODY: u32 = 65534;

fn v4(address: SocketAddr) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, address.port())
}

fn of_listener(port: u16) -> Ends {
    Ends { own: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), other: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0) }
}

/// Both ways say the same, and that is what comes out.
fn check(ends: Ends, expected: Owner) {
    let held = proc_net::find(ends);
    assert_eq!(held.map_or(Owner::Unknown, judge), expected, "/proc: {ends:?} {held:?}");
    match sock_diag::ask(ends) {
        Answer::Found(held) => assert_eq!(judge(held), expected, "netlink: {ends:?} {held:?}"),
        Answer::Nobody => assert_eq!(expected, Owner::Unknown, "netlink: {ends:?}"),
        Answer::NotToBeHad => println!("skipped: netlink is not to be had"),
    }
    assert_eq!(owner_of(ends), expected, "{ends:?}");
}

#[test]
fn ours_closed_and_absent() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    check(of_listener(port), Owner::Us);
    let client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let (mut server, peer) = listener.accept().unwrap();
    let ends = Ends { own: v4(peer), other: v4(server.local_addr().unwrap()) };
    check(ends, Owner::Us);
    drop(client);
    assert_eq!(server.read(&mut [0]).unwrap(), 0, "the end has come");
    check(ends, Owner::Unknown);
    drop(server);
    check(ends, Owner::Unknown);
    drop(listener);
    check(of_listener(port), Owner::Unknown);
}

#[test]
fn an_answer_of_netlink_is_one_of_the_table() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let ends = of_listener(listener.local_addr().unwrap().port());
    match sock_diag::ask(ends) {
        Answer::NotToBeHad => println!("skipped: netlink is not to be had"),
        answer => assert_eq!(Some(answer), proc_net::find(ends).map(Answer::Found)),
    }
}

/// As Java does it.
#[test]
fn a_client_may_speak_ipv4_in_ipv6() {
    let Ok(client) = Socket::new(Domain::IPV6, Type::STREAM, None) else {
        println!("skipped: no IPv6");
        return;
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mapped = SocketAddrV6::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped(), port, 0, 0);
    client.connect(&mapped.into()).unwrap();
    let (server, peer) = listener.accept().unwrap();
    check(Ends { own: v4(peer), other: v4(server.local_addr().unwrap()) }, Owner::Us);
}

/// All of these take connections to 127.0.0.1.
#[test]
fn listeners_of_every_kind_are_found() {
    let everywhere = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    check(of_listener(everywhere.local_addr().unwrap().port()), Owner::Us);
    let device = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // Needs no right since Linux 5.7.
    if device.bind_device(Some(b"lo")).is_ok() {
        device.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        device.listen(1).unwrap();
        check(of_listener(device.local_addr().unwrap().as_socket().unwrap().port()), Owner::Us);
    }
    let Ok(both) = Socket::new(Domain::IPV6, Type::STREAM, None) else {
        println!("skipped: no IPv6");
        return;
    };
    both.set_only_v6(false).unwrap();
    both.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into()).unwrap();
    both.listen(1).unwrap();
    check(of_listener(both.local_addr().unwrap().as_socket().unwrap().port()), Owner::Us);
}

/// Python of another user, which prints a port and stays until its stdin ends.
struct Other {
    process: Child,
    port: u16,
}

impl Other {
    /// `None` where this process cannot become another user.
    fn start(script: &str) -> Option<Self> {
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-I", "-c", &format!("{script}\nimport sys; sys.stdin.read()")]).current_dir("/").uid(NOBODY);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let Ok(mut process) = started.inspect_err(|error| println!("skipped: no process of another user ({error})"))
        else {
            return None;
        };
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { port: line.trim().parse().unwrap(), process })
    }

    fn end(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

#[test]
fn a_listener_of_another_user_is_theirs() {
    let script = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)";
    let Some(other) = Other::start(script) else { return };
    check(of_listener(other.port), Owner::Another);
    assert_eq!(owner_of_listener(other.port), Owner::Another);
    let holder = holder_of(other.port).unwrap();
    // Root sees into every process; with fewer rights it is the user.
    let by_user = format!("a program of user {}", super::super::holder::user_name(NOBODY));
    let by_id = format!("(process {})", other.process.id());
    assert!(holder.contains("python3") && holder.ends_with(&by_id) || holder == by_user, "{holder}");
    other.end();
}

#[test]
fn a_socket_that_nobody_has_is_another_users_when_the_kernel_says_so_and_never_ours() {
    let ours = geteuid().as_raw();
    for (uid, inode, owner) in [
        (ours, 7, Owner::Us),
        (ours, 0, Owner::Unknown),
        (0, 0, Owner::Unknown),
        (ours + 1, 7, Owner::Another),
        (ours + 1, 0, Owner::Another),
    ] {
        assert_eq!(judge(Held { uid, inode }), owner, "user {uid}, inode {inode}");
    }
}

#[test]
fn a_client_of_another_user_is_never_ours_not_even_when_it_has_closed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "import socket; s = socket.create_connection(('127.0.0.1', {port})); print(s.getsockname()[1], flush=True)"
    );
    let Some(other) = Other::start(&script) else { return };
    let (mut server, peer) = listener.accept().unwrap();
    let local = server.local_addr().unwrap();
    assert_eq!(peer.port(), other.port);
    let ends = Ends { own: v4(peer), other: v4(local) };
    check(ends, Owner::Another);
    assert_eq!(owner_of_peer(local, peer), Owner::Another);
    other.end();
    assert_eq!(server.read(&mut [0]).unwrap(), 0, "the end has come");
    assert_ne!(owner_of(ends), Owner::Us, "closed");
    let _ = server.write_all(b"nobody reads this");
    assert_ne!(owner_of(ends), Owner::Us, "gone");
}
