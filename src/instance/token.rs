//! The token of the delegate channel: who can read `resident.json` has it. Never shown, never logged.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// 32 random bytes in hexadecimal, or whatever a client claims to be that.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> std::io::Result<Self> {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        Ok(Self(random.map(|byte| format!("{byte:02x}")).concat()))
    }

    /// Compares in a time that does not depend on where the difference is.
    #[must_use]
    pub fn accepts(&self, claimed: &Self) -> bool {
        self.0.as_bytes().ct_eq(claimed.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn only_the_same_token_is_accepted_and_none_is_shown() {
        let token = Token::random().expect("random numbers");
        assert_eq!(token.0.len(), 64);
        assert!(token.accepts(&token.clone()));
        for other in ["", "0", &"0".repeat(64), token.0.get(1..).unwrap_or_default()] {
            assert!(!token.accepts(&Token(other.to_owned())), "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
