//! What a build that cannot work tells its user.

#[path = "../build/defines.rs"]
mod defines;
#[path = "../build/error.rs"]
mod error;

use std::io;

use defines::{Define, parse_list};
use error::BuildError;

fn no_compiler(target: &str) -> String {
    BuildError::NoCompiler { program: "some-gcc".into(), target: target.into() }.to_string()
}

#[test]
fn every_message_is_one_line_that_names_its_mend() {
    let cases = [
        (BuildError::NotLwip("/sdk/lwip".into()), "set LWIP_DIR"),
        (BuildError::SourcesUnavailable("offline".into()), "`cargo fetch`"),
        (BuildError::NoOptions("/sdk".into()), "set LWIPOPTS_DIR"),
        (BuildError::NoPort("/sdk/port".into()), "set it to the include folders"),
        (BuildError::BadDefine("1=2".into()), "write NAME or NAME=VALUE"),
        (
            BuildError::NoEffect { define: "TCP_MSS=536".into(), is: "1460".into(), options: "/sdk".into() },
            "set it there",
        ),
        (BuildError::NoThreads { target: "thumbv7m-none-eabi".into() }, "set LWIP_PORT_DIR"),
        (BuildError::NoProtection, "set it to 1"),
        (BuildError::NoLibclang, "apt-get install libclang-dev"),
        (
            BuildError::Headers("In file\nlwipopts.h:1:2: error: no\nfatal".into()),
            "lwipopts.h:1:2: error: no",
        ),
        (BuildError::Compile, "mend what its messages"),
        (BuildError::Write("/full".into(), io::Error::other("disk full")), "make room"),
    ];
    for (error, mend) in cases {
        let message = error.to_string();
        assert!(message.contains(mend), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_missing_compiler_is_named_with_its_package_and_variable() {
    let message = no_compiler("thumbv7m-none-eabi");
    for part in ["some-gcc", "gcc-arm-none-eabi", "CC_thumbv7m_none_eabi"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(no_compiler("riscv32imac-unknown-none-elf").contains("gcc-riscv64-unknown-elf"));
    assert!(no_compiler("thumbv8m.main-none-eabi").contains("CC_thumbv8m_main_none_eabi"));
    assert!(!no_compiler("xtensa-esp32-none-elf").contains("apt-get"));
}

#[test]
fn defines_are_names_with_or_without_values() {
    let defines = parse_list(" LWIP_NOASSERT\n TCP_WND=(2*TCP_MSS) ").unwrap();
    assert_eq!(defines[1], Define::new("TCP_WND", "(2*TCP_MSS)"));
    let written: Vec<String> = defines.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["LWIP_NOASSERT", "TCP_WND=(2*TCP_MSS)"]);
}

#[test]
fn anything_else_is_refused_by_name() {
    for bad in ["-DX", "2X=1", "=1", "A-B"] {
        let message = parse_list(bad).unwrap_err().to_string();
        assert!(message.contains(&format!("`{bad}`")), "{message}");
    }
}
