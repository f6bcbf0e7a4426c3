//! Bytes of flash and of static RAM by owner.

use crate::board::constants;
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of each owner.
pub(crate) type Shares = BTreeMap<Owner, u64>;

/// Flash: code, constants, initial values.
///
/// Code counts for the innermost function that is not core's or alloc's; [`constants`] says whose constants are.
pub(crate) fn flash(workspace: &Workspace, program: &Program, owners: &Owners) -> Result<Shares> {
    let mut shares = code(program, owners)?;
    for (owner, bytes) in constants::shares(workspace, program, owners)? {
        *shares.entry(owner).or_default() += bytes;
    }
    // The W800's are the SDK's.
    if let Ok(vectors) = program.section(".vector_table") {
        *shares.entry(Owner::Board).or_default() += vectors.range.end - vectors.range.start;
    }
    Ok(shares)
}

fn code(program: &Program, owners: &Owners) -> Result<Shares> {
    let mut shares = Shares::new();
    // Where no function is, at the start, the reset handler's assembly is; later it is padding.
    let mut owner = Owner::Board;
    for address in program.section(".text")?.range.clone().step_by(2) {
        owner = owners.of_code(&program.frames(address)).unwrap_or(owner);
        *shares.entry(owner).or_default() += 2;
    }
    Ok(shares)
}

/// Bytes of an owner's code by source file, the largest first.
pub(crate) fn by_file(program: &Program, owners: &Owners, whose: Owner) -> Result<Vec<(u64, String)>> {
    let mut files: BTreeMap<String, u64> = BTreeMap::new();
    for address in program.section(".text")?.range.clone().step_by(2) {
        if let Some((_, frame, owner)) = owners.frame(&program.frames(address))
            && owner == whose
        {
            *files.entry(frame.file.clone()).or_default() += 2;
        }
    }
    let mut files: Vec<(u64, String)> = files.into_iter().map(|(file, bytes)| (bytes, file)).collect();
    files.sort_unstable_by(|one, other| other.cmp(one));
    Ok(files)
}

/// Static RAM, without stacks and heap.
pub(crate) fn static_ram(
    workspace: &Workspace,
    log: &mut Log,
    owners: &Owners,
    elf: &Path,
) -> Result<Shares> {
    let mut nm = workspace.command("arm-none-eabi-nm");
    nm.args(["--print-size", "--line-numbers", "--demangle"]).arg(elf);
    let symbols = log.text(&mut nm)?;
    let mut shares = Shares::new();
    for (file, size) in symbols.lines().filter_map(variable) {
        // What has no source is from the linker script or from the runtime: the board's.
        let owner = owners.of_path(file).unwrap_or(Owner::Board);
        *shares.entry(owner).or_default() += size;
    }
    Ok(shares)
}

/// `20002754 00000780 b arp_table<tab>/path/etharp.c:106`
fn variable(line: &str) -> Option<(&str, u64)> {
    let (symbol, place) = line.split_once('\t').unwrap_or((line, "?"));
    let mut words = symbol.split_whitespace().skip(1);
    let size = u64::from_str_radix(words.next()?, 16).ok()?;
    let is_variable = words.next().is_some_and(|kind| ["b", "B", "d", "D"].contains(&kind));
    let file = place.rsplit_once(':').map_or("?", |(file, _)| file);
    is_variable.then_some((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read() {
        let line = "20002754 00000780 b arp_table\t/lwip/src/core/ipv4/etharp.c:106";
        assert_eq!(variable(line), Some(("/lwip/src/core/ipv4/etharp.c", 0x780)));
        assert_eq!(variable("20002600 00000004 D a::b::C"), Some(("?", 4)));
        assert_eq!(variable("00000078 00000010 T Reset\t/x.rs:1"), None);
    }
}
