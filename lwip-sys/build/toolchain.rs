//! What clang must be told so that it lays out structures as the C compiler of the target does.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::BuildError;
use crate::locate::Tree;

/// The C compiler of the target, as `cc` chose it.
pub(crate) struct Compiler {
    system_includes: Vec<String>,
    short_enums: bool,
}

/// What lwIP is compiled as, and so what clang must read its headers as: with the extensions of a Linux they would expect `ssize_t` of it.
const STANDARD: &str = "c99";

/// Valid C only where an enumeration takes no more bytes than its values need.
const SHORT_ENUM_PROBE: &str = "enum probe { ONLY }; char short_enums[sizeof(enum probe) == 1 ? 1 : -1];";

impl Compiler {
    /// Asks the compiler about itself.
    pub(crate) fn find(tree: &Tree) -> Result<Self, BuildError> {
        let missing = |program: &Path| BuildError::NoCompiler { program: program.into(), target: target() };
        let tool =
            base_build(tree).cargo_warnings(false).try_get_compiler().map_err(|_| missing("cc".as_ref()))?;
        let missing = || missing(tool.path());
        let search = preprocess(tool.to_command(), &["-E", "-v"], "").ok_or_else(missing)?;
        let probe =
            preprocess(tool.to_command(), &["-fsyntax-only"], SHORT_ENUM_PROBE).ok_or_else(missing)?;
        Ok(Self { system_includes: search_list(&search.diagnostics), short_enums: probe.success })
    }

    /// Arguments for clang. bindgen itself adds `--target`, and translates Rust's names of RISC-V and
    /// Apple targets.
    ///
    /// AAPCS compilers such as arm-none-eabi-gcc make enumerations as short as they can be and clang does
    /// not: `struct tcp_pcb` holds one, so the two must be told to agree.
    pub(crate) fn clang_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["-ffreestanding".to_string(), format!("-std={STANDARD}")];
        if env::var_os("TARGET") != env::var_os("HOST") {
            arguments
                .extend(self.system_includes.iter().flat_map(|folder| ["-isystem".into(), folder.clone()]));
        }
        if self.short_enums {
            arguments.push("-fshort-enums".into());
        }
        arguments
    }
}

/// What every compilation has in common: include folders and macros. `cc` itself adds the flags of the
/// profile, and those that put each function into its own section, so that the linker can drop what
/// nobody calls.
pub(crate) fn base_build(tree: &Tree) -> cc::Build {
    let mut build = cc::Build::new();
    build.warnings(false).std(STANDARD);
    for include in tree.includes() {
        build.flag("-isystem").flag(include);
    }
    for define in &tree.defines {
        build.define(&define.name, define.value.as_deref());
    }
    build
}

fn target() -> String {
    env::var("TARGET").unwrap_or_default()
}

struct Output {
    success: bool,
    diagnostics: String,
}

/// Runs the compiler on `source`; `None` if it cannot be started.
fn preprocess(mut command: Command, arguments: &[&str], source: &str) -> Option<Output> {
    command.args(arguments).args(["-x", "c", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    // A compiler that ends early does not read its input; its exit status says so.
    let _ = child.stdin.take()?.write_all(source.as_bytes());
    let output = child.wait_with_output().ok()?;
    Some(Output {
        success: output.status.success(),
        diagnostics: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The folders between the two marks that both gcc and clang print with `-v`.
fn search_list(diagnostics: &str) -> Vec<String> {
    let lines = diagnostics.lines().skip_while(|line| !line.starts_with("#include <...>"));
    let folders = lines.skip(1).take_while(|line| !line.starts_with("End of search list"));
    folders.map(|line| line.trim().to_string()).collect()
}
