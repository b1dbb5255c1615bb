//! What a gallery's output is made of, beyond its images; and the tabs that galleries are sorted into.

use serde::{Deserialize, Serialize};

/// Longest value of a field, in characters.
pub const FIELD_CHARS_MAX: usize = 20_000;
/// Longest name of a gallery or a tab, in characters.
pub const NAME_CHARS_MAX: usize = 300;
/// How many tabs there may be.
pub const TABS_MAX: usize = 200;

/// What goes into a gallery's output beyond its images, and how it stands with that output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// The template's name; `None` is the one of the settings.
    pub template: Option<String>,
    /// The person's own fields.
    pub fields: Fields,
    /// Its output has to be made, or made anew.
    pub is_due: bool,
    /// What went wrong when it was made, in words.
    pub trouble: Option<String>,
}

/// The person's own fields, by [`Field`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields([String; 8]);

impl Fields {
    /// The value; empty when nothing was entered.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        self.0.get(field as usize).map_or("", String::as_str)
    }

    /// Enters a value.
    pub fn set(&mut self, field: Field, value: String) {
        if let Some(entered) = self.0.get_mut(field as usize) {
            *entered = value;
        }
    }

    /// The four that a person fills.
    #[must_use]
    pub fn custom(&self) -> [String; 4] {
        [Field::Custom1, Field::Custom2, Field::Custom3, Field::Custom4].map(|field| self.get(field).to_owned())
    }

    /// The four that scripts fill.
    #[must_use]
    pub fn ext(&self) -> [String; 4] {
        [Field::Ext1, Field::Ext2, Field::Ext3, Field::Ext4].map(|field| self.get(field).to_owned())
    }
}

/// A field of a gallery. The names are those of the placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Custom1,
    Custom2,
    Custom3,
    Custom4,
    Ext1,
    Ext2,
    Ext3,
    Ext4,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 8] =
        [Self::Custom1, Self::Custom2, Self::Custom3, Self::Custom4, Self::Ext1, Self::Ext2, Self::Ext3, Self::Ext4];

    /// The name of its placeholder, and of its column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Custom1 => "custom1",
            Self::Custom2 => "custom2",
            Self::Custom3 => "custom3",
            Self::Custom4 => "custom4",
            Self::Ext1 => "ext1",
            Self::Ext2 => "ext2",
            Self::Ext3 => "ext3",
            Self::Ext4 => "ext4",
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// A tab's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub i64);

impl TabId {
    /// The tab that is always there.
    pub const MAIN: Self = Self(1);
}

impl Default for TabId {
    fn default() -> Self {
        Self::MAIN
    }
}

/// A tab: galleries are sorted into them. Their order is that of the list they are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    /// Identity.
    pub id: TabId,
    /// What the person calls it; no two tabs have the same name.
    pub name: String,
}

impl Tab {
    /// What the tab that is always there is called until somebody calls it something else.
    pub const MAIN_NAME: &'static str = "Main";

    /// The tabs of a new queue.
    #[must_use]
    pub fn first() -> Vec<Self> {
        vec![Self { id: TabId::MAIN, name: Self::MAIN_NAME.to_owned() }]
    }

    /// Whether a person would call both the same.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.trim().to_lowercase()
    }
}

/// A name for a gallery or a tab, without the white space around it.
///
/// # Errors
/// In words, when it is empty, too long or has line breaks.
pub fn checked_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err("A name cannot be empty.".to_owned()),
        count if count > NAME_CHARS_MAX => Err(format!("A name has at most {NAME_CHARS_MAX} characters.")),
        _ if name.contains(char::is_control) => Err("A name has no line breaks and no control characters.".to_owned()),
        _ => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_name_and_a_place_of_its_own() {
        let mut fields = Fields::default();
        for field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(field));
            fields.set(field, field.name().to_owned());
        }
        assert!(Field::ALL.into_iter().all(|field| fields.get(field) == field.name()));
        assert_eq!(fields.custom().concat(), "custom1custom2custom3custom4");
        assert_eq!(fields.ext().concat(), "ext1ext2ext3ext4");
    }

    #[test]
    fn names_are_for_people() {
        assert_eq!(checked_name("  Rome 2026 "), Ok("Rome 2026".to_owned()));
        for name in ["", " ", "two\nlines", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(checked_name(name).is_err(), "{name:?}");
        }
    }
}
