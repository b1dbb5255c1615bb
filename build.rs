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
}
