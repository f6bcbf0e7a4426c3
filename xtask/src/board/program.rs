//! A linked firmware: its symbols, its instructions, and which functions were inlined where.

use crate::log::Log;
use crate::workspace::Workspace;
use addr2line::Loader;
use anyhow::{Context, Result, anyhow};
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

/// The compiler puts the two instructions that load an address no farther apart, in bytes.
const FARTHEST_HALF: u64 = 64;

/// An ELF file with debug information.
pub(crate) struct Program {
    loader: Loader,
    functions: Vec<Function>,
    sections: Vec<Section>,
    pub(crate) instructions: Vec<Instruction>,
}

/// A function with a symbol of its own.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) range: Range<u64>,
}

/// A section that is in flash or in RAM.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) range: Range<u64>,
    pub(crate) bytes: Vec<u8>,
}

/// A line of the disassembly: an instruction, or a word among them.
#[derive(Debug)]
pub(crate) struct Instruction {
    pub(crate) address: u64,
    pub(crate) mnemonic: String,
    pub(crate) operands: String,
}

/// Instead of a path, where there is no debug information.
pub(crate) const NO_SOURCE: &str = "no source";

/// A function that contains an address: the innermost inlined one first, its callers after it.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl Program {
    /// Reads and disassembles the file at `path`, firmware for Cortex-M.
    pub(crate) fn read(workspace: &Workspace, log: &mut Log, path: &Path) -> Result<Self> {
        Self::read_by(workspace.command("arm-none-eabi-objdump"), log, path)
    }

    /// The same with another processor's objdump.
    pub(crate) fn read_by(objdump: Command, log: &mut Log, path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = object::File::parse(&*bytes)?;
        let loader = Loader::new(path).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        let sections = file.sections().filter(|section| section.size() > 0 && is_loaded(section));
        Ok(Self {
            loader,
            functions: functions(&file),
            sections: sections.map(Section::read).collect::<Result<_>>()?,
            instructions: disassemble(objdump, log, path)?,
        })
    }

    /// The section called `name`.
    pub(crate) fn section(&self, name: &str) -> Result<&Section> {
        let section = self.sections.iter().find(|section| section.name == name);
        section.with_context(|| format!("the firmware has no section {name}"))
    }

    /// The function that `address` is in.
    pub(crate) fn function_at(&self, address: u64) -> Option<&Function> {
        let after = self.functions.partition_point(|function| function.range.start <= address);
        self.functions[..after].last().filter(|function| function.range.contains(&address))
    }

    /// The function whose name contains `part`.
    pub(crate) fn function_named(&self, part: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name.contains(part))
    }

    /// The functions that contain `address`, inlined ones included.
    pub(crate) fn frames(&self, address: u64) -> Vec<Frame> {
        let mut frames = Vec::new();
        let Ok(mut found) = self.loader.find_frames(address) else { return frames };
        while let Ok(Some(frame)) = found.next() {
            let name = frame.function.as_ref().and_then(|name| name.demangle().ok());
            let location = frame.location.as_ref();
            frames.push(Frame {
                function: name.map_or_else(|| "?".to_owned(), |name| name.into_owned()),
                file: location.and_then(|location| location.file).unwrap_or("?").to_owned(),
                line: location.and_then(|location| location.line).unwrap_or(0),
            });
        }
        if frames.iter().all(|frame| frame.file == "?") {
            frames.extend(self.frame_without_source(address));
        }
        frames
    }

    /// Mbed TLS is compiled without debug information, and nothing else in C is. The board's assembly has names in capitals.
    fn frame_without_source(&self, address: u64) -> Option<Frame> {
        let function = self.function_at(address)?;
        let is_c = function.name.starts_with(|first: char| first.is_ascii_lowercase());
        is_c.then(|| Frame { function: function.name.clone(), file: NO_SOURCE.to_owned(), line: 0 })
    }

    /// Every address of flash that code or constants hold, and where: `(place, target)`.
    pub(crate) fn references(&self) -> Vec<(u64, u64)> {
        let mut references = self.addresses_in_code();
        for section in &self.sections {
            if section.name != ".text" {
                references.extend(section.words());
            }
        }
        references
    }

    /// From MOVW and MOVT, and from the words between functions.
    fn addresses_in_code(&self) -> Vec<(u64, u64)> {
        let mut low_halves: Vec<(&str, u64, u64)> = Vec::new();
        let mut addresses = Vec::new();
        for instruction in &self.instructions {
            let operands = instruction.operands.split_once(", #");
            match (instruction.mnemonic.as_str(), operands) {
                ("movw", Some((register, value))) => {
                    let value = number(value);
                    low_halves.retain(|(known, ..)| *known != register);
                    low_halves.push((register, instruction.address, value));
                    addresses.push((instruction.address, value));
                }
                ("movt", Some((register, value))) => {
                    let is_low_half = |(known, place, _): &(&str, u64, u64)| {
                        *known == register && instruction.address - place <= FARTHEST_HALF
                    };
                    let low = low_halves.iter().find(|low| is_low_half(low));
                    addresses.extend(low.map(|(_, place, low)| (*place, number(value) << 16 | low)));
                    low_halves.retain(|(known, ..)| *known != register);
                }
                (".word" | ".long", _) => {
                    addresses.push((instruction.address, number(&instruction.operands)))
                }
                _ => {}
            }
        }
        addresses
    }

    /// Functions that are called through pointers.
    pub(crate) fn functions_with_pointers(&self) -> BTreeSet<u64> {
        // A pointer to Thumb code is odd.
        let targets = self.references().into_iter().map(|(_, target)| target);
        let targets: BTreeSet<u64> = targets.filter(|target| target % 2 == 1).collect();
        let starts = self.functions.iter().map(|function| function.range.start);
        starts.filter(|start| targets.contains(&(start + 1))).collect()
    }
}

