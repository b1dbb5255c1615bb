//! The proxies that the environment names. One that is meant but cannot be understood stops sending: whoever has set it wants
//! nothing to go past it.

use reqwest::{NoProxy, Url};

/// What a proxy's address may begin with here. `socks` is how GNOME and Clash write `socks5h`.
const SCHEMES: [&str; 7] = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxies that the variables of a process name, or which variable cannot be understood. Addresses may have passwords in them.
#[derive(Clone, PartialEq, Eq)]
pub struct Environment(Result<Option<Named>, String>);

/// By scheme of what is asked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    http: Option<String>,
    https: Option<String>,
    /// For FTP, which only this one is meant for.
    pub all: Option<String>,
}

impl Default for Environment {
    fn default() -> Self {
        Self(Ok(None))
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Environment {
    /// That of a process whose variables `get` reads.
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        Self(Named::of(get))
    }

    /// `None` when no proxy is named, and the system's own settings hold.
    ///
    /// # Errors
    /// Says which variable cannot be understood.
    pub(super) fn named(&self) -> Result<Option<&Named>, String> {
        self.0.as_ref().map(Option::as_ref).map_err(String::clone)
    }
}

impl Named {
    /// In the order in which others read them; one that is empty counts as not set.
    fn of(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let first = |names: [&str; 2]| {
            let set = names.iter().find_map(|name| Some((*name, get(name).filter(|value| !value.trim().is_empty())?)));
            set.map(|(name, value)| understand(name, &value)).transpose()
        };
        let all = first(["ALL_PROXY", "all_proxy"])?;
        let http = first(["HTTP_PROXY", "http_proxy"])?.or_else(|| all.clone());
        let https = first(["HTTPS_PROXY", "https_proxy"])?.or_else(|| all.clone());
        let named = Self { http, https, all };
        Ok((named != Self::default()).then_some(named))
    }

    /// The proxies for a client, in their order. `NO_PROXY` says for which hosts they are not.
    ///
    /// # Errors
    /// Says what is wrong with an address.
    pub fn proxies(&self) -> reqwest::Result<Vec<reqwest::Proxy>> {
        let mut proxies = Vec::new();
        if let Some(http) = &self.http {
            proxies.push(reqwest::Proxy::http(http)?.no_proxy(NoProxy::from_env()));
        }
        if let Some(https) = &self.https {
            proxies.push(reqwest::Proxy::https(https)?.no_proxy(NoProxy::from_env()));
        }
        Ok(proxies)
    }
}

/// An address as clients take it.
fn understand(name: &str, value: &str) -> Result<String, String> {
    let value = value.trim();
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let known = SCHEMES.into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
    let scheme = known.map(|known| if known == "socks" { "socks5h" } else { known });
    let url = scheme.and_then(|scheme| Url::parse(&format!("{scheme}://{rest}")).ok());
    url.filter(Url::has_host).map(String::from).ok_or_else(|| {
        // A password may stand before the @.
        let shown = rest.rsplit('@').next().unwrap_or_default();
        format!(
            "The proxy in the variable {name} cannot be understood (…{shown}), so nothing was sent. Correct it, or set \
             network.proxy."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Option<Named>, String> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Named::of(get)
    }

    #[test]
    fn what_is_meant_is_used() {
        for none in [&[] as &[_], &[("HTTP_PROXY", " "), ("NO_PROXY", "x")]] {
            assert!(of(none).expect("good").is_none(), "{none:?}");
        }
        for (variables, http, https, all) in [
            (&[("HTTP_PROXY", "http://a:1")] as &[_], Some("http://a:1/"), None, None),
            (&[("HTTP_PROXY", ""), ("http_proxy", "a:1")], Some("http://a:1/"), None, None),
            (&[("all_proxy", "socks://a:1/")], Some("socks5h://a:1/"), Some("socks5h://a:1/"), Some("socks5h://a:1/")),
            (
                &[("ALL_PROXY", "SOCKS5://a:1"), ("https_proxy", "http://b:2")],
                Some("socks5://a:1"),
                Some("http://b:2/"),
                Some("socks5://a:1"),
            ),
            (&[("HTTPS_PROXY", "http://me:pass@a:1")], None, Some("http://me:pass@a:1/"), None),
        ] {
            let found = of(variables).expect("good").expect("some");
            let found =
                [found.http, found.https, found.all].map(|url| url.map(|url| url.trim_end_matches('/').to_owned()));
            let expected = [http, https, all].map(|url| url.map(|url| url.trim_end_matches('/').to_owned()));
            assert_eq!(found, expected, "{variables:?}");
        }
    }

    #[test]
    fn what_is_meant_and_not_understood_stops_sending() {
        for value in
            ["::::", "http://", "gopher://a:1", "http://a b:1", "http://me:secret@:1", "socks6://a:1", "http://a:99999"]
        {
            for name in ["HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
                let words = of(&[(name, value)]).err().expect(value);
                assert!(
                    words.contains(name) && words.contains("nothing was sent") && !words.contains("secret"),
                    "{words}"
                );
            }
        }
    }
}
