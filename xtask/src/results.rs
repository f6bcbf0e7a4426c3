//! docs/RESULTS.md: measured figures, each section written by the command that measured it and never by hand.

use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

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

/// The tables of a section as JSON: by heading, a list of rows, each by column. What looks like a number is one.
pub(crate) fn tables(text: &str) -> Value {
    let (mut heading, mut columns, mut tables) = ("", Vec::new(), Map::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            heading = title.trim_start_matches('#').trim();
        }
        let Some(inner) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            columns.clear();
            continue;
        };
        let cells: Vec<&str> = inner.split('|').map(|cell| cell.trim().trim_matches(['*', '`'])).collect();
        if columns.is_empty() {
            columns = cells;
        } else if !cells.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':')) {
            let row: Map<String, Value> =
                columns.iter().zip(cells).map(|(column, cell)| ((*column).to_owned(), value(cell))).collect();
            if let Value::Array(rows) = tables.entry(heading).or_insert_with(|| json!([])) {
                rows.push(row.into());
            }
        }
    }
    tables.into()
}

fn value(cell: &str) -> Value {
    let plain = cell.replace(',', "");
    match (plain.parse::<u64>(), plain.parse::<f64>()) {
        (Ok(number), _) => number.into(),
        (_, Ok(number)) if number.is_finite() => number.into(),
        _ => cell.into(),
    }
}

/// Writes figures to a file, for programs.
pub(crate) fn write_json(path: &Path, figures: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)?;
    fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
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
    fn tables_become_rows_by_heading() {
        let text = "## A\n\nwords\n\n| what | bytes |\n| --- | ---: |\n| **all** | 1,234 |\n| `x` | 0.5 |\n\n### B\n\n| a |\n| --- |\n| b |\n";
        let expected = json!({
            "A": [{ "what": "all", "bytes": 1234 }, { "what": "x", "bytes": 0.5 }],
            "B": [{ "a": "b" }],
        });
        assert_eq!(tables(text), expected);
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
