//! By which proxy hosts are reached.

/// What a proxy's address begins with.
const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
const SYSTEM: &str = "system";
const NONE: &str = "none";

/// The setting `network.proxy`, and `proxy` of a host. What is on this computer is reached without one; FTP is not sent by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// As the system says, or the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    #[default]
    System,
    /// Without one, whatever the system says.
    Never,
    /// By that one: its address, checked.
    Through(String),
}

impl Proxy {
    /// What a person has written.
    ///
    /// # Errors
    /// In words, when that is no address of a proxy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = text.trim().trim_end_matches('/');
        match address {
            SYSTEM | "" => return Ok(Self::System),
            NONE => return Ok(Self::Never),
            _ => {}
        }
        let refused = || {
            format!(
                "A proxy is {SYSTEM}, {NONE} or an address with a port, like http://proxy:3128 or socks5h://127.0.0.1:1080, not “{text}”."
            )
        };
        let (scheme, rest) = address.split_once("://").ok_or_else(refused)?;
        if rest.contains('@') {
            return Err(
                "The setting of a proxy takes no passwords, as settings are no safe place for them. Set the variable HTTPS_PROXY instead, and the setting to system."
                    .to_owned(),
            );
        }
        let (host, port) = rest.rsplit_once(':').ok_or_else(refused)?;
        let is_host = |c: char| c.is_alphanumeric() || "-._".contains(c);
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let has_host = match in_brackets {
            Some(inner) => inner.contains(':') && inner.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c)),
            None => !host.is_empty() && host.chars().all(is_host),
        };
        let has_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        let scheme = SCHEMES.into_iter().find(|known| scheme.eq_ignore_ascii_case(known)).ok_or_else(refused)?;
        if has_host && has_port { Ok(Self::Through(format!("{scheme}://{rest}"))) } else { Err(refused()) }
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::System => SYSTEM,
            Self::Never => NONE,
            Self::Through(address) => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        for (text, proxy) in [
            ("", Proxy::System),
            ("system", Proxy::System),
            (" none ", Proxy::Never),
            ("http://proxy:3128/", Proxy::Through("http://proxy:3128".into())),
            ("SOCKS5H://127.0.0.1:1080", Proxy::Through("socks5h://127.0.0.1:1080".into())),
            ("https://[::1]:8443", Proxy::Through("https://[::1]:8443".into())),
        ] {
            assert_eq!(Proxy::parse(text), Ok(proxy.clone()), "{text}");
            assert_eq!(Proxy::parse(proxy.text()), Ok(proxy));
        }
        for text in [
            "proxy:3128",
            "http://proxy",
            "http://:80",
            "http://a:0",
            "http://a:99999",
            "ftp://a:21",
            "http://a b:80",
            "http://a/b:80",
        ] {
            assert!(
                Proxy::parse(text).is_err_and(|words| words.contains("socks5h://") && words.contains(text)),
                "{text}"
            );
        }
        assert!(Proxy::parse("http://me:secret@proxy:80").is_err_and(|words| !words.contains("secret")));
    }
}
