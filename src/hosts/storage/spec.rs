//! The `[storage]` table of a definition, checked. Names secrets, never holds one; contacts nobody.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use crate::hosts::definition::web_url;
use crate::hosts::values::is_name;

/// Of an FTP server that names none (RFC 959).
pub(super) const FTP_PORT: u16 = 21;

/// Where a storage host keeps its files. Reading one gives a usable one, or words that name the key.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Written")]
pub struct StorageSpec {
    pub(super) service: ServiceSpec,
    /// Links begin with it; without a slash at the end.
    pub(super) base_url: Option<String>,
}

/// The services there are. A root is a path below the service, without slashes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServiceSpec {
    Folder { path: PathBuf },
    WebDav { endpoint: Url, root: String, account: Option<Account> },
    S3 { endpoint: Url, bucket: String, region: String, root: String, keys: Option<Keys> },
    Ftp { address: Address, root: String, account: Option<Account> },
}

/// Who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub user: String,
    /// The name of a secret.
    pub password: String,
}

/// The names of two secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub access_key: String,
    pub secret_key: String,
}

/// An FTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub host: String,
    pub port: u16,
    /// `AUTH TLS` before anything else (RFC 4217).
    pub is_secure: bool,
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    service: String,
    path: Option<String>,
    endpoint: Option<String>,
    root: Option<String>,
    user: Option<String>,
    password: Option<String>,
    base_url: Option<String>,
    bucket: Option<String>,
    region: Option<String>,
    access_key: Option<String>,
    secret_key: Option<String>,
}

impl StorageSpec {
    /// Reads a `[storage]` table.
    ///
    /// # Errors
    /// Says which key is wrong or missing.
    pub fn read(table: &toml::Table) -> Result<Self, String> {
        toml::Value::Table(table.clone()).try_into().map_err(|error| error.message().to_owned())
    }
}

impl TryFrom<Written> for StorageSpec {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        written.check_keys()?;
        let base_url = written.base_url.as_deref().map(base_url).transpose()?;
        let service = match written.service.as_str() {
            "folder" => ServiceSpec::Folder { path: written.path()? },
            "webdav" => {
                let endpoint = written.web_endpoint()?;
                ServiceSpec::WebDav { endpoint, root: written.root()?, account: written.account()? }
            }
            "s3" => ServiceSpec::S3 {
                endpoint: written.web_endpoint()?,
                bucket: written.bucket()?,
                region: needed("region", written.region.as_deref())?.to_owned(),
                root: written.root()?,
                keys: written.keys()?,
            },
            _ if base_url.is_none() => {
                return Err("storage.base_url is needed: what lies on an FTP server has no link of its own".to_owned());
            }
            _ => ServiceSpec::Ftp { address: written.address()?, root: written.root()?, account: written.account()? },
        };
        Ok(Self { service, base_url })
    }
}

impl Written {
    /// Which keys there may be.
    fn check_keys(&self) -> Result<(), String> {
        let allowed: &[&str] = match self.service.as_str() {
            "folder" => &["path"],
            "webdav" | "ftp" => &["endpoint", "root", "user", "password"],
            "s3" => &["endpoint", "root", "bucket", "region", "access_key", "secret_key"],
            other => return Err(format!("storage.service takes folder, webdav, s3 or ftp, not “{other}”")),
        };
        for (key, value) in [
            ("path", &self.path),
            ("endpoint", &self.endpoint),
            ("root", &self.root),
            ("user", &self.user),
            ("password", &self.password),
            ("bucket", &self.bucket),
            ("region", &self.region),
            ("access_key", &self.access_key),
            ("secret_key", &self.secret_key),
        ] {
            if value.is_some() && !allowed.contains(&key) {
                return Err(format!("storage.{key} is not for the service “{}”", self.service));
            }
        }
        Ok(())
    }

    fn path(&self) -> Result<PathBuf, String> {
        let path = PathBuf::from(needed("path", self.path.as_deref())?);
        if path.is_absolute() { Ok(path) } else { Err("storage.path takes a whole path, from the root on".to_owned()) }
    }

