//! Which process has a socket, from the system's table of TCP sockets. Only looks at IPv4: a socket of IPv6 that takes
//! connections to 127.0.0.1 has a row there as well.

use std::net::SocketAddrV4;

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, TCP_TABLE_OWNER_PID_CONNECTIONS, TCP_TABLE_OWNER_PID_LISTENER,
};
use windows_sys::Win32::Networking::WinSock::AF_INET;

use super::super::owner::Ends;

/// A `MIB_TCPROW_OWNER_PID` is six words: state, own address and port, other address and port, process
/// (<https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid>).
const ROW_WORDS: usize = 6;
/// Room at the first attempt, so that one call is mostly enough.
const FIRST_ROWS: usize = 1024;
/// The table may grow between two calls.
const ATTEMPTS_MAX: usize = 8;

/// The process with this socket; 0 is none (any more).
pub(super) fn process_of(ends: Ends) -> Option<u32> {
    find_in(&read_table(ends.is_listener())?, ends)
}

/// The table as words: their number, then the rows.
fn read_table(of_listeners: bool) -> Option<Vec<u32>> {
    let class = if of_listeners { TCP_TABLE_OWNER_PID_LISTENER } else { TCP_TABLE_OWNER_PID_CONNECTIONS };
    let mut table = vec![0_u32; 1 + FIRST_ROWS * ROW_WORDS];
    for _ in 0..ATTEMPTS_MAX {
        let mut bytes = u32::try_from(size_of_val(table.as_slice())).ok()?;
        match fill(&mut table, &mut bytes, class) {
            NO_ERROR => return Some(table),
            // The size it says, and room for what comes in the meantime.
            ERROR_INSUFFICIENT_BUFFER => table.resize(bytes as usize / size_of::<u32>() + FIRST_ROWS * ROW_WORDS, 0),
            _ => return None,
        }
    }
    None
}

/// <https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable>
#[expect(unsafe_code, reason = "a call of the system's")]
fn fill(table: &mut [u32], bytes: &mut u32, class: i32) -> u32 {
    // SAFETY: the pointer and the size are those of `table`, which has the alignment of the words that are written.
    unsafe { GetExtendedTcpTable(table.as_mut_ptr().cast(), bytes, 0, u32::from(AF_INET), class, 0) }
}

/// The row with these ends, or of the listener at this port for every address. A listener's row has no other end.
fn find_in(table: &[u32], ends: Ends) -> Option<u32> {
    let (count, rows) = table.split_first()?;
    let rows = rows.chunks_exact(ROW_WORDS).take(*count as usize);
    let mut everywhere = None;
    for row in rows {
        let &[_, own_ip, own_port, other_ip, other_port, process] = row else { continue };
        let own = address(own_ip, own_port);
        if own.port() != ends.own.port() || !(ends.is_listener() || address(other_ip, other_port) == ends.other) {
            continue;
        }
        if own == ends.own {
            return Some(process);
        }
        if ends.is_listener() && own.ip().is_unspecified() {
            everywhere = Some(process);
        }
    }
    everywhere
}

/// Both in the network's order; the upper half of the port's word may be anything.
const fn address(ip: u32, port: u32) -> SocketAddrV4 {
    let [high, low, ..] = port.to_ne_bytes();
    SocketAddrV4::new(std::net::Ipv4Addr::from_octets(ip.to_ne_bytes()), u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(own: &str, other: &str, process: u32) -> [u32; ROW_WORDS] {
        let words = |text: &str| {
            let address: SocketAddrV4 = text.parse().unwrap();
            let [high, low] = address.port().to_be_bytes();
            (u32::from_ne_bytes(address.ip().octets()), u32::from_ne_bytes([high, low, 0xAA, 0xBB]))
        };
        let ((own_ip, own_port), (other_ip, other_port)) = (words(own), words(other));
        [5, own_ip, own_port, other_ip, other_port, process]
    }

    #[test]
    fn rows_are_found_by_their_ends() {
        let mut table = vec![3];
        table.extend(row("0.0.0.0:27849", "0.0.0.0:9", 1));
        table.extend(row("127.0.0.1:27849", "127.0.0.1:9", 2));
        table.extend(row("127.0.0.1:40000", "127.0.0.1:27849", 3));
        table.extend(row("127.0.0.1:40001", "127.0.0.1:27849", 4));
        let check = |own: &str, other: &str, expected| {
            let ends = Ends { own: own.parse().unwrap(), other: other.parse().unwrap() };
            assert_eq!(find_in(&table, ends), expected, "{own} {other}");
        };
        check("127.0.0.1:27849", "0.0.0.0:0", Some(2));
        check("127.0.0.1:40000", "127.0.0.1:27849", Some(3));
        check("127.0.0.1:40001", "127.0.0.1:27849", None); // Beyond what the table says it has.
        check("127.0.0.1:1", "0.0.0.0:0", None);
    }
}
