//! The sources of the C API's Rust side.

use std::fs;
use std::path::Path;

/// The text of each of them.
pub fn of_the_api() -> Vec<String> {
    let mut texts = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/capi"), &mut texts);
    texts
}

fn collect(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("src/capi is there").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => collect(&path, texts),
            false => texts.push(fs::read_to_string(&path).expect("sources are text")),
        }
    }
}