    fn web_endpoint(&self) -> Result<Url, String> {
        let text = needed("endpoint", self.endpoint.as_deref())?;
        web_url(text).filter(is_bare).ok_or_else(|| {
            format!("storage.endpoint takes an http:// or https:// URL without user, ? and #, not “{text}”")
        })
    }

    fn address(&self) -> Result<Address, String> {
        let text = needed("endpoint", self.endpoint.as_deref())?;
        let words = || format!("storage.endpoint takes ftp://HOST or ftps://HOST, with :PORT, not “{text}”");
        let url = Url::parse(text).ok().filter(is_bare).filter(|url| ["", "/"].contains(&url.path()));
        let url = url.filter(|url| ["ftp", "ftps"].contains(&url.scheme())).ok_or_else(words)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(words)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Address { host, port: url.port().unwrap_or(FTP_PORT), is_secure: url.scheme() == "ftps" })
    }

    fn root(&self) -> Result<String, String> {
        let text = self.root.as_deref().unwrap_or_default();
        let segments: Vec<_> = text.split('/').filter(|segment| !segment.is_empty()).collect();
        let strange = |segment: &&&str| [".", ".."].contains(*segment) || segment.chars().any(char::is_control);
        if let Some(segment) = segments.iter().find(strange) {
            return Err(format!("storage.root takes a path of folders, as in /galleries, without “{segment}”"));
        }
        Ok(segments.join("/"))
    }

    fn account(&self) -> Result<Option<Account>, String> {
        let password = self.password.as_deref().map(|text| secret("password", text)).transpose()?;
        match (self.user.as_deref(), password) {
            (None, None) => Ok(None),
            (Some(user), Some(password)) if !user.is_empty() && !user.contains(char::is_control) => {
                Ok(Some(Account { user: user.to_owned(), password }))
            }
            (Some(_), Some(_)) => Err("storage.user takes a name on one line".to_owned()),
            (Some(_), None) => Err("storage.password is needed with a user".to_owned()),
            (None, Some(_)) => Err("storage.user is needed with a password".to_owned()),
        }
    }

    fn bucket(&self) -> Result<String, String> {
        let bucket = needed("bucket", self.bucket.as_deref())?;
        let good = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let is_good = (3..=63).contains(&bucket.len()) && bucket.chars().all(good);
        let words = || format!("storage.bucket takes 3 to 63 letters, digits, dots and -, not “{bucket}”");
        if is_good { Ok(bucket.to_owned()) } else { Err(words()) }
    }

    fn keys(&self) -> Result<Option<Keys>, String> {
        let access_key = self.access_key.as_deref().map(|text| secret("access_key", text)).transpose()?;
        let secret_key = self.secret_key.as_deref().map(|text| secret("secret_key", text)).transpose()?;
        match (access_key, secret_key) {
            (None, None) => Ok(None),
            (Some(access_key), Some(secret_key)) => Ok(Some(Keys { access_key, secret_key })),
            _ => Err("storage.access_key and storage.secret_key belong together".to_owned()),
        }
    }
}

fn needed<'a>(key: &str, value: Option<&'a str>) -> Result<&'a str, String> {
    let value = value.map(str::trim).filter(|value| !value.is_empty() && !value.contains(char::is_control));
    value.ok_or_else(|| format!("storage.{key} is missing"))
}

/// The name in `{secret.NAME}`.
fn secret(key: &str, text: &str) -> Result<String, String> {
    let name = text.strip_prefix("{secret.").and_then(|rest| rest.strip_suffix('}')).filter(|name| is_name(name));
    let words = || format!("storage.{key} takes the name of a secret, as in {{secret.{key}}}, never the secret itself");
    name.map(str::to_owned).ok_or_else(words)
}

fn base_url(text: &str) -> Result<String, String> {
    let good = web_url(text).filter(is_bare).filter(|_| !text.contains(|c: char| c.is_whitespace() || c.is_control()));
    let words = || format!("storage.base_url takes an http:// or https:// URL without user, ? and #, not “{text}”");
    good.map(|url| url.as_str().trim_end_matches('/').to_owned()).ok_or_else(words)
}

