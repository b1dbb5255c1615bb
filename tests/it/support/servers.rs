//! Servers that nobody here wrote, as `scripts/test-tools` installs them: each on a port and in a folder of its own. Ends only
//! what it has started.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::unix::is_root;
use super::{eventually, free_port};

/// The account of a server that has one.
pub const USER: &str = "anna";
pub const PASSWORD: &str = "correct horse";
/// Keys of the S3 server.
pub const KEYS: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG");
/// Bucket of the S3 server.
pub const BUCKET: &str = "pictures";

/// `daemon` on Debian: vsftpd wants somebody with a home.
const DAEMON: u32 = 1;

/// Who may use a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Only [`USER`] with [`PASSWORD`], or [`KEYS`].
    Account,
}

/// A running server.
pub struct Server {
    dir: TempDir,
    program: PathBuf,
    args: Vec<String>,
    child: Option<Child>,
    pub port: u16,
}

impl Server {
    /// `None` when the program is not installed.
    fn start(program: PathBuf, port: u16, dir: TempDir, args: &[&str]) -> Option<Self> {
        let is_there = program.exists() || !program.is_absolute() && finds(&program);
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let mut server = Self { dir, program, args, child: None, port };
        std::fs::create_dir_all(server.root()).expect("made");
        is_there.then(|| {
            server.go_on();
            server
        })
    }

