//! What clang must be told so that it reads the SDK's headers as the C compiler of the target does.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::SdkError;
use super::locate::Tree;

/// Valid C only where an enumeration takes no more bytes than its values need.
const SHORT_ENUM_PROBE: &str = "enum probe { ONLY }; char short_enums[sizeof(enum probe) == 1 ? 1 : -1];";

/// The C compiler of the target, as `cc` chose it.
pub(crate) struct Compiler {
    system_includes: Vec<String>,
    short_enums: bool,
}

impl Compiler {
    /// Asks the compiler about itself.
    pub(crate) fn find(tree: &Tree) -> Result<Self, SdkError> {
        let missing = |program: &Path| SdkError::NoCompiler(program.into());
        let tool =
            build(tree).cargo_warnings(false).try_get_compiler().map_err(|_| missing("cc".as_ref()))?;
        let ask = |arguments: &[&str], source: &str| {
            ask(tool.to_command(), arguments, source).ok_or_else(|| missing(tool.path()))
        };
        let (_, search) = ask(&["-E", "-v"], "")?;
        let (short_enums, _) = ask(&["-fsyntax-only"], SHORT_ENUM_PROBE)?;
        Ok(Self { system_includes: search_list(&search), short_enums })
    }

    /// Arguments for clang. The system's headers come from the C compiler when it is not this machine's; gcc for Arm makes
    /// enumerations short, and the state of the network manager is one.
    pub(crate) fn clang_arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if env::var_os("TARGET") != env::var_os("HOST") {
            let system = self.system_includes.iter();
            arguments.extend(system.flat_map(|folder| ["-isystem".into(), folder.clone()]));
        }
        if self.short_enums {
            arguments.push("-fshort-enums".into());
        }
        arguments
    }
}

/// Include folders and macros, as every compilation has them.
pub(crate) fn build(tree: &Tree) -> cc::Build {
    let mut build = cc::Build::new();
    // The SDK's macros are written for GNU C.
    build.warnings(false).std("gnu99");
    for folder in &tree.includes {
        build.flag("-isystem").flag(folder);
    }
    for define in &tree.defines {
        build.flag(format!("-D{define}"));
    }
    build
}

/// Runs the compiler on `source`: whether it succeeds, and its diagnostics. `None` if it cannot be started.
fn ask(mut command: Command, arguments: &[&str], source: &str) -> Option<(bool, String)> {
    command.args(arguments).args(["-x", "c", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    // A compiler that ends early does not read its input; its exit status says so.
    let _ = child.stdin.take()?.write_all(source.as_bytes());
    let output = child.wait_with_output().ok()?;
    Some((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// The folders between the two marks that both gcc and clang print with `-v`.
fn search_list(diagnostics: &str) -> Vec<String> {
    let lines = diagnostics.lines().skip_while(|line| !line.starts_with("#include <...>"));
    let folders = lines.skip(1).take_while(|line| !line.starts_with("End of search list"));
    folders.map(|line| line.trim().to_string()).collect()
}
