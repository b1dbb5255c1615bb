//! Whose socket it is: asks the kernel for the one socket, or reads its table where that is not to be had.

use rustix::process::geteuid;

use super::super::owner::{Ends, Owner};
use super::proc_net;
use super::sock_diag::{self, Answer};

/// What the kernel says about a socket that somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// The user who made the socket.
    pub(super) uid: u32,
    /// What `/proc/PID/fd` knows it by; 0 when no process has it any more.
    pub(super) inode: u64,
}

pub fn owner_of(ends: Ends) -> Owner {
    find(ends).map_or(Owner::Unknown, judge)
}

pub(super) fn find(ends: Ends) -> Option<Held> {
    match sock_diag::ask(ends) {
        Answer::Found(held) => Some(held),
        Answer::Nobody => None,
        Answer::NotToBeHad => proc_net::find(ends),
    }
}

/// A socket that no process has (closed, or not accepted yet) belongs to user 0 for older kernels, whoever made it (`sock_i_uid` in
/// <https://github.com/torvalds/linux/blob/v6.12/net/core/sock.c>, `inet_twsk_diag_fill` in
/// <https://github.com/torvalds/linux/blob/v6.12/net/ipv4/inet_diag.c>); newer ones (6.18) still say who that was. Whom they name is
/// believed; that it is nobody's does not make it ours.
fn judge(held: Held) -> Owner {
    let ours = geteuid().as_raw();
    match held {
        Held { uid, inode: 0 } if uid == 0 || uid == ours => Owner::Unknown,
        Held { uid, .. } if uid == ours => Owner::Us,
        Held { .. } => Owner::Another,
    }
}

#[cfg(test)]
mod tests;
