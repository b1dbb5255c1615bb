//! The token of the delegate channel: who can read `resident.json` has it. Never shown, never logged.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
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
        random_text().map(Self)
    }

    /// Compares in a time that does not depend on where the difference is.
    #[must_use]
    pub fn accepts(&self, claimed: &Self) -> bool {
        self.0.as_bytes().ct_eq(claimed.0.as_bytes()).into()
    }

    /// Whether it is anywhere in `bytes`: whoever sends it has it. Takes a time that does not depend on how much of it is there.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let token = self.0.as_bytes();
        let found = |found: bool, part: &[u8]| found | bool::from(part.ct_eq(token));
        !token.is_empty() && bytes.windows(token.len()).fold(false, found)
    }

    /// Shows to whoever has the token that this process has it, too, and to nobody else what it is: the HMAC-SHA256 of the port at
    /// which it was asked and of what was asked, with the token as its key. Without the port, a stranger who listens at another one
    /// could have the resident answer for him.
    #[must_use]
    pub fn proof(&self, port: u16, nonce: &str) -> String {
        // Keys of any length will do, so there always is one.
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes());
        mac.map(|mac| hex(&mac.chain_update(format!("{port} {nonce}")).finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether `proof` is the one of somebody who has this token.
    #[must_use]
    pub fn is_proven_by(&self, proof: &str, port: u16, nonce: &str) -> bool {
        let proven = self.proof(port, nonce);
        !proven.is_empty() && proven.as_bytes().ct_eq(proof.as_bytes()).into()
    }
}

/// 32 random bytes in hexadecimal.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_text() -> std::io::Result<String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    Ok(hex(&random))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
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

    #[test]
    fn a_proof_is_of_one_token_one_port_and_one_question() {
        let token = Token("0123456789abcdef".to_owned());
        // printf '54000 question' | openssl dgst -sha256 -hmac 0123456789abcdef
        let proof = "8b7282be94341f60cdc6998a60af800185bf71bf99e31f6835e6cf3669306d6b";
        assert_eq!(token.proof(54_000, "question"), proof);
        assert!(token.is_proven_by(proof, 54_000, "question"));
        assert!(!token.is_proven_by(proof, 54_001, "question"));
        assert!(!token.is_proven_by(proof, 54_000, "another question"));
        assert!(!token.is_proven_by("", 54_000, "question"));
        assert!(!Token::default().is_proven_by(proof, 54_000, "question"));
    }

    #[test]
    fn a_token_is_found_wherever_it_is() {
        let token = Token::random().expect("random numbers");
        let with = format!("{{\"folders\": [], \"token\": \"{}\"", token.0);
        assert!(token.is_in(with.as_bytes()));
        assert!(!token.is_in(&with.as_bytes()[..with.len() - 2]));
        assert!(!token.is_in(b"") && !Token::default().is_in(b"anything"));
    }
}
