//! One question to the kernel about one socket (<https://man7.org/linux/man-pages/man7/sock_diag.7.html>). Never asks for the
//! whole table, never waits: four system calls, whatever else the machine is connected to.
//!
//! The crates netlink-sys, netlink-packet-core and netlink-packet-sock-diag would be three new ones, 4,000 lines to write 72 bytes and to read
//! four numbers, and they cannot ask without waiting. rustix is in the program anyway.

use std::net::SocketAddrV4;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};

use super::super::owner::Ends;
use super::owner::Held;

/// Header, `<linux/netlink.h>` (<https://man7.org/linux/man-pages/man7/netlink.7.html>).
const HEADER_BYTES: usize = 16;
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
/// `<linux/sock_diag.h>`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
/// `INET_DIAG_NOCOOKIE`: any socket with these ends.
const NO_COOKIE: [u8; 8] = [0xFF; 8];
/// The loopback's index, `LOOPBACK_IFINDEX` in <https://github.com/torvalds/linux/blob/v6.12/include/net/flow.h>. With it the kernel finds what
/// a connection would find, also a listener that is bound to that device.
const LOOPBACK: u32 = 1;
/// Header and `struct inet_diag_req_v2`.
const REQUEST_BYTES: u32 = 72;
/// More than header, `struct inet_diag_msg` and the attributes that come without being asked for.
const REPLY_BYTES_MAX: usize = 1024;

/// What came of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Found(Held),
    Nobody,
    /// No netlink (a sandbox), or a kernel without the part that knows TCP.
    NotToBeHad,
}

/// Whether it has ever found one: "no such entry" means that part of the kernel as well as the socket.
static HAS_FOUND: AtomicBool = AtomicBool::new(false);

pub(super) fn ask(ends: Ends) -> Answer {
    let mut reply = [0; REPLY_BYTES_MAX];
    let Ok(length) = exchange(&request(ends), &mut reply) else { return Answer::NotToBeHad };
    let answer = reply.get(..length).and_then(|reply| understand(reply, ends)).unwrap_or(Answer::NotToBeHad);
    match answer {
        Answer::Found(_) => HAS_FOUND.store(true, Ordering::Relaxed),
        Answer::Nobody if !HAS_FOUND.load(Ordering::Relaxed) => return Answer::NotToBeHad,
        Answer::Nobody | Answer::NotToBeHad => {}
    }
    answer
}

/// The kernel answers within `send`, so that there is nothing to wait for. Nobody but the kernel can send to this socket.
fn exchange(request: &[u8], reply: &mut [u8]) -> Result<usize, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(netlink::SOCK_DIAG))?;
    send(&socket, request, SendFlags::empty())?;
    recv(&socket, reply, RecvFlags::empty()).map(|(length, _)| length)
}

/// `struct nlmsghdr`, then `struct inet_diag_req_v2`. `AF_INET` finds sockets of IPv6 with ends of IPv4, too.
fn request(ends: Ends) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(REQUEST_BYTES as usize);
    bytes.extend(REQUEST_BYTES.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    bytes.extend([0; 8]); // Sequence and sender: one question a socket needs neither.
    bytes.extend([AF_INET, IPPROTO_TCP, 0, 0]);
    bytes.extend(u32::MAX.to_ne_bytes()); // Any state.
    bytes.extend(ends.own.port().to_be_bytes());
    bytes.extend(ends.other.port().to_be_bytes());
    bytes.extend(padded(ends.own));
    bytes.extend(padded(ends.other));
    bytes.extend(LOOPBACK.to_ne_bytes());
    bytes.extend(NO_COOKIE);
    bytes
}

fn padded(address: SocketAddrV4) -> impl Iterator<Item = u8> {
    address.ip().octets().into_iter().chain([0; 12])
}

/// `struct nlmsghdr`, then `struct inet_diag_msg` or a negative error number. `None` for what is neither.
fn understand(reply: &[u8], ends: Ends) -> Option<Answer> {
    let kind = u16::from_ne_bytes(at(reply, 4)?);
    let body = reply.get(HEADER_BYTES..)?;
    if kind == NLMSG_ERROR {
        let error = i32::from_ne_bytes(at(body, 0)?);
        return (error.checked_neg() == Some(Errno::NOENT.raw_os_error())).then_some(Answer::Nobody);
    }
    if kind != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let ports = (u16::from_be_bytes(at(body, 4)?), u16::from_be_bytes(at(body, 6)?));
    let held = Held { uid: u32::from_ne_bytes(at(body, 64)?), inode: u32::from_ne_bytes(at(body, 68)?).into() };
    // Where the connection is gone, the kernel finds a listener with its port.
    let is_it = ports == (ends.own.port(), ends.other.port());
    Some(if is_it { Answer::Found(held) } else { Answer::Nobody })
}

fn at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Ends {
        Ends { own: "127.0.0.1:27849".parse().unwrap(), other: "127.0.0.1:40000".parse().unwrap() }
    }

    fn reply(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    fn found(own: u16, other: u16) -> Vec<u8> {
        let mut body = vec![0; 72];
        body[4..6].copy_from_slice(&own.to_be_bytes());
        body[6..8].copy_from_slice(&other.to_be_bytes());
        body[64..68].copy_from_slice(&1000_u32.to_ne_bytes());
        body[68..72].copy_from_slice(&77_u32.to_ne_bytes());
        reply(SOCK_DIAG_BY_FAMILY, &body)
    }

    #[test]
    fn the_request_is_as_long_as_it_says() {
        assert_eq!(request(ends()).len(), REQUEST_BYTES as usize);
    }

    #[test]
    fn replies_are_understood() {
        let held = Held { uid: 1000, inode: 77 };
        assert_eq!(understand(&found(27849, 40000), ends()), Some(Answer::Found(held)));
        assert_eq!(understand(&found(27849, 0), ends()), Some(Answer::Nobody), "a listener in its place");
        assert_eq!(understand(&reply(NLMSG_ERROR, &(-2_i32).to_ne_bytes()), ends()), Some(Answer::Nobody));
    }

    #[test]
    fn garbage_is_nothing() {
        for error in [0, -1, -22, i32::MIN, i32::MAX] {
            assert_eq!(understand(&reply(NLMSG_ERROR, &error.to_ne_bytes()), ends()), None, "{error}");
        }
        assert_eq!(understand(&reply(3, &[0; 72]), ends()), None);
        let whole = found(27849, 40000);
        for length in 0..whole.len() {
            assert_eq!(understand(&whole[..length], ends()), None, "{length} bytes");
        }
    }
}
