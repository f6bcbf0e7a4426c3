//! lwIP 2.1.3, the version of the SDK, from Debian's source package.

use crate::apt;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of lwIP 2.1.3, fetched once.
pub(crate) fn lwip_2_1_3(workspace: &Workspace, log: &mut Log) -> Result<PathBuf> {
    let lwip = apt::fetched_source(workspace, log, "lwip", unpacked)?;
    let is_2_1_3 = lwip.to_string_lossy().contains("lwip-2.1.3");
    ensure!(is_2_1_3, "Debian's source package lwip is not 2.1.3 here, but {}", lwip.display());
    Ok(lwip)
}

fn unpacked(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).find(|path| path.to_string_lossy().contains("/lwip-2"))
}
