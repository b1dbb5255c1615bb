//! Keys in what a host says: whichever way it repeats what it was sent, they come out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What is shorter is no key, and common in words.
const BYTES_MIN: usize = 6;
/// What is shorter, or has no digit, may be in a link by chance: a user's name, a folder.
const LINK_BYTES_MIN: usize = 12;

/// What must not be shown, the longest first.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<String>);

impl Keys {
    /// Of secrets, in all the ways in which a host may repeat them: `Bearer X` also as `X`, `Basic dTpw` also as `u:p` and `p`.
    pub fn of_secrets<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut keys = Vec::new();
        for secret in secrets {
            let mut parts: Vec<String> =
                std::iter::once(secret).chain(secret.split_whitespace()).map(str::to_owned).collect();
            let decoded: Vec<_> = parts.iter().filter_map(|part| decoded(part)).collect();
            let pairs = decoded.iter().flat_map(|pair| pair.split(':')).map(str::to_owned);
            parts.extend(pairs.collect::<Vec<_>>());
            parts.extend(decoded);
            let encoded: Vec<_> =
                parts.iter().map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC).to_string()).collect();
            keys.extend(parts.into_iter().chain(encoded));
        }
        Self::default().and(keys.into_iter())
    }

    /// And these values as they are.
    pub fn and(mut self, values: impl Iterator<Item = String>) -> Self {
        self.0.extend(values.filter(|value| value.len() >= BYTES_MIN));
        self.0.sort_by_key(|key| std::cmp::Reverse(key.len()));
        self.0.dedup();
        self
    }

    /// `words` with `…` for each of them; also for what is left of one where the words are cut.
    pub fn hide(&self, words: &str) -> String {
        let hidden = self.0.iter().fold(words.to_owned(), |words, key| words.replace(key.as_str(), "…"));
        let mut pieces: Vec<_> = hidden.split('…').collect();
        let last = pieces.pop().unwrap_or_default();
        let shown = pieces.iter().map(|piece| format!("{}…", self.without_begin(piece)));
        shown.chain([last.to_owned()]).collect()
    }

    /// `piece` without the beginning of a key at its end.
    fn without_begin<'p>(&self, piece: &'p str) -> &'p str {
        let begins = |key: &'_ String| {
            let ends = key.char_indices().map(|(at, _)| at).filter(|at| *at >= BYTES_MIN);
            ends.filter_map(|end| key.get(..end)).find_map(|begin| piece.strip_suffix(begin))
        };
        self.0.iter().find_map(begins).unwrap_or(piece)
    }

    /// Whether one of them is in `link`, and not by chance.
    pub fn are_in(&self, link: &str) -> bool {
        let is_certain = |key: &&String| key.len() >= LINK_BYTES_MIN && key.contains(|c: char| c.is_ascii_digit());
        self.0.iter().filter(is_certain).any(|key| link.contains(key.as_str()))
    }
}

/// What `text` is in base64 (RFC 4648), when that is a text.
fn decoded(text: &str) -> Option<String> {
    let usual = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = STANDARD_NO_PAD.decode(usual).ok()?;
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty() && !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_repeat_a_key_is_hidden() {
        let keys = Keys::of_secrets(["Bearer s3cret-token", "Basic YW5uYTpob3JzZSBiYXR0ZXJ5", "short"].into_iter());
        for (words, expected) in [
            ("invalid token s3cret-token!", "invalid token …!"),
            ("Bearer s3cret-token", "…"),
            ("horse battery is wrong, anna:horse battery too", "… is wrong, … too"),
            ("no YW5uYTpob3JzZSBiYXR0ZXJ5", "no …"),
            ("?t=s3cret%2Dtoken", "?t=…"),
            ("a short text", "a short text"),
            ("it was s3cret-to…", "it was …"),
        ] {
            assert_eq!(keys.hide(words), expected);
        }
        let keys = Keys::of_secrets(["annabelle", "a1b2c3d4e5f6a7b8"].into_iter());
        assert!(
            keys.are_in("https://x.example/i?k=a1b2c3d4e5f6a7b8") && !keys.are_in("https://x.example/annabelle/1.jpg")
        );
    }
}