fn is_bare(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StorageSpec, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn good_tables_are_read() {
        let spec = read(
            "service = \"webdav\"\nendpoint = \"https://x.example/dav/\"\nroot = \"/a/b/\"\nuser = \"anna\"\n\
             password = \"{secret.password}\"\nbase_url = \"https://x.example/p/\"",
        );
        let account = Account { user: "anna".to_owned(), password: "password".to_owned() };
        let endpoint = Url::parse("https://x.example/dav/").expect("a URL");
        let service = ServiceSpec::WebDav { endpoint, root: "a/b".to_owned(), account: Some(account) };
        assert_eq!(spec, Ok(StorageSpec { service, base_url: Some("https://x.example/p".to_owned()) }));

        let spec = read("service = \"ftp\"\nendpoint = \"ftps://[::1]:2121\"\nbase_url = \"https://x.example\"");
        let address = Address { host: "::1".to_owned(), port: 2121, is_secure: true };
        let service = ServiceSpec::Ftp { address, root: String::new(), account: None };
        assert_eq!(spec, Ok(StorageSpec { service, base_url: Some("https://x.example".to_owned()) }));

        let spec = read(
            "service = \"s3\"\nendpoint = \"http://127.0.0.1:9000\"\nbucket = \"pictures\"\nregion = \"eu\"\n\
             access_key = \"{secret.a}\"\nsecret_key = \"{secret.b}\"",
        );
        let keys = Keys { access_key: "a".to_owned(), secret_key: "b".to_owned() };
        assert!(
            matches!(spec, Ok(StorageSpec { service: ServiceSpec::S3 { keys: Some(found), .. }, .. }) if found == keys)
        );
    }

    #[test]
    fn bad_tables_are_refused_with_the_key() {
        let dav = "service = \"webdav\"\nendpoint = \"http://x.example\"\n";
        let s3 = "service = \"s3\"\nendpoint = \"http://x.example\"\nbucket = \"abc\"\nregion = \"eu\"\n";
        let ftp = "service = \"ftp\"\nbase_url = \"http://x.example\"\n";
        for (text, words) in [
            ("service = \"ssh\"".to_owned(), "storage.service takes folder, webdav, s3 or ftp, not “ssh”"),
            ("service = \"folder\"\npath = \"a/b\"".to_owned(), "storage.path"),
            ("service = \"folder\"".to_owned(), "storage.path is missing"),
            (format!("{dav}colour = 1"), "colour"),
            (format!("{dav}bucket = \"abc\""), "storage.bucket is not for the service “webdav”"),
            (format!("{dav}root = \"/a/../b\""), "storage.root"),
            (format!("{dav}user = \"anna\""), "storage.password is needed"),
            (format!("{dav}password = \"{{secret.a}}\""), "storage.user is needed"),
            (format!("{dav}user = \"anna\"\npassword = \"hunter2\""), "never the secret itself"),
            (format!("{dav}base_url = \"/p\""), "storage.base_url"),
            ("service = \"webdav\"\nendpoint = \"http://u:p@x.example\"".to_owned(), "storage.endpoint"),
            ("service = \"webdav\"".to_owned(), "storage.endpoint is missing"),
            (format!("{s3}access_key = \"{{secret.a}}\""), "belong together"),
            (s3.replace("abc", "a/b"), "storage.bucket"),
            (s3.replace("region = \"eu\"", ""), "storage.region is missing"),
            (format!("{ftp}endpoint = \"http://x.example\""), "storage.endpoint takes ftp://"),
            (format!("{ftp}endpoint = \"ftp://x.example/a\""), "storage.endpoint takes ftp://"),
            ("service = \"ftp\"\nendpoint = \"ftp://x.example\"".to_owned(), "storage.base_url is needed"),
        ] {
            let said = read(&text).expect_err(&text);
            assert!(said.contains(words), "{text}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
