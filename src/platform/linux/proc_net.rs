//! The kernel's table of TCP sockets as a text. Only where `sock_diag` is not to be had: every question reads the table to the
//! socket's row, some milliseconds.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4};

use super::super::owner::Ends;
use super::owner::Held;

/// The second has the sockets of IPv6 with ends of IPv4, as Java makes them.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

pub(super) fn find(ends: Ends) -> Option<Held> {
    TABLES.iter().find_map(|table| find_in(BufReader::new(File::open(table).ok()?), ends))
}

struct Row {
    own: SocketAddrV4,
    other: SocketAddrV4,
    held: Held,
}

/// The socket with these ends, or the listener at this port for every address.
fn find_in(table: impl BufRead, ends: Ends) -> Option<Held> {
    let mut everywhere = None;
    for row in table.lines().map_while(Result::ok).filter_map(|line| parse(&line)) {
        if row.other != ends.other || row.own.port() != ends.own.port() {
            continue;
        }
        if row.own.ip() == ends.own.ip() {
            return Some(row.held);
        }
        if ends.is_listener() && row.own.ip().is_unspecified() {
            everywhere = Some(row.held);
        }
    }
    everywhere
}

/// Number, own address, other address, state, queues, timer, retransmits, uid, timeout, inode, more
/// (<https://docs.kernel.org/networking/proc_net_tcp.html>).
fn parse(line: &str) -> Option<Row> {
    let mut columns = line.split_ascii_whitespace();
    let own = address(columns.nth(1)?)?;
    let other = address(columns.next()?)?;
    let uid = columns.nth(4)?.parse().ok()?;
    let inode = columns.nth(1)?.parse().ok()?;
    Some(Row { own, other, held: Held { uid, inode } })
}

/// `0100007F:6CC9`: the address as hexadecimal words of 32 bits in the machine's order, the port as a number. `None` for
/// ends of IPv6 as well, which no connection to 127.0.0.1 has.
fn address(text: &str) -> Option<SocketAddrV4> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let ip = if address.len() == 8 {
        Ipv4Addr::from(word(address)?)
    } else {
        let mut octets = [0; 16];
        for (index, octets) in octets.chunks_exact_mut(4).enumerate() {
            octets.copy_from_slice(&word(address.get(index * 8..index * 8 + 8)?)?);
        }
        let ip = Ipv6Addr::from(octets);
        if ip.is_unspecified() { Ipv4Addr::UNSPECIFIED } else { ip.to_ipv4_mapped()? }
    };
    Some(SocketAddrV4::new(ip, port))
}

fn word(hex: &str) -> Option<[u8; 4]> {
    u32::from_str_radix(hex, 16).ok().map(u32::to_ne_bytes)
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    /// Recorded on Linux 6.18 and shortened: a listener for every address, one of user 1000, both ends of a connection of user 65534,
    /// one that its process has closed.
    const V4: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1151 1 0000000026c7de80 100 0 0 10 0
   1: 0100007F:6CC9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 2201 1 0000000026c7de80 100 0 0 10 0
   2: 0100007F:9C40 0100007F:6CC9 01 00000000:00000000 00:00000000 00000000 65534        0 2203 1 0000000026c7de80 20 4 30 10 -1
   3: 0100007F:6CC9 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2204 1 0000000026c7de80 20 4 30 10 -1
   4: 0100007F:9C41 0100007F:6CC9 06 00000000:00000000 03:00000F77 00000000     0        0 0 3 0000000026c7de80
";
    /// A listener for every address, one of `::1`, a client of `::ffff:127.0.0.1`.
    const V6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 3301 1 0000000026c7de80 100 0 0 10 0
   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 3302 1 0000000026c7de80 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:9C42 0000000000000000FFFF00000100007F:6CC9 01 00000000:00000000 00:00000000 00000000  1002        0 3303 1 0000000026c7de80 20 4 30 10 -1
";

    fn check(table: &str, own: u16, other: &str, expected: Option<(u32, u64)>) {
        let ends = Ends { own: SocketAddrV4::new(Ipv4Addr::LOCALHOST, own), other: other.parse().unwrap() };
        let expected = expected.map(|(uid, inode)| Held { uid, inode });
        assert_eq!(find_in(table.as_bytes(), ends), expected, "{own} {other}");
    }

    #[test]
    fn sockets_are_found_by_both_ends() {
        check(V4, 40000, "127.0.0.1:27849", Some((65534, 2203)));
        check(V4, 27849, "127.0.0.1:40000", Some((1000, 2204)));
        check(V4, 40001, "127.0.0.1:27849", Some((0, 0)));
        check(V4, 40002, "127.0.0.1:27849", None);
        check(V6, 40002, "127.0.0.1:27849", Some((1002, 3303)));
    }

    #[test]
    fn listeners_are_found_by_their_port() {
        check(V4, 27849, "0.0.0.0:0", Some((1000, 2201)));
        check(V4, 2024, "0.0.0.0:0", Some((0, 1151)));
        check(V4, 40000, "0.0.0.0:0", None);
        check(V6, 8080, "0.0.0.0:0", Some((1001, 3301)));
        check(V6, 8081, "0.0.0.0:0", None);
    }

    #[test]
    fn garbage_is_nothing() {
        for column in ["", ":", "zz:zz", "0100007F", "0100007F:", "0100007F:12345", "é100007:0016", "0100007F0:0016"] {
            assert_eq!(address(column), None, "{column}");
        }
        let row = V4.lines().nth(2).unwrap();
        let (before_inode, _) = row.split_once("2201").unwrap();
        for (length, _) in before_inode.char_indices() {
            let cut: String = row.chars().take(length).collect();
            assert!(parse(&cut).is_none(), "{length} characters");
        }
        check("\n\n\0\0\n: : : : : : : : : :\n", 27849, "0.0.0.0:0", None);
        let ends = Ends { own: "127.0.0.1:1".parse().unwrap(), other: "0.0.0.0:0".parse().unwrap() };
        assert_eq!(find_in(&[0xFF, b'\n', 0xC3][..], ends), None);
    }
}
