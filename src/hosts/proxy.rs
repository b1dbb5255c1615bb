//! The proxies that the environment names. One that is meant but cannot be understood stops sending: whoever has set it wants
//! nothing to go past it.

use std::sync::OnceLock;

use reqwest::{NoProxy, Url};

/// What a proxy's address may begin with here. `socks` is how GNOME and Clash write `socks5h`.
const SCHEMES: [&str; 7] = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"];

/// How variables of this process are read.
static VARIABLE: OnceLock<Variable> = OnceLock::new();

/// The value of the variable of that name.
pub type Variable = fn(&str) -> Option<String>;

/// Says how variables of this process are read: hosts do not look around by themselves.
pub fn know_variables(variable: Variable) {
    let _ = VARIABLE.set(variable); // One is as good as another.
}

/// By scheme of what is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    http: Option<String>,
    https: Option<String>,
    /// For FTP, which only this one is meant for.
    pub all: Option<String>,
}

impl Environment {
    /// What this process was started with; `None` when it names no proxy, and the system's own settings hold.
    ///
    /// # Errors
    /// Says which variable cannot be understood.
    pub fn read() -> Result<Option<Self>, String> {
        Self::of(VARIABLE.get().copied().unwrap_or(|_| None))
    }

    /// In the order in which others read them; one that is empty counts as not set.
    fn of(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let first = |names: [&str; 2]| {
            let set = names.iter().find_map(|name| Some((*name, get(name).filter(|value| !value.trim().is_empty())?)));
            set.map(|(name, value)| understand(name, &value)).transpose()
        };
        let all = first(["ALL_PROXY", "all_proxy"])?;
        let http = first(["HTTP_PROXY", "http_proxy"])?.or_else(|| all.clone());
        let https = first(["HTTPS_PROXY", "https_proxy"])?.or_else(|| all.clone());
        let environment = Self { http, https, all };
        Ok((environment != Self::default()).then_some(environment))
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

    fn of(variables: &[(&str, &str)]) -> Result<Option<Environment>, String> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Environment::of(get)
    }

    #[test]
    fn what_is_meant_is_used() {
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[("HTTP_PROXY", " "), ("NO_PROXY", "x")]), Ok(None));
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
                let words = of(&[(name, value)]).expect_err(value);
                assert!(
                    words.contains(name) && words.contains("nothing was sent") && !words.contains("secret"),
                    "{words}"
                );
            }
        }
    }
}
