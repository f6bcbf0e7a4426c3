//! Strings of an object, each in a section of its own.
//!
//! LLVM puts all constants that end with their only zero byte into one section of strings that may be merged, whatever was said of a section for
//! each. A linker that drops sections that nobody refers to keeps the whole of it for one: texts of functions that a firmware never calls,
//! and the file names of panics that are nowhere left.

use anyhow::{Context, Result, bail};
use object::build::elf::{Builder, Relocation, Section, SectionData, SectionId, SymbolId};
use object::elf;
use std::ops::Range;

/// The object with a section for each of its strings. A section that is referred to in a way that is not understood stays as it is.
pub(crate) fn separate(object: &[u8]) -> Result<Vec<u8>> {
    let mut builder = Builder::read(object)?;
    let sections: Vec<SectionId> =
        builder.sections.iter().filter(|each| is_strings(each)).map(Section::id).collect();
    for section in sections {
        if let Some(references) = references(&builder, section) {
            split(&mut builder, section, &references)?;
        }
    }
    let mut written = Vec::new();
    builder.write(&mut written)?;
    Ok(written)
}

/// Strings that a program has in memory.
fn is_strings(section: &Section<'_>) -> bool {
    let flags = elf::SHF_ALLOC.0 | elf::SHF_MERGE.0 | elf::SHF_STRINGS.0;
    section.sh_flags.0 & flags == flags && section.sh_entsize == 1
}

/// A relocation that names a whole section, and where in there it leads.
struct Reference {
    /// The section with the relocation, and which of them it is.
    of: SectionId,
    number: usize,
    target: u64,
}

/// Who refers to a section as a whole. `None`: somebody does whose addend is not known.
fn references(builder: &Builder<'_>, section: SectionId) -> Option<Vec<Reference>> {
    let is_whole = |symbol: SymbolId| {
        let symbol = builder.symbols.get(symbol);
        symbol.section == Some(section) && symbol.st_type() == elf::STT_SECTION
    };
    let mut found = Vec::new();
    for each in &builder.sections {
        let SectionData::Relocation(relocations) = &each.data else { continue };
        for (number, relocation) in relocations.iter().enumerate() {
            if relocation.symbol.is_some_and(is_whole) {
                found.push(Reference { of: each.id(), number, target: addend(builder, each, relocation)? });
            }
        }
    }
    Some(found)
}

/// The addend of a relocation: its own, or a word of what it changes.
fn addend(builder: &Builder<'_>, section: &Section<'_>, relocation: &Relocation) -> Option<u64> {
    if section.sh_type == elf::SHT_RELA {
        return u64::try_from(relocation.r_addend).ok();
    }
    let is_word = builder.header.e_machine == elf::EM_ARM && relocation.r_type == elf::R_ARM_ABS32;
    let SectionData::Data(bytes) = &builder.sections.get(section.sh_info_section?).data else { return None };
    let word = bytes.as_slice().get(word_at(relocation)?).filter(|_| is_word)?;
    Some(u32::from_le_bytes(word.try_into().ok()?).into())
}

fn word_at(relocation: &Relocation) -> Option<Range<usize>> {
    let start = usize::try_from(relocation.r_offset).ok()?;
    Some(start..start.checked_add(4)?)
}

/// Puts the strings of a section into sections of their own.
fn split(builder: &mut Builder<'_>, section: SectionId, references: &[Reference]) -> Result<()> {
    let SectionData::Data(bytes) = &builder.sections.get(section).data else { return Ok(()) };
    let bytes = bytes.as_slice().to_vec();
    let mut start = 0;
    for string in bytes.split_inclusive(|&byte| byte == 0) {
        let range = start..start + string.len() as u64;
        start = range.end;
        let own = add_section(builder, section, &range, string);
        move_symbols(builder, section, &range, own);
        redirect(builder, references, &range, own)?;
    }
    // What is left is its own symbol, and marks of its end.
    for symbol in builder.symbols.iter_mut().filter(|symbol| symbol.section == Some(section)) {
        symbol.delete = true;
    }
    builder.sections.get_mut(section).delete = true;
    Ok(())
}

