//! Compilers of C and C++, asked whether they take a source.

use std::io::Write;
use std::process::{Command, Stdio};

/// Compiles `source` against the header; the complaints if there are any. `None` without that compiler.
pub fn compile(compiler: &str, arguments: &[&str], source: &str) -> Option<Result<(), String>> {
    let mut child = Command::new(compiler)
        .args(arguments)
        .args(["-I", concat!(env!("CARGO_MANIFEST_DIR"), "/include"), "-fsyntax-only", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(source.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(()) } else { Err(complaints) })
}
