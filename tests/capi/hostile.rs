//! Every function of the C API is called with hostile arguments.

use std::fs;
use std::path::Path;

use super::sources;

/// Where they are called, under the sanitizers and valgrind.
const PROGRAMS: [&str; 6] = ["hostile.c", "utilities.c", "containers.c", "json.c", "measure.c", "vfs.c"];

/// The functions that `export!` defines.
fn exported() -> Vec<String> {
    let mut names = Vec::new();
    for source in sources::of_the_api() {
        let starts = source.lines().filter_map(|line| line.strip_prefix("    fn "));
        let functions = starts.filter_map(|line| line.split_once('(')).map(|(name, _)| name);
        let is_ours = |name: &&str| {
            ["lws_", "lwsl_", "lwsac_", "lejp_", "_lws_", "wm_"].iter().any(|start| name.starts_with(start))
        };
        names.extend(functions.filter(is_ours).map(str::to_owned));
    }
    names
}

#[test]
fn every_function_gets_what_it_does_not_expect() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name| fs::read_to_string(root.join("tests/capi/programs").join(name)).expect("a program");
    let programs = PROGRAMS.map(read).concat();
    let names = exported();
    assert!(names.len() > 150, "{} functions found", names.len());
    let calls: Vec<&str> = programs.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let missing: Vec<&String> = names.iter().filter(|name| !calls.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "not called in {PROGRAMS:?}: {missing:?}");
}
