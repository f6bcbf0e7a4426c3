//! Where lwIP's source comes from.

/// The crate that is looked for is the one in users' lock files, which `cargo fetch` and `cargo vendor` bring.
#[test]
fn the_source_is_that_of_the_dependency() {
    let (manifest, build) = (include_str!("../Cargo.toml"), include_str!("../build/locate.rs"));
    let dependency = |text: &str| text.lines().find(|line| line.starts_with("lwip = ")).map(str::to_owned);
    assert!(dependency(manifest).is_some());
    assert_eq!(dependency(manifest), dependency(build));
}
