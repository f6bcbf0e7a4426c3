//! Where lwIP, its configuration and its port lie.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

use crate::defines::{self, Define};
use crate::error::BuildError;

/// lwIP and what configures it.
pub(crate) struct Tree {
    /// lwIP's `src` folder.
    pub(crate) src: PathBuf,
    /// The folder of `lwipopts.h`.
    pub(crate) options: PathBuf,
    /// Include folders of the port, with `arch/cc.h` in one of them.
    pub(crate) port: Vec<PathBuf>,
    /// Macros that both compilers see.
    pub(crate) defines: Vec<Define>,
}

impl Tree {
    /// Every include folder, in the order of the search.
    pub(crate) fn includes(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let own = [self.options.clone()];
        own.into_iter().chain(self.port.iter().cloned()).chain([self.src.join("include")])
    }
}

/// Reads the environment variables that the crate documents.
pub(crate) fn find() -> Result<Tree, BuildError> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let src = match variable("LWIP_DIR") {
        Some(folder) => source_folder(Path::new(&folder)).ok_or(BuildError::NotLwip(folder.into()))?,
        None => crate_sources(&manifest_dir)?,
    };
    let options = options_folder(&manifest_dir)?;
    let port = port_folders(&manifest_dir)?;
    let defines = all_defines(&src)?;
    let tree = Tree { src, options, port, defines };
    rerun_if_changed(&tree);
    Ok(tree)
}

fn rerun_if_changed(tree: &Tree) {
    println!("cargo::rerun-if-changed={}", tree.src.display());
    println!("cargo::rerun-if-changed={}", tree.options.join("lwipopts.h").display());
    for folder in &tree.port {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
}

fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The `src` of an lwIP tree, given either the tree or its `src`.
fn source_folder(folder: &Path) -> Option<PathBuf> {
    let candidates = [folder.join("src"), folder.to_path_buf()];
    candidates.into_iter().find(|src| src.join("include/lwip/init.h").is_file())
}

/// `src` inside the crate `lwip`, as Cargo unpacked it.
fn crate_sources(manifest_dir: &Path) -> Result<PathBuf, BuildError> {
    let metadata =
        metadata(manifest_dir).map_err(|error| BuildError::SourcesUnavailable(last_line(&error)))?;
    let package = metadata.packages.iter().find(|package| package.name == "lwip");
    package
        .and_then(|package| source_folder(package.manifest_path.as_std_path().parent()?))
        .ok_or_else(|| BuildError::SourcesUnavailable("Cargo does not know it".into()))
}

/// A package that depends on the crate `lwip` and on nothing else, so that nothing else is downloaded on the way: `cargo build` does not
/// download what its own target does not need. This crate's own manifest would ask for what only its tests need, and, where it was packed for a
/// registry or vendored, for what is not there.
const DEPENDS_ON_LWIP: &str = r#"
[package]
name = "lwip-source"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[dependencies]
lwip = "=0.4.0"

[workspace]
"#;

/// What Cargo knows about that package: from the disk, and only if that fails from the network. Its settings, another registry for example, may lie
/// above the project's target folder, or above this crate.
fn metadata(manifest_dir: &Path) -> Result<Metadata, cargo_metadata::Error> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("lwip-source");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("lib.rs"), "")?;
    fs::write(folder.join("Cargo.toml"), DEPENDS_ON_LWIP)?;
    let ask = |from: &Path, options: &[&str]| {
        let mut command = MetadataCommand::new();
        command.manifest_path(folder.join("Cargo.toml")).current_dir(from);
        command.other_options(options.iter().map(ToString::to_string).collect::<Vec<_>>()).exec()
    };
    ask(&folder, &["--offline"])
        .or_else(|_| ask(manifest_dir, &["--offline"]))
        .or_else(|_| ask(&folder, &[]))
        .or_else(|_| ask(manifest_dir, &[]))
}

fn last_line(error: &cargo_metadata::Error) -> String {
    let text = error.to_string();
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given").into()
}

fn options_folder(manifest_dir: &Path) -> Result<PathBuf, BuildError> {
    let has_options = |folder: &PathBuf| folder.join("lwipopts.h").is_file();
    let default = || {
        let repository = manifest_dir.parent().unwrap_or(manifest_dir).to_path_buf();
        // Packed for a registry, the crate has left the repository, and has it with it.
        Some(repository).filter(has_options).unwrap_or_else(|| manifest_dir.join("options"))
    };
    let folder = variable("LWIPOPTS_DIR").map_or_else(default, PathBuf::from);
    if has_options(&folder) { Ok(folder) } else { Err(BuildError::NoOptions(folder)) }
}

fn port_folders(manifest_dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let Some(list) = variable("LWIP_PORT_DIR") else {
        return Ok(vec![manifest_dir.join("port/include")]);
    };
    let folders: Vec<PathBuf> = env::split_paths(&list).collect();
    match folders.iter().find(|folder| !folder.is_dir()) {
        Some(missing) => Err(BuildError::NoPort(missing.clone())),
        None => Ok(folders),
    }
}

/// Features of this crate, and what they switch on in `lwipopts.h`.
const FEATURES: &[(&str, &str)] =
    &[("IPV6", "LWIP_IPV6"), ("DNS", "LWIP_DNS"), ("DHCP", "LWIP_DHCP"), ("SNTP", "LWIP_SNTP")];

/// What `LWIP_DEFINES` says.
pub(crate) fn asked_defines() -> Result<Vec<Define>, BuildError> {
    defines::parse_list(&variable("LWIP_DEFINES").unwrap_or_default())
}

fn all_defines(src: &Path) -> Result<Vec<Define>, BuildError> {
    let mut defines = asked_defines()?;
    let is_enabled = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let enabled = FEATURES.iter().filter(|(feature, _)| is_enabled(feature));
    defines.extend(enabled.map(|(_, name)| Define::new(name, "1")));
    if has_custom_allocator(src) {
        defines.push(Define::new("LWIP_TREE_HAS_MEM_CUSTOM_ALLOCATOR", "1"));
    }
    Ok(defines)
}

/// lwIP's heap can be replaced in two ways, and no version number tells which one a tree understands.
fn has_custom_allocator(src: &Path) -> bool {
    let options = fs::read_to_string(src.join("include/lwip/opt.h")).unwrap_or_default();
    options.contains("MEM_CUSTOM_ALLOCATOR")
}
