//! lwIP otherwise than here: version 2.1.3, that of the SDK, out of Debian's source package; and as it comes.

use crate::apt;
use crate::log::Log;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// `LWIP_DEFINES` of lwIP as it comes, without what our port has for the sake of speed: its own checksum, and all segments on the heap.
pub(crate) const AS_IT_COMES: &str =
    "LWIP_CHKSUM=lwip_standard_chksum LWIP_CHKSUM_ALGORITHM=2 LWIP_PORT_STATIC_SEGMENTS=0";

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
