//! Compiles lwIP's `httpd` and `tcpecho_raw`, the servers that ours is compared with.

use std::path::Path;

#[path = "../examples/mps2-an385/baseline/compile.rs"]
mod baseline;

fn main() {
    baseline::compile(Path::new("../../examples/mps2-an385/baseline"));
}
