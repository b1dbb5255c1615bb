//! How the programs are linked. Never generates code.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}"));
    if target("OS").is_ok_and(|os| os == "linux") {
        // A launch from a file manager lives for 3 ms. As a position-independent program it spends a third of them
        // on 54,000 relocations in 240 pages of which each has to be copied first (docs/performance.md). Libraries,
        // heap and stack stay at random addresses.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    if target("OS").is_ok_and(|os| os == "windows") {
        windows_resources();
    }
}

/// Icon, version and manifest. The version is that of Cargo.toml.
fn windows_resources() {
    const ICON: &str = "assets/icon/bbdrop.ico";
    const MANIFEST: &str = "installer/windows/bbdrop.manifest";
    let mut resources = winresource::WindowsResource::new();
    resources.set_icon(ICON).set_manifest_file(MANIFEST);
    for (name, value) in [
        ("ProductName", "BBDrop"),
        ("FileDescription", "BBDrop"),
        ("CompanyName", "BBDrop"),
        ("LegalCopyright", "MIT or Apache 2.0, as you like"),
    ] {
        resources.set(name, value);
    }
    println!("cargo::rerun-if-changed={ICON}\ncargo::rerun-if-changed={MANIFEST}");
    if let Err(error) = resources.compile() {
        println!("cargo::error=the resources of the Windows program could not be made: {error}");
    }
}
