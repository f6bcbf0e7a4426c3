//! Whose the constants in flash are.
//!
//! The linker keeps no names for most of them. A constant counts for the first owner, in the order of [`Owner`], whose code or
//! constants hold its address; it extends to the next constant that somebody refers to. In the application's functions
//! constants are the application's, even where the library was inlined that gets them.

use crate::board::flash::Shares;
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::workspace::Workspace;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

/// Where each constant begins, and whose it is.
type Starts = BTreeMap<u64, Owner>;

pub(super) fn shares(workspace: &Workspace, program: &Program, owners: &Owners) -> Result<Shares> {
    let section = program.section(".rodata")?;
    let mut starts = referenced(program, owners, &section.range);
    // Any number that happens to be an address in it (86,400 was one) would split the largest constant of all.
    let page = fs::read(workspace.root().join("examples/demo/index.html"))?;
    if let Some(page) = section.find(&page) {
        starts.retain(|start, _| !page.contains(start));
        starts.insert(page.start, Owner::Application);
    }
    Ok(sums(&starts, &section.range))
}

fn referenced(program: &Program, owners: &Owners, section: &Range<u64>) -> Starts {
    let references = program.references().into_iter().filter(|(_, target)| section.contains(target));
    let (inner, outer): (Vec<_>, Vec<_>) = references.partition(|(place, _)| section.contains(place));
    let mut starts = Starts::new();
    for (place, target) in outer {
        let owner = user(program, owners, place);
        starts.entry(target).and_modify(|known| *known = owner.min(*known)).or_insert(owner);
    }
    // A constant that another one points to has that one's owner; twice, for tables of tables.
    for _ in 0..2 {
        for (place, target) in &inner {
            let owner = starts.range(..=place).next_back().map_or(Owner::Board, |(_, owner)| *owner);
            starts.entry(*target).or_insert(owner);
        }
    }
    starts
}

/// Whose the constants are that the code at `address` refers to.
fn user(program: &Program, owners: &Owners, address: u64) -> Owner {
    let frames = program.frames(address);
    if frames.iter().any(|frame| owners.of_path(&frame.file) == Some(Owner::Application)) {
        return Owner::Application;
    }
    owners.of_code(&frames).unwrap_or(Owner::Board)
}

fn sums(starts: &Starts, section: &Range<u64>) -> Shares {
    let first = starts.keys().next().copied().unwrap_or(section.end);
    let mut shares = Shares::from([(Owner::Board, first - section.start)]);
    let ends = starts.keys().skip(1).copied().chain([section.end]);
    for ((start, owner), end) in starts.iter().zip(ends) {
        *shares.entry(*owner).or_default() += end - start;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_extends_to_the_next() {
        let starts = Starts::from([(110, Owner::Library), (130, Owner::Lwip)]);
        let shares = sums(&starts, &(100..150));
        assert_eq!(shares, Shares::from([(Owner::Board, 10), (Owner::Library, 20), (Owner::Lwip, 20)]));
    }
}
