//! What dependents' build scripts learn: `DEP_LWIP_*`.

use crate::locate::Tree;
use crate::options::Options;
use crate::toolchain::Compiler;

/// Prints every option under its own name, the version, the folders, and what clang must be told, a tab between arguments.
pub(crate) fn print(tree: &Tree, compiler: &Compiler, options: &Options) {
    for (name, value) in options {
        println!("cargo::metadata={name}={value}");
    }
    println!("cargo::metadata=VERSION={}", version(options));
    println!("cargo::metadata=SRC={}", tree.src.display());
    println!("cargo::metadata=LWIPOPTS_DIR={}", tree.options.display());
    if let Ok(includes) = std::env::join_paths(tree.includes()) {
        println!("cargo::metadata=INCLUDE={}", includes.display());
    }
    let defines: Vec<String> = tree.defines.iter().map(ToString::to_string).collect();
    println!("cargo::metadata=DEFINES={}", defines.join(" "));
    println!("cargo::metadata=CLANG_ARGUMENTS={}", compiler.clang_arguments().join("\t"));
}

fn version(options: &Options) -> String {
    let part = |name: &str| options.get(name).copied().unwrap_or_default();
    format!("{}.{}.{}", part("LWIP_VERSION_MAJOR"), part("LWIP_VERSION_MINOR"), part("LWIP_VERSION_REVISION"))
}
