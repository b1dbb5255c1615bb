//! The columns of the queue: their names, and how two galleries compare in each. Knows no width and no widget.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::rates::Rates;
use crate::core::natural;
use crate::core::post::Field;
use crate::core::{Row, Snapshot};

/// What is known of a gallery, one thing per column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// Its place in the queue, from 1.
    Number,
    Name,
    /// Images done, of all.
    Uploaded,
    Progress,
    Status,
    Size,
    Speed,
    /// Time left.
    Eta,
    Template,
    Host,
    Added,
    Finished,
    Reason,
    Link,
    Tab,
    /// One of the person's own.
    Field(Field),
}

impl Column {
    /// Every column, in the order in which they stand at first.
    pub const ALL: [Self; 23] = [
        Self::Number,
        Self::Name,
        Self::Uploaded,
        Self::Progress,
        Self::Status,
        Self::Size,
        Self::Speed,
        Self::Eta,
        Self::Template,
        Self::Host,
        Self::Reason,
        Self::Added,
        Self::Finished,
        Self::Link,
        Self::Tab,
        Self::Field(Field::Custom1),
        Self::Field(Field::Custom2),
        Self::Field(Field::Custom3),
        Self::Field(Field::Custom4),
        Self::Field(Field::Ext1),
        Self::Field(Field::Ext2),
        Self::Field(Field::Ext3),
        Self::Field(Field::Ext4),
    ];

    /// Which of two galleries comes first; text in natural order.
    pub(super) fn compare(self, a: &Row, b: &Row, snapshot: &Snapshot, rates: &Rates) -> Ordering {
        let text = natural::compare;
        match self {
            Self::Number => a.place.position.cmp(&b.place.position),
            Self::Name => text(&a.name, &b.name),
            Self::Uploaded => a.tally.uploaded.cmp(&b.tally.uploaded),
            Self::Progress => a.progress().total_cmp(&b.progress()),
            Self::Status => a.state.cmp(&b.state),
            Self::Size => a.tally.bytes_total.cmp(&b.tally.bytes_total),
            Self::Speed => rates.of(a.id).cmp(&rates.of(b.id)),
            // Nobody waits for what is not on its way; that comes last.
            Self::Eta => {
                let left = |row| rates.seconds_left(row).unwrap_or(u64::MAX);
                left(a).cmp(&left(b))
            }
            Self::Host => text(&a.host, &b.host),
            Self::Added => a.past.added_at.cmp(&b.past.added_at),
            Self::Finished => a.past.finished_at.cmp(&b.past.finished_at),
            Self::Reason => text(&snapshot.reason(a), &snapshot.reason(b)),
            Self::Template => {
                text(a.post.template.as_deref().unwrap_or_default(), b.post.template.as_deref().unwrap_or_default())
            }
            Self::Tab => text(snapshot.tab_name(a), snapshot.tab_name(b)),
            Self::Field(field) => text(a.post.fields.get(field), b.post.fields.get(field)),
            Self::Link => text(a.link.as_deref().unwrap_or_default(), b.link.as_deref().unwrap_or_default()),
        }
    }
}
