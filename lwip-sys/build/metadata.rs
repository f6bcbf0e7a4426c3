//! What dependents' build scripts learn: `DEP_LWIP_*`.

use crate::locate::Tree;
use crate::options::Options;

/// Prints every option under its own name, the version, and the folders.
pub(crate) fn print(tree: &Tree, options: &Options) {
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
}

fn version(options: &Options) -> String {
    let part = |name: &str| options.get(name).copied().unwrap_or_default();
    format!("{}.{}.{}", part("LWIP_VERSION_MAJOR"), part("LWIP_VERSION_MINOR"), part("LWIP_VERSION_REVISION"))
}
