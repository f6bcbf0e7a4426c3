//! The feature `wm-iot-sdk`: Rust declarations of what firmware needs from the WinnerMicro IoT SDK to start Wi-Fi.

mod bind;
mod compiler;
mod error;
mod locate;

use error::SdkError;

/// Makes `sdk.rs` in Cargo's output folder. An error line makes Cargo fail the build, with nothing but that sentence.
pub(crate) fn generate() {
    println!("cargo::rerun-if-changed=build/sdk");
    if let Err(error) = try_generate() {
        println!("cargo::error={error}");
    }
}

fn try_generate() -> Result<(), SdkError> {
    let tree = locate::find()?;
    let compiler = compiler::Compiler::find(&tree)?;
    bind::run(&tree, &compiler)
}
