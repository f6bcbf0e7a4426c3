//! C for the W800's processor, with the SDK's toolchain: `csky-elfabiv2-gcc` and its kin.

use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names another compiler than the one on the search path. Its binutils are beside it, and named alike.
const COMPILER: &str = "CC_csky_unknown_none_elf";
/// What it is told of the processor, unless the environment says something else.
const FLAGS: (&str, &str) = ("CFLAGS_csky_unknown_none_elf", "-mcpu=ck804ef -mhard-float");
/// What it is called in the SDK, without what follows for each of its tools.
const PREFIX: &str = "csky-elfabiv2-";

/// Where Debian has libclang, a folder a version.
const LIBRARIES: &str = "/usr/lib";
/// The first libclang that knows the processor.
const LIBCLANG: u32 = 15;

/// Tells the build scripts below `cargo` what compiles C, and where bindgen finds C's headers.
pub(crate) fn compile_c(workspace: &Workspace, log: &mut Log, cargo: &mut Command) -> Result<()> {
    let prefix = binutils()?;
    let compiler = format!("{prefix}gcc");
    let headers = log.output(workspace.command(&compiler).args(["-E", "-v", "-x", "c", "/dev/null"]));
    let (_, headers) = headers.with_context(|| {
        format!("{compiler} is the SDK's compiler for the W800: put it on the search path, or set {COMPILER}")
    })?;
    let includes = search_list(&headers).map(|folder| format!("-isystem {folder}")).collect::<Vec<_>>();
    cargo.env(COMPILER, &compiler).env("AR_csky_unknown_none_elf", format!("{prefix}ar"));
    cargo.env("BINDGEN_EXTRA_CLANG_ARGS_csky_unknown_none_elf", includes.join(" "));
    if env::var_os(FLAGS.0).is_none() {
        cargo.env(FLAGS.0, FLAGS.1);
    }
    if env::var_os("LIBCLANG_PATH").is_none()
        && let Some(folder) = libclang()
    {
        cargo.env("LIBCLANG_PATH", folder);
    }
    Ok(())
}

/// What the names of the toolchain's programs begin with.
pub(crate) fn binutils() -> Result<String> {
    let Ok(compiler) = env::var(COMPILER) else { return Ok(PREFIX.to_owned()) };
    let prefix = compiler.trim_end_matches(".exe").strip_suffix("gcc");
    ensure!(prefix.is_some(), "{COMPILER} is {compiler}, not a gcc: its ld and objcopy are needed as well");
    Ok(prefix.unwrap_or_default().to_owned())
}

/// The folders between the two marks that gcc prints with `-v`.
fn search_list(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().skip_while(|line| !line.starts_with("#include <...>")).skip(1);
    lines.take_while(|line| !line.starts_with("End of search list")).map(str::trim)
}

/// The newest libclang of Debian's that is new enough. What a machine has elsewhere, `clang-sys` finds by itself.
pub(crate) fn libclang() -> Option<PathBuf> {
    let entries = fs::read_dir(LIBRARIES).ok()?.flatten();
    let versions = entries.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.strip_prefix("llvm-")?.parse().ok()?;
        let folder = entry.path().join("lib");
        (version >= LIBCLANG && has_libclang(&folder)).then_some((version, folder))
    });
    versions.max().map(|(_, folder)| folder)
}

fn has_libclang(folder: &Path) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.file_name().into_string().ok()).any(|name| name.starts_with("libclang.so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_of_headers_are_read() {
        let text = "#include \"...\" search starts here:\n#include <...> search starts here:\n /gcc/include\n \
                    /libc/include\nEnd of search list.\n# 0 \"/dev/null\"\n";
        assert_eq!(search_list(text).collect::<Vec<_>>(), ["/gcc/include", "/libc/include"]);
    }
}
