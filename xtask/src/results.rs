//! docs/RESULTS.md: measured figures, each section written by the command that measured it and never by hand.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;

const HEADING: &str =
    "# Results\n\nWhat was measured. Each section is written by the command that it names, never by hand.\n";

/// Replaces the section called `name`, or adds it at the end.
pub(crate) fn write(workspace: &Workspace, name: &str, text: &str) -> Result<()> {
    let path = workspace.root().join("docs/RESULTS.md");
    let page = fs::read_to_string(&path).unwrap_or_else(|_| HEADING.to_owned());
    fs::write(&path, replaced(&page, name, text)).with_context(|| format!("cannot write {}", path.display()))
}

fn replaced(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let section = format!("{begin}\n{}\n{end}", text.trim_end());
    let old = page.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    match old {
        Some((before, after)) => format!("{before}{section}{after}"),
        None => format!("{}\n\n{section}\n", page.trim_end()),
    }
}

/// 12345 as 12,345.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([7, 1_000, 1_234_567].map(grouped), ["7", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_section_is_added_then_replaced() {
        let page = replaced("# Results\n", "size", "one");
        assert_eq!(page, "# Results\n\n<!-- size:begin -->\none\n<!-- size:end -->\n");
        let page = replaced(&page, "bench", "rates");
        let page = replaced(&page, "size", "two\n");
        assert_eq!(
            page,
            "# Results\n\n<!-- size:begin -->\ntwo\n<!-- size:end -->\n\n<!-- bench:begin -->\nrates\n<!-- bench:end -->\n"
        );
    }
}
