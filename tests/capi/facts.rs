//! Values and layouts.

use std::fmt::Write;

use super::compiler::compile;

const CONSTANTS: &str = include_str!("facts/constants.tsv");
const LAYOUTS: &str = include_str!("facts/structs.tsv");

/// Which columns hold.
#[derive(Clone, Copy)]
enum Machine {
    Linux64,
    CortexM3,
}

/// A C source that compiles only if every fact holds.
fn assertions(machine: Machine) -> (String, usize) {
    let mut source = String::from("#include <libwebsockets.h>\n");
    let mut count = 0;
    for line in CONSTANTS.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let value = columns[if matches!(machine, Machine::Linux64) { 1 } else { 2 }];
        let (name, wide) = (columns[0], "unsigned long long");
        writeln!(source, "_Static_assert(({wide})({name}) == ({wide})({value}ll), \"{name}\");").unwrap();
        count += 1;
    }
    for line in LAYOUTS.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (kind, member) = (columns[0], columns[1]);
        let (offset, size) = match machine {
            Machine::Linux64 => (columns[2], columns[3]),
            Machine::CortexM3 => (columns[4], columns[5]),
        };
        if member.is_empty() {
            writeln!(source, "_Static_assert(sizeof({kind}) == {size}, \"{kind}\");").unwrap();
        } else {
            let text = format!("{kind}.{member}");
            writeln!(source, "_Static_assert(offsetof({kind}, {member}) == {offset}, \"{text}\");").unwrap();
            writeln!(source, "_Static_assert(sizeof((({kind} *)0)->{member}) == {size}, \"{text}\");")
                .unwrap();
        }
        count += 1;
    }
    (source, count)
}

#[test]
fn every_value_and_layout_is_that_of_libwebsockets_on_this_machine() {
    let (source, count) = assertions(Machine::Linux64);
    assert!(count > 600, "only {count} facts");
    compile("cc", &["-std=c11", "-xc"], &source).expect("a C compiler").unwrap();
}

#[test]
fn every_value_and_layout_is_that_of_libwebsockets_on_a_cortex_m3() {
    let (source, _) = assertions(Machine::CortexM3);
    match compile("arm-none-eabi-gcc", &["-std=c11", "-mcpu=cortex-m3", "-mthumb", "-xc"], &source) {
        Some(result) => result.unwrap(),
        None => eprintln!("no arm-none-eabi-gcc here: `cargo xtask test capi` installs it"),
    }
}

#[test]
fn a_wrong_fact_is_noticed() {
    let (source, _) = assertions(Machine::Linux64);
    let wrong =
        source.replace("(LWS_CALLBACK_RECEIVE) == (unsigned long long)(6ll)", "(LWS_CALLBACK_RECEIVE) == 7");
    assert_ne!(source, wrong);
    assert!(compile("cc", &["-std=c11", "-xc"], &wrong).expect("a C compiler").is_err());
}
