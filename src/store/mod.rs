//! `SQLite`: the one writer, the readers, the migrations. Knows no tokio, no host and no window.

mod error;
mod open;
mod check;
mod backup;
mod recovery;
mod read;
mod write;
mod writer;
mod flush;
pub mod legacy;
#[cfg(test)]
mod tests;

pub use backup::back_up_if_due;
pub use error::{StoreError, StoreErrorKind};
pub use open::{DATABASE, Opened, open};
pub use read::Reader;
pub use writer::{Report, Writer};
