//! Debian's packages: installing them, and fetching their sources without touching this machine's configuration.

use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Installs `packages`, as root or through sudo; else says which command would.
pub(crate) fn install(workspace: &Workspace, log: &mut Log, packages: &[&str]) -> Result<()> {
    let Some(apt_get) = apt_get(workspace) else {
        bail!("please install what is missing: sudo apt-get install {}", packages.join(" "));
    };
    log.run(apt_get().arg("update"))?;
    log.run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

/// How apt-get runs with privileges here. `None`: it cannot without asking a person.
fn apt_get(workspace: &Workspace) -> Option<impl Fn() -> Command> {
    let is_root = rustix::process::geteuid().is_root();
    let prefix: &[&str] = if is_root { &["env"] } else { &["sudo", "-n"] };
    let make = move || {
        let mut command = workspace.command(prefix[0]);
        command.args(&prefix[1..]).arg("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let mut trial = make();
    let trial = trial.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok_and(|status| status.success()).then_some(make)
}

/// Whoever comes second finds what the first has fetched.
static FETCHING: Mutex<()> = Mutex::new(());

/// What `find` sees of the source package `name` in a folder of its own, into which it is fetched once.
pub(crate) fn fetched_source(
    workspace: &Workspace,
    log: &mut Log,
    name: &str,
    find: fn(&Path) -> Option<PathBuf>,
) -> Result<PathBuf> {
    let _fetching = FETCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = workspace.output().join(format!("{name}-source"));
    if find(&folder).is_none() {
        fs::create_dir_all(&folder)?;
        source(workspace, log, name, &folder)?;
    }
    find(&folder)
        .with_context(|| format!("apt-get source {name} left nothing that is known in {}", folder.display()))
}

/// Downloads and unpacks the source package `name` into `folder`.
///
/// The sources entries of this machine usually name binary packages only. A copy of them that names source packages, with
/// package lists of its own, serves here; /etc stays as it is, and no privileges are needed.
fn source(workspace: &Workspace, log: &mut Log, name: &str, folder: &Path) -> Result<()> {
    let state = folder.join("apt");
    for private in ["sources", "lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(state.join(private))?;
    }
    copy_sources(Path::new("/etc/apt"), &state.join("sources"))?;
    let apt_get = || {
        let mut command = workspace.command("apt-get");
        command.current_dir(folder).arg("--quiet").args(private_configuration(&state));
        command
    };
    // A third party's entry may have no sources: whether it matters shows when the package is asked for.
    log.status(apt_get().arg("update"))?;
    log.run(apt_get().args(["source", name]))
}

fn private_configuration(state: &Path) -> Vec<String> {
    let state = state.display();
    let settings = [
        "Dir::Etc::SourceList=/dev/null".to_owned(),
        format!("Dir::Etc::SourceParts={state}/sources"),
        format!("Dir::State::Lists={state}/lists"),
        format!("Dir::Cache={state}/cache"),
        // apt's unprivileged user may not write below our target directory.
        "APT::Sandbox::User=root".to_owned(),
    ];
    settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting]).collect()
}

/// Copies apt's sources entries, asking each for source packages.
fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    let parts = fs::read_dir(from.join("sources.list.d")).into_iter().flatten().flatten();
    let files = parts.map(|entry| entry.path()).chain([from.join("sources.list")]);
    for file in files.filter(|file| file.is_file()) {
        let Some(name) = file.file_name() else { continue };
        let convert = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => stanzas_for_sources,
            Some("list") => lines_for_sources,
            _ => continue,
        };
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        fs::write(to.join(name), convert(&text))?;
    }
    Ok(())
}

/// The deb822 form: the field `Types` names what to fetch.
fn stanzas_for_sources(text: &str) -> String {
    let line =
        |line: &str| if line.starts_with("Types:") { "Types: deb-src\n".into() } else { format!("{line}\n") };
    text.lines().map(line).collect()
}

/// The one-line form: the first word names what to fetch.
fn lines_for_sources(text: &str) -> String {
    text.lines()
        .filter_map(|line| line.trim_start().strip_prefix("deb "))
        .map(|rest| format!("deb-src {rest}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deb822_entries_ask_for_sources() {
        let entry =
            "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm\n\nTypes: deb deb-src\nURIs: x\n";
        assert_eq!(
            stanzas_for_sources(entry),
            "Types: deb-src\nURIs: http://mirror/debian\nSuites: bookworm\n\nTypes: deb-src\nURIs: x\n"
        );
    }

    #[test]
    fn one_line_entries_ask_for_sources_once() {
        let list = "# a mirror\ndeb http://mirror/debian bookworm main\ndeb-src http://mirror/debian bookworm main\n";
        assert_eq!(lines_for_sources(list), "deb-src http://mirror/debian bookworm main\n");
    }
}
