//! What the build says when this machine lacks something: one sentence, with the mend.

use crate::log::Log;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine on which something is missing.
struct Lack {
    what: &'static str,
    /// What is built there.
    builds: &'static [&'static str],
    /// The setting that makes it so, for a folder that has nothing in it.
    setting: (&'static str, fn(&Path) -> PathBuf),
    /// Words that one line of the build's output must have together.
    words: &'static [&'static str],
}

const BINDINGS: &[&str] = &["--package", "lwip-sys"];

const LACKS: &[Lack] = &[
    Lack {
        what: "LWIP_DIR names a folder that does not exist",
        builds: BINDINGS,
        setting: ("LWIP_DIR", |empty| empty.join("nowhere")),
        words: &["LWIP_DIR", "nowhere"],
    },
    Lack {
        what: "LWIP_DIR names a folder without lwIP",
        builds: BINDINGS,
        setting: ("LWIP_DIR", Path::to_path_buf),
        words: &["LWIP_DIR", "empty"],
    },
    Lack {
        what: "no lwipopts.h",
        builds: BINDINGS,
        setting: ("LWIPOPTS_DIR", Path::to_path_buf),
        words: &["lwipopts.h", "LWIPOPTS_DIR"],
    },
    Lack {
        what: "threads that nothing protects from each other",
        builds: BINDINGS,
        setting: ("LWIP_DEFINES", |_| "NO_SYS=0 SYS_LIGHTWEIGHT_PROT=0".into()),
        words: &["NO_SYS=0", "SYS_LIGHTWEIGHT_PROT"],
    },
    Lack {
        what: "a macro that lwipopts.h overrides",
        builds: BINDINGS,
        setting: ("LWIP_DEFINES", |_| "TCP_MSS=536 LWIP_WND_SCALE=1".into()),
        words: &["LWIP_DEFINES", "LWIP_WND_SCALE=1", "lwipopts.h", "#ifndef"],
    },
    Lack {
        what: "no C compiler",
        builds: BINDINGS,
        setting: ("CC", |empty| empty.join("cc")),
        words: &["C compiler", "install"],
    },
    Lack {
        what: "a lwipopts.h without what a feature needs",
        builds: &[
            "--package",
            "wm-websockets",
            "--no-default-features",
            "--features",
            "server,dhcp,rust-heap",
        ],
        setting: ("LWIPOPTS_DIR", without_dhcp),
        words: &["`dhcp`", "LWIP_DHCP=1"],
    },
    // Last: bindgen is compiled anew when this one changes.
    Lack {
        what: "no libclang",
        builds: BINDINGS,
        setting: ("LIBCLANG_PATH", Path::to_path_buf),
        words: &["libclang", "install"],
    },
];

/// A folder beside this one, whose `lwipopts.h` is the repository's but for DHCP.
fn without_dhcp(empty: &Path) -> PathBuf {
    let folder = empty.with_file_name("without-dhcp");
    let options = concat!(env!("CARGO_MANIFEST_DIR"), "/../lwipopts.h");
    let text = format!("#include \"{options}\"\n#undef LWIP_DHCP\n#undef LWIP_DHCP_DOES_ACD_CHECK\n");
    // Where this fails, so does the build, without the words.
    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("lwipopts.h"), text)).ok();
    folder
}

/// Builds on a machine with each of these lacks.
pub(crate) fn check(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let target = workspace.output().join("build-errors");
    let empty = target.join("empty");
    fs::create_dir_all(&empty)?;
    let mut faults = Vec::new();
    for lack in LACKS {
        let (name, value) = lack.setting;
        let mut build = workspace.cargo();
        build.arg("build").args(lack.builds).env("CARGO_TARGET_DIR", &target).env(name, value(&empty));
        if let Err(fault) = fails_saying(log, &mut build, lack.words) {
            faults.push(format!("{}: {fault}", lack.what));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(Outcome::Passed)
}

/// A build that must fail, with one line that has all of `words`.
pub(crate) fn fails_saying(log: &mut Log, build: &mut Command, words: &[&str]) -> Result<()> {
    let (status, output) = log.output(build)?;
    ensure!(!status.success(), "the build succeeds");
    ensure!(!output.contains("panicked at"), "the build script panics");
    if !output.lines().any(|line| words.iter().all(|word| line.contains(word))) {
        bail!("no line of the output has {words:?}");
    }
    Ok(())
}
