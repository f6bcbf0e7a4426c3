//! What a program sets has an effect, or docs/C-API.md says that it has none.

use std::collections::BTreeSet;

use super::sources;

const DOCUMENT: &str = include_str!("../../docs/C-API.md");
const CONSTANTS: &str = include_str!("facts/constants.tsv");
const LAYOUTS: &str = include_str!("facts/structs.tsv");

/// What programs fill in and hand over.
const STRUCTS: [&str; 5] = [
    "struct lws_context_creation_info",
    "struct lws_http_mount",
    "struct lws_client_connect_info",
    "struct lws_protocols",
    "struct lws_retry_bo",
];

/// The names between backticks in the section on what has no effect.
fn without_effect() -> BTreeSet<&'static str> {
    let (_, section) = DOCUMENT.split_once("## What is accepted and has no effect").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    section.split('`').skip(1).step_by(2).collect()
}

/// The words of src/capi.
fn read_words() -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let sources = sources::of_the_api();
    sources.iter().flat_map(|source| source.split(|c: char| !is_word(c))).map(str::to_owned).collect()
}

#[test]
fn every_flag_is_looked_at_or_documented_as_without_effect() {
    let (read, ignored) = (read_words(), without_effect());
    let names = CONSTANTS.lines().filter_map(|line| line.split('\t').next());
    let flags: Vec<&str> =
        names.filter(|name| name.starts_with("LWS_SERVER_OPTION_") || name.starts_with("LCCSCF_")).collect();
    assert!(flags.len() > 60, "{} flags found", flags.len());
    let wrong: Vec<_> =
        flags.iter().filter(|flag| read.contains(**flag) == ignored.contains(**flag)).collect();
    assert!(
        wrong.is_empty(),
        "either read in src/capi or in docs/C-API.md, not both, not neither: {wrong:?}"
    );
}

#[test]
fn every_member_is_read_or_documented_as_not_read() {
    let (read, ignored) = (read_words(), without_effect());
    let members: Vec<(&str, &str)> = LAYOUTS
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.next()?))
        })
        .filter(|(kind, member)| STRUCTS.contains(kind) && !member.is_empty())
        .collect();
    assert!(members.len() > 100, "{} members found", members.len());
    let silent: Vec<_> = members
        .iter()
        .filter(|(_, member)| {
            !member.starts_with("_unused") && !read.contains(*member) && !ignored.contains(member)
        })
        .collect();
    assert!(silent.is_empty(), "neither read in src/capi nor in docs/C-API.md: {silent:?}");
    let wrong: Vec<_> =
        members.iter().filter(|(_, member)| ignored.contains(member) && read.contains(*member)).collect();
    // These names mean something else too.
    let ambiguous = ["iface", "tx_packet_size", "log_cx", "alpn", "extensions"];
    let wrong: Vec<_> = wrong.iter().filter(|(_, member)| !ambiguous.contains(member)).collect();
    assert!(wrong.is_empty(), "read after all: {wrong:?}");
}
