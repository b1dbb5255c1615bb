//! How hosts are reached: by the proxy that is set, by that of the system, or by none. Proxies and the server are others' programs.

use crate::support::servers::{self, Access, Server};
use crate::support::{Home, Ran, skipped};

/// What is at 127.0.0.1 is on this computer, which is never reached by a proxy; this is, too, but BBDrop does not take it for that.
const ELSEWHERE: &str = "127.0.0.2";
const MISSING: &str = "a server is not installed: run scripts/test-tools, install tinyproxy-bin and microsocks";

fn set(home: &Home, args: &[&str]) {
    let ran = home.run(args);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Uploads another folder.
fn upload(home: &Home, name: &str, host: &str, proxy: Option<&str>) -> Ran {
    let folder = home.pictures(name, 1, 20);
    let args = ["--run-once", folder.to_str().expect("Unicode"), "--host", host, "--output-to-stdout"];
    let mut command = home.bbdrop(&args);
    for variable in
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(variable);
    }
    Ran::of(command.envs(proxy.map(|proxy| ("HTTP_PROXY", proxy))).output().expect("it runs"))
}

/// How often that proxy has connected to the host.
fn connections(proxy: &Server) -> usize {
    proxy.log().matches(ELSEWHERE).count()
}

#[test]
fn hosts_are_reached_as_the_setting_says() {
    let Some(party) = servers::copyparty(Access::Anyone) else { return skipped(MISSING) };
    let (Some(http), Some(socks)) = (servers::tinyproxy(), servers::microsocks()) else { return skipped(MISSING) };
    let home = Home::new();
    set(&home, &["hosts", "set", "copyparty", "origins.site", &format!("http://{ELSEWHERE}:{}", party.port)]);
    set(&home, &["hosts", "add", "my-dav", "webdav"]);
    set(&home, &["hosts", "set", "my-dav", "endpoint", &format!("http://{ELSEWHERE}:{}", party.port)]);
    let by_http = format!("http://127.0.0.1:{}", http.port);
    let by_socks = format!("socks5h://127.0.0.1:{}", socks.port);
    let mut number = 0;
    let mut reaches = |host: &str, setting: &str, environment: Option<&str>, expected: [bool; 2]| {
        number += 1;
        set(&home, &["config", "set", "network.proxy", setting]);
        let before = [&http, &socks].map(connections);
        let ran = upload(&home, &format!("album {number}"), host, environment);
        assert!(ran.code == 0 && ran.stdout.contains(ELSEWHERE), "{setting}: {ran:?}");
        let after = [&http, &socks].map(connections);
        let used = [0, 1].map(|proxy| after[proxy] > before[proxy]);
        assert_eq!(used, expected, "{host} with {setting} and {environment:?}");
    };
    for host in ["copyparty", "my-dav"] {
        reaches(host, &by_http, None, [true, false]);
        reaches(host, &by_socks, Some(&by_http), [false, true]);
        reaches(host, "none", Some(&by_http), [false, false]);
        reaches(host, "system", Some(&by_http), [true, false]);
        reaches(host, "system", None, [false, false]);
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let Some(party) = servers::copyparty(Access::Anyone) else { return skipped(MISSING) };
    let home = Home::new();
    set(&home, &["hosts", "set", "copyparty", "origins.site", &format!("http://{ELSEWHERE}:{}", party.port)]);
    for (id, proxy) in ["socks5h://127.0.0.1:1", "http://127.0.0.1:1"].into_iter().enumerate() {
        set(&home, &["config", "set", "network.proxy", proxy]);
        let tested = home.run(&["hosts", "test", "copyparty"]);
        assert!(
            tested.code != 0 && format!("{tested:?}").contains(&format!("by the proxy {proxy}")),
            "{id}: {tested:?}"
        );
    }
    // What is on this computer needs none.
    set(&home, &["hosts", "set", "copyparty", "origins.site", &format!("http://127.0.0.1:{}", party.port)]);
    assert_eq!(upload(&home, "near", "copyparty", None).code, 0);
    let refused = home.run(&["config", "set", "network.proxy", "http://me:pass@proxy:3128"]);
    assert!(refused.code != 0 && refused.stderr.contains("takes no passwords"), "{refused:?}");
}
