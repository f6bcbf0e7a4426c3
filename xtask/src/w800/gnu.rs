//! A C compiler for the W800's processor, built once of what Debian has as source: the SDK's own comes from no package registry.
//!
//! It has the names of the SDK's and takes what the SDK's is told, so that the way to build is the user's.

use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Where Debian's packages binutils-source, gcc-12-source and newlib-source put what they bring, and how its name begins.
pub(super) const BINUTILS: (&str, &str) = ("/usr/src/binutils", "binutils-");
pub(super) const GCC: (&str, &str) = ("/usr/src/gcc-12", "gcc-12");
pub(super) const NEWLIB: (&str, &str) = ("/usr/src/newlib", "newlib-");

/// The toolchain for firmware, whose programs are called `csky-elfabiv2-*`.
const NAMES: &[&str] = &["--target=csky-unknown-elf", "--program-prefix=csky-elfabiv2-", "--disable-nls"];

/// What is called as the SDK's compiler, before the one that was built. gcc 12 does not know the processor, but its predecessor, whose
/// instructions are a part of it; the assembler knows both.
const FRONT: &str = r#"#!/bin/sh
for word; do
    shift
    case "$word" in
    -mcpu=ck804ef) set -- "$@" -mcpu=ck803efr1 -Wa,-mcpu=ck804ef ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec "$(dirname "$0")/csky-elfabiv2-gcc-12" "$@"
"#;

/// How the libraries of C are compiled.
const FLAGS: &str = "CFLAGS_FOR_TARGET=-O2 -g -mcpu=ck803efr1 -mhard-float -Wa,-mcpu=ck804ef -ffunction-sections \
                     -fdata-sections";

/// What newlib is compiled by, which it would call otherwise.
const FOR_TARGET: &[(&str, &str)] =
    &[("CC", "gcc"), ("AS", "as"), ("LD", "ld"), ("AR", "ar"), ("RANLIB", "ranlib"), ("NM", "nm")];

/// Without documentation, whose sources Debian leaves out.
const NO_MANUALS: &str = "MAKEINFO=true";

/// Whoever comes second waits for the first.
static BUILDING: Mutex<()> = Mutex::new(());

/// The folder of its programs. Building them takes minutes; what is there already is left alone.
pub(super) fn find_or_build(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let root = workspace.output().join("csky");
    let build = Build { workspace, root: &root };
    if !root.join("bin/csky-elfabiv2-ld").is_file() {
        build.binutils(log).context("binutils for C-SKY")?;
    }
    if !root.join("bin/csky-elfabiv2-gcc-12").is_file() {
        build.gcc(log).context("gcc for C-SKY")?;
    }
    if !root.join("csky-unknown-elf/lib/libc.a").is_file() {
        build.newlib(log).context("newlib for C-SKY")?;
    }
    Ok(root.join("bin"))
}

/// The search path with `programs` first.
pub(super) fn search_path(programs: &Path) -> Result<OsString> {
    let others = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths([programs.to_owned()].into_iter().chain(env::split_paths(&others)))?)
}

struct Build<'b> {
    workspace: &'b Workspace,
    root: &'b Path,
}

