//! `SQLite`: the one writer, the readers, the migrations. Knows no tokio, no host and no window.

mod error;
mod open;
mod read;
mod write;
mod writer;

pub use error::{StoreError, StoreErrorKind};
pub use open::{DATABASE, Opened, open};
pub use read::Reader;
pub use writer::{Progress, Writer};
