//! Whether lwIP is compiled with what `LWIP_DEFINES` says: a lwipopts.h may define it otherwise whatever is said, and the compiler only
//! warns of that.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::defines::Define;
use crate::error::BuildError;
use crate::locate::{self, Tree};
use crate::toolchain::base_build;

/// In front of what the preprocessor makes of a macro, and of the value that it is to have.
const IS: &str = "lwip_sys_is";
const SHOULD_BE: &str = "lwip_sys_should_be";

/// Looks at each macro that was given a value; not where the firmware compiles lwIP, and its compiler has warned.
pub(crate) fn expect(tree: &Tree) -> Result<(), BuildError> {
    let asked = locate::asked_defines()?;
    let asked: Vec<(&Define, &str)> =
        asked.iter().filter_map(|define| Some((define, define.value.as_deref()?))).collect();
    if asked.is_empty() || env::var_os("CARGO_FEATURE_EXTERNAL").is_some() {
        return Ok(());
    }
    let expanded = preprocess(tree, &source(&asked))?;
    let pairs = expanded.split(IS).skip(1).filter_map(|pair| pair.split_once(SHOULD_BE));
    for ((define, _), (is, should_be)) in asked.iter().zip(pairs) {
        if bare(is) != bare(should_be) {
            let options = tree.options.clone();
            return Err(BuildError::NoEffect { define: define.to_string(), is: is.trim().into(), options });
        }
    }
    Ok(())
}

fn source(asked: &[(&Define, &str)]) -> String {
    let lines =
        asked.iter().map(|(Define { name, .. }, value)| format!("{IS} {name}\n{SHOULD_BE} {value}\n"));
    format!("#include \"lwip/opt.h\"\n{}", lines.collect::<String>())
}

/// What the preprocessor makes of that, without its notes on where it comes from, which stand even between a name and its value. Nothing
/// where it fails: bindgen meets the same, and says what it is.
fn preprocess(tree: &Tree, source: &str) -> Result<String, BuildError> {
    let path = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("effect.c");
    fs::write(&path, source).map_err(|error| BuildError::Write(path.clone(), error))?;
    let expanded = base_build(tree).cargo_warnings(false).file(&path).try_expand().unwrap_or_default();
    let expanded = String::from_utf8_lossy(&expanded);
    Ok(expanded.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join(" "))
}

/// Without what may differ where the value is the same.
fn bare(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace() && !"()".contains(*c)).collect()
}