impl Build<'_> {
    fn binutils(&self, log: &mut Log) -> Result<()> {
        let source = self.unpacked(log, BINUTILS)?;
        let without = ["gdb", "sim", "gprof", "gprofng", "gold", "werror", "plugins"];
        let folder =
            self.configured(log, &source, "binutils", &without.map(|part| format!("--disable-{part}")))?;
        self.make(log, &folder, &["all-binutils", "all-gas", "all-ld"])?;
        self.make(log, &folder, &["install-strip-binutils", "install-strip-gas", "install-strip-ld"])
    }

    fn gcc(&self, log: &mut Log) -> Result<()> {
        let source = self.unpacked(log, GCC)?;
        let without = ["shared", "threads", "libssp", "libquadmath", "libgomp", "libatomic", "lto", "plugin"];
        let without = without.into_iter().chain(["multilib", "gcov", "checking"]);
        let mut options: Vec<String> = without.map(|part| format!("--disable-{part}")).collect();
        let others = ["--enable-languages=c", "--with-newlib", "--without-headers", "--with-cpu=ck803efr1"];
        options.extend(others.into_iter().chain(["--with-float=hard"]).map(str::to_owned));
        let folder = self.configured(log, &source, "gcc", &options)?;
        for goal in ["all-gcc", "install-gcc"] {
            // A list for the manual, which is not there, and a test of the compiler itself: both count as done.
            fs::create_dir_all(folder.join("gcc"))?;
            for done in ["s-tm-texi", "s-selftest-c"] {
                fs::write(folder.join("gcc").join(done), "")?;
            }
            self.make(log, &folder, &[goal])?;
        }
        self.make(log, &folder, &["all-target-libgcc"])?;
        self.make(log, &folder, &["install-target-libgcc"])?;
        let programs = self.root.join("bin");
        fs::rename(programs.join("csky-elfabiv2-gcc"), programs.join("csky-elfabiv2-gcc-12"))?;
        let front = programs.join("csky-elfabiv2-gcc");
        fs::write(&front, FRONT)?;
        fs::set_permissions(&front, fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    fn newlib(&self, log: &mut Log) -> Result<()> {
        let source = self.unpacked(log, NEWLIB)?;
        // Its C is for every processor, if only its list has the name, and a header the order of bytes.
        insert(&source.join("newlib/configure.host"), "  cris | crisv32)", "  csky) ;;\n")?;
        let order = "#ifdef __CSKY__\n#define __IEEE_LITTLE_ENDIAN\n#endif\n\n";
        insert(&source.join("newlib/libc/include/machine/ieeefp.h"), "#ifndef __IEEE_BIG_ENDIAN", order)?;
        let options =
            ["--disable-newlib-supplied-syscalls", "--enable-newlib-nano-malloc", "--disable-multilib"];
        let options = options.into_iter().chain(["--enable-newlib-nano-formatted-io"]).map(str::to_owned);
        let folder = self.configured(log, &source, "newlib", &options.collect::<Vec<_>>())?;
        let programs =
            FOR_TARGET.iter().map(|(name, tool)| format!("{name}_FOR_TARGET=csky-elfabiv2-{tool}"));
        let programs: Vec<String> = programs.collect();
        for goal in ["all-target-newlib", "install-target-newlib"] {
            let goals: Vec<&str> = [goal].into_iter().chain(programs.iter().map(String::as_str)).collect();
            self.make(log, &folder, &goals)?;
        }
        Ok(())
    }

    /// A source as it came, anew.
    fn unpacked(&self, log: &mut Log, (folder, name): (&str, &str)) -> Result<PathBuf> {
        let archive = archive(folder, name).with_context(|| format!("{folder} has no {name}*.tar.xz"))?;
        let place = self.root.join("source").join(name);
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place)?;
        let mut tar = self.workspace.command("tar");
        log.run(tar.arg("--extract").arg("--file").arg(archive).arg("--directory").arg(&place))?;
        let entry = fs::read_dir(&place)?.next().context("the archive is empty")??;
        Ok(entry.path())
    }

    /// A folder to build in, configured.
    fn configured(&self, log: &mut Log, source: &Path, name: &str, options: &[String]) -> Result<PathBuf> {
        let folder = self.root.join("build").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let mut configure = self.command(source.join("configure"), &folder)?;
        configure.args(NAMES).arg(format!("--prefix={}", self.root.display())).args(options);
        // The programs run for seconds: how fast they are compiled counts for more than how fast they are.
        configure.env("CFLAGS", "-O0").env("CXXFLAGS", "-O0").arg(NO_MANUALS);
        log.run(&mut configure)?;
        Ok(folder)
    }

    fn make(&self, log: &mut Log, folder: &Path, goals: &[&str]) -> Result<()> {
        let cores = thread::available_parallelism()?;
        let mut make = self.command("make", folder)?;
        log.run(make.arg(format!("--jobs={cores}")).args(goals).args([NO_MANUALS, FLAGS]))
    }

    /// One that finds what was built before it.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Result<Command> {
        let mut command = self.workspace.command(program);
        command.current_dir(folder).env("PATH", search_path(&self.root.join("bin"))?);
        Ok(command)
    }
}

/// Puts `text` before the first `place` in a file.
fn insert(file: &Path, place: &str, text: &str) -> Result<()> {
    let content = fs::read_to_string(file).with_context(|| format!("no {}", file.display()))?;
    let (before, after) =
        content.split_once(place).with_context(|| format!("no {place} in {}", file.display()))?;
    Ok(fs::write(file, format!("{before}{text}{place}{after}"))?)
}

/// The archive in `folder` whose name begins so.
pub(super) fn archive(folder: &str, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.into_iter().find(|path| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        file.starts_with(name) && file.ends_with(".tar.xz")
    })
}
