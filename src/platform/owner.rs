//! STUB until the platform branch is merged.
use std::net::SocketAddr;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Us,
    Another,
    Unknown,
}
#[must_use]
pub fn owner_of_peer(_: SocketAddr, _: SocketAddr) -> Owner {
    Owner::Unknown
}
#[must_use]
pub fn owner_of_listener(_: u16) -> Owner {
    Owner::Unknown
}
#[must_use]
pub fn holder_of(_: u16) -> Option<String> {
    None
}
