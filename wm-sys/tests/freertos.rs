//! `port/freertos.c`, and the `sys_arch.c` of the template that it comes with, on kernels that are configured in other ways than the
//! board's: ticks of another rate and width, interrupts that do not nest.

use std::env;
use std::path::Path;
use std::process::Command;

const FLAGS: [&str; 5] = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined"];

/// Builds the checks for a kernel, and runs them.
fn holds(name: &str, kernel: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let template = root.join("../examples/mps2-an385/freertos/lwip");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("freertos-{name}"));
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut build = Command::new(&compiler);
    build.args(FLAGS).args(kernel).arg("-o").arg(&program);
    for folder in [&root.join("tests/freertos"), &root.join("include"), &template] {
        build.arg("-I").arg(folder);
    }
    build.args([
        root.join("tests/freertos/checks.c"),
        root.join("port/freertos.c"),
        template.join("sys_arch.c"),
    ]);
    let built =
        build.output().unwrap_or_else(|error| panic!("cannot run the compiler `{compiler}`: {error}"));
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let run = Command::new(&program).output().expect("the program was built");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

const BITS_32: &str = "-DTICK_TYPE=uint32_t";
const BITS_16: &str = "-DTICK_TYPE=uint16_t";
const NESTED: &str = "-DKERNEL_NESTS";

#[test]
fn a_thousand_ticks_a_second() {
    holds("1000", &[BITS_32, NESTED, "-DconfigTICK_RATE_HZ=1000"]);
}

#[test]
fn fewer_ticks() {
    holds("100", &[BITS_32, NESTED, "-DconfigTICK_RATE_HZ=((TickType_t)100)"]);
}

#[test]
fn ticks_that_are_no_milliseconds() {
    holds("128", &[BITS_32, NESTED, "-DconfigTICK_RATE_HZ=128"]);
    holds("300", &[BITS_32, NESTED, "-DconfigTICK_RATE_HZ=300"]);
    holds("10000", &[BITS_32, NESTED, "-DconfigTICK_RATE_HZ=10000"]);
}

#[test]
fn a_counter_of_16_bits() {
    holds("16-bit", &[BITS_16, NESTED, "-DconfigTICK_RATE_HZ=1000"]);
    holds("16-bit-slow", &[BITS_16, NESTED, "-DconfigTICK_RATE_HZ=((TickType_t)100)"]);
}

#[test]
fn a_counter_of_64_bits() {
    holds("64-bit", &["-DTICK_TYPE=uint64_t", NESTED, "-DconfigTICK_RATE_HZ=1000"]);
}

#[test]
fn interrupts_that_do_not_nest() {
    holds("flat", &[BITS_32, "-DconfigTICK_RATE_HZ=1000"]);
}
