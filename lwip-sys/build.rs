//! Finds lwIP, binds it for the target, compiles it, and tells dependents how it is configured.
//!
//! The bindings come first: clang evaluates the configuration, and the compiler's file list depends on it.

#[path = "build/bind.rs"]
mod bind;
#[path = "build/compile.rs"]
mod compile;
#[path = "build/defines.rs"]
mod defines;
#[path = "build/effect.rs"]
mod effect;
#[path = "build/error.rs"]
mod error;
#[path = "build/locate.rs"]
mod locate;
#[path = "build/metadata.rs"]
mod metadata;
#[path = "build/options.rs"]
mod options;
#[path = "build/threads.rs"]
mod threads;
#[path = "build/toolchain.rs"]
mod toolchain;

use error::BuildError;

/// An error line makes Cargo fail the build. An exit status would too, but Cargo would then bury the
/// sentence under everything that the compiler printed.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    if let Err(error) = build() {
        println!("cargo::error={error}");
    }
}

fn build() -> Result<(), BuildError> {
    let tree = locate::find()?;
    let compiler = toolchain::Compiler::find(&tree)?;
    effect::expect(&tree)?;
    let bound = bind::generate(&tree, &compiler)?;
    threads::choose(&bound.options)?;
    compile::run(&tree, &bound)?;
    metadata::print(&tree, &compiler, &bound.options);
    Ok(())
}