impl Section {
    fn read<'a>(section: impl ObjectSection<'a>) -> Result<Self> {
        let (start, size) = (section.address(), section.size());
        let bytes = section.data().unwrap_or_default().to_vec();
        Ok(Self { name: section.name()?.to_owned(), range: start..start + size, bytes })
    }

    /// Where these bytes are in it.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<Range<u64>> {
        let offset = self.bytes.windows(bytes.len()).position(|window| window == bytes)? as u64;
        let start = self.range.start + offset;
        Some(start..start + bytes.len() as u64)
    }

    /// Its aligned words, each with its address.
    fn words(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        let words = self.bytes.chunks_exact(4).enumerate();
        words.map(move |(index, bytes)| (self.range.start + 4 * index as u64, word(bytes)))
    }
}

fn is_loaded<'a>(section: &impl ObjectSection<'a>) -> bool {
    use object::SectionKind::{Data, ReadOnlyData, Text, UninitializedData};
    matches!(section.kind(), Text | Data | ReadOnlyData | UninitializedData)
}

fn functions(file: &object::File<'_>) -> Vec<Function> {
    let symbols =
        file.symbols().filter(|symbol| symbol.kind() == object::SymbolKind::Text && symbol.size() > 0);
    let function = |symbol: object::Symbol<'_, '_>| {
        let name = addr2line::demangle_auto(symbol.name().unwrap_or_default().into(), None).into_owned();
        let start = symbol.address() & !1;
        Function { name, range: start..start + symbol.size() }
    };
    let mut functions: Vec<Function> = symbols.map(function).collect();
    functions.sort_by_key(|function| function.range.start);
    functions
}

fn disassemble(mut objdump: Command, log: &mut Log, path: &Path) -> Result<Vec<Instruction>> {
    objdump.args(["--disassemble", "--no-show-raw-insn"]).arg(path);
    Ok(log.text(&mut objdump)?.lines().filter_map(Instruction::parse).collect())
}

impl Instruction {
    /// `    4cdc:<tab>bl<tab>4ce4 <name>`
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split('\t');
        let address = columns.next()?.trim().strip_suffix(':')?;
        let (mnemonic, operands) = (columns.next()?, columns.next().unwrap_or_default());
        Some(Self {
            address: u64::from_str_radix(address, 16).ok()?,
            mnemonic: mnemonic.trim().to_owned(),
            operands: operands.trim().to_owned(),
        })
    }

    /// Where a branch goes.
    pub(crate) fn branch_target(&self) -> Option<u64> {
        if !self.mnemonic.starts_with('b') && !self.mnemonic.starts_with("cb") {
            return None;
        }
        let (before, _) = self.operands.split_once(" <")?;
        u64::from_str_radix(before.rsplit(", ").next()?, 16).ok()
    }
}

/// A number as the disassembler writes it.
fn number(text: &str) -> u64 {
    let text = text.split(|end: char| !end.is_ascii_alphanumeric()).next().unwrap_or_default();
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_read() {
        let call = Instruction::parse("    4cdc:\tbl\t4ce4 <core::panicking::panic_fmt>").unwrap();
        assert_eq!((call.address, call.branch_target()), (0x4cdc, Some(0x4ce4)));
        let compare = Instruction::parse("      12:\tcbz\tr0, 1e <main+0x1e>").unwrap();
        assert_eq!(compare.branch_target(), Some(0x1e));
        assert_eq!(Instruction::parse("      14:\tbx\tlr").unwrap().branch_target(), None);
        assert!(Instruction::parse("00004cdc <name>:").is_none());
    }

    #[test]
    fn numbers_are_read() {
        assert_eq!(number("12920\t@ 0x3278"), 12920);
        assert_eq!(number("0x00013278"), 0x13278);
    }
}
