//! Where the SDK's headers lie.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SdkError;

/// The SDK, as a compiler is told about it.
pub(crate) struct Tree {
    /// Include folders, in the order of the search.
    pub(crate) includes: Vec<PathBuf>,
    /// Macros, `NAME` or `NAME=VALUE`.
    pub(crate) defines: Vec<String>,
}

/// What `port/wm_iot_sdk.h` includes, and the component that has it.
const HEADERS: &[(&str, &str)] = &[
    ("wm_error.h", "components/wm_common/include"),
    ("wm_log.h", "components/wm_log/include"),
    ("wm_heap.h", "components/wm_heap/include"),
    ("wm_osal.h", "components/wm_system/include"),
    ("wm_event.h", "components/wm_event/include"),
    ("wm_ip_addr.h", "components/wm_netif_mgr/include"),
    ("wm_nm_api.h", "components/wm_net_manager/include"),
];

/// What those headers include in turn. `CHIP` is the family that the project is configured for; which of them exist depends on it.
const BEHIND: &[&str] = &[
    "components/lwip/port",
    "components/lwip/src/include",
    "components/freertos/include",
    "components/freertos/port/CHIP/include",
    "components/wm_soc/include",
    "components/wm_soc/CHIP/include",
    "components/xt804/include",
    "components/xt804/include/csi_core",
];

/// Reads the environment variables that `src/sdk.rs` documents.
pub(crate) fn find() -> Result<Tree, SdkError> {
    let root = PathBuf::from(variable("WM_SDK_DIR").ok_or(SdkError::NoSdk)?);
    let extra: Vec<PathBuf> = env::split_paths(&variable("WM_SDK_INCLUDE_DIR").unwrap_or_default())
        .filter(|folder| !folder.as_os_str().is_empty())
        .collect();
    for (header, component) in HEADERS {
        let searched = [&extra[..], &[root.join(component)]].concat();
        if !has(&searched, header) {
            return Err(SdkError::NoHeader { header, searched });
        }
    }
    let configuration =
        variable("WM_SDK_CONFIG_DIR").map_or_else(|| root.join("build/config"), PathBuf::from);
    let searched = [&extra[..], &[configuration]].concat();
    let Some(chip) = searched.iter().find_map(|folder| chip_family(&folder.join("wmsdk_config.h"))) else {
        return Err(SdkError::NoConfiguration(searched));
    };
    let components = HEADERS.iter().map(|(_, component)| component).chain(BEHIND);
    let components = components.map(|folder| root.join(folder.replace("CHIP", &chip)));
    let components = components.filter(|folder| folder.is_dir());
    let includes: Vec<PathBuf> = searched.into_iter().chain(components).collect();
    for folder in &includes {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let defines = variable("WM_SDK_DEFINES").unwrap_or_default();
    Ok(Tree { includes, defines: defines.split_whitespace().map(str::to_owned).collect() })
}

fn has(folders: &[PathBuf], header: &str) -> bool {
    folders.iter().map(|folder| folder.join(header)).any(|path: PathBuf| Path::is_file(&path))
}

/// What the project's configuration calls the chip's family, nothing if it does not. `None`: there is no such file.
fn chip_family(configuration: &Path) -> Option<String> {
    let text = fs::read_to_string(configuration).ok()?;
    let value = text.lines().find_map(|line| line.trim().strip_prefix("#define CONFIG_CHIP_FAMILY_NAME "));
    Some(value.unwrap_or_default().trim().trim_matches('"').to_owned())
}

fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}
