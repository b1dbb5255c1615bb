//! How far away a place is, by its address alone: this computer, a network of one's own, or public. Asks nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ends of names that are only known in a network of one's own (RFC 6762, RFC 8375, ICANN 2024-07-29, and what routers use).
const PRIVATE_ENDS: [&str; 9] =
    [".local", ".internal", ".lan", ".home", ".home.arpa", ".corp", ".intranet", ".private", ".localdomain"];

/// How far away a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Loopback,
    LinkLocal,
    Private,
    Public,
}

impl Reach {
    /// Of the host of a URL, as its parser writes it.
    pub fn of(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse() {
            Ok(IpAddr::V4(address)) => Self::of_v4(address),
            Ok(IpAddr::V6(address)) => Self::of_v6(address),
            Err(_) if host == "localhost" || host.ends_with(".localhost") => Self::Loopback,
            Err(_) if !host.contains('.') || PRIVATE_ENDS.iter().any(|end| host.ends_with(end)) => Self::Private,
            Err(_) => Self::Public,
        }
    }

    /// IANA's registry of special addresses (RFC 6890).
    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [0 | 127, ..] => Self::Loopback, // 0.0.0.0 leads to this computer, too.
            [169, 254, ..] => Self::LinkLocal,
            [10 | 224..=255, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [198, 18 | 19, ..] => {
                Self::Private
            }
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let inner = |high: u16, low: u16| {
            let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
            Self::of_v4(Ipv4Addr::new(a, b, c, d))
        };
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Self::Loopback,
            // IPv4 in IPv6: mapped, compatible, translated, NAT64, 6to4.
            [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
            | [0, 0, 0, 0, 0xffff, 0, high, low]
            | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
            | [0x2002, high, low, ..] => inner(high, low),
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xfc00..=0xfdff | 0xfec0..=0xfeff | 0xff00..=0xffff, ..] => Self::Private,
            _ => Self::Public,
        }
    }

    /// What a person should know of it; `None` when it is nothing special.
    pub const fn caution(self) -> Option<&'static str> {
        match self {
            Self::Loopback => Some("is a loopback address: this computer itself"),
            Self::LinkLocal => {
                Some("is a link-local address: a device beside this computer, or the metadata of a cloud")
            }
            Self::Private => Some("is a private address: a network of your own"),
            Self::Public => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::definition::web_url;

    #[test]
    fn however_it_is_written_a_place_is_where_it_is() {
        for (hosts, reach) in [
            (
                "127.0.0.1 127.9.9.9 2130706433 0x7f.1 0177.0.0.1 localhost LOCALHOST. a.localhost 0.0.0.0 0 [::1] [::] \
                 [::ffff:127.0.0.1] [::7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::]",
                Reach::Loopback,
            ),
            ("169.254.169.254 [fe80::1] [febf::1] [::ffff:169.254.1.1]", Reach::LinkLocal),
            (
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 [fc00::1] [fd12::1] [fec0::1] [::ffff:10.1.1.1] \
                 nas router.lan printer.local. box.home.arpa metadata.google.internal 224.0.0.1 255.255.255.255",
                Reach::Private,
            ),
            (
                "example.org 8.8.8.8 172.32.0.1 172.15.0.1 192.169.0.1 100.128.0.1 [2001:db8::1] [::ffff:8.8.8.8] \
                 localhost.example.org notlocal.example",
                Reach::Public,
            ),
        ] {
            for host in hosts.split_whitespace() {
                let url = web_url(&format!("http://{host}/")).expect(host);
                assert_eq!(Reach::of(url.host_str().expect(host)), reach, "{host}");
            }
        }
    }
}