    /// What it shows: the files as they lie on its disk.
    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// What it has said since it was started.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Ends it; what it has stored stays.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again, at the same place.
    pub fn go_on(&mut self) {
        let log = std::fs::File::create(self.dir.path().join("log")).expect("made");
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(self.dir.path()).stdin(Stdio::null());
        // What they would write into a home directory.
        command.env("HOME", self.dir.path()).env("XDG_CONFIG_HOME", self.dir.path());
        let child = command.stdout(log.try_clone().expect("cloned")).stderr(log).spawn().expect("it starts");
        let child = self.child.insert(child);
        eventually("the server listens", || {
            if child.try_wait().expect("waited").is_some() {
                let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                panic!("{} has ended: {log}", self.program.display());
            }
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// `WsgiDAV` with Cheroot: a careful `WebDAV` server in Python.
pub fn wsgidav(access: Access) -> Option<Server> {
    let (dir, port) = place();
    let users = match access {
        Access::Anyone => serde_json::json!({ "*": true }),
        Access::Account => serde_json::json!({ "*": { USER: { "password": PASSWORD } } }),
    };
    let config = serde_json::json!({
        "host": "127.0.0.1",
        "port": port,
        "provider_mapping": { "/": dir.path().join("root") },
        "simple_dc": { "user_mapping": users },
        "http_authenticator": { "accept_basic": true, "accept_digest": false, "default_to_digest": false },
        "logging": { "enable": false },
    });
    let path = write(&dir, "wsgidav.json", &config.to_string());
    Server::start(python_tool("wsgidav"), port, dir, &["-q", "-c", &path])
}

/// `rclone serve webdav`: fast enough to see what we cost.
pub fn rclone_webdav() -> Option<Server> {
    let (dir, port) = place();
    let (root, address) = (text(&dir.path().join("root")), format!("127.0.0.1:{port}"));
    Server::start("rclone".into(), port, dir, &["serve", "webdav", "--addr", &address, &root])
}

/// The same with TLS and a certificate that nobody vouches for; and that one's fingerprint.
pub fn rclone_webdav_with_tls() -> Option<(Server, String)> {
    let (dir, port) = place();
    let (root, address) = (text(&dir.path().join("root")), format!("127.0.0.1:{port}"));
    let (key, certificate) = (text(&dir.path().join("key.pem")), text(&dir.path().join("certificate.pem")));
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    let args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", &key, "-out", &certificate];
    let made = Command::new("openssl").args(args).args(subject).output().ok()?;
    assert!(made.status.success(), "{made:?}");
    let shown = ["x509", "-noout", "-fingerprint", "-sha256", "-in", &certificate];
    let shown = Command::new("openssl").args(shown).output().expect("it runs");
    let shown = String::from_utf8(shown.stdout).expect("text");
    let fingerprint = shown.trim().rsplit('=').next().expect("a fingerprint").to_owned();
    let args = ["serve", "webdav", "--addr", &address, "--cert", &certificate, "--key", &key, &root];
    Some((Server::start("rclone".into(), port, dir, &args)?, fingerprint))
}

/// copyparty: `WebDAV`, uploads by form, and a page for people, all on one port.
pub fn copyparty(access: Access) -> Option<Server> {
    let (dir, port) = place();
    let root = text(&dir.path().join("root"));
    let (account, volume) = match access {
        Access::Anyone => (vec![], format!("{root}::A")),
        Access::Account => (vec!["-a".to_owned(), format!("{USER}:{PASSWORD}")], format!("{root}::A,{USER}")),
    };
    let (history, port_text) = (text(&dir.path().join("history")), port.to_string());
    let args = ["-q", "--no-crt", "-i", "127.0.0.1,127.0.0.2", "-p", &port_text, "--hist", &history, "-v", &volume];
    let args: Vec<_> = args.into_iter().chain(account.iter().map(String::as_str)).collect();
    Server::start(python_tool("copyparty"), port, dir, &args)
}

/// tinyproxy: an HTTP proxy.
pub fn tinyproxy() -> Option<Server> {
    let (dir, port) = place();
    let path = write(&dir, "tinyproxy.conf", &format!("Listen 127.0.0.1\nPort {port}\nTimeout 60\nLogLevel Connect\n"));
    Server::start("/usr/bin/tinyproxy".into(), port, dir, &["-d", "-c", &path])
}

/// microsocks: a SOCKS5 proxy.
pub fn microsocks() -> Option<Server> {
    let (dir, port) = place();
    Server::start("/usr/bin/microsocks".into(), port, dir, &["-i", "127.0.0.1", "-p", &port.to_string()])
}

/// s3s-fs: S3 on a file system, in Rust; checks signatures.
pub fn s3s_fs(access: Access) -> Option<Server> {
    let (dir, port) = place();
    let root = text(&dir.path().join("root"));
    std::fs::create_dir_all(Path::new(&root).join(BUCKET)).expect("made");
    let port_text = port.to_string();
    let mut args = vec!["--host", "127.0.0.1", "--port", &port_text];
    if access == Access::Account {
        args.extend(["--access-key", KEYS.0, "--secret-key", KEYS.1]);
    }
    args.push(&root);
    Server::start(tools().join("bin/s3s-fs"), port, dir, &args)
}

/// pyftpdlib: FTP.
pub fn pyftpdlib(access: Access) -> Option<Server> {
    let (dir, port) = place();
    let (root, port_text) = (text(&dir.path().join("root")), port.to_string());
    let mut args = vec!["-m", "pyftpdlib", "-i", "127.0.0.1", "-p", &port_text, "-w", "-d", &root];
    if access == Access::Account {
        args.extend(["-u", USER, "-P", PASSWORD]);
    }
    Server::start(python_tool("python"), port, dir, &args)
}

/// vsftpd: FTP with TLS for everything, and every data connection must go on with the session of its control connection.
/// Anyone may write into `up`. `None` without root, too. Its certificate is `cert.pem` beside its root.
pub fn vsftpd() -> Option<Server> {
    let (dir, port) = place();
    if !is_root() || !certify(dir.path()) {
        return None;
    }
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("set");
    let up = dir.path().join("root/up");
    std::fs::create_dir_all(&up).expect("made");
    std::fs::create_dir(dir.path().join("empty")).expect("made");
    std::os::unix::fs::chown(&up, Some(DAEMON), Some(DAEMON)).expect("given");
    let at = dir.path().display();
    let config = format!(
        "listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\nlocal_enable=NO\n\
         write_enable=YES\nanon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n\
         anon_umask=022\nanon_root={at}/root\nftp_username=daemon\nsecure_chroot_dir={at}/empty\nssl_enable=YES\n\
         allow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\nrequire_ssl_reuse=YES\n\
         ssl_ciphers=HIGH\nrsa_cert_file={at}/cert.pem\nrsa_private_key_file={at}/key.pem\nseccomp_sandbox=NO\n"
    );
    let path = write(&dir, "vsftpd.conf", &config);
    Server::start(tools().join("vsftpd/usr/sbin/vsftpd"), port, dir, &[&path])
}

impl Server {
    /// Where the certificate of [`vsftpd`] is.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }
}

/// A web server that shows what another one has stored.
pub fn web(root: &Path) -> Option<Server> {
    let (dir, port) = place();
    let (root, port_text) = (text(root), port.to_string());
    let args = ["-m", "http.server", "--bind", "127.0.0.1", "--directory", &root, &port_text];
    Server::start(python_tool("python"), port, dir, &args)
}

/// What is at a link.
pub fn fetch(url: &str) -> Vec<u8> {
    let curl = Command::new("curl").args(["-sS", "--fail", "--globoff", url]).output().expect("curl is there");
    assert!(curl.status.success(), "{url}: {}", String::from_utf8_lossy(&curl.stderr));
    curl.stdout
}

/// A certificate that signs itself, and its key.
fn certify(dir: &Path) -> bool {
    let config = "[req]\ndistinguished_name=name\nx509_extensions=v3\nprompt=no\n[name]\nCN=localhost\n\
                  [v3]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n";
    std::fs::write(dir.join("openssl.cnf"), config).expect("written");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", "openssl.cnf"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(dir)
        .output();
    made.is_ok_and(|made| made.status.success())
}

fn place() -> (TempDir, u16) {
    (tempfile::tempdir().expect("a directory"), free_port())
}

fn write(dir: &TempDir, name: &str, content: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, content).expect("written");
    text(&path)
}

fn text(path: &Path) -> String {
    path.to_str().expect("Unicode").to_owned()
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools")
}

fn python_tool(name: &str) -> PathBuf {
    tools().join("python/bin").join(name)
}

fn finds(program: &Path) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}