fn add_section(builder: &mut Builder<'_>, like: SectionId, range: &Range<u64>, string: &[u8]) -> SectionId {
    let (kind, alignment) = (builder.sections.get(like).sh_type, builder.sections.get(like).sh_addralign);
    let section = builder.sections.add();
    section.name = format!(".rodata.string.{}", range.start).into_bytes().into();
    section.sh_type = kind;
    section.sh_flags = elf::SectionFlags(elf::SHF_ALLOC.0);
    section.sh_addralign = alignment;
    section.data = SectionData::Data(string.to_vec().into());
    section.id()
}

fn move_symbols(builder: &mut Builder<'_>, from: SectionId, range: &Range<u64>, to: SectionId) {
    for symbol in &mut builder.symbols {
        let is_whole = symbol.st_type() == elf::STT_SECTION;
        if symbol.section == Some(from) && !is_whole && range.contains(&symbol.st_value) {
            symbol.section = Some(to);
            symbol.st_value -= range.start;
        }
    }
}

/// Lets those that led into this range of the section lead to the string there.
fn redirect(
    builder: &mut Builder<'_>,
    references: &[Reference],
    range: &Range<u64>,
    to: SectionId,
) -> Result<()> {
    let here: Vec<&Reference> = references.iter().filter(|each| range.contains(&each.target)).collect();
    if here.is_empty() {
        return Ok(());
    }
    let symbol = builder.symbols.add();
    symbol.section = Some(to);
    symbol.set_st_info(elf::STB_LOCAL, elf::STT_SECTION);
    let symbol = symbol.id();
    for reference in here {
        let addend = reference.target - range.start;
        let holder = builder.sections.get_mut(reference.of);
        let (has_addends, changed) = (holder.sh_type == elf::SHT_RELA, holder.sh_info_section);
        let SectionData::Relocation(relocations) = &mut holder.data else { bail!("no relocations") };
        let relocation = &mut relocations[reference.number];
        relocation.symbol = Some(symbol);
        if has_addends {
            relocation.r_addend = i64::try_from(addend)?;
            continue;
        }
        let place = word_at(relocation).context("a relocation lies nowhere")?;
        let changed = builder.sections.get_mut(changed.context("relocations of nothing")?);
        let SectionData::Data(bytes) = &mut changed.data else { bail!("relocations of what is no data") };
        bytes.to_mut()[place].copy_from_slice(&u32::try_from(addend)?.to_le_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;
    use std::{env, fs, process};

    /// Two constants that each point to a string of their own, and one that points into the middle of another's.
    const SOURCE: &str = r#"
        extern const char used[], never_used[];
        const char *const entry[] = { "the text that is used", used };
        const char *const other[] = { "the text of somebody else", never_used };
        __asm__(".section .rodata.str1.1,\"aMS\",%progbits,1\n"
                "text: .string \"with a beginning and an end\"\n"
                ".globl used, never_used\n.type used, %object\n.size used, 7\n"
                "used = text + 21\nnever_used = text\n");
    "#;

    fn run(command: &mut Command) {
        assert!(command.status().expect("the compiler is there").success(), "{command:?}");
    }

    fn linked(folder: &Path, object: &str) -> String {
        let program = folder.join("linked");
        let mut ld = Command::new("ld");
        ld.args(["--gc-sections", "-e", "entry", "-o"]).arg(&program).arg(folder.join(object));
        run(&mut ld);
        String::from_utf8_lossy(&fs::read(program).expect("a program")).into_owned()
    }

    #[test]
    fn a_linker_keeps_the_strings_that_are_referred_to_and_no_others() {
        let folder = env::temp_dir().join(format!("wm-strings-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("source.c"), SOURCE).expect("a file");
        let mut cc = Command::new("cc");
        run(cc
            .args(["-c", "-O1", "-fdata-sections", "-o"])
            .arg(folder.join("whole.o"))
            .arg(folder.join("source.c")));
        let whole = fs::read(folder.join("whole.o")).expect("an object");
        fs::write(folder.join("parts.o"), separate(&whole).expect("an object")).expect("a file");
        assert!(linked(&folder, "whole.o").contains("somebody else"), "the linker drops them by itself");
        let program = linked(&folder, "parts.o");
        assert!(program.contains("the text that is used\0") && program.contains("and an end\0"));
        assert!(!program.contains("somebody else"));
        fs::remove_dir_all(folder).expect("the folder");
    }
}
