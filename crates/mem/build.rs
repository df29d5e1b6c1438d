//! Says whether the target is a Cortex-M with exclusive loads and stores and one core, which `cfg` on stable Rust cannot tell.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(exclusive_access)");
    let target = std::env::var("TARGET").unwrap_or_default();
    if ["thumbv7m-", "thumbv7em-"].iter().any(|prefix| target.starts_with(prefix)) {
        println!("cargo::rustc-cfg=exclusive_access");
    }
}
