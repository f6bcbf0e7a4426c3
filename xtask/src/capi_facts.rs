//! The facts that tests/capi checks the C header against.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Options of `cargo xtask capi-facts`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder with constants.tsv and structs.tsv, as measured from the headers of libwebsockets 4.3.3
    folder: PathBuf,
}

/// Copies what the header declares of the measured constants and layouts to tests/capi/facts.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let header = header(&workspace.root().join("include"))?;
    let facts = workspace.root().join("tests/capi/facts");
    fs::create_dir_all(&facts)?;
    let constants = read(&options.folder.join("constants.tsv"))?;
    fs::write(facts.join("constants.tsv"), constants_of(&constants, &header))?;
    let structs = read(&options.folder.join("structs.tsv"))?;
    fs::write(facts.join("structs.tsv"), layouts_of(&structs, &header))?;
    Ok(())
}

/// What the header declares.
struct Header {
    text: String,
    words: BTreeSet<String>,
}

fn header(include: &Path) -> Result<Header> {
    let mut text = String::new();
    for folder in [include.to_path_buf(), include.join("lws")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "h") {
                text += &read(&path)?;
            }
        }
    }
    let words = text.lines().filter_map(declared_constant).map(str::to_owned).collect();
    Ok(Header { text, words })
}

/// The name in `#define NAME value` and in `NAME = value,`.
fn declared_constant(line: &str) -> Option<&str> {
    let line = line.trim();
    match line.strip_prefix("#define ") {
        Some(definition) => definition.split_whitespace().next(),
        None => line.split_once(" = ").map(|(name, _)| name),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Lines of name, value on a 64-bit Linux, value on a Cortex-M3.
fn constants_of(measured: &str, header: &Header) -> String {
    let mut facts = String::from("name\tlinux64\tcortex_m3\n");
    for line in measured.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, value, _, _, difference, ..] = columns[..] else { continue };
        if value.parse::<i128>().is_ok() && header.words.contains(name) {
            let small = difference.strip_prefix("cortex-m3: ").unwrap_or(value);
            let _ = writeln!(facts, "{name}\t{value}\t{small}");
        }
    }
    facts
}

/// Lines of type, member, then offset and size on a 64-bit Linux and on a Cortex-M3. The whole is a member without name.
fn layouts_of(measured: &str, header: &Header) -> String {
    let mut facts = String::from("type\tmember\toffset64\tsize64\toffset_cm3\tsize_cm3\n");
    for line in measured.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [kind, member, _, offset64, size64, offset_cm3, size_cm3, ..] = columns[..] else { continue };
        let declared =
            ["", "struct ", "union "].iter().any(|word| header.text.contains(&format!("{word}{kind} {{")));
        let is_theirs = ["lws_", "lejp_"].iter().any(|prefix| kind.contains(prefix));
        if !declared || !is_theirs || offset64.starts_with("bits") {
            continue;
        }
        let member = if member == "(whole)" { "" } else { member };
        let _ = writeln!(facts, "{kind}\t{member}\t{offset64}\t{size64}\t{offset_cm3}\t{size_cm3}");
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_header_declares_is_kept() {
        let header = Header {
            text: "struct lws_dll2 {\n".to_owned(),
            words: ["LWS_PRE".to_owned()].into_iter().collect(),
        };
        let constants =
            "name\tvalue\tkind\thex\tdifference\nLWS_PRE\t16\tmacro\t\tcortex-m3: 8\nLWS_NO\t1\tmacro\t\t\n";
        assert_eq!(constants_of(constants, &header), "name\tlinux64\tcortex_m3\nLWS_PRE\t16\t8\n");
        let layouts = "struct\tmember\tt\to\ts\to\ts\nstruct lws_dll2\t(whole)\t\t\t24\t\t12\nstruct lws_no\t(whole)\t\t\t1\t\t1\n";
        assert!(layouts_of(layouts, &header).ends_with("size_cm3\nstruct lws_dll2\t\t\t24\t\t12\n"));
    }
}
